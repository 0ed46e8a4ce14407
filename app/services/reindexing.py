"""A new look-up key: every hash by which a row is found is made anew from what is sealed, in small steps.

From the moment that all processes have both keys (`lookup`, `lookup_before`) a row is found whichever its hash is under
(models.base.IndexField), so people go on meanwhile, and it may be stopped and run again at any time. What nobody can
hash anew goes by itself: buckets of networks and codes within a day, links in mails with the old key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from peewee import IntegrityError

from app.crypto import Unsealable, keys
from app.db import database, let_others_write, locked_for_update, writing
from app.models import ALL, Applicant, Attempt, Staff
from app.models.base import Base, IndexField, index_columns

BATCH = 200


class NothingToMove(Exception):
    """The keys name no older look-up key."""


@dataclass(frozen=True)
class Done:
    """{table: rows moved}, and the rows that could not be, because another has the same hash already or they do not open."""

    moved: dict[str, int]
    in_the_way: list[tuple[str, int]]


def run() -> Done:
    """Move every row that is under the older key. Raises NothingToMove."""
    if keys().lookup_before is None:
        raise NothingToMove
    moved: Counter[str] = Counter()
    stuck: list[tuple[str, int]] = []
    for model in ALL:
        columns = index_columns(model)
        for row, readable in _stale(model, columns) if columns else ():
            if readable and _move(row, columns):
                moved[model._meta.table_name] += 1
            else:
                stuck.append((model._meta.table_name, row.id))
    with writing():
        moved["attempt"] += sum(
            _carry(keys().lookup_hash("staff", staff.username)) for staff in Staff.select(Staff.username)
        )
    return Done(dict(+moved), stuck)


def _stale(model: type[Base], columns: list[IndexField]) -> Iterator[tuple[Base, bool]]:
    """Every row that has a hash under the older key, locked, batch by batch; and whether it can be read."""
    last = 0
    while True:
        with writing():  # short transactions: the pages go on answering
            some = model.select().where(model.id > last).order_by(model.id).limit(BATCH)
            rows = list(locked_for_update(some))
            yield from _chosen(rows, columns)
        if len(rows) < BATCH:
            return
        last = rows[-1].id
        let_others_write()


def _chosen(rows: list[Base], columns: list[IndexField]) -> Iterator[tuple[Base, bool]]:
    for row in rows:
        if getattr(row, "erased_at", None) is not None:
            continue  # chance stands there, and the number beside it is nobody's (services/forgetting.py)
        try:
            if _old(row, columns):
                yield row, True
        except Unsealable:  # a damaged row must not keep the others under the older key
            yield row, False


def _old(row: Base, columns: list[IndexField]) -> list[IndexField]:
    """The columns whose stored hash is not the one that they read as."""
    return [
        column
        for column in columns
        if row.__data__[column.name] is not None
        and bytes(row.__data__[column.name]) != bytes(getattr(row, column.name))
    ]


def _move(row: Base, columns: list[IndexField]) -> bool:
    stale = _old(row, columns)
    for column in stale:
        setattr(row, column.name, getattr(row, column.name))
    written: list[object] = [*stale]
    if isinstance(row, Applicant):
        _carry(bytes(row.__data__["nik_index"]))
        # One byte of a hash of what only its owner has: without it, it is tried for everybody (services/kunci.py).
        row.kunci_index = None
        written.append(Applicant.kunci_index)
    try:
        with database.atomic():
            row.save(only=written)
    except IntegrityError:
        return False
    return True


def _carry(subject: bytes) -> int:
    """Wrong tries go on counting against the same NIK or name after the older key is gone."""
    older = keys().lookup_variants(subject)[0]
    raw = Attempt.subject.in_([older]) if older != subject else None
    return int(Attempt.update(subject=subject).where(raw).execute()) if raw is not None else 0
