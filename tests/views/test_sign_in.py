"""Signing in as a person does it: pages, cookies and words, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.clock import FixedClock
from app.config import Settings
from app.crypto import keys
from app.models import ALL, Applicant, Attempt, Device, Session
from app.services import codes, devices, kunci, letters
from app.services.ledger import Actor
from tests.conftest import NOW
from tests.pages import Page, Visitor
from tests.services.people import NIK, PIN, officer, person

OTHER_NIK = "3508012506880001"
NEW_PIN = "730846"
PHONES, PROOF = "/saya/perangkat", "/masuk/bukti"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def siti(visitor: Visitor) -> Applicant:
    return person()


@pytest.fixture
def home(visitor: Visitor, siti: Applicant) -> Visitor:
    """Siti's own phone, signed out."""
    give(visitor, siti)
    return visitor


def give(visitor: Visitor, applicant: Applicant, shared: bool = False) -> None:
    """Make the visitor's browser a known phone."""
    token = devices.register(applicant, "HP Android, Chrome", shared, NOW)
    visitor.http.set_cookie("hp", token, domain="127.0.0.1")


def enter(visitor: Visitor, to: str, **typed: Any) -> Page:
    return visitor.open(f"/masuk?lanjut={to}").submit(**{"nik": NIK, "pin": PIN} | typed)


def cookie(visitor: Visitor, name: str) -> str:
    found = visitor.http.get_cookie(name, domain="127.0.0.1")
    return found.value if found else ""


def is_signed_out(visitor: Visitor, path: str = PROOF) -> bool:
    answer = visitor.ask("GET", path)
    return answer.status_code == 303 and answer.location.startswith("/masuk?")


# the ways in ----------------------------------------------------------------------------------------


def test_on_the_own_phone_nik_and_pin_open_everything(home: Visitor) -> None:
    page = enter(home, PHONES)
    assert page.h1 == "HP dan PIN saya"
    assert "HP Android, Chrome HP ini" in page.main


def test_the_plain_path_asks_for_two_things_and_a_tick(visitor: Visitor) -> None:
    page = visitor.open("/masuk")
    assert page.form("Masuk").names == {"csrf_token", "nik", "pin", "bersama"}


def test_a_new_phone_gets_the_summary_and_is_told_how_to_get_more(visitor: Visitor, siti: Applicant) -> None:
    page = enter(visitor, PHONES)
    assert page.h1 == "Satu bukti lagi"
    assert Session.get().kind == "summary"
    assert cookie(visitor, "hp") == ""


def test_kunci_turns_the_summary_into_everything_and_the_new_one_is_shown(
    visitor: Visitor, siti: Applicant
) -> None:
    code = kunci.replace(siti, NOW)
    page = enter(visitor, PHONES).submit(kunci=code.lower(), pin=PIN)
    assert page.h1 == "Kunci baru Anda"
    assert "jangan difoto untuk orang lain" in page.main
    shown = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", page.main)
    assert len(shown) == 1
    assert visitor.open(page.url).main == page.main, "a reload shows it again"
    assert page.click("Sudah saya tulis").path == PHONES
    assert Session.select().where(Session.revoked_at.is_null()).count() == 1
    other = Visitor(visitor.http.application)
    page = other.open(f"/masuk/kunci?lanjut={PHONES}").submit(nik=NIK, pin=PIN, kunci=shown[0])
    assert page.h1 == "Kunci baru Anda"
    assert cookie(other, "hp")


def test_a_kunci_is_shown_for_a_quarter_of_an_hour(
    visitor: Visitor, siti: Applicant, clock: FixedClock
) -> None:
    visitor.open("/masuk/kunci").submit(nik=NIK, pin=PIN, kunci=kunci.replace(siti, NOW))
    clock.move(16 * MINUTE)
    assert visitor.open("/saya/kunci").h1 == "Kunci"


def test_a_new_kunci_can_be_made_when_the_old_one_is_lost(home: Visitor, siti: Applicant) -> None:
    old = kunci.replace(siti, NOW)
    enter(home, "/saya/kunci").submit("Buat kunci baru")
    page = Visitor(home.http.application).open("/masuk/kunci").submit(nik=NIK, pin=PIN, kunci=old, status=422)
    assert page.errors == ["NIK, PIN, atau kunci belum cocok. Lihat lagi satu per satu."]


