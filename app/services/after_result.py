"""What is still open for a person after the result: an offer to answer, a place in line, a decision to object to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.models import Application
from app.rules import local_time
from app.rules.states import State
from app.services import objections, offers, seats
from app.services.offers import Asked


@dataclass(frozen=True)
class After:
    """`asked` is the offer to answer now. `line` says how the reserve list moves, empty for who is not on it.

    `object_until` is set while an objection may be made; `objects` is 0 without one, else how many there were;
    `waits` says that one has no answer yet.
    """

    asked: Asked | None = None
    line: str = ""
    object_until: str = ""
    objects: int = 0
    waits: bool = False


NOTHING = After()


def of(application: Application, now: datetime, zone: str) -> After:
    """What is open for this application at `now`."""
    if application.wave is None or application.wave.published_at is None:
        return NOTHING
    end = objections.until(application)
    made = objections.of(application.id)
    asked = offers.open_for(application, now, zone)
    return After(
        asked=asked,
        line=_line(application, asked),
        object_until=local_time.day_clock(end, zone)
        if end and objections.may_object(application, now)
        else "",
        objects=len(made),
        waits=any(one.answered_at is None for one in made),
    )


def _line(application: Application, asked: Asked | None) -> str:
    if application.state != State.RESERVE:
        return ""
    if asked is not None:
        return "Ada tempat kosong, dan sekarang giliran Anda."
    count = seats.freed(application.wave_id)
    if not count:
        return "Belum ada tempat kosong. Kalau ada, kami tawarkan menurut urutan."
    return f"Sejauh ini {local_time.number(count)} tempat kosong, ditawarkan menurut urutan."
