"""Queries whose text is made once, for the few that every page asks (docs/bench.md).

peewee takes ten times as long to write a SELECT as SQLite to answer it. A query is worth preparing when every page of
the wizard asks it; everything else stays plain peewee.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from inspect import signature
from typing import Any, Generic, TypeVar

from peewee import Context, Field, Model, ModelSelect, Node, fn

from app.db import database, is_sqlite

Row = TypeVar("Row", bound=Model)


class _Slot(Node):
    """Stands for an argument while the text is made, and learns how peewee would convert it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.convert: Callable[[Any], Any] | None = None

    def __sql__(self, ctx: Context) -> Any:
        self.convert = self.convert or ctx.state.converter
        return ctx.value(_Argument(self), False)


class _Argument:
    """A slot among the parameters of a finished text: peewee leaves a plain value alone."""

    def __init__(self, slot: _Slot) -> None:
        self.slot = slot


class _Text:
    """The finished SQL for one kind of database: where each argument goes, how a row becomes an object."""

    def __init__(self, build: Callable[..., Any], arguments: int) -> None:
        query = build(*[_Slot(number) for number in range(arguments)])
        written = getattr(query, "_update", None) or getattr(query, "_insert", None) or {}
        for field, value in written.items():
            if isinstance(value, _Slot):
                value.convert = field.db_value
        self.sql, values = query.sql()
        #: For each parameter: the number of its argument and how to convert it; or None and a constant.
        self.parameters: list[tuple[int | None, Any]] = [
            (value.slot.number, value.slot.convert) if isinstance(value, _Argument) else (None, value)
            for value in values
        ]
        self.model = query.model
        returned: Any = query._returning if isinstance(query, ModelSelect) else ()  # type: ignore[attr-defined]
        self.columns = [(field.name, field.python_value) for field in returned]

    def values(self, arguments: tuple[Any, ...]) -> list[Any]:
        """The parameters of the text, in its order."""
        return [
            what if number is None else what(arguments[number]) if what else arguments[number]
            for number, what in self.parameters
        ]

    def instance(self, row: tuple[Any, ...]) -> Any:
        """The object of a row, as peewee would have made it."""
        made = self.model(__no_default__=True)
        made.__data__ = {
            name: convert(value) for (name, convert), value in zip(self.columns, row, strict=True)
        }
        return made


class Prepared(Generic[Row]):
    """A query of one table. `build` is given a slot for each of its arguments and returns the query:

    by_number = Prepared(lambda number: Wave.select().where(Wave.number == number))
    wave = by_number.first(4)
    """

    def __init__(self, build: Callable[..., Any], arguments: int | None = None) -> None:
        self._build = build
        self._arguments = len(signature(build).parameters) if arguments is None else arguments
        self._texts: dict[type, _Text] = {}

    def first(self, *arguments: Any) -> Row | None:
        """The first row, or None."""
        text, cursor = self._execute(arguments)
        row = cursor.fetchone()
        return None if row is None else text.instance(row)

    def rows(self, *arguments: Any) -> list[Row]:
        """All rows."""
        text, cursor = self._execute(arguments)
        return [text.instance(row) for row in cursor.fetchall()]

    def value(self, *arguments: Any) -> Any:
        """The first column of the first row as the database gives it, or None."""
        row = self._execute(arguments)[1].fetchone()
        return None if row is None else row[0]

    def run(self, *arguments: Any) -> int:
        """Write; returns how many rows were touched."""
        return int(self._execute(arguments)[1].rowcount)

    def _execute(self, arguments: tuple[Any, ...]) -> tuple[_Text, Any]:
        kind = type(database.obj)
        text = self._texts.get(kind)
        if text is None:
            text = self._texts[kind] = _Text(self._build, self._arguments)
        return text, database.execute_sql(text.sql, text.values(arguments))


@cache
def by_key(model: Any) -> Prepared[Any]:
    """The row of a primary key: `model.get_by_id`, but None when there is none."""
    return Prepared(lambda key: model.select().where(model._meta.primary_key == key))


def insert(row: Any, or_ignore: bool = False) -> int:
    """Insert an object whose key is set: `row.save(force_insert=True)`; or leave it when a constraint is in the way.

    Returns the rows written: 1, or 0 when it was left.
    """
    table: Any = type(row)
    written = _inserted(table, or_ignore).run(*_values(row, table._meta.sorted_fields))
    row._dirty.clear()
    return written


def update(row: Any, *fields: Field, may_be_lost: bool = False) -> int:
    """Write some columns of an object, or all that it has: `row.save(only=fields)`. Returns how many rows there were.

    `may_be_lost`, outside a transaction: the statement does not wait for the disk, so a power cut in the next moment undoes
    it; kill -9 does not. On SQLite nothing waits but what db.acknowledged holds.
    """
    table: Any = type(row)
    key = table._meta.primary_key
    written = fields or tuple(f for f in table._meta.sorted_fields if f is not key and f.name in row.__data__)
    row._dirty.difference_update(field.name for field in written)
    hasty = may_be_lost and not is_sqlite()
    return _updated(table, written, hasty).run(row._pk, *_values(row, written))


#: Rows in one INSERT of many: short enough for SQLite's old limit of 999 values.
ROWS_AT_ONCE = 50


def insert_all(rows: Sequence[Any], or_ignore: bool = False) -> None:
    """Insert objects of one table whose keys are set, many in a statement; or leave out those that are refused.

    peewee's insert_many takes longer to write its text than the database to read it.
    """
    if not rows:
        return
    fields = type(rows[0])._meta.sorted_fields
    for start in range(0, len(rows), ROWS_AT_ONCE):
        block = rows[start : start + ROWS_AT_ONCE]
        values = [field.db_value(row.__data__.get(field.name)) for row in block for field in fields]
        table: Any = type(block[0])
        text = _text_of_many(table, len(block), or_ignore, database.param)
        database.execute_sql(text, values)


@cache
def _text_of_many(model: Any, count: int, or_ignore: bool, mark: str) -> str:
    fields = model._meta.sorted_fields
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    row = f"({', '.join([mark] * len(fields))})"
    text = f'INSERT INTO "{model._meta.table_name}" ({columns}) VALUES {", ".join([row] * count)}'
    return f"{text} ON CONFLICT DO NOTHING" if or_ignore else text


@cache
def _inserted(model: Any, or_ignore: bool) -> Prepared[Any]:
    fields = model._meta.sorted_fields

    def build(*slots: Any) -> Any:
        return model.insert(dict(zip(fields, slots, strict=True))).on_conflict_ignore(or_ignore)

    return Prepared(build, len(fields))


#: Always true; PostgreSQL commits the statement that asks for it as db.redoable does, without three statements around it.
_WITHOUT_WAITING = fn.set_config("synchronous_commit", "off", True) == "off"


@cache
def _updated(model: Any, fields: tuple[Field, ...], hasty: bool) -> Prepared[Any]:
    def build(key: Any, *slots: Any) -> Any:
        which = model._meta.primary_key == key
        changed = model.update(dict(zip(fields, slots, strict=True)))
        return changed.where(which & _WITHOUT_WAITING if hasty else which)

    return Prepared(build, 1 + len(fields))


def _values(row: Any, fields: Sequence[Field]) -> list[Any]:
    """What stands in an object; sealed columns as they are stored."""
    return [row.__data__.get(field.name) for field in fields]
