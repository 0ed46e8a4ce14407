"""Subscriptions that are taken at the door and turn out bad: the person's own request, then the worker's sender."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.config import Settings
from app.models import Delivery, Notice, PushSubscription
from app.services import subscriptions
from tests.worker.phones import Phone, Sink, somebody, tell
from tests.worker.test_push_pages import as_json, ask, b64, form, siti  # noqa: F401  (a fixture)
from tests.worker.test_sender import empty

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A push service on this machine may be offered at the door."""
    return replace(settings, push_loopback=True)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def test_what_the_door_took_is_what_the_sender_sends_to(siti, sink, clock):  # noqa: F811
    phone = sink.phone()
    assert ask(siti, "POST", as_json(phone)).status_code == 201
    form(siti, "/saya/kabar/tes")
    assert empty(clock) == 1
    [came] = sink.received
    assert phone.read(came.body)["title"] == "Ini kabar percobaan"
    assert Delivery.get().state == "sent"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_an_endpoint_that_redirects_leads_nowhere(siti, sink, clock, status):  # noqa: F811
    with Sink() as inside:
        ask(siti, "POST", as_json(sink.phone()))
        sink.status, sink.headers = status, {"Location": f"{inside.origin}/push/admin"}
        form(siti, "/saya/kabar/tes")
        assert empty(clock) == 1
        assert (len(sink.received), inside.received) == (1, [])
    assert (Delivery.get().state, Delivery.get().reason) == ("failed", "redirect")
    assert PushSubscription.select().count() == 1


def test_an_endpoint_that_never_answers_is_tried_again_and_never_deleted(siti, sink, clock):  # noqa: F811
    ask(siti, "POST", as_json(sink.phone()))
    sink.hold()
    form(siti, "/saya/kabar/tes")
    assert empty(clock, total_timeout=0.3) == 1
    row = Delivery.get()
    assert (row.state, row.reason, row.attempts) == ("queued", "timeout", 1)
    assert row.not_before > clock.now()
    assert PushSubscription.select().count() == 1
    sink.release()


def test_an_endpoint_that_says_gone_takes_its_row_with_it(siti, sink, clock):  # noqa: F811
    ask(siti, "POST", as_json(sink.phone()))
    sink.status = 410
    form(siti, "/saya/kabar/tes")
    assert empty(clock) == 1
    assert Delivery.get().state == "gone"
    assert PushSubscription.select().count() == 0


def test_an_endpoint_whose_host_is_not_allowed_any_more_is_not_dialled(siti, sink, clock):  # noqa: F811
    ask(siti, "POST", as_json(sink.phone()))
    form(siti, "/saya/kabar/tes")
    assert empty(clock, allow_loopback=False) == 1
    assert sink.received == []
    assert (Delivery.get().state, Delivery.get().reason) == ("failed", "endpoint_not_https")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"endpoint": "https://fcm.googleapis.com/fcm/send/" + "x" * 5_000}, "endpoint_too_long"),
        ({"p256dh": "A" * 5_000}, "key_malformed"),
        ({"auth": "A" * 5_000}, "auth_malformed"),
    ],
)
def test_five_kilobytes_are_refused_in_words(siti, changes, code):  # noqa: F811
    answer = ask(siti, "POST", as_json(Phone(), **changes))
    assert (answer.status_code, answer.get_json()["kode"]) == (422, code)
    assert len(answer.get_json()["pesan"]) > 20
    assert PushSubscription.select().count() == 0


@pytest.mark.only_on("sqlite")  # PostgreSQL keeps no title that long
def test_a_text_of_five_kilobytes_fails_alone(sink, clock):
    long, usual = sink.phone(), sink.phone()
    notice = tell(somebody(long))
    Notice.update(title="x" * 5_000).where(Notice.id == notice.id).execute()
    tell(somebody(usual))
    assert empty(clock) == 2
    assert [came.endpoint for came in sink.received] == [usual.endpoint]
    assert sorted((row.state, row.reason) for row in Delivery.select()) == [
        ("failed", "unreadable"),
        ("sent", ""),
    ]


def test_a_key_that_is_damaged_in_the_table_fails_alone(sink, clock):
    bad, good = sink.phone(), sink.phone()
    tell(somebody(bad))
    PushSubscription.update(p256dh=b"\4" * 65).execute()
    tell(somebody(good))
    assert empty(clock) == 2
    assert [came.endpoint for came in sink.received] == [good.endpoint]
    assert sorted((row.state, row.reason) for row in Delivery.select()) == [
        ("failed", "key_malformed"),
        ("sent", ""),
    ]


@pytest.mark.parametrize(("phones", "kept"), [("one phone", 1), ("many phones", subscriptions.MOST)])
def test_however_many_a_person_offers_few_are_kept(siti, sink, clock, phones, kept):  # noqa: F811
    token = siti.ask("GET", "/csrf").get_json()["token"]
    for _ in range(60):
        assert ask(siti, "POST", as_json(sink.phone()), token).status_code in (201, 429)
        if phones == "many phones":  # what was there is another phone's, so the next takes no one's place
            PushSubscription.update(device=None).execute()
    assert PushSubscription.select().count() == kept
    form(siti, "/saya/kabar/tes")
    assert empty(clock) == len(sink.received) == kept
