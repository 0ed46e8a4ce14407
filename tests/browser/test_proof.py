"""The PIN in its place, the page that asks to wait, and the four questions of the first page: on a phone, with and without scripts."""

from __future__ import annotations

import pytest

from app.models import Application
from app.services import limits
from tests import walking
from tests.browser.test_saya import looked_at, screen
from tests.pages import Visitor
from tests.states import sent, stored
from tests.views.test_newcomers import person, seen

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_pin_is_asked_where_one_is_and_nothing_typed_is_lost(
    window, axe, live, wave, clock, scripts
) -> None:
    siti = Visitor(live.app, live.url)
    application = sent(siti)
    siti.open("/saya").submit("Ubah jawaban")
    page = screen(window, siti, scripts=scripts)
    page.goto("/daftar/alamat")
    page.fill("[name=jalan]", "Jl. Kenanga 12")
    clock.move(limits.HOUR)
    page.click("main .acts .btn")
    page.wait_for_selector("[name=pin_lagi]")
    if scripts:
        looked_at(page, axe)
    page.fill("[name=pin_lagi]", "111111")
    page.click("main .acts .btn")
    page.wait_for_selector(".oops")
    if scripts:
        looked_at(page, axe)
    page.fill("[name=pin_lagi]", walking.PIN)
    page.click("main .acts .btn")
    page.wait_for_url("**/daftar/periksa")
    assert "Jl. Kenanga 12" in page.inner_text("main")
    page.check("[name=benar]")
    page.click("main .acts .btn")
    page.wait_for_url("**/saya?selesai=ubah")
    assert "Perubahan Anda sudah kami terima." in page.inner_text("main")
    assert stored(application)["alamat"]["jalan"] == "Jl. Kenanga 12"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_whoever_must_wait_reads_why_and_goes_on_later(window, axe, live, wave, clock, scripts) -> None:
    """The script that holds unsent pages must not hold this one: a person would read "busy" for an hour."""
    seen(120)
    page = screen(window, _at_the_pin(live), scripts=scripts)
    page.goto("/daftar/pin")
    page.fill("[name=pin]", walking.PIN)
    page.fill("[name=pin2]", walking.PIN)
    page.click("text=Simpan PIN")
    page.wait_for_url("**/daftar/tunggu")
    assert "Jawaban Anda tersimpan." in page.inner_text("main")
    if scripts:
        looked_at(page, axe)
    clock.move(limits.HOUR)
    page.click("a.btn")
    page.wait_for_url("**/daftar/pin")
    assert Application.select().count() == 0


def _at_the_pin(live) -> Visitor:
    visitor = Visitor(live.app, live.url)
    walking.until(visitor, "pin", person(5))
    return visitor


def test_an_officer_opens_the_network(window, axe, live, wave) -> None:
    """The office's page at its two sizes is in tests/staff; here is what an applicant does with the code."""
    seen(120)
    page = screen(window, _at_the_pin(live))
    page.goto("/daftar/tunggu")
    page.fill("[name=kode]", "ABCD-EFGH")
    page.click("text=Pakai kode")
    page.wait_for_selector(".oops")
    looked_at(page, axe)
    assert page.evaluate("document.activeElement.className") == "oops"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_four_questions_stand_whole_on_a_small_screen(window, axe, live, wave, scripts) -> None:
    """Each question with all its answers fits one screen, and each complaint names its question and leads to it."""
    page = window(360, 640, scripts=scripts)
    page.goto("/daftar/syarat")
    boxes = [group.bounding_box() for group in page.query_selector_all("main fieldset")]
    assert len(boxes) == 4
    assert all(box["height"] < 400 and box["width"] <= 328 for box in boxes), boxes
    page.click("main .acts .btn")
    page.wait_for_selector(".oops")
    links = page.query_selector_all(".oops a")
    assert len({link.inner_text() for link in links}) == 4
    for link in links:
        target = page.query_selector(link.get_attribute("href"))
        assert target is not None
        link.click()
        group = target.evaluate_handle("e => e.closest('fieldset')").as_element()
        assert group.bounding_box()["y"] >= 0, link.inner_text()  # the question itself, not only its boxes
    if scripts:
        looked_at(page, axe)
