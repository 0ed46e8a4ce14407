"""The whole registration at 360 x 640: with scripts and without, nothing serious for axe, and what it costs in bytes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import CDPSession, Page

from app.models import Application, Wave
from app.services import drawing
from tests import draws
from tests.browser.journey import walk
from tests.browser.measures import too_small
from tests.walking import SITI

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
            assert too_small(page) == [], name
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


@pytest.mark.parametrize(
    ("paper", "width", "height"), [("", 105, 148), ("?kertas=struk", 58, 230)], ids=["A6", "58 mm"]
)
def test_the_slip_is_one_sheet_of_its_paper(live, window, clock, paper, width, height):
    """With everything that may stand on it: the kunci, papers to bring, dates to come and the promise of the draw."""
    clock.set(draws.PROMISED)
    drawing.promise(Wave.get_by_id(draws.wave().id), draws.DRAW_AT, draws.actor("ratna"), draws.PROMISED)
    page = window(360, 640)
    for _ in walk(page, SITI | {"phk": {"perusahaan": "PT Benang Elok", "bulan": "lama"}}):
        continue
    page.goto(f"/daftar/bukti{paper}")
    words = page.inner_text("main")
    for said in ("Kunci (rahasia)", "Bukti PHK", "ditutup", "hasil", "Sidik janji undian"):
        assert said in words
    assert page.get_by_role("button", name="Cetak").is_visible()
    pdf = page.pdf(prefer_css_page_size=True)
    sheets = re.findall(rb"/MediaBox\s*\[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)
    assert len(sheets) == 1
    assert [round(float(points) / 72 * 25.4) for points in sheets[0]] == [width, height]
