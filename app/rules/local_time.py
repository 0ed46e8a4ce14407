"""Times as people here read them: Indonesian words, the office's own zone, no locale files needed.

`zone` is the office's zone code everywhere: WIB, WITA or WIT. Times are aware; days are plain dates.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONES: dict[str, ZoneInfo] = {
    "WIB": ZoneInfo("Asia/Jakarta"),
    "WITA": ZoneInfo("Asia/Makassar"),
    "WIT": ZoneInfo("Asia/Jayapura"),
}
"""The three zones of Keppres 41/1987. None has daylight saving, so a local time is never missing or double."""

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)


def zone(code: str) -> ZoneInfo:
    """The zone of a code (WIB, WITA, WIT) or of its tz name (Asia/Jakarta, ...). ValueError for any other."""
    for known, info in ZONES.items():
        if code in (known, info.key):
            return info
    raise ValueError(f"unknown office time zone: {code!r}")


def offset(code: str) -> timedelta:
    """How far the office's clock is before UTC; the same all year."""
    there = datetime(2020, 1, 1, tzinfo=zone(code)).utcoffset()
    return there if there is not None else timedelta(0)


def zone_code(code: str) -> str:
    """WIB, WITA or WIT for either way of naming a zone."""
    info = zone(code)
    return next(known for known, other in ZONES.items() if other is info)


def local(moment: datetime, zone_name: str) -> datetime:
    """The same moment on the office's clock. ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime is not a moment")
    return moment.astimezone(zone(zone_name))


def local_day(moment: datetime, zone_name: str) -> date:
    """The calendar day on the office's clock."""
    return local(moment, zone_name).date()


def date_words(day: date) -> str:
    """`17 April 1988`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def month_words(day: date) -> str:
    """`Juni 2026`."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def long_date_words(day: date) -> str:
    """`Jumat, 4 Desember 2026`."""
    return f"{DAYS[day.weekday()]}, {date_words(day)}"


def long_day(moment: datetime, zone_name: str) -> str:
    """`Jumat, 4 Desember 2026`."""
    return long_date_words(local_day(moment, zone_name))


def hour(moment: datetime, zone_name: str) -> str:
    """`16.00`."""
    there = local(moment, zone_name)
    return f"{there.hour:02}.{there.minute:02}"


def clock(moment: datetime, zone_name: str) -> str:
    """`16.00 WIB`."""
    return f"{hour(moment, zone_name)} {zone_code(zone_name)}"


def day_clock(moment: datetime, zone_name: str) -> str:
    """`Jumat, 4 Desember 2026, pukul 16.00 WIB`: for whatever a deadline hangs on."""
    return f"{long_day(moment, zone_name)}, pukul {clock(moment, zone_name)}"


def short_day(moment: datetime, zone_name: str) -> str:
    """`4 Desember`."""
    there = local(moment, zone_name)
    return f"{there.day} {MONTHS[there.month - 1]}"


def short(moment: datetime, zone_name: str) -> str:
    """`8 Desember, 10.00`."""
    return f"{short_day(moment, zone_name)}, {hour(moment, zone_name)}"


def brief(moment: datetime, zone_name: str) -> str:
    """`8 Des 2026`, for a narrow column; it does not break over two lines."""
    there = local(moment, zone_name)
    return f"{there.day}\xa0{MONTHS[there.month - 1][:3]}\xa0{there.year}"


def said(moment: datetime, now: datetime, zone_name: str) -> str:
    """`Hari ini, 07.00`, `8 Desember, 10.00`, or with its year when that is not this one."""
    there, here = local(moment, zone_name), local(now, zone_name)
    if there.date() == here.date():
        return f"Hari ini, {hour(moment, zone_name)}"
    year = "" if there.year == here.year else f" {there.year}"
    return f"{short_day(moment, zone_name)}{year}, {hour(moment, zone_name)}"


def days_left(now: datetime, due: datetime, zone_name: str) -> int:
    """Calendar days from today to the due day on the office's clock: 0 on the day itself, negative after it."""
    return (local_day(due, zone_name) - local_day(now, zone_name)).days


def at_local(day: date, at: time, zone_name: str) -> datetime:
    """A wall-clock time of the office as a moment in UTC. `at` is naive."""
    return datetime.combine(day, at, tzinfo=zone(zone_name)).astimezone(UTC)


def end_of_day(day: date, zone_name: str) -> datetime:
    """The last millisecond of the day on the office's clock, in UTC."""
    return at_local(day, time(23, 59, 59, 999_000), zone_name)


def number(n: int) -> str:
    """`1.418`."""
    return f"{n:,}".replace(",", ".")


def span_words(days: int) -> str:
    """A number of days as people say it: `90 hari`, `12 bulan` (365), `24 bulan` (730), `5 tahun` (1826)."""
    years = round(days / 365.25)
    if years and 365 * years <= days <= 365 * years + years // 4 + 1:
        return f"{12 * years} bulan" if years < 3 else f"{years} tahun"
    return f"{days} hari"
