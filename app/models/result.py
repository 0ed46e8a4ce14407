"""Results before they are told: set one by one or from a file, published together at a time."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField, IntegerField

from app.models.application import Application
from app.models.base import Base, MomentField, SealedField
from app.models.staff import Staff
from app.models.wave import Wave


class ResultFile(Base):
    """A file of results that was applied as a whole; its hash tells which file it was.

    `name` is ours (hasil-<8 digits of the hash>.xlsx): the uploaded one may hold a person's.
    """

    wave = ForeignKeyField(Wave, backref="result_files", on_delete="RESTRICT")
    wave_id: int
    name = CharField(max_length=200)
    sha256 = CharField(max_length=64)
    rows = IntegerField()
    staff = ForeignKeyField(Staff, on_delete="RESTRICT")
    staff_id: int
    at = MomentField()

    class Meta:
        indexes = ((("wave", "sha256"), True),)


class Result(Base):
    """The outcome of one application in a wave; invisible to the applicant until `published_at`.

    `dated` is the day that a file of the centre gives, as 2026-12-04; empty when it gives none.
    """

    application = ForeignKeyField(Application, unique=True, backref="results", on_delete="CASCADE")
    application_id: int
    wave = ForeignKeyField(Wave, index=False, backref="results", on_delete="RESTRICT")
    wave_id: int
    outcome = CharField(max_length=15)
    reason = CharField(max_length=30)
    position = IntegerField(null=True)
    dated = CharField(max_length=10, default="")
    file = ForeignKeyField(ResultFile, null=True, on_delete="SET NULL")
    file_id: int | None
    staff = ForeignKeyField(Staff, on_delete="RESTRICT")
    staff_id: int
    set_at = MomentField()
    published_at = MomentField(null=True)

    class Meta:
        indexes = ((("wave", "published_at"), False),)


class ResultPreview(Base):
    """A file of results that was checked and waits for its uploader to apply or to drop it. Kept for a day at most.

    `checked` is JSON (services.result_files): ids, outcomes and the uploaded name, sealed because nobody may know a
    result early. `name` as in ResultFile.
    """

    wave = ForeignKeyField(Wave, on_delete="CASCADE")
    wave_id: int
    staff = ForeignKeyField(Staff, on_delete="CASCADE")
    staff_id: int
    name = CharField(max_length=200)
    sha256 = CharField(max_length=64)
    checked = SealedField()
    at = MomentField()
