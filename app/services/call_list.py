"""The call list as officers work through it: filtered and counted, the longest waiting first, one person at a time.

Whoever takes a call holds the entry for some minutes, so that two officers do not ring one telephone. The hold opens
nothing and ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN, Case, fn

from app.db import writing
from app.models import Applicant, Application, CallTask, Notice, Staff
from app.rules import call_words
from app.services import applicant_search, office, reach

#: People on one page of the list.
PAGE = 50
#: How long a call belongs to the officer who took it.
HOLD = timedelta(minutes=15)
#: How long somebody whom no call reached stays on the list of those.
LOST_FOR = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which part of the list. `districts`: codes, or None for all; with `outside` all but these. `reason`: a key of
    rules/call_words.py or "" for all. `mine`: the officer whose calls these are, or None for everybody's.
    """

    districts: tuple[str, ...] | None = None
    outside: bool = False
    reason: str = ""
    mine: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `since`: when it came on the list; `holder`: who else is at it now; `state` as in the table."""

    id: int
    applicant_id: int
    name: str
    place: str
    district: str
    reason: str
    tries: int
    since: datetime
    next_at: datetime
    is_due: bool
    holder: str
    state: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many: `due` now and `later` of what is sifted, `mine`, those `lost`, and each reason, all within the districts."""

    due: int
    later: int
    everybody: int
    mine: int
    lost: int
    reasons: dict[str, int]


# reading ------------------------------------------------------------------------------------------


def sifted(sieve: Sieve, now: datetime, state: Any = None) -> Any:
    """The entries of a sieve, with person and notice; the open ones unless `state` says which."""
    rows = CallTask.select(CallTask, Applicant, Notice).join(Applicant).switch(CallTask)
    rows = rows.join(Notice, JOIN.LEFT_OUTER).where(CallTask.state == "open" if state is None else state)
    if sieve.districts is not None:
        inside = Applicant.district.in_(list(sieve.districts))
        rows = rows.where(~inside if sieve.outside else inside)
    if sieve.reason:
        rows = rows.where(_because(sieve.reason))
    if sieve.mine is not None:
        held = (CallTask.taken_by == sieve.mine) & (CallTask.taken_until > now)
        rows = rows.where(held | (CallTask.staff == sieve.mine))
    return rows


def _because(reason: str) -> Any:
    if reason == call_words.ASKED:
        return CallTask.why == call_words.ASKED
    notice = CallTask.why != call_words.ASKED
    if reason == call_words.OTHER:
        return notice & (Notice.kind.not_in(list(call_words.REASONS)) | Notice.kind.is_null())
    return notice & (Notice.kind == reason)


def listing(sieve: Sieve, now: datetime, page: int) -> list[Line]:
    """One page: who is due before who is not, by district, the longest waiting first."""
    rows = sifted(sieve, now)
    waiting = (CallTask.next_at > now, Applicant.district, CallTask.created_at, CallTask.id)
    found = list(rows.order_by(*waiting).paginate(page, PAGE))
    holders = _holders(found, now, sieve)
    return [_line(row, now, holders) for row in found]


def lost(sieve: Sieve, now: datetime, page: int) -> list[Line]:
    """Whom no call reached (wrong number, nobody answered) and who has not looked since; the oldest first."""
    rows = _lost(sieve, now).order_by(CallTask.done_at, CallTask.id).paginate(page, PAGE)
    return [_line(row, now, {}) for row in rows]


def _lost(sieve: Sieve, now: datetime) -> Any:
    ended = CallTask.state.in_(("wrong_number", "gave_up")) & (CallTask.done_at > now - LOST_FOR)
    again = CallTask.alias()
    waits = again.select(again.id).where((again.applicant == Applicant.id) & (again.state == "open"))
    unseen = CallTask.notice.is_null() | ~reach.seen()
    return sifted(replace(sieve, mine=None), now, ended).where(unseen & ~fn.EXISTS(waits))


def applications(lines: Iterable[Line]) -> dict[int, int]:
    """The application to look at for each person of some lines: {applicant: the newest application}."""
    people = [line.applicant_id for line in lines]
    rows: Any = Application.select(Application.applicant, Application.id).where(
        Application.applicant.in_(people)
    )
    return dict(rows.order_by(Application.submitted_at, Application.id).tuples())


