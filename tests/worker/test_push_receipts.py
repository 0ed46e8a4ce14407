"""Receipts of phones: only what stood in the encrypted push counts, it counts once, and nothing lowers it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.channels.web_push import BODY_BYTES, Kind, Outcome
from app.models import Delivery
from app.services import delivery, push_receipts
from tests.conftest import NOW
from tests.worker.phones import Phone, somebody, tell

DOOR = "/push/terima"
LATER = NOW + timedelta(minutes=5)
SITE = "https://gelombang.example.org"

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def sent():
    """A push on its way, and the token that its phone reads."""
    tell(somebody(Phone()))
    [claimed] = delivery.claim(10, NOW, timedelta(minutes=1))
    body = delivery.prepare(claimed, SITE, NOW).body
    delivery.record([(claimed, Outcome(Kind.SENT, "201"))], NOW)
    return json.loads(body)["notification"]["data"]["token"]


def row() -> Delivery:
    return Delivery.get()


def test_shown_then_opened_each_with_the_time_of_the_first_report(sent):
    assert push_receipts.note([sent], [], NOW) == 1
    assert (row().state, row().shown_at, row().opened_at) == ("shown", NOW, None)
    assert push_receipts.note([], [sent], LATER) == 1
    assert (row().state, row().shown_at, row().opened_at) == ("opened", NOW, LATER)
    assert push_receipts.note([sent], [sent], LATER + timedelta(hours=1)) == 0
    assert (row().state, row().shown_at, row().opened_at) == ("opened", NOW, LATER)


def test_a_late_word_that_it_was_shown_does_not_close_what_was_opened(sent):
    push_receipts.note([], [sent], NOW)
    push_receipts.note([sent], [], LATER)
    assert (row().state, row().shown_at, row().opened_at) == ("opened", LATER, NOW)


def test_what_was_read_in_the_inbox_stays_read(sent):
    Delivery.update(state="opened", reason="inbox").execute()
    push_receipts.note([sent], [], NOW)
    assert row().state == "opened"


def test_a_phone_may_be_faster_than_the_worker_that_writes_what_it_sent():
    tell(somebody(Phone()))
    [claimed] = delivery.claim(10, NOW, timedelta(minutes=1))
    push_receipts.note([push_receipts.token(claimed.id)], [], NOW)
    for said in (
        Outcome(Kind.SENT, "201"),
        Outcome(Kind.RETRY, "timeout", 60.0),
        Outcome(Kind.FAILED, "413"),
    ):
        delivery.record([(claimed, said)], LATER)
        assert (row().state, row().done_at, row().leased_until) == ("shown", NOW, None)
    assert delivery.claim(10, NOW + timedelta(hours=1), timedelta(minutes=1)) == []


def test_a_failure_that_was_none_is_corrected(sent):
    Delivery.update(state="failed", reason="tries timeout").execute()
    push_receipts.note([sent], [], LATER)
    assert (row().state, row().reason) == ("shown", "")


def test_a_second_copy_carries_the_same_token_and_every_body_has_one_length():
    tell(somebody(Phone()))
    tell(somebody(Phone()), title="A", path="/saya/kabar/1")
    bodies = [
        delivery.prepare(one, SITE, NOW).body
        for turn in range(2)
        for one in delivery.claim(10, NOW + turn * timedelta(minutes=1), timedelta(minutes=1))
    ]
    assert len(bodies) == 4
    assert {len(body) for body in bodies} == {BODY_BYTES}
    assert len(set(bodies)) == 2


def test_the_row_does_not_hold_what_would_prove_a_receipt(sent):
    secret = sent.partition(".")[2]
    assert all(secret not in str(value) for value in row().__data__.values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=60), st.from_regex(r"[0-9a-f]{1,16}\.[A-Za-z0-9_-]{22}", fullmatch=True)))
def test_what_was_not_given_out_proves_nothing(sent, said):
    assert push_receipts.note([said], [said], NOW) == 0


def test_a_changed_or_borrowed_token_proves_nothing(sent):
    number, _, mac = sent.partition(".")
    other = push_receipts.token(12345)
    for said in (f"0{sent}", f"{sent}A", sent.upper(), f"{number}.{other.partition('.')[2]}", f"3039.{mac}"):
        assert push_receipts.note([said], [said], NOW) == 0
    assert push_receipts.note([other], [], NOW) == 0  # good, but of no row that there is
    assert row().state == "sent"


# the door -----------------------------------------------------------------------------------------


def test_the_door_takes_a_batch_without_session_or_csrf_token(visitor, sent):
    answer = visitor.ask("POST", DOOR, json={"shown": [sent, "nonsense"], "opened": [sent]})
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert "Set-Cookie" not in answer.headers
    assert row().state == "opened"


def test_good_and_bad_tokens_get_the_same_answer(visitor, sent):
    good, bad = (visitor.ask("POST", DOOR, json={"shown": [said]}) for said in (sent, f"{sent}x"))
    assert (good.status, good.get_data()) == (bad.status, bad.get_data())


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        "x",
        1,
        {"shown": "x"},
        {"shown": [1]},
        {"opened": {}},
        {"shown": ["x"] * 51},
        {"opened": None},
    ],
)
def test_what_is_no_list_of_tokens_is_refused(visitor, sent, said):
    assert visitor.ask("POST", DOOR, json=said).status_code == 400
    assert row().state == "sent"


def test_another_site_cannot_knock_and_looking_does_nothing(visitor, sent):
    answer = visitor.ask("POST", DOOR, json={"shown": [sent]}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert visitor.ask("GET", DOOR).status_code == 405
    assert row().state == "sent"
