"""When a notice that was not opened climbs: push, then email, then a call from the posko.

| kind     | what                      | email after | call after the email's turn |
|----------|---------------------------|-------------|-----------------------------|
| result   | the result of a wave      | 6 hours     | 48 hours                    |
| offer    | a freed seat              | 2 hours     | 12 hours                    |
| deadline | a reminder                | 6 hours     | 24 hours                    |
| fix      | an answer to correct      | 24 hours    | 72 hours                    |

Other kinds (a receipt, a new device, a test) are in the inbox and on the phone and climb no further: nobody loses a
place by not reading them. Whoever has no push waits for nothing before the email. Whoever has no proved email is not
called earlier for that: many look by themselves within the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

PUSH, EMAIL, CALL = 0, 1, 2
"""The rungs, as a notice keeps them."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long each rung is given before the next one."""

    email: timedelta
    call: timedelta


LADDER: dict[str, Waits] = {
    "result": Waits(timedelta(hours=6), timedelta(hours=48)),
    "offer": Waits(timedelta(hours=2), timedelta(hours=12)),
    "deadline": Waits(timedelta(hours=6), timedelta(hours=24)),
    "fix": Waits(timedelta(hours=24), timedelta(hours=72)),
}


def first_look(kind: str, begin: datetime, has_push: bool) -> datetime | None:
    """When a notice is looked at for the first time; None for a kind that does not climb.

    `begin` is when its push may go. All times UTC.
    """
    waits = LADDER.get(kind)
    if waits is None:
        return None
    return begin + waits.email if has_push else begin


def next_look(kind: str, now: datetime) -> datetime | None:
    """When a notice whose email's turn came now is looked at again.

    Counted from now and not from the beginning: after a downtime nobody is called a minute after the email.
    """
    waits = LADDER.get(kind)
    return None if waits is None else now + waits.call
