"""Taking a place from somebody: one officer proposes, another confirms, the person is told at once and may object.

ASVS 2.3.5 and security threat 9. There is no other way: `ledger.move` refuses to take a place without a reversal that
was confirmed at that moment. The seat is offered on only when the time to object is over and no objection is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import IntegrityError

from app.db import locked_for_update, writing
from app.models import Applicant, Application, Deadline, Reversal, Staff, Wave
from app.rules import deadlines as times
from app.rules import local_time, states
from app.rules.reasons import REVOKE_REASONS, WORDS, Reason
from app.rules.states import State
from app.services import audit, casework, deadlines, ledger, notices, office
from app.services.ledger import Actor
from app.services.wave_control import Changed, NotNow

OBJECT_DAYS = 7
"""So many days somebody may object; until the end of the last one."""

REASONS: dict[Reason, State] = dict.fromkeys(REVOKE_REASONS, State.REVOKED) | {
    Reason.RESULT_CORRECTED: State.NOT_SELECTED
}
"""Why a place may be taken, and what becomes of the application."""


class SamePerson(Exception):
    """Whoever proposed it cannot confirm it too (ASVS 2.3.5)."""


@dataclass(frozen=True)
class Proposal:
    """A reversal that waits for a second officer, for lists."""

    id: int
    application_id: int
    name: str
    ticket: str
    wave: int
    reason: Reason
    to_state: State
    note: str
    by: Staff
    at: datetime


def may_propose(application: Application) -> bool:
    """Whether there is a place to take and nobody has proposed it yet."""
    taken = states.may(State(application.state), State.REVOKED)
    return taken and application.wave_id is not None and open_for(application.id) is None


def reasons_for(application: Application, now: datetime) -> tuple[Reason, ...]:
    """The reasons that fit: a missed deadline only when one was missed, a corrected result only before the training."""
    state, missed = State(application.state), _missed(application, now)
    return tuple(
        reason
        for reason, to in REASONS.items()
        if states.takes_away(state, to)
        and states.may(state, to)
        and (missed or reason is not Reason.DEADLINE_MISSED)
    )


def _missed(application: Application, now: datetime) -> bool:
    """Whether a task is open past its day and the grace time of the wave."""
    grace = timedelta(days=application.wave.grace_days if application.wave is not None else 0)
    late = Deadline.done_at.is_null() & (Deadline.due_at < now - grace)
    return bool(Deadline.select().where((Deadline.application == application.id) & late).exists())


def open_for(application_id: int) -> Reversal | None:
    """The proposal about this application that nobody has confirmed or dropped."""
    return Reversal.get_or_none(_open() & (Reversal.application == application_id))


def _open() -> Any:
    return Reversal.confirmed_at.is_null() & Reversal.dropped_at.is_null()


def propose(
    application_id: int, reason: Reason, note: str, seen: int, actor: Actor, now: datetime
) -> Reversal:
    """Propose to take the place. Nothing changes and nobody is told before another officer confirms.

    `seen` is how many ledger lines the officer saw. Raises Changed, NotNow.
    """
    try:
        with writing():
            application = _locked(application_id)
            if len(casework.lines(application)) != seen:
                raise Changed
            if reason not in reasons_for(application, now) or application.wave_id is None:
                raise NotNow("Alasan ini tidak cocok dengan keadaan pendaftar sekarang.")
            made = Reversal(
                application=application,
                to_state=REASONS[reason].value,
                reason=reason.value,
                proposed_by=actor.officer(),
                proposed_at=now,
            )
            made.note = note.strip() or None
            made.save(force_insert=True)
            audit.record(
                actor.audit_name, "reversal.propose", f"application:{application.id}", now, reason.value
            )
            return made
    except IntegrityError:  # reversal_one_open: a colleague was faster
        raise Changed from None


def confirm(reversal_id: int, actor: Actor, now: datetime) -> Application:
    """Take the place, tell the person, hold the seat until nobody may object. Raises SamePerson, Changed.

    One conditional UPDATE, so that two who confirm at once do it once.
    """
    with writing():
        reversal = Reversal.get_or_none(Reversal.id == reversal_id)
        if reversal is None:
            raise Changed
        application = _locked(reversal.application_id)
        if reversal.proposed_by_id == actor.officer().id:
            raise SamePerson
        zone = office.current().zone
        until = local_time.end_of_day(local_time.local_day(now, zone) + timedelta(days=OBJECT_DAYS), zone)
        other = (Reversal.id == reversal_id) & _open() & (Reversal.proposed_by != actor.staff)
        said = Reversal.update(confirmed_by=actor.staff, confirmed_at=now, object_until=until).where(other)
        if said.execute() != 1:
            raise Changed
        fresh = Reversal.get_by_id(reversal_id)
        _take(application, fresh, actor, zone, now)
        audit.record(actor.audit_name, "reversal.confirm", f"application:{application.id}", now, fresh.reason)
        return application


def _take(application: Application, reversal: Reversal, actor: Actor, zone: str, now: datetime) -> None:
    reason = Reason(reversal.reason)
    try:
        to = State(reversal.to_state)
        ledger.move(application, to, reason, actor, now, note=reversal.note, told="kabar", by=reversal)
    except ledger.NotAllowed:  # withdrew meanwhile, or went on to the training
        raise Changed from None
    deadlines.end_open(application, "revoked", now)
    until = local_time.day_clock(reversal.object_until, zone)
    notices.write(
        applicant_id=application.applicant_id,
        application=application,
        wave_id=application.wave_id,
        kind="reversal",
        key=f"reversal:{reversal.id}",
        title="Ada keputusan tentang pendaftaran Anda",  # the lock screen does not say which
        body=f"Tempat Anda kami cabut. {WORDS[reason].sentence} Merasa ada yang keliru? "
        f"Ajukan keberatan sampai {until}. Tempat itu belum kami tawarkan ke orang lain sebelum itu.",
        path="/saya/keberatan",
        words={"reason": WORDS[reason].sentence, "until": until},
        now=now,
        not_before=times.quiet(now, zone),
    )


def drop(reversal_id: int, actor: Actor, now: datetime) -> None:
    """Take a proposal back; whoever proposed it may, and anybody who might have confirmed it. Raises Changed."""
    with writing():
        actor.officer()
        dropped = Reversal.update(dropped_at=now).where((Reversal.id == reversal_id) & _open())
        if dropped.execute() != 1:
            raise Changed
        about = Reversal.get_by_id(reversal_id).application_id
        audit.record(actor.audit_name, "reversal.drop", f"application:{about}", now)


def last_for(application_id: int) -> Reversal | None:
    """The reversal that was confirmed last for this application."""
    mine = (Reversal.application == application_id) & Reversal.confirmed_at.is_null(False)
    found: Reversal | None = Reversal.select().where(mine).order_by(Reversal.confirmed_at.desc()).first()
    return found


def waiting(wave_id: int | None = None) -> list[Proposal]:
    """The proposals that wait for a second officer, the oldest first; of one wave, or of all."""
    rows = Reversal.select(Reversal, Application, Applicant, Wave, Staff).join(Application).join(Applicant)
    rows = rows.switch(Application).join(Wave)
    rows = rows.switch(Reversal).join(Staff, on=(Reversal.proposed_by == Staff.id)).where(_open())
    if wave_id is not None:
        rows = rows.where(Application.wave == wave_id)
    return [_shown(row) for row in rows.order_by(Reversal.proposed_at)]


def _shown(row: Reversal) -> Proposal:
    application = row.application
    return Proposal(
        id=row.id,
        application_id=application.id,
        name=application.applicant.name,
        ticket=application.ticket,
        wave=application.wave.number if application.wave else 0,
        reason=Reason(row.reason),
        to_state=State(row.to_state),
        note=row.note or "",
        by=row.proposed_by,
        at=row.proposed_at,
    )


def _locked(application_id: int) -> Application:
    query = Application.select().where(Application.id == application_id)
    found: Application | None = locked_for_update(query).first()
    if found is None:
        raise Changed
    return found
