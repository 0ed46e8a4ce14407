"""What people of the office look at: lists of the own district first, a line for everybody else, an end to guessing.

Nobody is closed to an officer, because people walk into any posko and one queue sends them to another. So what an officer
of a posko opens of other districts is written down: the owner reads it, the auditor counts it, an hour has a limit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.crypto import keys
from app.db import writing
from app.models import Applicant, Attempt, AuditLine, Staff
from app.services import audit, limits
from app.services.ledger import Actor

HOUR = timedelta(hours=1)
OPENED, WIDER = "record.open", "search.wide"
ELSEWHERE_AN_HOUR = 60
"""People of other districts whom one officer may open within an hour: a queue is served more slowly."""
SHIFT = timedelta(hours=12)
"""Opening the same person again within this time is the same visit and leaves no second line."""
SEARCH = "search"


class TooMany(Exception):
    """This officer has opened as many people of other districts as one may in an hour."""


def own_district(person: Staff) -> str | None:
    """The district of an officer's posko; None for people of the main office, who see all."""
    return person.posko.district if person.role == "officer" and person.posko else None


# people of other districts ------------------------------------------------------------------------


def note_opened(applicant: Applicant, person: Staff, now: datetime) -> None:
    """Write down that an officer of a posko looks at somebody of another district. Raises TooMany: show nothing then."""
    home = own_district(person)
    if home is None or applicant.district == home:
        return
    subject = f"applicant:{applicant.id}"
    if _opened(person, now - SHIFT).where(AuditLine.subject == subject).exists():
        return
    with writing():
        # The line first: writing it makes parallel requests queue up, so that the count is right.
        audit.record(_name(person), OPENED, subject, now, f"posko:{person.posko_id}")
        if _opened(person, now - HOUR).count() > ELSEWHERE_AN_HOUR:
            raise TooMany


def _opened(person: Staff, since: datetime) -> Any:
    mine = (AuditLine.verb == OPENED) & (AuditLine.actor == _name(person))
    return AuditLine.select().where(mine & (AuditLine.at > since))


def note_wider(person: Staff, shown: int, now: datetime) -> None:
    """Write down that somebody looked at the names of other districts too, and how many."""
    with writing():
        audit.record(_name(person), WIDER, f"posko:{person.posko_id}", now, f"{shown} people")


def _name(person: Staff) -> str:
    return Actor("staff", person).audit_name


# guessing numbers ---------------------------------------------------------------------------------


def begin_nik_search(person: Staff, now: datetime) -> Attempt:
    """Count a search for a NIK as one that found nobody, before it is made. Raises limits.Closed.

    Without this the search box would say of every number that somebody thinks of whether it is registered. The row is
    committed first and counted second, as in services/limits.py.
    """
    subject = keys().lookup_hash("staff", person.username)
    attempt: Attempt = Attempt.create(path=SEARCH, subject=subject, source=b"", browser=None, at=now)
    for limit in limits.of(SEARCH, "officer"):
        window = limit.window or limits.DAY
        mine = (Attempt.path == SEARCH) & (Attempt.subject == subject) & Attempt.failed
        if Attempt.select().where(mine & (Attempt.at > now - window)).count() > limit.most:
            limits.forget(attempt)
            raise limits.Closed(round(window.total_seconds()))
    return attempt


def found_somebody(attempt: Attempt) -> None:
    """The number was somebody's: this search fills no bucket."""
    limits.forget(attempt)
