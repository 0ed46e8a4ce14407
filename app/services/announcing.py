"""Telling the results of a wave: one switch for everybody, then person by person, a chunk a transaction.

The switch (`begin`) is one row that changes: from that moment the wave is published, its files are open, and whoever
looks sees the own result. State, ledger line, notice and deadline of one person are written in one transaction, by the
worker in chunks or, for whoever opens a page before the worker has come that far, right then (`own_first`). Killed
anywhere and run again it goes on where it stopped; nobody is told twice. docs/decisions/0052-telling.md.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from peewee import OperationalError, fn

from app.db import let_others_write, locked_for_update, writing
from app.models import Applicant, Application, Draw, Result, Wave
from app.prepared import Prepared
from app.rules import deadlines
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, ledger, notice_chunks, office, result_entry, seats
from app.services.deadlines import begin_buying_all
from app.services.ledger import SYSTEM
from app.services.notice_chunks import Said, To

CHUNK = 500
"""People in one transaction: some 100 ms, so that nobody who registers meanwhile waits for it."""

MOST = 100_000
"""People told in one run of the job: less than a minute, so that what else the minute brings comes to its turn."""

log = logging.getLogger("gelombang.announcing")
_under_way: Prepared[Wave] = Prepared(lambda: Wave.select(Wave.id).where(Wave.telling_since.is_null(False)))


# the switch -----------------------------------------------------------------------------------------


def begin(wave: Wave, now: datetime) -> bool:
    """Publish: in one transaction the wave is told and its files are open. False when there is nothing to tell (yet)."""
    with writing():
        fresh = locked_for_update(Wave.select().where(Wave.id == wave.id)).get()
        if fresh.telling_since is not None:
            return True  # another worker was faster: both go on
        if fresh.publish_at is None or fresh.publish_at > now:
            return False
        first = fresh.published_at is None
        if not first and not result_entry.pending(fresh).exists():
            return False
        Wave.update(telling_since=now, published_at=fresh.published_at or now).where(
            Wave.id == wave.id
        ).execute()
        attested = (Draw.wave == wave.id) & Draw.published_at.is_null() & Draw.attested_at.is_null(False)
        Draw.update(published_at=fresh.published_at or now).where(attested).execute()
        if first:
            detail = f"by staff:{fresh.publish_by}"
            audit.record("system", "wave.published", f"wave:{fresh.number}", now, detail)
        return True


def end(wave: Wave, now: datetime) -> bool:
    """Everybody was told: what waits for that (free seats) may begin. False when somebody is left."""
    while seats.note_gone(wave, now):
        let_others_write()
    with writing():
        fresh = locked_for_update(Wave.select().where(Wave.id == wave.id)).get()
        if result_entry.pending(fresh).exists() or _left(wave).exists():
            return False
        Wave.update(telling_since=None).where(Wave.id == wave.id).execute()
        return True


# the people -----------------------------------------------------------------------------------------


def tell(wave: Wave, now: datetime) -> int:
    """Tell up to MOST of those who were not told yet, in the order of random ids, which tells nothing; returns how many."""
    zone, told = office.current().zone, 0
    for query, place in ((_waiting(wave), Result.application), (_left(wave), Application.id)):
        last = 0
        while told < MOST:
            count, last = _chunk(wave, query.where(place > last).order_by(place), zone, now)
            if not last:
                break
            told += count
            let_others_write()
    return told


def own_first(applicant_id: int, now: datetime) -> None:
    """Whoever opens a page while results are being told has the own one first. Costs one small query otherwise.

    When the database is too busy the page answers without it; the worker comes.
    """
    if _under_way.value() is None:
        return
    mine = Application.applicant == applicant_id
    zone = office.current().zone
    try:
        for wave in Wave.select().where(Wave.telling_since.is_null(False)):
            for query in (_waiting(wave).where(mine), _left(wave).where(mine)):
                if query.exists():  # asked without a lock: whoever was told holds nobody up
                    _chunk(wave, query, zone, now)
    except OperationalError as fault:
        log.warning("own result not first: %s", type(fault).__name__)


def _waiting(wave: Wave) -> Any:
    """Query: who is in the selection of this wave and has a result that was not told."""
    columns = (Result.id, Result.outcome, Result.reason, Application.id, Application.state)
    rows = Result.select(*columns, Application.applicant).join(Application)
    # The sum keeps the databases from looking up the wave and sorting all of its rows anew for each chunk.
    due = (Result.wave + 0 == wave.id) & Result.published_at.is_null()
    return rows.where(due & (Application.state == State.IN_SELECTION.value))


def _left(wave: Wave) -> Any:
    """Query: whoever still had to fix something when the result came was not in this selection."""
    holder = Applicant.select(Applicant.id).where(
        (Applicant.id == Application.applicant) & (Applicant.claim == "holder")
    )
    left = (Application.wave == wave.id) & (Application.state == State.NEEDS_FIX.value)
    rows = Application.select(Application.id, Application.state, Application.applicant)
    return rows.where(left & fn.EXISTS(holder))


def _chunk(wave: Wave, query: Any, zone: str, now: datetime) -> tuple[int, int]:
    """Tell up to CHUNK people of a query, in one transaction: (how many, the last one's application, 0 for nobody)."""
    with writing():
        rows = list(locked_for_update(query.limit(CHUNK)))
        found: dict[tuple[State, Reason], list[Application]] = {}
        for row in rows:
            if isinstance(row, Result):
                found.setdefault((State(row.outcome), Reason(row.reason)), []).append(row.application)
            else:
                found.setdefault((State.NOT_SELECTED, Reason.DATA_INCOMPLETE), []).append(row)
        for (state, reason), applications in found.items():
            ledger.move_all(applications, state, reason, SYSTEM, now, told="kabar")
            if state is State.SELECTED:
                begin_buying_all(applications, wave, zone, now)
        told = [row.application if isinstance(row, Result) else row for row in rows]
        _write(wave, told, zone, now)
        results = [row.id for row in rows if isinstance(row, Result)]
        if results:
            Result.update(published_at=now).where(Result.id.in_(results)).execute()
        return len(rows), max((application.id for application in told), default=0)


def _write(wave: Wave, told: Sequence[Application], zone: str, now: datetime) -> None:
    """The notices; the words are the same for every outcome."""
    said = Said(
        kind="result",
        title=f"Hasil Gelombang {wave.number} sudah keluar",
        body="Buka halaman Anda untuk melihat hasilnya dan apa yang bisa dilakukan sekarang.",
        path="/saya",
        wave_id=wave.id,
    )
    people = [To(one.applicant_id, one.id, f"result:{one.id}") for one in told]
    if people:
        notice_chunks.write_all(people, said, deadlines.quiet(now, zone), now)
