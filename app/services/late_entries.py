"""Entries that were missing from the hat: brought in by one person, agreed to by another, decided by the draw's key.

Design section 5, steps 2 and 5: undecided cases keep the right to an added seat, and a wrongly missing entry is scored
with the same key. Nobody chooses what it gets; both officers only say that it should have been in the hat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import IntegrityError, fn

from app.db import locked_for_update, writing
from app.models import Applicant, Application, Draw, Entry, LateEntry, Wave
from app.rules import codes, deadlines
from app.rules.reasons import WORDS, Reason
from app.rules.states import State
from app.services import added_seats, audit, draw_rules, ledger, notices, office, pairs
from app.services.added_seats import Score
from app.services.deadlines import begin_buying
from app.services.ledger import Actor
from app.services.reversals import SamePerson
from app.services.wave_control import Changed, NotNow

WAITS = (State.IN_SELECTION, State.NOT_SELECTED)
"""Whoever was not in the hat stands here: waiting for a result, or told that the papers were incomplete."""


@dataclass(frozen=True)
class Waiting:
    """Somebody without a place in the hat, for the office's list; `proposal` is one that waits for a second person."""

    application_id: int
    name: str
    ticket: str
    state: State
    proposal: int | None


def refusal(application: Application, now: datetime) -> str:
    """Why this entry cannot be scored now; empty when it can."""
    wave = application.wave
    draw = Draw.get_or_none(Draw.wave == wave.id) if wave is not None else None
    if wave is None or draw is None or draw.published_at is None or wave.published_at is None:
        return "Tempat tambahan baru bisa dihitung sesudah hasil undian diumumkan."
    if wave.archived_at is not None and wave.archived_at <= now:
        return "Gelombang ini sudah diakhiri."
    if Entry.select().where(Entry.application == application.id).exists():
        return "Nomor ini ikut diundi. Kalau hasilnya keliru, jalannya keberatan."
    if State(application.state) not in WAITS:
        return "Pendaftaran ini tidak sedang menunggu hasil."
    if application.submitted_at >= wave.closes_at:
        return "Pendaftaran ini datang sesudah gelombang ditutup."
    person = application.applicant
    if person.claim != "holder" or pairs.is_given_up(person.id):
        return "Cocokkan dulu KTP-nya: belum diputuskan siapa pemilik NIK ini."
    if not any(person.village.startswith(area) for area in draw_rules.of(wave).scope):
        return "Alamatnya di luar daerah gelombang ini."
    if _scored(application.id):
        return "Nomor ini sudah pernah dihitung. Hasilnya tidak berubah."
    return ""


def _scored(application_id: int) -> bool:
    done = (LateEntry.application == application_id) & LateEntry.confirmed_at.is_null(False)
    return bool(LateEntry.select().where(done).exists())


def score(application: Application) -> Score:
    """What the draw says of an entry that `refusal` lets pass."""
    found = added_seats.score(application)
    if found is None:
        raise NotNow("Gelombang ini tidak diundi.")
    return found


def without_result(wave: Wave) -> int:
    """How many wait in the selection though the results were told."""
    left = (Application.wave == wave.id) & (Application.state == State.IN_SELECTION.value)
    return int(Application.select().where(left).count())


# two people -----------------------------------------------------------------------------------------


def propose(application_id: int, note: str, seen: str, actor: Actor, now: datetime) -> LateEntry:
    """Say that an entry should have been in the hat, and why. Nothing changes and nobody is told yet.

    `seen` is the state that the officer saw. Raises Changed, NotNow.
    """
    try:
        with writing():
            application = _locked(application_id)
            if application.state != seen:
                raise Changed
            if why := refusal(application, now):
                raise NotNow(why)
            made = LateEntry(application=application, proposed_by=actor.officer(), proposed_at=now)
            made.note = note.strip() or None
            made.save(force_insert=True)
            audit.record(actor.audit_name, "late.propose", f"application:{application.id}", now)
            return made
    except IntegrityError:  # late_entry_one_open: a colleague was faster
        raise Changed from None


