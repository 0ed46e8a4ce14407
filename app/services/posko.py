"""The help posts (posko): added, changed, closed and opened again, by the terminal and by a manager's tablet.

None is deleted: people of the office and applications name it. A closed one is offered nowhere any more.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Any

from peewee import IntegrityError, fn

from app.db import locked_for_update, writing
from app.models import Posko, Staff
from app.rules import posko as rules
from app.rules.posko import Facts
from app.rules.terms import Place
from app.services import audit, office, regions
from app.services.ledger import Actor
from app.services.wave_control import Changed, Problems

TAKEN = "Sudah ada posko dengan nama ini. Pakai nama lain."


def every() -> list[Posko]:
    """All of them, those that are open first, by name."""
    return sorted(Posko.select(), key=lambda row: (not row.active, row.name.casefold()))


def find(posko_id: int) -> Posko | None:
    """The help post of this id, or None."""
    return Posko.get_or_none(Posko.id == posko_id)


def named(name: str) -> Posko | None:
    """The help post of this name, however its letters are written."""
    wanted = " ".join(name.split()).casefold()
    return next((row for row in Posko.select() if row.name.casefold() == wanted), None)


def districts() -> tuple[Place, ...]:
    """Where a help post may stand: the districts of the office's area."""
    return regions.districts(office.current().area)


def people() -> dict[int, int]:
    """How many open accounts belong to each help post."""
    rows: Any = Staff.select(Staff.posko, fn.COUNT(Staff.id)).where(Staff.active & Staff.posko.is_null(False))
    return dict(rows.group_by(Staff.posko).tuples())


def mark(row: Posko) -> str:
    """A short name for everything that can change: two equal marks, nothing happened between."""
    values = (row.name, row.district, row.address, row.phone, row.hours, row.active)
    return hashlib.sha256("|".join(map(str, values)).encode()).hexdigest()[:16]


def add(said: Facts, actor: Actor, now: datetime) -> Posko:
    """A new help post. Raises Problems."""
    try:
        with writing():
            row = Posko.create(office=office.current().id, **asdict(_checked(said, None)))
            audit.record(actor.audit_name, "posko.add", f"posko:{row.id}", now)
            return row
    except IntegrityError:  # somebody added the same name at the same moment
        raise Problems((("name", TAKEN),)) from None


def change(posko_id: int, said: Facts, seen: str, actor: Actor, now: datetime) -> None:
    """Say something else about it. Raises Problems, Changed."""
    try:
        with writing():
            row = _seen(posko_id, seen)
            Posko.update(**asdict(_checked(said, row))).where(Posko.id == row.id).execute()
            audit.record(actor.audit_name, "posko.change", f"posko:{row.id}", now)
    except IntegrityError:
        raise Problems((("name", TAKEN),)) from None


def close(posko_id: int, seen: str, actor: Actor, now: datetime) -> None:
    """Take it off every list from which people choose. Raises Changed."""
    _switch(posko_id, seen, False, "posko.close", actor, now)


def reopen(posko_id: int, seen: str, actor: Actor, now: datetime) -> None:
    """Offer it again. Raises Changed."""
    _switch(posko_id, seen, True, "posko.open", actor, now)


def _switch(posko_id: int, seen: str, active: bool, verb: str, actor: Actor, now: datetime) -> None:
    with writing():
        row = _seen(posko_id, seen)
        if row.active == active:
            raise Changed
        Posko.update(active=active).where(Posko.id == row.id).execute()
        audit.record(actor.audit_name, verb, f"posko:{row.id}", now)


def _seen(posko_id: int, seen: str) -> Posko:
    row = locked_for_update(Posko.select().where(Posko.id == posko_id)).first()
    if row is None or mark(row) != seen:
        raise Changed
    return row  # type: ignore[no-any-return]


def _checked(said: Facts, own: Posko | None) -> Facts:
    found = rules.problems(said, {place.code for place in districts()})
    other = named(said.name)
    if other is not None and (own is None or other.id != own.id):
        found = (*found, ("name", TAKEN))
    if found:
        raise Problems(found)
    return said.cleaned()
