"""Where a person stands, as the person reads it: every state in its word, one thing to do, nothing told too early."""

from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta

import pytest

from app.models import Application, Draft, GuideStep, LedgerEntry, Session
from app.rules.reasons import Reason
from app.rules.states import WORDS, State
from app.services import casework, guide, joining
from tests import walking
from tests.conftest import NOW
from tests.pages import Page
from tests.states import (
    ANSWERS,
    CLOSED,
    DAY,
    NOT_SELECTED,
    RESERVE,
    SELECTED,
    as_actor,
    deadline,
    make_wave,
    moved,
    officer,
    secret_result,
    sent,
    summary_only,
)

WAITING = "Menunggu gelombang berikutnya"
#: What a phone must receive before the page can be read (design section 3).
BUDGET = 14_600
IN_TRAINING = (State.IN_TRAINING, Reason.TRAINING_BOUGHT)


def test_the_quick_answers_are_those_of_the_wizard(visitor, wave):
    walking.register(visitor)
    assert json.loads(Application.get().answers) == ANSWERS


# each state in its word ---------------------------------------------------------------------------


def test_received(visitor, wave):
    sent(visitor)
    page = visitor.open("/saya")
    assert "Pendaftaran diterima" in page.main
    assert "Siti Marlina" in page.main
    assert "Hasil diumumkan Selasa, 8 Desember 2026, pukul 10.42 WIB" in page.main
    assert "Data bisa diubah sampai Jumat, 4 Desember 2026, pukul 10.42 WIB" in page.main
    assert "Dikirim dari HP Anda." in page.main
    assert page.links["Siapkan dua akun"] == "/panduan"
    assert page.links["Kabar 1 belum dibaca"] == "/saya/kabar"


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        ([CLOSED], "Masuk seleksi"),
        ([CLOSED, SELECTED], "Terpilih"),
        ([CLOSED, RESERVE], "Cadangan"),
        ([CLOSED, NOT_SELECTED], "Belum terpilih"),
        ([CLOSED, SELECTED, IN_TRAINING], "Sedang pelatihan"),
        ([CLOSED, SELECTED, IN_TRAINING, (State.COMPLETED, Reason.TRAINING_FINISHED)], "Selesai"),
        ([CLOSED, SELECTED, (State.REVOKED, Reason.DATA_FALSE)], "Tempat dicabut"),
        ([(State.WITHDRAWN, Reason.OWN_WISH)], "Mengundurkan diri"),
        ([(State.NEEDS_FIX, Reason.OLD_KK)], "Perlu dibetulkan"),
    ],
)
def test_every_state_says_its_word_and_its_history(visitor, wave, clock, steps, word):
    application = moved(sent(visitor), *steps)
    page = visitor.open("/saya")
    ticket = page.parsed.with_class("seal")[0]
    assert word in "".join(ticket.itertext())
    lines = page.parsed.with_class("tl")[0]
    titles = ["".join(line.itertext()) for line in lines.iter("h3")]
    assert titles == [WORDS[State(entry.to_state)].label for entry in reversed(list(application.ledger))]


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("steps", "primary"),
    [
        ([], "Siapkan dua akun"),
        ([(State.NEEDS_FIX, Reason.OLD_KK)], "Betulkan sekarang"),
        ([CLOSED, SELECTED], "Saya sudah beli pelatihan"),
        ([CLOSED, NOT_SELECTED], "Ikut gelombang berikutnya"),
        ([CLOSED, SELECTED, (State.REVOKED, Reason.DATA_FALSE)], "Cari posko"),
        ([CLOSED, SELECTED, IN_TRAINING], "Pelatihan saya sudah selesai"),
    ],
)
def test_there_is_one_thing_to_do(visitor, wave, clock, steps, primary):
    moved(sent(visitor), *steps)
    if CLOSED in steps:
        clock.set(wave.closes_at)
    assert _primary_buttons(visitor.open("/saya")) == ([primary] if primary else [])


