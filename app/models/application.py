"""What a person sent for a wave, every version of it, and the ledger of all that happened to it."""

from __future__ import annotations

from peewee import SQL, BigIntegerField, BlobField, BooleanField, CharField, ForeignKeyField, IntegerField

from app.models.applicant import Applicant
from app.models.base import Base, MomentField, SealedField
from app.models.office import Posko
from app.models.staff import Staff
from app.models.wave import Wave


class Draft(Base):
    """Answers on their way: sealed JSON {slug: answer}. Before the PIN step the browser holds only a random token.

    `stored_until` is 30 days after the last touch. A finished draft (`done_at`) is empty and names the application
    it became, so that pressing twice or going Back finds the same receipt. An unfinished one that names an
    application changes that application. `reopened` answers belong to somebody who has sent before: they are read
    and sent only after the PIN.
    """

    token_hash = BlobField(unique=True)
    applicant = ForeignKeyField(Applicant, null=True, backref="drafts", on_delete="CASCADE")
    applicant_id: int | None
    answers = SealedField()
    created_at = MomentField()
    touched_at = MomentField()
    stored_until = MomentField(index=True)
    application_id = BigIntegerField(null=True)
    done_at = MomentField(null=True)
    reopened = BooleanField(default=False)


class Application(Base):
    """One person in one wave; `wave` is null while the person waits for the next one.

    `ticket` is for people and paper, `entry_number` stands for the person in the public draw. `erased_at`: when
    retention took out whatever leads to the person.
    """

    applicant = ForeignKeyField(Applicant, index=False, backref="applications", on_delete="CASCADE")
    applicant_id: int
    wave = ForeignKeyField(Wave, null=True, index=False, backref="applications", on_delete="RESTRICT")
    wave_id: int | None
    draft_id = BigIntegerField(null=True, unique=True)
    ticket = CharField(max_length=9, unique=True)
    entry_number = CharField(max_length=9, unique=True)
    state = CharField(max_length=15)
    answers = SealedField()
    work = CharField(max_length=20, default="")
    version = IntegerField(default=1)
    submitted_at = MomentField()
    changed_at = MomentField()
    channel = CharField(max_length=10, default="self")
    posko = ForeignKeyField(Posko, null=True, on_delete="SET NULL")
    posko_id: int | None
    erased_at = MomentField(null=True)

    class Meta:
        indexes = ((("applicant", "wave"), True), (("wave", "state"), False))


Application.add_index(
    Application.index(
        Application.applicant, unique=True, name="application_one_waiting", where=SQL("wave_id IS NULL")
    )
)


class ApplicationVersion(Base):
    """The answers as they were before a change."""

    application = ForeignKeyField(Application, backref="versions", on_delete="CASCADE")
    application_id: int
    n = IntegerField()
    answers = SealedField()
    at = MomentField()

    class Meta:
        indexes = ((("application", "n"), True),)


class LedgerEntry(Base):
    """One line of the append-only history that the applicant reads. Triggers refuse UPDATE and DELETE."""

    application = ForeignKeyField(Application, index=False, backref="ledger", on_delete="RESTRICT")
    application_id: int
    n = IntegerField()
    from_state = CharField(max_length=15, default="")
    to_state = CharField(max_length=15)
    reason = CharField(max_length=30)
    note = SealedField(null=True)
    actor = CharField(max_length=10)
    staff = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
    staff_id: int | None
    told = CharField(max_length=60, default="")
    at = MomentField()

    class Meta:
        indexes = ((("application", "n"), True),)
