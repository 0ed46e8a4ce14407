"""When a phone must not make a sound because of us: the house's night, or the hours that a person chose.

It is only about sound (push, email): the inbox has every notice at once, the reminder of the last day included.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.rules.local_time import at_local, local


@dataclass(frozen=True, slots=True)
class Quiet:
    """From `start` to `end` on the office's clock, past midnight when `start` is the later; equal means never.

    `label` is what a person chooses, `said` stands in the middle of a sentence.
    """

    start: time
    end: time
    label: str
    said: str


AT_ONCE = frozenset({"test"})
"""Kinds of notices that a person asked for with the own finger: they sound at once, also at night."""
HOUSE = "21-06"
"""The code of the house's night: what holds for whoever chose nothing."""

CHOICES: dict[str, Quiet] = {
    HOUSE: Quiet(time(21), time(6), "Malam, pukul 21.00 sampai 06.00", "pukul 21.00 sampai 06.00"),
    "19-07": Quiet(
        time(19), time(7), "Malam lebih panjang, pukul 19.00 sampai 07.00", "pukul 19.00 sampai 07.00"
    ),
    "22-04": Quiet(
        time(22), time(4), "Malam lebih pendek, pukul 22.00 sampai 04.00", "pukul 22.00 sampai 04.00"
    ),
    "08-16": Quiet(
        time(8), time(16), "Siang, pukul 08.00 sampai 16.00. Saya kerja malam", "pukul 08.00 sampai 16.00"
    ),
    "kapan-saja": Quiet(time(0), time(0), "Tidak ada. HP boleh berbunyi kapan saja", ""),
}
"""The short list, by the code that is stored."""


def chosen(code: str) -> Quiet:
    """The hours of a stored code; the house's for one that is not on the list any more."""
    return CHOICES.get(code, CHOICES[HOUSE])


def until(hours: Quiet, now: datetime, zone: str) -> datetime | None:
    """Until when nothing may make this phone sound (UTC), or None when sending may go on.

    `now` is aware; the first moment of `start` is quiet, the first of `end` is not.
    """
    there = local(now, zone)
    at = there.time()
    over_midnight = hours.start > hours.end
    inside = at >= hours.start or at < hours.end if over_midnight else hours.start <= at < hours.end
    if not inside:
        return None
    days = 1 if over_midnight and at >= hours.start else 0
    return at_local(there.date() + timedelta(days=days), hours.end, zone)
