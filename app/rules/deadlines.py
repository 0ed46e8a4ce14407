"""What somebody selected must do by when, and the one reminder that is due now.

A reminder belongs to one due time: when a deadline moves, its reminders start anew, so whoever keeps the list of
reminders sent keeps it per due time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from app.rules import quiet as own_hours
from app.rules.local_time import at_local, end_of_day, local, local_day


class Deadline(StrEnum):
    """What must be done. How many days each has comes from the wave's terms."""

    BUY_FIRST_TRAINING = "buy_first_training"
    FINISH_TRAINING = "finish_training"
    WRITE_REVIEW = "write_review"


@dataclass(frozen=True, slots=True)
class DeadlineWords:
    """`task` stands before "paling lambat ..."; `done` is the button; `missed` says what happens after the day."""

    title: str
    task: str
    done: str
    missed: str


WORDS: dict[Deadline, DeadlineWords] = {
    Deadline.BUY_FIRST_TRAINING: DeadlineWords(
        title="Beli pelatihan pertama",
        task="Beli pelatihan pertama",
        done="Saya sudah beli pelatihan",
        missed="Kalau lewat, tempat Anda bisa dicabut dan saldo pelatihan kembali ke negara.",
    ),
    Deadline.FINISH_TRAINING: DeadlineWords(
        title="Selesaikan pelatihan",
        task="Selesaikan pelatihan",
        done="Pelatihan saya sudah selesai",
        missed="Kalau lewat, insentif bisa tidak cair.",
    ),
    Deadline.WRITE_REVIEW: DeadlineWords(
        title="Beri bintang dan ulasan",
        task="Beri bintang dan tulis ulasan pelatihan",
        done="Saya sudah beri ulasan",
        missed="Tanpa bintang dan ulasan, insentif tidak cair.",
    ),
}

REMINDER_DAYS = (14, 7, 3, 1, 0)
"""So many calendar days before the due day, 0 is the day itself."""

REMINDER_HOUR = time(8)
QUIET_FROM = own_hours.CHOICES[own_hours.HOUSE].start


def due_at(selected_at: datetime, days: int, zone: str) -> datetime:
    """The end of the local day that is `days` days after the day of selection, in UTC. ValueError below 0 days."""
    if days < 0:
        raise ValueError("a deadline cannot lie before its beginning")
    return end_of_day(local_day(selected_at, zone) + timedelta(days=days), zone)


def reminder_at(due: datetime, days_before: int, zone: str) -> datetime:
    """When a reminder is meant to go: 08:00 local, so many days before the due day. UTC."""
    return at_local(local_day(due, zone) - timedelta(days=days_before), REMINDER_HOUR, zone)


def reminders_due(
    due: datetime, now: datetime, zone: str, already: Collection[int], since: datetime | None = None
) -> int | None:
    """The one reminder to send now (one of REMINDER_DAYS), or None.

    After a downtime only the latest one that has come up is sent, and the words must count the days that are really
    left (`local_time.days_left`), not the number returned. Nothing goes out after the due time, nor outside 08:00 to
    21:00 local: otherwise a late reminder at 07:00 and the next one at 08:00 would come on one day.

    `already` holds the reminders sent for this due time. `since` is when the person got this deadline: reminders
    meant for an earlier moment are left out, so that a deadline of ten days does not begin with "14 days".
    """
    if now > due or not REMINDER_HOUR <= local(now, zone).time() < QUIET_FROM:
        return None
    come_up = _come_up(due, now, zone, since)
    if not come_up or come_up[-1] in already:
        return None
    return come_up[-1]


def skipped(
    due: datetime, now: datetime, zone: str, already: Collection[int], since: datetime | None = None
) -> tuple[int, ...]:
    """The reminders that will never be sent because a later one came up first, or the due time has passed."""
    come_up = _come_up(due, now, zone, since)
    lost = come_up if now > due else come_up[:-1]
    return tuple(days for days in lost if days not in already)


def _come_up(due: datetime, now: datetime, zone: str, since: datetime | None) -> tuple[int, ...]:
    """The reminders whose moment has come, oldest first."""
    moments = ((days, reminder_at(due, days, zone)) for days in REMINDER_DAYS)
    return tuple(days for days, moment in moments if moment <= now and (since is None or since <= moment))


def quiet(now: datetime, zone: str) -> datetime | None:
    """Until when nothing may make a phone sound (UTC) in the house's night, or None when sending may go on."""
    return own_hours.until(own_hours.CHOICES[own_hours.HOUSE], now, zone)
