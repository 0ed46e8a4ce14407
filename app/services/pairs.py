"""Pairs of records that may be one person: found once per new record, listed for the people who decide.

Finding asks the keyed hashes, never everybody against everybody: each new or changed record is looked at once, by the
line that it left in the audit trail (whose numbers have no gaps and are committed in order, so none slips through).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import chunked

from app.crypto import Unsealable, keys, new_id
from app.db import writing
from app.models import Applicant, Application, AuditLine, SuspectedPair
from app.rules import likeness
from app.rules.likeness import Traits, Why
from app.services import beats

JOB = "find_pairs"
NEW = ("application.send", "application.change")
"""Audit verbs after which a record is looked at (at the point of proof, not while somebody is still typing)."""
BATCH = 200
BATCHES = 5
"""At most so many lines in one run of the worker: the other jobs of the minute wait meanwhile."""
SHARED = 10
"""A phone may belong to a family or a posko: a new record is compared with so many newest records that share it."""
NAMESAKES = 200
"""People of one name and one year of birth whose sealed birth dates are compared."""
MOST = 50

CLAIMS = ("holder", "disputed")


# finding ------------------------------------------------------------------------------------------


def find_due(now: datetime) -> int:
    """Look at every record that came or changed since the last run; returns how many pairs are new."""
    found = 0
    for _ in range(BATCHES):
        before = beats.mark(JOB)
        people, after = _unseen(before)
        if after == before:
            break
        suspected = {pair: why for person in people for pair, why in _pairs_of(person)}
        with writing():
            if not beats.move_mark(JOB, before, after):
                break  # another worker looked at the same lines
            found += _store(suspected, now)
    return found


def _unseen(mark: int) -> tuple[list[Applicant], int]:
    """The people behind the next lines after the mark, and the mark behind them."""
    newest = AuditLine.select(AuditLine.id).order_by(AuditLine.id.desc()).first()
    head = int(newest.id) if newest else 0
    new = AuditLine.verb.in_(NEW) & (AuditLine.id > mark) & (AuditLine.id <= head)
    lines = list(
        AuditLine.select(AuditLine.id, AuditLine.subject).where(new).order_by(AuditLine.id).limit(BATCH)
    )
    ids = {int(line.subject.removeprefix("application:")) for line in lines}
    theirs = Application.select(Application.applicant).where(Application.id.in_(ids))
    people = Applicant.select().where(Applicant.id.in_(theirs) & Applicant.claim.in_(CLAIMS))
    return list(people) if ids else [], int(lines[-1].id) if len(lines) == BATCH else head


def _pairs_of(person: Applicant) -> Iterable[tuple[tuple[int, int], str]]:
    try:
        own = _traits(person)
    except Unsealable:  # a damaged row must not keep the others from being looked at
        return
    for other in _candidates(person, own.nik):
        try:
            why = likeness.reasons(own, _traits(other))
        except Unsealable:
            continue
        if why:
            yield (min(person.id, other.id), max(person.id, other.id)), ",".join(why)


def _candidates(person: Applicant, number: str) -> list[Applicant]:
    """Whoever shares a hash with this person; three look-ups by index, each bounded."""
    others = Applicant.select().where((Applicant.id != person.id) & Applicant.claim.in_(CLAIMS))
    near = [keys().lookup_hash("nik", one) for one in (number, *likeness.slips(number))]
    namesake = (Applicant.name_search == person.name_search) & (Applicant.birth_year == person.birth_year)
    found = list(others.where(Applicant.nik_index.in_(near)).limit(NAMESAKES))
    found.extend(others.where(namesake).order_by(Applicant.created_at.desc()).limit(NAMESAKES))
    if person.phone_index is not None:
        shared = others.where(Applicant.phone_index == bytes(person.phone_index))
        found.extend(shared.order_by(Applicant.created_at.desc()).limit(SHARED))
    return list({one.id: one for one in found}.values())


def _traits(person: Applicant) -> Traits:
    return Traits(person.nik, person.name_search, person.birth_date, person.phone or "", person.kk)


def _store(suspected: dict[tuple[int, int], str], now: datetime) -> int:
    """Keep new pairs; one that is known stays as it is, decided or not."""
    first, second = SuspectedPair.first, SuspectedPair.second
    mine = first.in_({one for one, _ in suspected})
    known = set(SuspectedPair.select(first, second).where(mine).tuples()) if suspected else set()
    fresh = [
        {"id": new_id(), "first": one, "second": other, "why": why, "found_at": now}
        for (one, other), why in suspected.items()
        if (one, other) not in known
    ]
    for chunk in chunked(fresh, BATCH):
        SuspectedPair.insert_many(chunk).on_conflict_ignore().execute()
    return len(fresh)


# looking ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One line of the list: both names, why, when it was found, what was decided ('' while it is open)."""

    id: int
    names: tuple[str, str]
    why: tuple[str, ...]
    found_at: datetime
    decision: str


def find(pair_id: int) -> SuspectedPair | None:
    """A pair with both records."""
    return SuspectedPair.get_or_none(SuspectedPair.id == pair_id)


def why(pair: SuspectedPair) -> tuple[Why, ...]:
    """Why it was found."""
    return tuple(Why(code) for code in pair.why.split(","))


def waiting(district: str | None) -> int:
    """How many pairs are open; of one district (either record) or of all when None."""
    return int(_listed(False, district).count())


def listed(decided: bool, district: str | None) -> list[Row]:
    """Open pairs, the longest waiting first, or decided ones, the newest decision first; at most MOST."""
    query = _listed(decided, district)
    order = SuspectedPair.decided_at.desc() if decided else SuspectedPair.found_at
    rows = query.order_by(order, SuspectedPair.id).limit(MOST)
    return [
        Row(
            pair.id,
            (pair.first.name, pair.second.name),
            tuple(likeness.WORDS[one] for one in why(pair)),
            pair.found_at,
            pair.decision,
        )
        for pair in rows
    ]


def _listed(decided: bool, district: str | None) -> Any:
    one, other = Applicant.alias("one"), Applicant.alias("other")
    query = (
        SuspectedPair.select(SuspectedPair, one, other)
        .join(one, on=SuspectedPair.first, attr="first")
        .switch(SuspectedPair)
        .join(other, on=SuspectedPair.second, attr="second")
    )
    if decided:
        query = query.where(SuspectedPair.decision != "")
    else:  # a claim that was settled with the KTP is no question any more
        query = query.where((SuspectedPair.decision == "") & one.claim.in_(CLAIMS) & other.claim.in_(CLAIMS))
    return (
        query if district is None else query.where((one.district == district) | (other.district == district))
    )


def newest(applicant_id: int) -> Application | None:
    """The application by which a record is told apart."""
    mine = Application.select().where(Application.applicant == applicant_id)
    found: Application | None = mine.order_by(Application.submitted_at.desc(), Application.id).first()
    return found


def mark(pair: SuspectedPair) -> str:
    """A short name for what somebody saw of a pair: its decision and where both applications stand."""
    sides = [newest(pair.first_id), newest(pair.second_id)]
    seen = [f"{side.id}.{side.version}.{side.state}" if side else "-" for side in sides]
    return "|".join([pair.decision, *seen])


def is_given_up(applicant_id: int) -> bool:
    """Whether this record ended because its person has another one: it cannot join a wave again."""
    lost = ((SuspectedPair.decision == "first") & (SuspectedPair.second == applicant_id)) | (
        (SuspectedPair.decision == "second") & (SuspectedPair.first == applicant_id)
    )
    return bool(SuspectedPair.select(SuspectedPair.id).where(lost).exists())
