"""The ladder: a notice that its person has not seen climbs: push, email, SMS, the posko's call list.

What stops it is only what the person did after signing in: the notice was opened, or a full session was used after it
was written. A tap on the phone does not (whoever holds a lost phone could tap, docs/decisions/0014-receipts.md).
When each rung comes is a table in rules/ladder.py and a setting (services/ways.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from app.db import is_sqlite, writing
from app.models import CallTask, Delivery, Notice
from app.rules import deadlines
from app.rules import ladder as rules
from app.rules.channels import Channel
from app.services import calls, consents, mailing, office, preferences, reach, texting, ways

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
    reached: dict[int, list[Notice]] = {}
    for (kind, rung), group in _grouped(row for row in rows if row.id not in over).items():
        above = _raise(kind, rung, group, now)
        if above is not None:
            reached.setdefault(above, []).extend(group)
    written, texted = reached.get(rules.EMAIL, []), reached.get(rules.SMS, [])
    may_write = mailing.who_may_be_written({row.applicant_id for row in written})
    may_text = texting.who_may_be_texted({row.applicant_id for row in texted})
    silent = preferences.waits(may_write | may_text, now)
    for row in written:
        if row.applicant_id in may_write:
            _queue(row, Channel.EMAIL, mailing.KEEP, silent.get(row.applicant_id, now), now)
    for row in texted:
        if row.applicant_id in may_text:
            _queue(row, Channel.SMS, texting.KEEP, silent.get(row.applicant_id, now), now)
    called = reached.get(rules.CALL, [])
    closed = consents.who_closed({row.applicant_id for row in called}, Channel.CALL.value)
    for row in called:
        if row.applicant_id not in closed:
            calls.open_for(row, now)
    return sum(len(group) for group in reached.values())


def _grouped(rows: Iterable[Notice]) -> dict[tuple[str, int], list[Notice]]:
    groups: dict[tuple[str, int], list[Notice]] = {}
    for row in rows:
        groups.setdefault((row.kind, row.rung), []).append(row)
    return groups


def _raise(kind: str, rung: int, group: list[Notice], now: datetime) -> int | None:
    """Bring notices of one kind and rung to the rung above, which is returned; None when there is none."""
    ids, waits, sms_on = [row.id for row in group], ways.hours().get(kind), ways.sms_on()
    above = None if waits is None else rules.next_rung(rung, waits, sms_on)
    if waits is None or above is None:
        _set(ids, climb_at=None)
        return None
    _set(ids, rung=above, climb_at=rules.next_look(above, waits, sms_on, now))
    return above


def _queue(notice: Notice, channel: Channel, keep: timedelta, begin: datetime, now: datetime) -> None:
    Delivery.create(
        notice=notice.id,
        channel=channel.value,
        not_before=begin,
        not_after=notice.climb_until or now + keep,
        created_at=now,
    )


def _set(ids: list[int], **columns: Any) -> None:
    if ids:
        Notice.update(**columns).where(Notice.id.in_(ids)).execute()
