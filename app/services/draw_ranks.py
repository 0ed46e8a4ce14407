"""Writing the ranks of a draw back to its entries: a million of them, without keeping anybody else from writing."""

from __future__ import annotations

from collections.abc import Sequence

from peewee import chunked

from app import bulk
from app.db import let_others_write, writing
from app.models import Draw
from app.rules.draw import Drawn

CHUNK = 5000
"""Ranks in one transaction."""


def keep(draw: Draw, drawn: Sequence[Drawn]) -> None:
    """Write every rank, a chunk a transaction, in the order of the list, which is that of the rows.

    Whoever writes them, and however often, they are the same: list, promise and round are fixed. Killed anywhere it is
    run again. They count from the moment at which the draw says that it was run.
    """
    text = "UPDATE entry SET rank = ?, via = ? WHERE draw_id = ? AND listing = ? AND entry = ?"
    for chunk in chunked(sorted(drawn, key=lambda one: one.entry), CHUNK):
        with writing():
            rows = [(one.rank, one.via, draw.id, draw.listing, one.entry) for one in chunk]
            bulk.update(text, rows)
        let_others_write()
