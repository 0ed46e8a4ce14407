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

from peewee import OperationalError, Value, fn

from app import bulk
from app.db import database, let_others_write, locked_for_update, writing
from app.models import Applicant, Application, Draw, Result, Wave
from app.prepared import Prepared
from app.rules import deadlines
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, ledger, notice_chunks, office, result_entry, seats, witness
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
        if Draw.update(published_at=fresh.published_at or now).where(attested).execute():
            witness.tell_published(fresh, now)
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
    last = _first_waiting(wave) - 1
    while told < MOST and (upto := _window(last)):
        here = (Result.application > last) & (Result.application <= upto)
        count = _chunk(wave, State.IN_SELECTION, _waiting(wave).where(here), zone, now)
        told, last = told + count, upto
        if count:
            let_others_write()
    while told < MOST and (count := _chunk(wave, State.NEEDS_FIX, _left(wave), zone, now)):
        told += count
        let_others_write()
    return told


def _first_waiting(wave: Wave) -> int:
    """The first application of this wave whose result was not told."""
    text = "SELECT MIN(application_id) FROM result WHERE wave_id = ? AND published_at IS NULL"
    return int(bulk.run(text, wave.id).fetchone()[0] or 0)


def _window(last: int) -> int | None:
    """The application up to which there are CHUNK results behind `last`, of whatever wave; None behind the last one.

    Whoever asks for "the next 500 of this wave" leaves it to the database to sort all that are left, for each chunk.
    """
    text = (
        "SELECT MAX(application_id) FROM (SELECT application_id FROM result WHERE application_id > ? "
        "ORDER BY application_id LIMIT ?) AS ahead"
    )
    upto = bulk.run(text, last, CHUNK).fetchone()[0]
    return None if upto is None else int(upto)


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
            for before, query in ((State.IN_SELECTION, _waiting(wave)), (State.NEEDS_FIX, _left(wave))):
                own = query.where(mine)
                if own.exists():  # asked without a lock: whoever was told holds nobody up
                    _chunk(wave, before, own, zone, now)
    except OperationalError as fault:
        log.warning("own result not first: %s", type(fault).__name__)


def _waiting(wave: Wave) -> Any:
    """Query: who is in the selection of this wave and has a result that was not told."""
    rows = Result.select(Application.id, Application.applicant, Result.outcome, Result.reason).join(
        Application
    )
    # The sums keep the databases from looking up all that are left of the wave for each chunk.
    due = (Result.wave + 0 == wave.id) & (Result.published_at + 0).is_null()
    return rows.where(due & (Application.state == State.IN_SELECTION.value))


def _left(wave: Wave) -> Any:
    """Query: whoever still had to fix something when the result came was not in this selection."""
    holder = Applicant.select(Applicant.id).where(
        (Applicant.id == Application.applicant) & (Applicant.claim == "holder")
    )
    left = (Application.wave == wave.id) & (Application.state == State.NEEDS_FIX.value)
    said = (Value(State.NOT_SELECTED.value), Value(Reason.DATA_INCOMPLETE.value))
    return Application.select(Application.id, Application.applicant, *said).where(left & fn.EXISTS(holder))


def _chunk(wave: Wave, before: State, query: Any, zone: str, now: datetime) -> int:
    """Tell up to CHUNK people of a query who are all in the state `before`, in one transaction; returns how many."""
    with writing():
        query = query.order_by(Application.id).limit(CHUNK)
        people = database.execute(locked_for_update(query)).fetchall()
        found: dict[tuple[str, str], list[int]] = {}
        for application, _, outcome, reason in people:
            found.setdefault((outcome, reason), []).append(application)
        for (outcome, reason), ids in found.items():
            ledger.move_all(ids, before, State(outcome), Reason(reason), SYSTEM, now, told="kabar")
            if outcome == State.SELECTED:
                begin_buying_all(ids, wave, zone, now)
        _write(wave, [(application, applicant) for application, applicant, *_ in people], zone, now)
        if before is State.IN_SELECTION and people:
            ids = [application for application, *_ in people]
            bulk.run(_TOLD, Result.published_at.db_value(now), ids)
        return len(people)


_TOLD = "UPDATE result SET published_at = ? WHERE application_id {ids} AND published_at IS NULL"


def _write(wave: Wave, told: Sequence[tuple[int, int]], zone: str, now: datetime) -> None:
    """The notices for (application, applicant); the words are the same for every outcome."""
    said = Said(
        kind="result",
        title=f"Hasil Gelombang {wave.number} sudah keluar",
        body="Buka halaman Anda untuk melihat hasilnya dan apa yang bisa dilakukan sekarang.",
        path="/saya",
        wave_id=wave.id,
    )
    people = [To(applicant, application, f"result:{application}") for application, applicant in told]
    if people:
        notice_chunks.write_all(people, said, deadlines.quiet(now, zone), now)
