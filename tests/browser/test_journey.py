"""The whole registration at 360 x 640: with scripts and without, nothing serious for axe, and what it costs in bytes."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, Page

from app.models import Application
from tests.browser.journey import walk

pytestmark = pytest.mark.browser

FIRST_LOAD = 14_600
WHOLE_REGISTRATION = 100_000


class Meter:
    """Bytes on the wire, headers and bodies as Chromium counts them; what the cache gives costs nothing."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("Network.enable")
        self.session.on("Network.loadingFinished", self._add)
        self.session.on("Network.responseReceived", self._seen)
        self.session.on("Network.requestServedFromCache", lambda event: self.cached.add(event["requestId"]))
        self.kinds: dict[str, str] = {}
        self.cached: set[str] = set()
        self.total = 0
        self.to_read = 0

    def _seen(self, event: dict) -> None:
        self.kinds[event["requestId"]] = event["type"]

    def _add(self, event: dict) -> None:
        if event["requestId"] in self.cached:
            return
        length = int(event["encodedDataLength"])
        self.total += length
        if self.kinds.get(event["requestId"]) in ("Document", "Stylesheet"):
            self.to_read += length


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_whole_journey(live, window, axe, wave, scripts):
    page = window(360, 640, scripts=scripts)
    for name in walk(page):
        wide = page.evaluate("document.documentElement.scrollWidth") if scripts else 360
        assert wide <= 360, f"{name} is {wide} px wide"
        if scripts:
            assert axe(page) == [], name
    assert page.locator("h1").inner_text() == "Pendaftaran Anda sudah kami terima"
    assert Application.select().count() == 1


def test_a_registration_costs_less_than_100_kb(live, window, wave):
    page = window(360, 640)
    meter = Meter(page)
    for _ in walk(page):
        page.wait_for_load_state("networkidle")
    assert 10_000 < meter.total < WHOLE_REGISTRATION


@pytest.mark.parametrize(
    "path", ["/", "/privasi", "/posko", "/cek", "/daftar/syarat", "/luring", "/tidak-ada"]
)
def test_first_load_fits_one_window(live, window, wave, path):
    page = window(360, 640)
    meter = Meter(page)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert 1_000 < meter.to_read < FIRST_LOAD


def test_every_wizard_page_fits_one_window(live, window, wave):
    """Each page as if it were the first: the style sheet counts every time."""
    page = window(360, 640)
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    meter = Meter(page)
    for name in walk(page):
        page.wait_for_load_state("networkidle")
        assert meter.to_read < FIRST_LOAD, f"{name}: {meter.to_read}"
        meter.to_read = 0
