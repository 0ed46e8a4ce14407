"""What each answer of a push service means, and when a service is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.push_answer import DEFAULT_WAIT, outcome_of, waiting_time
from app.channels.push_gate import MAX_PAUSE, PROBE_WAIT, PROBES, STREAK, OriginGate, Pause
from app.channels.web_push import Kind, Outcome

NOW = datetime(2026, 11, 22, 3, 42, tzinfo=UTC)
FCM, APPLE = "https://fcm.googleapis.com", "https://web.push.apple.com"


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (200, Kind.SENT, "200"),
        (201, Kind.SENT, "201"),
        (202, Kind.SENT, "202"),
        (404, Kind.GONE, "404"),
        (410, Kind.GONE, "410"),
        (408, Kind.RETRY, "408"),
        (425, Kind.RETRY, "425"),
        (429, Kind.RETRY, "429"),
        (500, Kind.RETRY, "500"),
        (502, Kind.RETRY, "502"),
        (503, Kind.RETRY, "503"),
        (301, Kind.FAILED, "redirect"),
        (302, Kind.FAILED, "redirect"),
        (307, Kind.FAILED, "redirect"),
        (308, Kind.FAILED, "redirect"),
        (400, Kind.FAILED, "400"),
        (401, Kind.REFUSED, "401"),
        (403, Kind.REFUSED, "403"),
        (405, Kind.FAILED, "405"),
        (413, Kind.FAILED, "413"),
    ],
)
def test_every_status_has_one_meaning(status: int, kind: Kind, reason: str) -> None:
    wait = DEFAULT_WAIT if kind is Kind.RETRY else 0.0
    assert outcome_of(status, None, b"", NOW) == Outcome(kind, reason, wait)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", 1.0),
        ("86400", 3600.0),
        ("9" * 5000, 3600.0),
        ("Sun, 22 Nov 2026 03:47:00 GMT", 300.0),
        ("Sun, 22 Nov 2026 10:47:00 +0700", 300.0),
        ("Sunday, 22-Nov-26 03:47:00 GMT", 300.0),
        ("Sun Nov 22 03:47:00 2026", 300.0),
        ("Sun, 22 Nov 2020 03:47:00 GMT", 1.0),
        ("Sun, 22 Nov 2099 03:47:00 GMT", 3600.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("Sun, 99 Nov 2026 03:47:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert waiting_time(header, NOW) == seconds
    assert outcome_of(429, header, b"", NOW).after == (DEFAULT_WAIT if seconds is None else seconds)


@given(
    st.text(max_size=60)
    | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,5} [0-9:]{5,10} [+-]?[0-9A-Z]{3,6}")
)
def test_no_header_can_break_it_or_make_it_wait_for_ever(header: str) -> None:
    wait = waiting_time(header, NOW)
    assert wait is None or 1 <= wait <= 3600


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b'{"reason":"BadJwtToken"}', "BadJwtToken"),
        (b'{"code":401,"errno":109,"error":"Unauthorized"}', "109"),
        (b'{"reason":"<script>alert(1)</script>"}', ""),
        (b'{"reason":"%s"}' % (b"x" * 41), ""),
        (b'{"reason":["a"]}', ""),
        (b'["reason"]', ""),
        (b"<html>", ""),
        (b"\xff\xfe\x00", ""),
        (b"[" * 4096, ""),
        (b"", ""),
    ],
)
def test_a_refusal_keeps_one_harmless_word_for_the_operator(body: bytes, word: str) -> None:
    assert outcome_of(403, None, body, NOW) == Outcome(Kind.REFUSED, "403", detail=word)


def test_429_and_503_pause_their_service_and_no_other() -> None:
    gate = OriginGate()
    gate.note(FCM, outcome_of(429, "120", b"", NOW), NOW)

    assert gate.wait(FCM, NOW) == 120
    assert gate.wait(FCM, NOW + timedelta(seconds=119)) == 1
    assert gate.wait(FCM, NOW + timedelta(seconds=120)) == 0
    assert gate.wait(APPLE, NOW) == 0
    gate.note(APPLE, outcome_of(503, None, b"", NOW), NOW)
    assert gate.wait(APPLE, NOW) == DEFAULT_WAIT


def test_one_devices_long_wait_does_not_silence_a_service_for_an_hour() -> None:
    gate = OriginGate()
    gate.note(FCM, outcome_of(429, "3600", b"", NOW), NOW)
    assert gate.wait(FCM, NOW) == MAX_PAUSE == 300


def test_a_later_answer_does_not_shorten_a_pause() -> None:
    gate = OriginGate()
    gate.note(FCM, outcome_of(429, "120", b"", NOW), NOW)
    gate.note(FCM, outcome_of(429, "5", b"", NOW), NOW)
    gate.note(FCM, outcome_of(201, None, b"", NOW), NOW)
    assert gate.wait(FCM, NOW) == 120


TIMEOUT, NETWORK = Outcome(Kind.RETRY, "timeout", 60), Outcome(Kind.RETRY, "network", 60)
FORBIDDEN, UNAUTHORIZED = Outcome(Kind.REFUSED, "403"), Outcome(Kind.REFUSED, "401")
SENT, GONE = Outcome(Kind.SENT, "201"), Outcome(Kind.GONE, "410")


@pytest.mark.parametrize(
    ("outcomes", "wait"),
    [
        ([TIMEOUT] * (STREAK - 1), 0),
        ([TIMEOUT] * STREAK, MAX_PAUSE),
        ([TIMEOUT, NETWORK] * (STREAK // 2), MAX_PAUSE),
        ([FORBIDDEN, UNAUTHORIZED] * (STREAK // 2), MAX_PAUSE),
        ([TIMEOUT] * (STREAK - 1) + [SENT] + [TIMEOUT] * (STREAK - 1), 0),
        ([FORBIDDEN] * (STREAK - 1) + [GONE] + [FORBIDDEN] * (STREAK - 1), 0),
        ([FORBIDDEN] * (STREAK - 1) + [TIMEOUT] * (STREAK - 1), 0),
        ([SENT] * 3 * STREAK, 0),
        ([GONE] * 3 * STREAK, 0),
    ],
)
def test_a_streak_of_trouble_pauses_a_service(outcomes: list[Outcome], wait: float) -> None:
    gate = OriginGate()
    for outcome in outcomes:
        gate.note(FCM, outcome, NOW)
    assert gate.wait(FCM, NOW) == wait


def broken(outcome: Outcome = TIMEOUT) -> OriginGate:
    """A gate that left the service alone because of a streak."""
    gate = OriginGate()
    for _ in range(STREAK):
        gate.note(FCM, outcome, NOW)
    return gate


def test_after_trouble_a_few_find_out_and_the_others_wait() -> None:
    gate, later = broken(), NOW + timedelta(seconds=MAX_PAUSE)
    assert [gate.wait(FCM, later) for _ in range(PROBES + 2)] == [0.0] * PROBES + [PROBE_WAIT] * 2
    gate.note(FCM, SENT, later)
    assert [gate.wait(FCM, later) for _ in range(10)] == [0.0] * 10


@pytest.mark.parametrize("bad", [TIMEOUT, FORBIDDEN])
def test_a_probe_that_fares_no_better_pauses_it_again(bad: Outcome) -> None:
    gate, later = broken(bad), NOW + timedelta(seconds=MAX_PAUSE)
    assert gate.wait(FCM, later) == 0
    gate.note(FCM, bad, later)
    assert gate.wait(FCM, later) == MAX_PAUSE
    after = later + timedelta(seconds=MAX_PAUSE)
    assert [gate.wait(FCM, after) for _ in range(PROBES + 1)] == [0.0] * PROBES + [PROBE_WAIT]


def test_what_one_sender_decided_the_others_learn() -> None:
    one, two = broken(FORBIDDEN), OriginGate()
    news = one.take_news()
    assert news == {FCM: Pause(NOW + timedelta(seconds=MAX_PAUSE), "key")}
    assert one.take_news() == {}
    two.learn(news)
    assert two.wait(FCM, NOW) == MAX_PAUSE
    assert two.take_news() == {}  # it is no news of its own
    later = NOW + timedelta(seconds=MAX_PAUSE)
    assert [two.wait(FCM, later) for _ in range(PROBES + 1)] == [0.0] * PROBES + [PROBE_WAIT]


def test_a_shorter_pause_of_another_sender_changes_nothing() -> None:
    gate = broken()
    gate.learn({FCM: Pause(NOW + timedelta(seconds=5), "busy")})
    assert gate.wait(FCM, NOW) == MAX_PAUSE
