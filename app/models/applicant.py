"""A person who registers: what identifies them is sealed, what is counted stays clear."""

from __future__ import annotations

from peewee import SQL, BlobField, BooleanField, CharField, ForeignKeyField, IntegerField

from app.models.base import Base, IndexField, MomentField, SealedField


class Applicant(Base):
    """One claim to a NIK, made at the PIN step.

    claim: draft (not yet submitted), holder (the one undisputed claim), disputed (a later claim that a posko
    settles with the KTP), rejected, erased (retention: only what is counted is left). Only holders are unique by NIK,
    so that nobody can squat a number.
    """

    claim = CharField(max_length=10, default="draft")
    nik = SealedField()
    nik_index = IndexField(of=("nik", "nik"))
    kk = SealedField()
    kk_index = IndexField(of=("kk", "kk"), index=True)
    name = CharField(max_length=200)
    name_search = CharField(max_length=200, index=True)
    birth_date = SealedField()
    birth_year = IntegerField()
    sex = CharField(max_length=1)
    phone = SealedField(null=True)
    phone_index = IndexField(of=("phone", "phone"), null=True, index=True)
    whatsapp = BooleanField(default=False)
    email = SealedField(null=True)
    email_index = IndexField(of=("email", "email"), null=True, index=True)
    email_proved_at = MomentField(null=True)
    district = CharField(max_length=13, default="", index=True)
    village = CharField(max_length=13, default="")
    nik_flags = CharField(max_length=200, default="")
    pin_hash = CharField(max_length=200)
    pin_set_at = MomentField()
    kunci_hash = CharField(max_length=200, default="")
    kunci_index = BlobField(null=True)
    kunci_set_at = MomentField(null=True)
    reopened_at = MomentField(null=True)
    entry_salt = SealedField(null=True)
    created_at = MomentField()
    erased_at = MomentField(null=True)

    class Meta:
        indexes = ((("nik_index",), False),)


Applicant.add_index(
    Applicant.index(
        Applicant.nik_index, unique=True, name="applicant_holder_nik", where=SQL("claim = 'holder'")
    )
)


class Consent(Base):
    """One optional yes or no, with the text that was shown: a new row per change, the newest counts."""

    applicant = ForeignKeyField(Applicant, backref="consents", on_delete="CASCADE")
    applicant_id: int
    purpose = CharField(max_length=20)
    given = BooleanField()
    text_sha256 = CharField(max_length=64)
    at = MomentField()
    channel = CharField(max_length=10, default="self")


class GuideStep(Base):
    """A step of the two-account guide that this person has done; `proof` is code or own word."""

    applicant = ForeignKeyField(Applicant, backref="guide_steps", on_delete="CASCADE")
    applicant_id: int
    step = CharField(max_length=30)
    proof = CharField(max_length=10, default="self")
    done_at = MomentField()

    class Meta:
        indexes = ((("applicant", "step"), True),)
