"""Broadcasts: written, ordered, confirmed by a second person where they go to many, stopped. One verb, one audit line.

The worker does the rest (services/broadcast_sending.py). Every verb locks the row and looks at its state, so a button
that is pressed twice does its work once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.db import locked_for_update, writing
from app.models import Broadcast, Staff
from app.rules import quiet
from app.rules.broadcast import Segment, Sent, needs_second
from app.services import audit, broadcast_people, office
from app.services.ledger import Actor

#: Broadcasts on one page of the list.
PAGE = 30


class Changed(Exception):
    """The text is not as this person saw it: somebody changed it meanwhile."""


class NotNow(Exception):
    """The broadcast is in another state; `words` says which."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class SamePerson(Exception):
    """Whoever wrote it cannot be the second person."""


class Refused(Exception):
    """It cannot be ordered so: (field, words). Fields: people, at, night."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field, self.words = field, words


@dataclass(frozen=True, slots=True)
class Text:
    """What a manager writes, already checked (rules/broadcast.py)."""

    title: str
    body: str
    segment: Segment


def find(broadcast_id: int) -> Broadcast | None:
    """One broadcast."""
    return Broadcast.get_or_none(Broadcast.id == broadcast_id) if broadcast_id < 2**63 else None


def listing(page: int) -> tuple[list[Broadcast], int]:
    """One page of all, the newest first, and how many they are."""
    rows = Broadcast.select(Broadcast, Staff).join(Staff, on=Broadcast.written_by)
    ordered = rows.order_by(Broadcast.written_at.desc(), Broadcast.id).paginate(page, PAGE)
    return list(ordered), int(Broadcast.select().count())


def waiting() -> int:
    """How many wait for a second person."""
    return int(Broadcast.select().where(Broadcast.state == Sent.WAITING.value).count())


def segment_of(row: Broadcast) -> Segment:
    """Whom it is for."""
    return Segment.from_json(row.segment)


def mark(row: Broadcast) -> str:
    """A short name for the text and the segment as somebody saw them."""
    return hashlib.sha256("|".join((row.title, row.body, row.segment)).encode()).hexdigest()[:16]


# writing ------------------------------------------------------------------------------------------


def write(text: Text, actor: Actor, now: datetime) -> Broadcast:
    """Keep a new draft."""
    with writing():
        row = Broadcast.create(
            title=text.title,
            body=text.body,
            segment=text.segment.as_json(),
            written_by=actor.officer(),
            written_at=now,
        )
        audit.record(actor.audit_name, "broadcast.write", f"broadcast:{row.id}", now)
        return row


def edit(broadcast_id: int, text: Text, seen: str, actor: Actor, now: datetime) -> None:
    """Change a draft; whoever does is its writer from now on. Raises Changed, NotNow."""
    with writing():
        row = _locked(broadcast_id, (Sent.DRAFT,))
        if mark(row) != seen:
            raise Changed
        columns = {"title": text.title, "body": text.body, "segment": text.segment.as_json()}
        _set(row, **columns, written_by=actor.officer(), written_at=now)
        audit.record(actor.audit_name, "broadcast.edit", f"broadcast:{row.id}", now)


def drop(broadcast_id: int, actor: Actor, now: datetime) -> None:
    """Throw a draft away; nobody was told anything. Raises NotNow."""
    with writing():
        row = _locked(broadcast_id, (Sent.DRAFT,))
        Broadcast.delete().where(Broadcast.id == row.id).execute()
        audit.record(actor.audit_name, "broadcast.drop", f"broadcast:{row.id}", now)


# ordering -----------------------------------------------------------------------------------------


def order(
    broadcast_id: int,
    at: datetime | None,
    at_night: bool,
    seen: str,
    alone: int,
    actor: Actor,
    now: datetime,
) -> Sent:
    """Let it be sent at `at` (None: now); returns the state, which is waiting when a second person must confirm.

    `alone` is how many people one person may address. Raises Refused, Changed, NotNow.
    """
    with writing():
        row = _locked(broadcast_id, (Sent.DRAFT,))
        if mark(row) != seen:
            raise Changed
        if at is not None and at <= now:
            raise Refused("at", "Waktu ini sudah lewat. Pilih waktu yang akan datang, atau kirim sekarang.")
        silence = quiet.until(quiet.CHOICES[quiet.HOUSE], at or now, office.current().zone)
        if silence is not None and not at_night:
            raise Refused("night", "Saat itu masih jam diam. Pilih waktu lain, atau centang di bawah ini.")
        people = broadcast_people.count(segment_of(row))
        if not people:
            raise Refused("people", "Tidak ada orang yang cocok. Ubah dulu untuk siapa kabar ini.")
        state = Sent.WAITING if needs_second(people, alone) else Sent.SCHEDULED
        columns = {"send_at": at or now, "at_night": at_night, "people": people, "alone": alone}
        _set(row, state=state.value, written_by=actor.officer(), **columns)
        detail = f"{people} {state.value} {(at or now).isoformat()}"
        audit.record(actor.audit_name, "broadcast.send", f"broadcast:{row.id}", now, detail)
        return state


def confirm(broadcast_id: int, seen: str, actor: Actor, now: datetime) -> None:
    """The second person lets it go; when its time is past by then it goes now. Raises SamePerson, Changed, NotNow."""
    with writing():
        row = _locked(broadcast_id, (Sent.WAITING,))
        if mark(row) != seen:
            raise Changed
        person = actor.officer()
        if person.id == row.written_by_id:
            raise SamePerson
        # What was counted now is what was confirmed: only far more people than these need another look.
        people = broadcast_people.count(segment_of(row))
        columns = {"send_at": max(row.send_at, now), "people": people, "alone": max(people, row.alone)}
        _set(row, state=Sent.SCHEDULED.value, confirmed_by=person, confirmed_at=now, **columns)
        audit.record(actor.audit_name, "broadcast.confirm", f"broadcast:{row.id}", now, f"{people}")


def stop(broadcast_id: int, actor: Actor, now: datetime) -> None:
    """From this moment nobody else is told. What is still queued is called off by the worker's verb. Raises NotNow."""
    with writing():
        row = _locked(broadcast_id, (Sent.WAITING, Sent.SCHEDULED, Sent.RUNNING))
        _set(row, state=Sent.STOPPED.value, stopped_by=actor.officer(), stopped_at=now)
        audit.record(actor.audit_name, "broadcast.stop", f"broadcast:{row.id}", now, f"{row.told} told")


# rows ---------------------------------------------------------------------------------------------

#: Why nothing can be done in a state.
NOT_NOW = {
    Sent.DRAFT: "Siaran ini masih konsep. Belum ada yang dikirim.",
    Sent.WAITING: "Siaran ini sudah diminta kirim. Sekarang menunggu orang kedua.",
    Sent.SCHEDULED: "Siaran ini sudah dijadwalkan.",
    Sent.RUNNING: "Siaran ini sedang dikirim.",
    Sent.DONE: "Siaran ini sudah selesai. Yang sudah dikirim tidak bisa ditarik.",
    Sent.STOPPED: "Siaran ini sudah dihentikan.",
}


def _locked(broadcast_id: int, states: tuple[Sent, ...]) -> Broadcast:
    row = locked_for_update(Broadcast.select().where(Broadcast.id == broadcast_id)).first()
    if row is None:
        raise NotNow("Siaran ini sudah dibuang.")
    if row.state not in [state.value for state in states]:
        raise NotNow(NOT_NOW[Sent(row.state)])
    return row  # type: ignore[no-any-return]


def _set(row: Broadcast, **columns: Any) -> None:
    Broadcast.update(**columns).where(Broadcast.id == row.id).execute()
