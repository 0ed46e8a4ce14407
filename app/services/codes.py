"""One-time codes: six digits to an email address, eight characters from a posko. Hashed, short-lived, used once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from peewee import fn

from app.channels.mail import MailSettings
from app.crypto import keys
from app.db import writing
from app.models import Applicant, Application, AuditLine, OneTimeCode
from app.rules import codes as written
from app.rules import states
from app.services import audit, letters, limits, notices
from app.services.ledger import Actor

EMAIL_PROOF = "email_proof"
EMAIL_SIGN_IN = "email_sign_in"
POSKO_RESET = "posko_reset"

#: Life of a code (security.md 4.7, ASVS 6.5.5); how often it may be tried and asked for stands in limits.LIMITS.
EMAIL_LIFE = timedelta(minutes=10)
POSKO_LIFE = timedelta(minutes=30)
[WRONG_TRIES] = [limit.most for limit in limits.of("code", "code")]

#: A place in the programme hangs on these: a second officer must confirm before a PIN is reset.
AT_STAKE = frozenset({states.State.SELECTED, states.State.RESERVE})

SUBJECTS = {
    EMAIL_PROOF: "Kode untuk memastikan email Anda",
    EMAIL_SIGN_IN: "Kode untuk masuk ke Gelombang",
}


class TooManyCodes(Exception):
    """This address or this officer has had enough codes; try again after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"after {retry_after} s")
        self.retry_after = retry_after


class NeedsSecondOfficer(Exception):
    """A selected or reserve person's PIN is reset by two different officers only."""


@dataclass(frozen=True)
class Issued:
    """A fresh code: `id` binds it to the browser that asked, `code` goes out once and is kept nowhere."""

    id: int
    code: str


# by email -----------------------------------------------------------------------------------------


def issue(applicant: Applicant, purpose: str, address: str, now: datetime) -> Issued:
    """A code of six digits for an email address (purpose email_proof or email_sign_in).

    Call it outside a transaction: the row is committed before the codes of this address are counted, so that
    parallel requests all count. Raises TooManyCodes (3 an hour, 10 a day for an address, whoever asks).
    """
    code = written.new_digits(6)
    row = OneTimeCode(
        applicant=applicant,
        purpose=purpose,
        address_index=_address_index(address),
        created_at=now,
        expires_at=now + EMAIL_LIFE,
    )
    row.code_hash = keys().hash_secret(row.id, code)
    row.save(force_insert=True)
    wait = _wait_for(row, now)
    if wait is not None:
        row.delete_instance()
        raise TooManyCodes(wait)
    return Issued(row.id, code)


def send_aside(
    settings: MailSettings, issued: Issued, purpose: str, address: str, office: str, now: datetime
) -> None:
    """Mail a code beside the answer to the person, so that its time tells nobody whether there was one to send."""
    subject = SUBJECTS[purpose]
    letter = letters.one_time_code(settings, address, subject, issued.code, issued.id, office, now)
    letters.post_aside(settings, letter)


def right(
    applicant: Applicant | None,
    purpose: str,
    typed: str,
    now: datetime,
    *,
    address: str | None = None,
    code_id: int | None = None,
) -> OneTimeCode | None:
    """The person's newest code for this purpose, when this is it. `use` it up in the transaction of what it opens.

    `address` must be the one that the code went to, `code_id` the one that this browser got; None leaves that
    open. The try is counted before the code is compared; the fifth wrong one kills the code. Takes as long for
    nobody (None) as for somebody.
    """
    row = _newest(applicant, purpose) if applicant else None
    if row is not None and code_id is not None and row.id != code_id:
        row = None
    if row is not None and address is not None and not _went_to(row, address):
        row = None
    if row is None or not _count_try(row, now):
        keys().verify_secret(0, typed, keys().dummy_hash)
        return None
    return row if keys().verify_secret(row.id, typed, row.code_hash) else None


def use(row: OneTimeCode, now: datetime) -> bool:
    """Use a code up; False when somebody was faster."""
    fresh = (OneTimeCode.id == row.id) & OneTimeCode.used_at.is_null() & (OneTimeCode.expires_at > now)
    return bool(OneTimeCode.update(used_at=now).where(fresh).execute() == 1)


def _newest(applicant: Applicant, purpose: str) -> OneTimeCode | None:
    mine = (OneTimeCode.applicant == applicant.id) & (OneTimeCode.purpose == purpose)
    found: OneTimeCode | None = (
        OneTimeCode.select().where(mine).order_by(OneTimeCode.created_at.desc(), OneTimeCode.id).first()
    )
    return found


def _count_try(row: OneTimeCode, now: datetime) -> bool:
    alive = (OneTimeCode.wrong < WRONG_TRIES) & OneTimeCode.used_at.is_null() & (OneTimeCode.expires_at > now)
    counted = OneTimeCode.update(wrong=OneTimeCode.wrong + 1).where((OneTimeCode.id == row.id) & alive)
    return bool(counted.execute() == 1)


