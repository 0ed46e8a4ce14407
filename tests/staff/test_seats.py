"""Taking a place and answering objections, by people of the office at their tablets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import LedgerEntry, Notice, Objection, Reversal
from app.rules.reasons import Reason
from app.services import objections, reversals
from tests.conftest import NOW
from tests.drawn import Person, drawn_wave, staff, states
from tests.pages import Visitor

LATE = NOW + timedelta(days=20)
NOTE = "Tiga kali ditelepon, belum beli."


@pytest.fixture
def people(office):
    return drawn_wave(2, [Person() for _ in range(3)])[1]


@pytest.fixture
def late(clock):
    """Everybody works on the day when the time to buy is over."""
    clock.move(LATE - clock.now())
    return clock


def propose(manager, application):
    page = manager.visitor.open(f"/petugas/pendaftar/{application.id}").click("Cabut tempat")
    return page.submit("Usulkan cabut tempat", alasan="deadline_missed", catatan=NOTE)


def test_a_manager_proposes_and_another_confirms(people, late, signed):
    manager, verifier = signed("manager"), signed("verifier")
    page = propose(manager, people[0])
    assert "Tempatnya baru dicabut kalau petugas lain setuju." in page.main
    assert "Tempat ini diusulkan untuk dicabut." in page.main
    assert "Cabut tempat" not in page.links
    assert states(people)[0] == "selected"
    page = verifier.visitor.open("/petugas").click("Cabut tempat 1 menunggu petugas kedua")
    page = page.click("Orang Nomor 1")
    assert NOTE in page.main
    page = page.submit("Setuju, cabut tempat")
    assert "Tempat dicabut. Pendaftar sudah dikabari" in page.main
    assert states(people)[0] == "revoked"
    assert Notice.select().where(Notice.kind == "reversal").count() == 1
    assert "Cabut tempat" not in verifier.visitor.open("/petugas").main


def test_the_same_user_twice_is_403(people, late, signed):
    manager = signed("manager")
    propose(manager, people[0])
    number = Reversal.get().id
    page = manager.visitor.open(f"/petugas/cabut/{number}")
    assert "Minta petugas lain" in page.main
    assert "Setuju, cabut tempat" not in page.main
    token = page.form("Batalkan usulan").values["csrf_token"]
    answer = manager.visitor.ask("POST", f"/petugas/cabut/{number}/setuju", data={"csrf_token": token})
    assert answer.status_code == 403
    assert states(people)[0] == "selected"
    page = page.submit("Batalkan usulan")
    assert "Usulan dibatalkan." in page.main
    assert manager.visitor.open(f"/petugas/cabut/{number}", status=409).h1 == "Sudah berubah"


def test_what_is_missing_and_what_does_not_fit(people, signed):
    manager = signed("manager")
    page = manager.visitor.open(f"/petugas/pendaftar/{people[0].id}/cabut")
    assert "Lewat batas waktu" not in page.main  # the time to buy is not over
    page = page.submit("Usulkan cabut tempat", catatan="", status=422)
    assert page.errors == ["Pilih alasannya.", "Tulis apa yang sudah diperiksa. Pendaftar membacanya."]
    assert not Reversal.select().exists()
    nobody = manager.visitor.open(f"/petugas/pendaftar/{people[2].id}")
    assert "Cabut tempat" not in nobody.links


def test_a_colleague_was_faster(people, late, signed):
    manager, other = signed("manager"), signed("manager", "manager.dua")
    page = other.visitor.open(f"/petugas/pendaftar/{people[0].id}/cabut")
    propose(manager, people[0])
    page = page.submit("Usulkan cabut tempat", alasan="deadline_missed", catatan=NOTE, status=409)
    assert page.h1 == "Sudah berubah"
    first = other.visitor.open(f"/petugas/cabut/{Reversal.get().id}")
    again = other.visitor.open(f"/petugas/cabut/{Reversal.get().id}")
    first.submit("Setuju, cabut tempat")
    assert again.submit("Setuju, cabut tempat", status=409).h1 == "Sudah berubah"
    assert LedgerEntry.select().where(LedgerEntry.to_state == "revoked").count() == 1


@pytest.fixture
def objected(people, late):
    """Somebody whose place was taken says that it is not so."""
    one = people[0]
    seen = LedgerEntry.select().where(LedgerEntry.application == one.id).count()
    made = reversals.propose(one.id, Reason.DEADLINE_MISSED, NOTE, seen, staff("ratna"), LATE)
    reversals.confirm(made.id, staff("hadi"), LATE)
    return objections.make(one.applicant_id, "Saya sudah beli, ini nomor notanya.", LATE)


def test_an_objection_is_taken_answered_and_agreed_to_by_another(people, objected, signed):
    officer, verifier = signed("officer"), signed("verifier")
    page = officer.visitor.open("/petugas").click("Keberatan 1 belum dijawab").click("Orang Nomor 1")
    page = page.submit("Saya yang jawab")
    page = page.submit("Simpan jawaban", putusan="ya", jawaban="Benar.", status=422)
    assert page.errors == ["Tulis paling sedikit 20 huruf: apa yang diperiksa, dan hasilnya."]
    page = page.submit("Simpan jawaban", putusan="ya", jawaban="Nota cocok dengan catatan kami.")
    assert "Berlaku kalau petugas lain setuju." in page.main
    assert "Kalau petugas kedua setuju: Terpilih." in page.main
    assert states(people)[0] == "revoked"
    page = verifier.visitor.open(f"/petugas/pendaftar/{people[0].id}").click("Baca dan jawab")
    page = page.submit("Setuju")
    assert "Pendaftar dapat tempatnya." in page.main
    assert states(people)[0] == "selected"
    assert verifier.visitor.open("/petugas/keberatan").main.endswith("Semua beres.")


def test_one_person_does_not_answer_and_agree(people, objected, signed):
    verifier = signed("verifier")
    page = verifier.visitor.open(f"/petugas/keberatan/{objected.id}").submit("Saya yang jawab")
    page = page.submit("Simpan jawaban", putusan="ya", jawaban="Nota cocok dengan catatan kami.")
    assert "Setuju" not in [button for form in page.forms for button in form.buttons]
    token = page.forms[0].values["csrf_token"]
    answer = verifier.visitor.ask(
        "POST", f"/petugas/keberatan/{objected.id}/setuju", data={"csrf_token": token}
    )
    assert answer.status_code == 403
    assert states(people)[0] == "revoked"


def test_a_no_is_told_at_once_and_late_ones_are_red(people, objected, signed, late):
    officer: Visitor = signed("officer").visitor
    late.move(timedelta(days=8))
    officer = signed("officer", "officer.dua").visitor
    page = officer.open("/petugas/keberatan")
    assert "Lewat, 19 Desember" in page.main
    page = page.click("Orang Nomor 1").submit("Saya yang jawab")
    page = page.submit("Simpan jawaban", putusan="tidak", jawaban="Nota itu dari orang lain.")
    assert "Dijawab. Pendaftar sudah dikabari." in page.main
    assert (Objection.get().upheld, states(people)[0]) == (0, "revoked")
    assert Notice.select().where(Notice.kind == "objection").count() == 1