def _primary_buttons(page: Page) -> list[str]:
    """Words of the main buttons that are there without a script."""
    found = []
    for button in page.parsed.with_class("btn"):
        above, hidden = button, False
        while above is not None:
            hidden = hidden or above.get("hidden") is not None
            above = page.parsed.parents.get(above)
        if not hidden and "line" not in (button.get("class") or "").split():
            found.append("".join(button.itertext()))
    return found


def test_waiting_for_a_wave_and_being_in_reserve_are_named_differently(visitor, another_visitor, office):
    sent(visitor)
    make_wave(6, opens_at=NOW + 20 * DAY, closes_at=NOW + 30 * DAY)
    page = visitor.open("/saya")
    assert WAITING in page.main
    assert "Cadangan" not in page.main
    assert "Gelombang 6 dibuka Sabtu, 12 Desember 2026, pukul 10.42 WIB" in page.main


def test_the_place_on_the_reserve_list_is_told_with_the_result(visitor, wave):
    application = sent(visitor)
    result = secret_result(application, officer(), State.RESERVE, 12)
    moved(application, CLOSED)
    moved(application, RESERVE)
    assert "Cadangan nomor" not in visitor.open("/saya").main
    result.published_at = NOW
    result.save()
    page = visitor.open("/saya")
    assert "Cadangan nomor 12" in page.main
    assert WAITING not in page.main


def test_a_result_that_is_set_but_not_published_changes_nothing(visitor, wave):
    application = moved(sent(visitor), CLOSED)
    before = visitor.open("/saya").main
    secret_result(application, officer(), State.SELECTED)
    assert visitor.open("/saya").main == before


def test_after_closing_it_says_that_the_list_is_being_made(visitor, wave, clock):
    sent(visitor)
    clock.set(wave.closes_at)
    assert "Daftar peserta sedang disiapkan" in visitor.open("/saya").main


def test_a_needed_fix_says_why_until_when_and_leads_to_the_answers(visitor, wave, clock):
    application = sent(visitor)
    staff = officer()
    clock.move(2 * DAY)
    casework.ask_for_fix(application.id, Reason.OLD_KK, "KK tahun 2015.", 1, as_actor(staff), clock.now())
    page = visitor.open("/saya")
    assert "Nomor KK yang diisi adalah KK lama." in page.main
    assert "Catatan petugas: KK tahun 2015." in page.main
    assert "10 hari lagi Betulkan paling lambat Jumat, 4 Desember 2026, pukul 10.42 WIB" in page.main
    assert "Oleh petugas Posko Sukodono." in page.main
    check = walking.after_pin(page.submit("Betulkan sekarang", status=403))
    assert check.h1 == "Periksa jawaban Anda"
    fixed = check.click("Ubah Nomor KK").submit("Lanjut", kk="359901 120715 0099")
    assert "Perubahan Anda sudah kami terima." in fixed.submit("Kirim perubahan", benar=True).main
    assert Application.get().state == "submitted"
    assert "Data sudah Anda betulkan." in visitor.open("/saya").main


def test_a_number_to_be_matched_leads_to_a_posko(visitor, wave):
    moved(sent(visitor), (State.NEEDS_FIX, Reason.DISPUTED_NIK))
    page = visitor.open("/saya")
    assert page.links["Cari posko"] == "/saya/bantuan"
    assert "Betulkan sekarang" not in page.main


@pytest.mark.parametrize(
    ("left", "big"), [(15 * DAY, "15 hari lagi"), (DAY, "Besok"), (timedelta(hours=1), "Hari ini")]
)
def test_a_deadline_is_one_big_number(visitor, wave, left, big):
    application = moved(sent(visitor), CLOSED, SELECTED)
    deadline(application, NOW + left)
    page = visitor.open("/saya")
    assert f"{big} Beli pelatihan pertama paling lambat" in page.main
    assert page.links["Saya sudah beli pelatihan"] == "/saya/beli"