def _wait_for(row: OneTimeCode, now: datetime) -> int | None:
    """Seconds until this address may have one more code, or None when it may now."""
    for limit in limits.of("mail", "address"):
        window = limit.window or limits.DAY
        recent = (OneTimeCode.address_index == row.address_index) & (OneTimeCode.created_at > now - window)
        if OneTimeCode.select().where(recent).count() > limit.most:
            oldest: datetime = OneTimeCode.select(fn.MIN(OneTimeCode.created_at)).where(recent).scalar()
            return max(1, round((oldest + window - now).total_seconds()))
    return None


def _went_to(row: OneTimeCode, address: str) -> bool:
    return bytes(row.address_index or b"") in keys().lookup_variants(_address_index(address))


def _address_index(address: str) -> bytes:
    return keys().lookup_hash("code address", address.casefold())


# from a posko -------------------------------------------------------------------------------------


def issue_posko_code(
    applicant: Applicant, actor: Actor, now: datetime, confirmed_by: Actor | None = None
) -> str:
    """A code with which the person sets a new PIN: 8 characters, as shown ("ABCD-EFGH"), 30 minutes, once.

    The officer has seen the KTP. For selected and reserve people `confirmed_by` must be another officer, else
    NeedsSecondOfficer. An officer makes 15 a day, then a manager must act or confirm, else TooManyCodes.
    The person is told at once, on every phone.
    """
    if at_stake(applicant) and (confirmed_by is None or confirmed_by.audit_name == actor.audit_name):
        raise NeedsSecondOfficer
    _refuse_too_many_resets(actor, confirmed_by, now)
    code = written.new_key()
    row = OneTimeCode(
        applicant=applicant,
        purpose=POSKO_RESET,
        issued_by=actor.staff,
        created_at=now,
        expires_at=now + POSKO_LIFE,
    )
    row.code_hash = keys().hash_secret(row.id, code)
    with writing():
        void_posko_codes(applicant, now)
        row.save(force_insert=True)
        detail = f"confirmed by {confirmed_by.audit_name}" if confirmed_by else ""
        audit.record(actor.audit_name, "pin.code", f"applicant:{applicant.id}", now, detail)
        notices.write(
            applicant_id=applicant.id,
            kind="security",
            key=f"pin_code:{row.id}",
            title="Ada kode untuk mengganti PIN Anda",
            body=f"{place_of(row)} membuat kode untuk mengganti PIN Anda. Bukan Anda yang meminta? "
            "Segera hubungi kantor kami.",
            path="/saya/perangkat",
            now=now,
        )
    return written.shown_key(code)


def void_posko_codes(applicant: Applicant, now: datetime) -> None:
    """Make the unused posko codes of a person worthless (a newer one, or a PIN changed by its owner)."""
    mine = (OneTimeCode.applicant == applicant.id) & (OneTimeCode.purpose == POSKO_RESET)
    OneTimeCode.update(expires_at=now).where(mine & (OneTimeCode.expires_at > now)).execute()


def at_stake(applicant: Applicant) -> bool:
    """Whether a PIN reset could cost this person a place: then two officers are needed."""
    held = [state.value for state in AT_STAKE]
    mine = (Application.applicant == applicant.id) & Application.state.in_(held)
    return bool(Application.select().where(mine).exists())


def live_posko_codes(nik_index: bytes, now: datetime) -> list[OneTimeCode]:
    """The unused posko codes of the claims to a NIK, newest first."""
    whose = (Applicant.nik_index == nik_index) & (Applicant.claim != "rejected")
    alive = OneTimeCode.used_at.is_null() & (OneTimeCode.expires_at > now)
    rows = (
        OneTimeCode.select(OneTimeCode, Applicant)
        .join(Applicant)
        .where(whose & alive & (OneTimeCode.purpose == POSKO_RESET))
        .order_by(OneTimeCode.created_at.desc())
    )
    return list(rows)


def last_reset(applicant: Applicant) -> datetime | None:
    """When the PIN was last set with a posko code: contact changes wait 24 hours after it (security.md 4.7)."""
    mine = (OneTimeCode.applicant == applicant.id) & (OneTimeCode.purpose == POSKO_RESET)
    row = OneTimeCode.select().where(mine & OneTimeCode.used_at.is_null(False))
    newest = row.order_by(OneTimeCode.used_at.desc()).first()
    return newest.used_at if newest else None


def place_of(row: OneTimeCode) -> str:
    """The posko whose officer made a code, as people call it."""
    staff = row.issued_by
    return str(staff.posko.name) if staff is not None and staff.posko is not None else "Kantor kami"


def _refuse_too_many_resets(actor: Actor, confirmed_by: Actor | None, now: datetime) -> None:
    if any(one and one.staff and one.staff.role == "manager" for one in (actor, confirmed_by)):
        return
    [limit] = limits.of("reset", "officer")
    window = limit.window or limits.DAY
    mine = (AuditLine.actor == actor.audit_name) & (AuditLine.verb == "pin.code")
    if AuditLine.select().where(mine & (AuditLine.at > now - window)).count() >= limit.most:
        raise TooManyCodes(round(window.total_seconds()))
