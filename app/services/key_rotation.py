"""Re-sealing: after a new key was put first, bring every sealed value under it, in small steps."""

from __future__ import annotations

from collections.abc import Iterator

from app.crypto import keys
from app.db import locked_for_update, writing
from app.models import ALL
from app.models.base import Base, SealedField, sealed_columns

BATCH = 500
#: Tables whose rows a trigger protects against any change: their sealed notes stay under the old key.
APPEND_ONLY = ("ledger_entry", "audit_line")


def rotate() -> dict[str, int]:
    """Re-seal what an older key sealed; {table: rows changed}. May be stopped and started again at any time."""
    changed: dict[str, int] = {}
    for model in ALL:
        columns = sealed_columns(model)
        if columns and model._meta.table_name not in APPEND_ONLY:
            changed[model._meta.table_name] = sum(_batches(model, columns))
    return changed


def _batches(model: type[Base], columns: list[SealedField]) -> Iterator[int]:
    last = 0
    while True:
        with writing():  # short transactions: the pages go on answering
            # Locked, or what a page saves between our reading and our writing would be undone.
            some = model.every().where(model.id > last).order_by(model.id).limit(BATCH)
            rows = list(locked_for_update(some))
            yield sum(_reseal(row, columns) for row in rows)
        if len(rows) < BATCH:
            return
        last = rows[-1].id


def _reseal(row: Base, columns: list[SealedField]) -> int:
    stale = [
        c for c in columns if row.__data__[c.name] and not keys().is_current(bytes(row.__data__[c.name]))
    ]
    for column in stale:
        setattr(row, column.name, getattr(row, column.name))
    if stale:
        row.save(only=stale)
    return bool(stale)
