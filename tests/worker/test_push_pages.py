"""The doors that a phone knocks at: what is taken, what is refused and with which words."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.models import Consent, Delivery, Device, Notice, PushSubscription, Session
from app.services import sessions, subscriptions
from app.views.push import REFUSED
from tests import walking
from tests.conftest import NOW
from tests.pages import Visitor
from tests.worker.phones import Phone, somebody

DOOR = "/saya/kabar/langganan"


@pytest.fixture
def siti(visitor):
    """Signed in on her own known phone."""
    person = somebody()
    row = {"token_hash": b"x" * 32, "label": "HP", "created_at": NOW, "last_seen_at": NOW}
    device = Device.create(applicant=person, **row)
    with visitor.http.session_transaction(base_url=visitor.base_url) as cookie:
        cookie["_user_id"] = sessions.open_session("full", NOW, applicant=person, device=device)
    return visitor


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def as_json(phone: Phone, **changes: Any) -> dict[str, Any]:
    """What PushSubscription.toJSON() gives; changes replace endpoint, p256dh or auth."""
    offered = phone.subscription
    told = {"endpoint": offered.endpoint, "p256dh": b64(offered.p256dh), "auth": b64(offered.auth)} | changes
    keys = {"p256dh": told["p256dh"], "auth": told["auth"]}
    return {"endpoint": told["endpoint"], "expirationTime": None, "keys": keys}


def ask(visitor: Visitor, method: str, body: Any, token: str | None = None) -> TestResponse:
    token = token if token is not None else visitor.ask("GET", "/csrf").get_json()["token"]
    return visitor.ask(method, DOOR, json=body, headers={"X-CSRFToken": token})


def form(visitor: Visitor, path: str, **fields: str) -> TestResponse:
    token = visitor.ask("GET", "/csrf").get_json()["token"]
    return visitor.ask("POST", path, data=fields | {"csrf_token": token})


def test_the_receipt_asks_and_carries_the_key_that_browsers_need(visitor, settings):
    page = walking.register(visitor)
    [card] = [e for e in page.parsed.all("section") if e.get("data-push") is not None]
    key = base64.urlsafe_b64decode(card.get("data-key") + "=")
    assert (len(key), key[0]) == (65, 4)
    assert card.get("data-url") == DOOR
    assert settings.keys.vapid not in page.html
    assert ask(visitor, "POST", as_json(Phone())).status_code == 201


def test_a_phone_is_taken_and_told_again_stays_one(siti):
    phone = Phone()
    assert ask(siti, "POST", as_json(phone)).status_code == 201
    assert ask(siti, "POST", as_json(phone)).status_code == 201
    row = PushSubscription.get()
    assert subscriptions.opened(row) == phone.subscription
    assert row.device_id is not None
    assert Consent.select().where((Consent.purpose == "push") & Consent.given).count() == 1


def test_a_worker_that_renews_is_believed_only_where_push_is_wanted(siti):
    token = siti.ask("GET", "/csrf").get_json()["token"]

    def renew():
        return siti.ask(
            "POST", f"{DOOR}?lagi", json=as_json(Phone()), headers={"X-CSRFToken": token}
        ).status_code

    assert (renew(), PushSubscription.select().count()) == (200, 0)
    ask(siti, "POST", as_json(Phone()))
    before = PushSubscription.get().endpoint_hash
    assert (renew(), PushSubscription.select().count()) == (201, 1)
    assert PushSubscription.get().endpoint_hash != before


def test_a_page_knows_that_push_is_wanted_while_the_phone_is_deaf(siti):
    def card():
        page = siti.open("/saya/kabar")
        [found] = [e for e in page.parsed.all("section") if e.get("data-push") is not None]
        return found.get("data-on") is not None

    assert not card()
    ask(siti, "POST", as_json(Phone()))
    assert card()
    PushSubscription.delete().execute()  # as after a 410
    assert card()
    form(siti, f"{DOOR}/hapus")
    assert not card()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"endpoint": "https://push.example.org/abc"}, "endpoint_host"),
        ({"endpoint": "https://updates.push.services.mozilla.com.example.org/x"}, "endpoint_host"),
        ({"endpoint": "http://fcm.googleapis.com/fcm/send/x"}, "endpoint_not_https"),
        ({"endpoint": "https://127.0.0.1/x"}, "endpoint_ip"),
        ({"endpoint": "https://[::1]/x"}, "endpoint_ip"),
        ({"endpoint": "https://169.254.169.254/latest/meta-data"}, "endpoint_ip"),
        ({"endpoint": "https://localhost/x"}, "endpoint_host"),
        ({"endpoint": "https://fcm.googleapis.com:8443/x"}, "endpoint_port"),
        ({"endpoint": "https://a:b@fcm.googleapis.com/x"}, "endpoint_userinfo"),
        ({"endpoint": "https://fcm.googleapis.com/" + "x" * 1024}, "endpoint_too_long"),
        ({"endpoint": "ftp://fcm.googleapis.com/x"}, "endpoint_malformed"),
        ({"endpoint": ""}, "endpoint_malformed"),
        ({"endpoint": None}, "malformed"),
        ({"endpoint": ["https://fcm.googleapis.com/x"]}, "malformed"),
        ({"p256dh": b64(b"\4" + bytes(64))}, "key_malformed"),
        ({"p256dh": b64(bytes(65))}, "key_malformed"),
        ({"p256dh": None}, "key_malformed"),
        ({"p256dh": {"a": 1}}, "key_malformed"),
        ({"auth": b64(b"short")}, "auth_malformed"),
        ({"auth": 16}, "auth_malformed"),
    ],
)
def test_what_cannot_be_trusted_is_refused_in_words(siti, changes, code):
    answer = ask(siti, "POST", as_json(Phone(), **changes))
    assert (answer.status_code, answer.get_json()["kode"]) == (422, code)
    assert answer.get_json()["pesan"] == REFUSED[code]
    assert PushSubscription.select().count() == 0


@pytest.mark.parametrize(
    "body", [[], "text", 1, {}, {"endpoint": "https://fcm.googleapis.com/x", "keys": []}]
)
def test_anything_that_is_no_subscription_is_refused(siti, body):
    assert ask(siti, "POST", body).status_code == 422
    assert PushSubscription.select().count() == 0


def test_every_refusal_has_words():
    codes = (
        "endpoint_malformed endpoint_too_long endpoint_not_https endpoint_userinfo endpoint_port "
        "endpoint_ip endpoint_host key_malformed auth_malformed"
    )
    assert set(REFUSED) == {"malformed", *codes.split()}


def test_a_forged_request_is_refused(siti):
    assert ask(siti, "POST", as_json(Phone()), token="").status_code == 400
    assert ask(siti, "DELETE", as_json(Phone()), token="wrong").status_code == 400
    assert PushSubscription.select().count() == 0


def test_a_script_is_told_and_not_led_to_a_page(visitor):
    answer = ask(visitor, "POST", as_json(Phone()))
    assert (answer.status_code, answer.get_json()["kode"]) == (401, "masuk")


@pytest.mark.parametrize(("column", "code"), [({"kind": "summary"}, "bukti"), ({"shared": True}, "bersama")])
def test_not_from_a_guessed_pin_and_not_on_a_shared_phone(siti, column, code):
    Session.update(**column).execute()
    answer = ask(siti, "POST", as_json(Phone()))
    assert (answer.status_code, answer.get_json()["kode"]) == (403, code)
    assert PushSubscription.select().count() == 0


def test_a_script_takes_it_back(siti):
    phone = Phone()
    ask(siti, "POST", as_json(phone))
    assert ask(siti, "DELETE", {"endpoint": "https://fcm.googleapis.com/somebody-else"}).status_code == 204
    assert PushSubscription.select().count() == 1
    assert ask(siti, "DELETE", as_json(phone)).status_code == 204
    assert ask(siti, "DELETE", as_json(phone)).status_code == 204
    assert PushSubscription.select().count() == 0


def test_it_is_taken_back_without_a_script_too(siti):
    ask(siti, "POST", as_json(Phone()))
    other = PushSubscription.get()
    PushSubscription.update(device=None).execute()  # another browser of hers
    ask(siti, "POST", as_json(Phone()))
    assert form(siti, f"{DOOR}/hapus", baris=str(other.id)).status_code == 303
    assert PushSubscription.select().count() == 1
    assert form(siti, f"{DOOR}/hapus").location == "/saya/kabar?selesai=mati"
    assert PushSubscription.select().count() == 0


@pytest.mark.parametrize("row", ["0", "-1", "abc", "９", "1" * 30, "1 OR 1=1"])
def test_a_row_that_is_not_hers_is_left_alone(siti, row):
    ask(siti, "POST", as_json(Phone()))
    assert form(siti, f"{DOOR}/hapus", baris=row).status_code == 303
    assert PushSubscription.select().count() == 1


def test_a_test_notice(siti, clock):
    assert form(siti, "/saya/kabar/tes").location == "/saya/kabar?selesai=tes-tanpa-hp"
    ask(siti, "POST", as_json(Phone()))
    for _ in range(3):
        assert form(siti, "/saya/kabar/tes").location == "/saya/kabar?selesai=tes"
        clock.move(timedelta(minutes=1))
    assert Delivery.select().join(Notice).where(Notice.kind == "test").count() == 3
    refused = form(siti, "/saya/kabar/tes")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")


def test_no_answer_may_be_kept(siti):
    assert ask(siti, "POST", as_json(Phone())).headers["Cache-Control"] == "no-store"
