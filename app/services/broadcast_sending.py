"""The worker's half of a broadcast: notices in chunks, each person exactly once, until it is done or stopped.

A chunk is one transaction: notices, deliveries, how far it came. Killed anywhere and run again it goes on behind the
last chunk; two workers take turns at the locked row. The key of the notice is the last guard: UNIQUE(applicant, key).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from app.db import locked_for_update, writing
from app.models import Broadcast, Delivery, Notice, Wave
from app.rules.broadcast import WAITING, Segment, Sent, needs_second
from app.services import audit, broadcast_people, condensing
from app.services.broadcasts import segment_of
from app.services.notice_chunks import Said, To, write_all

#: People in one transaction, and in one minute: the other jobs of that minute wait for this one.
CHUNK, MOST = 500, 20_000
KIND = "broadcast"


def key_of(broadcast_id: int) -> str:
    """The key of its notices."""
    return f"broadcast:{broadcast_id}"


# sending ------------------------------------------------------------------------------------------


def send_due(now: datetime) -> int:
    """Write what is due of every broadcast, and call off what was stopped; returns how many people were told.

    Asked every minute. A chunk that a stop meets is the last one.
    """
    told = 0
    due = (Broadcast.state == Sent.SCHEDULED.value) & (Broadcast.send_at <= now)
    for row in Broadcast.select(Broadcast.id).where(due | (Broadcast.state == Sent.RUNNING.value)):
        while told < MOST:
            written = _chunk(row.id, now)
            if written is None:
                break
            told += written
    stopped = (Broadcast.state == Sent.STOPPED.value) & Broadcast.over_at.is_null()
    for row in Broadcast.select(Broadcast.id).where(stopped):
        call_off(row.id, now)
    return told


def _chunk(broadcast_id: int, now: datetime) -> int | None:
    """Tell the next people; None when there is nobody left, or it is not to be sent (any more)."""
    with writing():
        row = locked_for_update(Broadcast.select().where(Broadcast.id == broadcast_id)).first()
        if row is None or row.state not in (Sent.SCHEDULED.value, Sent.RUNNING.value):
            return None
        segment = segment_of(row)
        if row.state == Sent.SCHEDULED.value and not _begin(row, segment, now):
            return None
        people = broadcast_people.after(segment, row.reached_id, CHUNK)
        if not people:
            _set(row.id, state=Sent.DONE.value, over_at=now)
            audit.record("system", "broadcast.done", f"broadcast:{row.id}", now, f"{row.told} told")
            return None
        said = Said(KIND, row.title, row.body, "/saya/kabar", _wave(segment), broadcast_id=row.id)
        written = write_all([To(one, None, key_of(row.id)) for one in people], said, None, now)
        _set(row.id, reached_id=people[-1], told=row.told + written)
        return written


def _begin(row: Broadcast, segment: Segment, now: datetime) -> bool:
    """Its time has come. Grown beyond what one person may address meanwhile, it waits for the second one."""
    people = broadcast_people.count(segment)
    if row.confirmed_by_id is None and needs_second(people, row.alone):
        _set(row.id, state=Sent.WAITING.value, people=people)
        audit.record("system", "broadcast.wait", f"broadcast:{row.id}", now, f"{people}")
        return False
    _set(row.id, state=Sent.RUNNING.value, started_at=now, people=people)
    return True


def _wave(segment: Segment) -> int | None:
    if segment.wave in ("", WAITING):
        return None
    found = Wave.get_or_none(Wave.number == int(segment.wave))
    return None if found is None else found.id


# stopping -----------------------------------------------------------------------------------------


def call_off(broadcast_id: int, now: datetime) -> int:
    """Give up what is queued of a stopped broadcast, chunk by chunk; returns how many deliveries.

    What a sender has in its hands at this moment still goes. Its notices climb no further.
    """
    given_up = 0
    while True:
        with writing():
            if not _climb_no_more(broadcast_id):
                break
    mine = Notice.select(Notice.id).where(Notice.broadcast == broadcast_id)
    while True:
        with writing():
            free = Delivery.leased_until.is_null() | (Delivery.leased_until <= now)
            waiting = Delivery.notice.in_(mine) & (Delivery.state == "queued") & free
            ids = [row.id for row in Delivery.select(Delivery.id).where(waiting).limit(CHUNK)]
            if not ids:
                break
            gone = {"state": "gone", "reason": "stopped", "leased_until": None, "done_at": now}
            still = Delivery.id.in_(ids) & (Delivery.state == "queued") & free
            given_up += int(Delivery.update(**gone).where(still).execute())
    with writing():
        in_hand = Delivery.notice.in_(mine) & (Delivery.state == "queued")
        if not Delivery.select(Delivery.id).where(in_hand).exists():
            _set(broadcast_id, over_at=now)
    return given_up


def _climb_no_more(broadcast_id: int) -> int:
    climbing = (Notice.broadcast == broadcast_id) & Notice.climb_at.is_null(False)
    ids = [row.id for row in Notice.select(Notice.id).where(climbing).limit(CHUNK)]
    if ids:
        Notice.update(climb_at=None).where(Notice.id.in_(ids)).execute()
    return len(ids)


# figures ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """Deliveries of a broadcast by channel: handed over, still to go, given up because it was stopped, failed."""

    sent: dict[str, int]
    queued: int
    called_off: int
    failed: int


def figures(broadcast_id: int) -> Figures:
    """Count what became of its deliveries."""
    mine = Notice.select(Notice.id).where(Notice.broadcast == broadcast_id)
    rows: Any = Delivery.select(Delivery.channel, Delivery.state, Delivery.reason, fn.COUNT(Delivery.id))
    rows = rows.where(Delivery.notice.in_(mine)).group_by(Delivery.channel, Delivery.state, Delivery.reason)
    sent: dict[str, int] = {}
    queued = called_off = failed = 0
    for channel, state, reason, count in [*rows.tuples(), *condensing.of_broadcast(broadcast_id)]:
        if state in ("sent", "shown", "opened"):
            sent[channel] = sent.get(channel, 0) + count
        elif state == "queued":
            queued += count
        elif reason == "stopped":
            called_off += count
        else:
            failed += count
    return Figures(sent, queued, called_off, failed)


def _set(broadcast_id: int, **columns: Any) -> None:
    Broadcast.update(**columns).where(Broadcast.id == broadcast_id).execute()
