"""From an invitation to a session, and out again."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.clock import FixedClock
from app.models import AuditLine, Session, Staff, StaffCode
from app.rules import qr
from app.services import staff_signin
from app.services.office import OfficeFacts
from tests.conftest import PUBLIC_URL
from tests.pages import Page, Visitor
from tests.staff import rows
from tests.staff.conftest import Signed
from tests.staff.rows import PASSWORD


def _invite(runner: FlaskCliRunner, *more: str) -> str:
    result = runner.invoke(args=["staff", "invite", "dewi.anggraini", *more])
    assert result.exit_code == 0, result.output
    found = re.search(r"^code +(\S+)$", result.output, re.MULTILINE)
    assert found
    return found[1]


def _secret() -> str:
    return str(Staff.get(Staff.username == "dewi.anggraini").totp_secret)


def _enrol(visitor: Visitor, code: str, clock: FixedClock) -> Page:
    page = visitor.open("/petugas/undangan").submit(kode=code)
    page = page.submit(sandi=PASSWORD, ulang=PASSWORD)
    return page.submit(kode=pyotp.TOTP(_secret()).at(clock.now()), status=200)


def test_an_invited_person_becomes_an_officer(
    runner: FlaskCliRunner, visitor: Visitor, clock: FixedClock
) -> None:
    code = _invite(runner, "--name", "Dewi Anggraini", "--posko", "Posko Sukodono")
    page = _enrol(visitor, code.lower().replace("-", " "), clock)
    recovery = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", page.main)
    assert len(set(recovery)) == 10
    page = page.click("Sudah dicatat, masuk")
    page = page.submit(nama="Dewi.Anggraini", sandi=PASSWORD)
    assert page.path == "/petugas/masuk/kode"
    clock.move(timedelta(seconds=30))
    page = page.submit(kode=pyotp.TOTP(_secret()).at(clock.now()))
    assert page.path == "/petugas"
    assert "Posko Sukodono" in page.text
    verbs = [line.verb for line in AuditLine.select().order_by(AuditLine.id)]
    assert verbs[-3:] == ["staff.invite", "staff.enrol", "staff.sign_in"]


def test_the_page_offers_the_secret_as_a_picture_and_as_text(
    runner: FlaskCliRunner, visitor: Visitor, clock: FixedClock
) -> None:
    page = visitor.open("/petugas/undangan").submit(kode=_invite(runner, "--name", "Dewi"))
    page = page.submit(sandi=PASSWORD, ulang=PASSWORD)
    assert _secret() in page.main.replace(" ", "")
    assert "otpauth" not in page.html  # only inside the picture
    issuer = "Gelombang%20Dinas%20Tenaga%20Kerja%20Kab.%20Lumajang"
    address = f"otpauth://totp/{issuer}:dewi.anggraini?secret={_secret()}&issuer={issuer}"
    drawn = qr.draw(address)
    assert f'viewBox="0 0 {drawn.size} {drawn.size}"><path d="{drawn.path}"/>' in page.html
    code = pyotp.parse_uri(address).at(clock.now())
    assert code == pyotp.TOTP(_secret()).at(clock.now())
    page = page.submit(kode="000000", status=422)
    assert Staff.get().enrolled_at is None


def test_an_invitation_works_once_and_for_a_day(
    runner: FlaskCliRunner, visitor: Visitor, clock: FixedClock, app: Flask
) -> None:
    code = _invite(runner, "--name", "Dewi")
    _enrol(visitor, code, clock)
    page = Visitor(app, PUBLIC_URL).open("/petugas/undangan").submit(kode=code, status=422)
    assert "Minta yang baru" in page.errors[0]
    second = _invite(runner, "--new-phone")
    clock.move(timedelta(hours=24))
    Visitor(app, PUBLIC_URL).open("/petugas/undangan").submit(kode=second, status=422)


def test_two_windows_with_one_invitation_make_one_account(
    runner: FlaskCliRunner, visitor: Visitor, clock: FixedClock, app: Flask
) -> None:
    code, other = _invite(runner, "--name", "Dewi"), Visitor(app, PUBLIC_URL)
    late = other.open("/petugas/undangan").submit(kode=code)
    _enrol(visitor, code, clock)
    late.submit(sandi=PASSWORD + " lain", ulang=PASSWORD + " lain", status=410)
    other.open("/petugas/undangan/kode", 410)


def test_nobody_enrols_without_a_code(visitor: Visitor, office: OfficeFacts) -> None:
    visitor.open("/petugas/undangan/sandi", 410)
    visitor.open("/petugas/undangan/kode", 410)
    visitor.open("/petugas/undangan").submit(kode="ABCD-EFGH-JKMN-PQRS", status=422)


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("pendek17 xy", "pendek17 xy", "paling sedikit 12"),
        ("password1234", "password1234", "pertama dicoba"),
        ("gerobak biru 99", "gerobak biru 98", "belum sama"),
        ("dewi.anggraini 7 kuda", "dewi.anggraini 7 kuda", "nama pengguna"),
        ("", "", "Isi kata sandi"),
    ],
)
@pytest.mark.only_on("sqlite")
def test_a_poor_password_is_refused(
    runner: FlaskCliRunner, visitor: Visitor, password: str, again: str, words: str
) -> None:
    page = visitor.open("/petugas/undangan").submit(kode=_invite(runner, "--name", "Dewi"))
    page = page.submit(sandi=password, ulang=again, status=422)
    assert words in page.errors[0]
    assert Staff.get().password_hash == ""


def test_a_forgotten_password_keeps_the_second_factor(
    runner: FlaskCliRunner, visitor: Visitor, clock: FixedClock, signed: Signed
) -> None:
    dewi = signed("officer", "dewi.anggraini")
    page = visitor.open("/petugas/undangan").submit(kode=_invite(runner, "--again"))
    new = "gerobak tujuh pisang"
    page = page.submit(sandi=new, ulang=new, kode="000000", status=422)
    dewi.visitor.open("/petugas")
    page = page.submit(sandi=new, ulang=new, kode=dewi.digits)
    assert page.path == "/petugas/masuk"
    assert dewi.visitor.open("/petugas").path == "/petugas/masuk"  # signed out everywhere
    page.submit(nama="dewi.anggraini", sandi=PASSWORD, status=422)
    assert page.submit(nama="dewi.anggraini", sandi=new).path == "/petugas/masuk/kode"


def test_a_lost_phone_starts_anew(
    runner: FlaskCliRunner, visitor: Visitor, signed: Signed, clock: FixedClock
) -> None:
    dewi = signed("officer", "dewi.anggraini")
    old = _secret()
    code = _invite(runner, "--new-phone")
    assert dewi.visitor.open("/petugas").path == "/petugas/masuk"
    visitor.open("/petugas/masuk").submit(nama="dewi.anggraini", sandi=PASSWORD, status=422)
    _enrol(visitor, code, clock)
    assert _secret() != old


def _cookie(visitor: Visitor) -> str:
    found = visitor.http.get_cookie("petugas", domain="127.0.0.1")
    assert found is not None
    return str(found.value)


# signing in ---------------------------------------------------------------------------------------


def test_the_cookie_changes_at_each_step_and_the_old_one_opens_nothing(signed: Signed) -> None:
    dewi = signed()
    visitor = dewi.visitor
    visitor.open("/petugas/perangkat").submit("Keluar")
    cookies = []
    page = visitor.open("/petugas/masuk")
    for answers in ({"nama": dewi.staff.username, "sandi": PASSWORD}, {"kode": dewi.digits}):
        page = page.submit(None, answers)
        cookies.append(_cookie(visitor))
    assert cookies[0] != cookies[1]
    visitor.http.set_cookie("petugas", cookies[0], domain="127.0.0.1")
    assert visitor.open("/petugas").path == "/petugas/masuk"


def test_a_password_alone_opens_nothing(app: Flask, office: OfficeFacts, clock: FixedClock) -> None:
    dewi = rows.officer(app, clock)
    page = dewi.visitor.open("/petugas/masuk").submit(nama=dewi.staff.username, sandi=PASSWORD)
    assert page.path == "/petugas/masuk/kode"
    for path in ("/petugas", "/petugas/cari", "/petugas/gelombang", "/petugas/perangkat"):
        assert dewi.visitor.open(path).path == "/petugas/masuk"


def test_the_same_answer_for_every_wrong_sign_in(
    app: Flask, visitor: Visitor, signed: Signed, runner: FlaskCliRunner
) -> None:
    dewi = signed("officer", "dewi.anggraini")
    runner.invoke(args=["staff", "invite", "baru.sekali", "--name", "Baru"])
    runner.invoke(args=["staff", "disable", "dewi.anggraini"])
    pages = [
        visitor.open("/petugas/masuk").submit(nama=name, sandi=secret, status=422)
        for name, secret in (
            (dewi.staff.username, PASSWORD),
            ("tidak.ada", PASSWORD),
            ("baru.sekali", PASSWORD),
            ("baru.sekali", "x" * 12),
        )
    ]
    assert len({page.main for page in pages}) == 1


def test_a_code_is_good_once(signed: Signed, app: Flask, clock: FixedClock) -> None:
    dewi = signed()
    digits = pyotp.TOTP(dewi.secret).at(clock.now())  # the one that was just used
    page = Visitor(app, PUBLIC_URL).open("/petugas/masuk").submit(nama=dewi.staff.username, sandi=PASSWORD)
    page = page.submit(kode=digits, status=422)
    clock.move(timedelta(seconds=30))
    page = page.submit(kode=digits, status=422)  # a half minute old
    assert page.submit(kode=pyotp.TOTP(dewi.secret).at(clock.now())).path == "/petugas"


def test_three_wrong_codes_end_the_half_session(signed: Signed, app: Flask) -> None:
    dewi = signed()
    page = Visitor(app, PUBLIC_URL).open("/petugas/masuk").submit(nama=dewi.staff.username, sandi=PASSWORD)
    for _ in range(2):
        page = page.submit(kode="000000", status=422)
    page = page.submit(kode="000000")
    assert page.path == "/petugas/masuk"
    assert "tiga kali" in page.main
    assert Session.select().where((Session.kind == "half") & Session.revoked_at.is_null()).count() == 0


def test_a_recovery_code_replaces_the_phone_once(
    runner: FlaskCliRunner, visitor: Visitor, clock: FixedClock
) -> None:
    page = _enrol(visitor, _invite(runner, "--name", "Dewi"), clock)
    recovery = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", page.main)
    page = visitor.open("/petugas/masuk").submit(nama="dewi.anggraini", sandi=PASSWORD)
    page = page.click("HP hilang? Pakai kode cadangan").submit(kode=recovery[3])
    assert page.path == "/petugas/perangkat"
    page.submit("Keluar")
    page = visitor.open("/petugas/masuk").submit(nama="dewi.anggraini", sandi=PASSWORD)
    page.click("HP hilang? Pakai kode cadangan").submit(kode=recovery[3], status=422)
    assert AuditLine.select().where(AuditLine.verb == "staff.sign_in_recovery").count() == 1


def test_secrets_are_hashed_or_sealed(runner: FlaskCliRunner, visitor: Visitor, clock: FixedClock) -> None:
    code = _invite(runner, "--name", "Dewi")
    page = _enrol(visitor, code, clock)
    recovery = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", page.main)
    stored = b" ".join(bytes(row.code_hash) for row in StaffCode.select())
    staff = Staff.select(Staff.password_hash, Staff.totp_secret).dicts().get()
    for secret in (code, *recovery, PASSWORD, _secret()):
        assert secret.replace("-", "").encode() not in stored
        assert secret.encode() not in bytes(staff["totp_secret"])
    assert re.fullmatch(r"1\$argon2id\$v=19\$m=7168,t=5,p=1\$.+", staff["password_hash"])


# limits -------------------------------------------------------------------------------------------


def _guess(visitor: Visitor, name: str, status: int = 422) -> Page:
    return visitor.open("/petugas/masuk").submit(nama=name, sandi="tebakan belaka", status=status)


@pytest.mark.parametrize("known", [True, False])
def test_five_wrong_then_wait_a_quarter_of_an_hour(
    app: Flask, office: OfficeFacts, clock: FixedClock, known: bool
) -> None:
    name = rows.officer(app, clock).staff.username if known else "tidak.ada"
    visitor = Visitor(app, PUBLIC_URL)
    for _ in range(5):
        _guess(visitor, name)
    _guess(visitor, name, 429)
    page = visitor.open("/petugas/masuk").submit(nama=name, sandi=PASSWORD, status=429)
    assert "menit lagi." in page.text
    response = page.response
    assert int(response.headers["Retry-After"]) == 900
    clock.move(timedelta(minutes=15))
    _guess(visitor, name)


def test_twenty_a_day_for_an_account(app: Flask, office: OfficeFacts, clock: FixedClock) -> None:
    name = rows.officer(app, clock).staff.username
    for n in range(20):
        _guess(Visitor(app, PUBLIC_URL, address=f"10.0.0.{n}"), name)
        clock.move(timedelta(minutes=4))
    _guess(Visitor(app, PUBLIC_URL, address="10.0.1.1"), name, 429)


def test_thirty_a_day_for_an_address(app: Flask, office: OfficeFacts, clock: FixedClock) -> None:
    attacker = Visitor(app, PUBLIC_URL, address="10.9.9.9")
    for n in range(30):
        _guess(attacker, f"nama.{n}")
    _guess(attacker, "nama.31", 429)
    _guess(Visitor(app, PUBLIC_URL, address="10.9.9.8"), "nama.31")


def test_outsiders_cannot_keep_an_officer_out_of_the_own_tablet(signed: Signed, app: Flask) -> None:
    dewi = signed()
    dewi.visitor.open("/petugas/perangkat").submit("Keluar")
    attacker = Visitor(app, PUBLIC_URL, address="10.9.9.9")
    for _ in range(5):
        _guess(attacker, dewi.staff.username)
    _guess(attacker, dewi.staff.username, 429)
    assert dewi.sign_in().path == "/petugas"


def test_wrong_codes_count_as_wrong_tries(app: Flask, office: OfficeFacts, clock: FixedClock) -> None:
    dewi = rows.officer(app, clock)
    for status in (200, 429):
        visitor = Visitor(app, PUBLIC_URL)
        page = visitor.open("/petugas/masuk").submit(nama=dewi.staff.username, sandi=PASSWORD)
        for _ in range(2):
            page = page.submit(kode="000000", status=422)
        page.submit(kode="000000", status=status if status == 429 else None)
    assert [limit.most for limit in staff_signin.LIMITS] == [5, 20, 30]


# sessions -----------------------------------------------------------------------------------------


def test_ten_minutes_without_a_page_and_twelve_hours_at_most(signed: Signed, clock: FixedClock) -> None:
    dewi = signed()
    clock.move(timedelta(minutes=9, seconds=59))
    assert dewi.visitor.open("/petugas").path == "/petugas"
    clock.move(timedelta(minutes=10))
    page = dewi.visitor.open("/petugas/gelombang")
    assert page.path == "/petugas/masuk"
    assert "Anda sudah keluar: tablet ini 10 menit tidak dipakai" in page.text
    assert "Yang baru Anda ketik" not in page.text
    assert "Anda sudah keluar" not in dewi.visitor.open("/petugas").text  # said once
    dewi.sign_in()
    for _ in range(12 * 8 - 1):
        clock.move(timedelta(minutes=7, seconds=30))
        assert dewi.visitor.open("/petugas").path == "/petugas"
    clock.move(timedelta(minutes=8))
    assert dewi.visitor.open("/petugas").path == "/petugas/masuk"


def test_what_was_typed_too_late_is_told_to_be_lost(signed: Signed, clock: FixedClock) -> None:
    dewi = signed()
    one = rows.application(rows.applicant(), rows.wave())
    page = dewi.visitor.open(f"/petugas/pendaftar/{one.id}/betulkan")
    clock.move(timedelta(minutes=11))
    page = page.submit("Tandai dan kabari", alasan="data_incomplete", catatan="Panjang sekali.")
    assert page.path == "/petugas/masuk"
    assert "Yang baru Anda ketik belum tersimpan" in page.text


def test_whoever_was_not_signed_in_is_told_nothing_of_it(app: Flask, office: OfficeFacts) -> None:
    assert "Anda sudah keluar" not in Visitor(app, PUBLIC_URL).open("/petugas").text


def test_after_signing_in_one_goes_on_where_one_was(signed: Signed, clock: FixedClock) -> None:
    dewi = signed()
    clock.move(timedelta(minutes=11))
    page = dewi.visitor.open("/petugas/gelombang").submit(nama=dewi.staff.username, sandi=PASSWORD)
    assert page.submit(kode=dewi.digits).path == "/petugas/gelombang"


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https:evil.example", "%2f%2fevil.example"]
)
def test_after_signing_in_one_never_leaves_the_site(
    app: Flask, office: OfficeFacts, clock: FixedClock, target: str
) -> None:
    dewi = rows.officer(app, clock)
    page = dewi.visitor.open(f"/petugas/masuk?lanjut={target}").submit(
        nama=dewi.staff.username, sandi=PASSWORD
    )
    assert page.submit(kode=dewi.digits).path == "/petugas"


def test_signing_out_and_disabling_act_on_the_server(signed: Signed, runner: FlaskCliRunner) -> None:
    dewi, budi = signed("officer", "dewi.anggraini"), signed("officer", "budi.santoso")
    copied = _cookie(dewi.visitor)
    dewi.visitor.open("/petugas/perangkat").submit("Keluar")
    dewi.visitor.http.set_cookie("petugas", copied, domain="127.0.0.1")
    assert dewi.visitor.open("/petugas").path == "/petugas/masuk"
    assert runner.invoke(args=["staff", "disable", "budi.santoso"]).output == "disabled; 1 sessions ended\n"
    assert budi.visitor.open("/petugas").path == "/petugas/masuk"
    budi.visitor.open("/petugas/masuk").submit(nama="budi.santoso", sandi=PASSWORD, status=422)


def test_one_sees_and_ends_the_other_sessions(signed: Signed, app: Flask, clock: FixedClock) -> None:
    dewi = signed()
    other = rows.Officer(dewi.staff, dewi.secret, clock, Visitor(app, PUBLIC_URL))
    other.sign_in()
    page = dewi.visitor.open("/petugas/perangkat")
    assert page.main.count("Tempat lain") == 1
    assert "hanya masuk di tablet ini" in page.submit("Akhiri semua yang lain").text
    assert other.visitor.open("/petugas").path == "/petugas/masuk"
    assert dewi.visitor.open("/petugas").path == "/petugas"


def test_nobody_ends_a_session_of_somebody_else(signed: Signed) -> None:
    dewi, budi = signed("officer", "dewi.anggraini"), signed("officer", "budi.santoso")
    theirs = Session.get(Session.staff == budi.staff)
    page = dewi.visitor.open("/petugas/perangkat")
    token = page.form("Keluar").values["csrf_token"]
    answer = dewi.visitor.ask(
        "POST", "/petugas/perangkat/akhiri", data={"sesi": str(theirs.id), "csrf_token": token}
    )
    assert answer.status_code == 404
    assert budi.visitor.open("/petugas").path == "/petugas"


def test_a_changed_role_acts_at_once(signed: Signed) -> None:
    boss = signed("manager")
    boss.visitor.open("/petugas/gelombang/baru")
    Staff.update(role="auditor").where(Staff.id == boss.staff.id).execute()
    boss.visitor.open("/petugas/gelombang/baru", 404)


# commands -----------------------------------------------------------------------------------------


def test_commands_refuse_what_makes_no_sense(runner: FlaskCliRunner, office: OfficeFacts) -> None:
    assert runner.invoke(args=["staff", "invite", "dewi"]).exit_code == 2
    _invite(runner, "--name", "Dewi")
    again = runner.invoke(args=["staff", "invite", "dewi.anggraini", "--name", "Dewi"])
    assert again.exit_code == 1
    assert "--again" in again.output
    assert runner.invoke(args=["staff", "invite", "x y", "--name", "X"]).exit_code == 1
    assert "known: " in runner.invoke(args=["staff", "invite", "y", "--name", "Y", "--posko", "Mars"]).output
    assert runner.invoke(args=["staff", "disable", "tidak.ada"]).exit_code == 1
    assert runner.invoke(args=["session", "revoke"]).exit_code == 2
    assert "invited" in runner.invoke(args=["staff", "list"]).output
    assert Staff.select().count() == 1


def test_a_command_ends_all_sessions_of_a_person(runner: FlaskCliRunner, signed: Signed) -> None:
    dewi = signed("officer", "dewi.anggraini")
    assert (
        runner.invoke(args=["session", "revoke", "--staff", "dewi.anggraini"]).output == "1 sessions ended\n"
    )
    assert dewi.visitor.open("/petugas").path == "/petugas/masuk"
    one = rows.application()
    assert runner.invoke(args=["session", "revoke", "--ticket", one.ticket]).output == "0 sessions ended\n"
    assert runner.invoke(args=["session", "revoke", "--ticket", "RUSAK"]).exit_code == 1
