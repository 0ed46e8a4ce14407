"""What a person permits: what holds now, and changing it, which is as easy as giving it (UU 27/2022 Ps. 9, 22).

Each change is a row with the hash of the words that stood beside the box; the newest row of a purpose counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from app.crypto import fingerprint
from app.db import locked_for_update, writing
from app.models import Applicant, CallTask, Consent
from app.services import audit, subscriptions

#: The permissions that the wizard asks for; nobody has given them who did not say so.
PURPOSES = ("push", "wa", "lpk")
#: Ways to a person that are open until they are closed: they serve what the person registered for (public task), and
#: each is closed as easily as a permission is taken back. `call` is an officer on the telephone. SMS is not among them:
#: it costs, and it is what swindlers use most, so it takes a yes of its own.
OPEN = ("email", "call")


def current(applicant_id: int) -> dict[str, bool]:
    """{purpose: given} of the permissions as they hold now; whoever was never asked has not given them."""
    return _said(applicant_id, PURPOSES)


def ways(applicant_id: int) -> dict[str, bool]:
    """{purpose: open} of the ways to this person besides push: email, SMS, telephone, WhatsApp."""
    return _said(applicant_id, (*OPEN, "wa", "sms"))


def _said(applicant_id: int, purposes: Iterable[str]) -> dict[str, bool]:
    rows = Consent.select().where(Consent.applicant == applicant_id).order_by(Consent.at, Consent.id)
    said = {row.purpose: bool(row.given) for row in rows}
    return {purpose: said.get(purpose, purpose in OPEN) for purpose in purposes}


def who_gave(applicant_ids: Collection[int], purpose: str) -> set[int]:
    """Those of these people who said yes and did not take it back; some hundred people at a time."""
    return {one for one, given in _newest(applicant_ids, purpose).items() if given}


def who_closed(applicant_ids: Collection[int], purpose: str) -> set[int]:
    """Those of these people who said no to a way and did not open it again; some hundred people at a time."""
    return {one for one, given in _newest(applicant_ids, purpose).items() if not given}


def _newest(applicant_ids: Collection[int], purpose: str) -> dict[int, bool]:
    ids = list(applicant_ids)
    if not ids:
        return {}
    rows = Consent.select().where(Consent.applicant.in_(ids) & (Consent.purpose == purpose))
    return {row.applicant_id: bool(row.given) for row in rows.order_by(Consent.at, Consent.id)}


def change(applicant_id: int, wanted: dict[str, bool], shown: str, now: datetime) -> list[str]:
    """Write a row for each purpose in `wanted` that differs from what holds; returns their purposes.

    `shown` is the text that stood beside the boxes. What ends with a no ends in the same transaction: push deletes the
    phones' subscriptions and calls off what was queued for them; without the telephone nobody calls because of a
    notice (whoever asked to be called still is).
    """
    with writing():
        locked_for_update(Applicant.select(Applicant.id).where(Applicant.id == applicant_id)).get()
        before = _said(applicant_id, wanted)
        changed = [purpose for purpose in wanted if wanted[purpose] != before[purpose]]
        for purpose in changed:
            Consent.create(
                applicant=applicant_id,
                purpose=purpose,
                given=wanted[purpose],
                text_sha256=fingerprint(shown),
                at=now,
            )
        if not wanted.get("push", True):
            subscriptions.remove_all(applicant_id, now)
        if "call" in changed and not wanted["call"]:
            _call_nobody(applicant_id, now)
        for purpose in changed:
            answer = "yes" if wanted[purpose] else "no"
            audit.record("applicant", f"consent.{answer}", f"applicant:{applicant_id}", now, purpose)
        return changed


def _call_nobody(applicant_id: int, now: datetime) -> None:
    because = (CallTask.state == "open") & (CallTask.why == "notice")
    mine = (CallTask.applicant == applicant_id) & because
    CallTask.update(state="settled", done_at=now).where(mine).execute()
