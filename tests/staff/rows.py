"""Rows for the office's tests: waves, applicants in any state, people of the office with real second factors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyotp
from flask import Flask

from app.clock import FixedClock
from app.crypto import keys
from app.models import (
    Applicant,
    Application,
    Broadcast,
    CallTask,
    GroupClaim,
    LateEntry,
    Objection,
    Posko,
    Reversal,
    Staff,
    SuspectedPair,
    Wave,
)
from app.rules import codes, names
from app.rules.broadcast import Segment
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import ledger, staff_accounts
from tests.conftest import NOW, PUBLIC_URL
from tests.pages import Page, Visitor

PASSWORD = "sawah hujan meja ungu"
NIK = "3508015704880001"
KK = "3508011204100021"
PHONE = "+6281234567890"
VILLAGE = "35.08.15.2005"


def wave(number: int = 4, *, opens: int = -6, closes: int = 12, **columns: Any) -> Wave:
    """A wave by days from NOW."""
    columns.setdefault("quota", 164)
    columns.setdefault("created_at", NOW - timedelta(days=30))
    columns.setdefault("announce_at", NOW + timedelta(days=closes + 4))
    return Wave.create(
        number=number, opens_at=NOW + timedelta(days=opens), closes_at=NOW + timedelta(days=closes), **columns
    )


def applicant(nik: str = NIK, name: str = "Siti Marlina", claim: str = "holder", **columns: Any) -> Applicant:
    row = Applicant(claim=claim, name=name, name_search=names.search_key(name), birth_year=1988, sex="p")
    number = columns.pop("phone", PHONE)
    row.nik, row.nik_index = nik, keys().lookup_hash("nik", nik)
    row.kk, row.kk_index = KK, keys().lookup_hash("kk", KK)
    row.phone, row.phone_index = number, keys().lookup_hash("phone", number)
    row.birth_date = "1988-04-17"
    row.district, row.village = VILLAGE[:8], VILLAGE
    row.pin_hash = "none"
    row.pin_set_at = row.created_at = NOW
    for column, value in columns.items():
        setattr(row, column, value)
    row.save(force_insert=True)
    return row


def application(
    person: Applicant | None = None,
    in_wave: Wave | None = None,
    state: State = State.SUBMITTED,
    ticket: str = "",
    at: datetime = NOW,
) -> Application:
    """An application in a state, with the ledger that led there in one step."""
    row = Application(
        applicant=person or applicant(),
        wave=in_wave,
        ticket=ticket or codes.new_code(),
        entry_number=codes.new_code(),
        state=state.value,
        work="phk",
        submitted_at=at,
        changed_at=at,
    )
    row.answers = json.dumps({})
    row.save(force_insert=True)
    ledger.begin(row, Reason.SENT_BY_APPLICANT, ledger.APPLICANT, at)
    return row


def pair(one: Applicant, other: Applicant | None = None, why: str = "same_name_and_birth") -> int:
    """Two records that may be one person; the id of the open pair."""
    other = other or applicant("3599010101900001", phone="+6281200000001")
    first, second = sorted((one.id, other.id))
    return int(SuspectedPair.create(first=first, second=second, why=why, found_at=NOW).id)


def group_claim(application: Application, group: str = "phk") -> int:
    """Somebody says to belong to a group; nobody has seen a paper."""
    return int(GroupClaim.create(application=application, group=group).id)


def objection(application: Application) -> int:
    """Somebody says that the result is wrong; nobody owns it yet."""
    row = Objection(application=application, about="result", made_at=NOW, due_at=NOW + timedelta(days=7))
    row.text = "Nomor urut saya keliru."
    row.save(force_insert=True)
    return int(row.id)


def reversal(application: Application) -> int:
    """A place that one officer wants to take."""
    by, _ = Staff.get_or_create(
        username="pengusul", defaults={"name": "Pengusul", "role": "manager", "created_at": NOW}
    )
    row = Reversal(application=application, to_state="revoked", reason="data_false", proposed_at=NOW)
    row.proposed_by, row.note = by, "KTP berbeda."
    row.save(force_insert=True)
    return int(row.id)


def late_entry(application: Application) -> int:
    """An entry that one officer says was missing from the list."""
    by, _ = Staff.get_or_create(
        username="pengusul", defaults={"name": "Pengusul", "role": "manager", "created_at": NOW}
    )
    row = LateEntry(application=application, proposed_by=by, proposed_at=NOW)
    row.note = "KTP baru dicocokkan."
    row.save(force_insert=True)
    return int(row.id)


def broadcast(**columns: Any) -> int:
    """A notice to everybody who registered, not sent yet; the one that there is, if there is one."""
    found = Broadcast.get_or_none()
    if found is not None and not columns:
        return int(found.id)
    by, _ = Staff.get_or_create(
        username="penulis", defaults={"name": "Penulis", "role": "manager", "created_at": NOW}
    )
    given = {
        "title": "Posko buka hari Sabtu",
        "body": "Sabtu ini posko buka pukul 08.00 sampai 12.00. Bawa KTP dan nomor pendaftaran Anda.",
        "segment": Segment().as_json(),
        "written_by": by,
        "written_at": NOW,
    }
    return int(Broadcast.create(**given | columns).id)


def nik(serial: int) -> str:
    """Different NIKs that look like one."""
    return f"350801570488{serial:04}"


def many(count: int, in_wave: Wave, state: State = State.IN_SELECTION) -> list[Application]:
    """So many people in a wave."""
    return [
        application(applicant(nik(n), f"Orang Nomor {n}", phone=f"+62812345{n:05}"), in_wave, state)
        for n in range(1, count + 1)
    ]


def call(person: Applicant, **columns: Any) -> int:
    """The entry of this person in the call list; one is made when there is none that is open."""
    mine = (CallTask.applicant == person.id) & (CallTask.state == "open")
    row = CallTask.get_or_none(mine)
    given = {"why": "notice", "next_at": NOW, "created_at": NOW} | columns
    return int((row or CallTask.create(applicant=person.id, **given)).id)


# the office's people ------------------------------------------------------------------------------


@dataclass
class Officer:
    """A person of the office at a tablet, with an authenticator app."""

    staff: Staff
    secret: str
    clock: FixedClock
    visitor: Visitor

    @property
    def digits(self) -> str:
        """A code that was not used before: the next half minute's."""
        self.clock.move(timedelta(seconds=30))
        return pyotp.TOTP(self.secret).at(self.clock.now())

    def sign_in(self) -> Page:
        page = self.visitor.open("/petugas/masuk").submit(nama=self.staff.username, sandi=PASSWORD)
        return page.submit(kode=self.digits)


def officer(
    app: Flask, clock: FixedClock, username: str = "dewi.anggraini", role: str = "officer", posko: str = ""
) -> Officer:
    """An enrolled account at a tablet of its own; not signed in yet."""
    code = staff_accounts.invite(username, username.replace(".", " ").title(), role, posko, clock.now())
    invitation = staff_accounts.invitation(code, clock.now())
    staff_accounts.choose_password(invitation, PASSWORD, clock.now())
    secret = str(Staff.get(Staff.username == username).totp_secret)
    staff_accounts.finish(invitation, pyotp.TOTP(secret).at(clock.now()), clock.now())
    return Officer(Staff.get(Staff.username == username), secret, clock, Visitor(app, PUBLIC_URL))


def posko() -> Posko:
    return Posko.get(Posko.name == "Posko Sukodono")
