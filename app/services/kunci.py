"""The kunci: 40 bits on paper that make a new phone known, together with the PIN. Used once, replaced at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.crypto import keys
from app.models import Applicant
from app.rules import codes


@dataclass(frozen=True)
class Kunci:
    """A fresh kunci, hashed already: `shown` is for the person, once; `columns` are for the applicant's row."""

    shown: str
    columns: dict[str, Any]


def make(applicant_id: int, now: datetime) -> Kunci:
    """A fresh kunci that is not stored yet."""
    code = codes.new_key()
    return Kunci(
        codes.shown_key(code),
        {
            "kunci_hash": keys().hash_random(applicant_id, code),
            "kunci_index": index(code),
            "kunci_set_at": now,
        },
    )


def replace(applicant: Applicant, now: datetime) -> str:
    """Replace a person's kunci inside the caller's transaction; returns it as shown ("ABCD-EFGH")."""
    made = make(applicant.id, now)
    for name, value in made.columns.items():
        setattr(applicant, name, value)
    Applicant.update(**made.columns).where(Applicant.id == applicant.id).execute()
    return made.shown


def is_right(applicant: Applicant, code: str) -> bool:
    """Whether this is the person's kunci, in constant time; nobody has an empty one."""
    return keys().verify_random(applicant.id, code, applicant.kunci_hash)


def may_be(code: str) -> Any:
    """Whose kunci this may be, as a condition on Applicant; one whose index went with an old look-up key always may."""
    forms = [form[:1] for form in keys().lookup_variants(keys().lookup_hash("kunci", code))]
    forgotten = Applicant.kunci_index.is_null() & (Applicant.kunci_hash != "")
    return Applicant.kunci_index.in_(forms) | forgotten


def index(code: str) -> bytes:
    """One byte of a keyed hash: picks a kunci's likely owner among many claims to one NIK.

    With it, nobody can crowd the owner of a kunci out by making claims to the same NIK. One byte is enough for that, and
    does not make the kunci searchable under a second key.
    """
    return keys().lookup_hash("kunci", code)[:1]
