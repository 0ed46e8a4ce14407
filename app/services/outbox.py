"""The rows of the outbox, many at a time: taken for a while, changed in one statement, written back.

Every channel (push, email, SMS) has its rows in one table and its own claim on them: `lease` takes rows of one channel
for one process, `put_back` and `finish` write down what became of them. docs/decisions/0003-outbox.md and
0032-sending.md have the reasons. The texts are written by hand because they differ in one place between the databases
(how a list of values is passed) and because peewee would take longer to write them than the database to answer.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.db import database, is_sqlite
from app.models.base import MomentField

#: Tries of one delivery. With these waits the last one is some twelve hours after the first.
TRIES = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)

_moment = MomentField().db_value


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


# taking -----------------------------------------------------------------------------------------


def lease(channel: str, limit: int, now: datetime, until: datetime) -> list[int]:
    """Take up to `limit` due rows of a channel until `until`, each with one try more; returns their ids, in order.

    One statement, so that nobody's lock is held while the rows are read: SQLite has one writer at a time, and on
    PostgreSQL a second worker takes other rows instead of waiting for these.
    """
    mark = _mark()
    lock = "" if is_sqlite() else " FOR UPDATE SKIP LOCKED"
    due = (
        f"SELECT id FROM delivery WHERE channel = {mark} AND state = 'queued' AND not_before <= {mark} "
        f"AND (leased_until IS NULL OR leased_until <= {mark}) ORDER BY not_before, id LIMIT {mark}{lock}"
    )
    # Materialized: a plan that asked for the list again while it updates would take more than the limit.
    text = (
        f"WITH due AS MATERIALIZED ({due}) UPDATE delivery SET leased_until = {mark}, attempts = attempts + 1 "
        "WHERE id IN (SELECT id FROM due) RETURNING id, not_before"
    )
    moment = _moment(now)
    rows = database.execute_sql(text, (channel, moment, moment, limit, _moment(until))).fetchall()
    return [one for one, _ in sorted(rows, key=lambda row: (row[1], row[0]))]


# changing ---------------------------------------------------------------------------------------


def set_all(ids: Iterable[int], **columns: Any) -> int:
    """Write the same columns into all of these rows that still wait; returns how many there were."""
    listed = list(ids)
    if not listed:
        return 0
    values = [_moment(value) if isinstance(value, datetime) else value for value in columns.values()]
    written = ", ".join(f"{name} = {_mark()}" for name in columns)
    text = f"UPDATE delivery SET {written} WHERE state = 'queued' AND id {one_of()}"
    return int(database.execute_sql(text, (*values, id_list(listed))).rowcount)


def set_free(ids: Iterable[int], not_before: datetime | None = None) -> int:
    """Give rows back that were taken and not tried: the try does not count. `not_before`: and not before then."""
    listed = list(ids)
    if not listed:
        return 0
    later = "" if not_before is None else f", not_before = {_mark()}"
    text = f"UPDATE delivery SET leased_until = NULL, attempts = attempts - 1{later} WHERE state = 'queued' AND id "
    values = (id_list(listed),) if not_before is None else (_moment(not_before), id_list(listed))
    return int(database.execute_sql(text + one_of(), values).rowcount)


def put_back(rows: Sequence[Again]) -> None:
    """Queue rows again, each with its own time and reason, in one statement; a row in other hands is left alone."""
    _change(
        "not_before = v.at, attempts = v.attempts, reason = v.reason, leased_until = NULL",
        ("at", "attempts", "reason"),
        [(one.id, _moment(one.lease), _moment(one.at), one.attempts, one.reason[:60]) for one in rows],
    )


def give_up(rows: Sequence[Ended], now: datetime) -> None:
    """End rows as failed, each with its own reason, in one statement; a row in other hands is left alone."""
    _change(
        "state = 'failed', reason = v.reason, leased_until = NULL, done_at = v.done",
        ("done", "reason"),
        [(one.id, _moment(one.lease), _moment(now), one.reason[:60]) for one in rows],
    )


_TYPES = {"reason": "text"}


def _change(written: str, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    """One UPDATE of many rows by values of their own, fenced by the lease: a later claim has a later one."""
    if not rows:
        return
    columns = ("id", "lease", *names)
    if is_sqlite():
        picked = ", ".join(f"value ->> {n} AS {name}" for n, name in enumerate(columns))
        source, values = f"(SELECT {picked} FROM json_each(?))", [json.dumps(rows)]
    else:
        arrays = ", ".join(f"%s::{_TYPES.get(name, 'bigint')}[]" for name in columns)
        source, values = f"unnest({arrays})", [list(column) for column in zip(*rows, strict=True)]  # type: ignore[misc]
    named = "v" if is_sqlite() else f"v({', '.join(columns)})"
    text = (
        f"UPDATE delivery SET {written} FROM {source} AS {named} "
        "WHERE delivery.id = v.id AND delivery.leased_until = v.lease AND delivery.state = 'queued'"
    )
    database.execute_sql(text, values)


# how a list is passed ---------------------------------------------------------------------------


def one_of() -> str:
    """`id` + this + the parameter `id_list(ids)`: one parameter and one text, however many there are."""
    return "IN (SELECT value FROM json_each(?))" if is_sqlite() else "= ANY(%s::bigint[])"


def id_list(ids: Sequence[int]) -> Any:
    """The parameter of `one_of`."""
    return json.dumps(list(ids)) if is_sqlite() else list(ids)


def _mark() -> str:
    return "?" if is_sqlite() else "%s"
