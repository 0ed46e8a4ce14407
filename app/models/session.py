"""Who is signed in where, on which known phones, and which attempts failed: rows that can be revoked."""

from __future__ import annotations

from peewee import BlobField, BooleanField, CharField, ForeignKeyField, IntegerField

from app.models.applicant import Applicant
from app.models.base import Base, IndexField, MomentField
from app.models.staff import Staff


class Device(Base):
    """A browser that has proved to belong to this person (cookie with 256 random bits, hashed here).

    rings: said yes to push in it and did not take that back; it may be signed up again in silence when a subscription is lost.
    """

    applicant = ForeignKeyField(Applicant, backref="devices", on_delete="CASCADE")
    applicant_id: int
    token_hash = BlobField(unique=True)
    label = CharField(max_length=80)
    shared = BooleanField(default=False)
    rings = BooleanField(default=False)
    wrong_pins = IntegerField(default=0)
    created_at = MomentField()
    last_seen_at = MomentField()
    revoked_at = MomentField(null=True)


class Session(Base):
    """A sign-in. kind: full, summary (applicant); half (password right, TOTP missing), staff."""

    token_hash = BlobField(unique=True)
    kind = CharField(max_length=10)
    applicant = ForeignKeyField(Applicant, null=True, backref="sessions", on_delete="CASCADE")
    applicant_id: int | None
    staff = ForeignKeyField(Staff, null=True, backref="sessions", on_delete="CASCADE")
    staff_id: int | None
    device = ForeignKeyField(Device, null=True, on_delete="SET NULL")
    device_id: int | None
    shared = BooleanField(default=False)
    wrong_codes = IntegerField(default=0)
    created_at = MomentField()
    last_seen_at = MomentField()
    expires_at = MomentField(index=True)
    proved_at = MomentField()
    revoked_at = MomentField(null=True)


class Attempt(Base):
    """One try at a secret. Written before the secret is checked, so that parallel tries all count."""

    path = CharField(max_length=10)
    subject = IndexField()
    source = IndexField()
    browser = IndexField(null=True)
    at = MomentField(index=True)
    failed = BooleanField(default=True)

    class Meta:
        indexes = ((("subject", "at"), False), (("source", "at"), False), (("browser", "at"), False))


class OpenedNetwork(Base):
    """A network from which an officer lets many people register until `expires_at`.

    The row of the officer's own network comes first; whoever types its code elsewhere adds one of the same `code_index`.
    """

    code_index = IndexField(index=True)
    source = IndexField()
    staff = ForeignKeyField(Staff, on_delete="RESTRICT")
    created_at = MomentField()
    expires_at = MomentField(index=True)

    class Meta:
        indexes = ((("source", "expires_at"), False),)


class OneTimeCode(Base):
    """A code that we sent or printed. purpose: email_proof, email_sign_in, posko_reset (with its officer).

    Five wrong tries kill a code of six digits; the 40 bits of a posko code need no such limit.
    """

    applicant = ForeignKeyField(Applicant, backref="codes", on_delete="CASCADE")
    applicant_id: int
    purpose = CharField(max_length=15)
    code_hash = CharField(max_length=200)
    address_index = IndexField(null=True, index=True)
    issued_by = ForeignKeyField(Staff, null=True, on_delete="SET NULL")
    issued_by_id: int | None
    created_at = MomentField()
    expires_at = MomentField()
    wrong = IntegerField(default=0)
    used_at = MomentField(null=True)
