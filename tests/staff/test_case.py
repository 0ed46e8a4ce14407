"""What the office does with one applicant, and what stays of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.clock import FixedClock
from app.models import Applicant, Application, AuditLine, Consent, Delivery, LedgerEntry, Notice, Session
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, casework, codes, sessions
from app.services.ledger import Actor
from tests.pages import Page
from tests.staff import rows
from tests.staff.conftest import Signed
from tests.staff.rows import Officer

CALLED, SEEN = casework.OPEN_REASONS["call"], casework.OPEN_REASONS["ktp"]


def _open(person: Officer, application: Application) -> Page:
    return person.visitor.open(f"/petugas/pendaftar/{application.id}")


def _audit(verb: str) -> list[AuditLine]:
    return list(AuditLine.select().where(AuditLine.verb == verb).order_by(AuditLine.id))


# looking ------------------------------------------------------------------------------------------


def test_the_page_shows_what_is_needed_and_no_full_number(signed: Signed) -> None:
    one = rows.application(rows.applicant(whatsapp=True, email="siti@example.org"), rows.wave())
    Consent.create(applicant=one.applicant, purpose="wa", given=True, text_sha256="0" * 64, at=rows.NOW)
    page = _open(signed(), one)
    for words in (
        "NIK, KK, dan tanggal lahir Disembunyikan",
        "Tahun lahir 1988",
        "Kutorenon",
        "Kena PHK",
        "Pendaftaran diterima",
        "0812-••••-7890",
    ):
        assert words in page.main
    for number in (rows.NIK, rows.KK, "siti@example.org"):
        assert number not in page.html.replace(" ", "")
    for part in (rows.NIK[:6], rows.NIK[6:12], "•0001", "17 April"):
        assert part not in page.main
    assert page.links["Telepon"] == f"tel:{rows.PHONE}"
    assert page.links["Kirim pesan"].startswith("https://wa.me/6281234567890?text=")
    assert rows.NIK not in page.links["Kirim pesan"]
    assert page.response.headers["Cache-Control"] == "no-store"


@pytest.mark.only_on("sqlite")
def test_a_name_is_text_whatever_it_holds(signed: Signed) -> None:
    name = "<img src=x onerror=alert(1)>\"' Siti"
    one = rows.application(rows.applicant(name=name), rows.wave(), State.SUBMITTED)
    dewi = signed("manager")
    page = _open(dewi, one)
    assert name in page.main
    for path in ("betulkan", "nik", "pin"):
        assert name in dewi.visitor.open(f"{page.path}/{path}").main
    assert name in dewi.visitor.open("/petugas").submit("Cari", q="siti").main


def test_an_unknown_applicant_is_not_found(signed: Signed) -> None:
    signed().visitor.open("/petugas/pendaftar/12345", 404)


# the full number ----------------------------------------------------------------------------------


def test_a_full_number_needs_a_reason_and_leaves_a_line(signed: Signed) -> None:
    one = rows.application(rows.applicant(), rows.wave())
    dewi = signed("officer", "dewi.anggraini")
    page = _open(dewi, one).click("Lihat NIK")
    token = page.form(CALLED).values["csrf_token"]
    for why in ({}, {"alasan": "penasaran"}):
        answer = dewi.visitor.ask("POST", page.path, data={"csrf_token": token} | why)
        assert answer.status_code == 422
        assert "Pilih alasannya." in answer.text
    assert _audit("nik.open") == []
    page = page.submit(CALLED, status=200)  # the reason itself is the button
    assert rows.NIK in page.main.replace(" ", "")
    assert rows.KK in page.main.replace(" ", "")
    assert "17 April 1988" in page.main
    (line,) = _audit("nik.open")
    assert (line.actor, line.subject, line.detail) == (
        "staff:dewi.anggraini",
        f"applicant:{one.applicant_id}",
        "call",
    )
    assert rows.NIK not in _open(dewi, one).html.replace(" ", "")


def test_sixty_numbers_a_day_and_no_more(signed: Signed, clock: FixedClock) -> None:
    one = rows.application(rows.applicant(), rows.wave())
    dewi, budi = signed("officer", "dewi.anggraini"), signed("officer", "budi.santoso")
    for _ in range(59):
        casework.open_numbers(one.id, "ktp", Actor("staff", dewi.staff), clock.now())
    page = _open(dewi, one).click("Lihat NIK")
    page.submit(SEEN, status=200)
    refused = page.submit(SEEN, status=429)
    assert "60 NIK" in refused.main
    assert rows.NIK not in refused.html.replace(" ", "")
    assert len(_audit("nik.open")) == 60
    _open(budi, one).click("Lihat NIK").submit(SEEN, status=200)
    clock.move(timedelta(days=1))
    dewi.sign_in()
    _open(dewi, one).click("Lihat NIK").submit(SEEN, status=200)
    assert audit.verify() == (AuditLine.select().count(), None)


# fixing -------------------------------------------------------------------------------------------


def test_a_fault_is_marked_told_and_mended(signed: Signed) -> None:
    one = rows.application(rows.applicant(), rows.wave())
    dewi = signed("officer", "dewi.anggraini")
    page = _open(dewi, one).click("Perlu dibetulkan")
    page.submit("Tandai dan kabari", status=422)
    page = page.submit("Tandai dan kabari", alasan="old_kk", catatan="KK tahun 2025 ya")
    assert "Nomor KK yang diisi adalah KK lama" in page.main
    assert "KK tahun 2025 ya" in page.main
    line = LedgerEntry.select().order_by(LedgerEntry.n.desc()).get()
    assert (line.from_state, line.to_state, line.reason, line.note) == (
        "submitted",
        "needs_fix",
        "old_kk",
        "KK tahun 2025 ya",
    )
    notice = Notice.get()
    assert notice.title == "Ada data yang perlu dibetulkan"
    assert "KK lama" in notice.body
    page = page.submit("Sudah lengkap")
    assert Application.get_by_id(one.id).state == State.SUBMITTED
    assert Notice.select().count() == 2
    assert [entry.verb for entry in AuditLine.select().order_by(AuditLine.id)][-2:] == [
        "application.fix",
        "application.complete",
    ]


def test_whoever_acts_on_an_old_page_is_told(signed: Signed) -> None:
    one = rows.application(rows.applicant(), rows.wave())
    dewi, budi = signed("officer", "dewi.anggraini"), signed("officer", "budi.santoso")
    theirs = _open(budi, one).click("Perlu dibetulkan")
    _open(dewi, one).click("Perlu dibetulkan").submit("Tandai dan kabari", alasan="old_kk")
    page = theirs.submit("Tandai dan kabari", alasan="name_differs", status=409)
    assert "Orang lain baru saja mengubah" in page.main
    assert page.click("Lihat pendaftar").path == f"/petugas/pendaftar/{one.id}"
    mended = _open(dewi, one)
    mended.submit("Sudah lengkap")
    mended.submit("Sudah lengkap", status=409)
    assert LedgerEntry.select().count() == 3
    assert Notice.select().count() == 2


def test_a_verb_that_breaks_leaves_nothing(
    signed: Signed, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    one = rows.application(rows.applicant(), rows.wave())
    dewi = signed("officer", "dewi.anggraini")
    before = AuditLine.select().count()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    for place in ("_tell", "audit.record"):
        with monkeypatch.context() as patch:
            patch.setattr(f"app.services.casework.{place}", broken)
            with pytest.raises(RuntimeError):
                casework.ask_for_fix(one.id, Reason.OLD_KK, "", 1, Actor("staff", dewi.staff), clock.now())
    assert Application.get_by_id(one.id).state == State.SUBMITTED
    assert (LedgerEntry.select().count(), Notice.select().count(), Delivery.select().count()) == (1, 0, 0)
    assert AuditLine.select().count() == before


def test_an_odd_nik_is_matched_with_the_card(signed: Signed) -> None:
    one = rows.application(rows.applicant(nik_flags="serial_0000,sex_differs"), rows.wave())
    page = _open(signed(), one)
    assert "NIK perlu dicocokkan" in page.main
    page = page.submit("Sudah sama dengan KTP")
    assert "NIK perlu dicocokkan" not in page.main
    assert _audit("nik.match")[0].detail == "serial_0000,sex_differs"


@pytest.mark.only_on("sqlite")
def test_a_posted_state_or_role_changes_nothing(signed: Signed) -> None:
    one = rows.application(rows.applicant(), rows.wave())
    dewi = signed()
    page = _open(dewi, one).click("Perlu dibetulkan")
    token = page.form("Tandai dan kabari").values["csrf_token"]
    data = {
        "csrf_token": token,
        "seen": "1",
        "alasan": "old_kk",
        "state": "selected",
        "role": "manager",
        "claim": "rejected",
    }
    dewi.visitor.ask("POST", page.path, data=data)
    assert Application.get_by_id(one.id).state == State.NEEDS_FIX
    assert Applicant.get().claim == "holder"
    for reason in ("central_result", "apa saja", ""):
        answer = dewi.visitor.ask("POST", page.path, data=data | {"alasan": reason})
        assert answer.status_code == 422


def test_buttons_are_those_of_role_and_state(signed: Signed) -> None:
    wave = rows.wave(3, opens=-30, closes=-10)
    done = rows.application(rows.applicant(rows.nik(1)), wave, State.NOT_SELECTED)
    inside = rows.application(rows.applicant(rows.nik(2)), wave, State.IN_SELECTION)
    officer, verifier, auditor = signed("officer"), signed("verifier"), signed("auditor")
    assert "Perlu dibetulkan" not in _open(officer, done).links
    assert "Isi hasil" not in _open(officer, inside).links
    assert "Isi hasil" in _open(verifier, inside).links
    page = _open(auditor, inside)
    assert not {"Isi hasil", "Perlu dibetulkan", "Lihat NIK", "Kode ganti PIN"} & set(page.links)
    assert "Telepon" in _open(officer, inside).links
    assert rows.PHONE.removeprefix("+62") not in page.html, "whoever calls nobody needs no number"


# a code for a new PIN -----------------------------------------------------------------------------


def test_a_pin_code_is_given_after_the_card_was_seen(signed: Signed) -> None:
    one = rows.application(rows.applicant(), rows.wave())
    page = _open(signed("officer", "dewi.anggraini"), one).click("Kode ganti PIN")
    page.submit("Buat kode", status=422)
    page = page.submit("Buat kode", ktp=True, status=200)
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", page.main)
    assert found
    assert _audit("pin.code")[0].subject == f"applicant:{one.applicant_id}"
    assert found[0] not in page.url
    assert Notice.get().kind == "security"


def test_a_selected_person_needs_two_officers(signed: Signed) -> None:
    one = rows.application(rows.applicant(), rows.wave(3, opens=-30, closes=-10), State.SELECTED)
    dewi, budi = signed("officer", "dewi.anggraini"), signed("verifier", "budi.santoso")
    auditor = signed("auditor", "ani.auditor")
    page = _open(dewi, one).click("Kode ganti PIN")
    assert page.submit("Buat kode", status=422).errors == [
        "Lihat dulu KTP aslinya.",
        "Isi nama pengguna petugas kedua.",
        "Minta petugas kedua mengetik kodenya.",
    ]
    page.submit("Buat kode", ktp=True, status=422)
    page.submit("Buat kode", ktp=True, nama="budi.santoso", kode="000000", status=422)
    page.submit("Buat kode", ktp=True, nama="dewi.anggraini", kode=dewi.digits, status=422)
    page.submit("Buat kode", ktp=True, nama="ani.auditor", kode=auditor.digits, status=422)
    assert _audit("pin.code") == []
    page.submit("Buat kode", ktp=True, nama="budi.santoso", kode=budi.digits, status=200)
    assert _audit("pin.code")[0].detail == "confirmed by staff:budi.santoso"


def test_a_second_officers_code_cannot_be_guessed(signed: Signed) -> None:
    one = rows.application(rows.applicant(), rows.wave(3, opens=-30, closes=-10), State.SELECTED)
    dewi = signed("officer", "dewi.anggraini")
    signed("verifier", "budi.santoso")
    page = _open(dewi, one).click("Kode ganti PIN")
    for _ in range(5):
        page.submit("Buat kode", ktp=True, nama="budi.santoso", kode="000000", status=422)
    page.submit("Buat kode", ktp=True, nama="budi.santoso", kode="000000", status=429)


def test_fifteen_codes_a_day(signed: Signed, clock: FixedClock) -> None:
    one = rows.application(rows.applicant(), rows.wave())
    dewi = signed("officer", "dewi.anggraini")
    for _ in range(15):
        codes.issue_posko_code(one.applicant, Actor("staff", dewi.staff), clock.now())
    page = _open(dewi, one).click("Kode ganti PIN")
    response = page.submit("Buat kode", ktp=True, status=429).response
    assert int(response.headers["Retry-After"]) > 0


# two claims to one NIK ----------------------------------------------------------------------------


def _two_claims() -> tuple[Application, Application]:
    wave = rows.wave()
    first = rows.application(rows.applicant(name="Pertama Palsu"), wave)
    second = rows.application(rows.applicant(name="Kedua Asli", claim="disputed"), wave)
    return first, second


def test_neither_claim_shows_the_name_of_the_other(signed: Signed) -> None:
    first, second = _two_claims()
    dewi = signed()
    page = _open(dewi, second)
    assert "Ada dua pendaftar untuk NIK ini" in page.main
    assert "Palsu" not in page.main
    assert "Asli" not in _open(dewi, first).main


def test_the_card_decides_and_the_other_claim_ends(signed: Signed, clock: FixedClock) -> None:
    first, second = _two_claims()
    token = sessions.open_session("full", clock.now(), applicant=first.applicant)
    dewi, budi = signed("officer", "dewi.anggraini"), signed("officer", "budi.santoso")
    page = _open(dewi, second).click("KTP milik pendaftar ini")
    page.submit(
        "Teruskan pendaftar ini", ktp=True, status=422
    )  # it takes the NIK from somebody: two officers
    page = page.submit("Teruskan pendaftar ini", ktp=True, nama="budi.santoso", kode=budi.digits)
    assert Applicant.get_by_id(second.applicant_id).claim == "holder"
    assert Applicant.get_by_id(first.applicant_id).claim == "rejected"
    assert Application.get_by_id(first.id).state == State.WITHDRAWN
    assert Application.get_by_id(second.id).state == State.SUBMITTED
    assert sessions.find(token, clock.now()) is None
    assert "Ada dua pendaftar" not in page.main
    assert "Pendaftaran ini dihentikan" in _open(dewi, first).main
    assert _audit("claim.settle")[0].detail == "confirmed by staff:budi.santoso"


def test_the_first_claim_is_confirmed_by_one_officer(signed: Signed) -> None:
    first, second = _two_claims()
    _open(signed(), first).click("KTP milik pendaftar ini").submit("Teruskan pendaftar ini", ktp=True)
    assert Applicant.get_by_id(first.applicant_id).claim == "holder"
    assert Applicant.get_by_id(second.applicant_id).claim == "rejected"
    assert Session.select().where(Session.staff.is_null(False)).count() == 2  # half and real


def test_a_place_that_was_given_is_not_taken_here(signed: Signed) -> None:
    first, second = _two_claims()
    Application.update(state="selected").where(Application.id == first.id).execute()
    dewi, budi = signed("officer", "dewi.anggraini"), signed("officer", "budi.santoso")
    page = _open(dewi, second).click("KTP milik pendaftar ini")
    page.submit("Teruskan pendaftar ini", ktp=True, nama="budi.santoso", kode=budi.digits, status=409)
    assert Applicant.get_by_id(first.applicant_id).claim == "holder"
    assert Applicant.get_by_id(second.applicant_id).claim == "disputed"
