"""Groups with seats of their own: a claim counts when two different people of the office have looked at a paper.

The claim comes from the answer about work, when the application is in a wave whose rules own seats for that group.
Nothing changes any more once the list of the draw is frozen (design section 5, step 3).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from peewee import SQL, chunked, fn

from app.crypto import new_id
from app.db import writing
from app.models import Applicant, Application, Draw, GroupClaim, Wave
from app.rules import codes, groups, local_time
from app.rules.groups import Standing, Words
from app.rules.states import State
from app.services import beats, office
from app.services.kept import Kept

JOB = "claim_groups"
CHUNK = 500
MOST = 50
DAY_MS, EPOCH = 86_400_000, date(1970, 1, 1)
WAITS = (State.SUBMITTED.value, State.NEEDS_FIX.value, State.IN_SELECTION.value)
REFUSED = "; tidak diterima: "
"""Stands in `evidence` between the paper and why it was refused."""


def with_seats(wave: Wave) -> frozenset[str]:
    """The groups that own seats in a wave."""
    kept: dict[str, Any] = json.loads(wave.rules)
    return frozenset(reserve["group"] for reserve in kept.get("reserves", ()))


def is_locked(wave_id: int | None) -> bool:
    """Whether the list of this wave's draw is frozen."""
    frozen = (Draw.wave == wave_id) & Draw.frozen_at.is_null(False)
    return bool(Draw.select(Draw.id).where(frozen).exists())


# claiming -----------------------------------------------------------------------------------------


def claim_for(application: Application) -> None:
    """Make the claim that the answer about work means, and drop one that it no longer means. Inside the caller's
    transaction, whenever an application is sent, changed or taken into a wave; twice is as good as once.
    """
    if application.wave is None or not with_seats(application.wave) or is_locked(application.wave_id):
        return
    group = groups.OF_WORK.get(application.work, "")
    own = GroupClaim.application == application.id
    GroupClaim.delete().where(own & (GroupClaim.group != group)).execute()
    if group in with_seats(application.wave):
        _claim([application.id], group)


def claim_due(now: datetime) -> int:
    """Make the claims of people who were there before the rules were set; once for every version of the rules."""
    open_waves = Wave.select().where(Wave.published_at.is_null() & (Wave.closes_at > now))
    return sum(_claim_wave(wave) for wave in open_waves if with_seats(wave))


def _claim_wave(wave: Wave) -> int:
    name = f"{JOB}:{wave.number}"
    version = int(hashlib.sha256(wave.rules.encode()).hexdigest()[:10], 16)
    before = beats.mark(name)
    if before == version:
        return 0
    count = 0
    for work, group in groups.OF_WORK.items():
        if group not in with_seats(wave):
            continue
        has_one = GroupClaim.select(GroupClaim.id).where(
            (GroupClaim.application == Application.id) & (GroupClaim.group == group)
        )
        without = (Application.wave == wave.id) & (Application.work == work) & ~fn.EXISTS(has_one)
        ids = [row.id for row in Application.select(Application.id).where(without)]
        for chunk in chunked(ids, CHUNK):
            with writing():
                _claim(chunk, group)
        count += len(ids)
    with writing():
        beats.move_mark(name, before, version)
    return count


def _claim(application_ids: Iterable[int], group: str) -> None:
    rows = [{"id": new_id(), "application": one, "group": group} for one in application_ids]
    GroupClaim.insert_many(rows).on_conflict_ignore().execute()


# looking ------------------------------------------------------------------------------------------


def find(claim_id: int) -> GroupClaim | None:
    """A claim with its application."""
    return GroupClaim.get_or_none(GroupClaim.id == claim_id)


def mark(claim: GroupClaim) -> str:
    """A short name for what somebody saw of a claim."""
    return f"{claim.state}.{claim.seen_at}.{claim.decided_at}"


@dataclass(frozen=True)
class Row:
    """One line of the office's list."""

    id: int
    name: str
    ticket: str
    group: str
    standing: Standing
    evidence: str


@dataclass(frozen=True)
class DayCount:
    """On this local day so many claims to a group were confirmed and so many refused."""

    day: date
    group: str
    confirmed: int
    refused: int


def told(application: Application) -> tuple[Words, ...]:
    """What the applicant reads about each own claim."""
    if application.wave is None or application.state not in WAITS:
        return ()
    seats = with_seats(application.wave)
    if not seats:
        return ()
    rows = GroupClaim.select().where(GroupClaim.application == application.id).order_by(GroupClaim.group)
    own = [row for row in rows if row.group in seats]
    locked = bool(own) and is_locked(application.wave_id)
    return tuple(
        groups.words(row.group, Standing(row.state), locked=locked, why=row.evidence.partition(REFUSED)[2])
        for row in own
    )


def of_application(application_id: int) -> list[GroupClaim]:
    """The claims of one application, for the office."""
    own = GroupClaim.application == application_id
    return list(GroupClaim.select().where(own).order_by(GroupClaim.group))


def waiting(standing: Standing, district: str | None) -> int:
    """How many claims stand so, in waves whose list is not frozen; of one district, or of all when None."""
    return int(_open(standing, district).count())


def listed(standing: Standing, district: str | None) -> list[Row]:
    """Claims that stand so, the longest waiting first; at most MOST."""
    query = _open(standing, district).order_by(GroupClaim.seen_at, Application.submitted_at, GroupClaim.id)
    return [
        Row(
            claim.id,
            claim.application.applicant.name,
            codes.shown(claim.application.ticket),
            claim.group,
            Standing(claim.state),
            claim.evidence,
        )
        for claim in query.limit(MOST)
    ]


def _open(standing: Standing, district: str | None) -> Any:
    frozen = Draw.select(Draw.wave).where(Draw.frozen_at.is_null(False))
    published = Wave.select(Wave.id).where(Wave.published_at.is_null(False))
    query = (
        GroupClaim.select(GroupClaim, Application, Applicant)
        .join(Application)
        .join(Applicant)
        .where(
            (GroupClaim.state == standing.value)
            & Application.state.in_(WAITS)
            & Application.wave.not_in(frozen)
            & Application.wave.not_in(published)
        )
    )
    return query if district is None else query.where(Applicant.district == district)


#: The page of a wave shows these; counting 200,000 claims for each visitor would cost more than the page.
_shown: Kept[list[DayCount]] = Kept(timedelta(seconds=30))


def shown_counts(wave: Wave, now: datetime) -> list[DayCount]:
    """`daily_counts` for the public page; up to 30 seconds old."""
    return _shown.get(wave.id, now, lambda: daily_counts(wave))


def daily_counts(wave: Wave) -> list[DayCount]:
    """For everybody to see: decisions about each group, day by day on the office's calendar, oldest first (D9)."""
    shift = local_time.offset(office.current().zone)
    day = (GroupClaim.decided_at.cast("BIGINT") + round(shift.total_seconds() * 1000)) / DAY_MS
    query: Any = GroupClaim.select(day, GroupClaim.group, GroupClaim.state, fn.COUNT(GroupClaim.id))
    rows = query.join(Application).where((Application.wave == wave.id) & GroupClaim.decided_at.is_null(False))
    counted = {
        (EPOCH + timedelta(days=int(days)), group, state): count
        for days, group, state, count in rows.group_by(SQL("1"), GroupClaim.group, GroupClaim.state).tuples()
    }
    days = sorted({(at, group) for at, group, _ in counted})
    return [
        DayCount(
            at,
            group,
            counted.get((at, group, Standing.CONFIRMED.value), 0),
            counted.get((at, group, Standing.REFUSED.value), 0),
        )
        for at, group in days
    ]
