"""Deadlines in the office's hands: moving one for a person, and the list of those who are late.

Nobody is revoked here. Being late puts a person on a list; taking the place is a reversal, by two officers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.db import locked_for_update, writing
from app.models import Applicant, Application, Deadline, Wave
from app.rules import codes, local_time
from app.rules import deadlines as rules
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, casework, delivery, ledger, notices, office
from app.services.casework import Changed
from app.services.ledger import Actor

DAYS = (3, 7, 14, 30)
"""By how much an officer may move a deadline at once."""
MOVABLE = (State.SELECTED, State.IN_TRAINING, State.COMPLETED)
#: Who has a place that can be lost by being late.
AT_RISK = (State.SELECTED, State.IN_TRAINING)
SHOWN = 200
"""The longest list on one page; the oldest come first."""


@dataclass(frozen=True, slots=True)
class Open:
    """A task that is not done: which, until when in words, and whether that has passed."""

    kind: str
    task: str
    due: str
    over: bool


@dataclass(frozen=True, slots=True)
class Late:
    """Somebody past the grace time. No name: the list is opened one by one."""

    application_id: int
    ticket: str
    wave: int
    task: str
    due: str
    days: int


def open_tasks(application: Application, now: datetime, zone: str) -> list[Open]:
    """The deadlines of a person that can be moved, the nearest first."""
    if State(application.state) not in MOVABLE:
        return []
    mine = (Deadline.application == application.id) & Deadline.done_at.is_null()
    return [
        Open(
            row.kind,
            rules.WORDS[rules.Deadline(row.kind)].title,
            local_time.day_clock(row.due_at, zone),
            row.due_at < now,
        )
        for row in Deadline.select().where(mine).order_by(Deadline.due_at)
    ]


def tasks(application: Application) -> list[Deadline]:
    """All that this person had or has to do by a day, the nearest first; what is done stays."""
    return list(Deadline.select().where(Deadline.application == application.id).order_by(Deadline.due_at))


def move(
    application_id: int, kind: str, days: int, why: str, seen: int, actor: Actor, now: datetime
) -> datetime:
    """Move a deadline by DAYS, from its day or from today if that has passed; returns the new due time, UTC.

    The person is told, stale reminders are called off and new ones follow; the line in the audit trail raises the
    SEQUENCE of the calendar entry. Raises casework.Changed when the task is done or somebody else acted meanwhile,
    ValueError for other numbers of days or no reason.
    """
    if days not in DAYS or not why.strip():
        raise ValueError("days and a reason")
    zone = office.current().zone
    with writing():
        application = casework.as_seen(application_id, seen)
        mine = (Deadline.application == application_id) & (Deadline.kind == kind) & Deadline.done_at.is_null()
        row = locked_for_update(Deadline.select().where(mine)).first()
        if row is None or State(application.state) not in MOVABLE:
            raise Changed
        due = rules.due_at(max(row.due_at, now), days, zone)
        Deadline.update(due_at=due).where(Deadline.id == row.id).execute()
        delivery.call_off(f"deadline:{row.id}:", application.applicant_id, "moved", now)
        ledger.remark(application, Reason.DEADLINE_MOVED, actor, now, note=why.strip())
        subject = f"application:{application_id}"
        audit.record(actor.audit_name, "deadline.move", subject, now, detail=f"{kind} +{days}")
        _tell(application, row, due, zone, now)
    return due


def _tell(application: Application, row: Deadline, due: datetime, zone: str, now: datetime) -> None:
    words = rules.WORDS[rules.Deadline(row.kind)]
    by = local_time.day_clock(due, zone)
    notices.write(
        applicant_id=application.applicant_id,
        application=application,
        wave_id=application.wave_id,
        kind="moved",
        key=f"moved:{row.id}:{round(now.timestamp() * 1000)}",
        title="Batas waktu Anda diundur",
        body=f"{words.task} sekarang paling lambat {by}. "
        "Simpan lagi tanggalnya di kalender HP dari halaman Anda.",
        path="/saya",
        words={"task": words.task, "by": by},
        now=now,
    )


def late(now: datetime, zone: str, district: str | None = None) -> list[Late]:
    """Who is past the grace time of the wave and still has a place, the longest first; at most SHOWN. Only of one
    district, or of all when None.
    """
    found: list[Late] = []
    graces: list[int] = [row.grace_days for row in Wave.select(Wave.grace_days).distinct()]
    for grace in graces:
        over = Deadline.done_at.is_null() & (Deadline.due_at < now - timedelta(days=grace))
        rows = Deadline.select(Deadline, Application, Wave).join(Application).join(Wave)
        rows = rows.where(
            over & (Wave.grace_days == grace) & Application.state.in_([s.value for s in AT_RISK])
        )
        if district is not None:
            there = Applicant.select(Applicant.id).where(Applicant.district == district)
            rows = rows.where(Application.applicant.in_(there))
        found += [_late(row, now, zone) for row in rows.order_by(Deadline.due_at).limit(SHOWN)]
    return sorted(found, key=lambda one: (-one.days, one.ticket))[:SHOWN]


def _late(row: Deadline, now: datetime, zone: str) -> Late:
    application = row.application
    wave = application.wave
    assert wave is not None  # joined above
    return Late(
        application.id,
        codes.shown(application.ticket),
        wave.number,
        rules.WORDS[rules.Deadline(row.kind)].title,
        local_time.short_day(row.due_at, zone),
        (local_time.local_day(now, zone) - local_time.local_day(row.due_at, zone)).days,
    )