def test_whoever_is_selected_is_led_to_the_account_for_the_money_first(visitor, wave):
    """Until the guide's part about it is done, step by step; who is not selected reads nothing of it."""
    words = "Dulu: siapkan rekening atau dompet digital"
    application = moved(sent(visitor), CLOSED)
    assert words not in visitor.open("/saya").links
    moved(application, SELECTED)
    assert visitor.open("/saya").links[words] == "/panduan/uang-pilih"
    page = visitor.open("/saya").click(words)
    assert page.h1 == "Pilih rekening atau dompet digital"
    page.submit("Sudah").submit("Sudah").submit("Sudah")
    page = visitor.open("/saya")
    assert words not in page.links
    assert page.links["Saya sudah beli pelatihan"] == "/saya/beli"


def test_a_missed_deadline_says_what_happens(visitor, wave, clock):
    application = moved(sent(visitor), CLOSED, SELECTED)
    deadline(application, NOW + DAY)
    clock.move(2 * DAY)
    page = visitor.open("/saya")
    assert "Sudah lewat" in page.main
    assert "tempat Anda bisa dicabut" in page.main


def test_two_accounts_done_leaves_nothing_but_to_wait(visitor, wave, clock):
    application = sent(visitor)
    for step in guide.COUNTED[:2]:
        GuideStep.create(applicant=application.applicant_id, step=step.code, done_at=NOW)
    assert re.search(r"Lanjutkan panduan, \d dari \d", visitor.open("/saya").main)
    for step in guide.COUNTED[2:]:
        GuideStep.create(applicant=application.applicant_id, step=step.code, done_at=NOW)
    applicant = application.applicant
    applicant.email_proved_at = NOW
    applicant.save()
    assert "Anda sudah siap." in visitor.open("/saya").main


# before sending -----------------------------------------------------------------------------------


def test_a_draft_is_told_as_not_sent_and_goes_on(visitor, wave):
    walking.until(visitor, "alamat")
    page = visitor.open("/saya")
    assert "Belum dikirim" in page.main
    assert walking.slug_of(page.click("Lanjutkan")) == "alamat"


def test_a_draft_that_was_deleted_can_be_begun_again(visitor, wave, clock):
    walking.until(visitor, "alamat")
    Draft.delete().execute()
    page = visitor.open("/saya")
    assert "Belum mendaftar" in page.main
    assert walking.slug_of(page.submit("Mulai mendaftar")) == "syarat"
    walking.register(visitor)
    assert Application.get().applicant.claim == "holder"


# who may see what ---------------------------------------------------------------------------------


def test_nobody_is_led_to_sign_in(visitor, wave):
    assert visitor.open("/saya").path == "/masuk"


def test_a_summary_session_sees_where_it_stands_and_nothing_else(visitor, wave, clock):
    application = sent(visitor)
    casework.ask_for_fix(application.id, Reason.OLD_KK, "KK tahun 2015.", 1, as_actor(officer()), NOW)
    summary_only(application)
    page = visitor.open("/saya")
    assert "Perlu dibetulkan" in page.main
    assert "Betulkan paling lambat" in page.main
    assert "Posko Sukodono" in page.main
    for hidden in ("Siti", "2015", "KK lama", "Kabar", *_codes(application)):
        assert hidden not in page.text, hidden
    assert page.forms == []
    assert page.click("Buka semuanya").path == "/masuk/bukti"


def _codes(application: Application) -> list[str]:
    return [f"{c[:4]}-{c[4:8]}-{c[8]}" for c in (application.ticket, application.entry_number)]


def test_a_summary_session_goes_on_with_a_draft(visitor, wave):
    walking.until(visitor, "alamat")
    Session.update(kind="summary").execute()
    page = visitor.open("/saya")
    assert "Belum dikirim" in page.main
    assert walking.slug_of(page.click("Lanjutkan")) == "alamat"


