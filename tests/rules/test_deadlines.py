from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import deadlines, local_time
from app.rules.deadlines import REMINDER_DAYS

DUE = local_time.end_of_day(date(2026, 12, 23), "WIB")


def wib(day, hour, minute=0, month=12):
    return datetime(2026, month, day, hour, minute, tzinfo=local_time.zone("WIB")).astimezone(UTC)


@pytest.mark.parametrize(
    ("selected", "days", "zone", "due"),
    [
        (wib(8, 10), 15, "WIB", local_time.end_of_day(date(2026, 12, 23), "WIB")),
        (wib(8, 23, 59), 15, "WIB", local_time.end_of_day(date(2026, 12, 23), "WIB")),
        (
            wib(8, 23, 59),
            15,
            "WITA",
            local_time.end_of_day(date(2026, 12, 24), "WITA"),
        ),  # already the 9th there
        (wib(8, 10), 0, "WIB", local_time.end_of_day(date(2026, 12, 8), "WIB")),
        (wib(8, 10), 30, "WIB", local_time.end_of_day(date(2027, 1, 7), "WIB")),
    ],
)
def test_due_at_is_the_end_of_a_local_day(selected, days, zone, due):
    assert deadlines.due_at(selected, days, zone) == due


def test_a_deadline_cannot_lie_before_its_beginning():
    with pytest.raises(ValueError):
        deadlines.due_at(DUE, -1, "WIB")


@pytest.mark.parametrize(
    ("now", "already", "expected"),
    [
        (wib(9, 7, 59), set(), None),
        (wib(9, 8), set(), 14),
        (wib(9, 20, 59), set(), 14),
        (wib(9, 21), set(), None),  # quiet hours
        (wib(9, 9), {14}, None),
        (wib(10, 9), set(), 14),  # late by a day: still the latest that came up
        (wib(16, 7, 59), set(), None),  # not the late 14 and then the 7 on one day
        (wib(16, 8), set(), 7),
        (wib(16, 8), {14}, 7),
        (wib(18, 12), {14}, 7),  # down on the 16th
        (wib(20, 8), {14}, 3),
        (wib(22, 8), {14, 3}, 1),
        (wib(22, 8), set(), 1),  # after a long downtime the latest only
        (wib(23, 7), {14, 7, 3, 1}, None),
        (wib(23, 8), {14, 7, 3, 1}, 0),
        (wib(23, 8), {14, 7, 3, 1, 0}, None),
        (wib(23, 22), set(), None),
        (wib(24, 8), set(), None),  # never after the due day
    ],
)
def test_the_one_reminder_due_now(now, already, expected):
    assert deadlines.reminders_due(DUE, now, "WIB", already) == expected


def test_reminders_meant_for_before_the_deadline_existed_are_left_out():
    known = wib(13, 10)  # ten days left
    assert deadlines.reminders_due(DUE, wib(13, 11), "WIB", set()) == 14
    assert deadlines.reminders_due(DUE, wib(13, 11), "WIB", set(), since=known) is None
    assert deadlines.reminders_due(DUE, wib(16, 8), "WIB", set(), since=known) == 7
    assert deadlines.skipped(DUE, wib(24, 8), "WIB", {7, 3, 1, 0}, since=known) == ()


@pytest.mark.parametrize(
    ("now", "already", "expected"),
    [
        (wib(9, 8), set(), ()),
        (wib(16, 8), set(), (14,)),
        (wib(16, 8), {14}, ()),
        (wib(22, 8), {14}, (7, 3)),
        (wib(23, 22), {14}, (7, 3, 1)),
        (wib(24, 8), {14}, (7, 3, 1, 0)),
        (wib(24, 8), set(REMINDER_DAYS), ()),
    ],
)
def test_skipped(now, already, expected):
    assert deadlines.skipped(DUE, now, "WIB", already) == expected


@given(
    st.sampled_from(["WIB", "WITA", "WIT"]),
    st.integers(0, 40),
    st.lists(st.integers(0, 50 * 24 * 60), min_size=1, max_size=120),
)
def test_any_downtime_sends_each_reminder_at_most_once_and_never_two_a_day(zone, days, minutes):
    """The worker looks at these minutes after the selection, in any pattern of being up and down."""
    selected = datetime(2026, 12, 8, 3, 17, tzinfo=UTC)
    due = deadlines.due_at(selected, days, zone)
    sent = {}
    for minute in sorted(minutes):
        now = selected + timedelta(minutes=minute)
        reminder = deadlines.reminders_due(due, now, zone, sent.keys(), since=selected)
        if reminder is None:
            continue
        assert reminder not in sent
        assert not sent or reminder < min(sent)
        assert deadlines.reminder_at(due, reminder, zone) <= now <= due
        assert deadlines.quiet(now, zone) is None
        sent[reminder] = now
    per_day = Counter(local_time.local_day(at, zone) for at in sent.values())
    assert all(count == 1 for count in per_day.values())
    # In the end every reminder was sent, or skipped, or lay before the selection: nothing is lost and nothing doubled.
    end = due + timedelta(days=1)
    skipped = set(deadlines.skipped(due, end, zone, sent.keys(), since=selected))
    before = {d for d in REMINDER_DAYS if deadlines.reminder_at(due, d, zone) < selected}
    assert skipped | set(sent) | before == set(REMINDER_DAYS)
    assert not skipped & set(sent)


@given(st.sampled_from(["WIB", "WITA", "WIT"]), st.integers(0, 59), st.integers(5, 45))
def test_a_worker_that_is_always_up_sends_every_reminder_on_its_day(zone, minute, days):
    selected = datetime(2026, 12, 8, 3, minute, tzinfo=UTC)
    due = deadlines.due_at(selected, days, zone)
    sent = {}
    for hour in range((days + 2) * 24):
        now = selected + timedelta(hours=hour)
        reminder = deadlines.reminders_due(due, now, zone, sent.keys(), since=selected)
        if reminder is not None:
            sent[reminder] = now
    assert set(sent) == {d for d in REMINDER_DAYS if deadlines.reminder_at(due, d, zone) >= selected}
    for reminder, at in sent.items():
        assert local_time.days_left(at, due, zone) == reminder
        assert local_time.local(at, zone).hour == 8


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (wib(8, 20, 59), None),
        (wib(8, 21), wib(9, 6)),
        (wib(8, 23, 59), wib(9, 6)),
        (wib(9, 0), wib(9, 6)),
        (wib(9, 5, 59), wib(9, 6)),
        (wib(9, 6), None),
        (wib(9, 12), None),
    ],
)
def test_quiet_hours(now, until):
    assert deadlines.quiet(now, "WIB") == until


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["WIB", "WITA", "WIT"]),
)
def test_quiet_always_ends_within_nine_hours_and_then_is_over(now, zone):
    until = deadlines.quiet(now, zone)
    if until is not None:
        assert timedelta(0) < until - now <= timedelta(hours=9)
        assert deadlines.quiet(until, zone) is None


def test_words_for_every_deadline():
    assert set(deadlines.WORDS) == set(deadlines.Deadline)
