"""Who was wrongly missing, or wrongly passed over, and would have had a seat: the test for an added one.

Design section 5: "A wrongly missing entry is scored with the same key and, if its rank is within the seats, gets an
added seat." So even two officers together cannot give a drawn seat to somebody whom the draw did not favour.
"""

from __future__ import annotations

from app.models import Application, Draw, Entry, GroupClaim
from app.rules import beacon, codes
from app.rules import draw as drawing


def earned(application: Application) -> bool:
    """Whether this entry comes before the last one that was seated: among all, or among the own groups.

    Always true where the centre selects: there the office has no rank to compare.
    """
    draw = Draw.get_or_none((Draw.wave == application.wave_id) & Draw.drawn_at.is_null(False))
    if draw is None:
        return True
    own = Entry.get_or_none(Entry.application == application.id)
    entry = own.entry if own else codes.shown(application.entry_number)
    groups = own.groups.split() if own else _confirmed(application)
    key = drawing.key(
        beacon.randomness(bytes.fromhex(draw.signature)),
        bytes.fromhex(draw.promise_sha256),
        bytes.fromhex(draw.tickets_sha256),
    )
    return any(_is_before(draw, via, own, entry, key) for via in (drawing.OPEN, *groups))


def _is_before(draw: Draw, via: str, own: Entry | None, entry: str, key: bytes) -> bool:
    seated = (Entry.draw == draw.id) & (Entry.via == via)
    last = Entry.select().where(seated).order_by(Entry.rank.desc()).first()
    if last is None:
        return False
    if own is not None and own.rank is not None:
        return bool(own.rank < last.rank)
    return drawing.score(key, entry) < drawing.score(key, last.entry)


def _confirmed(application: Application) -> list[str]:
    mine = (GroupClaim.application == application.id) & (GroupClaim.state == "confirmed")
    return [row.group for row in GroupClaim.select().where(mine)]
