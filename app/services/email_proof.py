"""Proving an email address: a code goes out, and only its return is the proof.

A proved address opens the account on a new phone (services/signing_in.py). So it changes only from a full session
with a fresh PIN, never within a day of a PIN reset, and its owner hears of it in the inbox and at the old address.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.channels.mail import MailError, MailSettings
from app.crypto import keys
from app.db import acknowledged, locked_for_update
from app.models import Applicant, Application, Draft, GuideStep, OneTimeCode
from app.rules import email_address
from app.services import audit, claims, codes, contact, guide, letters, limits
from app.services.claims import Refused

#: Failures in which the mail may have gone out all the same: the code stays good and counts.
UNSURE = ("connection: TimeoutError", "connection: SMTPServerDisconnected", "connection: overdue")


class Pending(StrEnum):
    """What became of a code."""

    OPEN = "open"
    EXPIRED = "expired"
    SPENT = "spent"


@dataclass(frozen=True)
class Proved:
    """An address that is proved now; `before` is the proved one that it replaced, or None."""

    address: str
    before: str | None


def ask(applicant: Applicant, address: str, now: datetime) -> codes.Issued:
    """A code for an address. Raises contact.TooEarly, codes.TooManyCodes (of this address or this person), HashingBusy."""
    contact.refuse_after_reset(applicant, now)
    issued = codes.issue(applicant, codes.EMAIL_PROOF, address, now)
    [limit] = limits.of("mail", "person")
    window = limit.window or limits.DAY
    mine = (OneTimeCode.applicant == applicant.id) & (OneTimeCode.purpose == codes.EMAIL_PROOF)
    recent = OneTimeCode.select().where(mine & (OneTimeCode.created_at > now - window))
    if recent.count() > limit.most:  # counted after it was written, so that parallel requests all count
        oldest = recent.order_by(OneTimeCode.created_at).get()
        forget(issued)
        raise codes.TooManyCodes(round((oldest.created_at + window - now).total_seconds()))
    return issued


def send(settings: MailSettings, issued: codes.Issued, address: str, office: str, now: datetime) -> None:
    """Mail the code, in ten seconds at most. Raises MailError; a code that cannot have gone out counts nowhere."""
    subject = codes.SUBJECTS[codes.EMAIL_PROOF]
    letter = letters.one_time_code(settings, address, subject, issued.code, issued.id, office, now)
    try:
        letters.post(settings, letter)
    except MailError as error:
        if error.reason not in UNSURE:
            forget(issued)
        raise


def forget(issued: codes.Issued) -> None:
    """As if this code had never been asked for; the one before it is the newest again."""
    OneTimeCode.delete().where(OneTimeCode.id == issued.id).execute()


def pending(applicant: Applicant, code_id: int, now: datetime) -> tuple[Pending, datetime] | None:
    """What became of this person's code and until when it holds; None when there is no such code."""
    mine = (OneTimeCode.applicant == applicant.id) & (OneTimeCode.purpose == codes.EMAIL_PROOF)
    row = OneTimeCode.get_or_none(mine & (OneTimeCode.id == code_id))
    if row is None:
        return None
    if row.used_at is not None or row.wrong >= codes.WRONG_TRIES:
        return Pending.SPENT, row.expires_at
    return (Pending.OPEN if row.expires_at > now else Pending.EXPIRED), row.expires_at


def prove(applicant: Applicant, address: str, code_id: int, typed: str, now: datetime) -> Proved:
    """The code came back: the address is this person's and proved. Raises claims.Refused, contact.TooEarly, HashingBusy."""
    contact.refuse_after_reset(applicant, now)
    code = codes.right(applicant, codes.EMAIL_PROOF, typed, now, address=address, code_id=code_id)
    if code is None:
        raise Refused
    with acknowledged():
        if not codes.use(code, now):
            raise Refused  # the same code was used a moment ago
        _carry_into_answers(applicant, address)
        row = locked_for_update(Applicant.select().where(Applicant.id == applicant.id)).get()
        before = row.email if row.email_proved_at is not None else None
        row.email = address
        row.email_index = keys().lookup_hash("email", address)
        row.email_proved_at = now
        row.save(only=[Applicant.email, Applicant.email_index, Applicant.email_proved_at])
        _note_step(row, now)
        body = _TOLD.format(email_address.masked(address))
        claims.tell(row, f"email:{code_id}", "Email untuk akun Anda sudah dibuktikan", body, now)
        audit.record("applicant", "email.prove", f"applicant:{row.id}", now)
    return Proved(address, before if before and before.casefold() != address.casefold() else None)


def tell_old_address(
    settings: MailSettings, before: str, code_id: int, office: str, phone: str, site: str, now: datetime
) -> None:
    """Write to the address that was replaced, beside the answer to the person."""
    letters.post_aside(settings, letters.email_changed(settings, before, code_id, office, phone, site, now))


def _carry_into_answers(applicant: Applicant, address: str) -> None:
    """The wizard remembers an address too; sending it again must not bring the old one back.

    Rows are locked in the order in which sending locks them: drafts, applications, person.
    """
    drafts = Draft.select().where((Draft.applicant == applicant.id) & Draft.done_at.is_null())
    sent = Application.select().where(Application.applicant == applicant.id)
    newest = sent.order_by(Application.submitted_at.desc(), Application.id).limit(1)
    for row in (*locked_for_update(drafts.order_by(Draft.id)), *locked_for_update(newest)):
        answers = json.loads(row.answers)
        if "kontak" in answers:
            answers["kontak"] |= {"punya": "punya", "email": address}
            row.answers = json.dumps(answers, ensure_ascii=False)
            row.save(only=[type(row).answers])


def _note_step(applicant: Applicant, now: datetime) -> None:
    step = (GuideStep.applicant == applicant.id) & (GuideStep.step == guide.EMAIL)
    GuideStep.delete().where(step).execute()
    GuideStep.create(applicant=applicant.id, step=guide.EMAIL, proof="code", done_at=now)


_TOLD = (
    "Email untuk akun Anda sekarang {}. Dengan email ini Anda bisa masuk dari HP baru. Bukan Anda yang membuktikan? "
    "Ganti PIN, lalu hubungi kantor kami."
)
