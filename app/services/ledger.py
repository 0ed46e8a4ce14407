"""Changes of state: the only way an application moves, and the line that tells its owner why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from peewee import fn

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


@dataclass(frozen=True)
class Actor:
    """Who acts: kind is applicant, staff or system."""

    kind: str
    staff: Staff | None = None

    @property
    def audit_name(self) -> str:
        return f"staff:{self.staff.username}" if self.staff else self.kind


APPLICANT = Actor("applicant")
SYSTEM = Actor("system")


def begin(application: Application, reason: Reason, actor: Actor, now: datetime) -> None:
    """Write the first line of a fresh application."""
    _line(application, "", application.state, reason, actor, now, note=None, told="")


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
    line = LedgerEntry(
        application=application.id,
        n=(last or 0) + 1,
        from_state=before,
        to_state=after,
        reason=reason.value,
        actor=actor.kind,
        staff=actor.staff,
        told=told,
        at=now,
    )
    line.note = note
    line.save(force_insert=True)
