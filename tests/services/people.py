"""People and officers for the tests of signing in: rows with defaults."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.crypto import keys
from app.models import Applicant, Application, Posko, Staff
from app.rules.codes import new_code
from app.rules.states import State
from app.services import codes
from tests.conftest import NOW

NIK = "3508015704880001"
PIN = "482915"


def person(nik: str = NIK, pin: str = PIN, claim: str = "draft", **columns: Any) -> Applicant:
    """A claim to a NIK with a PIN."""
    row = Applicant(claim=claim, name="Siti Marlina", name_search="siti marlina", birth_year=1988, sex="p")
    row.nik, row.nik_index = nik, keys().lookup_hash("nik", nik)
    row.kk, row.kk_index = "3508011234567890", keys().lookup_hash("kk", "3508011234567890")
    row.birth_date = "1988-04-17"
    row.pin_hash = keys().hash_secret(row.id, pin)
    row.pin_set_at = row.created_at = columns.pop("created_at", NOW)
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row


def takes(applicant: Applicant | None, purpose: str, typed: str, now: datetime, **more: Any) -> bool:
    """Whether a one-time code is taken: it is the right one, and nobody used it before."""
    found = codes.right(applicant, purpose, typed, now, **more)
    return found is not None and codes.use(found, now)


def application(applicant: Applicant, state: State) -> Application:
    row = Application(
        applicant=applicant,
        ticket=new_code(),
        entry_number=new_code(),
        state=state.value,
        submitted_at=NOW,
        changed_at=NOW,
    )
    row.answers = "{}"
    row.save(force_insert=True)
    return row


def officer(username: str, role: str = "officer", posko: Posko | None = None) -> Staff:
    return Staff.create(username=username, name=username.title(), role=role, posko=posko, created_at=NOW)
