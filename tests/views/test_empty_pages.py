"""Empty pages of the wizard are drawn once for everybody: they say what a page drawn for one person says, and no more."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import render_template

from app.forms.registration import registration
from app.views import drawing, register
from tests import walking
from tests.conftest import NOW
from tests.pages import Visitor
from tests.walking import SITI, changed, until

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
SLUGS = [step.slug for step in registration(NOW.date())]
SHARED = [step.slug for step in registration(NOW.date()) if step.form.empty_shows is not None]


@pytest.fixture(autouse=True)
def _nothing_drawn() -> None:
    drawing._sheets.clear()


def stopped_at(app, slug: str, answers=SITI, address: str = "127.0.0.1") -> Visitor:
    visitor = Visitor(app, address=address)
    until(visitor, slug, answers)
    return visitor


def test_only_the_page_that_shows_the_nik_is_drawn_for_each_person() -> None:
    assert set(SLUGS) - set(SHARED) == {"periksa-nik"}


@pytest.mark.parametrize("slug", SHARED)
def test_an_empty_page_is_what_jinja_draws_for_this_person(app, wave, slug, monkeypatch) -> None:
    visitor = stopped_at(app, slug)
    shared = visitor.ask("GET", f"/daftar/{slug}").text

    def own(at, step, _shows):
        form = step.form(at.terms, at.answers)
        return render_template(register._templates(step), step=step, form=form, **register._frame(at, step))

    monkeypatch.setattr(register, "_empty_page", own)
    assert TOKEN.sub("", visitor.ask("GET", f"/daftar/{slug}").text) == TOKEN.sub("", shared)


def test_two_people_share_a_page_but_no_token_and_no_answer(app, wave) -> None:
    one = stopped_at(app, "alamat")
    other = stopped_at(
        app, "alamat", changed(identitas={"nama": "Dewi Rahayu", "nik": "3599015704880011"}), "10.0.0.9"
    )
    pages = [visitor.ask("GET", "/daftar/alamat").text for visitor in (one, other)]
    tokens = [TOKEN.search(page)[1] for page in pages]
    assert tokens[0] != tokens[1]
    assert pages[0].replace(tokens[0], "") == pages[1].replace(tokens[1], "")
    assert not any(said in page for page in pages for said in ("Siti", "Dewi", "3508"))
    for visitor, token in ((one, tokens[1]), (other, tokens[0])):
        sent = visitor.ask("POST", "/daftar/alamat", data={"csrf_token": token, "jalan": "Dusun Krajan"})
        assert sent.status_code == 400


def test_villages_are_those_of_the_own_district(app, wave) -> None:
    until(Visitor(app), "desa")
    other = until(Visitor(app), "desa", changed(kecamatan={"kecamatan": "35.08.01"}))
    assert other.parsed.all("option")[1].get("value").startswith("35.08.01.")


def test_a_page_that_was_filled_in_is_drawn_for_its_person(app, wave) -> None:
    visitor = stopped_at(app, "kontak")
    assert "Krajan, dekat" in visitor.ask("GET", "/daftar/alamat").text
    assert not any(
        "Krajan, dekat" in piece.decode() for sheet in drawing._sheets.values() for piece in sheet.pieces
    )


def test_packed_and_plain_are_the_same_page(app, wave) -> None:
    visitor = stopped_at(app, "minat")
    plain = visitor.ask("GET", "/daftar/minat")
    packed = visitor.ask("GET", "/daftar/minat", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert {"Accept-Encoding", "Cookie"} <= {name.strip() for name in packed.headers["Vary"].split(",")}
    unpacked = gzip.decompress(packed.data).decode()  # checks length and CRC too
    assert TOKEN.sub("", unpacked) == TOKEN.sub("", plain.text)
    assert len(packed.data) < len(plain.data) / 2


def test_a_sheet_has_room_for_one_token() -> None:
    for page in ("no form", f"{drawing.TOKEN} {drawing.TOKEN}"):
        with pytest.raises(ValueError, match="unpack"):
            drawing.Sheet.of(page, drawing.TOKEN)


def test_sheets_do_not_pile_up(monkeypatch) -> None:
    monkeypatch.setattr(drawing, "SHEETS", 3)
    for number in range(7):
        drawing.sheet(number, lambda: f"page {drawing.TOKEN}", drawing.TOKEN)
        assert len(drawing._sheets) <= 3


def test_the_walk_meets_each_of_them(app, wave) -> None:
    walking.register(Visitor(app))
    assert len(drawing._sheets) == len(SHARED) + 2  # and the frames of the check page and the receipt


def test_the_check_page_shares_its_frame_and_keeps_no_answer(app, wave) -> None:
    one = stopped_at(app, "periksa")
    drawn = len(drawing._sheets)
    other = stopped_at(app, "periksa", changed(alamat={"jalan": "Gang Melati 7"}), "10.0.0.9")
    assert len(drawing._sheets) == drawn
    pages = [visitor.ask("GET", "/daftar/periksa").text for visitor in (one, other)]
    said = [("Krajan, dekat" in page, "Melati" in page) for page in pages]
    assert said == [(True, False), (False, True)]
    kept = b"".join(piece for sheet in drawing._sheets.values() for piece in sheet.pieces).decode()
    assert not any(
        said in kept for said in ("Krajan, dekat", "Melati", "Siti Marlina", "359901", "3456-7713")
    )
    packed = one.ask("GET", "/daftar/periksa", headers={"Accept-Encoding": "gzip"})
    assert TOKEN.sub("", gzip.decompress(packed.data).decode()) == TOKEN.sub("", pages[0])


def test_a_check_page_with_something_wrong_is_drawn_for_its_person(app, wave) -> None:
    page = until(Visitor(app), "periksa")
    again = page.submit("Kirim pendaftaran", status=422)
    assert again.errors == ["Beri tanda di kotak pernyataan kalau datanya sudah benar."]
    assert "Krajan, dekat" in again.text
