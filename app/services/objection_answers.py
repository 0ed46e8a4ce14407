"""Answering objections: somebody owns each, the first due on top, and what it upholds takes a second officer.

ASVS 2.3.5: an upheld objection gives a seat, so its answer stands only when another officer has agreed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from peewee import JOIN

from app.db import locked_for_update, writing
from app.models import Applicant, Application, Objection, Staff
from app.rules import deadlines as times
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import added_seats, audit, deadlines, ledger, notices, office
from app.services.ledger import Actor
from app.services.objections import TOLD_NO, last_change
from app.services.reversals import SamePerson
from app.services.wave_control import Changed


@dataclass(frozen=True)
class Effect:
    """What upholding an objection does: the state that the person gets; None when the draw gave no seat to give."""

    state: State | None
    reason: Reason | None


def find(objection_id: int) -> Objection | None:
    """An objection with its application and person."""
    rows = Objection.select(Objection, Application, Applicant).join(Application).join(Applicant)
    found: Objection | None = rows.where(Objection.id == objection_id).first()
    return found


def waiting(district: str | None = None, owner: Staff | None = None) -> list[Objection]:
    """Everything without an answer, what is due first on top; only of `district` or taken on by `owner`, when given."""
    rows = Objection.select(Objection, Application, Applicant, Staff).join(Application).join(Applicant)
    rows = rows.switch(Objection).join(Staff, JOIN.LEFT_OUTER, on=(Objection.owner == Staff.id))
    if district is not None:
        rows = rows.where((Applicant.district == district) | (Objection.owner == (owner.id if owner else 0)))
    return list(rows.where(Objection.answered_at.is_null()).order_by(Objection.due_at, Objection.id))


def take(objection_id: int, actor: Actor, now: datetime) -> None:
    """Become the owner, also instead of a colleague who is away; a drafted answer goes with it. Raises Changed."""
    staff = actor.officer()
    with writing():
        still = (Objection.id == objection_id) & Objection.answered_at.is_null()
        others = Objection.owner.is_null() | (Objection.owner != staff)
        change = Objection.update(owner=staff, answer=None, upheld=None).where(still & others)
        if change.execute() != 1:
            raise Changed
        audit.record(actor.audit_name, "objection.take", f"objection:{objection_id}", now)


def answer(objection_id: int, words: str, upheld: bool, actor: Actor, now: datetime) -> None:
    """The owner answers. "No" is told at once; "yes" waits for a second officer (`confirm`). Raises Changed."""
    with writing():
        objection = _locked(objection_id)
        if objection.owner_id != actor.officer().id or objection.upheld:
            raise Changed
        objection.answer, objection.upheld = words.strip(), int(upheld)
        if not upheld:
            objection.answered_at = now
        objection.save()
        verb = "objection.uphold" if upheld else "objection.refuse"
        audit.record(actor.audit_name, verb, f"objection:{objection.id}", now)
        if not upheld:
            _tell(objection, now)


def effect(objection: Objection) -> Effect:
    """What upholding it would do now, for the page where a second officer confirms."""
    application = objection.application
    state = State(application.state)
    if objection.about == "reversal":
        line = last_change(application)
        if line is None or state not in (State.REVOKED, State.NOT_SELECTED):
            return Effect(None, None)
        back = State.IN_TRAINING if line.from_state == State.IN_TRAINING else State.SELECTED
        return Effect(back, Reason.OBJECTION_UPHELD)
    if state not in TOLD_NO or not added_seats.earned(application):
        return Effect(None, None)
    return Effect(State.SELECTED, Reason.ADDED_SEAT)


def confirm(objection_id: int, actor: Actor, now: datetime) -> Effect:
    """A second officer agrees: the seat is the person's again, or an added one. Raises SamePerson, Changed."""
    with writing():
        objection = _locked(objection_id)
        if not objection.upheld:
            raise Changed
        if objection.owner_id == actor.officer().id:
            raise SamePerson
        done = effect(objection)
        if done.state is not None and done.reason is not None:
            _give(objection.application, done.state, done.reason, actor, now)
        objection.answered_at = now
        objection.save()
        audit.record(actor.audit_name, "objection.confirm", f"objection:{objection.id}", now)
        _tell(objection, now)
        return done


def _give(application: Application, to: State, reason: Reason, actor: Actor, now: datetime) -> None:
    try:
        ledger.move(application, to, reason, actor, now, told="kabar")
    except ledger.NotAllowed:
        raise Changed from None
    if to is State.SELECTED and application.wave is not None:
        deadlines.begin_buying(application, application.wave, office.current().zone, now)


def _locked(objection_id: int) -> Objection:
    """The objection without an answer, its application locked first: one order everywhere. Raises Changed."""
    found = Objection.get_or_none(Objection.id == objection_id)
    if found is None:
        raise Changed
    application = locked_for_update(Application.select().where(Application.id == found.application_id)).get()
    fresh = locked_for_update(Objection.select().where(Objection.id == objection_id)).get()
    if fresh.answered_at is not None:
        raise Changed
    fresh.application = application
    return fresh  # type: ignore[no-any-return]


def _tell(objection: Objection, now: datetime) -> None:
    notices.write(
        applicant_id=objection.application.applicant_id,
        application=objection.application,
        wave_id=objection.application.wave_id,
        kind="objection",
        key=f"objection:{objection.id}",
        title="Keberatan Anda sudah dijawab",
        body="Jawabannya ada di halaman Keberatan. Kalau keputusannya berubah, itu tampil di halaman Status.",
        path="/saya/keberatan",
        now=now,
        not_before=times.quiet(now, office.current().zone),
    )
