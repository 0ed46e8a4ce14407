"""Changes of state: the only way an application moves, and the line that tells its owner why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from app import bulk
from app.crypto import new_ids
from app.models import Application, LedgerEntry, Reversal, Staff
from app.prepared import Prepared
from app.rules import states
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import seats


class NotAllowed(Exception):
    """The application is not in a state from which this change may be made."""

    def __init__(self, current: str, wanted: str) -> None:
        super().__init__(f"{current} -> {wanted}")
        self.current, self.wanted = current, wanted


class OneIsNotEnough(PermissionError):
    """A place is taken away only by a reversal that a second officer confirmed at this moment (ASVS 2.3.5)."""


_last_line: Prepared[LedgerEntry] = Prepared(
    lambda application: LedgerEntry.select(fn.MAX(LedgerEntry.n)).where(
        LedgerEntry.application == application
    )
)


_MOVE = "UPDATE application SET state = ?, changed_at = ? WHERE id {ids} AND state = ?"
_LAST_LINES = (
    "SELECT application_id, MAX(n) FROM ledger_entry WHERE application_id {ids} GROUP BY application_id"
)


@dataclass(frozen=True)
class Actor:
    """Who acts: kind is applicant, staff or system."""

    kind: str
    staff: Staff | None = None

    @property
    def audit_name(self) -> str:
        return f"staff:{self.staff.username}" if self.staff else self.kind

    def officer(self) -> Staff:
        """The person of the office who acts. Raises PermissionError: neither an applicant nor the clock takes this step."""
        if self.staff is None:
            raise PermissionError("a person of the office takes this step")
        return self.staff


#: Where an application can stand while its wave has told no results: it moves no seat.
WITHOUT_SEATS = (State.SUBMITTED, State.NEEDS_FIX, State.IN_SELECTION)

APPLICANT = Actor("applicant")
SYSTEM = Actor("system")


def begin(application: Application, reason: Reason, actor: Actor, now: datetime) -> None:
    """Write the first line of a fresh application."""
    # Its number is known: nobody has written about an application that did not exist.
    _drafted(application.id, None, "", application.state, reason, actor, now).save(force_insert=True)


def move(
    application: Application,
    to: State,
    reason: Reason,
    actor: Actor,
    now: datetime,
    *,
    note: str | None = None,
    told: str = "",
    by: Reversal | None = None,
) -> None:
    """Change the state and append the line, inside the caller's transaction; seats follow (services.seats).

    Check and change are one UPDATE, so that two officers who press at once cannot both succeed. `by` is the reversal
    without which nothing is taken from anybody. Raises NotAllowed when the rules or somebody faster say no, and
    OneIsNotEnough.
    """
    current = application.state
    if not states.may(State(current), to):
        raise NotAllowed(current, to)
    # Only its owner withdraws from a seat: the office would take it away by another name.
    ousted = actor.staff is not None and to is State.WITHDRAWN and State(current) in seats.SEATED
    if ousted or (states.takes_away(State(current), to) and not _is_confirmed(by, application, to, now)):
        raise OneIsNotEnough
    changed = (
        Application.update(state=to.value, changed_at=now)
        .where((Application.id == application.id) & (Application.state == current))
        .execute()
    )
    if changed != 1:
        raise NotAllowed(current, to)
    application.state = to.value
    _line(application, current, to.value, reason, actor, now, note=note, told=told)
    seats.follow(application, State(current), reason, now, held_until=by.object_until if by else None)


def move_all(
    ids: Sequence[int],
    before: State,
    to: State,
    reason: Reason,
    actor: Actor,
    now: datetime,
    *,
    told: str = "",
) -> None:
    """Move some hundred applications from one state to another and append their lines, inside the caller's transaction.

    As `move`, for what a wave does to everybody: all are locked, and before they are told of a result nobody has a
    seat, so none can be lost. Raises NotAllowed when one of them is elsewhere, and then nothing may be kept.
    """
    if before not in WITHOUT_SEATS or reason is Reason.ADDED_SEAT:
        raise ValueError(f"{before}: one at a time")
    if not states.may(before, to):
        raise NotAllowed(before, to)
    own, at = list(ids), Application.changed_at.db_value(now)
    moved = bulk.run(_MOVE, to.value, at, own, before.value)
    if moved.rowcount != len(own):
        raise NotAllowed(before, to)
    last = dict(bulk.run(_LAST_LINES, own).fetchall())
    rows = [(line, one, last.get(one, 0) + 1) for line, one in zip(new_ids(len(own)), own, strict=True)]
    same: dict[Any, Any] = {
        LedgerEntry.from_state: before.value,
        LedgerEntry.to_state: to.value,
        LedgerEntry.reason: reason.value,
        LedgerEntry.actor: actor.kind,
        LedgerEntry.staff: actor.staff,
        LedgerEntry.told: told,
        LedgerEntry.at: now,
    }
    bulk.insert(LedgerEntry, (LedgerEntry.id, LedgerEntry.application, LedgerEntry.n), rows, same)


def _is_confirmed(by: Reversal | None, application: Application, to: State, now: datetime) -> bool:
    """Read from the database, and good for this moment only: no reversal is used twice."""
    if by is None:
        return False
    own = (Reversal.id == by.id) & (Reversal.application == application.id) & (Reversal.to_state == to.value)
    two = Reversal.confirmed_by.is_null(False) & (Reversal.confirmed_by != Reversal.proposed_by)
    return bool(Reversal.select().where(own & two & (Reversal.confirmed_at == now)).exists())


def remark(
    application: Application, reason: Reason, actor: Actor, now: datetime, note: str | None = None
) -> None:
    """Append a line without a change of state, such as "answers changed" or "joined the next wave"."""
    _line(application, application.state, application.state, reason, actor, now, note=note, told="")


def _line(
    application: Application,
    before: str,
    after: str,
    reason: Reason,
    actor: Actor,
    now: datetime,
    *,
    note: str | None,
    told: str,
) -> None:
    last = _last_line.value(application.id)
    line = _drafted(application.id, last, before, after, reason, actor, now)
    line.note, line.told = note, told
    line.save(force_insert=True)


def _drafted(
    application_id: int,
    last: int | None,
    before: str,
    after: str,
    reason: Reason,
    actor: Actor,
    now: datetime,
) -> LedgerEntry:
    """The line that comes after number `last`."""
    return LedgerEntry(
        application=application_id,
        n=(last or 0) + 1,
        from_state=before,
        to_state=after,
        reason=reason.value,
        actor=actor.kind,
        staff=actor.staff,
        at=now,
    )
