"""Registering on a phone that the family shares: said at the PIN, and true from that page on."""

from __future__ import annotations

from datetime import timedelta

from app.clock import FixedClock
from app.models import Device, Session, Wave
from tests import walking
from tests.pages import Page, Visitor
from tests.walking import SITI, changed, until

SHARED = changed(pin={"bersama": True})


def at_pin(visitor: Visitor) -> Page:
    return until(visitor, "pin")


def is_shared() -> set[bool]:
    """What the phones and the sessions say."""
    return {row.shared for model in (Device, Session) for row in model.select()}


def test_the_phone_is_the_own_one_unless_somebody_says_otherwise(visitor: Visitor, wave: Wave) -> None:
    page = at_pin(visitor)
    assert page.form("Simpan PIN").values.getlist("bersama") == []
    assert "HP ini dipakai bersama keluarga" in page.main
    page.submit("Simpan PIN", SITI["pin"])
    assert is_shared() == {False}


def test_a_shared_phone_gets_a_short_session(visitor: Visitor, wave: Wave, clock: FixedClock) -> None:
    receipt = walking.register(visitor, SHARED)
    assert is_shared() == {True}
    jar = visitor.http.get_cookie("sesi", domain="127.0.0.1")
    assert jar is not None
    assert jar.expires is None, "gone with the browser"
    assert "data-ticket" not in receipt.html
    assert "data-push" not in receipt.html
    clock.move(timedelta(minutes=15))
    assert visitor.open("/daftar/selesai").h1 == "Masuk"


def test_there_is_a_way_out_from_the_pin_on(visitor: Visitor, wave: Wave) -> None:
    page = at_pin(visitor)
    assert "Keluar" not in page.links
    page = page.submit("Simpan PIN", SHARED["pin"])
    assert page.links["Keluar"] == "/keluar"
    assert until(visitor, "periksa").links["Keluar"] == "/keluar"
    receipt = walking.register(visitor)
    assert "HP ini dipakai bersama." in receipt.main
    assert receipt.click("Keluar").submit("Keluar").h1 == "Anda sudah keluar"
    assert visitor.open("/daftar/selesai").h1 == "Masuk"


def test_the_receipt_on_an_own_phone_has_a_way_out_too(visitor: Visitor, wave: Wave) -> None:
    receipt = walking.register(visitor)
    assert "dipakai bersama" not in receipt.main
    assert receipt.click("Keluar").h1 == "Keluar dari HP ini?"


def test_what_was_said_stays_with_a_made_pin_and_a_mistake(visitor: Visitor, wave: Wave) -> None:
    page = at_pin(visitor).submit("Simpan PIN", pin="123456", pin2="123456", bersama=True, status=422)
    page = page.submit("Buatkan PIN untuk saya", status=200)
    page.submit("Simpan PIN")
    assert is_shared() == {True}


def test_a_lost_answer_to_the_pin_does_not_make_it_an_own_phone(visitor: Visitor, wave: Wave) -> None:
    page = at_pin(visitor)
    before = dict(visitor.http._cookies)
    page.submit("Simpan PIN", SHARED["pin"])
    visitor.http._cookies.clear()
    visitor.http._cookies.update(before)
    assert walking.slug_of(page.submit("Simpan PIN", SHARED["pin"])) == "kecamatan"
    assert is_shared() == {True}


def test_it_can_be_said_otherwise_while_registering(visitor: Visitor, wave: Wave) -> None:
    until(visitor, "kecamatan", SHARED)
    page = visitor.open("/daftar/pin")
    assert page.form("Simpan PIN").values.getlist("bersama") == ["y"]
    page.submit("Simpan PIN", SITI["pin"] | {"bersama": False})
    assert is_shared() == {False}
    visitor.open("/daftar/pin").submit("Simpan PIN", SHARED["pin"])
    assert is_shared() == {True}


def test_the_offices_tablet_stays_shared_whatever_is_said(visitor: Visitor, wave: Wave) -> None:
    visitor.http.set_cookie("tablet", "of-an-officer", domain="127.0.0.1")
    until(visitor, "kecamatan")
    visitor.open("/daftar/pin").submit("Simpan PIN", SITI["pin"] | {"bersama": False})
    assert Session.get().shared
    assert Device.select().count() == 0