def counts(sieve: Sieve, me: int, now: datetime) -> Counts:
    """The numbers beside the filters; `me` is the officer who looks."""
    area = Sieve(sieve.districts, sieve.outside)
    reasons: dict[str, int] = {}
    by_kind = sifted(replace(area, mine=sieve.mine), now)
    by_kind = by_kind.select(CallTask.why, Notice.kind, fn.COUNT(CallTask.id))
    for why, kind, count in by_kind.group_by(CallTask.why, Notice.kind).tuples():
        reason = call_words.reason(why, kind)
        reasons[reason] = reasons.get(reason, 0) + count
    whole = sifted(sieve, now)
    due = int(whole.where(CallTask.next_at <= now).count())
    return Counts(
        due=due,
        later=int(whole.count()) - due,
        everybody=int(sifted(area, now).count()),
        mine=int(sifted(replace(area, mine=me), now).count()),
        lost=int(_lost(area, now).count()),
        reasons={reason: reasons[reason] for reason in call_words.REASONS if reason in reasons},
    )


def by_district(sieve: Sieve, now: datetime) -> dict[str, int]:
    """How many are open in each district, of what is sifted otherwise."""
    rows = sifted(replace(sieve, districts=None, outside=False), now)
    grouped = rows.select(Applicant.district, fn.COUNT(CallTask.id)).group_by(Applicant.district)
    return dict(grouped.tuples())


def of_wave(wave_id: int) -> dict[str, int]:
    """How many are to be called because of each kind of notice of a wave."""
    rows: Any = CallTask.select(Notice.kind, fn.COUNT(CallTask.id)).join(Notice)
    rows = rows.where((CallTask.state == "open") & (CallTask.why == "notice") & (Notice.wave == wave_id))
    return dict(rows.group_by(Notice.kind).tuples())


def poskos() -> dict[str, list[str]]:
    """The open help posts by the code of their district; an office may have none in most of its districts."""
    found: dict[str, list[str]] = {}
    for row in office.posko():
        found.setdefault(row.district, []).append(row.name)
    return found


def holder(task: CallTask, me: int, now: datetime) -> str:
    """The name of who else is at this call now, or nothing."""
    held = task.taken_until is not None and task.taken_until > now and task.taken_by_id != me
    return str(task.taken_by.name) if held and task.taken_by is not None else ""


def _holders(rows: Iterable[CallTask], now: datetime, sieve: Sieve) -> dict[int, str]:
    held = [row for row in rows if row.taken_until is not None and row.taken_until > now]
    ids = {row.taken_by_id for row in held if row.taken_by_id != sieve.mine}
    names = {row.id: row.name for row in Staff.select(Staff.id, Staff.name).where(Staff.id.in_(list(ids)))}
    return {row.id: names[row.taken_by_id] for row in held if row.taken_by_id in names}


def _line(row: CallTask, now: datetime, holders: dict[int, str]) -> Line:
    kind = row.notice.kind if row.notice_id is not None and row.notice is not None else None
    return Line(
        id=row.id,
        applicant_id=row.applicant_id,
        name=row.applicant.name,
        place=applicant_search.place(row.applicant.village),
        district=row.applicant.district,
        reason=call_words.reason(row.why, kind),
        tries=row.tries,
        since=row.created_at,
        next_at=row.next_at,
        is_due=row.next_at <= now,
        holder=holders.get(row.id, ""),
        state=row.state,
    )


# taking -------------------------------------------------------------------------------------------


def take(task_id: int, me: int, now: datetime) -> bool:
    """Hold one open entry; False when somebody else holds it, or it is not open any more."""
    with writing():
        mine = (CallTask.id == task_id) & (CallTask.state == "open") & _free(me, now)
        held = {"taken_by": me, "taken_until": now + HOLD}
        return bool(CallTask.update(**held).where(mine).execute())


def take_next(sieve: Sieve, me: int, now: datetime, skip: int = 0) -> int | None:
    """Hold the next person to call and return the entry; None when nobody is due.

    What this officer holds already comes first, then who waits longest. `skip` is let go and passed over.
    """
    if skip:
        let_go(skip, me)
    rows = sifted(sieve, now).where((CallTask.next_at <= now) & _free(me, now) & (CallTask.id != skip))
    not_held = Case(None, ((CallTask.taken_until > now, 0),), 1)
    while True:
        row = rows.order_by(not_held, CallTask.created_at, CallTask.id).first()
        if row is None:
            return None
        if take(row.id, me, now):
            return int(row.id)


def let_go(task_id: int, me: int) -> None:
    """Hold it no longer."""
    mine = (CallTask.id == task_id) & (CallTask.taken_by == me)
    CallTask.update(taken_by=None, taken_until=None).where(mine).execute()


def _free(me: int, now: datetime) -> Any:
    return CallTask.taken_until.is_null() | (CallTask.taken_until <= now) | (CallTask.taken_by == me)
