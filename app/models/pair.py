"""Two records that may be one person: compared, decided with a reason, never decided again by itself."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from app.models.applicant import Applicant
from app.models.base import Base, MomentField
from app.models.staff import Staff


class SuspectedPair(Base):
    """`first` has the smaller id. why: codes of rules.likeness.Why, joined by commas, as they were when it was found.

    decision: empty (open), different, or who stays when both are one person: `first`, `second`. Undoing empties it
    again and says so in the audit trail.
    """

    first = ForeignKeyField(Applicant, backref="pairs_first", on_delete="CASCADE")
    first_id: int
    second = ForeignKeyField(Applicant, backref="pairs_second", on_delete="CASCADE")
    second_id: int
    why = CharField(max_length=60)
    found_at = MomentField()
    decision = CharField(max_length=10, default="")
    reason = CharField(max_length=200, default="")
    decided_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
    decided_by_id: int | None
    decided_at = MomentField(null=True)

    class Meta:
        indexes = ((("first", "second"), True), (("decision", "found_at"), False))
