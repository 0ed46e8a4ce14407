"""Signing in at the office: a password, then six digits. Tries are rows, counted before anything is checked.

Limits of security.md 4.3, row "staff". A tablet on which a person has signed in before has buckets of its own, so that
outsiders who guess at a name cannot keep its owner out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.crypto import HashingBusy, keys, new_token
from app.db import writing
from app.models import Attempt, Session, Staff, StaffCode
from app.rules import password
from app.services import audit, limits, sessions, staff_accounts, staff_codes, totp
from app.services.limits import Limit

PATH = "staff"
WRONG_CODES = 3
"""Wrong second factors that end a half session."""

KNOWN_TABLET = timedelta(days=90)
"""How long a tablet counts as a person's own after the last sign-in there; attempts are kept no longer."""


#: docs/security.md prints these and a test compares the two. "account" counts for each tablet that the person has
#: signed in on before by itself, and for all other places together.
LIMITS = (
    Limit(PATH, "account", 5, timedelta(minutes=15)),
    Limit(PATH, "account", 20, limits.DAY),
    Limit(PATH, "network", 30, limits.DAY),
)


class WrongSecret(Exception):
    """Name, password or code is wrong, or the account is not open: always the same answer."""


class HalfOver(Exception):
    """Three wrong codes: begin again with the password."""


@dataclass(frozen=True)
class Browser:
    """Where a try comes from: the peer's network, and the cookie of a tablet that was signed in on before."""

    network: str
    tablet: str | None


@dataclass(frozen=True)
class Opened:
    """What a complete sign-in gives: the session's token, the tablet's token, and the recovery codes left."""

    session_token: str
    tablet_token: str
    recovered: bool


def begin(username: str, typed: str, browser: Browser, now: datetime) -> str:
    """The password: opens a half session and returns its token. Raises WrongSecret, limits.Closed, HashingBusy.

    An unknown name costs as much time as a known one and gets the same answer (ASVS 6.3.8).
    """
    username = username.strip().lower()
    staff = _open_account(username)
    attempt = _count(username, browser, now)
    owner, stored = (staff.id, staff.password_hash) if staff else (0, keys().dummy_hash)
    try:
        right = keys().verify_secret(owner, password.normalised(typed), stored)
    except HashingBusy:
        limits.forget(attempt)  # nobody looked at the password
        raise
    if not right or staff is None:
        raise WrongSecret
    with writing():
        limits.succeeded(attempt)
        return sessions.open_session("half", now, staff=staff)


def complete(half: Session, typed: str, browser: Browser, now: datetime) -> Opened:
    """The second factor (six digits, or a recovery code): ends the half session and opens the real one.

    Raises WrongSecret, HalfOver, limits.Closed.
    """
    staff = _owner(half)
    attempt = _count(staff.username, browser, now)
    tries = Session.update(wrong_codes=Session.wrong_codes + 1).where(
        (Session.id == half.id) & (Session.wrong_codes < WRONG_CODES) & Session.revoked_at.is_null()
    )
    if tries.execute() != 1:
        raise HalfOver
    with writing():
        recovered = not _is_six_digits(typed)
        right = (
            staff_codes.use_recovery_code(staff, typed, now)
            if recovered
            else totp.accept(staff, typed.replace(" ", ""), now)
        )
        if right:
            return _open(half, staff, attempt, browser, recovered, now)
    if Session.select().where((Session.id == half.id) & (Session.wrong_codes >= WRONG_CODES)).exists():
        sessions.revoke(half, now)
        raise HalfOver
    raise WrongSecret


def countersign(username: str, digits: str, officer: Staff, browser: Browser, now: datetime) -> Staff:
    """A second person confirms an act of `officer` with name and six digits. Returns that person.

    Raises WrongSecret (also for the officer's own name, or a role that only reads), limits.Closed.
    """
    username = username.strip().lower()
    second = _open_account(username)
    attempt = _count(username, browser, now)
    if second is None or second.id == officer.id or second.role == "auditor":
        raise WrongSecret
    _take(second, digits, attempt, now)
    return second


