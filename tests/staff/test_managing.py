"""/petugas/akun: the accounts of the office in a manager's hands."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from app.clock import FixedClock
from app.models import AuditLine, Posko, Staff, StaffCode
from app.services import audit, staff_managing
from app.services.ledger import Actor
from app.services.office import OfficeFacts
from app.services.wave_control import Changed
from tests.conftest import PUBLIC_URL
from tests.pages import Page, Visitor
from tests.staff import rows
from tests.staff.conftest import Signed
from tests.staff.rows import PASSWORD, Officer

DEWI = {"nama": "Dewi Anggraini", "pengguna": "dewi.a", "peran": "officer", "posko": "Posko Sukodono"}


def _code(page: Page) -> str:
    found = re.findall(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b", page.main)
    assert len(found) == 1, page.main
    return str(found[0])


def _account(boss: Officer, name: str) -> Page:
    return boss.visitor.open("/petugas/akun").click(name)


def test_a_manager_invites_an_officer_who_enrols_alone(
    signed: Signed, visitor: Visitor, clock: FixedClock
) -> None:
    boss = signed("manager")
    page = boss.visitor.open("/petugas").click("Akun petugas Undangan, peran, kode baru")
    page = page.click("Undang petugas").submit("Buat undangan", DEWI | {"kode": boss.digits}, status=200)
    assert page.h1 == "Berikan undangan ini"
    code = _code(page)
    assert code not in boss.visitor.open("/petugas/akun").text, "shown once"
    row = Staff.get(Staff.username == "dewi.a")
    assert (row.role, row.posko.name, row.name) == ("officer", "Posko Sukodono", "Dewi Anggraini")
    assert "Diundang" in boss.visitor.open("/petugas/akun").main
    page = visitor.open("/petugas/undangan").submit(kode=code).submit(sandi=PASSWORD, ulang=PASSWORD)
    secret = str(Staff.get_by_id(row.id).totp_secret)
    page.submit(kode=pyotp.TOTP(secret).at(clock.now()), status=200)
    line = AuditLine.get((AuditLine.verb == "staff.invite") & (AuditLine.subject == f"staff:{row.id}"))
    assert (line.actor, line.detail) == ("staff:manager.satu", "officer")
    assert audit.verify()[1] is None


def test_what_is_wrong_is_said_and_kept_and_uses_up_no_code(signed: Signed) -> None:
    boss = signed("manager")
    rows_before = Staff.select().count()
    page = boss.visitor.open("/petugas/akun/baru")
    digits = boss.digits
    page = page.submit("Buat undangan", DEWI | {"nama": "", "pengguna": "", "kode": ""}, status=422)
    assert [words.split()[1] for words in page.errors] == ["nama", "nama", "kode"]
    for name, words in (
        ("manager.satu", "sudah ada"),
        ("dewi anggraini", "huruf kecil"),
        ("é", "huruf kecil"),
    ):
        page = page.submit("Buat undangan", DEWI | {"pengguna": name, "kode": digits}, status=422)
        assert words in page.errors[0]
    assert Staff.select().count() == rows_before
    page.submit("Buat undangan", DEWI | {"kode": digits}, status=200)


@pytest.mark.parametrize("what", ["baru", "ubah", "matikan", "sandi", "ulang"])
def test_nothing_happens_without_fresh_digits(signed: Signed, clock: FixedClock, what: str) -> None:
    """A tablet that lies open on a table invites nobody."""
    dewi, boss = signed("officer", "dewi.lama", "Posko Sukodono"), signed("manager")
    used = pyotp.TOTP(boss.secret).at(clock.now())
    path = "/petugas/akun/baru" if what == "baru" else f"/petugas/akun/{dewi.staff.id}/{what}"
    before = sorted(map(str, Staff.select().tuples())), StaffCode.select().count()
    said = DEWI if what == "baru" else {}
    for digits in (lambda: "000000", lambda: used, lambda: dewi.digits):
        page = boss.visitor.open(path)
        button = page.form(None, "kode").buttons[0]
        page = page.submit(button, said | {"kode": digits()}, status=422)
        assert "Kode belum benar" in page.errors[0]
    assert (sorted(map(str, Staff.select().tuples())), StaffCode.select().count()) == before
    assert dewi.visitor.open("/petugas").path == "/petugas"


def test_wrong_digits_are_counted_as_wrong_sign_ins_are(signed: Signed) -> None:
    boss = signed("manager")
    page = boss.visitor.open("/petugas/akun/baru")
    for _ in range(5):
        page = page.submit("Buat undangan", DEWI | {"kode": "000000"}, status=422)
    page.submit("Buat undangan", DEWI | {"kode": "000000"}, status=429)


def test_switched_off_at_once_and_on_again(signed: Signed) -> None:
    boss, dewi = signed("manager"), signed("officer", "dewi.a", "Posko Sukodono")
    page = _account(boss, "Dewi A").click("Matikan akun").submit("Matikan akun", kode=boss.digits)
    assert "Dimatikan" in page.main
    assert dewi.visitor.open("/petugas").path == "/petugas/masuk"
    dewi.visitor.open("/petugas/masuk").submit(nama="dewi.a", sandi=PASSWORD, status=422)
    page = page.click("Hidupkan akun").submit("Hidupkan akun", kode=boss.digits)
    assert "Aktif" in page.main
    assert dewi.sign_in().path == "/petugas"
    verbs = [line.verb for line in AuditLine.select().where(AuditLine.actor == "staff:manager.satu")]
    assert [verb for verb in verbs if verb.startswith("staff.") and "sign_in" not in verb][-2:] == [
        "staff.disable",
        "staff.enable",
    ]


def test_a_new_password_and_a_whole_new_start(signed: Signed, visitor: Visitor, clock: FixedClock) -> None:
    boss, dewi = signed("manager"), signed("officer", "dewi.a")
    page = _account(boss, "Dewi A").click("Lupa kata sandi")
    page = page.submit("Buat undangan", kode=boss.digits, status=200)
    assert "aplikasi kode yang sudah dipasang" in page.main
    first = _code(page)
    page = _account(boss, "Dewi A").click("HP hilang")
    page = page.submit("Mulai dari awal", kode=boss.digits, status=200)
    assert dewi.visitor.open("/petugas").path == "/petugas/masuk"
    assert Staff.get_by_id(dewi.staff.id).totp_secret is None
    visitor.open("/petugas/undangan").submit(kode=first, status=422)  # one invitation at a time
    assert visitor.open("/petugas/undangan").submit(kode=_code(page)).path == "/petugas/undangan/sandi"
    details = [line.detail for line in AuditLine.select().where(AuditLine.verb == "staff.invite_again")]
    assert details == ["", "new phone"]


def test_another_role_and_place_act_at_the_next_click(signed: Signed) -> None:
    boss, dewi = signed("manager"), signed("officer", "dewi.a", "Posko Sukodono")
    Posko.update(active=False).where(Posko.name == "Posko Sukodono").execute()
    page = _account(boss, "Dewi A").click("Ubah peran atau posko")
    page = page.submit("Simpan", peran="verifier", kode=boss.digits)  # the closed post may stay
    assert Staff.get_by_id(dewi.staff.id).posko.name == "Posko Sukodono"
    page = page.click("Ubah peran atau posko").submit("Simpan", posko="kantor", kode=boss.digits)
    row = Staff.get_by_id(dewi.staff.id)
    assert (row.role, row.posko) == ("verifier", None)
    dewi.visitor.open("/petugas/siaran")
    assert AuditLine.select().where(AuditLine.verb == "staff.change").count() == 2


def test_nobody_touches_the_own_account(signed: Signed) -> None:
    boss = signed("manager")
    page = _account(boss, "Manager Satu")
    assert "Ini akun Anda sendiri" in page.main
    assert "Matikan akun" not in page.links
    for what in ("ubah", "matikan", "sandi", "ulang"):
        path = f"/petugas/akun/{boss.staff.id}/{what}"
        assert "akun Anda sendiri" in boss.visitor.open(path, 409).text
        token = page.forms[0].values["csrf_token"]
        data = {"csrf_token": token, "kode": boss.digits, "seen": staff_managing.mark(boss.staff)}
        data |= {"peran": "officer", "posko": "kantor"}
        assert boss.visitor.ask("POST", path, data=data).status_code == 409
    row = Staff.get_by_id(boss.staff.id)
    assert (row.role, row.active, row.enrolled_at) == ("manager", True, boss.staff.enrolled_at)


def test_two_managers_who_switch_each_other_off_leave_one(signed: Signed, clock: FixedClock) -> None:
    one, other = signed("manager"), signed("manager", "hadi.lain")
    pages = {
        who.staff.id: who.visitor.open(f"/petugas/akun/{whom.staff.id}/matikan")
        for who, whom in ((one, other), (other, one))
    }
    pages[one.staff.id].submit("Matikan akun", kode=one.digits)
    assert other.visitor.open("/petugas").path == "/petugas/masuk"
    with pytest.raises(Changed):  # had the second been in the middle of it
        staff_managing.switch_off(
            one.staff.id, staff_managing.mark(one.staff), Actor("staff", other.staff), clock.now()
        )
    assert [row.username for row in Staff.select().where((Staff.role == "manager") & Staff.active)] == [
        "manager.satu"
    ]


def test_whoever_looked_at_an_older_account_is_told(signed: Signed) -> None:
    boss, other, dewi = signed("manager"), signed("manager", "hadi.lain"), signed("officer", "dewi.a")
    page = boss.visitor.open(f"/petugas/akun/{dewi.staff.id}/matikan")
    edit = other.visitor.open(f"/petugas/akun/{dewi.staff.id}/ubah")
    edit.submit("Simpan", peran="auditor", kode=other.digits)
    assert "Sudah berubah" in page.submit("Matikan akun", kode=boss.digits, status=409).h1
    assert Staff.get_by_id(dewi.staff.id).active


def test_the_auditor_sees_who_there_is(signed: Signed) -> None:
    page = signed("auditor").visitor.open("/petugas/akun")
    assert "auditor.satu" in page.main
    assert "Undang petugas" not in page.links
    assert "Auditor Satu" not in page.links


def test_a_code_is_made_for_an_account_that_is_open(signed: Signed, clock: FixedClock) -> None:
    boss, dewi = signed("manager"), signed("officer", "dewi.a")
    Staff.update(active=False).where(Staff.id == dewi.staff.id).execute()
    path = f"/petugas/akun/{dewi.staff.id}"
    assert boss.visitor.open(f"{path}/ulang").path == path
    with pytest.raises(Changed):
        staff_managing.invite_again(
            dewi.staff.id,
            staff_managing.mark(Staff.get_by_id(dewi.staff.id)),
            Actor("staff", boss.staff),
            clock.now(),
            new_phone=True,
        )


def test_an_invitation_lasts_a_day(
    signed: Signed, app: Flask, office: OfficeFacts, clock: FixedClock
) -> None:
    boss = signed("manager")
    page = boss.visitor.open("/petugas/akun/baru")
    code = _code(page.submit("Buat undangan", DEWI | {"kode": boss.digits}, status=200))
    clock.move(timedelta(hours=24, seconds=1))
    Visitor(app, PUBLIC_URL).open("/petugas/undangan").submit(kode=code, status=422)
    assert rows.posko().active
