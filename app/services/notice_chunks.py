"""One fact told to many people: the notices and the pushes of a chunk in a handful of statements.

What a notice is, and how it comes to its person, is said in services/notices.py; what stands here must write the same
rows (tests/services/test_notice_chunks.py compares them).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.crypto import new_id, new_ids
from app.models import Delivery, Notice, PushSubscription
from app.prepared import insert_all
from app.rules import ladder, notice_texts, push_terms
from app.rules.codes import new_code
from app.services import preferences, ways
from app.services.notices import KEEP
from app.services.preferences import NOTHING, Chosen

#: Draws of a code that is taken (8 characters; among millions of notices some are) before something else is wrong.
DRAWS = 5


@dataclass(frozen=True, slots=True)
class To:
    """One person who is told: `key` names the fact, as in notices.write."""

    applicant_id: int
    application_id: int | None
    key: str


@dataclass(frozen=True, slots=True)
class Said:
    """What everybody is told, in the words of the house; `words` are the values for a text in other words."""

    kind: str
    title: str
    body: str
    path: str
    wave_id: int | None
    words: tuple[tuple[str, str], ...] = ()
    broadcast_id: int | None = None


def write_all(people: Sequence[To], said: Said, not_before: datetime | None, now: datetime) -> int:
    """Put the notices in the inboxes and queue their pushes, inside the caller's transaction; returns how many are new.

    At most some hundred people, each of them once, in an order that tells nothing: they are sent in it. Whoever has
    the fact already is left alone.
    """
    ids = [one.applicant_id for one in people]
    known = Notice.select(Notice.applicant, Notice.key).where(Notice.applicant.in_(ids))
    has = {(row.applicant_id, row.key) for row in known.where(Notice.key.in_([one.key for one in people]))}
    chosen, phones = preferences.of_many(ids), _phones(ids)
    begins: dict[Chosen, datetime] = {}
    notices = []
    for one in people:
        if (one.applicant_id, one.key) in has:
            continue
        own = chosen.get(one.applicant_id, NOTHING)
        if own not in begins:
            begins[own] = preferences.begin(own, not_before, now)
        notices.append(_drafted(one, said, own, begins[own], bool(phones[one.applicant_id]), now))
    for notice, notice_id in zip(notices, new_ids(len(notices)), strict=True):
        notice.id = notice_id
    _insert(notices)
    pushes = [
        _push(notice, phone, begins[chosen.get(notice.applicant_id, NOTHING)])
        for notice in notices
        for phone in phones[notice.applicant_id]
    ]
    for push, push_id in zip(pushes, new_ids(len(pushes)), strict=True):
        push.id = push_id
    insert_all(pushes)
    return len(notices)


def _phones(ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    columns = (PushSubscription.id, PushSubscription.applicant)
    written = PushSubscription.refused_days < push_terms.REFUSED_DAYS  # as in notices.write
    for row in PushSubscription.select(*columns).where(PushSubscription.applicant.in_(ids) & written):
        found[row.applicant_id].append(row.id)
    return found


def _drafted(one: To, said: Said, chosen: Chosen, begin: datetime, has_push: bool, now: datetime) -> Notice:
    title, body = notice_texts.said(chosen.language, said.kind, said.title, said.body, dict(said.words))
    return Notice(
        applicant=one.applicant_id,
        application=one.application_id,
        wave=said.wave_id,
        broadcast=said.broadcast_id,
        kind=said.kind,
        key=one.key,
        code=new_code(),
        title=title,
        body=body,
        path=said.path,
        created_at=now,
        climb_at=ladder.first_look(said.kind, begin, has_push, ways.hours()),
    )


def _push(notice: Notice, phone: int, begin: datetime) -> Delivery:
    return Delivery(
        notice=notice.id,
        channel="push",
        subscription=phone,
        not_before=begin,
        not_after=begin + KEEP,
        created_at=notice.created_at,
    )


def _insert(notices: list[Notice]) -> None:
    """All of them; a code that is taken is drawn anew."""
    missing = notices
    for _ in range(DRAWS):
        insert_all(missing, or_ignore=True)
        ids = [notice.id for notice in missing]
        there = {row.id for row in Notice.select(Notice.id).where(Notice.id.in_(ids))}
        missing = [notice for notice in missing if notice.id not in there]
        if not missing:
            return
        for notice in missing:
            notice.id, notice.code = new_id(), new_code()
    raise RuntimeError(f"{len(missing)} notices found no free code")
