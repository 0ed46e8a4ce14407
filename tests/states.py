"""People who have registered, and the ways by which they get into every state; quicker than walking the wizard.

siti = sent(visitor)                    registered now, signed in on this visitor's own phone
moved(siti, CLOSED, SELECTED, now=...)  through the ledger, as the office and the worker do it
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from app.crypto import keys
from app.db import writing
from app.models import (
    Applicant,
    Application,
    Deadline,
    Posko,
    PushSubscription,
    Result,
    Reversal,
    Session,
    Staff,
    Wave,
)
from app.rules import deadlines
from app.rules.reasons import Reason
from app.rules.states import State, takes_away
from app.services import applicants, drafts, ledger, registration
from app.services.ledger import SYSTEM, Actor
from tests import build
from tests.conftest import NOW
from tests.pages import Visitor
from tests.walking import PIN

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

#: What walking.SITI becomes in the database (a test compares).
ANSWERS: dict[str, dict[str, Any]] = {
    "syarat": {"umur": "ya", "sekolah": "tidak", "jabatan": "tidak", "kk2": "tahu"},
    "persetujuan": {"push": False, "wa": True, "lpk": False},
    "identitas": {
        "nama": "Siti Marlina",
        "nik": "3599015704880003",
        "kk": "3599011207150021",
        "lahir": "1988-04-17",
        "jk": "p",
    },
    "pin": {"ada": True},
    "kecamatan": {"kecamatan": "35.08.15"},
    "desa": {"desa": "35.08.15.2001"},
    "alamat": {"jalan": "Dusun Krajan, dekat masjid", "rt": "03", "rw": "05"},
    "kontak": {"hp": "+6281234567713", "wa": "ya", "punya": "belum", "email": ""},
    "pekerjaan": {"kerja": "phk"},
    "phk": {"perusahaan": "PT Benang Elok", "bulan": "2026-03"},
    "pendidikan": {"sekolah": "smp", "hambatan": None, "perlu": ""},
    "minat": {"bidang": ["boga", "jahit"], "cara": "tatap"},
}

CLOSED = (State.IN_SELECTION, Reason.WAVE_CLOSED)
SELECTED = (State.SELECTED, Reason.CENTRAL_RESULT)
RESERVE = (State.RESERVE, Reason.CENTRAL_RESULT)
NOT_SELECTED = (State.NOT_SELECTED, Reason.QUOTA_FULL)


def make_wave(number: int, **columns: Any) -> Wave:
    """One more wave, with the times of the fixture `wave` unless others are named."""
    return build.wave(NOW, number=number, **columns)


def answers(**steps: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Siti's answers with other values on some pages."""
    return {slug: said | steps.get(slug, {}) for slug, said in ANSWERS.items()}


def sent(
    visitor: Visitor | None = None, said: dict[str, dict[str, Any]] = ANSWERS, now: datetime = NOW
) -> Application:
    """A registration sent now, into the open wave if there is one; the visitor is its owner on the own phone."""
    draft, _ = drafts.start(said, now)
    welcome = applicants.make_person(draft, said, PIN, "HP Android, Chrome", now)
    application = registration.send(draft.id, said, "teks izin", "WIB", now).application
    if visitor is not None:
        signed_in(visitor, welcome.session_token)
        visitor.http.set_cookie("hp", welcome.device_token, domain="127.0.0.1")
    return application


def signed_in(visitor: Visitor, token: str) -> None:
    """Put a session's token where the sign-in page would put it."""
    with visitor.http.session_transaction(base_url=visitor.base_url) as cookie:
        cookie["_user_id"] = token


def summary_only(application: Application) -> None:
    """Make this person's sessions what NIK and PIN open on a new phone."""
    Session.update(kind="summary").where(Session.applicant == application.applicant_id).execute()


def moved(application: Application, *steps: tuple[State, Reason], now: datetime = NOW) -> Application:
    """Take an application through these changes of state."""
    fresh: Application = Application.get_by_id(application.id)
    with writing():
        for state, reason in steps:
            told = "kabar" if reason != Reason.WAVE_CLOSED else ""
            takes = takes_away(State(fresh.state), state)
            by = {"by": _confirmed(fresh, state, reason, now)} if takes else {}
            ledger.move(fresh, state, reason, SYSTEM, now, told=told, **by)
    return fresh


def _confirmed(application: Application, state: State, reason: Reason, now: datetime) -> Reversal:
    """The decision of two officers without which no place is taken away."""
    first, second = officer("satu", "Satu"), officer("dua", "Dua")
    return Reversal.create(
        application=application.id,
        to_state=state.value,
        reason=reason.value,
        proposed_by=first,
        proposed_at=now,
        confirmed_by=second,
        confirmed_at=now,
        object_until=now + 7 * DAY,
    )


def deadline(application: Application, due: datetime, now: datetime = NOW) -> Deadline:
    """The first deadline of a selected person."""
    kind = deadlines.Deadline.BUY_FIRST_TRAINING.value
    return Deadline.create(application=application.id, kind=kind, due_at=due, created_at=now)


def officer(username: str = "budi", name: str = "Budi Santoso") -> Staff:
    """An officer of Posko Sukodono."""
    posko = Posko.get(Posko.name == "Posko Sukodono")
    return Staff.create(username=username, name=name, role="officer", posko=posko, created_at=NOW)


def as_actor(staff: Staff) -> Actor:
    return Actor("staff", staff)


def secret_result(
    application: Application, staff: Staff, state: State, position: int | None = None
) -> Result:
    """A result that was set and is not published."""
    return Result.create(
        application=application.id,
        wave=application.wave_id,
        outcome=state.value,
        reason=Reason.CENTRAL_RESULT.value,
        position=position,
        staff=staff,
        set_at=NOW,
    )


def subscribe(applicant_id: int) -> PushSubscription:
    """A browser that may be pushed to; its far end is never reached."""
    row = PushSubscription(
        applicant=applicant_id,
        endpoint_hash=keys().lookup_hash("endpoint", f"x{applicant_id}"),
        p256dh=b"k",
        origin="https://push.example",
        label="HP Android, Chrome",
        created_at=NOW,
        refreshed_at=NOW,
    )
    row.endpoint, row.auth = "https://push.example/send/1", "geheim"
    row.save(force_insert=True)
    return row


def owner(application: Application) -> Applicant:
    return Applicant.get_by_id(application.applicant_id)


def stored(application: Application) -> dict[str, Any]:
    """The answers in an application as they are now."""
    return dict(json.loads(Application.get_by_id(application.id).answers))