def test_the_phone_of_a_family_keeps_everybody(home: Visitor, siti: Applicant) -> None:
    budi = person(nik=OTHER_NIK, pin="905173")
    code = kunci.replace(budi, NOW)
    home.open("/masuk/kunci").submit(nik=OTHER_NIK, pin="905173", kunci=code)
    home.open("/keluar").submit("Keluar")
    assert enter(home, PHONES).h1 == "HP dan PIN saya"
    home.open("/keluar").submit("Keluar")
    assert enter(home, PHONES, nik=OTHER_NIK, pin="905173").h1 == "HP dan PIN saya"


def test_a_shared_phone_signs_out_by_itself(home: Visitor, clock: FixedClock) -> None:
    enter(home, PHONES, bersama=True)
    jar = home.http.get_cookie("sesi", domain="127.0.0.1")
    assert jar is not None
    assert jar.expires is None, "a session cookie: gone with the browser"
    clock.move(14 * MINUTE)
    assert not is_signed_out(home)
    clock.move(15 * MINUTE)
    assert is_signed_out(home)


def test_an_own_phone_stays_signed_in(home: Visitor, clock: FixedClock) -> None:
    enter(home, PHONES)
    for _ in range(6):
        clock.move(29 * DAY)
        assert not is_signed_out(home)
    clock.move(7 * DAY)
    assert is_signed_out(home), "180 days at most"


# one answer for all -----------------------------------------------------------------------------------


def _fill(subject: str) -> None:
    rows = [
        Attempt(
            path="pin",
            subject=keys().lookup_hash("nik", subject),
            source=bytes([n]) * 32,
            at=NOW - n * MINUTE,
        )
        for n in range(5)
    ]
    for row in rows:
        row.save(force_insert=True)


def _closed_for_good() -> None:
    person(created_at=NOW - 9 * DAY)
    for n in range(20):
        index = keys().lookup_hash("nik", NIK)
        Attempt.create(path="pin", subject=index, source=bytes([n]) * 32, at=NOW - 2 * DAY - n * MINUTE)


CASES: dict[str, tuple[Callable[[], object], str]] = {
    "unknown NIK": (lambda: None, PIN),
    "wrong PIN": (lambda: person(), "999111"),
    "long wrong PIN": (lambda: person(), "a much longer one"),
    "right PIN, path closed": (lambda: (person(), _fill(NIK)), PIN),
    "right PIN, closed until opened": (_closed_for_good, PIN),
    "rejected claim": (lambda: person(claim="rejected"), PIN),
}


def test_whatever_is_wrong_the_answer_is_the_same(app: Flask, office: object) -> None:
    seen = set()
    for prepare, pin in CASES.values():
        for model in (Attempt, Applicant):
            model.delete().execute()
        prepare()
        page = Visitor(app).open("/masuk").submit(nik=NIK, pin=pin, status=422)
        assert len(page.errors) == 1
        body = re.sub(r'name="csrf_token" value="[^"]+"', "", page.html)
        headers = {name for name, _ in page.response.headers}
        seen.add((body, len(page.response.data), tuple(sorted(headers))))
    assert len(seen) == 1


def test_the_code_page_is_the_same_for_a_stranger(app: Flask, office: object, tmp_path: Path) -> None:
    person(email="siti88@gmail.com", email_proved_at=NOW)
    pages = [
        Visitor(app).open("/masuk/email").submit(nik=nik, email="siti88@gmail.com")
        for nik in (NIK, OTHER_NIK)
    ]
    bodies = [re.sub(r'name="csrf_token" value="[^"]+"', "", page.html) for page in pages]
    assert bodies[0] == bodies[1]
    refused = [page.submit(kode="000000", status=422).errors for page in pages]
    assert refused[0] == refused[1]


def test_nothing_asks_or_tells_who_forgot_the_pin(visitor: Visitor) -> None:
    page = visitor.open("/lupa-pin")
    assert page.forms == []
    assert {"/masuk/kunci", "/masuk/kode-posko", "/posko"} <= set(page.links.values())


