"""The claims to a NIK, and how a secret is held against them without telling whether there are any."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from peewee import Case, fn

from app.crypto import keys
from app.db import locked_for_update
from app.models import Applicant, Notice, Session
from app.services import notices

#: One NIK may have several claims; so many are tried, and so many hashes are made for every NIK.
TRIED = 3


class Refused(Exception):
    """Not signed in, and never why: unknown NIK, wrong secret and closed path look alike."""


def of_nik(nik_index: bytes, also: Any = None) -> list[Applicant]:
    """The claims to a NIK that may sign in: the holder, then disputed ones, then drafts, last used first.

    The holder comes first so that nobody can crowd it out with drafts of the same NIK.
    """
    used = Session.select(fn.MAX(Session.last_seen_at)).where(Session.applicant == Applicant.id)
    order = Case(Applicant.claim, (("holder", 0), ("disputed", 1)), 2)
    which = (Applicant.nik_index == nik_index) & (Applicant.claim != "rejected")
    rows = Applicant.select().where(which if also is None else which & also)
    rows = rows.order_by(order, fn.COALESCE(used, Applicant.created_at).desc(), Applicant.id)
    return list(rows.limit(TRIED))


def first_right(secret: str, stored: list[tuple[int, str]], hashes: int = TRIED) -> int | None:
    """Which (owner, hash) the secret fits, or None; always the same number of hashes, so time tells nothing."""
    padded = (stored + [(0, keys().dummy_hash)] * hashes)[:hashes]
    right = [keys().verify_secret(owner, secret, kept or keys().dummy_hash) for owner, kept in padded]
    return right.index(True) if True in right[: len(stored)] else None


def open_since(claim: Applicant) -> datetime:
    """From when wrong PINs on new phones count against a claim."""
    made: datetime = claim.created_at
    return max(made, claim.reopened_at or made)


def lock_unchanged(applicant: Applicant) -> None:
    """Inside a transaction: nobody changes this PIN now. Raises Refused when somebody did since it was read."""
    row = locked_for_update(Applicant.select().where(Applicant.id == applicant.id)).first()
    if row is None or row.pin_hash != applicant.pin_hash or row.claim == "rejected":
        raise Refused


def refresh_pin_hash(applicant: Applicant, pin: str) -> None:
    """Hash a right PIN with the newest pepper (rotation happens at sign-in, where the PIN is at hand)."""
    if keys().secret_is_current(applicant.pin_hash):
        return
    same = (Applicant.id == applicant.id) & (Applicant.pin_hash == applicant.pin_hash)
    Applicant.update(pin_hash=keys().hash_secret(applicant.id, pin)).where(same).execute()


def tell(applicant: Applicant, key: str, title: str, body: str, now: datetime) -> Notice | None:
    """A notice about the safety of the account, once for each key; None when it was told before."""
    return notices.write(
        applicant_id=applicant.id,
        kind="security",
        key=key,
        title=title,
        body=body,
        path="/saya/perangkat",
        now=now,
    )
