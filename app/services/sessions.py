"""Sign-ins as rows: opened, found by their cookie, cut off by time, revoked by their owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.crypto import keys, new_token
from app.models import Applicant, Device, Session, Staff
from app.prepared import Prepared, insert

#: PIN or TOTP again before a sensitive act when the last proof is older than this (security.md 4.7).
FRESH = timedelta(minutes=5)
#: last_seen_at is written at most this often, so that reading a page is not a write.
TOUCH = timedelta(minutes=1)


# Asked by every page of a signed-in person.
_by_token: Prepared[Session] = Prepared(lambda token: Session.select().where(Session.token_hash == token))


@dataclass(frozen=True)
class Lifetime:
    """idle: signed out after so long without a page; absolute: signed out whatever happens."""

    idle: timedelta
    absolute: timedelta


#: security.md 4.7; docs/security.md prints this table and a test compares the two.
LIFETIMES = {
    "own": Lifetime(timedelta(days=30), timedelta(days=180)),
    "shared": Lifetime(timedelta(minutes=15), timedelta(hours=2)),
    "half": Lifetime(timedelta(minutes=5), timedelta(minutes=5)),
    "staff": Lifetime(timedelta(minutes=10), timedelta(hours=12)),
}


def lifetime(session: Session) -> Lifetime:
    """Which limits hold for this session."""
    if session.kind in ("half", "staff"):
        return LIFETIMES[session.kind]
    return LIFETIMES["shared" if session.shared else "own"]


def open_session(
    kind: str,
    now: datetime,
    *,
    applicant: Applicant | None = None,
    staff: Staff | None = None,
    device: Device | None = None,
    shared: bool = False,
) -> str:
    """Start a session of a kind (full, summary, half, staff) and return its token for the cookie.

    A new sign-in always makes a new token (session fixation); inside the caller's transaction.
    """
    token = new_token()
    session = Session(
        token_hash=keys().token_hash(token),
        kind=kind,
        applicant=applicant,
        staff=staff,
        device=device,
        shared=shared,
        created_at=now,
        last_seen_at=now,
        proved_at=now,
        expires_at=now,
    )
    session.expires_at = now + lifetime(session).absolute
    insert(session)
    return token


def find(token: str, now: datetime) -> Session | None:
    """The live session behind a cookie, or None when it is unknown, revoked, idle too long or too old."""
    session = _by_token.first(keys().token_hash(token))
    if session is None or session.revoked_at is not None or now >= session.expires_at:
        return None
    if now - session.last_seen_at >= lifetime(session).idle:
        return None
    if now - session.last_seen_at >= TOUCH:
        Session.update(last_seen_at=now).where(Session.id == session.id).execute()
        session.last_seen_at = now
    return session


def is_fresh(session: Session, now: datetime) -> bool:
    """Whether the PIN (or TOTP) was given within the last five minutes."""
    return bool(now - session.proved_at < FRESH)


def prove(session: Session, now: datetime) -> None:
    """Note that the PIN was given again."""
    Session.update(proved_at=now).where(Session.id == session.id).execute()


def revoke(session: Session, now: datetime) -> None:
    """Sign this session out on the server: a copied cookie is worth nothing afterwards."""
    Session.update(revoked_at=now).where(Session.id == session.id).execute()


def revoke_others(
    now: datetime,
    *,
    applicant: Applicant | None = None,
    staff: Staff | None = None,
    keep: Session | None = None,
) -> int:
    """Sign a person out everywhere, but for the session to keep; returns how many were ended."""
    whose = (Session.applicant == applicant) if applicant else (Session.staff == staff)
    rest = whose & Session.revoked_at.is_null()
    if keep is not None:
        rest &= Session.id != keep.id
    return int(Session.update(revoked_at=now).where(rest).execute())
