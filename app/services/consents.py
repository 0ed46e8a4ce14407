"""The three optional permissions: what holds now, and changing one, which is as easy as giving it (UU 27/2022 Ps. 9, 22).

Each change is a row with the hash of the words that stood beside the box; the newest row of a purpose counts.
"""

from __future__ import annotations

from datetime import datetime

from app.crypto import fingerprint
from app.db import locked_for_update, writing
from app.models import Applicant, Consent
from app.services import audit, subscriptions

PURPOSES = ("push", "wa", "lpk")


def current(applicant_id: int) -> dict[str, bool]:
    """{purpose: given} as it holds now; whoever was never asked has not given it."""
    rows = Consent.select().where(Consent.applicant == applicant_id).order_by(Consent.at, Consent.id)
    said = {row.purpose: bool(row.given) for row in rows}
    return {purpose: said.get(purpose, False) for purpose in PURPOSES}


def change(applicant_id: int, wanted: dict[str, bool], shown: str, now: datetime) -> list[str]:
    """Write a row for each permission that differs from what holds; returns their purposes.

    `shown` is the text that stood beside the boxes. Taking push back deletes the phones' subscriptions and calls off
    what was queued for them, in the same transaction.
    """
    with writing():
        locked_for_update(Applicant.select(Applicant.id).where(Applicant.id == applicant_id)).get()
        before = current(applicant_id)
        changed = [purpose for purpose in PURPOSES if wanted[purpose] != before[purpose]]
        for purpose in changed:
            Consent.create(
                applicant=applicant_id,
                purpose=purpose,
                given=wanted[purpose],
                text_sha256=fingerprint(shown),
                at=now,
            )
        if not wanted["push"]:
            subscriptions.remove_all(applicant_id, now)
        for purpose in changed:
            answer = "yes" if wanted[purpose] else "no"
            audit.record("applicant", f"consent.{answer}", f"applicant:{applicant_id}", now, purpose)
        return changed
