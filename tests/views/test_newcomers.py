"""How many people may begin to register from one phone and one network, and the ways on for those who must wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from app.clock import FixedClock
from app.config import Settings
from app.crypto import keys
from app.models import Applicant, Attempt, AuditLine, OpenedNetwork, Session, Wave
from app.services import devices, limits, newcomers
from app.services.ledger import Actor
from tests import walking
from tests.conftest import NOW
from tests.pages import Page, Visitor
from tests.states import officer
from tests.walking import PIN, SITI, changed

HOUR, DAY = limits.HOUR, limits.DAY
HERE, THERE = "127.0.0.1", "10.20.30.40"
PLACE = {"HERE": HERE, "THERE": THERE}


@pytest.fixture(autouse=True)
def _open_wave(wave: Wave, app: Flask) -> None:
    """Somebody can register."""


def person(number: int) -> dict[str, dict[str, object]]:
    """One of many different people."""
    nik = f"359901570488{number:04d}"
    return changed(identitas={"nik": nik, "kk": "359901 120715 0021"}, periksa_nik={})


def seen(count: int, source: str = HERE, browser: bytes | None = None, at: object = NOW) -> None:
    """So many people began here already."""
    where = keys().lookup_hash("network", source)
    rows = [
        {
            "path": newcomers.PATH,
            "subject": keys().lookup_hash("nik", f"{source}{n}"),
            "source": where,
            "browser": browser,
            "at": at,
            "failed": True,
        }
        for n in range(count)
    ]
    for row in rows:
        Attempt.create(**row)


def at_pin(visitor: Visitor, number: int = 3) -> Page:
    return walking.until(visitor, "pin", person(number))


def tried(visitor: Visitor, number: int = 3, status: int | None = None) -> Page:
    return at_pin(visitor, number).submit("Simpan PIN", pin=PIN, pin2=PIN, status=status)


def waits(visitor: Visitor, number: int = 3) -> Page:
    """The PIN step leads to the page that asks to wait: nothing was hashed, nobody was made."""
    before = Applicant.select().count()
    page = at_pin(visitor, number)
    form = page.form("Simpan PIN")
    form.fill({"pin": PIN, "pin2": PIN})
    answer = visitor.ask("POST", "/daftar/pin", data=form.data("Simpan PIN"))
    assert (answer.status_code, answer.location) == (303, "/daftar/tunggu")
    assert Applicant.select().count() == before
    waiting = visitor.open("/daftar/tunggu", 429)
    assert int(waiting.response.headers["Retry-After"]) > 0
    return waiting


# one phone ----------------------------------------------------------------------------------------


def test_a_family_registers_on_one_phone_and_the_seventh_waits(
    visitor: Visitor, app: Flask, clock: FixedClock
) -> None:
    """Six people one after another on the same phone, each with the own PIN; it stays one browser throughout."""
    for number in range(1, 7):
        walking.register(visitor, person(number))
        visitor.open("/keluar").submit("Keluar")
    page = waits(visitor, 7)
    assert "Dari HP ini sudah ada 6 orang" in page.main
    assert "Senin, 23 November 2026, pukul 10.42 WIB" in page.main
    assert int(page.response.headers["Retry-After"]) == 24 * 3600
    clock.move(DAY)
    assert walking.slug_of(page.click("Coba lagi")) == "pin"  # everything but the PIN is still there
    assert walking.slug_of(tried(visitor, 7)) == "kecamatan"


def test_another_phone_in_the_same_house_goes_on(visitor: Visitor, app: Flask) -> None:
    for number in range(1, 7):
        walking.until(visitor, "kecamatan", person(number))
        visitor.open("/keluar").submit("Keluar")
    waits(visitor, 7)
    assert walking.slug_of(tried(Visitor(app), 8)) == "kecamatan"


# one network --------------------------------------------------------------------------------------


def test_a_posko_with_56_people_behind_one_address_is_not_slowed(visitor: Visitor) -> None:
    seen(56)
    assert walking.slug_of(tried(visitor)) == "kecamatan"


def test_the_121st_of_an_hour_waits_and_another_network_does_not(
    visitor: Visitor, app: Flask, clock: FixedClock
) -> None:
    seen(119)
    assert walking.slug_of(tried(visitor)) == "kecamatan"
    late = Visitor(app)
    page = waits(late, 4)
    assert "lewat jaringan internet ini" in page.main
    assert "setelah pukul 11.42 WIB" in page.main
    assert int(page.response.headers["Retry-After"]) == 3600
    assert walking.slug_of(tried(Visitor(app, address=THERE), 5)) == "kecamatan"
    clock.move(HOUR)
    assert walking.slug_of(tried(late, 4)) == "kecamatan"


def test_the_day_counts_too(visitor: Visitor, clock: FixedClock) -> None:
    for hour in range(6):
        seen(100, at=NOW - (6 - hour) * HOUR)
    page = waits(visitor)
    assert "Minggu, 22 November 2026" not in page.main
    assert int(page.response.headers["Retry-After"]) == 18 * 3600


def test_whoever_waits_fills_no_bucket(visitor: Visitor) -> None:
    seen(120)
    for _ in range(3):
        waits(visitor)
    assert Attempt.select().count() == 120


def test_a_network_that_the_office_listed_is_not_counted(app: Flask, office: object) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], posko_networks=(THERE,))
    seen(700, THERE)
    assert walking.slug_of(tried(Visitor(app, address=THERE))) == "kecamatan"


def test_an_ipv6_network_is_one_place(app: Flask) -> None:
    seen(120, "2001:db8:1:2::/64")
    waits(Visitor(app, address="2001:db8:1:2::77"))
    assert walking.slug_of(tried(Visitor(app, address="2001:db8:1:3::77"), 4)) == "kecamatan"


def test_the_check_is_one_statement_before_the_slow_hash(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen(120)
    page = at_pin(visitor)
    monkeypatch.setattr(type(keys()), "hash_secret", lambda *_: pytest.fail("hashed before it was counted"))
    form = page.form("Simpan PIN")
    form.fill({"pin": PIN, "pin2": PIN})
    assert visitor.ask("POST", "/daftar/pin", data=form.data("Simpan PIN")).status_code == 303


# the office ---------------------------------------------------------------------------------------


def signed_in_tablet(visitor: Visitor) -> None:
    """Somebody of the office signed in on this browser lately."""
    visitor.http.set_cookie("tablet", "real", domain="127.0.0.1")
    Attempt.create(
        path="staff",
        subject=b"budi",
        source=b"x",
        browser=keys().lookup_hash("browser", "real"),
        at=NOW - DAY,
        failed=False,
    )


def test_the_offices_own_tablet_is_never_stopped_and_counts_for_nobody(visitor: Visitor) -> None:
    seen(120)
    signed_in_tablet(visitor)
    assert walking.slug_of(tried(visitor)) == "kecamatan"
    assert Attempt.select().where(Attempt.path == newcomers.PATH).count() == 120


def test_a_cookie_that_says_tablet_is_not_believed(visitor: Visitor) -> None:
    seen(120)
    visitor.http.set_cookie("tablet", "forged", domain="127.0.0.1")
    waits(visitor)


def test_an_officer_opens_the_network_for_half_a_day(visitor: Visitor, app: Flask, clock: FixedClock) -> None:
    seen(120)
    source = keys().lookup_hash("network", HERE)
    newcomers.open_network(source, Actor("staff", officer()), NOW)
    assert walking.slug_of(tried(visitor)) == "kecamatan"
    clock.move(newcomers.OPEN_FOR)
    seen(120, at=clock.now())
    waits(Visitor(app), 4)


def test_the_code_of_an_officer_opens_the_network_where_it_is_typed(visitor: Visitor, app: Flask) -> None:
    seen(120)
    code = newcomers.open_network(keys().lookup_hash("network", THERE), Actor("staff", officer()), NOW)
    page = waits(visitor)
    page = page.submit("Pakai kode", kode="ABCD-EFGH", status=422)
    assert page.errors == ["Kode belum cocok, atau sudah habis waktunya. Minta kode baru ke petugas."]
    page = page.submit("Pakai kode", kode="", status=422)
    assert walking.slug_of(page.submit("Pakai kode", kode=code.lower())) == "pin"
    assert walking.slug_of(tried(Visitor(app), 4)) == "kecamatan"  # and so does the neighbour
    assert [row.actor for row in AuditLine.select().where(AuditLine.verb == "network.open")] == [
        "staff:budi",
        "system",
    ]


def test_a_code_opens_ten_networks_and_no_more(office: object) -> None:
    code = newcomers.open_network(b"own", Actor("staff", officer()), NOW).replace("-", "")
    for n in range(9):
        newcomers.open_with(code, limits.where(f"10.0.0.{n}", None, False), NOW)
    newcomers.open_with(code, limits.where("10.0.0.1", None, False), NOW)  # the same again is no new one
    with pytest.raises(newcomers.Enough):
        newcomers.open_with(code, limits.where("10.0.1.1", None, False), NOW)
    with pytest.raises(newcomers.WrongCode):
        newcomers.open_with(code, limits.where("10.0.0.1", None, False), NOW + newcomers.OPEN_FOR)


def test_an_officer_opens_five_times_a_day(office: object) -> None:
    actor = Actor("staff", officer())
    for n in range(5):
        newcomers.open_network(bytes([n]), actor, NOW)
    with pytest.raises(newcomers.Enough):
        newcomers.open_network(b"x", actor, NOW + timedelta(hours=23))
    assert newcomers.open_network(b"x", actor, NOW + DAY)


def test_guessing_codes_is_limited(office: object) -> None:
    place = limits.where(HERE, None, False)
    for n in range(limits.of("opening", "network")[0].most):
        with pytest.raises(newcomers.WrongCode):
            newcomers.open_with(f"{n:08d}", place, NOW)
    with pytest.raises(limits.Closed):
        newcomers.open_with("ABCDEFGH", place, NOW)


def test_openings_that_are_over_are_forgotten(office: object) -> None:
    newcomers.open_network(b"x", Actor("staff", officer()), NOW)
    assert newcomers.forget(NOW + DAY) == 0
    assert newcomers.forget(NOW + newcomers.OPEN_FOR + DAY) == 1
    assert OpenedNetwork.select().count() == 0


# nobody is locked out ---------------------------------------------------------------------------------


def test_an_attacker_who_fills_these_buckets_stops_no_one_who_is_registered(
    visitor: Visitor, app: Flask, clock: FixedClock
) -> None:
    """Full buckets of phone and network: the owner signs in, changes, goes on with a draft, and resumes elsewhere."""
    walking.until(visitor, "alamat")
    browser = keys().lookup_hash("browser", devices.browser_of(_cookie(visitor)) or "")
    seen(700)
    seen(50, THERE, browser)
    page = visitor.open("/daftar/").submit("Lanjut", SITI["alamat"])
    assert walking.slug_of(page) == "kontak"
    visitor.open("/keluar").submit("Keluar")
    visitor.open("/masuk").submit("Masuk", nik=SITI["identitas"]["nik"], pin=PIN)
    assert Session.get(Session.revoked_at.is_null()).kind == "full"
    elsewhere = Visitor(app)
    elsewhere.open("/masuk").submit("Masuk", nik=SITI["identitas"]["nik"], pin=PIN)
    assert walking.slug_of(elsewhere.open("/daftar/")) == "kontak"


def test_the_same_answer_for_a_new_nik_and_a_known_one(visitor: Visitor, app: Flask) -> None:
    """Whoever must wait learns nothing about a NIK (threat 4)."""
    registered = person(3)
    registered["identitas"] = registered["identitas"] | {"kk": "359901 120715 0099"}
    walking.register(Visitor(app, address=THERE), registered)
    seen(120)
    known, unknown = waits(visitor, 3), waits(Visitor(app), 4)
    assert known.main == unknown.main


def _cookie(visitor: Visitor) -> str | None:
    found = visitor.http.get_cookie("hp", domain="127.0.0.1")
    return found.value if found else None


def test_settings_name_no_network_by_default(settings: Settings) -> None:
    assert settings.posko_networks == ()
