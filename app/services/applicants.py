"""A person's row from a person's answers: who is known already, the PIN that makes a person, corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from typing import Any

from app.crypto import keys
from app.db import writing
from app.models import Applicant, Attempt, Draft
from app.prepared import Prepared, insert
from app.rules import names, nik
from app.services import devices, drafts, sessions

Answers = dict[str, dict[str, Any]]

_holder: Prepared[Applicant] = Prepared(
    lambda nik_index, kk_index: Applicant.select().where(
        (Applicant.nik_index == nik_index) & (Applicant.kk_index == kk_index) & (Applicant.claim == "holder")
    )
)
_other_holder: Prepared[Applicant] = Prepared(
    lambda nik_index, own_id: Applicant.select(Applicant.id).where(
        (Applicant.nik_index == nik_index) & (Applicant.claim == "holder") & (Applicant.id != own_id)
    )
)


@dataclass(frozen=True)
class Welcome:
    """What the PIN step gives: the person, the session, and the token of the known phone (none on the office's tablet)."""

    applicant: Applicant
    session_token: str
    device_token: str | None


def is_known(said: dict[str, Any]) -> bool:
    """Whether this person is registered: only whoever also has the KK number and birth date right may learn it.

    Anybody who merely knows or guesses a NIK learns nothing (security threat 4).
    """
    nik_index, kk_index = keys().lookup_hash("nik", said["nik"]), keys().lookup_hash("kk", said["kk"])
    forms = product(keys().lookup_variants(nik_index), keys().lookup_variants(kk_index))
    found = next((row for form in forms if (row := _holder.first(*form))), None)
    return found is not None and found.birth_date == said["lahir"]


def make_person(
    draft: Draft,
    given: Answers,
    pin: str,
    label: str,
    now: datetime,
    token: str | None = None,
    is_offices: bool = False,
    seen: Attempt | None = None,
    shared: bool = False,
) -> Welcome:
    """The PIN step: from here on the draft belongs to a person and can be resumed on any phone.

    `given` is kept with it: an answer "there is a PIN" without a person would lead past that page for good. `token` is
    one that the browser holds already, so that it is a known phone even if our answer is lost. A tablet of the office
    is nobody's phone: there the session is short, and nothing stays behind. `seen` is how this counts as one who began
    here (services/newcomers.py). `shared`: others use this phone too, so the session is a short one.
    """
    applicant = Applicant(pin_set_at=now, created_at=now)
    applicant.pin_hash = keys().hash_secret(applicant.id, pin)  # slow on purpose, so before the transaction
    _take_identity(applicant, given["identitas"])
    with writing():
        applicant.save(force_insert=True)
        drafts.claim(draft, applicant.id, given, now)
        if seen is not None:
            insert(seen)
        device_token = None if is_offices else devices.register(applicant, label, shared, now, token)
        device = devices.by_token(device_token) if device_token else None
        session_token = sessions.open_session(
            "full", now, applicant=applicant, device=device, shared=shared or is_offices
        )
    return Welcome(applicant, session_token, device_token)


def change_pin(applicant_id: int, pin: str, now: datetime) -> None:
    """A new PIN while still registering."""
    pin_hash = keys().hash_secret(applicant_id, pin)
    Applicant.update(pin_hash=pin_hash, pin_set_at=now).where(Applicant.id == applicant_id).execute()


def correct_identity(applicant_id: int, said: dict[str, Any]) -> None:
    """Identity answers changed after the PIN step: signing in must go by the new NIK."""
    applicant = Applicant.get_by_id(applicant_id)
    _take_identity(applicant, said)
    save_changes(applicant)


def is_claimed(applicant: Applicant) -> bool:
    """Whether somebody else holds this NIK undisputed."""
    forms = keys().lookup_variants(bytes(applicant.nik_index))
    return any(_other_holder.value(form, applicant.id) is not None for form in forms)


def save_changes(applicant: Applicant) -> None:
    """Write what differs from the database: seven of the columns are indexed, and few of them change after the PIN."""
    applicant.save(only=applicant.dirty_fields)


def _put(applicant: Applicant, **columns: Any) -> None:
    for name, value in columns.items():
        if getattr(applicant, name) != value:
            setattr(applicant, name, value)


def _take_identity(applicant: Applicant, said: dict[str, Any]) -> None:
    birth = date.fromisoformat(said["lahir"])
    _put(
        applicant,
        nik=said["nik"],
        nik_index=keys().lookup_hash("nik", said["nik"]),
        kk=said["kk"],
        kk_index=keys().lookup_hash("kk", said["kk"]),
        name=said["nama"],
        name_search=names.search_key(said["nama"]),
        birth_date=said["lahir"],
        birth_year=birth.year,
        sex=said["jk"],
        nik_flags=",".join(warning.value for warning in nik.warnings(said["nik"], birth, said["jk"])),
    )


def take_everything(applicant: Applicant, given: Answers) -> None:
    """Copy what signing in, search and notices go by from the answers into the row; the caller saves it."""
    _take_identity(applicant, given["identitas"])
    contact = given["kontak"]
    _put(
        applicant,
        phone=contact["hp"],
        phone_index=keys().lookup_hash("phone", contact["hp"]),
        whatsapp=contact["wa"] == "ya",
        district=given["kecamatan"]["kecamatan"],
        village=given["desa"]["desa"],
    )
    address = contact["email"] or None
    if address != applicant.email:  # a changed address has not been proved
        applicant.email = address
        applicant.email_index = keys().lookup_hash("email", address) if address else None
        applicant.email_proved_at = None
