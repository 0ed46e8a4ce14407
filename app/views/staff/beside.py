"""What stands beside the data of a person: until when something is to be done, and which notices came through."""

from __future__ import annotations

from app import auth
from app.models import Application
from app.rules import deadlines as rules
from app.rules import local_time
from app.services import deadline_moves, offers, office, reach
from app.services.reach import Reach
from app.views.staff.reach import WORDS

MOST = 4
"""Notices that are shown; the rest is in the person's own inbox."""
KINDS = {Reach.OPENED: "ok", Reach.UNREACHABLE: "warn"}

Tag = tuple[str, str, str]


def deadlines(application: Application) -> list[tuple[str, str, Tag | None]]:
    """(task, until when in words, tag) of a place that is offered and of whatever follows from having one."""
    zone, now = office.current().zone, auth.now()
    found: list[tuple[str, str, Tag | None]] = []
    offer = offers.open_for(application, now, zone)
    if offer is not None:
        found.append(("Menjawab tawaran tempat", offer.until, None))
    for row in deadline_moves.tasks(application):
        tag = (
            ("Selesai", "ok", "check")
            if row.done_at
            else ("Lewat", "bad", "alert")
            if row.due_at < now
            else None
        )
        words = rules.WORDS[rules.Deadline(row.kind)].title
        found.append((words, local_time.day_clock(row.due_at, zone), tag))
    return found


def told(application: Application) -> list[tuple[str, str, str, str]]:
    """(title, when, how far it came, kind of tag) of the newest notices."""
    zone, now = office.current().zone, auth.now()
    return [
        (one.title, local_time.said(one.at, now, zone), WORDS[one.reach], KINDS.get(one.reach, ""))
        for one in reach.of_person(application.applicant_id, MOST)
    ]
