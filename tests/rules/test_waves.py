from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import waves
from app.rules.waves import WavePhase as P

OPENS = datetime(2026, 11, 16, 1, tzinfo=UTC)
CLOSES = datetime(2026, 12, 4, 9, tzinfo=UTC)
DRAW = datetime(2026, 12, 6, 9, tzinfo=UTC)
ANNOUNCE = datetime(2026, 12, 8, 3, tzinfo=UTC)
MS = timedelta(milliseconds=1)


def phase(now, **changed):
    values = {
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "paused": False,
        "announced_at": None,
        "archived_at": None,
    }
    return waves.phase(**{**values, **changed}, now=now)


@pytest.mark.parametrize(
    ("now", "changed", "expected"),
    [
        (OPENS, {"opens_at": None}, P.DRAFT),
        (OPENS, {"closes_at": None}, P.DRAFT),
        (OPENS - MS, {}, P.SCHEDULED),
        (OPENS, {}, P.OPEN),
        (CLOSES - MS, {}, P.OPEN),
        (CLOSES, {}, P.CLOSED),
        (OPENS - MS, {"paused": True}, P.SCHEDULED),
        (OPENS, {"paused": True}, P.PAUSED),
        (CLOSES, {"paused": True}, P.CLOSED),
        (ANNOUNCE - MS, {"announced_at": ANNOUNCE}, P.CLOSED),
        (ANNOUNCE, {"announced_at": ANNOUNCE}, P.ANNOUNCED),
        (ANNOUNCE, {"announced_at": ANNOUNCE, "archived_at": ANNOUNCE + MS}, P.ANNOUNCED),
        (ANNOUNCE + MS, {"announced_at": ANNOUNCE, "archived_at": ANNOUNCE + MS}, P.ARCHIVED),
        (OPENS - MS, {"opens_at": None, "archived_at": OPENS - MS}, P.ARCHIVED),  # a draft put away
    ],
)
def test_phase(now, changed, expected):
    assert phase(now, **changed) is expected


@given(st.lists(st.datetimes(datetime(2026, 11, 1), datetime(2027, 1, 1)), min_size=2, max_size=20))
def test_without_a_pause_time_only_leads_forward(moments):
    order = list(P)
    seen = [
        order.index(
            phase(at.replace(tzinfo=UTC), announced_at=ANNOUNCE, archived_at=ANNOUNCE + timedelta(days=9))
        )
        for at in sorted(moments)
    ]
    assert seen == sorted(seen)


def fields(**changed):
    values = {"opens_at": OPENS, "closes_at": CLOSES, "draw_at": DRAW, "announce_at": ANNOUNCE, **changed}
    return [field for field, _ in waves.schedule_problems(**values)]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"draw_at": None}, []),
        ({"opens_at": None, "closes_at": None, "draw_at": None, "announce_at": None}, []),
        ({"closes_at": OPENS}, ["closes_at"]),
        ({"closes_at": OPENS - MS}, ["closes_at"]),
        ({"draw_at": CLOSES}, ["draw_at"]),
        ({"draw_at": CLOSES + timedelta(hours=48) - MS}, ["draw_at"]),
        ({"draw_at": CLOSES + timedelta(hours=48)}, []),
        ({"announce_at": DRAW}, ["announce_at"]),
        ({"draw_at": None, "announce_at": CLOSES}, ["announce_at"]),
        ({"draw_at": None, "announce_at": CLOSES + MS}, []),
        (
            {"closes_at": OPENS - MS, "draw_at": OPENS - MS, "announce_at": OPENS - MS},
            ["closes_at", "draw_at", "announce_at"],
        ),
    ],
)
def test_schedule(changed, expected):
    assert fields(**changed) == expected


def test_words_for_every_phase():
    assert set(waves.WORDS) == set(P)
