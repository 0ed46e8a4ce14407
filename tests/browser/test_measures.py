"""Pages that neither the registration nor the tour meets: nothing on them is too small to be touched or read.

The registration (test_journey), the ways in (test_sign_in) and every page that links lead to (test_every_page) are measured
where they are walked.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from app.crypto import keys
from app.models import Attempt, Wave
from app.services import newcomers
from tests.browser.conftest import Live
from tests.browser.journey import fill
from tests.browser.measures import too_small
from tests.conftest import NOW
from tests.walking import SITI

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/posko",
        "/daftar/sudah-terdaftar",
        "/luring",
        "/panduan/luring",
        "/panduan/uang-pilih",
        "/tidak-ada",
    ],
)
def test_a_page_for_anybody(live: Live, phone: Page, wave: Wave, path: str) -> None:
    phone.goto(path)
    assert too_small(phone) == []


def test_the_page_that_asks_to_wait(live: Live, phone: Page, wave: Wave) -> None:
    here = keys().lookup_hash("network", "127.0.0.1")
    for n in range(newcomers.PER_HOUR.most):
        Attempt.create(path=newcomers.PATH, subject=bytes([n]) * 32, source=here, at=NOW)
    phone.goto("/daftar/tunggu")
    assert phone.locator("h1").inner_text() == "Tunggu sebentar"
    assert too_small(phone) == []


def test_the_page_that_stops(live: Live, phone: Page, wave: Wave) -> None:
    phone.goto("/daftar/")
    fill(phone, SITI["syarat"] | {"umur": "tidak"})
    phone.get_by_role("button", name="Lanjut", exact=True).click()
    phone.wait_for_url("**/daftar/berhenti")
    assert too_small(phone) == []


def test_a_page_with_mistakes(live: Live, phone: Page, wave: Wave) -> None:
    phone.goto("/daftar/")
    phone.get_by_role("button", name="Lanjut", exact=True).click()
    phone.wait_for_selector(".oops")
    assert too_small(phone) == []
