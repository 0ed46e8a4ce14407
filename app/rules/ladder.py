"""When a notice that was not opened climbs: push, then email, then an SMS where there is one, then a call from the posko.

| kind     | what                      | email after | SMS after the email's turn | call after the email's turn |
|----------|---------------------------|-------------|----------------------------|-----------------------------|
| result   | the result of a wave      | 6 hours     | 24 hours                   | 48 hours                    |
| offer    | a freed seat              | 2 hours     | 4 hours                    | 12 hours                    |
| deadline | a reminder                | 6 hours     | 12 hours                   | 24 hours                    |
| fix      | an answer to correct      | 24 hours    | 48 hours                   | 72 hours                    |
| moved    | a deadline that was moved | 6 hours     | never                      | never                       |
| broadcast | what the office wrote to many | 6 hours | never                     | never                       |

Other kinds (a receipt, a new device, a test) are in the inbox and on the phone and climb no further: nobody loses a
place by not reading them. A deadline is only ever moved to a later day, and its reminders call: so `moved` ends at the
email. Whoever has no push waits for nothing before the email. Whoever has no proved email, or no SMS, is not called
earlier for that: many look by themselves within the same time. The hours are a setting (GELOMBANG_LADDER).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

PUSH, EMAIL, SMS, CALL = 0, 1, 2, 3
"""The rungs, as a notice keeps them."""
LONGEST = 24 * 30
"""No rung is given more hours than these."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long until each rung: the email after the push, SMS and call after the email's turn. None: it has no such rung."""

    email: timedelta
    sms: timedelta | None
    call: timedelta | None


def _hours(email: int, sms: int | None, call: int | None) -> Waits:
    later = (None if hours is None else timedelta(hours=hours) for hours in (sms, call))
    return Waits(timedelta(hours=email), *later)


LADDER: dict[str, Waits] = {
    "result": _hours(6, 24, 48),
    "offer": _hours(2, 4, 12),
    "deadline": _hours(6, 12, 24),
    "fix": _hours(24, 48, 72),
    "moved": _hours(6, None, None),
    "broadcast": _hours(6, None, None),
}

_ENTRY = re.compile(r"([a-z_]+)=([0-9]{1,4}),([0-9]{1,4}|-),([0-9]{1,4}|-)")


def with_hours(text: str) -> dict[str, Waits]:
    """The table with other hours: `result=6,24,48 moved=6,-,-` (email, SMS, call; `-` is never). Raises ValueError."""
    table = dict(LADDER)
    for entry in text.split():
        found = _ENTRY.fullmatch(entry)
        if found is None or found[1] not in LADDER:
            raise ValueError(f"{entry!r} is not kind=email,sms,call with one of {', '.join(LADDER)}")
        email, sms, call = (None if said == "-" else int(said) for said in found.groups()[1:])
        given = [hours for hours in (email, sms, call) if hours is not None]
        if email is None or not all(1 <= hours <= LONGEST for hours in given):
            raise ValueError(f"{entry!r}: hours are 1 to {LONGEST}")
        if sms is not None and call is not None and sms >= call:
            raise ValueError(f"{entry!r}: the SMS comes before the call")
        table[found[1]] = _hours(email, sms, call)
    return table


def first_look(
    kind: str, begin: datetime, has_push: bool, table: Mapping[str, Waits] = LADDER
) -> datetime | None:
    """When a notice is looked at for the first time; None for a kind that does not climb.

    `begin` is when its push may go. All times UTC.
    """
    waits = table.get(kind)
    if waits is None:
        return None
    return begin + waits.email if has_push else begin


def next_rung(rung: int, waits: Waits, sms_on: bool) -> int | None:
    """The rung above this one; None when it is the last."""
    if rung == PUSH:
        return EMAIL
    if rung == EMAIL and sms_on and waits.sms is not None:
        return SMS
    return CALL if rung < CALL and waits.call is not None else None


def next_look(rung: int, waits: Waits, sms_on: bool, now: datetime) -> datetime | None:
    """When a notice that came to `rung` now is looked at again; None when no rung is above.

    Counted from now and not from the beginning: after a downtime nobody is called a minute after the email. An SMS
    between them takes nothing from the time before the call and adds nothing.
    """
    above = next_rung(rung, waits, sms_on)
    if above == SMS and waits.sms is not None:
        return now + waits.sms
    if above != CALL or waits.call is None:
        return None
    return now + waits.call - (waits.sms or timedelta(0) if rung == SMS else timedelta(0))
