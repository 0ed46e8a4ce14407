"""An entry that was wrongly missing from a hat, or decided too late for it: scored with the key of the draw."""

from __future__ import annotations

from peewee import SQL, CharField, ForeignKeyField

from app.models.application import Application
from app.models.base import Base, MomentField, SealedField
from app.models.staff import Staff


class LateEntry(Base):
    """One officer says that an entry was missing, another agrees; what it gets is the draw's to say.

    to_state: empty until somebody else confirmed, then what the score gave (selected, not_selected).
    """

    application = ForeignKeyField(Application, backref="late_entries", on_delete="CASCADE")
    application_id: int
    note = SealedField(null=True)
    to_state = CharField(max_length=15, default="")
    proposed_by = ForeignKeyField(Staff, on_delete="RESTRICT")
    proposed_by_id: int
    proposed_at = MomentField()
    confirmed_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
    confirmed_by_id: int | None
    confirmed_at = MomentField(null=True)
    dropped_at = MomentField(null=True)


LateEntry.add_index(
    LateEntry.index(
        LateEntry.application,
        unique=True,
        name="late_entry_one_open",
        where=SQL("confirmed_at IS NULL AND dropped_at IS NULL"),
    )
)
