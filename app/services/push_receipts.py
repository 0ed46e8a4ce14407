"""Receipts: a phone says which pushes stood on its screen and which were tapped.

A receipt is believed for what it carries and not for who sends it: a token that travels only inside the encrypted
push. docs/decisions/0014-receipts.md has the reasons.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime

from app.crypto import keys
from app.db import writing
from app.models import Delivery

#: Receipts of one kind in one request. A phone that was off for days gets some ten pushes at once.
MOST = 50
#: A token is an id in hexadecimal, a dot, and 22 characters of base64url.
LONGEST = 16 + 1 + 22


def token(delivery_id: int) -> str:
    """What proves that somebody could read this push: the delivery's id and 128 bits of a keyed hash of it.

    Computed, not stored: a second copy of a push carries the same one, and a copy of the database makes no receipts.
    """
    return _tokens(delivery_id)[-1]


def _tokens(delivery_id: int) -> list[str]:
    """The token, and while the look-up key changes the older one before it."""
    whole = keys().lookup_hash("push receipt", f"{delivery_id:x}")
    macs = [base64.urlsafe_b64encode(form[:16]).decode() for form in keys().lookup_variants(whole)]
    return [f"{delivery_id:x}.{mac.rstrip('=')}" for mac in macs]


def _delivery_of(said: str) -> int | None:
    """The delivery that a token proves; None for anything else."""
    if len(said) > LONGEST or not said.isascii():
        return None
    number = said.partition(".")[0]
    if not number or not all(c in "0123456789abcdef" for c in number):
        return None
    delivery_id = int(number, 16)
    return delivery_id if any(hmac.compare_digest(one, said) for one in _tokens(delivery_id)) else None


def note(shown: Iterable[str], opened: Iterable[str], now: datetime) -> int:
    """Write down what a phone reports; returns how many rows changed. Tokens that prove nothing are passed over.

    The first report of a kind counts and keeps its time; one that comes again, or late, changes nothing: opened
    outranks shown, and both outrank whatever the worker wrote or still has to write (it may have died before it
    recorded what it sent).
    """
    seen, tapped = _proved(shown), _proved(opened)
    if not seen and not tapped:
        return 0
    at_rest = {"leased_until": None, "reason": ""}
    with writing():
        first = Delivery.id.in_(tapped) & Delivery.opened_at.is_null()
        changed = Delivery.update(state="opened", opened_at=now, **at_rest).where(first).execute()
        first = Delivery.id.in_(seen) & Delivery.shown_at.is_null()
        changed += Delivery.update(shown_at=now).where(first).execute()
        lower = Delivery.id.in_(seen) & Delivery.state.not_in(("shown", "opened"))
        Delivery.update(state="shown", **at_rest).where(lower).execute()
        unfinished = Delivery.id.in_(seen + tapped) & Delivery.done_at.is_null()
        Delivery.update(done_at=now).where(unfinished).execute()
    return int(changed)


def _proved(said: Iterable[str]) -> list[int]:
    """The deliveries of these tokens, each once, in one order: two requests must not wait for each other's rows."""
    found = {_delivery_of(one) for one in list(said)[:MOST]}
    return sorted(one for one in found if one is not None)
