"""Writing to people: a notice in the inbox and a row for every channel that leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.crypto import new_id
from app.models import Application, Delivery, Notice, PushSubscription
from app.prepared import Prepared, insert
from app.rules import ladder, notice_texts, push_terms, quiet
from app.rules.codes import new_code
from app.services import preferences, ways

#: How long a push service may keep a message for a phone that is off.
KEEP = timedelta(days=3)
_phones_of: Prepared[PushSubscription] = Prepared(
    lambda owner: PushSubscription.select(PushSubscription.id).where(
        (PushSubscription.applicant == owner) & (PushSubscription.refused_days < push_terms.REFUSED_DAYS)
    )
)


def write(
    *,
    applicant_id: int,
    kind: str,
    key: str,
    title: str,
    body: str,
    path: str,
    now: datetime,
    words: Mapping[str, str] | None = None,
    application: Application | None = None,
    wave_id: int | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> Notice | None:
    """Put a notice in the inbox and queue its pushes, inside the caller's transaction.

    `key` names the fact ("result:<application>"); the same fact told again writes nothing and returns None.
    Title and body are what the inbox shows, in Indonesian; a lock screen shows only the title, so it never carries a
    result. `words` are the values for a text in other words (rules/notice_texts.py). `not_before` is when the fact may
    be told; the person's own hours of silence come on top and hold back the sound, never the inbox.
    """
    chosen = preferences.of(applicant_id)
    title, body = notice_texts.said(chosen.language, kind, title, body, words or {})
    begin = preferences.begin(chosen, not_before, now)
    if kind in quiet.AT_ONCE or (not_after is not None and begin >= not_after):
        begin = not_before or now  # worthless after the silence: the sender gives it up at once
    phones = _phones_of.rows(applicant_id)
    notice = Notice(
        applicant=applicant_id,
        application=application,
        wave=wave_id,
        kind=kind,
        key=key,
        code=new_code(),
        title=title,
        body=body,
        path=path,
        created_at=now,
        climb_at=ladder.first_look(kind, begin, bool(phones), ways.hours()),
        climb_until=not_after,
    )
    if not _insert(notice):
        return None
    for phone in phones:
        _queue(notice, phone, begin, not_after or begin + KEEP)
    return notice


def _queue(notice: Notice, phone: PushSubscription, begin: datetime, end: datetime) -> None:
    Delivery.create(
        notice=notice,
        channel="push",
        subscription=phone.id,
        not_before=begin,
        not_after=end,
        created_at=notice.created_at,
    )


def _insert(notice: Notice) -> bool:
    """False when the person has this fact already. A code that is taken (once in some thousand million) is drawn anew."""
    while True:
        if insert(notice, or_ignore=True):
            return True
        same = (Notice.applicant == notice.applicant_id) & (Notice.key == notice.key)
        if Notice.select().where(same).exists():
            return False
        notice.id, notice.code = new_id(), new_code()
