"""Who inherits a seat: a table, and laws that hold for any line of people."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import local_time
from app.rules.refill import LEAST, Waiting, answer_by, next_in_line

PHK, PMI = ("phk",), ("pmi",)
LINE = [Waiting(1), Waiting(2, PMI), Waiting(3, PHK), Waiting(4, PHK, "k1"), Waiting(5, (), "k1")]


@pytest.mark.parametrize(
    ("via", "refill", "gone", "at_home", "who"),
    [
        ("open", "rank", (), {}, 1),
        ("phk", "rank", (), {}, 1),
        ("open", "group", (), {}, 1),
        ("phk", "group", (), {}, 3),
        ("pmi", "group", (), {}, 2),
        ("umi", "group", (), {}, 1),  # nobody of the group is left: the next of all
        ("phk", "group", (3,), {}, 4),
        ("phk", "group", (3,), {"k1": 1}, 1),
        ("phk", "group", (1, 3), {"k1": 1}, 2),
        ("open", "rank", (1, 2, 3), {"k1": 1}, None),
        ("open", "rank", (1, 2, 3, 4), {}, 5),
        ("open", "rank", (1, 2, 3, 4, 5), {}, None),
    ],
)
def test_the_next(via, refill, gone, at_home, who):
    line = [one._replace(free=one.who not in gone) for one in LINE]
    found = next_in_line(line, via, refill, at_home, 1)
    assert (found.who if found else None) == who


people = st.lists(
    st.builds(
        Waiting,
        who=st.integers(),
        groups=st.sampled_from([(), PHK, PMI, ("phk", "pmi")]),
        household=st.sampled_from(["", "", "k1", "k2"]),
        free=st.booleans(),
    ),
    unique_by=lambda one: one.who,
    max_size=12,
)
homes = st.dictionaries(st.sampled_from(["k1", "k2"]), st.integers(0, 3))
limits = st.sampled_from([None, 1, 2])
vias = st.sampled_from(["open", "phk", "pmi"])
refills = st.sampled_from(["rank", "group"])


@given(people, vias, refills, homes, limits)
def test_whoever_is_next_is_free_and_within_the_limit(line, via, refill, at_home, limit):
    found = next_in_line(line, via, refill, at_home, limit)
    fit = [
        p
        for p in line
        if p.free and (not p.household or limit is None or at_home.get(p.household, 0) < limit)
    ]
    if found is None:
        assert not fit
        return
    assert found in fit
    wanted = [p for p in fit if via in p.groups] if refill == "group" and via != "open" else fit
    assert found == (wanted or fit)[0]


@given(people, vias, refills, limits)
def test_seat_after_seat_nobody_is_asked_twice_and_no_home_gets_too_many(line, via, refill, limit):
    asked, at_home = [], Counter()
    while found := next_in_line(line, via, refill, at_home, limit):
        asked.append(found.who)
        at_home[found.household] += 1
        line = [p._replace(free=False) if p.who == found.who else p for p in line]
    assert len(set(asked)) == len(asked)
    assert limit is None or all(n <= limit for home, n in at_home.items() if home)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    st.integers(0, 40),
    st.sampled_from(["WIB", "WITA", "WIT"]),
)
def test_an_offer_stands_two_days_at_least_and_ends_in_the_evening(now, days, zone):
    until = answer_by(now, days, zone)
    assert LEAST <= until - now <= timedelta(days=4)
    assert local_time.hour(until, zone) == "20.00"


def test_it_is_never_longer_than_others_had_to_buy():
    now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert answer_by(now, 15, "WIB") == datetime(2026, 11, 25, 13, tzinfo=UTC)
    assert answer_by(now, 2, "WIB") == answer_by(now, 1, "WIB") == datetime(2026, 11, 24, 13, tzinfo=UTC)
