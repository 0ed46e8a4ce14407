"""/petugas/posko: help posts in a manager's hands."""

from __future__ import annotations

import pytest
from flask import Flask

from app.models import AuditLine, Posko
from app.services import posko
from app.services.ledger import Actor
from app.services.wave_control import Problems
from tests.conftest import NOW, PUBLIC_URL
from tests.pages import Visitor
from tests.staff import rows
from tests.staff.conftest import Signed

SAID = {
    "nama": "Posko Klakah",
    "kecamatan": "35.08.19",
    "alamat": "Balai desa Klakah, Jalan Raya 12",
    "telepon": "0334-555-014",
    "jam": "Senin sampai Kamis, pukul 08.00-12.00",
}


def test_a_post_is_added_and_stands_on_the_public_page(signed: Signed, visitor: Visitor) -> None:
    boss = signed("manager")
    page = boss.visitor.open("/petugas").click("Posko Alamat, telepon, jam buka").click("Tambah posko")
    page = page.submit("Simpan", SAID)
    assert page.path == "/petugas/posko"
    assert "Posko Klakah ditambahkan." in page.main
    for words in ("Kec. Klakah", "Jalan Raya 12", "(0334) 555014"):
        assert words in page.main
    public = visitor.open("/posko").main
    for words in ("Posko Klakah", "(0334) 555014", "Buka Senin sampai Kamis, pukul 08.00-12.00"):
        assert words in public
    row = Posko.get(Posko.name == "Posko Klakah")
    line = AuditLine.get(AuditLine.verb == "posko.add")
    assert (line.actor, line.subject) == ("staff:manager.satu", f"posko:{row.id}")


def test_what_is_wrong_is_said_at_once_and_what_was_typed_is_kept(signed: Signed) -> None:
    page = signed("manager").visitor.open("/petugas/posko/baru")
    bad = {"nama": "", "alamat": "", "telepon": "12"}  # and no district, as the page comes
    page = page.submit("Simpan", bad, status=422)
    assert [error.split()[0] for error in page.errors] == ["Isi", "Pilih", "Isi", "Nomor"]
    page = page.submit("Simpan", SAID | {"nama": "posko SUKODONO"}, status=422)
    assert page.errors == [posko.TAKEN]
    assert page.submit("Simpan", SAID).path == "/petugas/posko"


def test_a_change_keeps_what_is_not_touched(signed: Signed) -> None:
    boss = signed("manager")
    Posko.update(phone="+62334555014").where(Posko.name == "Posko Sukodono").execute()
    page = boss.visitor.open("/petugas/posko").click("Posko Sukodono")
    assert page.h1 == "Ubah posko"
    page = page.submit("Simpan", alamat="Pasar Sukodono")
    row = rows.posko()
    assert (row.address, row.phone, row.active) == ("Pasar Sukodono", "+62334555014", True)
    assert AuditLine.select().where(AuditLine.verb == "posko.change").count() == 1


def test_a_closed_post_is_offered_nowhere_and_stays_where_it_was_written(
    signed: Signed, visitor: Visitor, app: Flask
) -> None:
    boss, dewi = signed("manager"), signed("officer", "dewi.a", "Posko Sukodono")
    page = boss.visitor.open("/petugas/posko").click("Posko Sukodono").click("Tutup posko")
    assert "1 petugas masih bertugas di sini" in page.main
    page = page.submit("Tutup posko")
    assert "Posko ditutup." in page.main
    assert "Posko Sukodono" not in visitor.open("/posko").main
    assert "Posko Sukodono" not in boss.visitor.open("/petugas/akun/baru").main
    assert "Posko Sukodono" not in boss.visitor.open("/petugas/siaran/baru").main
    assert "Posko Sukodono" in dewi.visitor.open("/petugas").text, "her account names it still"
    assert "Posko Sukodono (ditutup)" in boss.visitor.open("/petugas/akun").main
    page = boss.visitor.open("/petugas/posko").click("Posko Sukodono").click("Buka lagi").submit("Buka lagi")
    assert "Posko Sukodono" in visitor.open("/posko").main
    verbs = [line.verb for line in AuditLine.select().where(AuditLine.verb.startswith("posko."))]
    assert verbs == ["posko.close", "posko.open"]


def test_whoever_looked_at_an_older_post_is_told(signed: Signed) -> None:
    boss, other = signed("manager"), signed("manager", "hadi.lain")
    edit = boss.visitor.open("/petugas/posko").click("Posko Sukodono")
    shut = edit.click("Tutup posko")
    other.visitor.open("/petugas/posko").click("Posko Sukodono").submit("Simpan", alamat="Pasar")
    assert "Sudah berubah" in edit.submit("Simpan", alamat="Lain", status=409).h1
    assert "Sudah berubah" in shut.submit("Tutup posko", status=409).h1
    assert (rows.posko().address, rows.posko().active) == ("Pasar", True)


def test_opening_what_is_open_leads_to_the_list(signed: Signed) -> None:
    boss, row = signed("manager"), rows.posko()
    assert boss.visitor.open(f"/petugas/posko/{row.id}/buka").path == "/petugas/posko"


def test_two_who_add_the_same_name_make_one(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second finds out from the database: between its look and its row the first was there."""
    boss = signed("manager")
    said = posko.Facts("Posko Sukodono", "35.08.15", "Pasar")
    monkeypatch.setattr(posko, "named", lambda _: None)
    with pytest.raises(Problems):
        posko.add(said, Actor("staff", boss.staff), NOW)
    assert Posko.select().where(Posko.name == "Posko Sukodono").count() == 1


def test_the_auditor_reads_and_changes_nothing(signed: Signed) -> None:
    page = signed("auditor").visitor.open("/petugas/posko")
    assert "Posko Sukodono" in page.main
    assert "Posko Sukodono" not in page.links
    assert "Tambah posko" not in page.links


def test_hours_of_its_own_stand_beside_those_of_the_office(signed: Signed, app: Flask) -> None:
    office = "Senin sampai Jumat, pukul 08.00-15.00"
    page = Visitor(app, PUBLIC_URL).open("/posko").main
    assert f"Buka {office}." in page
    Posko.update(hours="Sabtu, pukul 09.00-11.00").where(Posko.name == "Posko Sukodono").execute()
    page = Visitor(app, PUBLIC_URL).open("/posko").main
    assert "Buka Sabtu, pukul 09.00-11.00" in page
    assert f"Yang lain buka {office}." in page
