"""Who is in the hat: from the rows of a closed wave to the list that is published."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator

from peewee import chunked

from app.crypto import new_ids
from app.models import Applicant, Application, Draw, Entry, GroupClaim
from app.prepared import insert_all
from app.rules import codes
from app.rules import draw as drawing
from app.rules.draw import Entrant
from app.rules.promise import Promise
from app.rules.states import State

CHUNK = 500


def entrants(draw: Draw, made: Promise) -> list[tuple[Entrant, Application, str]]:
    """(row, application, salt) in file order. Salts of people listed before stay the same."""
    salts = {entry.application_id: entry.salt for entry in Entry.select().where(Entry.draw == draw.id)}
    owns_seats = {reserve.group for reserve in made.rules.reserves}
    groups = _confirmed_groups(draw, owns_seats)
    rows = sorted(_in_selection(draw, made), key=lambda row: row.entry_number)
    households = drawing.labelled(
        [bytes(row.applicant.kk_index) for row in rows], made.rules.max_per_household
    )
    found = []
    for application, household in zip(rows, households, strict=True):
        salt = salts.get(application.id) or secrets.token_hex(16)
        bound = drawing.bind(bytes.fromhex(salt), application.applicant.nik)
        entry = codes.shown(application.entry_number)
        found.append((Entrant(entry, groups.get(application.id, ()), household, bound), application, salt))
    return found


def _in_selection(draw: Draw, made: Promise) -> Iterator[Application]:
    columns = (Application.id, Application.entry_number, Applicant.id, Applicant.nik, Applicant.kk)
    rows = (
        Application.select(*columns, Applicant.kk_index, Applicant.district, Applicant.village)
        .join(Applicant)
        .where(
            (Application.wave == draw.wave_id)
            & (Application.state == State.IN_SELECTION.value)
            & (Applicant.claim == "holder")
        )
    )
    for row in rows:
        if any(row.applicant.village.startswith(area) for area in made.rules.scope):
            yield row


def left_out(draw: Draw) -> int:
    """How many wait for a decision (a disputed NIK, data to mend): counted in public, not in the hat."""
    waiting = Application.state.in_([State.SUBMITTED.value, State.NEEDS_FIX.value])
    return int(Application.select().where((Application.wave == draw.wave_id) & waiting).count())


def _confirmed_groups(draw: Draw, owns_seats: set[str]) -> dict[int, tuple[str, ...]]:
    """Groups that a second officer has confirmed, by application; only codes that own seats."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = (
        GroupClaim.select(GroupClaim.application, GroupClaim.group)
        .join(Application)
        .where((Application.wave == draw.wave_id) & (GroupClaim.state == "confirmed"))
    )
    for row in rows:
        if row.group in owns_seats:
            found[row.application_id].append(row.group)
    return {application: tuple(sorted(groups)) for application, groups in found.items()}


def keep(draw: Draw, entrants: list[tuple[Entrant, Application, str]]) -> None:
    """Replace the rows behind the list by the ones of this list."""
    Entry.delete().where(Entry.draw == draw.id).execute()
    for chunk in chunked(enumerate(entrants, 1), CHUNK):
        rows = []
        for own, (line, (entrant, application, salt)) in zip(new_ids(len(chunk)), chunk, strict=True):
            row = Entry(
                id=own,
                draw=draw,
                application=application,
                entry=entrant.entry,
                groups=" ".join(entrant.groups),
                household=entrant.household,
                bound=entrant.bind,
                line=line,
            )
            row.salt = salt
            rows.append(row)
        insert_all(rows)
