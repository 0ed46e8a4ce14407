"""Opening and closing waves. Every verb says what it saw (`mark`), so that nobody overrules a faster colleague unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from peewee import IntegrityError, fn

from app.db import let_others_write, locked_for_update, writing
from app.models import Applicant, Application, Draw, Wave
from app.rules import waves as rules
from app.rules.reasons import Reason
from app.rules.states import State
from app.rules.waves import WavePhase
from app.services import audit, ledger, waves
from app.services.ledger import SYSTEM, Actor

CHUNK = 500
"""Applications in one transaction: short enough that nobody waits for it."""


class Changed(Exception):
    """Somebody was faster: what the person looked at is not what is there now."""


class NotNow(Exception):
    """The wave is not in a phase in which this can be done; `words` says why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Problems(Exception):
    """The times or the number do not fit: (field, words) pairs."""

    def __init__(self, found: tuple[tuple[str, str], ...]) -> None:
        super().__init__(str(found))
        self.found = found


@dataclass(frozen=True)
class Schedule:
    """What a manager decides about a wave. Times are aware; `announce_at` may be open."""

    number: int
    opens_at: datetime
    closes_at: datetime
    announce_at: datetime | None
    quota: int
    buy_within_days: int
    finish_within_days: int | None = 60
    review_within_days: int | None = 7
    grace_days: int = 3


def mark(wave: Wave) -> str:
    """A short name for everything that staff can change about a wave: two equal marks, nothing happened between."""
    values = [
        *(wave.number, wave.opens_at, wave.closes_at, wave.announce_at, wave.quota, wave.buy_within_days),
        *(wave.finish_within_days, wave.review_within_days, wave.grace_days),
        *(wave.paused, wave.publish_at, wave.publish_by, wave.published_at, wave.archived_at),
        *(wave.selection, wave.rules, wave.draw_at),
    ]
    return hashlib.sha256("|".join(map(str, values)).encode()).hexdigest()[:16]


def create(plan: Schedule, actor: Actor, now: datetime) -> Wave:
    """A new wave with its times. Raises Problems."""
    if plan.closes_at <= now:
        raise Problems((("closes_at", "Waktu tutup sudah lewat."),))
    try:
        with writing():
            _check(plan, None, now)
            wave = Wave.create(**asdict(plan), created_at=now)
            audit.record(actor.audit_name, "wave.create", f"wave:{wave.number}", now)
            return wave
    except IntegrityError:
        raise Problems((("number", f"Gelombang {plan.number} sudah ada. Pakai nomor lain."),)) from None


def edit(number: int, plan: Schedule, seen: str, actor: Actor, now: datetime) -> None:
    """Change a wave that has not opened yet. Raises Problems, Changed, NotNow."""
    with writing():
        wave = seen_wave(number, seen)
        if waves.phase_of(wave, now) not in (WavePhase.SCHEDULED, WavePhase.DRAFT):
            raise NotNow("Gelombang ini sudah dibuka. Waktunya tidak bisa diubah lagi.")
        if plan.number != number:
            raise Problems((("number", "Nomor gelombang tidak bisa diganti."),))
        if is_promised(wave):
            _keep_promise(plan, wave)
        _check(plan, wave, now)
        Wave.update(**asdict(plan)).where(Wave.id == wave.id).execute()
        audit.record(actor.audit_name, "wave.edit", f"wave:{number}", now)


def is_promised(wave: Wave) -> bool:
    """Whether the draw of this wave was promised: closing time, places and draw time then stand (design section 5)."""
    return bool(Draw.select(Draw.id).where(Draw.wave == wave.id).exists())


def _keep_promise(plan: Schedule, wave: Wave) -> None:
    found = []
    if plan.closes_at != wave.closes_at:
        found.append(("closes_at", "Waktu tutup sudah dijanjikan. Tidak bisa diubah lagi."))
    if plan.quota != wave.quota:
        found.append(("quota", "Jumlah tempat sudah dijanjikan. Tidak bisa diubah lagi."))
    if wave.draw_at is not None and plan.announce_at is not None and plan.announce_at <= wave.draw_at:
        found.append(("announce_at", "Waktu pengumuman harus sesudah waktu undian."))
    if found:
        raise Problems(tuple(found))


def open_now(number: int, seen: str, actor: Actor, now: datetime) -> None:
    """Open a planned wave at once. Raises Changed, NotNow."""

    def change(_: Wave) -> dict[str, object]:
        other = waves.open_wave(now)
        if other is not None:
            raise NotNow(f"Gelombang {other.number} masih dibuka. Tutup dulu.")
        return {"opens_at": now, "paused": False}

    _verb(number, seen, (WavePhase.SCHEDULED,), change, "wave.open", actor, now)


