"""How I want to be told, on a phone: nothing serious for axe, nothing wider than the screen, scripts or not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from app.models import Application, Preference
from tests.browser.test_saya import looked_at, screen
from tests.pages import Visitor
from tests.states import sent
from tests.views.test_telling import PATH, prove_email, push_on

pytestmark = pytest.mark.browser


@pytest.fixture
def siti(live, wave) -> Visitor:
    """Siti with a proved email and one phone that rings."""
    visitor = Visitor(live.app, live.url)
    application = sent(visitor)
    prove_email(application.applicant_id)
    push_on(application.applicant_id)
    return visitor


def picture(page: Page, name: str) -> None:
    """Keep a picture to look at, where GELOMBANG_SHOTS says."""
    folder = os.environ.get("GELOMBANG_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_the_phone(window, axe, siti, scheme):
    page = screen(window, siti, color_scheme=scheme)
    page.goto("/saya/kabar")
    looked_at(page, axe)
    picture(page, f"kabar-{scheme}")
    page.locator("text=Atur kabar").click()
    looked_at(page, axe)
    picture(page, f"atur-{scheme}")


def test_it_works_without_scripts(window, siti):
    page = screen(window, siti, scripts=False)
    page.goto(PATH)
    page.locator("label[for=jam-4]").tap()
    page.locator("label[for=bahasa-2]").tap()
    page.locator("label[for=call]").tap()
    page.locator("button:text-is('Simpan')").tap()
    page.locator("text=Sudah kami simpan.").wait_for()
    assert "HP diam pukul 08.00 sampai 16.00." in page.inner_text("main")
    picture(page, "atur-simpan")
    assert (Preference.get().quiet, Preference.get().language) == ("08-16", "id-mudah")
    assert Preference.get().applicant_id == Application.get().applicant_id


def test_an_error_leads_to_its_place(window, axe, siti):
    page = screen(window, siti)
    page.goto(PATH)
    page.evaluate("document.querySelectorAll('[name=jam]').forEach(one => { one.checked = false; })")
    page.locator("button:text-is('Simpan')").tap()
    page.locator(".oops").wait_for()
    assert page.title().startswith("Error: Atur kabar")
    looked_at(page, axe)
    page.locator(".oops a").tap()
    assert page.evaluate("location.hash") == "#jam"
    picture(page, "atur-salah")