def prove(staff: Staff, digits: str, browser: Browser, now: datetime) -> None:
    """Six digits of the own app before an act that matters (ASVS 7.5.1). Raises WrongSecret, limits.Closed."""
    _take(staff, digits, _count(staff.username, browser, now), now)


def _take(staff: Staff, digits: str, attempt: Attempt, now: datetime) -> None:
    with writing():
        if not totp.accept(staff, digits.replace(" ", ""), now):
            raise WrongSecret
        limits.succeeded(attempt)


def replace_password(code: StaffCode, chosen: str, digits: str, browser: Browser, now: datetime) -> None:
    """Invited again: a new password, proved by the second factor of before (ASVS 6.4.3).

    Raises staff_accounts.WrongCode, staff_codes.CodeGone, limits.Closed.
    """
    attempt = _count(code.staff.username, browser, now)
    staff_accounts.replace_password(code, chosen, digits, now)
    limits.succeeded(attempt)


def _is_six_digits(typed: str) -> bool:
    text = typed.replace(" ", "")
    return len(text) == 6 and text.isascii() and text.isdigit()


def _open(
    half: Session, staff: Staff, attempt: Attempt, browser: Browser, recovered: bool, now: datetime
) -> Opened:
    tablet = browser.tablet if browser.tablet and attempt.browser is not None else new_token()
    place = limits.where(browser.network, tablet, posko=False)
    Attempt.update(failed=False, browser=place.browser).where(Attempt.id == attempt.id).execute()
    sessions.revoke(half, now)
    verb = "staff.sign_in_recovery" if recovered else "staff.sign_in"
    audit.record(f"staff:{staff.username}", verb, f"staff:{staff.id}", now)
    return Opened(sessions.open_session("staff", now, staff=staff), tablet, recovered)


def _owner(half: Session) -> Staff:
    if half.staff is None or not half.staff.active:
        raise HalfOver
    return half.staff


def _open_account(username: str) -> Staff | None:
    return Staff.get_or_none((Staff.username == username) & Staff.active & Staff.enrolled_at.is_null(False))


# counting -----------------------------------------------------------------------------------------


def _is_known(attempt: Attempt, now: datetime) -> bool:
    """Whether this person has signed in on this tablet before."""
    if attempt.browser is None:
        return False
    here = (
        (Attempt.subject == attempt.subject) & (Attempt.browser == attempt.browser) & (Attempt.path == PATH)
    )
    return bool(Attempt.select().where(here & ~Attempt.failed & (Attempt.at > now - KNOWN_TABLET)).exists())


def _count(username: str, browser: Browser, now: datetime) -> Attempt:
    """Write the try down as wrong before it is checked; raises limits.Closed when a bucket is full.

    The row is committed first and counted second, so that parallel tries see each other (as in services/limits.py).
    """
    subject = keys().lookup_hash("staff", username)
    place = limits.where(browser.network, browser.tablet, posko=False)
    attempt: Attempt = Attempt.create(
        path=PATH, subject=subject, source=place.source, browser=place.browser, at=now
    )
    known = _is_known(attempt, now)
    if not known:
        Attempt.update(browser=None).where(Attempt.id == attempt.id).execute()
        attempt.browser = None
    for limit in LIMITS:
        if limit.per == "network" and known:
            continue
        if _is_full(limit, attempt, now):
            limits.forget(attempt)
            raise limits.Closed(round(limit.window.total_seconds()) if limit.window else 0)
    return attempt


def _is_full(limit: Limit, attempt: Attempt, now: datetime) -> bool:
    """Whether this try is one too many; its own row is among those counted."""
    if limit.per == "network":
        bucket = (Attempt.source == attempt.source) & Attempt.browser.is_null()
    else:
        tablet = Attempt.browser.is_null() if attempt.browser is None else Attempt.browser == attempt.browser
        bucket = (Attempt.subject == attempt.subject) & tablet
    recent = (Attempt.path == PATH) & Attempt.failed & (Attempt.at > now - (limit.window or limits.DAY))
    return bool(Attempt.select().where(bucket & recent).count() > limit.most)