def close_now(number: int, seen: str, actor: Actor, now: datetime) -> None:
    """Close an open wave at once: no registration joins it from this moment. Raises Changed, NotNow."""

    def change(wave: Wave) -> dict[str, object]:
        if is_promised(wave):
            raise NotNow("Waktu tutup gelombang ini sudah dijanjikan. Tidak bisa ditutup lebih awal.")
        return {"closes_at": now}

    _verb(number, seen, (WavePhase.OPEN, WavePhase.PAUSED), change, "wave.close", actor, now)


def pause(number: int, seen: str, actor: Actor, now: datetime) -> None:
    """Take no registrations for a while; new ones wait for the next wave. Raises Changed, NotNow."""
    _verb(number, seen, (WavePhase.OPEN,), lambda _: {"paused": True}, "wave.pause", actor, now)


def resume(number: int, seen: str, actor: Actor, now: datetime) -> None:
    """Go on after a pause. Raises Changed, NotNow."""
    _verb(number, seen, (WavePhase.PAUSED,), lambda _: {"paused": False}, "wave.resume", actor, now)


def close_due(now: datetime) -> int:
    """Move what closed waves have received into their selection; returns how many moved.

    Called every minute by the worker and before results are set. Chunk by chunk: killed anywhere and run again it
    goes on where it stopped. Disputed claims stay behind until a posko has settled them; settled after the results
    were told they come in too, and wait for theirs (late_entries).
    """
    going_on = (Wave.closes_at <= now) & Wave.archived_at.is_null()
    closed = [wave.id for wave in Wave.select(Wave.id).where(going_on)]
    total = 0
    while closed:
        moved = _close_chunk(closed, now)
        if not moved:
            break
        total += moved
        let_others_write()
    return total


def _close_chunk(wave_ids: list[int], now: datetime) -> int:
    holder = Applicant.select(Applicant.id).where(
        (Applicant.id == Application.applicant) & (Applicant.claim == "holder")
    )
    due = Application.wave.in_(wave_ids) & (Application.state == State.SUBMITTED.value) & fn.EXISTS(holder)
    first = Application.select(Application.id).where(due).order_by(Application.id).limit(CHUNK)
    with writing():
        ids = [row.id for row in locked_for_update(first)]
        if ids:
            ledger.move_all(ids, State.SUBMITTED, State.IN_SELECTION, Reason.WAVE_CLOSED, SYSTEM, now)
        return len(ids)


def seen_wave(number: int, seen: str) -> Wave:
    """The wave, locked until the transaction ends, if it is still as the person saw it. Raises Changed."""
    wave = locked_for_update(Wave.select().where(Wave.number == number)).first()
    if wave is None or mark(wave) != seen:
        raise Changed
    return wave  # type: ignore[no-any-return]


def _verb(
    number: int,
    seen: str,
    phases: tuple[WavePhase, ...],
    change: Callable[[Wave], dict[str, object]],
    verb: str,
    actor: Actor,
    now: datetime,
) -> None:
    with writing():
        wave = seen_wave(number, seen)
        if waves.phase_of(wave, now) not in phases:
            raise NotNow("Keadaan gelombang ini sudah lain. Lihat keadaan terbarunya dulu.")
        Wave.update(**change(wave)).where(Wave.id == wave.id).execute()
        audit.record(actor.audit_name, verb, f"wave:{number}", now)


def _check(plan: Schedule, own: Wave | None, now: datetime) -> None:
    """Times in order, and no two waves open at once: a person must know which one they join."""
    found = rules.schedule_problems(plan.opens_at, plan.closes_at, None, plan.announce_at)
    overlap = (Wave.opens_at < plan.closes_at) & (Wave.closes_at > plan.opens_at) & Wave.archived_at.is_null()
    if own is not None:
        overlap &= Wave.id != own.id
    other = Wave.select().where(overlap & (Wave.closes_at > now)).order_by(Wave.opens_at).first()
    if other is not None and not found:
        found = (("opens_at", f"Waktunya bertumpuk dengan Gelombang {other.number}. Beri jarak."),)
    reserved = reserved_seats(own) if own is not None else 0
    if plan.quota < reserved:
        words = f"Tempat khusus sudah {reserved}. Jumlah tempat tidak bisa kurang dari itu."
        found = (*found, ("quota", words))
    if found:
        raise Problems(found)


def reserved_seats(wave: Wave) -> int:
    """How many seats the rules of a wave keep for groups."""
    return sum(int(reserve["seats"]) for reserve in json.loads(wave.rules).get("reserves", ()))
