"""Every day's new entry numbers of a wave that will be drawn, counted and rooted in public (security.md 5, D7).

From the promise to the freeze the worker notes, after each midnight, the numbers that no earlier day had. Count and root
are public (harian.csv) and go to the inspectorate, so a number can neither be slipped in with an old date nor disappear:
whoever has one downloads the proof that it was there. The numbers themselves are not published before the list is.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from app.crypto import new_id
from app.db import writing
from app.models import Application, DayList, Draw, Wave
from app.prepared import insert
from app.rules import codes, local_time, merkle
from app.services import office, office_mail
from app.services.draw_lookup import grouped

KEEP_THIS = "Simpan email ini. Nomor yang ada di daftar hari ini tidak bisa lagi dihilangkan atau disisipkan tanpa ketahuan."
NAME = "harian.csv"
HEADER = "day,count,root"
_LIGHT = (DayList.day, DayList.count, DayList.root)


def note_due(now: datetime) -> int:
    """Note yesterday for every wave that is promised and not frozen; returns how many. The worker calls it every minute."""
    zone = office.current().zone
    today = local_time.local_day(now, zone)
    midnight, day = local_time.at_local(today, time(), zone), (today - timedelta(days=1)).isoformat()
    noted = DayList.select(DayList.wave).where(DayList.day == day)
    due = Draw.frozen_at.is_null() & (Draw.promised_at < midnight) & Draw.wave.not_in(noted)
    waves = Wave.select(Wave.id, Wave.number).join(Draw).where(due)
    return sum(_note(wave, day, midnight, now) for wave in waves)


def _note(wave: Wave, day: str, midnight: datetime, now: datetime) -> int:
    # Outside of the transaction, because it reads a whole wave; two workers find the same.
    sent = (Application.wave == wave.id) & (Application.submitted_at < midnight)
    numbers: Any = Application.select(Application.entry_number).where(sent).tuples()
    fresh = sorted({codes.shown(number) for (number,) in numbers} - _known(wave))
    rows = [entry.encode("ascii") for entry in fresh]
    row = DayList(id=new_id(), wave=wave.id, day=day, count=len(rows), root=merkle.root(rows).hex())
    row.entries, row.made_at = "\n".join(fresh).encode("ascii"), now
    with writing():
        insert(row, or_ignore=True)
        if not DayList.select().where(DayList.id == row.id).exists():
            return 0  # another worker was faster
        lines = (
            f"Pendaftar baru Gelombang {wave.number} sampai akhir {day}: {local_time.number(row.count)} orang.",
            f"Akar daftar harian (RFC 9162):\n{row.root}",
            KEEP_THIS,
        )
        subject = f"Daftar harian Gelombang {wave.number}, {day}"
        office_mail.write(office_mail.INSPECTORATE, f"day:{wave.id}:{day}", subject, lines, now)
    return 1


def _known(wave: Wave) -> set[str]:
    rows = DayList.select(DayList.entries).where(DayList.wave == wave.id)
    return {entry for row in rows.iterator() for entry in bytes(row.entries).decode("ascii").split()}


def csv(wave: Wave) -> bytes:
    """harian.csv: a line for each day, oldest first; only the header when there is none yet."""
    rows = DayList.select(*_LIGHT).where(DayList.wave == wave.id).order_by(DayList.day)
    lines = [HEADER, *(f"{row.day},{row.count},{row.root}" for row in rows)]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def proof(application: Application) -> dict[str, Any] | None:
    """That this number stood in the list of a day: what `periksa.py --bukti` reads beside harian.csv. None: in none yet."""
    entry, row = _found(application)
    if row is None:
        return None
    rows = bytes(row.entries).split()
    return {"day": row.day} | merkle.proof(rows, rows.index(entry))


def day_of(application: Application) -> str:
    """The day whose list has this number, in words; empty for none."""
    row = _found(application)[1]
    return _words(row.day) if row is not None else ""


def _found(application: Application) -> tuple[bytes, DayList | None]:
    """The number, and the list that has it: nearly always that of the day on which it was sent, so that one is asked first."""
    entry = codes.shown(application.entry_number).encode("ascii")
    sent = local_time.local_day(application.submitted_at, office.current().zone).isoformat()
    lists = DayList.select().where(DayList.wave == application.wave_id)
    for rows in (lists.where(DayList.day == sent), lists.where(DayList.day != sent).order_by(DayList.day)):
        for row in rows.iterator():
            if entry in bytes(row.entries).split():
                return entry, row
    return entry, None


def _words(day: str) -> str:
    return local_time.date_words(date.fromisoformat(day))


def last(wave: Wave) -> tuple[str, int, str] | None:
    """(day in words, people of all days together, root in groups) of the newest list, for the public page."""
    rows = list(DayList.select(*_LIGHT).where(DayList.wave == wave.id).order_by(DayList.day))
    if not rows:
        return None
    return _words(rows[-1].day), sum(row.count for row in rows), grouped(rows[-1].root)
