"""What people of the office write is read by others: no number like a NIK stays in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import LedgerEntry, Objection, Reversal, SuspectedPair
from app.rules.states import State
from app.services import deadlines
from tests.conftest import NOW
from tests.staff import rows

TYPED = "KTP asli sudah dilihat, NIK 359901 570488 0003."
REFUSED = ["Ada nomor 16 angka, seperti NIK atau nomor KK. Hapus nomornya, lalu simpan lagi."]


def test_asking_for_a_fix(signed):
    one = rows.application(rows.applicant(), rows.wave())
    page = signed().visitor.open(f"/petugas/pendaftar/{one.id}/betulkan")
    page = page.submit("Tandai dan kabari", alasan="data_incomplete", catatan=TYPED, status=422)
    assert page.errors == REFUSED
    assert TYPED in page.html
    assert LedgerEntry.select().where(LedgerEntry.to_state == "needs_fix").count() == 0
    page = page.submit("Tandai dan kabari", catatan="KTP asli sudah dilihat.")
    assert "Catatan: KTP asli sudah dilihat." in page.main


def test_deciding_a_pair_whose_reason_stands_unsealed(signed):
    wave = rows.wave()
    one, other = (rows.application(rows.applicant(rows.nik(n), "Siti Marlina"), wave) for n in (1, 2))
    pair = rows.pair(one.applicant, other.applicant)
    page = signed("verifier").visitor.open(f"/petugas/pasangan/{pair}")
    page = page.submit("Simpan putusan", putusan="different", alasan=TYPED, status=422)
    assert (page.errors, SuspectedPair.get_by_id(pair).reason) == (REFUSED, "")
    page = page.submit("Simpan putusan", alasan="KTP keduanya sudah dilihat.")
    assert SuspectedPair.get_by_id(pair).reason == "KTP keduanya sudah dilihat."


def test_moving_a_deadline_and_taking_a_place(signed):
    wave = rows.wave(4, opens=-60, closes=-50)
    one = rows.application(rows.applicant(), wave, State.SELECTED)
    deadlines.begin_buying(one, wave, "WIB", NOW - timedelta(days=40))
    manager = signed("manager")
    page = manager.visitor.open(f"/petugas/pendaftar/{one.id}/batas")
    assert page.submit("Undur dan kabari", hari="7", alasan=TYPED, status=422).errors == REFUSED
    page = manager.visitor.open(f"/petugas/pendaftar/{one.id}/cabut")
    page = page.submit("Usulkan cabut tempat", alasan="data_false", catatan=TYPED, status=422)
    assert (page.errors, Reversal.select().count()) == (REFUSED, 0)


def test_answering_an_objection(signed):
    one = rows.application(rows.applicant(), rows.wave(4, opens=-60, closes=-50), State.NOT_SELECTED)
    number = rows.objection(one)
    page = signed("manager").visitor.open(f"/petugas/keberatan/{number}").submit("Saya yang jawab")
    page = page.submit("Simpan jawaban", putusan="tidak", jawaban=TYPED, status=422)
    assert page.errors == REFUSED
    assert Objection.get_by_id(number).answer is None


@pytest.mark.parametrize(
    "text", ["0812-0000-3390", "Rp 4.200.000", "30 November 2026, pukul 07.30", "Surat 12/2026"]
)
def test_other_numbers_may_stand_in_a_note(signed, text):
    one = rows.application(rows.applicant(), rows.wave())
    page = signed().visitor.open(f"/petugas/pendaftar/{one.id}/betulkan")
    assert text in page.submit("Tandai dan kabari", alasan="data_incomplete", catatan=text).main
