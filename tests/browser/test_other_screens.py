"""The screens that no link leads to, at 360 x 640: questions asked again, ends of the wizard, errors, answers of /cek.

Each line of the table: what is there before, the page that is opened, what is typed and pressed on it, and the status of
the screen that is looked at. test_every_page.py follows the links; what it cannot reach stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from typing import Any, NoReturn

import pytest
from flask import Flask
from peewee import OperationalError

from app.clock import FixedClock
from app.crypto import HashingBusy, keys
from app.models import Applicant, Attempt, Notice, Wave
from app.rules import codes
from app.services import limits, mailing
from tests.browser.conftest import Live, Window
from tests.browser.journey import fill
from tests.browser.test_saya import looked_at, screen
from tests.conftest import NOW
from tests.pages import Visitor
from tests.states import sent
from tests.views.test_newcomers import seen
from tests.walking import SITI, changed, until

pytestmark = pytest.mark.browser

MINUTE = timedelta(minutes=1)


@dataclass
class Place:
    """A person with a browser before the application, whose time can be moved."""

    visitor: Visitor
    app: Flask
    clock: FixedClock


Before = Callable[[Place], dict[str, Any] | None]


@dataclass(frozen=True)
class Screen:
    """`before` may give values for {places} in the path and in what is typed; `then` happens while the page is open."""

    path: str
    before: Before = lambda place: None
    typed: dict[str, Any] = field(default_factory=dict)
    press: str = ""
    status: int = 200
    then: Callable[[Place], object] = lambda place: None


# what is there before ---------------------------------------------------------------------------------


def question(slug: str, answers: dict[str, dict[str, Any]] = SITI) -> Before:
    """The wizard, as far as this page."""
    return lambda place: until(place.visitor, slug, answers) and None


def asked_again(slug: str, button: str = "Lanjut", **typed: Any) -> Screen:
    """A question of the wizard answered wrongly, or not at all."""
    return Screen(f"/daftar/{slug}", question(slug), typed, button, 422)


def barred(**typed: str) -> Screen:
    """The wizard ends at its first question."""
    return Screen("/daftar/syarat", typed=SITI["syarat"] | typed, press="Lanjut")


def change_begun(place: Place) -> None:
    sent(place.visitor)
    place.visitor.open("/saya").submit("Ubah jawaban")
    Wave.update(closes_at=NOW + MINUTE).execute()


def own_notice(place: Place) -> dict[str, Any]:
    sent(place.visitor)
    notice = Notice.get()
    return {"code": codes.shown(notice.code), "title": notice.title}


def notice_of_another(place: Place) -> dict[str, Any]:
    sent()
    return {"code": codes.shown(Notice.get().code)}


def stop_token(place: Place) -> dict[str, Any]:
    sent()
    return {"token": mailing.stop_token(Applicant.get())}


def full_network(place: Place) -> None:
    """So many different NIKs were wrong from this address within the hour."""
    here = limits.where("127.0.0.1", None, False).source
    for n in range(limits.of("email", "network")[0].most + 1):
        subject = keys().lookup_hash("nik", f"35080157048800{n:02}")
        Attempt.create(path="email", subject=subject, source=here, at=NOW)


def crowd(count: int) -> Before:
    """So many people began to register here today."""

    def before(place: Place) -> None:
        until(place.visitor, "pin")
        seen(count)

    return before


def code_asked(place: Place) -> None:
    page = place.visitor.open("/masuk/email")
    page.submit("Kirim kode", nik=SITI["identitas"]["nik"], email="siti88@gmail.com")


def raising(view: str, error: Exception, before: Before = lambda place: None) -> Before:
    """This view breaks from now on."""

    def prepare(place: Place) -> dict[str, Any] | None:
        values, usual = before(place), place.app.view_functions[view]

        @wraps(usual)  # with what its guards have noted on it
        def broken(**_: Any) -> NoReturn:
            raise error

        place.app.view_functions[view] = broken
        return values

    return prepare


# the screens ------------------------------------------------------------------------------------------

WRONG_ID = {
    "nama": "12345",
    "nik": "3508 15",
    "kk": "1111111111111111",
    "lahir": "31",
    "lahir-b": "2",
    "lahir-t": "1988",
}
FOREIGN = "Selamat! Anda terpilih. Ambil dana di https://prakerja-cair.example.net/klaim?x=1 sebelum jam 12."

SCREENS: dict[str, Screen] = {
    # the wizard, asked again
    "nothing answered": Screen("/daftar/syarat", press="Lanjut", status=422),
    "identity left empty": asked_again("identitas"),
    "identity typed wrong": asked_again("identitas", **WRONG_ID),
    "an odd NIK": Screen(
        "/daftar/periksa-nik", question("periksa-nik", changed(identitas={"lahir-t": "1989"}))
    ),
    "an odd NIK, not answered": Screen(
        "/daftar/periksa-nik",
        question("periksa-nik", changed(identitas={"lahir-t": "1989"})),
        press="Lanjut",
        status=422,
    ),
    "no PIN": asked_again("pin", "Simpan PIN"),
    "a poor PIN": asked_again("pin", "Simpan PIN", pin="123456", pin2="123457"),
    "no district": asked_again("kecamatan"),
    "no village": asked_again("desa"),
    "no street": asked_again("alamat", rt="x", rw="1234"),
    "no contact": asked_again("kontak"),
    "contact typed wrong": asked_again("kontak", hp="0812", wa="ya", punya="punya", email="siti@gmial.com"),
    "no work": asked_again("pekerjaan"),
    "no employer": asked_again("phk"),
    "no schooling": asked_again("pendidikan"),
    "no wish": asked_again("minat"),
    "not declared": asked_again("periksa", "Kirim pendaftaran"),
    # its ends
    "too old or too young": barred(umur="tidak"),
    "every bar at once": barred(umur="tidak", sekolah="ya", jabatan="ya", kk2="ya"),
    "known already": Screen("/daftar/sudah-terdaftar"),
    "a receipt whose kunci was lost": Screen("/daftar/selesai", lambda place: sent(place.visitor) and None),
    "closed meanwhile": Screen(
        "/daftar/periksa",
        change_begun,
        {"benar": True},
        "Kirim perubahan",
        409,
        lambda place: place.clock.move(2 * MINUTE),
    ),
    "many from this phone": Screen("/daftar/tunggu", crowd(130), status=429),
    "a wrong code there": Screen("/daftar/tunggu", crowd(130), {"kode": "ABCD-EFGH"}, "Pakai kode", 422),
    # the doors, asked again
    "kunci typed wrong": Screen(
        "/masuk/kunci", typed={"nik": "3508", "kunci": "AB"}, press="Masuk", status=422
    ),
    "a posko's code typed wrong": Screen(
        "/masuk/kode-posko", typed={"nik": "3508", "kode": "AB"}, press="Simpan PIN dan masuk", status=422
    ),
    "email typed wrong": Screen(
        "/masuk/email", typed={"nik": "x", "email": "siti"}, press="Kirim kode", status=422
    ),
    "a wrong code from a mail": Screen("/masuk/email/kode", code_asked, {"kode": "000000"}, "Masuk", 422),
    "too slow for a new PIN": Screen("/masuk/email?lanjut=/saya/pin&lewat=ya"),
    "too many tries": Screen(
        "/masuk/email",
        full_network,
        {"nik": SITI["identitas"]["nik"], "email": "siti88@gmail.com"},
        "Kirim kode",
        429,
    ),
    # is it from us?
    "our words": Screen("/cek", own_notice, {"pesan": "{title}. Ketuk untuk melihat. {code}"}, "Cek pesan"),
    "our address": Screen("/cek", typed={"pesan": "http://127.0.0.1/saya"}, press="Cek pesan"),
    "nobody knows": Screen(
        "/cek", typed={"pesan": "Bu, besok ada pelatihan menjahit di balai desa?"}, press="Cek pesan"
    ),
    "not ours": Screen("/cek", typed={"pesan": FOREIGN}, press="Cek pesan"),
    "nothing pasted": Screen("/cek", press="Cek pesan", status=422),
    "a notice, to its owner": Screen("/cek/{code}", own_notice),
    "a notice, to others": Screen("/cek/{code}", notice_of_another),
    "no such notice": Screen("/cek/K7RM-4TXP-N", status=404),
    # no more emails
    "stop the emails?": Screen("/email/berhenti/{token}", stop_token),
    "no more emails": Screen("/email/berhenti/{token}", stop_token, press="Ya, berhenti"),
    "a token that is none": Screen("/email/berhenti/tidak-ada", status=404),
    # errors
    "no such page": Screen("/tidak-ada", status=404),
    "a fault of ours": Screen("/posko", raising("start.posko", RuntimeError("ours")), status=500),
    "very busy": Screen("/posko", raising("start.posko", HashingBusy()), status=503),
    "not kept": Screen(
        "/daftar/alamat",
        raising("register.save", OperationalError("disk full"), question("alamat")),
        SITI["alamat"],
        "Lanjut",
        503,
    ),
    # the office's own errors, on whatever an officer holds
    "no such page of the office": Screen("/petugas/tidak-ada", status=404),
    "a fault at the office": Screen(
        "/petugas/masuk", raising("staff.sign_in", RuntimeError("ours")), status=500
    ),
}


@pytest.mark.parametrize("name", SCREENS)
def test_every_other_screen(
    live: Live,
    window: Window,
    axe: Callable[[Any], list[str]],
    wave: Wave,
    clock: FixedClock,
    name: str,
) -> None:
    one, place = SCREENS[name], Place(Visitor(live.app, live.url), live.app, clock)
    values = one.before(place) or {}
    page = screen(window, place.visitor)
    answer = page.goto(one.path.format(**values))
    one.then(place)
    if one.press:
        typed = {
            key: said.format(**values) if isinstance(said, str) else said for key, said in one.typed.items()
        }
        fill(page, typed)
        button = page.get_by_role("button", name=one.press, exact=True)
        with page.expect_navigation() as arrived:
            button.evaluate(
                "pressed => pressed.form.submit()"
            )  # as without a script, which axe cannot do without
        answer = arrived.value
    assert answer is not None
    assert answer.status == one.status
    assert page.locator("h1").count() == 1
    assert page.title().startswith("Error: ") == (one.status == 422)
    looked_at(page, axe)
    window.problems[:] = [told for told in window.problems if not told.startswith(f"{one.status} for ")]
