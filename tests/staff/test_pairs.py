"""Two records that may be one person, through the front door: seen by all, decided by verifiers, with a reason."""

from __future__ import annotations

import pytest
from flask import Flask

from app.clock import FixedClock
from app.models import Applicant, Application, AuditLine, Notice, SuspectedPair
from app.rules import codes
from app.rules.states import State
from app.services import pairs
from tests.staff import rows
from tests.staff.conftest import Signed

NEAR = "3508015704880011"


@pytest.fixture
def two(database: object) -> tuple[Application, Application, str]:
    """Siti and nearly the same Siti, in one wave, and the address of their pair."""
    wave = rows.wave(4)
    one = rows.application(rows.applicant(), wave)
    other = rows.application(rows.applicant(NEAR, "Siti Marlina", phone="+6281298765432"), wave)
    pair = rows.pair(one.applicant, other.applicant, "near_nik,same_name_and_birth")
    return one, other, f"/petugas/pasangan/{pair}"


def _side(application: Application) -> str:
    return "first" if SuspectedPair.get().first_id == application.applicant_id else "second"


def test_home_counts_them_and_leads_to_both_side_by_side(
    signed: Signed, two: tuple[Application, Application, str]
) -> None:
    one, other, path = two
    budi = signed("verifier")
    home = budi.visitor.open("/petugas")
    assert "Mungkin satu orang 1 pasangan" in home.main
    page = home.click("Mungkin satu orang 1 pasangan").click("Siti Marlina dan Siti Marlina")
    assert page.path == path
    assert "NIK hampir sama. Nama dan tanggal lahir sama." in page.main
    assert "Beda satu angka, yang ke-15" in page.main
    for number in (rows.NIK, NEAR, rows.PHONE.removeprefix("+62"), rows.KK):
        assert number not in page.html.replace(" ", "").replace("-", "")
    assert codes.shown(one.ticket) in page.links
    assert codes.shown(other.ticket) in page.links


def test_what_differs_is_marked_and_what_is_equal_is_not(
    signed: Signed, two: tuple[Application, Application, str]
) -> None:
    page = signed("auditor").visitor.open(two[2])
    heads = [" ".join("".join(th.itertext()).split()) for th in page.parsed.all("th")]
    marked = {
        head.removesuffix(" Beda").split(" Beda")[0] for head in heads if "Beda" in head.split("Beda satu")[0]
    }
    assert marked == {"NIK", "HP"}


def test_officers_and_auditors_see_and_do_not_decide(
    signed: Signed, two: tuple[Application, Application, str]
) -> None:
    for role in ("officer", "auditor"):
        page = signed(role).visitor.open(two[2])
        assert "Pemeriksa atau pengelola yang memutuskan" in page.main
        assert "Simpan putusan" not in [words for form in page.forms for words in form.buttons]


def test_one_person_is_decided_with_a_reason_and_the_other_is_told(
    signed: Signed, two: tuple[Application, Application, str]
) -> None:
    one, other, path = two
    budi = signed("verifier", "budi.santoso")
    page = budi.visitor.open(path)
    page = page.submit("Simpan putusan", status=422)
    assert page.errors == ["Pilih putusannya.", "Tulis alasannya, misalnya: KTP keduanya sudah dilihat."]
    page = page.submit("Simpan putusan", putusan=_side(one), alasan="KTP-nya sama")
    assert page.path == "/petugas/pasangan"
    assert "Tidak ada yang menunggu" in page.main
    assert Application.get_by_id(one.id).state == State.SUBMITTED
    assert Application.get_by_id(other.id).state == State.WITHDRAWN
    (notice,) = Notice.select()
    assert notice.applicant_id == other.applicant_id
    assert codes.shown(one.ticket) not in notice.body + notice.title
    page = page.click("Yang sudah diputuskan").click("Siti Marlina dan Siti Marlina")
    assert "Orang yang sama. Diputuskan Budi Santoso" in page.main
    assert "KTP-nya sama" in page.main
    assert f"Yang diteruskan: {codes.shown(one.ticket)}." in page.main
    page = page.submit("Batalkan putusan", status=422)
    page = page.submit("Batalkan putusan", alasan="Ternyata kembar")
    assert "Pendaftaran yang dihentikan jalan lagi" in page.main
    assert "Putusan sebelumnya dibatalkan" in page.main
    assert Application.get_by_id(other.id).state == State.SUBMITTED
    verbs = [line.verb for line in AuditLine.select().where(AuditLine.subject.startswith("pair:"))]
    assert verbs == ["pair.decide", "pair.undo"]


def test_two_people_stay_two(signed: Signed, two: tuple[Application, Application, str]) -> None:
    one, other, path = two
    page = (
        signed("manager")
        .visitor.open(path)
        .submit("Simpan putusan", putusan="different", alasan="Saudara kembar")
    )
    assert "Dicatat: orang berbeda" in page.main
    assert {Application.get_by_id(it.id).state for it in (one, other)} == {"submitted"}
    assert Notice.select().count() == 0
    assert pairs.waiting(None) == 0


def test_the_slower_of_two_verifiers_is_told(
    signed: Signed, two: tuple[Application, Application, str]
) -> None:
    opened = [signed("verifier", name).visitor.open(two[2]) for name in ("v.satu", "v.dua")]
    opened[0].submit("Simpan putusan", putusan="different", alasan="kembar")
    page = opened[1].submit("Simpan putusan", putusan=_side(two[0]), alasan="sama", status=409)
    assert "Orang lain baru saja mengubah" in page.main
    assert Application.get_by_id(two[1].id).state == "submitted"


def test_a_result_stands_in_the_way(signed: Signed, two: tuple[Application, Application, str]) -> None:
    one, other, path = two
    Application.update(state="selected").where(Application.id == other.id).execute()
    page = signed("verifier").visitor.open(path)
    page = page.submit("Simpan putusan", putusan=_side(one), alasan="sama", status=409)
    assert "perlu dua petugas" in page.main
    assert Application.get_by_id(other.id).state == "selected"


def test_one_nik_twice_leads_to_the_page_with_the_card(
    signed: Signed, app: Flask, clock: FixedClock, database: object
) -> None:
    wave = rows.wave(4)
    holder = rows.application(rows.applicant(), wave)
    rival = rows.application(rows.applicant(claim="disputed", name="Bukan Siti"), wave)
    pair = rows.pair(holder.applicant, rival.applicant, "same_nik")
    budi = signed("verifier")
    page = budi.visitor.open(f"/petugas/pasangan/{pair}")
    assert "Ini diputuskan dengan KTP asli" in page.main
    page = page.click(f"Buka {codes.shown(rival.ticket)}")
    assert page.path == f"/petugas/pendaftar/{rival.id}"
    Applicant.update(claim="rejected").where(Applicant.id == rival.applicant_id).execute()
    assert "Tidak ada yang menunggu" in budi.visitor.open("/petugas/pasangan").main


def test_a_number_that_is_no_pair_is_not_found(signed: Signed, database: object) -> None:
    visitor = signed("verifier").visitor
    visitor.open("/petugas/pasangan/1", 404)
    visitor.open("/petugas/pasangan/99999999999999999999", 404)
