"""The signed-in pages on a phone: nothing serious for axe, nothing wider than the screen, light enough, no script needed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from app.models import Applicant, Application
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import joining
from tests.browser.measures import too_small
from tests.browser.test_bytes import A_PAGE, FIRST_LOAD
from tests.conftest import NOW
from tests.pages import Visitor
from tests.states import CLOSED, DAY, NOT_SELECTED, RESERVE, SELECTED, deadline, make_wave, moved, sent

pytestmark = pytest.mark.browser

PATHS = ("", "/kabar", "/data", "/izin", "/undur", "/beli", "/bantuan")
STATES = {
    "received": [],
    "fix": [(State.NEEDS_FIX, Reason.OLD_KK)],
    "in selection": [CLOSED],
    "reserve": [CLOSED, RESERVE],
    "not selected": [CLOSED, NOT_SELECTED],
    "revoked": [CLOSED, SELECTED, (State.REVOKED, Reason.DATA_FALSE)],
    "withdrawn": [(State.WITHDRAWN, Reason.OWN_WISH)],
}


@pytest.fixture
def siti(live, wave) -> Visitor:
    """Siti's browser without a screen; her application is the only one."""
    visitor = Visitor(live.app, live.url)
    sent(visitor)
    return visitor


def screen(window, siti: Visitor, **options) -> Page:
    """The same browser with a screen: its cookies are carried over."""
    page = window(360, 640, **options)
    cookies = [{"name": c.key, "value": c.value, "url": siti.base_url} for c in siti.http._cookies.values()]
    page.context.add_cookies(cookies)
    return page


def looked_at(page: Page, axe) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.url
    assert axe(page) == [], page.url
    assert too_small(page) == [], page.url


@pytest.mark.parametrize("steps", STATES.values(), ids=STATES.keys())
def test_status_in_every_state(window, axe, siti, steps):
    moved(Application.get(), *steps)
    page = screen(window, siti)
    page.goto("/saya")
    looked_at(page, axe)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page(window, axe, siti, scheme):
    deadline(moved(Application.get(), CLOSED, SELECTED), NOW + 11 * DAY)
    page = screen(window, siti, color_scheme=scheme)
    for path in PATHS:
        page.goto(f"/saya{path}")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        looked_at(page, axe)
    page.goto("/saya/kabar")
    page.locator("button.link-row").first.click()
    assert page.locator("h1").inner_text() == "Pendaftaran Anda sudah kami terima"
    looked_at(page, axe)


def test_every_page_fits_one_window(wire, window, siti):
    """Each page as if it were the first: the style sheet counts every time, and no worker stands between."""
    deadline(moved(Application.get(), CLOSED, SELECTED), NOW + 11 * DAY)
    page = screen(window, siti, service_workers="block")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    for path in PATHS:
        page.goto(f"/saya{path}")
        wire.rest(0.1)
        assert A_PAGE < wire.to_read(f"/saya{path}") < FIRST_LOAD, wire.table()
        wire.forget()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_withdrawing_and_coming_back_by_finger(window, siti, scripts):
    page = screen(window, siti, scripts=scripts)
    page.goto("/saya")
    page.get_by_role("link", name="Mengundurkan diri").tap()
    page.get_by_label("Alasan (boleh dikosongkan)").fill("Pindah kota")
    page.get_by_role("button", name="Ya, saya mengundurkan diri").tap()
    page.get_by_role("button", name="Daftar lagi dengan jawaban yang sama").tap()
    page.wait_for_url("**/saya?selesai=ikut")
    assert Application.get().state == "submitted"


def test_the_calendar_is_a_download(window, siti):
    page = screen(window, siti, accept_downloads=True)
    page.goto("/saya")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Simpan tanggal ke kalender HP").click()
    assert waiting.value.suggested_filename == "gelombang.ics"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_a_double_tap_joins_once(window, siti, clock, scripts):
    old = moved(Application.get(), CLOSED, NOT_SELECTED)
    clock.move(13 * DAY)
    make_wave(5, opens_at=clock.now() - DAY, closes_at=clock.now() + 9 * DAY)
    assert joining.offer(Applicant.get(), old, clock.now()) is not None
    page = screen(window, siti, scripts=scripts)
    page.goto("/saya")
    page.get_by_role("button", name="Ikut Gelombang 5").dblclick()
    page.wait_for_url("**/saya?selesai=*")
    assert Application.select().count() == 2
