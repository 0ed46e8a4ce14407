"""Whom and what people of the office see before they ask: their own district, and no number of anybody."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask

from app.clock import FixedClock
from app.crypto import keys
from app.models import Applicant, AuditLine, Deadline, Objection
from app.rules import codes, nik
from app.rules.states import State
from app.services import audit, looking, trail
from app.services.office import OfficeFacts
from tests.conftest import NOW
from tests.staff import rows
from tests.staff.conftest import Signed
from tests.staff.test_access import _address, _ids, _Person, _rules

# the own posko, and every other one ---------------------------------------------------------------------


NEAR, FAR = "Posko Sukodono", "Posko Lumajang"


def _lines(verb: str) -> list[tuple[str, str, str]]:
    rows_ = AuditLine.select().where(AuditLine.verb == verb).order_by(AuditLine.id)
    return [(line.actor, line.subject, line.detail) for line in rows_]


def test_names_of_other_districts_are_shown_when_asked_for_and_that_leaves_a_line(signed: Signed) -> None:
    wave = rows.wave()
    rows.application(rows.applicant(), wave)
    rows.application(rows.applicant(rows.nik(2), "Siti Lumajang", district="35.08.14"), wave)
    far = signed("officer", "jauh", FAR)
    page = far.visitor.open("/petugas").submit("Cari", q="siti")
    assert page.h1 == "1 orang di kecamatan posko Anda cocok dengan nama itu"
    assert "Siti Lumajang" in page.main
    assert "Siti Marlina" not in page.main
    assert _lines("search.wide") == []
    page = page.submit("Tampilkan juga")
    assert "Siti Marlina" in page.main
    assert "Tampilkan juga" not in [words for form in page.forms for words in form.buttons]
    assert _lines("search.wide") == [("staff:jauh", f"posko:{far.staff.posko_id}", "1 people")]
    page = far.visitor.open("/petugas").submit("Cari", q="marlina")
    assert page.h1 == "Tidak ada orang di kecamatan posko Anda cocok dengan nama itu"
    for role in ("verifier", "manager", "auditor"):  # the main office has no district
        found = signed(role).visitor.open("/petugas").submit("Cari", q="siti")
        assert found.h1 == "2 orang cocok dengan nama itu"


def test_an_officer_of_another_posko_helps_and_leaves_a_line(signed: Signed, clock: FixedClock) -> None:
    """People walk into any posko: what they bring opens their page, and they read who looked."""
    one = rows.application(rows.applicant(), rows.wave())
    near, far = signed("officer", "dekat", NEAR), signed("officer", "jauh", FAR)
    for brought in (codes.shown(one.ticket), rows.NIK, rows.PHONE):
        for officer in (near, far):
            page = officer.visitor.open("/petugas").submit("Cari", q=brought)
            assert page.path == f"/petugas/pendaftar/{one.id}"
    line = ("staff:jauh", f"applicant:{one.applicant_id}", f"posko:{far.staff.posko_id}")
    assert _lines("record.open") == [line]  # once for a visit, never at the own posko
    clock.move(timedelta(hours=12))
    far.sign_in()
    far.visitor.open(f"/petugas/pendaftar/{one.id}").click("Perlu dibetulkan")
    assert _lines("record.open") == [line, line]
    for role in ("verifier", "manager", "auditor"):
        signed(role).visitor.open(f"/petugas/pendaftar/{one.id}")
    assert len(_lines("record.open")) == 2
    told = [(act.who, act.what) for act in trail.of(one.applicant_id)]
    assert told == [("Jauh, petugas Posko Lumajang", "Membuka pendaftaran Anda di posko lain")] * 2


def test_every_page_with_a_person_of_another_district_leaves_a_line(signed: Signed) -> None:
    wave = rows.wave()
    person, other, third, fourth = [
        rows.application(rows.applicant(rows.nik(n), f"Orang {n}", phone=f"+62812000000{n}"), wave)
        for n in range(1, 5)
    ]
    pages = {
        f"/petugas/kelompok/{rows.group_claim(person)}": {person},
        f"/petugas/keberatan/{rows.objection(other)}": {other},
        f"/petugas/pasangan/{rows.pair(third.applicant, fourth.applicant)}": {third, fourth},
    }
    far = signed("officer", "jauh", FAR)
    for path, people in pages.items():
        before = len(_lines("record.open"))
        far.visitor.open(path)
        seen = {subject for _, subject, _ in _lines("record.open")[before:]}
        assert seen == {f"applicant:{one.applicant_id}" for one in people}, path


def test_lists_hold_the_own_district_only(signed: Signed) -> None:
    wave = rows.wave(3, opens=-40, closes=-30)
    one = rows.application(rows.applicant(), wave, State.SELECTED)
    rows.objection(one)
    Deadline.create(
        application=one, kind="buy_first_training", due_at=NOW - timedelta(days=20), created_at=NOW
    )
    near, far = signed("officer", "dekat", NEAR), signed("officer", "jauh", FAR)
    for path, shown in (("keberatan", "Siti Marlina"), ("lewat-batas", codes.shown(one.ticket))):
        assert shown in near.visitor.open(f"/petugas/{path}").main
        assert shown not in far.visitor.open(f"/petugas/{path}").main
    assert "Keberatan" in near.visitor.open("/petugas").main
    assert "Keberatan" not in far.visitor.open("/petugas").main
    Objection.update(owner=far.staff).execute()  # taken on: followed wherever its person lives
    assert "Siti Marlina" in far.visitor.open("/petugas/keberatan").main


def test_sixty_people_of_other_districts_an_hour_and_no_more(signed: Signed, clock: FixedClock) -> None:
    made = rows.many(61, rows.wave(), State.SUBMITTED)
    far = signed("officer", "jauh", FAR)
    for one in made[:59]:
        looking.note_opened(one.applicant, far.staff, clock.now())
    far.visitor.open(f"/petugas/pendaftar/{made[59].id}")
    refused = far.visitor.open(f"/petugas/pendaftar/{made[60].id}", 429)
    assert "60 orang dari kecamatan lain" in refused.main
    assert made[60].applicant.name not in refused.html
    far.visitor.open(f"/petugas/pendaftar/{made[0].id}")  # whoever was opened already stays open
    assert len(_lines("record.open")) == 60
    clock.move(timedelta(hours=1))
    far.sign_in()
    far.visitor.open(f"/petugas/pendaftar/{made[60].id}")
    assert audit.verify() == (AuditLine.select().count(), None)


# the hidden numbers ------------------------------------------------------------------------------------


#: What the pages leave open of a NIK even to somebody who knows its first six digits, because they are those of the
#: district: every day of the year that is shown, and every serial that there may be (they count people of one day and
#: sex; 30 is far more than a district has).
DAYS, SERIALS, AT_LEAST = 365, 30, 10_000


def _comparable(html: str) -> str:
    return re.sub(r'(name="csrf_token"[^>]* value=)"[^"]*"', r"\1", html)


@pytest.mark.only_on("sqlite")
def test_no_page_depends_on_the_numbers_before_they_are_opened(
    app: Flask, office: OfficeFacts, clock: FixedClock
) -> None:
    """Whatever NIK, KK and day of birth somebody has, every page of the office is the same to the last byte.

    So nothing can be derived from them: each of DAYS x SERIALS numbers fits what is shown, and any KK number.
    """
    assert DAYS * SERIALS >= AT_LEAST
    wave = rows.wave(3, opens=-30, closes=-10)
    application = rows.application(rows.applicant(), wave, State.IN_SELECTION)
    manager, auditor = _Person(app, clock, "manager"), _Person(app, clock, "auditor")
    ids = _ids(application, manager.staff)
    addresses = [
        _address(rule, ids)
        for _, method, rule in sorted(_rules(app))
        if method == "GET" and rule != "/petugas/csrf"
    ]

    def shown(paths: list[str]) -> dict[str, str]:
        found = {}
        for person in (manager, auditor):
            person.ask("POST", "/petugas/cari", q="siti")
            for path in paths:
                found[f"{person.kind} {path}"] = _comparable(person.ask("GET", path).text)
        return found

    def numbered(born: date, serial: int) -> None:
        person = Applicant.get_by_id(application.applicant_id)
        person.nik = f"350815{nik.expected_middle(born, 'p')}{serial:04}"
        person.kk = f"359977{born:%d%m%y}{serial + 1:04}"
        person.birth_date = born.isoformat()
        person.nik_index = keys().lookup_hash("nik", person.nik)
        person.kk_index = keys().lookup_hash("kk", person.kk)
        person.save()

    numbered(date(1988, 1, 1), 1)
    first = shown(addresses)
    assert "Siti Marlina" in first["auditor /petugas/cari"]
    for born, serial in ((date(1988, 12, 31), 30), (date(1988, 2, 29), 9999), (date(1988, 10, 10), 7)):
        numbered(born, serial)
        assert shown(addresses) == first, born
    own = [f"/petugas/pendaftar/{application.id}", f"/petugas/pasangan/{ids['pair_id']}", "/petugas/cari"]
    one = shown(own)
    for week in range(52):
        numbered(date(1988, 1, 2) + timedelta(weeks=week), week % SERIALS + 1)
        assert shown(own) == one, week
    opened = manager.ask("POST", f"{own[0]}/nik", alasan="ktp").text
    assert "24 Desember 1988" in opened
