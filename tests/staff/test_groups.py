"""Papers behind group claims, through the front door: two different people, no copies, locked at the freeze."""

from __future__ import annotations

import json

import pytest

from app.models import Application, Draw, GroupClaim, Notice
from app.services import group_claims
from tests.conftest import NOW
from tests.staff import rows
from tests.staff.conftest import Signed

RULES = json.dumps({"reserves": [{"group": "phk", "seats": 40}]})


@pytest.fixture
def siti(database: object) -> Application:
    """Siti says that she was laid off, in a wave with seats for that."""
    application = rows.application(rows.applicant(), rows.wave(4, rules=RULES, selection="draw"))
    rows.group_claim(application)
    return application


def test_two_people_look_and_the_owner_is_told(signed: Signed, siti: Application) -> None:
    dewi, budi = signed("officer", "dewi.anggraini"), signed("officer", "budi.santoso")
    page = dewi.visitor.open(f"/petugas/pendaftar/{siti.id}").click("PHK Belum dilihat")
    assert "Pendaftar diminta membawa surat PHK" in page.main
    page = page.submit("Surat sudah saya lihat", status=422)
    assert page.errors == ["Pilih suratnya.", "Cocokkan dulu nama di surat dengan KTP."]
    page = page.submit("Surat sudah saya lihat", surat="jkp", cocok=True)
    assert "Bukti klaim JKP dari BPJS Ketenagakerjaan" in page.main
    assert "Petugas lain yang bisa mengubahnya" in page.main
    assert Notice.select().count() == 0
    home = budi.visitor.open("/petugas")
    page = home.click("Bukti kelompok 1 menunggu petugas kedua").click("Siti Marlina")
    page = page.submit("Simpan pemeriksaan", status=422)
    page = page.submit("Simpan pemeriksaan", putusan="terima")
    assert "Dicatat. Pendaftar sudah dikabari." in page.main
    assert GroupClaim.get().state == "confirmed"
    assert Notice.get().title == "Ada kabar tentang bukti Anda"


def test_the_same_person_twice_is_forbidden(signed: Signed, siti: Application) -> None:
    dewi = signed("manager", "dewi.anggraini")
    claim = GroupClaim.get()
    path = f"/petugas/kelompok/{claim.id}"
    page = dewi.visitor.open(path).submit("Surat sudah saya lihat", surat="surat", cocok=True)
    data = {"csrf_token": page.forms[0].values["csrf_token"], "seen": group_claims.mark(GroupClaim.get())}
    for said in ("terima", "nama"):
        answer = dewi.visitor.ask("POST", f"{path}/periksa", data=data | {"putusan": said})
        assert answer.status_code == 403
        assert "Perlu petugas lain" in answer.get_data(as_text=True)
    assert GroupClaim.get().state == "seen"


def test_a_refusal_has_a_reason_and_a_confirmed_claim_can_still_be_refused(
    signed: Signed, siti: Application
) -> None:
    dewi, budi, ratna = (signed("officer", name) for name in ("dewi.a", "budi.b", "ratna.c"))
    path = f"/petugas/kelompok/{GroupClaim.get().id}"
    dewi.visitor.open(path).submit("Surat sudah saya lihat", surat="surat", cocok=True)
    budi.visitor.open(path).submit("Simpan pemeriksaan", putusan="terima")
    assert "Simpan pemeriksaan" not in [
        words for form in budi.visitor.open(path).forms for words in form.buttons
    ]
    page = ratna.visitor.open(path)
    assert "Kelompok ini sudah dihitung" in page.main
    page = page.submit("Simpan pemeriksaan", putusan="ragu")
    assert "tidak diterima: Keaslian surat belum jelas" in page.main
    assert GroupClaim.get().state == "refused"
    assert {"Keaslian surat" in notice.body for notice in Notice.select()} == {True, False}
    assert "Surat sudah saya lihat" in [words for form in page.forms for words in form.buttons]


def test_the_slower_of_two_officers_is_told(signed: Signed, siti: Application) -> None:
    path = f"/petugas/kelompok/{GroupClaim.get().id}"
    opened = [signed("officer", name).visitor.open(path) for name in ("dewi.a", "budi.b")]
    opened[0].submit("Surat sudah saya lihat", surat="surat", cocok=True)
    page = opened[1].submit("Surat sudah saya lihat", surat="jkp", cocok=True, status=409)
    assert "Orang lain baru saja mengubah ini" in page.main
    assert GroupClaim.get().evidence == "Surat PHK dari perusahaan"


def test_after_the_freeze_nothing_is_offered_and_nothing_is_done(signed: Signed, siti: Application) -> None:
    dewi = signed("officer", "dewi.a")
    path = f"/petugas/kelompok/{GroupClaim.get().id}"
    before = dewi.visitor.open(path)
    Draw.create(
        wave=siti.wave,
        promise=b"{}",
        promise_sha256="0" * 64,
        promised_at=NOW,
        promised_by=dewi.staff,
        draw_at=NOW,
        frozen_at=NOW,
    )
    page = before.submit("Surat sudah saya lihat", surat="surat", cocok=True, status=409)
    assert "sudah dikunci" in page.main
    page = dewi.visitor.open(path)
    assert "Daftar peserta sudah dikunci" in page.main
    assert "Surat sudah saya lihat" not in [words for form in page.forms for words in form.buttons]
    assert GroupClaim.get().state == "claimed"


def test_an_auditor_sees_and_does_nothing(signed: Signed, siti: Application) -> None:
    page = signed("auditor").visitor.open("/petugas/kelompok").click("Siti Marlina")
    assert "Belum ada surat yang dilihat" in page.main
    assert [words for form in page.forms for words in form.buttons if "Surat" in words] == []


def test_officers_see_the_claims_of_their_district(signed: Signed, siti: Application, office: object) -> None:
    rows.application(rows.applicant(rows.nik(9), "Orang Jauh", district="35.08.01"), siti.wave)
    far = (
        Application.select().order_by(Application.submitted_at.desc()).where(Application.id != siti.id).get()
    )
    rows.group_claim(far)
    page = signed("officer", "dewi.a", "Posko Sukodono").visitor.open("/petugas/kelompok")
    assert "Siti Marlina" in page.main
    assert "Orang Jauh" not in page.main
    assert "Belum ada surat yang dilihat: 1" in page.main
    assert "Orang Jauh" in signed("manager").visitor.open("/petugas/kelompok").main


def test_what_is_no_claim_is_not_found(signed: Signed, database: object) -> None:
    visitor = signed("officer", "dewi.a").visitor
    visitor.open("/petugas/kelompok/1", 404)
    visitor.open("/petugas/kelompok/99999999999999999999", 404)
