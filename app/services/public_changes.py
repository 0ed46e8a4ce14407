"""perubahan.csv: every seat that moved after the draw, oldest first, as exact bytes (design section 5, step 5)."""

from __future__ import annotations

from collections.abc import Iterator

from app.models import Draw, SeatChange
from app.rules.promise import stamp

HEADER = "n,at,entry,from,to,reason"


def csv(draw: Draw) -> bytes:
    """The whole file as it is now. Append-only: an older copy is the beginning of a newer one."""
    rows = SeatChange.select().where(SeatChange.draw == draw.id).order_by(SeatChange.n)
    lines = [f"{r.n},{stamp(r.at)},{r.entry},{r.before},{r.after},{r.reason}" for r in rows]
    return "".join(f"{line}\n" for line in (HEADER, *lines)).encode("ascii")


def of(draw: Draw, entry: str) -> Iterator[tuple[str, str]]:
    """What the file says of one number: (stamp, state), oldest first."""
    rows = SeatChange.select().where((SeatChange.draw == draw.id) & (SeatChange.entry == entry))
    for row in rows.order_by(SeatChange.n):
        yield stamp(row.at), row.after
