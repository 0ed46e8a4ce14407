"""Objections (keberatan): a person says that a result or a reversal is wrong, in time, one at a time.

While an objection is open its seat is offered to nobody (seats.disputed). How it is answered: objection_answers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from peewee import IntegrityError

from app.db import acknowledged
from app.models import Application, LedgerEntry, Objection, Reversal
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, joining, reversals
from app.services.reversals import OBJECT_DAYS

SHORTEST, LONGEST = 20, 1000
"""Letters of an objection: long enough to say what is wrong."""

DUE_DATA = timedelta(hours=72)
"""Where the reason is what we hold about the person, an objection is a request to correct data: UU 27/2022 article 30
gives 3 x 24 hours."""

DUE = timedelta(days=7)
"""For everything else the law names no time; a week, as long as the person had to object."""

ABOUT_DATA = frozenset(
    {
        Reason.DATA_FALSE,
        Reason.DATA_INCOMPLETE,
        Reason.FAMILY_LIMIT,
        Reason.OTHER_AID,
        Reason.BARRED_GROUP,
        Reason.PAST_RECIPIENT,
        Reason.OUTSIDE_AREA,
    }
)
TOLD_NO = (State.NOT_SELECTED, State.RESERVE, State.REVOKED, State.IN_SELECTION)


class NotOpen(Exception):
    """There is nothing to object to (any more), or an objection is open already."""


# objecting -----------------------------------------------------------------------------------------


def until(application: Application | None) -> datetime | None:
    """Until when (not including) the newest decision can be objected to; None when there is none to object to."""
    if application is None or application.wave is None or application.wave.published_at is None:
        return None
    if State(application.state) not in TOLD_NO:
        return None
    if (reversal := _reversed_by(application)) is not None:
        end: datetime | None = reversal.object_until
        return end
    told: datetime = max(application.changed_at, application.wave.published_at)
    return told + timedelta(days=OBJECT_DAYS)


def _reversed_by(application: Application) -> Reversal | None:
    """The reversal by which it stands where it stands."""
    if application.state not in (State.REVOKED, State.NOT_SELECTED):
        return None
    last = reversals.last_for(application.id)
    return last if last is not None and last.confirmed_at == application.changed_at else None


def may_object(application: Application | None, now: datetime) -> bool:
    """Whether the form is there: in time, and none is open."""
    end = until(application)
    return end is not None and now < end and application is not None and open_one(application.id) is None


def open_one(application_id: int) -> Objection | None:
    """The objection that has no answer yet."""
    mine = (Objection.application == application_id) & Objection.answered_at.is_null()
    return Objection.get_or_none(mine)


def of(application_id: int) -> list[Objection]:
    """All objections of an application, the newest first."""
    mine = Objection.select().where(Objection.application == application_id)
    return list(mine.order_by(Objection.made_at.desc()))


def make(applicant_id: int, text: str, now: datetime) -> Objection:
    """Object to the newest decision. Raises NotOpen. On the disk when it returns."""
    text = text.strip()
    if not SHORTEST <= len(text) <= LONGEST:
        raise ValueError(len(text))
    try:
        with acknowledged():
            application = joining.newest(applicant_id)
            if application is None or not may_object(application, now):
                raise NotOpen
            about = "reversal" if _reversed_by(application) else "result"
            made = Objection(
                application=application,
                about=about,
                made_at=now,
                due_at=now + (DUE_DATA if _reason(application) in ABOUT_DATA else DUE),
            )
            made.text = text
            made.save(force_insert=True)
            audit.record("applicant", "objection.make", f"application:{application.id}", now, about)
            return made
    except IntegrityError:  # two taps: objection_one_open
        raise NotOpen from None


def last_change(application: Application) -> LedgerEntry | None:
    """The ledger line by which it stands where it stands."""
    lines = LedgerEntry.select().where(
        (LedgerEntry.application == application.id) & (LedgerEntry.to_state == application.state)
    )
    found: LedgerEntry | None = lines.order_by(LedgerEntry.n.desc()).first()
    return found


def _reason(application: Application) -> Reason | None:
    line = last_change(application)
    return Reason(line.reason) if line is not None else None
