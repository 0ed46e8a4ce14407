"""What is forgotten when: one rule per kind of record, done by the worker in small steps (docs/ropa.md, /privasi).

A step is one transaction of at most BATCH rows per rule; killed anywhere and run again it goes on where it stopped,
because what was forgotten does not come up again. `flask retention --dry-run` counts without touching anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN, fn

from app.db import locked_for_update, writing
from app.models import (
    Applicant,
    Application,
    Device,
    Draft,
    GroupClaim,
    LedgerEntry,
    Notice,
    Objection,
    ResultPreview,
    Reversal,
    Session,
    StaffCode,
    Wave,
)
from app.periods import Periods
from app.rules.states import State
from app.services import audit, audit_cut, beats, forgetting, office
from app.services.reversals import OBJECT_DAYS

BATCH = 200
JOB = "retention"
#: Between two looks when the last one found nothing left to forget.
REST = timedelta(hours=1)
OBJECT = timedelta(days=OBJECT_DAYS)
#: How long a checked file of results waits for its uploader.
PREVIEW = timedelta(days=1)


@dataclass(frozen=True)
class Rule:
    """One kind of record. `due` is the query of what is over at a moment; `forget` does it and returns how many."""

    name: str
    due: Callable[[Periods, datetime], Any]
    forget: Callable[[Any, datetime], int]


def run_due(now: datetime, keep: Periods) -> int:
    """The worker's job: one step of every rule, then an hour of rest when nothing is left. Returns how many rows.

    The example office keeps its people: they are invented, and its drawn wave is of 2023 because the round is a true one.
    """
    if office.current().example:
        return 0
    last = beats.mark(JOB)
    if round(now.timestamp() * 1000) < last + REST.total_seconds() * 1000:
        return 0
    done = sum(step(now, keep).values())
    if not done:
        beats.move_mark(JOB, last, round(now.timestamp() * 1000))
    return done


def step(now: datetime, keep: Periods) -> dict[str, int]:
    """At most BATCH rows of every kind; {rule: rows}. Nothing in it means that all is done."""
    done = {}
    for rule in RULES:
        if not rule.due(keep, now).exists():  # a look that keeps no writer waiting
            continue
        with writing():
            count = rule.forget(rule.due(keep, now), now)
            if count:
                audit.record("system", "retention.forget", rule.name, now, str(count))
        if count:
            done[rule.name] = count
    with writing():
        count = audit_cut.cut(now - timedelta(days=keep.audit), now)
    return done | ({"audit lines": count} if count else {})


def counts(now: datetime, keep: Periods) -> dict[str, int]:
    """What is over at this moment, by rule; nothing is touched."""
    found = {rule.name: int(rule.due(keep, now).count()) for rule in RULES}
    return found | {"audit lines": audit_cut.due(now - timedelta(days=keep.audit))}


# what is over -------------------------------------------------------------------------------------


def _applications(days: Callable[[Periods], int], which: Callable[[], Any]) -> Callable[..., Any]:
    """Applications of one kind whose wave was told, and which nobody has changed, so many days ago."""

    def due(keep: Periods, now: datetime) -> Any:
        end = now - timedelta(days=days(keep))
        quiet = Application.erased_at.is_null() & (Application.changed_at <= end)
        over = Application.wave.is_null() | Application.wave.in_(_told(keep, end, now))
        rows = Application.select().where(quiet & over & which() & ~_is_open())
        return rows.order_by(Application.id)

    return due


def _told(keep: Periods, end: datetime, now: datetime) -> Any:
    """Waves whose time to object was over at `end`; one that was never told ends with the longest period."""
    never = Wave.published_at.is_null() & (Wave.closes_at <= now - timedelta(days=keep.selected))
    return Wave.select(Wave.id).where((Wave.published_at <= end - OBJECT) | never)


def _was_selected() -> Any:
    """Whether there ever was a place, as the ledger tells it: also for who lost or left it."""
    mine = (LedgerEntry.application == Application.id) & (LedgerEntry.to_state == State.SELECTED.value)
    return fn.EXISTS(LedgerEntry.select(LedgerEntry.id).where(mine))


def _is_open() -> Any:
    """An objection without an answer, or a seat that somebody wants to take away: nothing goes before that is settled."""
    asked = (Objection.application == Application.id) & Objection.answered_at.is_null()
    taken = (
        (Reversal.application == Application.id)
        & Reversal.confirmed_at.is_null()
        & Reversal.dropped_at.is_null()
    )
    return fn.EXISTS(Objection.select(Objection.id).where(asked)) | fn.EXISTS(
        Reversal.select(Reversal.id).where(taken)
    )


def _withdrawn() -> Any:
    return (Application.state == State.WITHDRAWN.value) & ~_was_selected()


def _waiting() -> Any:
    return Application.wave.is_null() & (Application.state != State.WITHDRAWN.value) & ~_was_selected()


def _not_selected() -> Any:
    return Application.wave.is_null(False) & (Application.state != State.WITHDRAWN.value) & ~_was_selected()


def _people(_: Periods, __: datetime) -> Any:
    """Whoever sent something, of which nothing is left, and has nothing under way."""
    sent = Application.select(Application.id).where(Application.applicant == Applicant.id)
    kept = sent.where(Application.erased_at.is_null())
    writes = Draft.select(Draft.id).where((Draft.applicant == Applicant.id) & Draft.done_at.is_null())
    over = Applicant.erased_at.is_null() & fn.EXISTS(sent) & ~fn.EXISTS(kept) & ~fn.EXISTS(writes)
    return Applicant.select().where(over).order_by(Applicant.id)


def _evidence(keep: Periods, now: datetime) -> Any:
    """What an officer wrote about papers seen: of use as long as the decision can be reviewed, also for the selected."""
    waves = _told(keep, now - timedelta(days=keep.not_selected), now)
    rows = GroupClaim.select().join(Application, JOIN.INNER)
    return rows.where((GroupClaim.evidence != "") & Application.wave.in_(waves))


def _sessions(keep: Periods, now: datetime) -> Any:
    end = now - timedelta(days=keep.sign_in)
    return Session.select().where((Session.expires_at <= end) | (Session.revoked_at <= end))


def _devices(keep: Periods, now: datetime) -> Any:
    out = Device.revoked_at <= now - timedelta(days=keep.sign_in)
    return Device.select().where(out | (Device.last_seen_at <= now - timedelta(days=keep.device)))


def _staff_codes(keep: Periods, now: datetime) -> Any:
    end = now - timedelta(days=keep.sign_in)
    return StaffCode.select().where((StaffCode.expires_at <= end) | (StaffCode.used_at <= end))


# forgetting ---------------------------------------------------------------------------------------


def _each(act: Callable[[Any, datetime], None]) -> Callable[[Any, datetime], int]:
    """Lock some rows and forget them one by one: sealed values are sealed for their row."""

    def forget(due: Any, now: datetime) -> int:
        rows = list(locked_for_update(due.limit(BATCH)))
        for row in rows:
            act(row, now)
        return len(rows)

    return forget


def _delete(due: Any, _: datetime) -> int:
    ids = [row.id for row in due.limit(BATCH)]
    return int(due.model.delete().where(due.model.id.in_(ids)).execute()) if ids else 0


def _blank_evidence(due: Any, _: datetime) -> int:
    ids = [row.id for row in due.limit(BATCH)]
    return int(GroupClaim.update(evidence="").where(GroupClaim.id.in_(ids)).execute()) if ids else 0


RULES = (
    Rule("withdrawn", _applications(lambda keep: keep.withdrawn, _withdrawn), _each(forgetting.application)),
    Rule(
        "not selected",
        _applications(lambda keep: keep.not_selected, _not_selected),
        _each(forgetting.application),
    ),
    Rule("waiting", _applications(lambda keep: keep.waiting, _waiting), _each(forgetting.application)),
    Rule("selected", _applications(lambda keep: keep.selected, _was_selected), _each(forgetting.application)),
    Rule("people", _people, _each(forgetting.person)),
    Rule("evidence", _evidence, _blank_evidence),
    Rule("sessions", _sessions, _delete),
    Rule("known phones", _devices, _delete),
    Rule("staff codes", _staff_codes, _delete),
    Rule(
        "notices",
        lambda keep, now: Notice.select().where(Notice.created_at <= now - timedelta(days=keep.notice)),
        _delete,
    ),
    Rule(
        "result previews",
        lambda _, now: ResultPreview.select().where(ResultPreview.at <= now - PREVIEW),
        _delete,
    ),
)
