"""The rows of the outbox, many at a time: taken for a while, changed in one statement, written back.

Every channel (push, email, SMS) has its rows in one table and its own claim on them: `lease` takes rows of one channel
for one process, `finish`, `put_back` and `give_up` write down what became of them. docs/decisions/0003-outbox.md and
0032-sending.md have the reasons. The SQL is written by hand: peewee takes longer to write it than the database to answer.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from app import bulk
from app.db import database, is_sqlite
from app.models import Applicant, Notice
from app.models.base import MomentField

#: Tries of one delivery. With these waits the last one is some twelve hours after the first.
TRIES = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)

_moment, _python_value = MomentField().db_value, MomentField().python_value


@dataclass(frozen=True, slots=True)
class Due:
    """A notice to one person that this worker alone may send until `leased_until`. `attempts` counts this try."""

    id: int
    attempts: int
    leased_until: datetime
    not_after: datetime
    notice: Notice
    applicant: Applicant


@dataclass(frozen=True, slots=True)
class Again:
    """A row that is to be tried again: not before `at`, its tries so far, why, and the lease under which it was held."""

    id: int
    lease: datetime
    at: datetime
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A row that is given up (failed) for `reason`, and the lease under which it was held."""

    id: int
    lease: datetime
    reason: str


def waiting_time(attempts: int, at_least: timedelta) -> timedelta:
    """How long until the next try: three times longer each time, and spread, so that not all come back at once."""
    grown: timedelta = min(FIRST_WAIT * 3 ** (attempts - 1), LONGEST_WAIT)
    share = 1 + secrets.randbelow(500) / 1000
    return max(grown, at_least) * share


# the texts --------------------------------------------------------------------------------------
#
# One for each database, because they differ in how a list of values is passed. `lease` is one statement, so that nobody's
# lock is held while rows are read; its list is materialized, because a plan that asked for it again while it updates
# would take more than the limit. `put_back` and `give_up` are fenced by the lease: a later claim has a later one.


class _Texts(NamedTuple):
    lease: str
    finish: str
    free: str
    free_later: str
    put_back: str
    give_up: str


_SQLITE = _Texts(
    lease="""
        WITH due AS MATERIALIZED (
            SELECT id FROM delivery WHERE channel = ? AND state = 'queued' AND not_before <= ?
            AND (leased_until IS NULL OR leased_until <= ?) ORDER BY not_before, id LIMIT ?)
        UPDATE delivery SET leased_until = ?, attempts = attempts + 1 WHERE id IN (SELECT id FROM due)
        RETURNING id, not_before""",
    finish="""
        UPDATE delivery SET state = ?, reason = ?, leased_until = NULL, done_at = ?
        WHERE state = 'queued' AND id IN (SELECT value FROM json_each(?))""",
    free="""
        UPDATE delivery SET leased_until = NULL, attempts = attempts - 1
        WHERE state = 'queued' AND id IN (SELECT value FROM json_each(?))""",
    free_later="""
        UPDATE delivery SET leased_until = NULL, attempts = attempts - 1, not_before = ?
        WHERE state = 'queued' AND id IN (SELECT value FROM json_each(?))""",
    put_back="""
        UPDATE delivery SET not_before = v.at, attempts = v.attempts, reason = v.reason, leased_until = NULL
        FROM (SELECT value ->> 0 AS id, value ->> 1 AS lease, value ->> 2 AS at, value ->> 3 AS attempts,
            value ->> 4 AS reason FROM json_each(?)) AS v
        WHERE delivery.id = v.id AND delivery.leased_until = v.lease AND delivery.state = 'queued'""",
    give_up="""
        UPDATE delivery SET state = 'failed', reason = v.reason, leased_until = NULL, done_at = v.done
        FROM (SELECT value ->> 0 AS id, value ->> 1 AS lease, value ->> 2 AS done, value ->> 3 AS reason
            FROM json_each(?)) AS v
        WHERE delivery.id = v.id AND delivery.leased_until = v.lease AND delivery.state = 'queued'""",
)
_POSTGRES = _Texts(
    lease="""
        WITH due AS MATERIALIZED (
            SELECT id FROM delivery WHERE channel = %s AND state = 'queued' AND not_before <= %s
            AND (leased_until IS NULL OR leased_until <= %s) ORDER BY not_before, id LIMIT %s
            FOR UPDATE SKIP LOCKED)
        UPDATE delivery SET leased_until = %s, attempts = attempts + 1 WHERE id IN (SELECT id FROM due)
        RETURNING id, not_before""",
    finish="""
        UPDATE delivery SET state = %s, reason = %s, leased_until = NULL, done_at = %s
        WHERE state = 'queued' AND id = ANY(%s::bigint[])""",
    free="""
        UPDATE delivery SET leased_until = NULL, attempts = attempts - 1
        WHERE state = 'queued' AND id = ANY(%s::bigint[])""",
    free_later="""
        UPDATE delivery SET leased_until = NULL, attempts = attempts - 1, not_before = %s
        WHERE state = 'queued' AND id = ANY(%s::bigint[])""",
    put_back="""
        UPDATE delivery SET not_before = v.at, attempts = v.attempts, reason = v.reason, leased_until = NULL
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[])
            AS v(id, lease, at, attempts, reason)
        WHERE delivery.id = v.id AND delivery.leased_until = v.lease AND delivery.state = 'queued'""",
    give_up="""
        UPDATE delivery SET state = 'failed', reason = v.reason, leased_until = NULL, done_at = v.done
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS v(id, lease, done, reason)
        WHERE delivery.id = v.id AND delivery.leased_until = v.lease AND delivery.state = 'queued'""",
)