FULL_ONLY = (
    ("GET", "/saya/kabar"),
    ("GET", "/saya/kabar/1"),
    ("POST", "/saya/kabar/1"),
    ("GET", "/saya/undur"),
    ("POST", "/saya/undur"),
    ("GET", "/saya/beli"),
    ("POST", "/saya/beli"),
    ("POST", "/saya/ubah"),
    ("POST", "/saya/ubah/buang"),
    ("POST", "/saya/ikut"),
    ("POST", "/saya/mulai"),
    ("GET", "/saya/data"),
    ("GET", "/saya/data.json"),
    ("GET", "/saya/izin"),
    ("POST", "/saya/izin"),
    ("GET", "/saya/kalender.ics"),
)


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(("method", "path"), FULL_ONLY)
def test_a_summary_session_may_neither_read_nor_change_more(visitor, wave, method, path):
    application = moved(sent(visitor), CLOSED, SELECTED)
    token = (
        visitor.open("/saya").form("Ya, kabari saya") if False else visitor.ask("GET", "/csrf").json["token"]
    )
    summary_only(application)
    before = LedgerEntry.select().count()
    answer = visitor.ask(method, path, data={"csrf_token": token} if method == "POST" else None)
    assert answer.status_code == 303
    assert answer.location.startswith("/masuk/bukti"), answer.location
    assert LedgerEntry.select().count() == before


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("path", ["/saya/data", "/saya/data.json", "/saya/undur"])
def test_what_matters_asks_for_the_pin_again(visitor, wave, clock, path):
    sent(visitor)
    clock.move(timedelta(minutes=5))
    page = visitor.open(path)
    assert page.path == "/masuk/pin"
    if not path.endswith(".json"):
        assert page.submit("Lanjut", pin=walking.PIN).path == path


def test_the_entry_number_stands_on_the_page_of_its_owner_only(visitor, wave):
    application = sent(visitor)
    assert _codes(application)[1] in visitor.open("/saya").main
    for path in ("/daftar/selesai", "/daftar/bukti", "/saya/kabar", "/saya/bantuan"):
        assert _codes(application)[1] not in visitor.open(path).html


def test_help_names_the_posko_of_the_own_district_first(visitor, wave):
    sent(visitor)
    page = visitor.open("/saya/bantuan")
    assert page.main.index("Posko Sukodono") < page.main.index("Posko Lumajang")


# weight -------------------------------------------------------------------------------------------


@pytest.mark.only_on("sqlite")
def test_pages_fit_the_first_load_even_after_years(visitor, wave, clock):
    """Page and style sheet with their headers, as they come over the wire, for a person with a long history."""
    staff, begin = as_actor(officer()), NOW - 150 * DAY
    wave.delete_instance()
    make_wave(4, opens_at=begin - DAY, closes_at=begin + DAY)
    application = sent(visitor, now=begin)
    for number in range(5, 10):
        begin += 30 * DAY
        moved(application, CLOSED, NOT_SELECTED, now=begin)
        make_wave(number, opens_at=begin - DAY, closes_at=begin + DAY)
        application = joining.join(application.applicant_id, f"join-{number}", begin)
    Session.update(last_seen_at=NOW, proved_at=NOW).execute()
    for reason in (Reason.OLD_KK, Reason.NAME_DIFFERS, Reason.DATA_INCOMPLETE):
        casework.ask_for_fix(application.id, reason, "Kata di KTP lain.", _length(application), staff, NOW)
        casework.mark_complete(application.id, _length(application), staff, NOW)
    for _ in range(20):
        casework.open_numbers(application.id, "ktp", staff, NOW)
    moved(application, CLOSED, SELECTED)
    deadline(application, NOW + 11 * DAY)
    for path in ("", "/kabar", "/data", "/izin", "/undur", "/beli", "/bantuan"):
        page = visitor.ask("GET", f"/saya{path}", headers={"Accept-Encoding": "gzip"})
        assert page.status_code == 200, path
        sheet = re.findall(r'href="(/static/app\.[^"]+)"', gzip.decompress(page.data).decode())[0]
        needed = [page, visitor.ask("GET", sheet, headers={"Accept-Encoding": "gzip"})]
        assert sum(_on_the_wire(answer) for answer in needed) <= BUDGET, path


def _length(application: Application) -> int:
    return LedgerEntry.select().where(LedgerEntry.application == application.id).count()


def _on_the_wire(answer) -> int:
    return len(answer.data) + len(str(answer.headers)) + len("HTTP/1.1 200 OK\r\n")
