"""Answers on their way: kept sealed in the database from the first page, found again on any phone after the PIN."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from peewee import Field, fn

from app.crypto import keys, new_token
from app.models import Applicant, Application, Draft
from app.prepared import Prepared, insert, update

KEEP = timedelta(days=30)
#: The end of the 30 days is moved at most once an hour: it is indexed, and a save writes half as much without it.
SLACK = timedelta(hours=1)
Answers = dict[str, dict[str, Any]]

# Asked by every page of the wizard.
_by_token: Prepared[Draft] = Prepared(lambda token: Draft.select().where(Draft.token_hash == token))
_unfinished: Prepared[Draft] = Prepared(
    lambda owner, now: (
        Draft.select()
        .where((Draft.applicant == owner) & Draft.done_at.is_null() & (Draft.stored_until > now))
        .order_by(Draft.touched_at.desc())
        .limit(1)
    )
)


def start(given: Answers, now: datetime) -> tuple[Draft, str]:
    """A fresh draft with its first answers, and the token under which this browser finds it."""
    token = new_token()
    return _insert(
        Draft(token_hash=keys().token_hash(token)), json.dumps(given, ensure_ascii=False), now
    ), token


def _insert(draft: Draft, answers_text: str, now: datetime) -> Draft:
    draft.created_at = draft.touched_at = now
    draft.stored_until = now + KEEP
    draft.answers = answers_text
    insert(draft)
    return draft


def find(token: str, now: datetime) -> Draft | None:
    """The draft behind a cookie while nobody has claimed it by a PIN; later it is found by its owner."""
    draft = _by_token.first(keys().token_hash(token))
    if draft is None or draft.applicant_id is not None or draft.stored_until <= now:
        return None
    return draft


def claimed(token: str, now: datetime) -> Draft | None:
    """The draft behind a cookie that a PIN has claimed since: the answer to that PIN may have been lost on the way."""
    draft = _by_token.first(keys().token_hash(token))
    if draft is None or draft.applicant_id is None or draft.done_at is not None or draft.stored_until <= now:
        return None
    return draft


def of(applicant_id: int, now: datetime) -> Draft | None:
    """The unfinished draft of a signed-in person, the one touched last."""
    return _unfinished.first(applicant_id, now)


def last_finished(applicant_id: int) -> Draft | None:
    """The newest finished draft of a person: what pressing "Kirim" twice comes back to."""
    mine = (Draft.applicant == applicant_id) & Draft.done_at.is_null(False)
    draft: Draft | None = Draft.select().where(mine).order_by(Draft.done_at.desc()).first()
    return draft


def answers(draft: Draft) -> Answers:
    """{slug: answer} as stored."""
    return dict(json.loads(draft.answers))


def save(draft: Draft, given: Answers, now: datetime) -> None:
    """Keep the answers; the 30 days start again. A page saved in the last moment before a power cut is asked for again."""
    _write(draft, given, now, may_be_lost=True)


def claim(draft: Draft, applicant_id: int, given: Answers, now: datetime) -> None:
    """Keep the answers of the page that made a person, and whose they are from now on."""
    draft.applicant_id = applicant_id
    _write(draft, given, now, Draft.applicant)


def _write(draft: Draft, given: Answers, now: datetime, *more: Field, may_be_lost: bool = False) -> None:
    draft.answers = json.dumps(given, ensure_ascii=False)
    draft.touched_at = now
    if draft.stored_until < now + KEEP - SLACK:
        draft.stored_until = now + KEEP
        more += (Draft.stored_until,)
    update(draft, Draft.answers, Draft.touched_at, *more, may_be_lost=may_be_lost)


def to_change(application: Application, now: datetime) -> Draft:
    """A draft that changes an application already sent: it begins with the answers of that application."""
    draft = Draft(
        token_hash=keys().token_hash(new_token()),
        applicant=application.applicant_id,
        application_id=application.id,
        reopened=True,
    )
    return _insert(draft, application.answers, now)


def discard(draft: Draft) -> None:
    """Forget answers that were not sent."""
    draft.delete_instance()


def purge(now: datetime) -> int:
    """Delete drafts whose 30 days are over, and people who never sent one (retention, docs/security.md)."""
    gone = Draft.delete().where((Draft.stored_until <= now) & Draft.done_at.is_null()).execute()
    drafted = Draft.select().where(Draft.applicant == Applicant.id)
    never_sent = (Applicant.claim == "draft") & (Applicant.created_at <= now - KEEP) & ~fn.EXISTS(drafted)
    return int(gone + Applicant.delete().where(never_sent).execute())
