"""The ladder: a notice that its person has not seen climbs from push to email to the posko's call list.

What stops it is only what the person did after signing in: the notice was opened, or a full session was used after it
was written. A tap on the phone does not (whoever holds a lost phone could tap, docs/decisions/0014-receipts.md).
When each rung comes is a table in rules/ladder.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.db import is_sqlite, writing
from app.models import CallTask, Delivery, Notice
from app.rules import deadlines
from app.rules import ladder as rules
from app.services import calls, mailing, office, reach

#: Notices that climb in one transaction.
CHUNK = 200


def climb_due(now: datetime) -> int:
    """Bring every notice whose time has come one rung up, unless it was seen; returns how many climbed.

    Asked every minute, by day: an email at night makes a phone ring as well. The notice's own rung and time change in the
    transaction of the email or the call entry, so each rung is taken once, also by two workers and after a downtime.
    """
    if deadlines.quiet(now, office.current().zone) is not None:
        return 0
    climbed = 0
    while True:
        with writing():
            rows = _due(now)
            climbed += _climb(rows, now)
        if len(rows) < CHUNK:
            break
    _settle_seen(now)
    return climbed


def _settle_seen(now: datetime) -> None:
    """Whoever looked meanwhile need not be called."""
    rows = CallTask.select(CallTask.notice).join(Notice)
    of_seen = (CallTask.state == "open") & (CallTask.why == calls.Why.NOTICE.value) & reach.seen()
    seen = [row.notice_id for row in rows.where(of_seen) if row.notice_id is not None]
    for start in range(0, len(seen), CHUNK):
        with writing():
            calls.settle(seen[start : start + CHUNK], now)


def _due(now: datetime) -> list[Notice]:
    due = Notice.select().where(Notice.climb_at <= now)
    due = due.order_by(Notice.climb_at, Notice.id).limit(CHUNK)
    if not is_sqlite():
        due = due.for_update(skip_locked=True)
    return list(due)


def _climb(rows: list[Notice], now: datetime) -> int:
    ids = [row.id for row in rows]
    over = (
        {row.id for row in Notice.select(Notice.id).where(Notice.id.in_(ids) & reach.seen())}
        if ids
        else set()
    )
    over |= {row.id for row in rows if row.climb_until is not None and row.climb_until <= now}
    _set(sorted(over), climb_at=None)
    rest = [row for row in rows if row.id not in over]
    first = [row for row in rest if row.rung == rules.PUSH]
    for kind in {row.kind for row in first}:
        of_kind = [row.id for row in first if row.kind == kind]
        _set(of_kind, rung=rules.EMAIL, climb_at=rules.next_look(kind, now))
    written = mailing.who_may_be_written({row.applicant_id for row in first})
    for row in first:
        if row.applicant_id in written:
            _mail(row, now)
    last = [row for row in rest if row.rung == rules.EMAIL]
    _set([row.id for row in last], rung=rules.CALL, climb_at=None)
    for row in last:
        calls.open_for(row, now)
    return len(rest)


def _mail(notice: Notice, now: datetime) -> None:
    Delivery.create(
        notice=notice.id,
        channel=mailing.CHANNEL,
        not_before=now,
        not_after=notice.climb_until or now + mailing.KEEP,
        created_at=now,
    )


def _set(ids: list[int], **columns: Any) -> None:
    if ids:
        Notice.update(**columns).where(Notice.id.in_(ids)).execute()
