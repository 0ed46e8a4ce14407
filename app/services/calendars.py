"""The dates of one person as an iCalendar file (RFC 5545), to be kept in the phone's own calendar.

Imported again, an event replaces its earlier self: its UID never changes, and SEQUENCE is the number of acts of the
office on what it hangs on (the audit trail only grows), so that it has risen whenever a date was moved. Titles stand on
lock screens, so they never tell a result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from app.models import Application, AuditLine, Deadline, Wave
from app.rules import deadlines as rules
from app.rules import local_time
from app.rules.states import State
from app.services import joining, waves

PRODUCT = "-//Gelombang//Pendaftaran pelatihan//ID"
#: Calendar days before a deadline on which the phone rings, at the hour of our own reminders.
ALARM_DAYS = (7, 3, 1)
#: States before a result, in which the dates of the wave matter.
BEFORE_RESULT = (State.SUBMITTED, State.NEEDS_FIX, State.IN_SELECTION)


@dataclass(frozen=True)
class Site:
    """Where the file comes from: `host` makes UIDs unique, `url` is where its owner looks."""

    host: str
    url: str


@dataclass(frozen=True)
class Date:
    """One entry. `key` is stable for ever; `rings` are moments before it; `acts` are subjects of the audit trail."""

    key: str
    at: datetime
    title: str
    text: str
    rings: tuple[datetime, ...]
    acts: tuple[str, ...]


def file_for(applicant_id: int, site: Site, now: datetime, zone: str) -> bytes | None:
    """The calendar of a person at `now`, CRLF and folded; None when there is no date to keep."""
    application = joining.newest(applicant_id)
    found = list(_dates(application, now, zone)) if application is not None else []
    if not found:
        return None
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    for date in found:
        calendar.add_component(_event(date, site, now))
    return bytes(calendar.to_ical())


def _dates(application: Application, now: datetime, zone: str) -> Iterable[Date]:
    state, wave = State(application.state), application.wave
    if state in (State.SELECTED, State.IN_TRAINING, State.COMPLETED):
        mine = (Deadline.application == application.id) & Deadline.done_at.is_null()
        for row in Deadline.select().where(mine & (Deadline.due_at > now)).order_by(Deadline.due_at):
            yield _deadline(row, application, wave, now, zone)
    elif state is State.SUBMITTED and wave is None:
        coming = waves.next_wave(now)
        if coming is not None:
            text = "Anda ikut tanpa mendaftar lagi. Lihat halaman Anda."
            yield _of_wave("buka", coming, coming.opens_at, f"Gelombang {coming.number} dibuka", text)
    elif state in BEFORE_RESULT and wave is not None and wave.archived_at is None:
        yield from _before_result(wave, now, zone)


def _before_result(wave: Wave, now: datetime, zone: str) -> Iterable[Date]:
    if wave.closes_at > now:
        ring = rules.reminder_at(wave.closes_at, 1, zone)
        text = "Sampai saat ini data Anda masih bisa diubah. Tidak ada yang harus dikirim lagi."
        yield _of_wave(
            "tutup",
            wave,
            wave.closes_at,
            f"Gelombang {wave.number} ditutup",
            text,
            (ring,) if ring > now else (),
        )
    if wave.announce_at is not None and wave.announce_at > now:
        text = "Hasilnya ada di halaman Anda. Masuk dengan NIK dan PIN."
        title = f"Hasil Gelombang {wave.number} diumumkan"
        yield _of_wave("hasil", wave, wave.announce_at, title, text, (wave.announce_at,))


def _of_wave(
    kind: str, wave: Wave, at: datetime, title: str, text: str, rings: tuple[datetime, ...] = ()
) -> Date:
    return Date(f"gelombang-{wave.number}-{kind}", at, title, text, rings, (f"wave:{wave.number}",))


def _deadline(row: Deadline, application: Application, wave: Wave | None, now: datetime, zone: str) -> Date:
    words = rules.WORDS[rules.Deadline(row.kind)]
    rings = (rules.reminder_at(row.due_at, days, zone) for days in ALARM_DAYS)
    acts = [f"deadline:{row.id}", f"application:{application.id}", *([f"wave:{wave.number}"] if wave else [])]
    return Date(
        key=f"batas-{row.id}",
        at=row.due_at,
        title=f"Batas waktu Anda{f' di Gelombang {wave.number}' if wave else ''}",
        text=f"{words.task} paling lambat {local_time.day_clock(row.due_at, zone)}. {words.missed}",
        rings=tuple(ring for ring in rings if ring > now),  # a missed one would ring at once
        acts=tuple(acts),
    )


def _event(date: Date, site: Site, now: datetime) -> Event:
    # Whole seconds are all that the format has; cut, not rounded, so that a day's last moment stays on its day.
    at = date.at.replace(microsecond=0)
    event = Event()
    event.add("uid", f"{date.key}@{site.host}")
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("dtstart", at)
    event.add("sequence", AuditLine.select().where(AuditLine.subject.in_(date.acts)).count())
    event.add("summary", date.title)
    event.add("description", f"{date.text} {site.url}")
    event.add("url", site.url)
    event.add("transp", "TRANSPARENT")  # it makes nobody look busy
    for ring in date.rings:
        event.add_component(_alarm(ring - at, date.title))
    return event


def _alarm(before: timedelta, title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", before)
    alarm.add("description", title)
    return alarm