# what people mistype ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "typed", "errors"),
    [
        ("/masuk", {"nik": "", "pin": ""}, ["Isi NIK Anda, 16 angka.", "Isi PIN Anda."]),
        (
            "/masuk",
            {"nik": "350801570488001", "pin": PIN},
            ["NIK baru 15 angka. NIK selalu 16 angka. Lihat lagi KTP Anda."],
        ),
        ("/masuk", {"nik": NIK, "pin": "1" * 65}, ["Paling banyak 64 huruf. Singkatkan sedikit."]),
        (
            "/masuk/kunci",
            {"nik": NIK, "pin": PIN, "kunci": "ABCD"},
            ["Kunci selalu 8 huruf dan angka. Lihat lagi, ada yang kurang atau lebih."],
        ),
        (
            "/masuk/email",
            {"nik": NIK, "email": "siti"},
            ["Alamat email selalu punya tanda @. Contoh: siti88@gmail.com."],
        ),
        (
            "/masuk/kode-posko",
            {"nik": NIK, "kode": "", "pin": NEW_PIN, "pin2": "730847"},
            ["Isi kode Anda. Contoh: ABCD-EFGH.", "Dua PIN ini belum sama. Ketik PIN yang sama dua kali."],
        ),
        (
            "/masuk/kode-posko",
            {"nik": NIK, "kode": "ABCD-EFGH", "pin": "123456", "pin2": "123456"},
            ["PIN ini mudah ditebak, angkanya urut. Jangan tanggal, angka urut, atau angka kembar."],
        ),
    ],
)
def test_a_slip_is_named_and_what_was_typed_stays(
    visitor: Visitor, path: str, typed: dict[str, str], errors: list[str]
) -> None:
    page = visitor.open(path).submit(**typed, status=422)
    assert page.errors == errors
    for pin in (typed.get("pin"), typed.get("pin2")):
        assert not pin or f'value="{pin}"' not in page.html
    assert Attempt.select().count() == 0, "a slip is no try"


def test_nik_and_kunci_may_be_typed_as_they_are_written(visitor: Visitor, siti: Applicant) -> None:
    shown = kunci.replace(siti, NOW)
    typed = f" {shown[:4].lower()} {shown[5:].lower()} "
    page = visitor.open("/masuk/kunci").submit(nik="350801 570488 0001", pin=PIN, kunci=typed)
    assert page.h1 == "Kunci baru Anda"


# email ------------------------------------------------------------------------------------------------


class AtOnce:
    """Sends before the answer, so that a test need not wait."""

    def submit(self, act: Callable[..., None], *given: Any) -> AtOnce:
        act(*given)
        return self

    def add_done_callback(self, _act: object) -> None:
        """Nothing went wrong, or the test saw it."""


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Callable[[], list[str]]:
    monkeypatch.setattr(letters, "_hands", AtOnce())
    folder = Path(settings.mail_url.removeprefix("file://"))
    return lambda: [path.read_text() for path in sorted(folder.glob("*.eml"))] if folder.exists() else []


def test_a_code_to_a_proved_email_opens_everything(
    visitor: Visitor, siti: Applicant, mails: Callable[[], list[str]]
) -> None:
    Applicant.update(email_proved_at=NOW).where(Applicant.id == siti.id).execute()
    siti.email = "siti88@gmail.com"
    siti.save(only=[Applicant.email])
    page = visitor.open("/lupa-pin").click(
        "Kirim kode ke email Paling cepat, kalau email Anda sudah dibuktikan di panduan"
    )
    page = page.submit(nik=NIK, email="siti88@gmail.com")
    assert "s•••@gmail.com" in page.main
    [mail] = mails()
    assert "To: siti88@gmail.com" in mail
    code = re.search(r"Kode Anda: (\d{6})", mail)
    assert code
    page = page.submit(kode=f"{code[1][:3]} {code[1][3:]}")
    assert page.h1 == "Ganti PIN"
    page = page.submit("Simpan PIN", pin=NEW_PIN, pin2=NEW_PIN)
    assert "PIN Anda sudah diganti." in page.main
    page.click("Keluar").submit("Keluar")
    assert enter(visitor, PHONES, pin=NEW_PIN).h1 == "HP dan PIN saya"