def confirm(late_id: int, actor: Actor, now: datetime) -> State:
    """Agree, as another person: the entry gets what its score gives, and is told. Raises SamePerson, Changed, NotNow."""
    with writing():
        late = LateEntry.get_or_none(LateEntry.id == late_id)
        if late is None:
            raise Changed
        application = _locked(late.application_id)
        if late.proposed_by_id == actor.officer().id:
            raise SamePerson
        if why := refusal(application, now):
            raise NotNow(why)
        to = State.SELECTED if score(application).via else State.NOT_SELECTED
        other = (LateEntry.id == late_id) & _open() & (LateEntry.proposed_by != actor.staff)
        columns = {"confirmed_by": actor.staff, "confirmed_at": now, "to_state": to.value}
        if LateEntry.update(columns).where(other).execute() != 1:
            raise Changed
        _give(application, to, actor, now)
        audit.record(actor.audit_name, "late.confirm", f"application:{application.id}", now, to.value)
        return to


def drop(late_id: int, actor: Actor, now: datetime) -> None:
    """Take a proposal back; whoever proposed it may, and anybody who might have confirmed it. Raises Changed."""
    with writing():
        actor.officer()
        if LateEntry.update(dropped_at=now).where((LateEntry.id == late_id) & _open()).execute() != 1:
            raise Changed
        about = LateEntry.get_by_id(late_id).application_id
        audit.record(actor.audit_name, "late.drop", f"application:{about}", now)


def _give(application: Application, to: State, actor: Actor, now: datetime) -> None:
    reason = Reason.ADDED_SEAT if to is State.SELECTED else Reason.SCORED_LATE
    try:
        if application.state == to:  # was told "not selected" for its papers, and the score says the same
            ledger.remark(application, reason, actor, now)
        else:
            ledger.move(application, to, reason, actor, now, told="kabar")
    except ledger.NotAllowed:  # withdrew this very moment
        raise Changed from None
    zone, wave = office.current().zone, application.wave
    if wave is None:
        raise Changed
    if to is State.SELECTED:
        begin_buying(application, wave, zone, now)
    notices.write(
        applicant_id=application.applicant_id,
        application=application,
        wave_id=wave.id,
        kind="late",
        key=f"late:{application.id}",
        title=f"Ada kabar tentang hasil Gelombang {wave.number}",  # the lock screen does not say which
        body=f"{WORDS[reason].sentence} {WORDS[reason].remedy}".strip(),
        path="/saya",
        now=now,
        not_before=deadlines.quiet(now, zone),
    )


# looking --------------------------------------------------------------------------------------------


def open_for(application_id: int) -> LateEntry | None:
    """The proposal about this application that nobody has confirmed or dropped."""
    return LateEntry.get_or_none(_open() & (LateEntry.application == application_id))


def find(late_id: int) -> LateEntry | None:
    """A proposal that waits, with its application."""
    return LateEntry.get_or_none(_open() & (LateEntry.id == late_id))


def waiting(wave: Wave, district: str | None = None) -> list[Waiting]:
    """Who was not in the hat and waits for a decision: settled late, or proposed by a colleague. Only of one district,
    or of all when None.
    """
    proposed = {
        row.application_id: row.id
        for row in LateEntry.select().join(Application).where(_open() & (Application.wave == wave.id))
    }
    settled = (Application.state == State.IN_SELECTION.value) & (Applicant.claim == "holder")
    in_hat = fn.EXISTS(Entry.select(Entry.id).where(Entry.application == Application.id))
    rows = Application.select(Application, Applicant).join(Applicant).where(Application.wave == wave.id)
    rows = rows.where((settled & ~in_hat) | Application.id.in_(list(proposed)))
    if district is not None:
        rows = rows.where(Applicant.district == district)
    return [
        Waiting(
            row.id,
            row.applicant.name,
            codes.shown(row.ticket),
            State(row.state),
            proposed.get(row.id),
        )
        for row in rows.order_by(Application.submitted_at)
    ]


def _open() -> Any:
    return LateEntry.confirmed_at.is_null() & LateEntry.dropped_at.is_null()


def _locked(application_id: int) -> Application:
    found: Application | None = locked_for_update(
        Application.select().where(Application.id == application_id)
    ).first()
    if found is None:
        raise Changed
    return found
