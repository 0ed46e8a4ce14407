"""A phone number or an address that changes after it was sent once: when it may, and who hears of it.

Whoever holds the contact data hears of results and can get back in by email. So a change waits a day after a PIN reset
at a posko (security.md 4.7), and is told to every phone of its owner, to the ledger, and to the proved old address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.models import Applicant, Application
from app.rules import email_address
from app.rules import phone as numbers
from app.rules.reasons import Reason
from app.services import audit, claims, codes, ledger, texting
from app.services.ledger import APPLICANT

#: After a PIN reset at a posko contact changes wait, so that an owner can object (security.md 4.7).
WAIT_AFTER_RESET = timedelta(hours=24)
NONE = "tidak ada"


class TooEarly(Exception):
    """The PIN was reset at a posko not long ago; contact may be changed from `until` on."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


@dataclass(frozen=True)
class Change:
    """What a person changes: masked words for each, and the number and proved address left behind ("" for none)."""

    words: tuple[str, ...]
    old_address: str = ""
    old_number: str = ""


def refuse_after_reset(applicant: Applicant, now: datetime) -> None:
    """Raises TooEarly within a day of a PIN reset at a posko."""
    reset = codes.last_reset(applicant)
    if reset is not None and now < reset + WAIT_AFTER_RESET:
        raise TooEarly(reset + WAIT_AFTER_RESET)


def change(applicant: Applicant, said: dict[str, Any], now: datetime) -> Change | None:
    """What the answers of the contact page change of what was sent before; None for nothing, or for a first time.

    Raises TooEarly.
    """
    if applicant.phone is None:
        return None
    before, after = applicant.email or "", said["email"] or ""
    words = []
    is_new = applicant.phone != said["hp"]
    if is_new:
        words.append(f"Nomor HP {numbers.masked(applicant.phone)} menjadi {numbers.masked(said['hp'])}.")
    is_other = before.casefold() != after.casefold()
    if is_other:
        words.append(f"Email {_masked(before)} menjadi {_masked(after)}.")
    if not words:
        return None
    refuse_after_reset(applicant, now)
    proved = is_other and applicant.email_proved_at is not None
    return Change(tuple(words), before if proved else "", applicant.phone if is_new else "")


def tell(application: Application, changed: Change, now: datetime) -> None:
    """A line in the ledger and in the trail, a notice on every phone, an SMS to the old number where SMS is on.

    Inside the caller's transaction.
    """
    said = " ".join(changed.words)
    applicant = application.applicant
    ledger.remark(application, Reason.CONTACT_CHANGED, APPLICANT, now, note=said)
    key = f"contact:{application.id}:{round(now.timestamp() * 1000)}"
    notice = claims.tell(applicant, key, "Nomor HP atau email Anda diganti", f"{said} {_NOT_YOU}", now)
    if notice is not None and changed.old_number:
        texting.tell_old_number(notice, changed.old_number, now)
    audit.record("applicant", "contact.change", f"applicant:{applicant.id}", now)


def _masked(address: str) -> str:
    return email_address.masked(address) if address else NONE


_NOT_YOU = "Bukan Anda yang mengganti? Ganti PIN, lalu segera hubungi kantor kami."
