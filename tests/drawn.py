"""A wave that was drawn and told, made of rows: quicker than the seven days that it takes.

wave, people = drawn_wave(seats=2, people=[Person(), Person(groups="phk"), ...])   people in rank order
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.models import Application, Draw, DrawFile, Entry, FreedSeat, Offer, Result, SeatChange, Staff, Wave
from app.rules.draw import Entrant, assigned, results_csv
from app.rules.promise import Reserve, Rules
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import draw_rules, results, wave_control
from app.services.ledger import Actor
from tests.conftest import NOW
from tests.staff import rows

TOLD = NOW
"""When the results were told."""


@dataclass
class Person:
    """Who is drawn: groups as in peserta.csv, a household label."""

    groups: str = ""
    household: str = ""


def staff(username: str, role: str = "manager") -> Actor:
    made, _ = Staff.get_or_create(
        username=username, defaults={"name": username.title(), "role": role, "created_at": NOW}
    )
    return Actor("staff", made)


def drawn_wave(
    seats: int,
    people: list[Person],
    *,
    reserves: tuple[Reserve, ...] = (),
    withdrawn: tuple[int, ...] = (),
    told: bool = True,
    **rules: Any,
) -> tuple[Wave, list[Application]]:
    """The wave and its people in rank order; `withdrawn` ranks (from 1) left before they were told."""
    wave = rows.wave(4, opens=-40, closes=-12, quota=seats)
    made = Rules(quota=seats, reserves=reserves, scope=("35.08",), **rules)
    draw_rules.change(4, made, wave_control.mark(wave), staff("ratna"), NOW)
    given = rows.many(len(people), wave)
    drawn = assigned(
        [
            Entrant(f"E{n:04}", tuple(p.groups.split()), p.household, "0" * 64)
            for n, p in enumerate(people, 1)
        ],
        made,
    )
    day = timedelta(days=1)
    draw = Draw.create(
        wave=wave,
        promise=b"{}",
        promise_sha256="0" * 64,
        promised_at=NOW - 30 * day,
        promised_by=staff("ratna").staff,
        draw_at=NOW - 5 * day,
        listed_at=NOW - 11 * day,
        listing=1,
        frozen_at=NOW - 7 * day,
        drawn_at=NOW - 5 * day,
        drawn_by=staff("ratna").staff,
        attested_at=NOW - 4 * day,
        attested_by=staff("hadi").staff,
        published_at=NOW,
    )
    DrawFile.create(draw=draw, listing=1, name="hasil.csv", data=results_csv(drawn))
    place = 0
    for application, person, line in zip(given, people, drawn, strict=True):
        _entry(draw, application, person, line)
        place += not line.via
        Result.create(
            application=application,
            wave=wave,
            outcome=line.outcome,
            reason=Reason.DRAWN.value,
            position=None if line.via else place,
            staff=staff("ratna").staff,
            set_at=NOW,
        )
        if line.rank in withdrawn:
            Application.update(state=State.WITHDRAWN.value).where(Application.id == application.id).execute()
    if told:
        tell(wave)
    return Wave.get_by_id(wave.id), [Application.get_by_id(one.id) for one in given]


def _entry(draw: Draw, application: Application, person: Person, line: Any) -> None:
    row = Entry(draw=draw, application=application, entry=line.entry, bound="0" * 64, rank=line.rank)
    row.listing = draw.listing
    row.groups, row.household, row.via, row.line = person.groups, person.household, line.via, line.rank
    row.salt = "00" * 16
    row.save(force_insert=True)


def tell(wave: Wave) -> None:
    Wave.update(publish_at=TOLD, publish_by="hadi").where(Wave.id == wave.id).execute()
    results.publish_due(TOLD)


def imported_wave(
    outcomes: list[tuple[State, int | None]], number: int = 4
) -> tuple[Wave, list[Application]]:
    """A wave whose results came from the centre and were told."""
    wave = rows.wave(number, opens=-40, closes=-12, quota=2)
    given = rows.many(len(outcomes), wave)
    for application, (state, position) in zip(given, outcomes, strict=True):
        Result.create(
            application=application,
            wave=wave,
            outcome=state.value,
            reason=Reason.CENTRAL_RESULT.value,
            position=position,
            staff=staff("ratna").staff,
            set_at=NOW,
        )
    tell(wave)
    return Wave.get_by_id(wave.id), [Application.get_by_id(one.id) for one in given]


def changes() -> list[tuple[int, str, str, str, str]]:
    """perubahan.csv without its times."""
    query = SeatChange.select().order_by(SeatChange.n)
    return [(row.n, row.entry, row.before, row.after, row.reason) for row in query]


def states(people: list[Application]) -> list[str]:
    """In which state everybody is now."""
    return [Application.get_by_id(one.id).state for one in people]


def asked() -> list[int]:
    """The applications with an open offer, in the order in which they were asked."""
    return [row.application_id for row in Offer.select().where(Offer.answer == "").order_by(Offer.made_at)]


def free_seats() -> list[str]:
    """The ways of the seats that are free."""
    return [row.via for row in FreedSeat.select().where(FreedSeat.outcome == "").order_by(FreedSeat.freed_at)]
