"""The end of a wave: nothing of it is offered any more, whoever still waited is told so, everything stays to be read.

A manager ends it; the worker then moves the reserve list chunk by chunk. Killed anywhere and run again it goes on
where it stopped, run twice it changes nothing. Pages and files of the wave stay for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import JOIN, fn

from app.db import locked_for_update, writing
from app.models import Application, Entry, Objection, Offer, Reversal, Wave
from app.rules import deadlines, local_time
from app.rules.reasons import WORDS, Reason
from app.rules.states import State
from app.rules.waves import WavePhase
from app.services import (
    audit,
    late_entries,
    ledger,
    notices,
    objections,
    offers,
    office,
    result_entry,
    reversals,
    waves,
    witness,
)
from app.services.ledger import SYSTEM, Actor
from app.services.wave_control import CHUNK, NotNow, is_promised, seen_wave


@dataclass(frozen=True)
class Obstacle:
    """Why a wave cannot end yet; `see` names where it can be mended: umumkan, keberatan, cabut, susulan, or nothing."""

    words: str
    see: str = ""


class Blocked(NotNow):
    """Something of the wave is still open; `obstacles` says all of it."""

    def __init__(self, obstacles: list[Obstacle]) -> None:
        super().__init__(" ".join(one.words for one in obstacles))
        self.obstacles = obstacles


def archive(number: int, seen: str, actor: Actor, now: datetime) -> None:
    """End a wave whose results were told and of which nothing is open. Raises Changed, NotNow, Blocked."""
    with writing():
        wave = seen_wave(number, seen)
        if waves.phase_of(wave, now) is WavePhase.ARCHIVED:
            raise NotNow("Gelombang ini sudah diakhiri.")
        found = obstacles(wave, now)
        if found:
            raise Blocked(found)
        Wave.update(archived_at=now).where(Wave.id == wave.id).execute()
        audit.record(actor.audit_name, "wave.archive", f"wave:{number}", now)
        if not waiting(wave):
            witness.tell_end(wave, now)


def waiting(wave: Wave) -> int:
    """How many are on the reserve list of a wave."""
    return int(Application.select().where(_reserve(wave.id)).count())


def _reserve(wave_id: Any) -> Any:
    return (Application.wave == wave_id) & (Application.state == State.RESERVE.value)


# what is still open ---------------------------------------------------------------------------------


def obstacles(wave: Wave, now: datetime) -> list[Obstacle]:
    """Everything that keeps this wave from ending now, in the order in which it can be mended."""
    if wave.published_at is None:
        return [Obstacle("Hasil gelombang ini belum diumumkan.", "umumkan")]
    if wave.telling_since is not None or result_entry.pending(wave).exists():
        return [Obstacle("Hasil gelombang ini sedang diumumkan. Tunggu sampai selesai.", "umumkan")]
    checks = (_unanswered, _unconfirmed, _undecided, _asked, _free, _may_object)
    return [found for check in checks if (found := check(wave, now)) is not None]


def _unanswered(wave: Wave, _: datetime) -> Obstacle | None:
    rows = Objection.select(Objection.id).join(Application)
    count = rows.where((Application.wave == wave.id) & Objection.answered_at.is_null()).count()
    return Obstacle(f"{count} keberatan belum dijawab.", "keberatan") if count else None


def _unconfirmed(wave: Wave, _: datetime) -> Obstacle | None:
    count = len(reversals.waiting(wave.id))
    return Obstacle(f"{count} usulan cabut tempat menunggu petugas kedua.", "cabut") if count else None


def _undecided(wave: Wave, _: datetime) -> Obstacle | None:
    """Settled after the list was frozen: they have a right to be scored. A dispute that nobody settles blocks nothing."""
    count = late_entries.without_result(wave)
    see = "susulan" if is_promised(wave) else "umumkan"
    return Obstacle(f"{count} orang belum punya hasil.", see) if count else None


def _asked(wave: Wave, now: datetime) -> Obstacle | None:
    running = Offer.select().where((Offer.wave == wave.id) & (Offer.answer == ""))
    last = running.order_by(Offer.expires_at.desc()).first()
    if last is None:
        return None
    until = local_time.day_clock(max(last.expires_at, now), office.current().zone)
    return Obstacle(f"{running.count()} tawaran tempat belum dijawab, paling lama sampai {until}.")


def _free(wave: Wave, _: datetime) -> Obstacle | None:
    count = offers.offerable(wave)
    return Obstacle(f"{count} tempat kosong masih menunggu ditawarkan ke cadangan.") if count else None


def _may_object(wave: Wave, now: datetime) -> Obstacle | None:
    """The time to object runs for everybody to whom a decision was told last."""
    told = (Application.wave == wave.id) & Application.state.in_([s.value for s in objections.TOLD_NO])
    changed = Application.select(fn.MAX(Application.changed_at)).where(told).scalar()
    mine = Application.select(Application.id).where(Application.wave == wave.id)
    reversed_until = Reversal.select(fn.MAX(Reversal.object_until)).where(Reversal.application.in_(mine))
    last = max(_moment(changed), wave.published_at) + timedelta(days=reversals.OBJECT_DAYS)
    until = max(last, _moment(reversed_until.scalar())) if changed is not None else now
    if until <= now:
        return None
    day = local_time.day_clock(until, office.current().zone)
    return Obstacle(f"Peserta masih boleh mengajukan keberatan sampai {day}.")


def _moment(found: datetime | int | None) -> datetime:
    """What MAX gives for a column of moments: whole milliseconds, or nothing."""
    if isinstance(found, datetime):
        return found
    return datetime.fromtimestamp((found or 0) / 1000, UTC)


# the reserve list -----------------------------------------------------------------------------------


def end_reserves_due(now: datetime) -> int:
    """Tell everybody who still waits in a wave that was ended; returns how many. The worker calls it every minute."""
    over = Wave.select().where(Wave.archived_at.is_null(False) & (Wave.archived_at <= now))
    with_rest = over.where(fn.EXISTS(Application.select(Application.id).where(_reserve(Wave.id))))
    return sum(_end_reserves(wave, now) for wave in list(with_rest))


def _end_reserves(wave: Wave, now: datetime) -> int:
    total = 0
    while True:
        with writing():
            ids = [row.id for row in _in_line(wave)]
            rows = locked_for_update(Application.select().where(Application.id.in_(ids)))
            people = {row.id: row for row in rows}
            moved = sum(_end(people[one], wave, now) for one in ids)
            total += moved
            if len(ids) < CHUNK:
                witness.tell_end(wave, now)
                return total


def _in_line(wave: Wave) -> list[Application]:
    """The first of the reserve list that are left, in its order."""
    own = (Entry.application == Application.id) & Entry.counts()
    rows = Application.select(Application.id).join(Entry, JOIN.LEFT_OUTER, on=own)
    order = (Entry.rank.asc(nulls="last"), Application.id)
    return list(rows.where(_reserve(wave.id)).order_by(*order).limit(CHUNK))


def _end(application: Application, wave: Wave, now: datetime) -> bool:
    try:
        ledger.move(application, State.NOT_SELECTED, Reason.WAVE_ENDED, SYSTEM, now, told="kabar")
    except ledger.NotAllowed:  # withdrew this very moment
        return False
    words = WORDS[Reason.WAVE_ENDED]
    notices.write(
        applicant_id=application.applicant_id,
        application=application,
        wave_id=wave.id,
        kind="ended",
        key=f"ended:{application.id}",
        title=f"Gelombang {wave.number} sudah berakhir",
        body=f"{words.sentence} {words.remedy}",
        path="/saya",
        now=now,
        not_before=deadlines.quiet(now, office.current().zone),
    )
    return True
