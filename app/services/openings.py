"""Who of the office opened full numbers on one day: for the auditor (security.md, threat 7).

Nothing here accuses anybody. Four counts say where to look first: most opens, opens outside office hours, people with
the officer's own family name, and people of other districts than that of the own posko (services/looking.py).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.models import Applicant, AuditLine, Staff
from app.rules import local_time
from app.services import looking

#: Outside Monday to Friday, 07.00 to 18.00 of the office, an open is worth a question.
OPENS, CLOSES, FRIDAY = time(7), time(18), 4


@dataclass(frozen=True)
class Opened:
    """One person of the office on one day: how many full numbers, how many late, how many of the own family name; and how
    many people of other districts were looked at, numbers or not.
    """

    name: str
    role: str
    place: str
    opened: int
    out_of_hours: int
    same_name: int
    elsewhere: int


def of_day(day: date, zone: str) -> list[Opened]:
    """Everybody who opened a full number or somebody of another district on this local day, whoever opened most first."""
    begin = local_time.at_local(day, time.min, zone)
    end = local_time.at_local(day + timedelta(days=1), time.min, zone)
    that_day = (AuditLine.at >= begin) & (AuditLine.at < end)
    lines = list(AuditLine.select().where(AuditLine.verb.in_(("nik.open", looking.OPENED)) & that_day))
    by_actor: defaultdict[str, list[AuditLine]] = defaultdict(list)
    for line in lines:
        by_actor[str(line.actor)].append(line)
    names = _family_names(lines)
    staff = {f"staff:{row.username}": row for row in Staff.select()}
    rows = [_row(staff.get(actor), actor, mine, names, zone) for actor, mine in by_actor.items()]
    return sorted(rows, key=lambda row: (-row.opened, -row.elsewhere, row.name))


def _row(who: Staff | None, actor: str, lines: list[AuditLine], names: dict[str, str], zone: str) -> Opened:
    own = _family_name(who.name) if who else ""
    numbers = [line for line in lines if line.verb == "nik.open"]
    return Opened(
        name=who.name if who else actor,
        role=who.role if who else "",
        place=who.posko.name if who and who.posko else "",
        opened=len(numbers),
        out_of_hours=sum(is_out_of_hours(line.at, zone) for line in numbers),
        same_name=sum(bool(own) and names.get(str(line.subject)) == own for line in numbers),
        elsewhere=len(lines) - len(numbers),
    )


def is_out_of_hours(at: datetime, zone: str) -> bool:
    """Whether a moment lies outside the office's week."""
    there = local_time.local(at, zone)
    return there.weekday() > FRIDAY or not OPENS <= there.time() < CLOSES


def _family_names(lines: list[AuditLine]) -> dict[str, str]:
    ids = {int(line.subject.partition(":")[2]) for line in lines if line.subject.startswith("applicant:")}
    people = Applicant.select(Applicant.id, Applicant.name).where(Applicant.id.in_(list(ids)))
    return {f"applicant:{row.id}": _family_name(row.name) for row in people} if ids else {}


def _family_name(name: str) -> str:
    """The last word of a name of two or more; many people have one name only, which says nothing about a family."""
    words = name.casefold().split()
    return words[-1] if len(words) > 1 else ""
