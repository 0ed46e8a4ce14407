from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import local_time as lt

FOUR = datetime(2026, 12, 4, 9, 0, tzinfo=UTC)
zones = st.sampled_from(["WIB", "WITA", "WIT"])
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("zone", "clock"),
    [("WIB", "16.00 WIB"), ("WITA", "17.00 WITA"), ("WIT", "18.00 WIT"), ("Asia/Makassar", "17.00 WITA")],
)
def test_clock(zone, clock):
    assert lt.clock(FOUR, zone) == clock


def test_words():
    assert lt.long_day(FOUR, "WIB") == "Jumat, 4 Desember 2026"
    assert lt.day_clock(FOUR, "WIB") == "Jumat, 4 Desember 2026, pukul 16.00 WIB"
    assert lt.short_day(FOUR, "WIB") == "4 Desember"
    assert lt.short(datetime(2026, 12, 8, 3, 0, tzinfo=UTC), "WIB") == "8 Desember, 10.00"
    assert lt.date_words(date(1988, 4, 17)) == "17 April 1988"
    assert lt.month_words(date(2026, 6, 1)) == "Juni 2026"
    assert lt.hour(datetime(2026, 12, 8, 0, 5, tzinfo=UTC), "WIB") == "07.05"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 22), "Minggu, 22 November 2026"),
        (date(2026, 12, 23), "Rabu, 23 Desember 2026"),
        (date(2024, 2, 29), "Kamis, 29 Februari 2024"),
        (date(1945, 8, 17), "Jumat, 17 Agustus 1945"),
    ],
)
def test_days_of_the_week(day, words):
    assert lt.long_date_words(day) == words


def test_the_day_turns_at_local_midnight():
    late = datetime(2026, 12, 4, 16, 30, tzinfo=UTC)
    assert lt.short_day(late, "WIB") == "4 Desember"
    assert lt.short_day(late, "WITA") == "5 Desember"
    assert lt.short_day(late, "WIT") == "5 Desember"


@pytest.mark.parametrize("code", ["", "wib", "UTC", "Asia/Tokyo", "+07:00"])
def test_other_zones_are_refused(code):
    with pytest.raises(ValueError):
        lt.zone(code)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError):
        lt.clock(datetime(2026, 12, 4, 9, 0), "WIB")


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2026, 12, 12, 0, 0, tzinfo=UTC), 11),
        (datetime(2026, 12, 22, 16, 59, tzinfo=UTC), 1),  # 23.59 WIB the day before
        (datetime(2026, 12, 22, 17, 0, tzinfo=UTC), 0),  # midnight WIB
        (datetime(2026, 12, 23, 16, 59, tzinfo=UTC), 0),
        (datetime(2026, 12, 23, 17, 0, tzinfo=UTC), -1),
    ],
)
def test_days_left_are_calendar_days(now, left):
    assert lt.days_left(now, lt.end_of_day(date(2026, 12, 23), "WIB"), "WIB") == left


@pytest.mark.parametrize(("zone", "hour"), [("WIB", 16), ("WITA", 15), ("WIT", 14)])
def test_end_of_day(zone, hour):
    assert lt.end_of_day(date(2026, 12, 23), zone) == datetime(
        2026, 12, 23, hour, 59, 59, 999_000, tzinfo=UTC
    )


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), zones)
def test_the_end_of_a_day_is_its_last_millisecond(day, zone):
    end = lt.end_of_day(day, zone)
    assert end.tzinfo is UTC
    assert lt.local_day(end, zone) == day
    assert lt.local_day(end + timedelta(milliseconds=1), zone) == day + timedelta(days=1)


@given(moments, moments, zones)
def test_days_left_add_up(now, due, zone):
    assert lt.days_left(now, due, zone) == -lt.days_left(due, now, zone)
    assert lt.at_local(lt.local_day(now, zone), time(0), zone) <= now


@pytest.mark.parametrize(
    ("n", "words"),
    [(0, "0"), (7, "7"), (999, "999"), (1418, "1.418"), (1234567, "1.234.567"), (-1418, "-1.418")],
)
def test_number(n, words):
    assert lt.number(n) == words
