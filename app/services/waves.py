"""Waves as the applicant's side needs them: which one is open, which comes next, how many have joined."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.models import Application, Wave
from app.prepared import Prepared
from app.rules import draw_words, local_time
from app.rules.promise import Reserve, Rules
from app.rules.waves import WavePhase, phase
from app.services import office
from app.services.kept import Kept


def phase_of(wave: Wave, now: datetime) -> WavePhase:
    """Where a wave stands at this moment, by the server's clock."""
    return phase(
        opens_at=wave.opens_at,
        closes_at=wave.closes_at,
        paused=wave.paused,
        announced_at=wave.published_at,
        archived_at=wave.archived_at,
        now=now,
    )


_open: Prepared[Wave] = Prepared(
    lambda now, same: (
        Wave.select()
        .where((Wave.opens_at <= now) & (Wave.closes_at > same) & Wave.archived_at.is_null() & ~Wave.paused)
        .order_by(Wave.closes_at)
        .limit(1)
    )
)


def open_wave(now: datetime) -> Wave | None:
    """The wave that takes registrations now: the one that closes first, if there are two."""
    return _open.first(now, now)


def next_wave(now: datetime) -> Wave | None:
    """The next wave that has an opening time, or None when none is planned."""
    planned = Wave.select().where((Wave.opens_at > now) & Wave.archived_at.is_null())
    wave: Wave | None = planned.order_by(Wave.opens_at).first()
    return wave


def find(number: int) -> Wave | None:
    """A wave by the number that people know."""
    return Wave.get_or_none(Wave.number == number)


@dataclass(frozen=True)
class WaveRules:
    """The rules of a wave as they are told before somebody joins it."""

    number: int
    quota: str
    joined: str
    closes: str
    announce: str
    draw: bool
    meaning: str = ""
    chance: str = ""


def draw_rules(wave: Wave) -> Rules:
    """The rules of a wave that draws; unset is: no reserves, no household limit, the office's own area."""
    kept: dict[str, Any] = json.loads(wave.rules)
    return Rules(
        quota=wave.quota,
        reserves=tuple(Reserve(r["group"], r["seats"]) for r in kept.get("reserves", ())),
        reserve_order=kept.get("reserve_order", "first"),
        max_per_household=kept.get("max_per_household"),
        refill=kept.get("refill", "rank"),
        scope=tuple(kept.get("scope") or (office.current().area,)),
    )


def meaning(wave: Wave) -> str:
    """What the rules of a wave mean for somebody who may join; empty where the centre decides."""
    return draw_words.meaning(draw_rules(wave)) if wave.selection == "draw" else ""


#: The start page shows a count; counting 100,000 rows for each visitor would cost more than the page.
_joined: Kept[int] = Kept(timedelta(seconds=30))


def joined(wave: Wave, now: datetime) -> int:
    """How many registrations a wave has, withdrawn ones left out; up to 30 seconds old."""
    stays = (Application.wave == wave.id) & (Application.state != "withdrawn")
    return _joined.get(wave.id, now, lambda: int(Application.select().where(stays).count()))


def rules_of(wave: Wave, now: datetime, zone: str) -> WaveRules:
    """The rules and numbers of a wave, shown before joining."""
    return WaveRules(
        number=wave.number,
        quota=local_time.number(wave.quota),
        joined=local_time.number(joined(wave, now)),
        closes=local_time.day_clock(wave.closes_at, zone),
        announce=local_time.long_day(wave.announce_at, zone) if wave.announce_at else "",
        draw=wave.selection == "draw",
        meaning=meaning(wave),
        chance=draw_words.chance(wave.quota, joined(wave, now)),
    )