def _texts() -> _Texts:
    return _SQLITE if is_sqlite() else _POSTGRES


def id_list(ids: Sequence[int]) -> Any:
    """Ids as one parameter, for `IN (SELECT value FROM json_each(?))` or `= ANY(%s::bigint[])`."""
    return json.dumps(list(ids)) if is_sqlite() else list(ids)


def _rows(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Rows of values as parameters: one JSON text, or a list for each column."""
    return [json.dumps(rows)] if is_sqlite() else [list(column) for column in zip(*rows, strict=True)]


# taking -----------------------------------------------------------------------------------------


def lease(channel: str, limit: int, now: datetime, until: datetime) -> list[int]:
    """Take up to `limit` due rows of a channel until `until`, each with one try more; returns their ids, in order.

    SQLite has one writer at a time; on PostgreSQL a second worker takes other rows instead of waiting for these.
    """
    moment = _moment(now)
    taken = database.execute_sql(_texts().lease, (channel, moment, moment, limit, _moment(until))).fetchall()
    return [one for one, _ in sorted(taken, key=lambda row: (row[1], row[0]))]


def next_due(channel: str, now: datetime) -> datetime | None:
    """When the first of the rows is due that are not due yet; None when none waits."""
    text = (
        "SELECT not_before FROM delivery WHERE channel = ? AND state = 'queued' AND not_before > ? "
        "ORDER BY not_before LIMIT 1"
    )
    row = bulk.run(text, channel, _moment(now)).fetchone()
    return None if row is None else _python_value(row[0])


# changing ---------------------------------------------------------------------------------------


def finish(ids: Iterable[int], state: str, reason: str, now: datetime) -> int:
    """These rows are over, whoever holds them, unless they are over already; returns how many there were."""
    listed = list(ids)
    if not listed:
        return 0
    values = (state, reason, _moment(now), id_list(listed))
    return int(database.execute_sql(_texts().finish, values).rowcount)


def set_free(ids: Iterable[int], not_before: datetime | None = None) -> int:
    """Give rows back that were taken and not tried: the try does not count. `not_before`: and not before then."""
    listed = list(ids)
    if not listed:
        return 0
    if not_before is None:
        return int(database.execute_sql(_texts().free, (id_list(listed),)).rowcount)
    return int(database.execute_sql(_texts().free_later, (_moment(not_before), id_list(listed))).rowcount)


def put_back(rows: Sequence[Again]) -> None:
    """Queue rows again, each with its own time and reason, in one statement; a row in other hands is left alone."""
    if rows:
        lines = [(one.id, _moment(one.lease), _moment(one.at), one.attempts, one.reason[:60]) for one in rows]
        database.execute_sql(_texts().put_back, _rows(lines))


def give_up(rows: Sequence[Ended], now: datetime) -> None:
    """End rows as failed, each with its own reason, in one statement; a row in other hands is left alone."""
    if rows:
        lines = [(one.id, _moment(one.lease), _moment(now), one.reason[:60]) for one in rows]
        database.execute_sql(_texts().give_up, _rows(lines))