@pytest.fixture
def forgotten(visitor: Visitor, siti: Applicant, mails: Callable[[], list[str]]) -> Page:
    """Somebody who forgot the PIN has typed the code from the mail: the page of the new PIN."""
    siti.email, siti.email_proved_at = "siti88@gmail.com", NOW
    siti.save()
    page = by_code(visitor.open("/masuk/email?lanjut=/saya/pin"), mails)
    assert page.h1 == "Ganti PIN"
    return page


def by_code(page: Page, mails: Callable[[], list[str]]) -> Page:
    """Ask for a code where the page asks for NIK and email, and type the one that came."""
    before = mails()
    page = page.submit("Kirim kode", nik=NIK, email="siti88@gmail.com")
    [mail] = [mail for mail in mails() if mail not in before]
    code = re.search(r"Kode Anda: (\d{6})", mail)
    assert code
    return page.submit("Masuk", kode=code[1])


def test_a_new_pin_may_be_thought_about_for_half_an_hour(
    visitor: Visitor, forgotten: Page, clock: FixedClock
) -> None:
    """The old PIN is forgotten, so it is no way on: the page stays open as long as it says."""
    assert "Simpan sebelum pukul 11.12 WIB." in forgotten.main
    clock.move(20 * MINUTE)
    page = forgotten.submit("Simpan PIN", pin="123456", pin2="123456", status=422)
    clock.move(9 * MINUTE)
    page = page.submit("Simpan PIN", pin=NEW_PIN, pin2=NEW_PIN)
    assert "PIN Anda sudah diganti." in page.main
    clock.move(6 * MINUTE)
    assert visitor.open("/saya/pin").h1 == "Ketik PIN sekali lagi", "used once"


def test_the_half_hour_is_for_the_new_pin_and_nothing_else(
    visitor: Visitor, forgotten: Page, clock: FixedClock
) -> None:
    clock.move(6 * MINUTE)
    for path in (PHONES, "/saya/data", "/saya/undur"):
        assert visitor.open(path).h1 == "Ketik PIN sekali lagi", path
    assert visitor.open("/saya/pin").h1 == "Ganti PIN"


def test_a_page_of_the_new_pin_that_waited_too_long_leads_to_a_new_code(
    visitor: Visitor, forgotten: Page, clock: FixedClock, mails: Callable[[], list[str]]
) -> None:
    before = Applicant.get().pin_hash
    clock.move(30 * MINUTE)
    page = forgotten.submit("Simpan PIN", pin=NEW_PIN, pin2=NEW_PIN)
    assert page.h1 == "Kirim kode ke email"
    assert "PIN baru belum tersimpan" in page.main
    assert Applicant.get().pin_hash == before
    clock.move(timedelta(hours=1))
    page = by_code(page, mails)
    assert "PIN Anda sudah diganti." in page.submit("Simpan PIN", pin=NEW_PIN, pin2=NEW_PIN).main


def test_whoever_comes_back_later_is_asked_for_the_pin_as_always(
    visitor: Visitor, forgotten: Page, clock: FixedClock
) -> None:
    clock.move(3 * DAY)
    page = visitor.open("/saya/pin")
    assert page.h1 == "Ketik PIN sekali lagi"
    assert page.submit("Lanjut", pin=PIN).h1 == "Ganti PIN"


def test_a_sign_in_with_the_pin_opens_no_such_half_hour(home: Visitor, clock: FixedClock) -> None:
    page = enter(home, "/saya/pin")
    assert "Simpan sebelum" not in page.main
    clock.move(5 * MINUTE)
    assert page.submit("Simpan PIN", pin=NEW_PIN, pin2=NEW_PIN).h1 == "Ketik PIN sekali lagi"


def test_no_mail_goes_to_an_address_that_is_not_proved(
    visitor: Visitor, siti: Applicant, mails: Callable[[], list[str]]
) -> None:
    siti.email = "siti88@gmail.com"
    siti.save(only=[Applicant.email])
    visitor.open("/masuk/email").submit(nik=NIK, email="siti88@gmail.com")
    assert mails() == []


