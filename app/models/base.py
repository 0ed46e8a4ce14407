"""What every table shares: a random id known before the insert, moments in UTC, sealed columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Self

from peewee import BigIntegerField, BlobField, ForeignKeyAccessor, ForeignKeyField, Model
from peewee import FieldAccessor as Accessor

from app.crypto import changes_lookup, keys, new_id
from app.db import database
from app.prepared import by_key, insert, update


class Base(Model):
    """A table of ours. The id is random (62 bits), so that it neither counts people nor can be guessed."""

    id = BigIntegerField(primary_key=True, default=new_id)

    class Meta:
        database = database
        legacy_table_names = False

    @classmethod
    def every(cls, *fields: Any) -> Any:
        """`select` over all rows, also those that do not count (yet): for whoever looks after the table itself."""
        return super().select(*fields)

    @classmethod
    def get_by_id(cls, pk: Any) -> Self:
        """peewee's, with its text made once. Raises DoesNotExist."""
        found: Self | None = by_key(cls).first(pk)
        if found is None:
            raise cls.DoesNotExist(  # type: ignore[attr-defined]
                f"{cls.__name__} {pk}"
            )
        return found

    def save(self, force_insert: bool = False, only: Sequence[Any] | None = None) -> int:
        """peewee's, with its text made once: the key is always known before the insert. Returns the rows written."""
        if force_insert:
            insert(self)
            return 1
        return update(self, *only or ())


class _ReadByKey(ForeignKeyAccessor):
    """Following a foreign key reads a row by its key, with the text made once."""

    def get_rel_instance(self, instance: Any) -> Any:
        value = instance.__data__.get(self.name)
        if value is not None and self.name not in instance.__rel__:
            instance.__rel__[self.name] = self.rel_model.get_by_id(value)
        return super().get_rel_instance(instance)  # type: ignore[no-untyped-call]


ForeignKeyField.accessor_class = _ReadByKey


class MomentField(BigIntegerField):
    """An aware UTC datetime, kept as whole milliseconds since 1970: the same on both databases."""

    def db_value(self, value: datetime | int | None) -> int | None:
        if value is None or isinstance(value, int):
            return value
        return round(value.timestamp() * 1000)

    def python_value(self, value: int | None) -> datetime | None:
        if value is None:
            return None
        seconds, rest = divmod(value, 1000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


class _SealedAccessor(Accessor):
    """Seals text when it is assigned and opens it when it is read; bytes come from the database."""

    def _place(self, instance: Any) -> str:
        return f"{instance._meta.table_name}.{self.field.column_name}:{instance.id}"

    def __get__(self, instance: Any, instance_type: Any = None) -> Any:
        if instance is None:
            return self.field
        sealed = instance.__data__.get(self.name)
        return None if sealed is None else keys().open_text(bytes(sealed), self._place(instance))

    def __set__(self, instance: Any, value: str | bytes | memoryview | None) -> None:
        if isinstance(value, str):
            value = keys().seal_text(value, self._place(instance))
        super().__set__(instance, value)


class SealedField(BlobField):
    """Text that the database holds only encrypted, bound to this table, column and row.

    Assign a str and read a str; the id must be set first, which Base does. It cannot be searched: keep a
    look-up hash beside it where it must be found.
    """

    accessor_class = _SealedAccessor

    def db_value(self, value: Any) -> Any:
        """Only sealed bytes reach the database: a text that came past the accessor (bulk_create reads it) is a fault."""
        if isinstance(value, str):
            raise TypeError(f"{self.model.__name__}.{self.name} would have been stored in clear")
        return super().db_value(value)  # type: ignore[no-untyped-call]


class _IndexAccessor(Accessor):
    """While the look-up key changes, a row whose hash is still under the older one reads as if it had moved already."""

    def __get__(self, instance: Any, instance_type: Any = None) -> Any:
        if instance is None:
            return self.field
        stored = instance.__data__.get(self.name)
        if stored is None or self.field.of is None or not changes_lookup():
            return stored
        kind, column = self.field.of
        value = getattr(instance, column)
        return keys().lookup_hash(kind, value) if value else stored


class IndexField(BlobField):
    """A keyed hash by which a row is found (Keys.lookup_hash). It equals the hash under either key while one replaces the other.

    of: (kind, sealed column that was hashed), by which `flask keys reindex` makes it anew; None where nobody knows any more
    what was hashed, and the row is forgotten soon.
    """

    accessor_class = _IndexAccessor

    def __init__(self, of: tuple[str, str] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.of = of

    def __eq__(self, other: Any) -> Any:
        forms = _forms(other)
        return super().__eq__(other) if len(forms) < 2 else super().in_(forms)

    def in_(self, other: Any) -> Any:
        """Any of these hashes, in either form."""
        if isinstance(other, list | tuple | set):
            other = [form for one in other for form in _forms(one)]
        return super().in_(other)

    __hash__ = BlobField.__hash__


def _forms(value: Any) -> list[Any]:
    if isinstance(value, bytes | memoryview) and changes_lookup():
        return list(keys().lookup_variants(bytes(value)))
    return [value]


def index_columns(model: type[Base]) -> list[IndexField]:
    """The columns of a table that can be hashed anew."""
    return [field for field in model._meta.sorted_fields if isinstance(field, IndexField) and field.of]


def sealed_columns(model: type[Base]) -> list[SealedField]:
    """The sealed columns of a table, for key rotation and for the record of processing."""
    return [field for field in model._meta.sorted_fields if isinstance(field, SealedField)]
