"""Who is in the hat: from the rows of a closed wave to the list that is published.

A million rows take a minute to write, and nobody else may wait for that. So a list is *made* first, chunk by chunk,
under a number of its own: rows that nobody sees (models/draw.py, Entry). The file is written from these rows, under the
same number. Then one small row switches both: the draw, which names the making that counts (`drawing.list_entrants`).
Killed before the switch, the list is what it was; killed behind it, it is the new one.
docs/decisions/0055-lists-in-chunks.md.
"""

from __future__ import annotations

import secrets
from array import array
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Any, NamedTuple

from app import bulk
from app.crypto import keys, new_id, new_ids
from app.db import let_others_write, writing
from app.models import Applicant, Application, Draw, Entry
from app.rules import codes
from app.rules import draw as drawing
from app.rules.draw import Entrant
from app.rules.promise import Promise
from app.rules.states import State
from app.services import draw_files

CHUNK = 2000
"""Rows in one transaction, more or less."""


class Made(NamedTuple):
    """A list that is written and does not count yet: its number, and how many are in it."""

    listing: int
    people: int


def make(draw: Draw, promise: Promise) -> Made:
    """Write the rows of a new list and the file that says the same, leaving the one that counts as it is.

    People are read chunk by chunk too: whoever withdraws meanwhile may be in it or not, and is told as after any list.
    """
    listing = new_id()
    try:
        ids, families = array("q"), []
        for people in _in_selection(draw, promise):
            families += [bytes(one.applicant.kk_index) for one in people]
            ids.extend(_write(draw, promise, listing, people, first_line=len(ids) + 1))
            let_others_write()
        _label(ids, drawing.labelled(families, promise.rules.max_per_household))
        del families  # as large as the file
        data = _file(draw, listing)
        with writing():
            draw_files.keep(draw, listing, draw_files.LIST, data)
        return Made(listing, len(ids))
    except Exception:
        drop(draw, listing)
        raise


def is_whole(draw: Draw, made: Made) -> bool:
    """Whether all of its rows and its file are there still, inside the transaction that makes them count."""
    text = (
        "SELECT (SELECT COUNT(*) FROM entry WHERE draw_id = ? AND listing = ?), "
        "(SELECT COUNT(*) FROM draw_file WHERE draw_id = ? AND listing = ?)"
    )
    count, kept = bulk.run(text, draw.id, made.listing, draw.id, made.listing).fetchone()
    return (int(count), int(kept)) == (made.people, 1)


def drop(draw: Draw, listing: int) -> None:
    """Delete the rows and the file of a making that will never count."""
    _delete(draw, THIS, listing)


def sweep(draw: Draw) -> None:
    """Delete what the list that counts has replaced, and what killed makings have left.

    Only when no other making can count any more: one has just been switched to, or the list is frozen.
    """
    listing = Draw.select(Draw.listing).where(Draw.id == draw.id).scalar()
    _delete(draw, OLDER, listing)
    _delete(draw, NEWER, listing)


class _Delete(NamedTuple):
    """The statements that delete the file of a list, and some of its rows."""

    file: str
    rows: str


THIS = _Delete(
    "DELETE FROM draw_file WHERE draw_id = ? AND listing = ?",
    "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE draw_id = ? AND listing = ? LIMIT ?)",
)
OLDER = _Delete(
    "DELETE FROM draw_file WHERE draw_id = ? AND listing < ?",
    "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE draw_id = ? AND listing < ? LIMIT ?)",
)
NEWER = _Delete(
    "DELETE FROM draw_file WHERE draw_id = ? AND listing > ?",
    "DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE draw_id = ? AND listing > ? LIMIT ?)",
)


def _delete(draw: Draw, which: _Delete, listing: int) -> None:
    with writing():
        bulk.run(which.file, draw.id, listing)
    while True:
        with writing():
            if not bulk.run(which.rows, draw.id, listing, CHUNK).rowcount:
                return
        let_others_write()


def left_out(draw: Draw) -> int:
    """How many wait for a decision (a disputed NIK, data to mend): counted in public, not in the hat."""
    waiting = Application.state.in_([State.SUBMITTED.value, State.NEEDS_FIX.value])
    return int(Application.select().where((Application.wave == draw.wave_id) & waiting).count())


# the people -----------------------------------------------------------------------------------------


def _in_selection(draw: Draw, promise: Promise) -> Iterator[list[Application]]:
    """Everybody in the hat in the order of the file, some CHUNK at a time: those whose numbers begin alike."""
    # The sum keeps the databases from reading all people of the wave anew for each chunk.
    mine = (Application.wave + 0 == draw.wave_id) & (Application.state == State.IN_SELECTION.value)
    rows = Application.select(Application.id, Application.entry_number, Application.applicant).where(mine)
    for first, behind in _ranges(Application.select().where(Application.wave == draw.wave_id).count()):
        between = rows.where(Application.entry_number >= first)
        chunk = list(between.where(Application.entry_number < behind) if behind else between)
        holders = _holders([row.applicant_id for row in chunk], promise)
        found = [row for row in chunk if row.applicant_id in holders]
        for row in found:
            row.applicant = holders[row.applicant_id]
        if found:
            yield sorted(found, key=lambda row: str(row.entry_number))


