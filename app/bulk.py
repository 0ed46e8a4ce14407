"""Statements about hundreds of rows at once, for the jobs that write to a million people.

What peewee makes of a list is a text that grows with it, and an object for every row: both cost ten times what the
database needs. Here the text stays the same however many rows there are, and rows are plain tuples.
docs/decisions/0052-telling.md tells what it saves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from peewee import Field
from peewee import __exception_wrapper__ as peewee_errors  # type: ignore[attr-defined]

from app.db import database, is_sqlite

#: What PostgreSQL calls the columns of ours; a list is sent to it as an array of this type.
_TYPES = {"BIGINT": "bigint", "INT": "integer", "BOOL": "boolean", "BLOB": "bytea"}


def run(text: str, *values: Any) -> Any:
    """Execute a statement of ours and return its cursor.

    `?` stands for a value as the database holds it, `{ids}` and `{texts}` for `IN` a list of whole numbers or texts:
    run("UPDATE result SET position = ? WHERE id {ids}", 4, [1, 2, 3])
    """
    sqlite = is_sqlite()
    given = [json.dumps(value) if sqlite and isinstance(value, list) else value for value in values]
    return database.execute_sql(_spoken(text, sqlite), given)


@cache
def _spoken(text: str, sqlite: bool) -> str:
    if sqlite:
        listed = "IN (SELECT value FROM json_each(?))"
        return text.replace("{ids}", listed).replace("{texts}", listed)
    text = text.replace("%", "%%").replace("?", "%s")
    return text.replace("{ids}", "= ANY(%s::bigint[])").replace("{texts}", "= ANY(%s::text[])")


def insert(
    model: Any,
    each: Sequence[Field],
    rows: Sequence[tuple[Any, ...]],
    same: Mapping[Field, Any],
    or_ignore: bool = False,
) -> None:
    """Insert rows that differ in the columns `each`, as the database holds them; all have the values of `same`.

    Columns that are named by neither have the default of the model. `or_ignore` leaves out rows that a constraint
    refuses.
    """
    if not rows:
        return
    rest = tuple(field for field in model._meta.sorted_fields if field not in set(each))
    constants = tuple(field.db_value(same.get(field, _default(field))) for field in rest)
    text = _insert_text(model, (*each, *rest), len(each), or_ignore, is_sqlite())
    if is_sqlite():
        _each(text, [row + constants for row in rows])
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    database.execute_sql(text, [*constants, *columns])  # the order of the marks in the text


def update(text: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Execute a statement of ours (with `?`) once for each row of values."""
    _each(_spoken(text, is_sqlite()), list(rows))


def _each(text: str, rows: list[tuple[Any, ...]]) -> None:
    with peewee_errors:  # as execute_sql does: the errors of peewee, whichever database it is
        database.cursor().executemany(text, rows)


def _default(field: Field) -> Any:
    if callable(field.default):
        raise TypeError(f"{field.name} needs a value for each row")
    return field.default


@cache
def _insert_text(model: Any, fields: tuple[Field, ...], differing: int, or_ignore: bool, sqlite: bool) -> str:
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    begins, end = f'INSERT INTO "{model._meta.table_name}" ({columns})', " ON CONFLICT DO NOTHING"
    if sqlite:
        rows = f"VALUES ({', '.join('?' for _ in fields)})"
    else:
        arrays = ", ".join(f"%s::{_type(field)}[]" for field in fields[:differing])
        names = ", ".join(f"u.c{n}" for n in range(differing))
        aliases = ", ".join(f"c{n}" for n in range(differing))
        constants = "".join(f", %s::{_type(field)}" for field in fields[differing:])
        rows = f"SELECT {names}{constants} FROM unnest({arrays}) AS u({aliases})"
    return f"{begins} {rows}{end if or_ignore else ''}"


def _type(field: Any) -> str:
    """What PostgreSQL calls the type of a column; a foreign key has that of what it points to."""
    return _TYPES.get(getattr(field, "rel_field", field).field_type, "text")
