"""Finding somebody by what they bring: a slip, a card, a number, a name."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import FixedClock
from app.models import Attempt, Staff
from app.rules import codes
from app.rules.states import State
from app.services import applicant_search, looking
from app.services.applicant_search import Kind, NotASearch
from tests.pages import Page
from tests.staff import rows
from tests.staff.conftest import Signed

TICKET = "K7RM4TXP" + codes.check_symbol("K7RM4TXP")


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        (codes.shown(TICKET), Kind.TICKET, TICKET),
        (TICKET.lower(), Kind.TICKET, TICKET),
        ("3508 0157 0488 0001", Kind.NIK, rows.NIK),
        ("350801-570488-0001", Kind.NIK, rows.NIK),
        ("0812-3456-7890", Kind.PHONE, rows.PHONE),
        ("+62 812 3456 7890", Kind.PHONE, rows.PHONE),
        ("siti MARLINA", Kind.NAME, " siti marlina"),
        ("Nur'aini", Kind.NAME, " nuraini"),
        ("Bu Sri", Kind.NAME, " bu sri"),
    ],
)
def test_what_is_searched_for_is_understood(typed: str, kind: Kind, value: str) -> None:
    assert applicant_search.understand(typed) == (kind, value)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Isi nama"),
        ("  ", "Isi nama"),
        ("si", "paling sedikit 3 huruf"),
        ("a b c", "paling sedikit 3 huruf"),
        ("350801570488001", "Ini 15 angka"),
        ("K7RM-4TXP-2", "keliru atau tertukar"),
        ("K7RM-4TX", "9 huruf dan angka"),
        ("%%%", "Ini 0 angka"),
    ],
)
def test_what_cannot_be_searched_says_why(typed: str, words: str) -> None:
    with pytest.raises(NotASearch) as problem:
        applicant_search.understand(typed)
    assert words in problem.value.words


@given(st.text(max_size=60))
def test_no_text_breaks_the_search_box(typed: str) -> None:
    with contextlib.suppress(NotASearch):
        kind, value = applicant_search.understand(typed)
        assert kind in Kind
        assert value


def _search(page: Page, text: str, status: int | None = None) -> Page:
    return page.submit("Cari", q=text, status=status)


def test_one_person_is_found_by_everything(signed: Signed) -> None:
    one = rows.application(rows.applicant(name="Siti Nur'aini Marlina"), rows.wave(), ticket=TICKET)
    rows.application(
        rows.applicant(rows.nik(7), "Budi Hartono", phone="+6281299990000"), ticket=codes.new_code()
    )
    page = signed().visitor.open("/petugas")
    for text in ("K7RM-4TXP-" + TICKET[-1], rows.NIK, "081234567890"):
        found = _search(page, text)
        assert found.path == f"/petugas/pendaftar/{one.id}"
        assert text not in found.url
    for text in ("marlina", "MARL nur", "siti nuraini"):
        found = _search(page, text)
        assert found.path == "/petugas/cari"
        assert "1 orang cocok" in found.h1
        assert "Siti Nur'aini Marlina" in found.main
        assert found.click("Siti Nur'aini Marlina").path == f"/petugas/pendaftar/{one.id}"


@pytest.mark.parametrize(
    "text", ["arlina", "Budi Marlina", rows.nik(9), "K7RM-4TXP-" + TICKET[-1], "0812 9999 0000"]
)
def test_nobody_else_is_found(signed: Signed, text: str) -> None:
    rows.application(rows.applicant(), rows.wave())
    page = _search(signed().visitor.open("/petugas"), text)
    assert "Belum ada pendaftar" in page.h1
    assert "mendaftar dari HP sendiri" in page.main
    assert "Marlina" not in page.main


def test_a_list_shows_no_full_number(signed: Signed) -> None:
    rows.application(rows.applicant(), rows.wave())
    page = _search(signed().visitor.open("/petugas"), "siti")
    assert "Lahir 1988" in page.main
    assert "Kutorenon, Kec. Sukodono" in page.main
    for number in (rows.NIK, rows.KK, rows.PHONE[3:]):
        assert number not in page.html.replace(" ", "")
    for part in (rows.NIK[:6], rows.NIK[6:12], "April"):
        assert part not in page.main


def test_a_nik_from_the_card_opens_its_person_and_says_that_it_fits(signed: Signed) -> None:
    """How a KTP is compared with the record: nothing is shown that the officer does not hold in the hand."""
    rows.application(rows.applicant(), rows.wave())
    page = _search(signed().visitor.open("/petugas"), rows.NIK)
    assert "NIK yang Anda ketik sama dengan NIK pendaftar ini." in page.text
    assert not Attempt.select().where(Attempt.path == "search").exists()


def test_nobody_guesses_a_nik_by_searching(signed: Signed, clock: FixedClock) -> None:
    """Sixty numbers that nobody has, and the box is closed to numbers for an hour; names and tickets go on."""
    one = rows.application(rows.applicant(rows.nik(777)), rows.wave())
    dewi, budi = signed("officer", "dewi.anggraini"), signed("verifier", "budi.santoso")
    for _ in range(59):
        looking.begin_nik_search(dewi.staff, clock.now())
    page = _search(dewi.visitor.open("/petugas"), rows.nik(778))
    assert "Belum ada pendaftar" in page.h1
    refused = page.submit("Cari", q=rows.nik(777), status=429)
    assert "Marlina" not in refused.text
    for person, words in ((dewi, "marlina"), (dewi, codes.shown(one.ticket)), (budi, rows.nik(777))):
        assert "Marlina" in _search(person.visitor.open("/petugas"), words).main
    clock.move(timedelta(hours=1))
    dewi.sign_in()
    assert "Marlina" in _search(dewi.visitor.open("/petugas"), rows.nik(777)).main


def test_the_list_is_still_there_on_the_way_back(signed: Signed) -> None:
    rows.application(rows.applicant(), rows.wave())
    page = _search(signed().visitor.open("/petugas"), "siti").click("Siti Marlina")
    assert "Siti Marlina" in page.click("Hasil cari").main


def test_at_most_fifty_are_shown_and_it_says_so(signed: Signed) -> None:
    rows.many(51, rows.wave())
    page = _search(signed().visitor.open("/petugas"), "orang")
    assert page.main.count("Orang Nomor") == 50
    assert "Lebih dari 50" in page.h1
    assert "Cari lebih tepat" in page.main


def test_a_person_of_two_waves_stands_there_once(signed: Signed) -> None:
    person = rows.applicant()
    rows.application(
        person, rows.wave(3, opens=-40, closes=-20), State.NOT_SELECTED, at=rows.NOW.replace(day=1)
    )
    new = rows.application(person, rows.wave(4))
    page = _search(signed().visitor.open("/petugas"), "siti")
    assert "1 orang" in page.h1
    page = page.click("Siti Marlina")
    assert page.path.endswith(str(new.id))
    assert "Gelombang 3" in page.main


def test_a_wrong_search_keeps_what_was_typed(signed: Signed) -> None:
    page = _search(signed().visitor.open("/petugas/cari"), "K7RM-4TXP-2", 422)
    assert page.errors
    page.submit("Cari", q="<script>alert(satu)</script>")


def test_a_search_from_the_bar_of_any_page(signed: Signed) -> None:
    one = rows.application(rows.applicant(), rows.wave())
    page = signed().visitor.open("/petugas/gelombang").submit("Cari", q=rows.NIK)
    assert page.path.endswith(str(one.id))


# work lists ---------------------------------------------------------------------------------------


def test_what_waits_is_counted_and_listed(signed: Signed) -> None:
    wave = rows.wave()
    rows.application(rows.applicant(rows.nik(1), "Ani Perbaiki"), wave, State.NEEDS_FIX)
    rows.application(rows.applicant(rows.nik(2), "Beni Cocokkan", nik_flags="serial_0000"), wave)
    rows.application(rows.applicant(rows.nik(1), "Cici Dua", claim="disputed"), wave)
    rows.application(rows.applicant(rows.nik(4), "Dodi Beres"), wave)
    page = signed("manager").visitor.open("/petugas")
    assert page.main.count("1 orang") == 3
    for link, name in (
        ("Perlu dibetulkan", "Ani"),
        ("NIK perlu dicocokkan", "Beni"),
        ("Dua pendaftar untuk satu NIK", "Cici"),
    ):
        words = next(words for words in page.links if words.startswith(link))
        found = page.click(words)
        assert name in found.main
        assert "Dodi" not in found.main
    page.visitor.open("/petugas/tugas/apa-saja", 404)


def test_an_officer_gets_the_work_of_the_own_district(signed: Signed) -> None:
    wave = rows.wave()
    rows.application(rows.applicant(rows.nik(1), "Ani Dekat"), wave, State.NEEDS_FIX)
    far = rows.applicant(rows.nik(2), "Beni Jauh", district="35.08.14", village="35.08.14.1001")
    rows.application(far, wave, State.NEEDS_FIX)
    dewi = signed("officer", posko="Posko Sukodono")
    page = dewi.visitor.open("/petugas/tugas/perlu-dibetulkan")
    assert "Ani Dekat" in page.main
    assert "Beni Jauh" not in page.main
    found = _search(page, "beni")
    assert "Beni Jauh" not in found.main
    assert "Beni Jauh" in found.submit("Tampilkan juga").main  # searching reaches everybody, with a line
    Staff.update(role="verifier").where(Staff.id == dewi.staff.id).execute()
    assert "Beni Jauh" in dewi.visitor.open("/petugas/tugas/perlu-dibetulkan").main


def test_nobody_is_listed_before_a_search(signed: Signed) -> None:
    rows.application(rows.applicant(), rows.wave())
    for path in ("/petugas", "/petugas/cari"):
        assert "Marlina" not in signed("officer", f"o{len(path)}").visitor.open(path).main
