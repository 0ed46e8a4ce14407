"""The whole registration at 360 x 640: with scripts and without, nothing serious for axe; and the slip on paper."""

from __future__ import annotations

import re

import pytest

from app.models import Application, Wave
from app.services import drawing
from tests import draws
from tests.browser.journey import walk
from tests.browser.measures import too_small
from tests.walking import SITI

pytestmark = pytest.mark.browser


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
