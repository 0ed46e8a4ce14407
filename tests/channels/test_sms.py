"""The SMS channel against a gateway on this machine: what is said, what each answer means, what cannot hold it up."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from app.channels import sms
from app.channels.push_answer import Kind, Outcome
from app.channels.sms import Gateway, Text
from tests.receivers.sms import TOKEN, SmsGateway
from tests.servers import free_port

NOW = datetime(2026, 11, 22, 3, 42, tzinfo=UTC)
TEXT = Text("1a2b", "+6281234567890", "Hasil Gelombang 4 sudah keluar.")


@pytest.fixture
def far():
    with SmsGateway() as gateway:
        yield gateway


def send(far: SmsGateway) -> Outcome:
    [said] = sms.send(far.settings, [TEXT], NOW)
    return said


def test_it_says_what_the_contract_says(far):
    assert send(far) == Outcome(Kind.SENT, "202")
    [request] = far.received
    assert request.path == "/send"
    assert request.said == {
        "id": "1a2b",
        "to": "+6281234567890",
        "from": "GELOMBANG",
        "text": "Hasil Gelombang 4 sudah keluar.",
    }
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Idempotency-Key"] == "1a2b"
    assert request.headers["Content-Type"] == "application/json"


def test_the_token_and_the_number_stand_in_no_log():
    made = repr(Gateway("https://x.example", TOKEN, "G", 5)) + repr(TEXT)
    assert TOKEN not in made
    assert "81234567890" not in made


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_taken(far, status):
    far.status, far.body = status, b""
    assert send(far).kind is Kind.SENT


@pytest.mark.parametrize(("status", "body", "word"), [
    (400, b'{"error": "bad_number"}', "bad_number"),
    (422, b'{"error": "' + b"x" * 60 + b'"}', ""),
    (422, b"<html>+6281234567890 is wrong</html>", ""),
])  # fmt: skip
def test_refused_for_good(far, status, body, word):
    far.status, far.body = status, body
    assert send(far) == Outcome(Kind.FAILED, str(status), detail=word)


@pytest.mark.parametrize(
    "status", [401, 402, 403, 404, 405, 408, 409, 410, 413, 425, 429, 500, 502, 503, 504]
)
def test_what_may_pass_is_tried_again(far, status):
    """Also faults of our own set-up: a wrong token must not burn everybody's SMS."""
    far.status = status
    assert send(far) == Outcome(Kind.RETRY, str(status), 60.0)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("90", 90.0),
        ("0", 1.0),
        ("999999", 3600.0),
        ("Sun, 22 Nov 2026 03:47:00 GMT", 300.0),
        ("soon", 60.0),
        ("", 60.0),
    ],
)
def test_retry_after_is_honoured_and_bounded(far, said, wait):
    far.status, far.headers = 429, {"Retry-After": said}
    assert send(far).after == wait


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(far, status):
    with SmsGateway() as elsewhere:
        far.status, far.headers = status, {"Location": elsewhere.origin + "/send"}
        assert send(far) == Outcome(Kind.RETRY, "redirect", 60.0)
        assert elsewhere.received == []


def test_no_proxy_is_taken_from_the_environment(far, monkeypatch):
    with SmsGateway() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        assert send(far).kind is Kind.SENT
        assert proxy.received == []


def test_a_gateway_that_never_answers_is_left_in_time(far):
    far.silent = True
    begun = time.monotonic()
    said = sms.send(far.settings, [TEXT] * 3, NOW)
    assert said == [Outcome(Kind.RETRY, "timeout", 60.0)] * 3
    assert time.monotonic() - begun < 5


def test_a_gateway_that_is_not_there():
    nowhere = Gateway(f"http://127.0.0.1:{free_port()}/send", TOKEN, "GELOMBANG", 1)
    assert sms.send(nowhere, [TEXT], NOW) == [Outcome(Kind.RETRY, "network", 60.0)]


def test_a_name_that_there_is_not_fails_without_a_crash():
    nowhere = Gateway("http://sms.invalid/send", TOKEN, "GELOMBANG", 1)
    [said] = sms.send(nowhere, [TEXT], NOW)
    assert said.kind is Kind.RETRY


@pytest.mark.parametrize("size", [10_000_000])
def test_an_endless_answer_is_not_read(far, size):
    far.status, far.body = 400, b'{"error":"early_word"}' + b" " * size
    begun = time.monotonic()
    assert send(far).detail == "early_word"
    assert time.monotonic() - begun < 3


def test_each_text_has_its_own_answer_in_order(far):
    texts = [Text(f"{n:x}", f"+62812{n:07}", f"Kabar {n}") for n in range(12)]
    assert [said.kind for said in sms.send(far.settings, texts, NOW)] == [Kind.SENT] * 12
    assert sorted(json.dumps(one.said["id"]) for one in far.received) == sorted(
        json.dumps(text.id) for text in texts
    )


def test_nothing_to_send_asks_nobody(far):
    assert sms.send(far.settings, [], NOW) == []
    assert far.received == []
