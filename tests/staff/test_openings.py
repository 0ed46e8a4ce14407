"""Who opened full numbers: what the auditor reads every day (security.md, threat 7)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app import db
from app.models import Applicant
from app.services import audit, openings
from tests.staff import rows
from tests.staff.conftest import Signed

ZONE = "Asia/Jakarta"
#: Saturday 21 November 2026, 22.30 WIB; and Friday, 10.00 and 06.59.
NIGHT = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
FRIDAY, EARLY = datetime(2026, 11, 20, 3, tzinfo=UTC), datetime(2026, 11, 19, 23, 59, tzinfo=UTC)


def opened(username: str, person: Applicant, at: datetime) -> None:
    with db.writing():
        audit.record(f"staff:{username}", "nik.open", f"applicant:{person.id}", at, "ktp")


@pytest.mark.parametrize(
    ("at", "late"), [(NIGHT, True), (FRIDAY, False), (EARLY, True), (FRIDAY.replace(hour=11), True)]
)
def test_office_hours(at: datetime, late: bool) -> None:
    assert openings.is_out_of_hours(at, ZONE) is late


def test_the_auditor_reads_who_opened_most_late_and_of_the_own_family(signed: Signed) -> None:
    officer, auditor = signed("officer"), signed("auditor")
    family = officer.staff.name.split()[-1]
    person = rows.applicant(name=f"Ratna {family}")
    for _ in range(3):
        opened(officer.staff.username, person, FRIDAY)
    opened(officer.staff.username, person, EARLY)
    opened("sudah.keluar", person, FRIDAY)
    with db.writing():
        audit.record("staff:budi.jauh", "record.open", f"applicant:{person.id}", FRIDAY, "posko:2")
    [most, other, far] = openings.of_day(date(2026, 11, 20), ZONE)
    assert (most.name, most.opened, most.out_of_hours, most.same_name) == (officer.staff.name, 4, 1, 4)
    assert (other.name, other.opened) == ("staff:sudah.keluar", 1)
    assert (far.name, far.opened, far.elsewhere) == ("staff:budi.jauh", 0, 1)
    assert (most.elsewhere, other.elsewhere) == (0, 0)
    page = auditor.visitor.open("/petugas/pembukaan?hari=2026-11-20")
    assert "Jumat, 20 November 2026" in page.main
    assert officer.staff.name in page.main
    assert "Tidak ada yang membuka" in auditor.visitor.open("/petugas/pembukaan?hari=2026-11-18").main


def test_days_that_cannot_be_are_yesterday(signed: Signed) -> None:
    auditor = signed("auditor").visitor
    usual = auditor.open("/petugas/pembukaan").main
    for asked in ("besok", "2026-13-40", "9999-12-31", "0001-01-01", "2031-01-01"):
        assert auditor.open(f"/petugas/pembukaan?hari={asked}").main == usual


def test_a_name_of_one_word_is_no_family(database: object) -> None:
    assert openings._family_name("Sukarno") == ""
    assert openings._family_name("Siti  Marlina") == "marlina"
