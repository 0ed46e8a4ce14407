"""The ledger as its owner reads it: what happened, why, who did it, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN

from app.models import Application, LedgerEntry, Posko, Staff, Wave
from app.rules import local_time
from app.rules.reasons import WORDS as REASON_WORDS
from app.rules.reasons import Reason
from app.rules.states import WORDS as STATE_WORDS
from app.rules.states import State

#: States whose owner must be told at once why, and what to do.
EXPLAINED = (State.NEEDS_FIX, State.NOT_SELECTED, State.REVOKED)


@dataclass(frozen=True)
class Line:
    """One line; the names are those of the macro `timeline`. `iso` carries the offset of the office."""

    iso: str
    when: str
    title: str
    text: str
    by: str
    note: str


@dataclass(frozen=True)
class Why:
    """Why an application stands where it stands, and what its owner can do; `note` is what the office added."""

    reason: Reason
    sentence: str
    remedy: str
    note: str


@dataclass(frozen=True)
class Journey:
    """One application of a person and its lines; `title` names the wave."""

    title: str
    lines: tuple[Line, ...]


def journeys(applicant_id: int, now: datetime, zone: str) -> list[Journey]:
    """Every application of a person with its ledger, the newest first."""
    mine = Application.select(Application, Wave).join(Wave, JOIN.LEFT_OUTER)
    rows = mine.where(Application.applicant == applicant_id)
    rows = rows.order_by(Application.submitted_at.desc(), Wave.number.desc(nulls="first"))
    return [_journey(row, now, zone) for row in rows]


def _journey(application: Application, now: datetime, zone: str) -> Journey:
    wave = application.wave
    title = f"Gelombang {wave.number}" if wave else "Menunggu gelombang"
    return Journey(title, tuple(_line(entry, now, zone) for entry in entries(application)))


def entries(application: Application) -> list[LedgerEntry]:
    """The lines of an application with who wrote them, the newest first."""
    columns = (LedgerEntry, Staff, Posko)
    rows = LedgerEntry.select(*columns).join(Staff, JOIN.LEFT_OUTER).join(Posko, JOIN.LEFT_OUTER)
    return list(rows.where(LedgerEntry.application == application.id).order_by(LedgerEntry.n.desc()))


def _line(entry: LedgerEntry, now: datetime, zone: str) -> Line:
    reason = REASON_WORDS[Reason(entry.reason)]
    return Line(
        iso=local_time.local(entry.at, zone).isoformat(timespec="minutes"),
        when=local_time.said(entry.at, now, zone),
        title=title_of(entry),
        text=reason.sentence,
        by=_by(entry),
        note=entry.note or "",
    )


def _by(entry: LedgerEntry) -> str:
    if entry.reason == Reason.SENT_BY_APPLICANT:  # its sentence says so
        return ""
    if entry.actor == "system" and entry.told:
        return "Diumumkan kantor kami."
    return who(entry.actor, entry.staff)


def title_of(entry: LedgerEntry) -> str:
    """What happened in two or three words: the new state, or what was done without a change of state."""
    if entry.from_state == entry.to_state:
        return REASON_WORDS[Reason(entry.reason)].label
    return STATE_WORDS[State(entry.to_state)].label


def who(actor: str, staff: Staff | None) -> str:
    """Who did it, as its owner may know it."""
    if actor == "applicant":
        return "Dari HP Anda."
    if actor == "system":
        return "Otomatis."
    return f"Oleh petugas {place_of(staff)}."


def place_of(staff: Staff | None) -> str:
    """Where somebody of the office works."""
    return str(staff.posko.name) if staff is not None and staff.posko is not None else "kantor kami"


def why(application: Application) -> Why | None:
    """The reason of the newest change of state, where the state needs one; of a withdrawal only if it was not the
    person's own wish.
    """
    if application.state not in (*EXPLAINED, State.WITHDRAWN):
        return None
    changed: Any = LedgerEntry.from_state != LedgerEntry.to_state
    rows = LedgerEntry.select().where((LedgerEntry.application == application.id) & changed)
    entry = rows.order_by(LedgerEntry.n.desc()).first()
    if entry is None or (entry.to_state, entry.reason) == (State.WITHDRAWN, Reason.OWN_WISH):
        return None
    words = REASON_WORDS[Reason(entry.reason)]
    return Why(Reason(entry.reason), words.sentence, words.remedy, entry.note or "")
