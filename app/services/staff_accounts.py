"""The accounts of the office's people: invited by a command or a manager, enrolled by themselves, ended at once.

What a manager may do of it on the tablet stands in services/staff_managing.py. Nobody can set a secret for another person: an invitation is a code that its owner turns into a password and a second
factor of their own (ASVS 6.4.6). On an empty database `flask staff invite` is the only way in (ASVS 6.3.2).
"""

from __future__ import annotations

from datetime import datetime

from app.crypto import keys
from app.db import writing
from app.models import Application, Posko, Session, Staff, StaffCode
from app.rules import codes, password
from app.services import audit, office, sessions, staff_codes, totp
from app.services.ledger import SYSTEM, Actor
from app.services.staff_codes import CodeGone


class AccountProblem(Exception):
    """It cannot be done. The message says why, in English, for the person at the terminal; `field` (username, posko) and
    `words` for the page of a manager."""

    def __init__(self, message: str, field: str = "", words: str = "") -> None:
        super().__init__(message)
        self.field, self.words = field, words


class WrongCode(Exception):
    """The six digits are not those of this half minute, or were used already."""


# by command, and by managers ----------------------------------------------------------------------


def invite(username: str, name: str, role: str, posko: str, now: datetime, by: Actor = SYSTEM) -> str:
    """A new account without any secret, and the code that turns it into one. Raises AccountProblem."""
    with writing():
        username, place = new_name(username), open_posko(posko)
        staff = Staff.create(username=username, name=name.strip(), role=role, posko=place, created_at=now)
        audit.record(by.audit_name, "staff.invite", f"staff:{staff.id}", now, detail=role)
        return staff_codes.new_invitation(staff, now)


def new_name(typed: str) -> str:
    """The username as it is kept, if nobody has it. Raises AccountProblem."""
    username = typed.strip().lower()
    plain = username.replace(".", "").replace("-", "")
    if not (plain.isascii() and plain.isalnum()) or len(username) > 40:
        words = "Pakai huruf kecil, angka, titik, atau tanda hubung. Paling banyak 40."
        raise AccountProblem("a username is letters, digits, dots and dashes, at most 40", "username", words)
    if _named(username) is not None:
        words = "Nama pengguna ini sudah ada. Pakai yang lain, atau buat undangan baru di akun itu."
        raise AccountProblem(
            f"{username} exists; --again for a new password, --new-phone for a new start", "username", words
        )
    return username


def invite_again(username: str, now: datetime, *, new_phone: bool, by: Actor = SYSTEM) -> str:
    """A way back in. The second factor stays, unless the phone is gone too: then everything starts anew."""
    with writing():
        staff = _existing(username)
        if new_phone:
            staff.password_hash, staff.enrolled_at, staff.totp_secret, staff.totp_counter = "", None, None, 0
            StaffCode.delete().where(StaffCode.staff == staff).execute()
            sessions.revoke_others(now, staff=staff)
        staff.active = True
        staff.save()
        audit.record(
            by.audit_name,
            "staff.invite_again",
            f"staff:{staff.id}",
            now,
            detail="new phone" if new_phone else "",
        )
        return staff_codes.new_invitation(staff, now)


def disable(username: str, now: datetime, by: Actor = SYSTEM) -> int:
    """Shut an account; it is out at the next click. Returns how many sessions ended."""
    with writing():
        staff = _existing(username)
        Staff.update(active=False).where(Staff.id == staff.id).execute()
        StaffCode.update(used_at=now).where(
            (StaffCode.staff == staff) & StaffCode.used_at.is_null()
        ).execute()
        audit.record(by.audit_name, "staff.disable", f"staff:{staff.id}", now)
        return sessions.revoke_others(now, staff=staff)


def end_sessions(username: str, now: datetime) -> int:
    """Sign a person of the office out everywhere; returns how many sessions ended."""
    with writing():
        staff = _existing(username)
        audit.record("system", "session.revoke", f"staff:{staff.id}", now)
        return sessions.revoke_others(now, staff=staff)


def end_applicant_sessions(ticket: str, now: datetime) -> int:
    """Sign an applicant out everywhere, found by ticket; returns how many sessions ended. Raises AccountProblem."""
    try:
        application = Application.get_or_none(Application.ticket == codes.parse(ticket))
    except codes.CodeError:
        application = None
    if application is None:
        raise AccountProblem(f"there is no ticket {ticket}")
    with writing():
        audit.record("system", "session.revoke", f"applicant:{application.applicant_id}", now)
        return sessions.revoke_others(now, applicant=application.applicant)


