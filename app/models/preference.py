"""How a person wants to be told: hours in which the phone stays silent, and the kind of words."""

from __future__ import annotations

from peewee import CharField, ForeignKeyField

from app.models.applicant import Applicant
from app.models.base import Base, MomentField
from app.rules import notice_texts, quiet


class Preference(Base):
    """What one person chose; whoever has no row chose nothing. Channels are not here: each is a consent with its words.

    `quiet` is a code of rules/quiet.py, `language` one of rules/notice_texts.py.
    """

    applicant = ForeignKeyField(Applicant, unique=True, backref="preferences", on_delete="CASCADE")
    applicant_id: int
    quiet = CharField(max_length=10, default=quiet.HOUSE)
    language = CharField(max_length=10, default=notice_texts.HOUSE)
    changed_at = MomentField()
