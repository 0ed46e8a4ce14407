"""The ways in and the pages of the account at 360 x 640: nothing serious for axe, nothing too wide, PIN as dots."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from app.clock import FixedClock
from app.models import Applicant, Attempt
from app.services import devices, kunci
from tests.browser.conftest import Live, Window
from tests.browser.measures import too_small
from tests.conftest import NOW
from tests.services.people import NIK, PIN, person

pytestmark = pytest.mark.browser


def walk(page: Page, key: str, clock: FixedClock) -> Iterator[tuple[str, str]]:
    """Siti on a new phone, from the first slip to the way out; yields the name of each screen and its heading."""
    page.goto("/masuk")
    yield "masuk", "Masuk"
    page.locator("#nik").fill(NIK[:15])
    page.get_by_role("button", name="Masuk").click()
    yield "masuk-salah", "Masuk"
    page.goto("/masuk?lanjut=/saya/perangkat")
    page.locator("#nik").fill(NIK)
    page.locator("#pin").fill("999111")
    page.get_by_role("button", name="Masuk").click()
    yield "masuk-belum-cocok", "Masuk"
    page.locator("#pin").fill(PIN)
    page.get_by_role("button", name="Masuk").click()
    yield "bukti", "Satu bukti lagi"
    page.goto("/masuk/kunci?lanjut=/saya/perangkat")
    yield "kunci", "Masuk dengan kunci"
    page.locator("#nik").fill(NIK)
    page.locator("#pin").fill(PIN)
    page.locator("#kunci").fill(key)
    page.get_by_role("button", name="Masuk").click()
    yield "kunci-baru", "Kunci baru Anda"
    page.get_by_role("link", name="Sudah saya tulis").click()
    yield "perangkat", "HP dan PIN saya"
    applicant = Applicant.get()
    clock.move(timedelta(seconds=1))
    for n in range(20):
        Attempt.create(path="pin", subject=applicant.nik_index, source=bytes([n]) * 32, at=clock.now())
    page.reload()
    yield "perangkat-ditutup", "HP dan PIN saya"
    page.get_by_role("link", name="Ganti PIN").click()
    yield "pin-baru", "Ganti PIN"
    page.get_by_role("button", name="Buatkan PIN untuk saya").click()
    yield "pin-dibuat", "Ganti PIN"
    page.goto("/saya/kunci")
    clock.move(timedelta(minutes=16))
    page.goto("/saya/kunci")
    yield "kunci-lama", "Kunci"
    page.goto("/saya/perangkat")
    yield "pin-lagi", "Ketik PIN sekali lagi"
    page.goto("/keluar")
    yield "keluar", "Keluar dari HP ini?"
    page.get_by_role("button", name="Keluar").click()
    yield "sudah-keluar", "Anda sudah keluar"
    for path, title in (
        ("/lupa-pin", "Lupa PIN"),
        ("/masuk/kode-posko", "Buat PIN baru dengan kode posko"),
        ("/masuk/email", "Kirim kode ke email"),
    ):
        page.goto(path)
        yield path.rpartition("/")[2], title
    page.locator("#nik").fill(NIK)
    page.locator("#email").fill("siti88@gmail.com")
    page.get_by_role("button", name="Kirim kode").click()
    yield "email-kode", "Ketik kode dari email"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_every_screen(
    live: Live, window: Window, clock: FixedClock, axe: Callable[[Page], list[str]], scripts: bool
) -> None:
    siti = person()
    devices.register(siti, "HP Android, Samsung Internet", True, NOW)
    page = window(360, 640, scripts=scripts)
    for name, heading in walk(page, kunci.replace(siti, NOW), clock):
        assert page.locator("h1").inner_text() == heading
        if folder := os.environ.get("GELOMBANG_SHOTS"):
            page.screenshot(path=f"{folder}/{name}{'' if scripts else '-tanpa'}.png", full_page=True)
        if scripts:
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, f"{name} is {wide} px wide"
            assert axe(page) == [], name
            assert too_small(page) == [], name


def test_a_browser_is_not_tempted_to_keep_the_pin(live: Live, phone: Page) -> None:
    phone.goto("/masuk")
    assert phone.locator("input[type=password]").count() == 0
    assert phone.locator("#pin").get_attribute("autocomplete") == "off"
    assert phone.locator("#pin").evaluate("e => getComputedStyle(e).webkitTextSecurity") == "disc"
