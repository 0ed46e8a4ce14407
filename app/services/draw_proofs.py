"""Proofs that an entry was in the hat, without reading and hashing the whole list for each of them.

A frozen list never changes. So every process keeps, once somebody has asked, the tree heads of its parts and where each
part begins (some 40 bytes for PART rows); a proof then takes the rows of one part. docs/decisions/0059-operations.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.models import Draw, Entry
from app.rules import merkle
from app.rules.draw import Entrant
from app.services import draw_files
from app.services.kept import Kept

PART = 1024
"""Rows whose heads are kept together: a power of two."""


@dataclass(frozen=True)
class _Tree:
    """A frozen list: how long it is, the entry with which each part begins, and the head of each part."""

    count: int
    begins: tuple[str, ...]
    heads: tuple[bytes, ...]


_trees: Kept[_Tree] = Kept(timedelta(days=1))


def proof(entry: Entry, now: datetime) -> dict[str, Any] | None:
    """That one entry was in the hat: what `periksa.py --bukti` reads. `index` counts rows from 0; `path` is hex.

    None before the list is frozen: until then it may still change.
    """
    draw = Draw.get_by_id(entry.draw_id)
    if draw.frozen_at is None or entry.line is None:
        return None
    tree = _trees.get(draw.id, now, lambda: _tree(draw))
    index = entry.line - 1
    which, own = divmod(index, PART)
    part = _part(draw, tree, which)
    if merkle.root(part) != tree.heads[which]:  # the rows are not those of the file any more: the file counts
        return merkle.proof(_rows(draw), index)
    return merkle.as_proof(part[own], index, tree.count, merkle.path_of_part(part, tree.heads, PART, index))


def _rows(draw: Draw) -> list[bytes]:
    """The rows of the published file."""
    return draw_files.stored(draw, draw_files.LIST).splitlines()[1:]


def _tree(draw: Draw) -> _Tree:
    rows = _rows(draw)
    begins = tuple(row.partition(b",")[0].decode("ascii") for row in rows[::PART])
    return _Tree(len(rows), begins, tuple(merkle.heads(rows, PART)))


def _part(draw: Draw, tree: _Tree, which: int) -> list[bytes]:
    """The rows of one part from the table, where an index leads to them, as the file has them."""
    columns = (Entry.entry, Entry.groups, Entry.household, Entry.bound)
    here = (Entry.draw == draw.id) & (Entry.listing == draw.listing) & (Entry.entry >= tree.begins[which])
    rows: Any = Entry.every(*columns).where(here).order_by(Entry.entry).limit(PART)
    return [Entrant(e, tuple(g.split()), h, b).row for e, g, h, b in rows.tuples()]
