"""Who was wrongly missing, or wrongly passed over, and would have had a seat: the test for an added one.

Design section 5: "A wrongly missing entry is scored with the same key and, if its rank is within the seats, gets an
added seat." So even two officers together cannot give a drawn seat to somebody whom the draw did not favour.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.models import Application, Draw, Entry, GroupClaim
from app.rules import beacon, codes
from app.rules import draw as drawing
from app.services import draw_rules, seats


@dataclass(frozen=True)
class Score:
    """What the draw says of an entry: `rank` is the one that it has, or would have had among `count` others.

    `via` is the way by which a seat is earned, empty when none is; `full` says that only the household stands against it.
    """

    rank: int
    count: int
    via: str
    full: bool = False


def earned(application: Application) -> bool:
    """Whether this entry comes before the last one that was seated: among all, or among the own groups.

    Always true where the centre selects: there the office has no rank to compare.
    """
    found = score(application)
    return found is None or bool(found.via)


def score(application: Application) -> Score | None:
    """The rank of an entry by the key of its draw, and whether it is within the seats; None where nothing was drawn."""
    draw = Draw.get_or_none((Draw.wave == application.wave_id) & Draw.drawn_at.is_null(False))
    if draw is None:
        return None
    own = Entry.get_or_none(Entry.application == application.id)
    entry = own.entry if own else codes.shown(application.entry_number)
    groups = own.groups.split() if own else _confirmed(application)
    key = drawing.key(
        beacon.randomness(bytes.fromhex(draw.signature)),
        bytes.fromhex(draw.promise_sha256),
        bytes.fromhex(draw.tickets_sha256),
    )
    before = (via for via in (drawing.OPEN, *groups) if _is_before(draw, via, own, entry, key))
    via = next(before, "")
    full = bool(via) and _is_full(draw, own, application)
    rank = own.rank if own is not None and own.rank is not None else _rank(draw, entry, key)
    count = Entry.select().where(Entry.draw == draw.id).count()
    return Score(rank, int(count), "" if full else via, full)


def _is_before(draw: Draw, via: str, own: Entry | None, entry: str, key: bytes) -> bool:
    seated = (Entry.draw == draw.id) & (Entry.via == via)
    last = Entry.select().where(seated).order_by(Entry.rank.desc()).first()
    if last is None:
        return False
    if own is not None and own.rank is not None:
        return bool(own.rank < last.rank)
    return drawing.score(key, entry) < drawing.score(key, last.entry)


def _rank(draw: Draw, entry: str, key: bytes) -> int:
    """The rank that a missing entry would have had. Ranks are in the order of scores, so halving finds it."""
    own, ranked = drawing.score(key, entry), (Entry.draw == draw.id) & Entry.rank.is_null(False)
    low, high = 0, int(Entry.select().where(ranked).count())
    while low < high:
        middle = (low + high) // 2
        there = Entry.get((Entry.draw == draw.id) & (Entry.rank == middle + 1))
        low, high = (middle + 1, high) if drawing.score(key, there.entry) < own else (low, middle)
    return low + 1


def _is_full(draw: Draw, own: Entry | None, application: Application) -> bool:
    """Whether the family has all the seats that the rules give it, as they stand now."""
    limit = draw_rules.of(draw.wave).max_per_household
    if limit is None:
        return False
    labelled = seats.at_home(draw)[own.household] if own is not None and own.household else 0
    return max(labelled, seats.of_family(application)) >= limit


def _confirmed(application: Application) -> list[str]:
    mine = (GroupClaim.application == application.id) & (GroupClaim.state == "confirmed")
    return [row.group for row in GroupClaim.select().where(mine)]