def test_an_email_code_belongs_to_the_browser_that_asked(
    visitor: Visitor, siti: Applicant, mails: Callable[[], list[str]]
) -> None:
    siti.email, siti.email_proved_at = "siti88@gmail.com", NOW
    siti.save()
    visitor.open("/masuk/email").submit(nik=NIK, email="siti88@gmail.com")
    other = Visitor(visitor.http.application)
    assert other.open("/masuk/email/kode").path == "/masuk/email"
    page = other.open("/masuk/email").submit(nik=NIK, email="someone@else.id")
    code = re.search(r"Kode Anda: (\d{6})", mails()[0])
    assert code
    page.submit(kode=code[1], status=422)


# a code from a posko ----------------------------------------------------------------------------------


def test_a_posko_code_gives_a_new_pin_on_the_own_phone(visitor: Visitor, siti: Applicant) -> None:
    before = Visitor(visitor.http.application)
    give(before, siti)
    enter(before, PHONES)
    code = codes.issue_posko_code(siti, Actor("staff", officer("dewi")), NOW)
    page = visitor.open("/lupa-pin").click("Saya sudah punya kode dari posko Buat PIN baru sekarang")
    page = page.submit(nik=NIK, kode=code, pin="350801", pin2="350801", status=422)
    page = page.submit(nik=NIK, kode=code, pin=NEW_PIN, pin2=NEW_PIN)
    assert page.h1 == "Kunci baru Anda"
    assert is_signed_out(before)
    assert visitor.open(PHONES).main.count("Keluarkan") == 1
    again = Visitor(visitor.http.application).open("/masuk/kode-posko")
    again.submit(nik=NIK, kode=code, pin="614097", pin2="614097", status=422)


def test_a_turned_tablet_forgets_who_set_the_pin_on_it(visitor: Visitor, siti: Applicant) -> None:
    visitor.http.set_cookie("tablet", "of-an-officer", domain="127.0.0.1")
    code = codes.issue_posko_code(siti, Actor("staff", officer("dewi")), NOW)
    page = visitor.open("/masuk/kode-posko").submit(nik=NIK, kode=code, pin=NEW_PIN, pin2=NEW_PIN)
    assert page.h1 == "Kunci baru Anda"
    assert cookie(visitor, "hp") == ""
    assert Device.select().count() == 0
    assert Session.get(Session.revoked_at.is_null()).shared


# the session ------------------------------------------------------------------------------------------


def test_a_new_sign_in_has_a_new_cookie_and_the_old_one_is_worth_nothing(home: Visitor) -> None:
    enter(home, PHONES)
    first = cookie(home, "sesi")
    home.open("/keluar").submit("Keluar")
    enter(home, PHONES)
    assert cookie(home, "sesi") != first
    thief = Visitor(home.http.application)
    thief.http.set_cookie("sesi", first, domain="127.0.0.1")
    assert is_signed_out(thief)


def test_leaving_ends_the_session_on_the_server(home: Visitor) -> None:
    enter(home, PHONES)
    copied = cookie(home, "sesi")
    page = home.open("/keluar").submit("Keluar")
    assert page.h1 == "Anda sudah keluar"
    assert "data-signed-out" in page.html
    home.http.set_cookie("sesi", copied, domain="127.0.0.1")
    assert is_signed_out(home)


def test_looking_at_the_way_out_does_not_leave(home: Visitor) -> None:
    enter(home, PHONES)
    assert "data-signed-out" not in home.open("/keluar").html
    assert not is_signed_out(home)


@pytest.mark.parametrize(
    "to", ["//evil.example", "/\\evil.example", "https:evil.example", "%2f%2fevil.example", "/nowhere", ""]
)
def test_nobody_is_sent_elsewhere(home: Visitor, to: str) -> None:
    page = home.open(f"/masuk?lanjut={to}")
    form = page.form("Masuk")
    form.fill({"nik": NIK, "pin": PIN})
    answer = home.ask("POST", f"/masuk?lanjut={to}", data=form.data("Masuk"))
    assert (answer.status_code, answer.location) == (303, "/saya")


