"""Step 5 of a draw, second half: results for everybody in the hat, published by another person; and the frozen list told.

Everything here goes chunk by chunk. Killed anywhere and run again it goes on where it stopped; run twice it changes
nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from peewee import chunked

from app import bulk
from app.db import let_others_write, writing
from app.models import Application, Draw, Entry, Notice, Result, Wave
from app.rules import deadlines, local_time
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import draw_files, draw_lookup, draw_rules, notice_chunks, office, results
from app.services.drawing import NotYet, SamePerson
from app.services.ledger import Actor
from app.services.notice_chunks import Said, To
from app.services.wave_control import CHUNK

RESULTS = 2000
"""Results staged in one transaction."""


def publish(wave: Wave, at: datetime, actor: Actor, now: datetime) -> None:
    """Give everybody the own result and let the worker tell it at `at`, by somebody who did not attest the draw.

    Raises NotYet, SamePerson, and what results.schedule_publication raises; two who press at once: the slower one gets
    Changed.
    """
    draw = draw_rules.promised(wave)
    if draw is None or draw.attested_at is None:
        raise NotYet("Undian ini belum disahkan orang kedua.", "sah")
    if wave.publish_at is not None:
        raise NotYet("Pengumuman undian ini sudah dijadwalkan.", "umumkan")
    if actor.staff is None or actor.staff.id == draw.attested_by_id:
        raise SamePerson
    _give_results(draw, now)
    results.schedule_publication(wave, at, actor, now, even_empty=True)


def _give_results(draw: Draw, now: datetime) -> None:
    """A result for each line of hasil.csv; refused when the database says other than the file that was attested."""
    data = draw_files.stored(draw, draw_files.RESULTS)
    if hashlib.sha256(data).hexdigest() != draw.results_sha256:
        raise NotYet("Berkas hasil undian sudah berubah. Jangan diumumkan; laporkan.", "jalan")
    lines = iter(data.decode("ascii").splitlines()[1:])
    rows, place = [], 0
    for entry in _by_rank(draw):
        state = State.SELECTED if entry.via else State.RESERVE
        place += state is State.RESERVE
        if next(lines, "") != f"{entry.rank},{entry.entry},{state.value},{entry.via}":
            raise NotYet("Hasil tersimpan berbeda dari berkasnya. Jangan diumumkan; laporkan.", "jalan")
        rows.append((entry.application_id, state.value, place if state is State.RESERVE else None))
    if next(lines, ""):
        raise NotYet("Hasil tersimpan berbeda dari berkasnya. Jangan diumumkan; laporkan.", "jalan")
    rows.sort()  # by application: rows that lie together are written together
    for chunk in chunked(rows, RESULTS):
        _keep(draw, chunk, now)
        let_others_write()


def _by_rank(draw: Draw) -> Iterator[Entry]:
    """Entries in rank order, a chunk of them in memory at a time."""
    last = 0
    while True:
        after = (Entry.draw == draw.id) & (Entry.rank > last)
        columns = (Entry.id, Entry.application, Entry.entry, Entry.rank, Entry.via)
        rows = list(Entry.select(*columns).where(after).order_by(Entry.rank).limit(RESULTS))
        yield from rows
        if len(rows) < RESULTS:
            return
        last = rows[-1].rank or 0


def _keep(draw: Draw, rows: list[tuple[int, str, int | None]], now: datetime) -> None:
    """Write the results of (application id, outcome, position) that are not there yet, in one transaction."""
    with writing():
        text = "SELECT application_id, outcome, position FROM result WHERE application_id {ids}"
        found = bulk.run(text, [application for application, *_ in rows]).fetchall()
        known = {application: (outcome, position) for application, outcome, position in found}
        fresh = []
        for application, outcome, position in rows:
            if known.get(application, (outcome, position)) != (outcome, position):
                raise NotYet("Ada hasil yang bukan dari undian ini. Jangan diumumkan; laporkan.", "jalan")
            if application not in known:
                # The id of its application: so results lie in the order in which they are told.
                fresh.append((application, application, outcome, position))
        same: dict[Any, Any] = {
            Result.wave: draw.wave_id,
            Result.reason: Reason.DRAWN.value,
            Result.staff: draw.attested_by_id,
            Result.set_at: now,
        }
        each = (Result.id, Result.application, Result.outcome, Result.position)
        bulk.insert(Result, each, fresh, same, or_ignore=True)


def note_published_due(now: datetime) -> int:
    """Open the files of draws whose wave was published; returns how many. The worker calls it every minute."""
    told = Wave.select(Wave.id, Wave.published_at).where(Wave.published_at <= now)
    due = Draw.published_at.is_null() & Draw.attested_at.is_null(False)
    done = 0
    for wave in told.where(Wave.id.in_(Draw.select(Draw.wave).where(due))):
        opened = Draw.update(published_at=wave.published_at).where((Draw.wave == wave.id) & due)
        done += int(opened.execute())
    return done


# the frozen list ------------------------------------------------------------------------------------


def tell_frozen_due(now: datetime) -> int:
    """Tell everybody in a frozen list the own line; returns how many. The worker calls it every minute."""
    waiting = Draw.frozen_at.is_null(False) & Draw.drawn_at.is_null()
    return sum(_tell_list(draw, now) for draw in list(Draw.select().where(waiting)))


def _tell_list(draw: Draw, now: datetime) -> int:
    """In the order of the list, a chunk a transaction: when the last one has it, all have."""
    last = _by_entry(draw, Entry.entry.desc()).first()
    if last is None or _has_been_told(draw, last[2]):
        return 0
    quiet, said, told, after = deadlines.quiet(now, office.current().zone), _said(draw), 0, ""
    while rows := list(_by_entry(draw, Entry.entry).where(Entry.entry > after).limit(CHUNK)):
        with writing():
            people = [To(who, own, f"frozen:{draw.id}", _line(line)) for _, own, who, line in rows]
            told += notice_chunks.write_all(people, said, quiet, now)
        after = rows[-1][0]
        let_others_write()
    return told


def _by_entry(draw: Draw, order: Any) -> Any:
    """Query: (entry, application, applicant, line) of the frozen list, in an order of its index."""
    rows = Entry.every(Entry.entry, Application.id, Application.applicant, Entry.line).join(Application)
    return rows.where((Entry.draw == draw.id) & (Entry.listing == draw.listing)).order_by(order).tuples()


def _has_been_told(draw: Draw, applicant_id: int) -> bool:
    own = (Notice.applicant == applicant_id) & (Notice.key == f"frozen:{draw.id}")
    return bool(Notice.select(Notice.id).where(own).exists())


def _said(draw: Draw) -> Said:
    """With the hash of the list: from then on everybody in it is a witness (security.md 5, D3)."""
    number, digest = draw.wave.number, draw_lookup.grouped(draw.tickets_sha256)
    count = local_time.number(draw.tickets_count)
    return Said(
        kind="frozen",
        title=f"Daftar peserta Gelombang {number} sudah dikunci",
        body=f"Daftar peserta Gelombang {number} sudah dikunci. Nomor undian Anda di baris {{line}} dari {count}. "
        f"Simpan sidik daftar ini: {digest}. Dengan sidik itu ketahuan kalau daftarnya diganti.",
        path="/saya/undian",
        wave_id=draw.wave_id,
        words=(("count", count), ("digest", digest)),
    )


def _line(line: int | None) -> tuple[tuple[str, str], ...]:
    return (("line", local_time.number(line or 0)),)
