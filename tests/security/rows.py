"""Every row of every table as the database holds it: what an attack must not have changed, what a thief would read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from app.db import database
from app.models import ALL
from app.models.base import Base

#: The official regions are public, many, and written by a command only.
PUBLIC = {"region"}
Rows = dict[str, list[dict[str, Any]]]


def tables() -> list[type[Base]]:
    return [model for model in ALL if model._meta.table_name not in PUBLIC]


def everything() -> Rows:
    """Table, rows, columns; sealed values and hashes as bytes."""
    return {model._meta.table_name: _rows(model._meta.table_name) for model in tables()}


def changed_by(
    acts: Iterable[tuple[str, Callable[[], object]]], but: frozenset[tuple[str, str]] = frozenset()
) -> list[str]:
    """Which of many acts changed something; nothing when none did.

    Looking at every row takes longer than most acts, so all are done first. Only when something differs they are done
    again one by one, to name the one that did it.
    """
    listed = list(acts)
    before = everything()
    for _, act in listed:
        act()
    found = differences(before, everything(), but)
    if not found:
        return []
    guilty = []
    for name, act in listed:
        before = everything()
        act()
        guilty += [f"{name}: {what}" for what in differences(before, everything(), but)]
    return guilty or [f"one of {len(listed)} acts, the first time only: {what}" for what in found]


def _rows(table: str) -> list[dict[str, Any]]:
    cursor = database.execute_sql(f'SELECT * FROM "{table}" ORDER BY id')
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def differences(before: Rows, after: Rows, but: frozenset[tuple[str, str]] = frozenset()) -> list[str]:
    """What was added, taken away or changed, as "table.column"; `but` names columns that may change."""
    found = []
    for table, rows in after.items():
        old, new = ({row["id"]: row for row in side} for side in (before[table], rows))
        found += [f"{table}: a row more" for key in new.keys() - old.keys()]
        found += [f"{table}: a row less" for key in old.keys() - new.keys()]
        found += [
            f"{table}.{column}"
            for key in new.keys() & old.keys()
            for column, value in new[key].items()
            if value != old[key][column] and (table, column) not in but
        ]
    return found