class TestOverTls:
    """What changes when people reach us over https."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, public_url="https://gelombang.example.go.id")

    def test_cookies_are_locked_down(self, app: Flask, office: object) -> None:
        visitor = Visitor(app, "https://gelombang.example.go.id")
        siti = person()
        page = visitor.open(f"/masuk/kunci?lanjut={PHONES}")
        form = page.form("Masuk")
        form.fill({"nik": NIK, "pin": PIN, "kunci": kunci.replace(siti, NOW)})
        headers = {"Origin": visitor.base_url, "Sec-Fetch-Site": "same-origin", "Referer": page.url}
        answer = visitor.ask("POST", "/masuk/kunci", data=form.data("Masuk"), headers=headers)
        assert answer.status_code == 303
        set_cookies = answer.headers.getlist("Set-Cookie")
        assert {line.partition("=")[0] for line in set_cookies} == {"__Host-sesi", "__Host-hp"}
        for line in set_cookies:
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))
            assert "Domain" not in line


def test_looking_changes_nothing(home: Visitor) -> None:
    enter(home, PHONES)
    before = {model: model.select().count() for model in ALL}
    for path in ("/masuk", "/masuk/kunci", "/masuk/email", "/masuk/kode-posko", "/lupa-pin", "/keluar"):
        home.open(path) if path != "/masuk" else home.ask("GET", path)
    for path in (PHONES, "/saya/pin", "/saya/kunci", "/masuk/pin"):
        home.open(path)
    assert {model: model.select().count() for model in ALL} == before


def test_forms_without_their_token_are_refused(home: Visitor) -> None:
    for path in (
        "/masuk",
        "/masuk/kunci",
        "/masuk/email",
        "/masuk/kode-posko",
        "/keluar",
        "/saya/pin",
        PHONES,
    ):
        assert home.ask("POST", path, data={"nik": NIK, "pin": PIN}).status_code == 400
    assert Attempt.select().count() == 0
    assert Device.get().wrong_pins == 0


def test_a_flood_of_kunci_is_told_to_wait(visitor: Visitor, siti: Applicant) -> None:
    source = {"subject": keys().lookup_hash("nik", NIK), "path": "kunci"}
    page = visitor.open("/masuk/kunci")
    page = page.submit(nik=NIK, pin="999111", kunci="ABCDEFGH", status=422)
    network = Attempt.get().source
    for n in range(25):
        subject = keys().lookup_hash("nik", str(n))
        Attempt.create(**source | {"subject": subject}, source=network, at=NOW)
    for _ in range(4):
        page = page.submit(nik=NIK, pin="999111", kunci="ABCDEFGH", status=422)
    form = page.form("Masuk")
    form.fill({"nik": NIK, "pin": PIN, "kunci": kunci.replace(siti, NOW)})
    answer = visitor.ask("POST", "/masuk/kunci", data=form.data("Masuk"))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 3600


# the PIN again, phones ---------------------------------------------------------------------------------


def test_what_matters_asks_for_the_pin_again_after_five_minutes(home: Visitor, clock: FixedClock) -> None:
    enter(home, PHONES)
    clock.move(5 * MINUTE - timedelta(milliseconds=1))
    assert home.open("/saya/pin").h1 == "Ganti PIN"
    clock.move(timedelta(milliseconds=1))
    page = home.open("/saya/pin")
    assert page.h1 == "Ketik PIN sekali lagi"
    before = cookie(home, "sesi")
    page = page.submit(pin=PIN)
    assert page.h1 == "Ganti PIN"
    assert cookie(home, "sesi") != before


def test_five_wrong_pins_end_the_session(home: Visitor, clock: FixedClock) -> None:
    enter(home, PHONES)
    clock.move(6 * MINUTE)
    page = home.open(PHONES)
    for n in range(4):
        page = page.submit(pin=f"99911{n}", status=422)
    assert page.submit(pin="999119").h1 == "Masuk"
    assert is_signed_out(home)


def test_a_stale_session_changes_nothing(home: Visitor, clock: FixedClock) -> None:
    page = enter(home, PHONES).click("Ganti PIN Terakhir diganti 22 November 2026")
    clock.move(6 * MINUTE)
    assert page.submit("Simpan PIN", pin=NEW_PIN, pin2=NEW_PIN).h1 == "Ketik PIN sekali lagi"
    assert keys().verify_secret(Applicant.get().id, PIN, Applicant.get().pin_hash)


def test_a_pin_can_be_made_for_me(home: Visitor) -> None:
    page = enter(home, "/saya/pin").submit("Buatkan PIN untuk saya", status=200)
    made = page.form("Simpan PIN").values["pin"]
    assert re.fullmatch(r"\d{6}", made)
    page = page.submit("Simpan PIN", lain=True)
    assert "PIN Anda sudah diganti." in page.main
    page.click("Keluar").submit("Keluar")
    assert enter(home, PHONES, pin=made).h1 == "HP dan PIN saya"


def test_another_phone_is_put_out(home: Visitor, siti: Applicant) -> None:
    lost = Visitor(home.http.application)
    give(lost, siti)
    enter(lost, PHONES)
    page = enter(home, PHONES)
    [button] = [b for f in page.forms for b in f.buttons if b.startswith("Keluarkan") and "HP ini" not in b]
    page = page.submit(button)
    assert "Sudah kami simpan." in page.main
    assert is_signed_out(lost)
    assert enter(lost, PHONES).h1 == "Satu bukti lagi"


def test_all_other_phones_are_put_out_and_this_one_stays(home: Visitor, siti: Applicant) -> None:
    known, unknown = Visitor(home.http.application), Visitor(home.http.application)
    give(known, siti)
    enter(known, PHONES)
    enter(unknown, PROOF)
    page = enter(home, PHONES)
    assert "1 HP lain sedang membuka ringkasan" in page.main
    page = page.submit("Keluar dari semua HP lain")
    assert page.h1 == "HP dan PIN saya"
    assert is_signed_out(known)
    assert is_signed_out(unknown)
    assert not is_signed_out(home)


def test_putting_this_phone_out_signs_out(home: Visitor) -> None:
    page = enter(home, PHONES)
    [button] = [b for f in page.forms for b in f.buttons if b.startswith("Keluarkan")]
    assert page.submit(button).h1 == "Anda sudah keluar"
    assert enter(home, PHONES).h1 == "Satu bukti lagi"


def test_nobody_puts_out_the_phone_of_another(home: Visitor) -> None:
    budi = person(nik=OTHER_NIK)
    other = devices.find(devices.register(budi, "HP", False, NOW), budi)
    assert other is not None
    page = enter(home, PHONES)
    token = page.forms[0].values["csrf_token"]
    home.ask("POST", PHONES, data={"csrf_token": token, "cabut": str(other.id)})
    assert devices.is_live(other)


def test_a_phone_can_become_shared_and_own_again(home: Visitor) -> None:
    page = enter(home, PHONES).submit("Ubah: dipakai bersama")
    assert "Dipakai bersama." in page.main
    assert Session.get(Session.revoked_at.is_null()).shared
    page = page.submit("Ubah: hanya saya yang pakai")
    assert "Dipakai bersama." not in page.main


def test_the_owner_is_told_of_a_closed_path_and_opens_it(home: Visitor, clock: FixedClock) -> None:
    clock.move(MINUTE)
    for n in range(20):
        index = keys().lookup_hash("nik", NIK)
        Attempt.create(path="pin", subject=index, source=bytes([n]) * 32, at=clock.now())
    page = enter(home, PHONES)
    assert "Masuk dari HP baru kami tutup." in page.main
    assert "kami tutup" not in page.submit("Itu saya, buka lagi").main


# nothing leaks -----------------------------------------------------------------------------------------


def test_no_address_holds_what_somebody_typed(
    visitor: Visitor, siti: Applicant, caplog: pytest.LogCaptureFixture
) -> None:
    shown = kunci.replace(siti, NOW)
    page = visitor.open(f"/masuk/kunci?lanjut={PHONES}").submit(nik=NIK, pin=PIN, kunci=shown)
    seen = [page.url, *page.links.values(), caplog.text, page.response.headers.get("Location", "")]
    for secret in (NIK, PIN, shown, shown.replace("-", "")):
        assert not [place for place in seen if secret in place]
    assert page.response.headers["Cache-Control"] == "no-store"
