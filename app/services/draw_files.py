"""The public files of a draw as exact bytes, and when each of them may be seen.

Design section 5: janji.json from the promise on, peserta.csv once it is listed, the rest from publication. Whoever has
these bytes and `periksa.py` needs nothing of ours.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path

from app.models import Application, Draw, DrawFile, Entry, Wave
from app.prepared import Prepared
from app.rules import beacon
from app.rules.promise import VERSION, canonical, stamp
from app.services import public_changes

VERIFIER = Path(__file__).parent.parent / "data" / "periksa.py"
LIST, RESULTS = "peserta.csv", "hasil.csv"
"""The two that are as long as the list: rows of their own, which hardly any page reads."""

#: name -> the moment from which it is public (a column of Draw).
SEEN_FROM = {
    "janji.json": Draw.promised_at,
    LIST: Draw.listed_at,
    RESULTS: Draw.published_at,
    "perubahan.csv": Draw.published_at,
    "undian.json": Draw.published_at,
}


_of: Prepared[Draw] = Prepared(lambda wave: Draw.select().where(Draw.wave == wave))


def of_wave(wave: Wave) -> Draw | None:
    """The draw of a wave, or None."""
    return _of.first(wave.id)


def keep(draw: Draw, listing: int | None, name: str, data: bytes) -> None:
    """Write a file that belongs to a list, inside the caller's transaction; it replaces one of that name."""
    own = (DrawFile.draw == draw.id) & (DrawFile.listing == listing) & (DrawFile.name == name)
    DrawFile.delete().where(own).execute()
    DrawFile.create(draw=draw.id, listing=listing, name=name, data=data)


def stored(draw: Draw, name: str) -> bytes:
    """The file of this name that belongs to the list that counts, public or not; empty when there is none."""
    own = (DrawFile.draw == draw.id) & (DrawFile.listing == draw.listing) & (DrawFile.name == name)
    return bytes(DrawFile.select(DrawFile.data).where(own).scalar() or b"")


def names(draw: Draw) -> tuple[str, ...]:
    """The files that are public now, in the order in which they come about."""
    return tuple(name for name, column in SEEN_FROM.items() if getattr(draw, column.name) is not None)


def read(draw: Draw, name: str) -> bytes | None:
    """The bytes of a public file, or None when there is none of this name, or not yet."""
    if name not in names(draw):
        return None
    if name == "janji.json":
        return bytes(draw.promise)
    if name == "perubahan.csv":
        return public_changes.csv(draw)
    if name == "undian.json":
        return draw_json(draw)
    return stored(draw, name)


def draw_json(draw: Draw) -> bytes:
    """undian.json: everything that is not in another file. Of a draw that was run."""
    return canonical(
        {
            "beacon": {
                "chain": chain_of(draw),
                "randomness": beacon.randomness(bytes.fromhex(draw.signature)).hex(),
                "round": draw.round,
                "signature": draw.signature,
            },
            "draw_at": stamp(draw.draw_at),
            "drawn_at": _stamped(draw.drawn_at),
            "frozen_at": _stamped(draw.frozen_at),
            "janji_sha256": draw.promise_sha256,
            "moves": json.loads(draw.moves),
            "published_at": _stamped(draw.published_at),
            "results_sha256": draw.results_sha256,
            "tickets_count": draw.tickets_count,
            "tickets_root": draw.tickets_root,
            "tickets_sha256": draw.tickets_sha256,
            "version": VERSION,
            "wave": str(json.loads(bytes(draw.promise))["wave"]),
        }
    )


def draw_json_sha256(draw: Draw) -> str:
    """The hash of undian.json, in hex: whoever noted it finds any altered byte."""
    return hashlib.sha256(draw_json(draw)).hexdigest()


def chain_of(draw: Draw) -> str:
    """The hash of the drand chain that was promised, in hex."""
    return str(json.loads(bytes(draw.promise))["beacon"]["chain"])


def newest_entry(applicant_id: int) -> Entry | None:
    """The row in the newest draw that this person was in, with its draw, or None."""
    rows = Entry.select(Entry, Draw).join(Draw).switch(Entry).join(Application)
    mine = rows.where(Application.applicant == applicant_id)
    found: Entry | None = mine.order_by(Draw.promised_at.desc()).first()
    return found


def _stamped(moment: datetime | None) -> str | None:
    return stamp(moment) if moment is not None else None
