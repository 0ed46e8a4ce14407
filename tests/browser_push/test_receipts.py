"""What a real browser shows, its service worker reports, and the row turns: sent, shown, opened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from app.channels.web_push import BODY_BYTES
from app.config import Settings
from app.models import Applicant, Delivery, Notice, PushSubscription
from app.services import subscriptions
from tests.browser_push.test_app_push import (  # noqa: F401  (fixtures)
    COUNT_SHOWN,
    OPT_IN,
    SHOWN,
    InProcess,
    Run,
    clock,
    cookies,
    settings,
    site,
    until,
)
from tests.browser_push.test_receivers import replay
from tests.receivers import require_browser
from tests.receivers.autopush import DELIVERED, NOT_DECRYPTED, Autopush
from tests.receivers.chromium import Chromium
from tests.receivers.firefox import Firefox
from tests.receivers.gcm import Gcm
from tests.worker.run import RunningClock, process

pytestmark = pytest.mark.only_on("sqlite")

#: The body of a push as it leaves: constant, plus what RFC 8188 adds (header 86, tag and mark 17).
ON_THE_WIRE = BODY_BYTES + 86 + 17


#: What a tap on the notification makes the worker open, in Chromium.
TAP = """async () => {
  const opened = [];
  self.clients.openWindow = (url) => { opened.push(url); return Promise.resolve(null); };
  const [notification] = await self.registration.getNotifications();
  const tap = new NotificationEvent('notificationclick', { notification });
  const waits = [];
  tap.waitUntil = (what) => waits.push(what);
  self.dispatchEvent(tap);
  await Promise.all(waits);
  await leaving;
  return opened;
}"""


def opt_in_and_send(
    goto: Callable[[str], None],
    run: Run,
    cookies: str,  # noqa: F811
    clock: RunningClock,  # noqa: F811
    works: Callable[[], AbstractContextManager[object]],
) -> None:
    """Siti opts in and asks for a test; the worker runs until the row says that the phone has shown it."""
    goto("/luring")
    run(cookies)
    goto("/daftar/selesai")
    assert run(OPT_IN) == "Sudah. Kami kabari Anda di HP ini."
    subscriptions.send_test(Applicant.get().id, clock.now())
    with works():
        until(lambda: row().state in ("shown", "opened"), "the receipt of the phone")
    assert row().shown_at is not None
    assert row().opened_at is None


def _endpoint() -> str:
    return subscriptions.opened(PushSubscription.get()).endpoint


def row() -> Delivery:
    return Delivery.select().join(Notice).where(Notice.kind == "test").get()


@pytest.mark.firefox
def test_firefox(site: str, cookies: str, settings: Settings, clock: RunningClock) -> None:  # noqa: F811
    program = require_browser("firefox-esr", "firefox")
    with Autopush(clock.now) as service, Firefox(service.websocket_url, program=program) as firefox:

        def run(body: str) -> Any:
            return firefox.run(f"return (async () => {{ {body} }})()")

        opt_in_and_send(
            lambda path: firefox.goto(site + path),
            run,
            cookies,
            clock,
            lambda: process(settings, clock.now()),
        )
        service.wait_for_ack(DELIVERED)
        assert len(run(SHOWN)) == 1
        assert [len(came.body) for came in service.received] == [ON_THE_WIRE]

        # What our sender wrote to our subscription, with one bit changed on the way: only the browser can tell.
        came = service.received[-1]
        spoilt = came.body[:-1] + bytes([came.body[-1] ^ 1])
        replay(_endpoint(), came.headers, spoilt)
        service.wait_for_ack(NOT_DECRYPTED)
        assert len(run(SHOWN)) == 1

        # A click as a person does it: the page of the notice opens, and the row learns of it.
        firefox.goto(site + "/")
        assert site + "/saya/kabar" not in firefox.tabs()
        firefox.tap()
        until(lambda: site + "/saya/kabar" in firefox.tabs(), "the page that the notice leads to")
        until(lambda: row().state == "opened", "the receipt of the click")
        assert row().opened_at is not None


@pytest.mark.browser
def test_chromium_shown_and_tapped(
    site: str,  # noqa: F811
    cookies: str,  # noqa: F811
    settings: Settings,  # noqa: F811
    clock: RunningClock,  # noqa: F811
) -> None:
    program = require_browser("chromium", "chromium-browser")
    with (
        Gcm(clock.now) as service,
        Chromium(service, program=program) as chromium,
        InProcess(settings, clock, service) as works,
    ):
        page = chromium.open(site + "/luring")

        def run(body: str) -> Any:
            answer = page.evaluate(f"async () => {{ {body} }}")
            if body == OPT_IN:
                service.wait_for_browser()
                chromium.context.service_workers[0].evaluate(COUNT_SHOWN)
            return answer

        opt_in_and_send(lambda path: page.goto(site + path) and None, run, cookies, clock, works.once)

        # No script can make a trusted tap, and Chromium opens a page only after one: so the event is made, and what
        # the worker asks to be opened is noted.
        page.goto(site + "/")
        [own] = chromium.context.service_workers
        opened = own.evaluate(TAP)
        assert opened == [site + "/saya/kabar"]
        until(lambda: row().state == "opened", "the receipt of the tap")
        assert row().opened_at is not None
        assert Notice.get(Notice.kind == "test").opened_at is None  # a tap is not yet an opened page
        assert [len(came.body) for came in service.received] == [ON_THE_WIRE]
