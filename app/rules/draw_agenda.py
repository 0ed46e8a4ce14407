"""Which step of a draw is due when, and when the office is reminded of it. Pure.

| step    | from                  | at the latest                          | otherwise                         |
|---------|-----------------------|----------------------------------------|-----------------------------------|
| janji   | any time              | 7 days before closing                  | the wave cannot draw              |
| daftar  | closing               | 24 hours after closing                 | people have less time to object   |
| kunci   | the promised moment   | 24 hours before the draw               | the draw moves by a week          |
| jalan   | the draw time         | a day after the draw time              | everybody waits                   |
| sah     | the run               | the announced time, or two days after  | everybody waits                   |
| umumkan | attesting             | the announced time, or two days after  | everybody waits                   |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.rules.promise import BEFORE_CLOSING, LIST_BEFORE_DRAW
from app.rules.waves import LIST_WITHIN

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENCE = 2 * DAY
"""For what has no promised end."""

LEADS: dict[str, tuple[timedelta, ...]] = {
    "janji": (3 * DAY, DAY),
    "daftar": (6 * HOUR,),
    "kunci": (4 * HOUR,),
    "jalan": (12 * HOUR,),
    "sah": (DAY, 2 * HOUR),
    "umumkan": (DAY, 2 * HOUR),
}
"""How long before the end of a step the office is reminded, beside its beginning."""

BEFORE_FREEZE = DAY
"""So long before the list may be frozen its keeper is told: decisions must be in the list by then."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Where a draw stands: None for what has not happened. `planned`: its publication is scheduled."""

    closes_at: datetime
    announce_at: datetime | None
    promised: bool
    listed: bool = False
    final_list_by: datetime | None = None
    frozen: bool = False
    draw_at: datetime | None = None
    drawn_at: datetime | None = None
    attested_at: datetime | None = None
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """The step to take next: `slug` as in the table, possible from `begins`, due at `due`."""

    slug: str
    begins: datetime
    due: datetime


def duty(facts: Facts) -> Duty | None:
    """What comes next, or None when everything is done."""
    if not facts.promised:
        last = facts.closes_at - BEFORE_CLOSING
        return Duty("janji", last - max(LEADS["janji"]), last)
    if not facts.listed:
        return Duty("daftar", facts.closes_at, facts.closes_at + LIST_WITHIN)
    if facts.draw_at is None or facts.final_list_by is None:
        return None
    if not facts.frozen:
        return Duty("kunci", facts.final_list_by, facts.draw_at - LIST_BEFORE_DRAW)
    if facts.drawn_at is None:
        return Duty("jalan", facts.draw_at, facts.draw_at + DAY)
    if facts.attested_at is None:
        return Duty("sah", facts.drawn_at, facts.announce_at or facts.drawn_at + PATIENCE)
    if not facts.planned:
        return Duty("umumkan", facts.attested_at, facts.announce_at or facts.attested_at + PATIENCE)
    return None


def moments(duty: Duty) -> tuple[datetime, ...]:
    """When the office is reminded of a step: when it can be taken, before its end, and when the end is there."""
    found = {duty.begins, duty.due, *(duty.due - lead for lead in LEADS[duty.slug])}
    if duty.slug == "kunci":
        found.add(duty.begins - BEFORE_FREEZE)
    return tuple(sorted(at for at in found if at >= duty.begins or duty.slug == "kunci"))


def left(now: datetime, due: datetime) -> str:
    """`tinggal 3 hari`, `tinggal 11 jam`, `lewat 40 menit`: a countdown that needs no calendar."""
    word, seconds = ("tinggal", due - now) if now <= due else ("lewat", now - due)
    minutes = int(seconds.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return f"{word} {minutes // (24 * 60)} hari"
    return f"{word} {minutes // 60} jam" if minutes >= 60 else f"{word} {minutes} menit"
