"""Real browsers take what our sender sends: subscribe, push, decrypt, show, unsubscribe. No network is needed."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError

import pytest

from app.channels.web_push import (
    Kind,
    Message,
    Outcome,
    Sender,
    check_subscription,
    padded_body,
    vapid_public_key,
)
from app.config import PUSH_HOSTS
from tests.browser_push.site import Site
from tests.receivers import require_browser
from tests.receivers.autopush import DELIVERED, NOT_DECRYPTED, Autopush
from tests.receivers.background import LoopThread
from tests.receivers.chromium import Chromium
from tests.receivers.firefox import Firefox
from tests.receivers.gcm import Gcm

PRIVATE = "9f2mXJdQbXnqUoPUuGpEmAa0SxVQj8EJzmcs1K-zUOo"
WORDS = {
    "title": "Hasil Gelombang 4 sudah keluar",
    "body": "Ketuk untuk melihat.",
    "navigate": "https://gelombang.example.org/saya/kabar",
    "tag": "wave4",
}
EXPECTED = WORDS | {"lang": "id"}


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    """Playwright occupies the test's own thread with its event loop, so sending happens in another one."""
    with LoopThread() as loop:
        yield loop


def message(taken: dict[str, Any], words: dict[str, str] = WORDS, *, loopback: bool = False) -> Message:
    """A message to what `PushSubscription.toJSON()` gave."""
    keys = taken["keys"]
    subscription = check_subscription(
        taken["endpoint"], keys["p256dh"], keys["auth"], PUSH_HOSTS, allow_loopback=loopback
    )
    return Message(subscription, padded_body(words), ttl=3600, urgency="high", topic="wave4")


async def send(one: Message, **options: Any) -> Outcome:
    async with Sender(PRIVATE, "mailto:ops@example.org", PUSH_HOSTS, **options) as sender:
        outcomes = await sender.send_batch([one], datetime.now(UTC))
    return outcomes[0]


@pytest.mark.firefox
def test_firefox(site: Site, loop: LoopThread) -> None:
    program = require_browser("firefox-esr", "firefox")
    with Autopush() as service, Firefox(service.websocket_url, program=program) as firefox:
        firefox.goto(site.url)
        taken = firefox.run("return subscribe(arguments[0])", vapid_public_key(PRIVATE))
        one = message(taken, loopback=True)

        assert loop.run(send(one, allow_loopback=True)).kind is Kind.SENT, service.received[-1].reason
        service.wait_for_ack(DELIVERED)
        assert firefox.run("return shown(arguments[0])", WORDS["body"]) == [EXPECTED]

        # The same door takes a body that was changed on the way; only the browser can tell.
        spoilt = bytearray(service.received[-1].body)
        spoilt[-1] ^= 1
        replay(one.subscription.endpoint, service.received[-1].headers, bytes(spoilt))
        service.wait_for_ack(NOT_DECRYPTED)
        assert firefox.run("return shown(arguments[0])", WORDS["body"]) == [EXPECTED]

        # A phone without network gets it when it is back, and the tag puts it in the old one's place.
        service.hang_up()
        news = WORDS | {"body": "Batas 2 Desember."}
        assert loop.run(send(message(taken, news, loopback=True), allow_loopback=True)).kind is Kind.SENT
        assert service.acks.count(DELIVERED) == 1
        service.pick_up()
        service.wait_for_ack(DELIVERED, 2)
        assert firefox.run("return shown(arguments[0])", news["body"]) == [EXPECTED | news]

        assert firefox.run("return unsubscribe()") is True
        assert loop.run(send(one, allow_loopback=True)) == Outcome(Kind.GONE, "410")


@pytest.mark.browser
def test_chromium(site: Site, loop: LoopThread) -> None:
    program = require_browser("chromium", "chromium-browser")
    with Gcm() as service, Chromium(service, program=program) as chromium:
        page = chromium.open(site.url)
        taken = page.evaluate("key => subscribe(key)", vapid_public_key(PRIVATE))
        service.wait_for_browser()
        one = message(taken)
        assert one.subscription.endpoint.startswith("https://jmt17.google.com/fcm/send/")

        sent = loop.run(send(one, connector=service.connector))
        assert sent.kind is Kind.SENT, service.received[-1].reason
        assert page.evaluate("body => shown(body)", WORDS["body"]) == [EXPECTED]

        assert page.evaluate("unsubscribe()") is True
        assert loop.run(send(one, connector=service.connector)) == Outcome(Kind.GONE, "410")


def replay(endpoint: str, headers: Any, body: bytes) -> None:
    """POST a recorded request once more with another body."""
    copied = {name: value for name, value in headers.items() if name not in ("Host", "Content-Length")}
    request = urllib.request.Request(endpoint, body, copied, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 201
    except HTTPError as error:
        pytest.fail(f"{error.code} {error.read()!r}")


def test_a_missing_browser_is_a_loud_skip_and_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI_STRICT", raising=False)
    with pytest.raises(pytest.skip.Exception, match="NOT TESTED: no-such-browser"):
        require_browser("no-such-browser")
    monkeypatch.setenv("CI_STRICT", "1")
    with pytest.raises(pytest.fail.Exception, match="NOT TESTED: no-such-browser"):
        require_browser("no-such-browser")
