"""Who inherits a freed seat, and by when to answer. Pure: the same line and the same promise give the same person.

Design section 5: "A freed seat goes to the next in line by `refill`, with an offer that expires."
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import NamedTuple

from app.rules.local_time import at_local, local_day

ANSWER_DAYS = 3
"""So many days an offer stands, counted in days of the office's calendar."""

LEAST = timedelta(hours=48)
"""Nobody gets less: phones are off, data packs run out, and people sleep on it."""

ANSWER_BY = time(20)
"""Offers end in the evening, when people are awake and before the quiet hours begin."""


class Waiting(NamedTuple):
    """Somebody on the reserve list. `who` is any key; `free` is false for who left or was already asked once."""

    who: int
    groups: tuple[str, ...] = ()
    household: str = ""
    free: bool = True


def next_in_line(
    line: Iterable[Waiting], via: str, refill: str, at_home: Mapping[str, int], limit: int | None
) -> Waiting | None:
    """The next for a seat that was given by `via` ("open" or a group code); None when nobody is left.

    `line` is in rank order and may be lazy. refill "rank": simply the next. refill "group": the next of the seat's own
    group, and only when none of it is left the next of all. `at_home` counts who of each household has a seat or an
    offer; whoever would be one more than `limit` is passed over, as in the draw itself.
    """
    first: Waiting | None = None
    for one in line:
        full = limit is not None and bool(one.household) and at_home.get(one.household, 0) >= limit
        if not one.free or full:
            continue
        if refill == "rank" or via == "open" or via in one.groups:
            return one
        first = first or one
    return first


def answer_by(now: datetime, buy_within_days: int, zone: str) -> datetime:
    """Until when an offer made now stands: 20:00 local, three days on, in UTC.

    Nobody gets more time to answer than the others got to buy their first training, and nobody less than 48 hours.
    """
    day = local_day(now, zone) + timedelta(days=min(ANSWER_DAYS, buy_within_days))
    until = at_local(day, ANSWER_BY, zone)
    while until < now + LEAST:
        day += timedelta(days=1)
        until = at_local(day, ANSWER_BY, zone)
    return until
