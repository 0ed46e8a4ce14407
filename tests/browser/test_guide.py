"""The guide on a phone: readable without signal, light enough, and whole with scripts and without."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.config import Settings
from app.models import Applicant
from app.services import guide
from tests.browser.conftest import Live, Window
from tests.browser.journey import walk
from tests.browser.test_bytes import A_PAGE, FIRST_LOAD, uncached
from tests.wire import Wire

pytestmark = pytest.mark.browser

PAGES = ("/panduan", *(f"/panduan/{code}" for code in guide.STEPS), "/panduan/kartu", "/panduan/luring")
#: A folder for pictures of every page, when somebody wants to look: GUIDE_SHOTS=/tmp/shots.
SHOTS = os.environ.get("GUIDE_SHOTS")


def look(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.url


@pytest.fixture
def mail_folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def settings(settings: Settings, mail_folder: Path) -> Settings:
    return replace(
        settings, mail_url=f"file://{mail_folder}", mail_sender="Gelombang <gelombang@example.org>"
    )


def code_in(folder: Path) -> str:
    """The digits of the newest mail."""
    newest = max(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    mail = message_from_bytes(newest.read_bytes(), policy=policy.default)
    body = mail.get_body(("plain",))  # type: ignore[attr-defined]
    found = re.search(r"Kode Anda: (\d{6})", body.get_content())
    assert found is not None
    return found[1]


def test_the_guide_is_read_without_signal(phone: Page, axe: Callable[[Page], list[str]]) -> None:
    phone.goto("/panduan")
    phone.evaluate("""() => new Promise((done) => {
      const worker = navigator.serviceWorker;
      if (worker.controller) done();
      else worker.addEventListener('controllerchange', () => done(), {once: true});
    })""")
    phone.context.set_offline(True)
    phone.goto("/panduan/luring")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Panduan dua akun, satu halaman")
    for part in guide.PARTS:
        for step in part.steps:
            if step.code != guide.WAY:
                title = step.title.format(program="Program Contoh")
                expect(phone.get_by_role("heading", name=title, exact=True)).to_be_visible()
    assert phone.locator("figure svg").count() > 8
    assert (
        phone.locator("h1").evaluate("e => getComputedStyle(e).fontSize") == "28px"
    )  # the style sheet is kept too
    phone.get_by_text("Saya pakai iPhone").click()
    expect(phone.get_by_text("Dapatkan", exact=True)).to_be_visible()
    fits(phone)
    assert axe(phone) == []
    phone.goto("/panduan/cara")  # a page that is not kept leads to the one that is
    phone.get_by_role("link", name="Baca panduan dua akun").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Panduan dua akun, satu halaman")
    look(phone, "luring")


def test_a_visitors_pages(phone: Page, axe: Callable[[Page], list[str]]) -> None:
    for path in PAGES:
        phone.goto(path)
        fits(phone)
        assert axe(phone) == [], path
        look(phone, "visitor" + path.replace("/", "-"))


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_the_round_trip(
    window: Window, mail_folder: Path, axe: Callable[[Page], list[str]], scripts: bool
) -> None:
    page = window(360, 640, scripts=scripts)
    for _ in walk(page):
        pass
    name = "saya" if scripts else "saya-tanpa-skrip"
    page.goto("/panduan")
    page.get_by_role("link", name="Mulai").click()
    page.get_by_role("button", name="HP Android").click()
    page.get_by_role("button", name="Sudah").click()
    page.get_by_role("link", name="Lewati dulu").click()
    page.get_by_role("link", name="Mulai").click()
    look(page, f"{name}-alamat")
    page.get_by_label("Alamat email").fill("siti88@gmial.com")
    page.get_by_role("button", name="Kirim kode").click()
    expect(page.get_by_role("link", name="Mungkin maksud Anda siti88@gmail.com?")).to_be_visible()
    look(page, f"{name}-alamat-salah")
    page.get_by_label("Alamat email").fill("siti88@gmail.com")
    page.get_by_role("button", name="Kirim kode").click()
    box = page.get_by_label("Kode dari email")
    expect(box).to_be_visible()
    if scripts:
        fits(page)
        assert axe(page) == []
    look(page, f"{name}-kode")
    box.fill(code_in(mail_folder))
    page.get_by_role("button", name="Cocokkan kode").click()
    expect(page.get_by_text("Terbukti dengan kode")).to_be_visible()
    look(page, f"{name}-terbukti")
    assert Applicant.get().email == "siti88@gmail.com"
    page.goto("/panduan/program-hp")
    look(page, f"{name}-hp")
    page.goto("/panduan/program-jadi")
    page.get_by_role("button", name="Sudah").click()
    page.goto("/panduan/program-jadi")
    look(page, f"{name}-jadi")
    page.goto("/panduan")
    expect(page.get_by_text("Selesai 8 dari 8 langkah")).to_be_visible()
    if scripts:
        fits(page)
        assert axe(page) == []
    look(page, f"{name}-panduan")
    page.goto("/panduan/kartu")
    look(page, f"{name}-kartu")
    page.emulate_media(media="print")
    expect(page.get_by_text("Jangan tulis kata sandi atau PIN di kartu ini.")).to_be_visible()
    expect(page.get_by_text("Tidak punya printer?")).to_be_hidden()
    look(page, f"{name}-kartu-cetak")


def test_first_loads_fit_one_window(wire: Wire, live: Live, window: Window) -> None:
    """Each page as if it were the first: the style sheet counts every time."""
    page = uncached(window)
    for path in PAGES:
        wire.forget()
        page.goto(path)
        wire.rest(0.1)
        assert A_PAGE < wire.to_read(path) < FIRST_LOAD, wire.table()


def test_in_the_dark(window: Window) -> None:
    page = window(360, 640, color_scheme="dark")
    for path in ("/panduan", "/panduan/email-buat", "/panduan/uang-penuh"):
        page.goto(path)
        look(page, "gelap" + path.replace("/", "-"))
    fills = page.locator("figure rect").first.evaluate("e => getComputedStyle(e).fill")
    assert fills == "rgb(14, 32, 37)"  # the drawings go dark with the page
