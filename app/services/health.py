"""Whether everything runs, and the numbers that whoever looks after it watches. Nothing about a person."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from peewee import PeeweeException, Value, fn

from app import db
from app.models import Attempt, Beat, Delivery, OfficeMail
from app.models.notice import QUEUED
from app.services import audit, beats

#: With less free space than this a server should not take registrations any more.
DISK_LEAST = 256 * 1024 * 1024
#: The worker gives a sign of life every minute.
WORKER_LATE = timedelta(minutes=5)
HOUR = timedelta(hours=1)

OK = "ok"
#: What keeps a server from answering at all. A worker that stands still does not: its mail waits, people need not.
NEEDED = ("database", "migrations", "disk")


def checks(now: datetime, var: Path) -> dict[str, str]:
    """{what: "ok" or what is wrong}: database, migrations, disk, worker. Never raises."""
    found = {"disk": _disk(var)}
    try:
        missing = db.missing_migrations()
        found["database"] = OK
        found["migrations"] = f"{len(missing)} missing: flask db up" if missing else OK
        found["worker"] = _worker(now) if not missing else "unknown"
    except (PeeweeException, OSError) as fault:
        found["database"] = type(fault).__name__
        found["migrations"] = found["worker"] = "unknown"
    return found


def is_ready(found: dict[str, str]) -> bool:
    """Whether the proxy may send people here."""
    return all(found[what] == OK for what in NEEDED)


def _disk(var: Path) -> str:
    try:
        free = shutil.disk_usage(var).free
    except OSError as fault:
        return type(fault).__name__
    return OK if free >= DISK_LEAST else f"{free} bytes free"


def _worker(now: datetime) -> str:
    newest = max(_beats().values(), default=None)
    if newest is None:
        return "has never run"
    age = now - newest
    return OK if age <= WORKER_LATE else f"silent for {round(age.total_seconds())} s"


def _beats() -> dict[str, datetime]:
    """The worker's own beats; alarms of the limits are noted in the same table."""
    return {name: at for name, at in beats.last().items() if not name.startswith("pin_")}


# numbers ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Queue:
    """What waits on one channel: how many, and how long the oldest is due, in seconds."""

    channel: str
    waiting: int
    oldest: float


@dataclass(frozen=True)
class Numbers:
    """What the rows say at a moment."""

    queues: list[Queue]
    failed_sign_ins: dict[str, int]
    beat_ages: dict[str, float]
    audit_lines: int
    audit_head: str


def numbers(now: datetime) -> Numbers:
    """Four short queries, each by an index. Raises PeeweeException when the database is away."""
    paths = Attempt.select(Attempt.path, fn.COUNT(Attempt.id)).where(
        (Attempt.at > now - HOUR) & Attempt.failed
    )
    head = audit.newest()
    return Numbers(
        queues=_queues(now),
        failed_sign_ins=dict(_rows(paths.group_by(Attempt.path))),
        beat_ages={name: (now - at).total_seconds() for name, at in _beats().items()},
        audit_lines=head.lines,
        audit_head=head.mac,
    )


def _rows(query: Any) -> list[tuple[Any, ...]]:
    return list(query.tuples())


def _queues(now: datetime) -> list[Queue]:
    oldest = fn.MIN(Delivery.not_before)
    people = Delivery.select(Delivery.channel, fn.COUNT(Delivery.id), oldest)
    people = people.where(Delivery.state == QUEUED).group_by(Delivery.channel)
    office = OfficeMail.select(Value("office"), fn.COUNT(OfficeMail.id), fn.MIN(OfficeMail.not_before))
    rows = _rows(people) + _rows(office.where(OfficeMail.state == "queued"))
    return [Queue(channel, waiting, _since(due, now)) for channel, waiting, due in rows]


def _since(due: datetime | int | None, now: datetime) -> float:
    moment = Beat.at.python_value(due) if isinstance(due, int) else due
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
