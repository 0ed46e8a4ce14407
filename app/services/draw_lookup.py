"""One number in a draw, for whoever asks: its line in the list and, once published, rank and seat, computed anew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from app.models import Draw
from app.rules import beacon, codes
from app.rules import draw as rules
from app.rules.draw import Drawn
from app.services import draw_files, draw_rules, public_changes
from app.services.drawing import promise_of

MOST_RECOMPUTED = 20_000
"""Longer lists are read from the file instead: a million scores for each question would keep the site busy."""


@dataclass(frozen=True)
class Place:
    """Where a number stands. `line` counts rows from 1; `rank` and `via` are known once the draw is published.

    `since`: what happened to its seat after the draw, as (stamp, state), the oldest first.
    """

    entry: str
    line: int
    count: int
    rank: int | None = None
    via: str = ""
    recomputed: bool = False
    since: tuple[tuple[str, str], ...] = ()


def find(draw: Draw, typed: str) -> Place | None:
    """The place of a number as typed, or None when it is not in the public list. Raises CodeError."""
    entry = codes.shown(codes.parse(typed))
    peserta = draw_files.read(draw, "peserta.csv") or b""
    before, found, _ = peserta.partition(f"\n{entry},".encode("ascii"))
    if not found:
        return None
    line, count = before.count(b"\n") + 1, peserta.count(b"\n") - 1
    hasil = draw_files.read(draw, "hasil.csv")
    if hasil is None:
        return Place(entry, line, count)
    since = tuple(public_changes.of(draw, entry))
    if count <= MOST_RECOMPUTED:
        drawn = _recomputed(bytes(draw.promise), peserta, draw.signature)[entry]
        return Place(entry, line, count, drawn.rank, drawn.via, recomputed=True, since=since)
    before, _, rest = hasil.partition(f",{entry},".encode("ascii"))
    rank = int(before.rpartition(b"\n")[2])
    via = rest.partition(b"\n")[0].partition(b",")[2].decode("ascii")
    return Place(entry, line, count, rank, via, since=since)


@lru_cache(maxsize=2)
def _recomputed(promise: bytes, peserta: bytes, signature: str) -> dict[str, Drawn]:
    made = promise_of(Draw(promise=promise))
    drawn = rules.draw(made, peserta, beacon.randomness(bytes.fromhex(signature)))
    return {one.entry: one for one in drawn}


#: How a look-up says what became of a seat after the draw.
SINCE = {
    "selected": "dapat tempat",
    "reserve": "jadi cadangan",
    "not_selected": "tidak dapat tempat",
    "revoked": "tempat dicabut",
    "withdrawn": "mundur",
}


def via_words(via: str) -> str:
    """How a seat was given, in words: `Tempat umum`, `Tempat untuk yang kena PHK`."""
    if via == rules.OPEN:
        return "Tempat umum"
    return f"Tempat untuk {draw_rules.GROUPS.get(via, via)}"


def grouped(digest: str) -> str:
    """64 hex digits in groups of eight, for eyes that compare."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
