"""The reserve list as it stands now: who waits, in which order, and whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from peewee import fn

from app.models import Application, Draw, Entry, FreedSeat, Offer, Result, Wave
from app.rules import refill
from app.rules.refill import Waiting
from app.rules.states import State
from app.services import draw_rules, seats

CHUNK = 500


def next_for(wave: Wave, draw: Draw | None, seat: FreedSeat) -> Waiting | None:
    """Who is offered this seat next, by the rules of the wave; `who` is an application. None when nobody is left."""
    if draw is None:
        return refill.next_in_line(_by_position(wave), seat.via, "rank", {}, None)
    rules = draw_rules.of(wave)
    limit = rules.max_per_household
    home = seats.at_home(draw) if limit is not None else {}
    return refill.next_in_line(_by_rank(draw), seat.via, rules.refill, home, limit)


def _waits() -> Any:
    """On the reserve list, and never asked before."""
    asked = Offer.select(Offer.id).where(Offer.application == Application.id)
    return (Application.state == State.RESERVE.value) & ~fn.EXISTS(asked)


def _by_rank(draw: Draw) -> Iterator[Waiting]:
    last: int | None = 0
    while True:
        further = (Entry.draw == draw.id) & (Entry.rank > last) & _waits()
        columns = (Entry.application, Entry.rank, Entry.groups, Entry.household)
        rows = list(Entry.select(*columns).join(Application).where(further).order_by(Entry.rank).limit(CHUNK))
        yield from (Waiting(row.application_id, tuple(row.groups.split()), row.household) for row in rows)
        if len(rows) < CHUNK:
            return
        last = rows[-1].rank


def _by_position(wave: Wave) -> Iterator[Waiting]:
    """Where the centre selects: by the number on its reserve list, people without one last."""
    rows = Result.select(Result.application).join(Application)
    mine = (Result.wave == wave.id) & Result.published_at.is_null(False) & _waits()
    order = (Result.position.asc(nulls="last"), Result.id)
    yield from (Waiting(row.application_id) for row in rows.where(mine).order_by(*order).limit(1))
