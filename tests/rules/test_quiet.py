"""Hours of silence: each choice, in every zone, across midnight; and what holds for any hours at any time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import deadlines, quiet
from app.rules.local_time import ZONES, local
from app.rules.quiet import CHOICES, HOUSE, Quiet

MILLISECOND = timedelta(milliseconds=1)


def at(zone: str, day: int, hour: int, minute: int = 0) -> datetime:
    """A time on the clock of a zone, as UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONES[zone]).astimezone(UTC)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("code", "now", "until"),
    [
        ("21-06", (22, 20, 59), None),
        ("21-06", (22, 21, 0), (23, 6)),
        ("21-06", (22, 23, 59), (23, 6)),
        ("21-06", (23, 0, 0), (23, 6)),
        ("21-06", (23, 5, 59), (23, 6)),
        ("21-06", (23, 6, 0), None),
        ("19-07", (22, 20, 59), (23, 7)),
        ("19-07", (23, 6, 30), (23, 7)),
        ("22-04", (22, 21, 30), None),
        ("22-04", (23, 3, 59), (23, 4)),
        ("22-04", (23, 4, 0), None),
        ("08-16", (22, 7, 59), None),
        ("08-16", (22, 8, 0), (22, 16)),
        ("08-16", (22, 15, 59), (22, 16)),
        ("08-16", (22, 16, 0), None),
        ("08-16", (23, 2, 0), None),
        ("kapan-saja", (23, 0, 0), None),
        ("kapan-saja", (22, 23, 0), None),
    ],
)
def test_each_choice_on_the_clock_of_the_office(zone, code, now, until):
    expected = None if until is None else at(zone, *until)
    assert quiet.until(CHOICES[code], at(zone, *now), zone) == expected


def test_one_moment_is_night_in_the_east_and_evening_in_the_west():
    moment = at("WIB", 22, 20)  # 22.00 in WIT
    said = {zone: quiet.until(CHOICES[HOUSE], moment, zone) for zone in ZONES}
    assert said == {"WIB": None, "WITA": at("WITA", 23, 6), "WIT": at("WIT", 23, 6)}


HOURS = st.builds(
    lambda start, end: Quiet(time(start), time(end), "", ""), st.integers(0, 23), st.integers(0, 23)
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


@given(HOURS, MOMENTS, st.sampled_from(sorted(ZONES)))
def test_silence_ends_at_its_end_and_within_a_day(hours, now, zone):
    end = quiet.until(hours, now, zone)
    there = local(now, zone).time()
    if hours.start == hours.end:
        assert end is None
        return
    over_midnight = hours.start > hours.end
    inside = (
        (there >= hours.start or there < hours.end) if over_midnight else hours.start <= there < hours.end
    )
    assert (end is not None) == inside
    if end is not None:
        assert now < end < now + timedelta(days=1)
        assert local(end, zone).time() == hours.end
        assert quiet.until(hours, end, zone) is None
        assert quiet.until(hours, end - MILLISECOND, zone) == end


@given(MOMENTS, st.sampled_from(sorted(ZONES)), st.sampled_from(sorted(CHOICES)))
def test_no_choice_silences_a_whole_day(now, zone, code):
    """Whatever a person chooses, the reminder of the last day at 08.00 can still sound before that day is over."""
    due = deadlines.due_at(now, 0, zone)
    morning = deadlines.reminder_at(due, 0, zone)
    first = quiet.until(CHOICES[code], morning, zone) or morning
    assert first < due


def test_the_house_has_the_night_that_deadlines_know():
    for hour in range(24):
        now = at("WIB", 22, hour)
        assert deadlines.quiet(now, "WIB") == quiet.until(CHOICES[HOUSE], now, "WIB")


def test_a_code_that_is_not_on_the_list_any_more_is_the_house():
    assert quiet.chosen("03-04") is CHOICES[HOUSE]


def test_every_code_fits_its_column_and_has_words():
    for code, hours in CHOICES.items():
        assert len(code) <= 10
        assert hours.label
        assert bool(hours.said) == (hours.start != hours.end)
