"""Publishing results: planned by one person who set none of them, told to everybody exactly once.

At its time a publication is switched on for everybody at once, then told person by person (services/announcing.py).
Killed anywhere and run again it goes on where it stopped; run twice it changes nothing.
"""

from __future__ import annotations

from datetime import datetime

from app.db import writing
from app.models import Wave
from app.services import announcing, audit, result_entry
from app.services.ledger import Actor
from app.services.wave_control import NotNow, mark, seen_wave


class TwoPeople(Exception):
    """Whoever set results cannot publish them too (ASVS 2.3.5; design section 5, step 5)."""


class Incomplete(Exception):
    """So many people in the selection have no result yet."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} without a result")
        self.missing = missing


def schedule_publication(
    wave: Wave, at: datetime, actor: Actor, now: datetime, *, even_empty: bool = False
) -> None:
    """Let the worker publish at this time (or at its next minute, when that is past).

    `even_empty`: a draw opens its files also when everybody has left who could be told. The wave must be as `wave`
    shows it. Raises TwoPeople, Incomplete, NotNow, Changed.
    """
    with writing():
        fresh = seen_wave(wave.number, mark(wave))
        if fresh.closes_at > now:
            raise NotNow("Gelombang ini masih dibuka.")
        without = int(result_entry.missing(fresh).count())
        if without and fresh.published_at is None:
            raise Incomplete(without)
        if not even_empty and not result_entry.pending(fresh).exists():
            raise NotNow("Belum ada hasil yang bisa diumumkan.")
        if actor.staff is None or actor.staff in result_entry.authors(fresh):
            raise TwoPeople
        Wave.update(publish_at=at, publish_by=actor.staff.username).where(Wave.id == fresh.id).execute()
        audit.record(actor.audit_name, "wave.publish", f"wave:{wave.number}", now, at.isoformat())


def cancel_publication(wave: Wave, actor: Actor, now: datetime) -> None:
    """Take a planned publication back before it begins. Raises NotNow, Changed."""
    with writing():
        fresh = seen_wave(wave.number, mark(wave))
        if fresh.publish_at is None or fresh.publish_at <= now:
            raise NotNow("Pengumuman ini sudah berjalan atau belum dijadwalkan.")
        Wave.update(publish_at=None, publish_by="").where(Wave.id == fresh.id).execute()
        audit.record(actor.audit_name, "wave.publish_cancel", f"wave:{wave.number}", now)


def publish_due(now: datetime) -> int:
    """Publish every wave whose time has come; returns how many people were told. The worker calls it every minute."""
    due = Wave.publish_at.is_null(False) & (Wave.publish_at <= now)
    waves = Wave.select().where(due | Wave.telling_since.is_null(False))
    return sum(_publish(wave, now) for wave in waves if _is_open(wave))


def _is_open(wave: Wave) -> bool:
    """Asked without a lock: every minute, of every wave that was ever told."""
    told = wave.published_at is not None and wave.telling_since is None
    return not told or bool(result_entry.pending(wave).exists())


def _publish(wave: Wave, now: datetime) -> int:
    if not announcing.begin(wave, now):
        return 0
    told = announcing.tell(wave, now)
    while told < announcing.MOST and not announcing.end(wave, now):
        more = announcing.tell(wave, now)
        if not more:  # another worker is at it: the next minute looks again
            break
        told += more
    return told
