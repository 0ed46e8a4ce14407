"""Writing the ranks of a draw back to its entries: a million of them, without keeping anybody else from writing."""

from __future__ import annotations

from collections.abc import Sequence

from peewee import chunked

from app.db import database, let_others_write, writing
from app.models import Draw
from app.rules.draw import Drawn

CHUNK = 5000
"""Ranks in one transaction."""


def keep(draw: Draw, drawn: Sequence[Drawn]) -> None:
    """Write every rank, a chunk a transaction, in the order of the list, which is that of the rows.

    Whoever writes them, and however often, they are the same: list, promise and round are fixed. Killed anywhere it is
    run again. They count from the moment at which the draw says that it was run.
    """
    mark = database.param
    text = f"UPDATE entry SET rank = {mark}, via = {mark} WHERE draw_id = {mark} AND entry = {mark}"
    for chunk in chunked(sorted(drawn, key=lambda one: one.entry), CHUNK):
        with writing():
            database.cursor().executemany(text, [(one.rank, one.via, draw.id, one.entry) for one in chunk])
        let_others_write()
