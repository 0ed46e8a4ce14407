"""The public files of a draw as exact bytes, and when each of them may be seen.

Design section 5: janji.json from the promise on, peserta.csv once it is listed, the rest from publication. Whoever has
these bytes and `periksa.py` needs nothing of ours.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from app.models import Application, Draw, Entry, Wave
from app.prepared import Prepared
from app.rules import beacon, merkle
from app.rules.promise import VERSION, canonical, stamp
from app.services import public_changes

VERIFIER = Path(__file__).parent.parent / "data" / "periksa.py"
#: The large columns, which hardly any page needs.
_LARGE = {"entrants", "results"}
_LIGHT = [field for field in Draw._meta.sorted_fields if field.name not in _LARGE]

#: name -> the moment from which it is public (a column of Draw).
SEEN_FROM = {
    "janji.json": Draw.promised_at,
    "peserta.csv": Draw.listed_at,
    "hasil.csv": Draw.published_at,
    "perubahan.csv": Draw.published_at,
    "undian.json": Draw.published_at,
}


_light_of: Prepared[Draw] = Prepared(lambda wave: Draw.select(*_LIGHT).where(Draw.wave == wave))


def light(wave: Wave) -> Draw | None:
    """The draw of a wave without its large columns (`entrants` and `results` read as None), or None."""
    return _light_of.first(wave.id)


def light_query(draw_id: int) -> Any:
    """Query: this draw as it is now, without its large columns."""
    return Draw.select(*_LIGHT).where(Draw.id == draw_id)


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
    return _large(draw, "entrants" if name == "peserta.csv" else "results")


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


def chain_of(draw: Draw) -> str:
    """The hash of the drand chain that was promised, in hex."""
    return str(json.loads(bytes(draw.promise))["beacon"]["chain"])


def newest_entry(applicant_id: int) -> Entry | None:
    """The row in the newest draw that this person was in, with its draw (without the large columns), or None."""
    rows = Entry.select(Entry, *_LIGHT).join(Draw).switch(Entry).join(Application)
    mine = rows.where(Application.applicant == applicant_id)
    found: Entry | None = mine.order_by(Draw.promised_at.desc()).first()
    return found


def proof(entry: Entry) -> dict[str, Any] | None:
    """That one entry was in the hat: what `periksa.py --bukti` reads. `index` counts rows from 0; `path` is hex.

    None before the list is frozen: until then it may still change.
    """
    draw = light_query(entry.draw_id).get()
    if draw.frozen_at is None or entry.line is None:
        return None
    rows = _large(draw, "entrants").splitlines()[1:]
    index = entry.line - 1
    path = merkle.path(rows, index)
    return {
        "row": rows[index].decode("ascii"),
        "index": index,
        "count": len(rows),
        "path": [node.hex() for node in path],
    }


def _large(draw: Draw, column: str) -> bytes:
    field = getattr(Draw, column)
    return bytes(Draw.select(field).where(Draw.id == draw.id).scalar() or b"")


def _stamped(moment: datetime | None) -> str | None:
    return stamp(moment) if moment is not None else None
