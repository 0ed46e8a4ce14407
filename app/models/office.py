"""The office whose service this is, and its help posts."""

from __future__ import annotations

from peewee import BooleanField, CharField, ForeignKeyField

from app.models.base import Base
from app.rules import phone


class Office(Base):
    """One row: who stands behind every page. `zone` is WIB, WITA or WIT; `area` a regency code such as 35.08."""

    name = CharField()
    area = CharField(max_length=13)
    zone = CharField(max_length=4)
    address = CharField()
    phone = CharField()
    whatsapp = CharField()
    hours = CharField()
    privacy_contact = CharField()
    programme = CharField()
    programme_site = CharField()
    example = BooleanField(default=False)


class Posko(Base):
    """A help post where officers assist in person. Without hours of its own it has those of the office.

    A closed one (`active` false) stays for the people and applications that name it.
    """

    office = ForeignKeyField(Office, backref="posko", on_delete="CASCADE")
    office_id: int
    name = CharField(unique=True)
    district = CharField(max_length=13)
    address = CharField()
    phone = CharField(default="")
    hours = CharField(default="")
    active = BooleanField(default=True)

    @property
    def phone_shown(self) -> str:
        """The number as people read it."""
        return phone.line_shown(self.phone)
