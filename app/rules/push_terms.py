"""How urgent a push is and how long a push service keeps it for a phone that is off, by the kind of its notice.

Both are read by the push service, so they depend on the kind alone and never on what a notice says: whoever was
selected and whoever was not get the same. A phone that sleeps takes "high" at once and "normal" when it next wakes by
itself, which may be hours later (RFC 8030 section 5.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

REFUSED_DAYS = 3
"""On so many days a service refused our key for one subscription while it took others: that one is not written to."""


@dataclass(frozen=True, slots=True)
class PushTerms:
    """`keep` ends earlier when the notice itself ends."""

    urgency: Literal["normal", "high"]
    keep: timedelta


SOON = PushTerms("high", timedelta(days=3))
#: What nobody loses a place by hearing an hour later.
NEWS = PushTerms("normal", timedelta(days=3))

TERMS: dict[str, PushTerms] = {
    "result": SOON,
    "offer": SOON,
    "deadline": SOON,
    "fix": SOON,
    "objection": SOON,
    "reversal": SOON,
    "security": PushTerms("high", timedelta(days=1)),
    "test": PushTerms("high", timedelta(minutes=10)),
    "received": PushTerms("normal", timedelta(days=1)),
}


def of(kind: str) -> PushTerms:
    """The terms of a kind of notice; those of news for one that is not listed."""
    return TERMS.get(kind, NEWS)