def name_of(username: str) -> str:
    """Who that is, for people; what was given when nobody is called so (a command, an account of before)."""
    found = Staff.get_or_none(Staff.username == username)
    return str(found.name) if found is not None else username


def everybody() -> list[Staff]:
    """All accounts by username."""
    return list(Staff.select().order_by(Staff.username))


# by their owner -----------------------------------------------------------------------------------


def invitation(typed: str, now: datetime) -> StaffCode:
    """The invitation that was typed. Raises CodeGone."""
    return staff_codes.find_invitation(typed, now)


def invitation_by_id(code_id: int, now: datetime) -> StaffCode:
    """The same one on the next page, if it is still good. Raises CodeGone."""
    return staff_codes.usable(
        StaffCode.get_or_none((StaffCode.id == code_id) & (StaffCode.kind == "invitation")), now
    )


def choose_password(code: StaffCode, chosen: str, now: datetime) -> None:
    """First enrolment: keep the password and make the secret that the next page shows. Raises CodeGone."""
    staff = code.staff
    password_hash = keys().hash_secret(
        staff.id, password.normalised(chosen)
    )  # slow, so before the transaction
    with writing():
        if staff_codes.usable_again(code, now).staff.enrolled_at is not None:
            raise CodeGone
        staff.password_hash = password_hash
        staff.totp_secret = totp.new_secret()
        staff.save(only=[Staff.password_hash, Staff.totp_secret])


def finish(code: StaffCode, digits: str, now: datetime) -> list[str]:
    """The app's first code proves it: the account is open. Returns ten recovery codes, never shown again.

    Raises WrongCode, CodeGone.
    """
    with writing():
        staff = staff_codes.usable_again(code, now).staff
        if staff.enrolled_at is not None:
            raise CodeGone
        if not staff.password_hash or not totp.accept(staff, digits, now):
            raise WrongCode
        Staff.update(enrolled_at=now).where(Staff.id == staff.id).execute()
        staff_codes.spend(code, now)
        audit.record(f"staff:{staff.username}", "staff.enrol", f"staff:{staff.id}", now)
        return staff_codes.new_recovery_codes(staff, now)


def replace_password(code: StaffCode, chosen: str, digits: str, now: datetime) -> None:
    """Invited again: a new password, proved by the second factor of before; other sessions end.

    Raises WrongCode, CodeGone.
    """
    password_hash = keys().hash_secret(code.staff_id, password.normalised(chosen))
    with writing():
        staff = staff_codes.usable_again(code, now).staff
        if staff.enrolled_at is None:
            raise CodeGone
        if not totp.accept(staff, digits, now):
            raise WrongCode
        Staff.update(password_hash=password_hash).where(Staff.id == staff.id).execute()
        staff_codes.spend(code, now)
        sessions.revoke_others(now, staff=staff)
        audit.record(f"staff:{staff.username}", "staff.new_password", f"staff:{staff.id}", now)


def live_sessions(staff: Staff, now: datetime) -> list[Session]:
    """Where a person of the office is signed in, the newest first; idle ones are left out."""
    limits = sessions.LIFETIMES["staff"]
    live = (
        Session.revoked_at.is_null() & (Session.expires_at > now) & (Session.last_seen_at > now - limits.idle)
    )
    mine = (Session.staff == staff) & (Session.kind == "staff")
    return list(Session.select().where(mine & live).order_by(Session.created_at.desc()))


# inside -------------------------------------------------------------------------------------------


def _named(username: str) -> Staff | None:
    return Staff.get_or_none(Staff.username == username.strip().lower())


def _existing(username: str) -> Staff:
    staff = _named(username)
    if staff is None:
        raise AccountProblem(f"there is no {username}")
    return staff


def open_posko(name: str) -> Posko | None:
    """The help post of this name that new people may belong to; None for no name. Raises AccountProblem."""
    if not name:
        return None
    found = Posko.get_or_none((Posko.name == name) & Posko.active)
    if found is None:
        known = ", ".join(row.name for row in office.posko()) or "none yet: flask posko add"
        raise AccountProblem(
            f"there is no open posko {name!r} (known: {known})", "posko", "Pilih posko yang dibuka."
        )
    return found
