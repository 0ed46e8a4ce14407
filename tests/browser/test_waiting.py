"""The real wizard in a dead spot: nothing typed is lost, it is told truthfully, and it arrives once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.models import Applicant, Application, Draft
from app.services import drafts
from tests.browser.conftest import Live, Window
from tests.browser.journey import BUTTONS, fill, walk
from tests.walking import PIN, SITI
from tests.wire import Wire

pytestmark = pytest.mark.browser

#: The page on which the signal goes, and the one that follows.
NEXT = {"alamat": "kontak", "pin": "kecamatan", "periksa": "selesai"}


def at(page: Page, stop: str) -> None:
    """Walk to this page and fill it in."""
    for slug in walk(page):
        if slug == stop:
            break
    fill(page, {"benar": True} if stop == "periksa" else SITI[stop])


def press(page: Page, slug: str) -> None:
    page.get_by_role("button", name=BUTTONS.get(slug, "Lanjut"), exact=True).click()


def bar_of(page: Page) -> Locator:
    return page.get_by_role("status").filter(has_text="Belum terkirim.")


def typed(page: Page) -> dict[str, str]:
    """What stands in the form, without the token."""
    found: dict[str, str] = page.evaluate(
        "() => Object.fromEntries([...new FormData(document.querySelector('[data-outbox]'))]"
        ".filter(([name]) => name !== 'csrf_token'))"
    )
    return found


def leaving_is_warned_of(page: Page) -> bool:
    """Whether closing or reloading would ask first."""
    asks: bool = page.evaluate("() => !dispatchEvent(new Event('beforeunload', {cancelable: true}))")
    return asks


@pytest.mark.parametrize("slug", NEXT)
def test_offline_the_page_waits_with_everything_typed(
    live: Live, window: Window, wave: object, slug: str
) -> None:
    page = window(360, 640)
    at(page, slug)
    before = typed(page)
    page.context.set_offline(True)
    press(page, slug)
    expect(bar_of(page)).to_contain_text("1 halaman menunggu sinyal di HP ini.")
    expect(bar_of(page)).to_contain_text("Jangan tutup atau muat ulang halaman ini.")
    assert typed(page) == before != {}
    assert leaving_is_warned_of(page)
    assert Application.select().count() == 0
    page.context.set_offline(False)
    page.wait_for_url(f"**/daftar/{NEXT[slug]}", timeout=20_000)
    assert Applicant.select().count() == 1
    if slug == "alamat":
        assert drafts.answers(Draft.get())["alamat"]["rt"] == "03"
    assert Application.select().count() == (slug == "periksa")
    if slug == "periksa":
        expect(page.get_by_role("heading", name=re.compile("^Kunci Anda"))).to_be_visible()


@pytest.mark.parametrize("slug", NEXT)
def test_an_answer_that_is_lost_after_the_office_has_it(
    wire: Wire, live: Live, window: Window, wave: object, slug: str
) -> None:
    """The connection dies when the server has committed: the phone cannot know, sends again, and nothing is doubled."""
    page = window(360, 640)
    at(page, slug)
    wire.lose_answers_to(f"POST /daftar/{slug}")
    press(page, slug)
    expect(bar_of(page)).to_be_visible(timeout=10_000)
    assert Applicant.select().count() == 1  # the office has it
    assert Application.select().count() == (slug == "periksa")
    wire.mend()
    bar_of(page).page.get_by_role("button", name="Kirim sekarang").click()
    page.wait_for_url(f"**/daftar/{NEXT[slug]}", timeout=20_000)
    assert Applicant.select().count() == 1
    assert Application.select().count() == (slug == "periksa")
    if slug == "periksa":
        expect(page.get_by_role("heading", name="Kunci belum Anda tulis?")).to_be_visible()
        page.get_by_role("button", name="Buat kunci baru").click()
        expect(page.get_by_role("heading", name="Kunci baru Anda")).to_be_visible()


def test_a_mistake_comes_back_after_waiting(live: Live, window: Window, wave: object) -> None:
    page = window(360, 640)
    at(page, "alamat")
    page.locator("[name=rt]").fill("abc")
    page.context.set_offline(True)
    press(page, "alamat")
    expect(bar_of(page)).to_be_visible()
    page.context.set_offline(False)
    expect(page).to_have_title(re.compile("^Error: "), timeout=20_000)
    expect(page.locator(".oops")).to_be_focused()
    expect(bar_of(page)).to_have_count(0)
    assert typed(page)["rt"] == "abc"
    assert typed(page)["jalan"] == SITI["alamat"]["jalan"]
    assert not leaving_is_warned_of(page)
    page.wait_for_timeout(1500)
    assert page.url.endswith("/daftar/alamat")  # and it is not sent again by itself
    page.locator("[name=rt]").fill("03")
    page.context.set_offline(True)  # the page that took the place waits, too
    press(page, "alamat")
    expect(bar_of(page)).to_be_visible()
    page.context.set_offline(False)
    page.wait_for_url("**/daftar/kontak", timeout=20_000)
    assert drafts.answers(Draft.get())["alamat"]["rt"] == "03"


def test_questions_that_take_each_others_place_are_pages_of_the_history(
    live: Live, window: Window, wave: object
) -> None:
    """The next question comes with the answer to the one before; Back, Forward and a reload know nothing of it."""
    page = window(360, 640)
    loaded: list[str] = []
    at(page, "syarat")
    page.on("request", lambda asked: loaded.append(asked.url) if asked.is_navigation_request() else None)
    for slug, following in (("syarat", "persetujuan"), ("persetujuan", "identitas"), ("identitas", "pin")):
        fill(page, SITI[slug])
        press(page, slug)
        page.wait_for_url(f"**/daftar/{following}")
        assert page.evaluate("document.activeElement.tagName") == "H1"  # heard, as after a page load
    assert loaded == []
    headings = {"identitas": "Data di KTP Anda", "persetujuan": "Data Anda, hak Anda", "pin": "Buat PIN"}
    for turn, slug in (
        ("back", "identitas"),
        ("back", "persetujuan"),
        ("forward", "identitas"),
        ("forward", "pin"),
    ):
        page.go_back() if turn == "back" else page.go_forward()
        expect(page.get_by_role("heading", level=1)).to_have_text(headings[slug])
        assert page.url.endswith(f"/daftar/{slug}")
    assert len(loaded) == 4
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Buat PIN")
    fill(page, SITI["pin"])
    press(page, "pin")
    page.wait_for_url("**/daftar/kecamatan")


def test_back_while_a_page_waits_does_not_send_it_elsewhere(live: Live, window: Window, wave: object) -> None:
    page = window(360, 640)
    at(page, "alamat")
    page.context.set_offline(True)
    press(page, "alamat")
    expect(bar_of(page)).to_be_visible()
    page.on("dialog", lambda dialog: dialog.dismiss())  # "stay on this page"
    page.evaluate("history.back()")
    page.wait_for_url("**/daftar/desa")
    page.context.set_offline(False)
    page.wait_for_url("**/daftar/kontak", timeout=20_000)
    assert drafts.answers(Draft.get())["alamat"]["jalan"] == SITI["alamat"]["jalan"]


def test_a_refused_pin_comes_back_after_waiting_with_empty_boxes(
    live: Live, window: Window, wave: object
) -> None:
    page = window(360, 640)
    at(page, "pin")
    fill(page, {"pin": "123456", "pin2": "123456"})
    page.context.set_offline(True)
    press(page, "pin")
    expect(bar_of(page)).to_be_visible()
    page.context.set_offline(False)
    expect(page).to_have_title("Error: Buat PIN - Gelombang", timeout=20_000)
    assert Applicant.select().count() == 0
    assert typed(page) == {"pin": "", "pin2": ""}
    fill(page, {"pin": PIN, "pin2": PIN})
    press(page, "pin")
    page.wait_for_url("**/daftar/kecamatan")
