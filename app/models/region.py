"""The official regions of Indonesia (Kemendagri codes), read-only reference rows."""

from __future__ import annotations

from peewee import CharField

from app.models.base import Base


class Region(Base):
    """Province, regency or city, district, village; `code` such as 35.08.01.2001 names its parents."""

    code = CharField(max_length=13, primary_key=True)
    name = CharField()
    kind = CharField(max_length=12)
    parent = CharField(max_length=8, null=True, index=True)
