"""The people of the office, their second factor and their way back in."""

from __future__ import annotations

from peewee import BigIntegerField, BlobField, BooleanField, CharField, ForeignKeyField

from app.models.base import Base, MomentField, SealedField
from app.models.office import Posko


class Staff(Base):
    """role: officer (own posko), verifier, manager, auditor (reads only). No password until enrolled."""

    username = CharField(max_length=64, unique=True)
    name = CharField(max_length=120)
    role = CharField(max_length=10)
    posko = ForeignKeyField(Posko, null=True, backref="staff", on_delete="RESTRICT")
    posko_id: int | None
    password_hash = CharField(max_length=200, default="")
    totp_secret = SealedField(null=True)
    totp_counter = BigIntegerField(default=0)
    enrolled_at = MomentField(null=True)
    active = BooleanField(default=True)
    created_at = MomentField()


class StaffCode(Base):
    """A one-time code of a staff member: kind is invitation or recovery. Only its hash is kept."""

    staff = ForeignKeyField(Staff, backref="codes", on_delete="CASCADE")
    staff_id: int
    kind = CharField(max_length=10)
    code_hash = BlobField(unique=True)
    created_at = MomentField()
    expires_at = MomentField(null=True)
    used_at = MomentField(null=True)


class AuditLine(Base):
    """One act, with ids and codes only, chained by an HMAC whose key the database does not hold.

    `id` counts up from 1 without gaps. Triggers refuse UPDATE and DELETE.
    """

    at = MomentField()
    actor = CharField(max_length=64)
    verb = CharField(max_length=40, index=True)
    subject = CharField(max_length=200, default="", index=True)
    detail = CharField(max_length=500, default="")
    mac = BlobField()
