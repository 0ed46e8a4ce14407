"""The public pages of a wave on a phone: the draw is computed again there, and without scripts by the server."""

from __future__ import annotations

import pytest

from app.models import Draw, Entry, SeatChange
from app.rules.promise import Reserve, Rules
from tests import draws
from tests.browser.test_bytes import A_PAGE, FIRST_LOAD

pytestmark = pytest.mark.browser
ORDERS = ("first", "last")


@pytest.fixture(params=ORDERS)
def draw(office, clock, request) -> Draw:
    rules = Rules(4, (Reserve("phk", 2), Reserve("umi", 1)), request.param, 1, scope=("35.08",))
    made = draws.published(
        draws.attested(draws.drawn(draws.frozen(draws.listed(draws.promised(draws.wave(rules=rules), 24)))))
    )
    clock.set(draws.ANNOUNCED)
    return made


def ask(page, entry: str) -> str:
    page.get_by_label("Cari nomor undian").fill(entry)
    page.get_by_role("button", name="Cari").click()
    page.locator("#hasil .sum").wait_for()
    return page.locator("#hasil").inner_text()


def test_every_number_is_computed_on_the_phone(live, window, axe, draw):
    page = window(360, 640)
    page.goto("/gelombang/2/undian")
    asked = []
    page.on("request", lambda request: asked.append(request.method))
    for entry in Entry.select():
        words = ask(page, entry.entry.lower())
        assert f"{entry.rank} dari 24" in words
        assert f"{entry.line} dari 24" in words
        assert "Dihitung ulang di HP ini. Semua urutan sama dengan hasil.csv." in words
        seat = {"phk": "yang kena PHK", "umi": "pemilik usaha kecil", "open": "Tempat umum", "": "Cadangan"}
        assert seat[entry.via] in words
    assert set(asked) == {"GET"}
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("draw", ORDERS[:1], indirect=True)
def test_what_became_of_the_seat_is_told_on_the_phone(live, window, axe, draw):
    entry = Entry.select().where(Entry.via != "").first().entry
    SeatChange.create(
        draw=draw,
        n=1,
        at=draws.ANNOUNCED,
        entry=entry,
        before="selected",
        after="revoked",
        reason="data_false",
    )
    page = window(360, 640)
    page.goto("/gelombang/2/undian")
    assert "18 September 2023: tempat dicabut" in ask(page, entry)
    assert axe(page) == []


def test_a_result_that_was_changed_is_not_confirmed(live, window, draw):
    Draw.update(results_sha256="0" * 64).execute()
    page = window(360, 640)
    page.goto("/gelombang/2/undian")
    assert "TIDAK SAMA" in ask(page, Entry.select().first().entry)


@pytest.mark.parametrize("draw", ORDERS[:1], indirect=True)
def test_without_scripts_the_server_does_it(live, window, draw):
    page = window(360, 640, scripts=False)
    page.goto("/gelombang/2/undian")
    entry = Entry.select().first()
    words = ask(page, entry.entry)
    assert f"{entry.rank} dari 24" in words
    assert "Dihitung ulang oleh server ini" in words


@pytest.mark.parametrize("draw", ORDERS[:1], indirect=True)
@pytest.mark.parametrize("path", ["/gelombang/2", "/gelombang/2/undian"])
def test_the_first_load_fits_one_window(wire, live, window, axe, draw, path):
    page = window(360, 640)
    page.goto(path)
    wire.rest()
    assert A_PAGE < wire.to_read(path) < FIRST_LOAD
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
