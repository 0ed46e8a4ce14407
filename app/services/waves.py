"""Waves as the applicant's side needs them: which one is open, which comes next, how many have joined."""

from __future__ import annotations

from datetime import datetime

from app.models import Application, Wave
from app.rules.waves import WavePhase, phase


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


def open_wave(now: datetime) -> Wave | None:
    """The wave that takes registrations now: the one that closes first, if there are two."""
    candidates = Wave.select().where(
        (Wave.opens_at <= now) & (Wave.closes_at > now) & Wave.archived_at.is_null() & ~Wave.paused
    )
    return candidates.order_by(Wave.closes_at).first()


def next_wave(now: datetime) -> Wave | None:
    """The next wave that has an opening time, or None when none is planned."""
    return Wave.select().where((Wave.opens_at > now) & Wave.archived_at.is_null()).order_by(Wave.opens_at).first()


def find(number: int) -> Wave | None:
    """A wave by the number that people know."""
    return Wave.get_or_none(Wave.number == number)


def joined(wave: Wave) -> int:
    """How many undisputed registrations a wave has, withdrawn ones left out."""
    return int(
        Application.select().where((Application.wave == wave.id) & (Application.state != "withdrawn")).count()
    )
