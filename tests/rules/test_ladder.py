"""The table of the ladder: which rung comes next and when, with and without SMS, and the hours as a setting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.rules.ladder import (
    CALL,
    EMAIL,
    LADDER,
    PUSH,
    SMS,
    Waits,
    first_look,
    next_look,
    next_rung,
    with_hours,
)

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def hours(n: int) -> timedelta:
    return timedelta(hours=n)


def climbed(kind: str, sms_on: bool) -> list[tuple[int, timedelta]]:
    """(rung, time since the email) from the email on, when every look comes on time."""
    waits, rung, at, steps = LADDER[kind], PUSH, NOW, []
    while (above := next_rung(rung, waits, sms_on)) is not None:
        rung = above
        steps.append((rung, at - NOW))
        later = next_look(rung, waits, sms_on, at)
        if later is None:
            assert next_rung(rung, waits, sms_on) is None
            break
        at = later
    return steps


@pytest.mark.parametrize("kind", LADDER)
def test_an_sms_in_between_moves_no_call(kind):
    with_sms, without = climbed(kind, True), climbed(kind, False)
    assert without == [step for step in with_sms if step[0] != SMS]
    assert [rung for rung, _ in with_sms] == sorted(rung for rung, _ in with_sms)


def test_the_way_of_a_result():
    assert climbed("result", True) == [(EMAIL, hours(0)), (SMS, hours(24)), (CALL, hours(48))]


def test_a_moved_deadline_ends_at_the_email():
    assert climbed("moved", True) == climbed("moved", False) == [(EMAIL, hours(0))]


def test_a_gateway_that_is_switched_off_in_between_leaves_nobody_behind():
    waits = LADDER["result"]
    assert next_rung(EMAIL, waits, sms_on=False) == CALL
    assert next_rung(SMS, waits, sms_on=False) == CALL
    assert next_rung(CALL, waits, sms_on=True) is None


def test_hours_are_a_setting_of_each_kind():
    table = with_hours("result=1,2,3 moved=5,-,- fix=24,-,48")
    assert table["result"] == Waits(hours(1), hours(2), hours(3))
    assert table["moved"] == Waits(hours(5), None, None)
    assert table["fix"] == Waits(hours(24), None, hours(48))
    assert table["offer"] == LADDER["offer"]
    assert with_hours("") == LADDER
    assert first_look("result", NOW, True, table) == NOW + hours(1)
    assert first_look("security", NOW, True, table) is None


@pytest.mark.parametrize(
    "text",
    [
        "result=1,2",
        "result",
        "result=-,2,3",
        "result=0,2,3",
        "result=1,3,3",
        "result=1,4,3",
        "result=1,2,721",
        "security=1,2,3",
        "result=1,2,x",
        "result=1,2,3,4",
        "result = 1,2,3",
        "result=\u0661,2,3",
    ],
)
def test_other_hours_are_refused(text):
    with pytest.raises(ValueError, match=r"kind=email|hours are|before the call"):
        with_hours(text)
