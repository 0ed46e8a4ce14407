"""Publishing results: planned by one person who set none of them, told to everybody exactly once.

Publishing moves the applications chunk by chunk, each chunk one transaction. Killed anywhere and run again it goes on
where it stopped; run twice it changes nothing.
"""

from __future__ import annotations

from datetime import datetime

from app.db import locked_for_update, writing
from app.models import Applicant, Application, Result, Wave
from app.rules import deadlines
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, ledger, notices, office, result_entry, seats
from app.services.deadlines import begin_buying
from app.services.ledger import SYSTEM, Actor
from app.services.wave_control import CHUNK, NotNow, mark, seen_wave


class TwoPeople(Exception):
    """Whoever set results cannot publish them too (ASVS 2.3.5; design section 5, step 5)."""


class Incomplete(Exception):
    """So many people in the selection have no result yet."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} without a result")
        self.missing = missing


def schedule_publication(wave: Wave, at: datetime, actor: Actor, now: datetime) -> None:
    """Let the worker publish at this time (or at its next minute, when that is past).

    The wave must be as `wave` shows it. Raises TwoPeople, Incomplete, NotNow, Changed.
    """
    with writing():
        fresh = seen_wave(wave.number, mark(wave))
        if fresh.closes_at > now:
            raise NotNow("Gelombang ini masih dibuka.")
        without = int(result_entry.missing(fresh).count())
        if without and fresh.published_at is None:
            raise Incomplete(without)
        if not result_entry.pending(fresh).exists():
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
    due = Wave.select().where(Wave.publish_at.is_null(False) & (Wave.publish_at <= now))
    return sum(
        _publish(wave, now)
        for wave in due
        if wave.published_at is None or result_entry.pending(wave).exists()
    )


def _publish(wave: Wave, now: datetime) -> int:
    zone = office.current().zone
    told = 0
    while chunk := _tell_chunk(wave, zone, now):
        told += chunk
    while chunk := _leave_chunk(wave, zone, now):
        told += chunk
    while seats.note_gone(wave, now):
        continue
    with writing():
        first = Wave.update(published_at=now).where((Wave.id == wave.id) & Wave.published_at.is_null())
        if first.execute():
            audit.record(
                "system", "wave.published", f"wave:{wave.number}", now, f"by staff:{wave.publish_by}"
            )
    return told


def _tell_chunk(wave: Wave, zone: str, now: datetime) -> int:
    """Publish up to CHUNK results, in the order of their random ids: the order of sending tells nothing."""
    with writing():
        # Asked twice, because the second time it is asked of the locked row: another worker may just have told it.
        due = Result.select().where(Result.id.in_(result_entry.pending(wave)) & Result.published_at.is_null())
        rows = list(locked_for_update(due.order_by(Result.id).limit(CHUNK)))
        for row in rows:
            _tell(wave, row.application, State(row.outcome), Reason(row.reason), zone, now)
        Result.update(published_at=now).where(Result.id.in_([row.id for row in rows])).execute()
        return len(rows)


def _leave_chunk(wave: Wave, zone: str, now: datetime) -> int:
    """Whoever still had to fix something when the result came was not in this selection."""
    holders = Applicant.select(Applicant.id).where(Applicant.claim == "holder")
    left = (Application.wave == wave.id) & (Application.state == State.NEEDS_FIX.value)
    with writing():
        query = Application.select().where(left & Application.applicant.in_(holders))
        rows = list(locked_for_update(query.order_by(Application.id).limit(CHUNK)))
        for row in rows:
            _tell(wave, row, State.NOT_SELECTED, Reason.DATA_INCOMPLETE, zone, now)
        return len(rows)


def _tell(
    wave: Wave, application: Application, state: State, reason: Reason, zone: str, now: datetime
) -> None:
    """Move one application and write its notice; the words are the same for every outcome."""
    try:
        ledger.move(application, state, reason, SYSTEM, now, told="kabar")
    except ledger.NotAllowed:  # its owner withdrew it this very moment
        return
    notices.write(
        applicant_id=application.applicant_id,
        application=application,
        wave_id=wave.id,
        kind="result",
        key=f"result:{application.id}",
        title=f"Hasil Gelombang {wave.number} sudah keluar",
        body="Buka halaman Anda untuk melihat hasilnya dan apa yang bisa dilakukan sekarang.",
        path="/saya",
        now=now,
        not_before=deadlines.quiet(now, zone),
    )
    if state is State.SELECTED:
        begin_buying(application, wave, zone, now)