def _holders(ids: list[int], promise: Promise) -> dict[int, Applicant]:
    """Those of these people whose NIK is undisputed and who live in the area. Asked apart: before PostgreSQL has counted
    what stands in fresh tables, it would join them by reading all people for each."""
    columns = (Applicant.id, Applicant.nik, Applicant.kk, Applicant.kk_index, Applicant.village)
    people = Applicant.select(*columns).where(Applicant.id.in_(ids) & (Applicant.claim == "holder"))
    return {one.id: one for one in people if one.village.startswith(tuple(promise.rules.scope))}


def _ranges(count: int) -> list[tuple[str, str]]:
    """Beginnings of numbers, as (first, first behind) pairs, so that some CHUNK of so many people lie between."""
    begins = [""]
    while len(begins) * CHUNK < count:
        begins = [begin + symbol for begin in begins for symbol in codes.CODE_SYMBOLS]
    apart = max(len(begins) * CHUNK // max(count, 1), 1)
    return list(pairwise(["", *begins[apart::apart], ""]))


def _write(
    draw: Draw, promise: Promise, listing: int, people: list[Application], first_line: int
) -> list[int]:
    """The rows of a chunk; returns their ids. The label of the household comes when all people are known."""
    owns_seats = {reserve.group for reserve in promise.rules.reserves}
    own = [one.id for one in people]
    salts, groups = _salts(draw, own), _confirmed_groups(own, owns_seats)
    ids, rows = new_ids(len(people)), []
    for row_id, line, one in zip(ids, range(first_line, first_line + len(ids)), people, strict=True):
        salt = salts.get(one.id) or secrets.token_hex(16)
        bound = drawing.bind(bytes.fromhex(salt), one.applicant.nik)
        sealed = keys().seal_text(salt, _place(row_id))
        entry = codes.shown(one.entry_number)
        rows.append((row_id, one.id, entry, " ".join(groups.get(one.id, ())), bound, sealed, line))
    each = (Entry.id, Entry.application, Entry.entry, Entry.groups, Entry.bound, Entry.salt, Entry.line)
    with writing():
        bulk.insert(Entry, each, rows, {Entry.draw: draw.id, Entry.listing: listing})
    return ids


def _salts(draw: Draw, application_ids: list[int]) -> dict[int, str]:
    """Whoever was in the list before keeps the salt, so that the published bind stays the same."""
    if draw.listing is None:
        return {}
    text = "SELECT application_id, id, salt FROM entry WHERE application_id {ids} AND listing = ?"
    rows = bulk.run(text, application_ids, draw.listing).fetchall()
    return {one: keys().open_text(bytes(salt), _place(row_id)) for one, row_id, salt in rows}


def _confirmed_groups(application_ids: list[int], owns_seats: set[str]) -> dict[int, tuple[str, ...]]:
    """Groups that a second officer has confirmed, by application; only codes that own seats."""
    text = 'SELECT application_id, "group" FROM group_claim WHERE application_id {ids} AND state = ?'
    found: dict[int, tuple[str, ...]] = {}
    for application, group in bulk.run(text, application_ids, "confirmed").fetchall():
        if group in owns_seats:
            found[application] = tuple(sorted((*found.get(application, ()), group)))
    return found


def _place(row_id: int) -> str:
    """What a salt is bound to: what models/base.py would have said for this row."""
    return f"entry.salt:{row_id}"


# rows and file --------------------------------------------------------------------------------------


def _label(ids: array[int], labels: list[str]) -> None:
    labelled = ((label, row_id) for row_id, label in zip(ids, labels, strict=True) if label)
    while chunk := list(islice(labelled, CHUNK)):
        with writing():
            bulk.update("UPDATE entry SET household = ? WHERE id = ?", chunk)
        let_others_write()


def _file(draw: Draw, listing: int) -> bytes:
    """The bytes of peserta.csv, from the rows."""
    parts, last = [f"{drawing.LIST_HEADER}\n".encode("ascii")], ""
    own = (Entry.draw == draw.id) & (Entry.listing == listing)
    columns = (Entry.entry, Entry.groups, Entry.household, Entry.bound)
    while True:
        query = Entry.every(*columns).where(own & (Entry.entry > last)).order_by(Entry.entry).limit(CHUNK)
        rows: list[Any] = list(query.tuples())
        if not rows:
            return b"".join(parts)
        parts.append(b"".join(Entrant(e, tuple(g.split()), h, b).row + b"\n" for e, g, h, b in rows))
        last = rows[-1][0]
