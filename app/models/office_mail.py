"""Mails to the office itself and to its inspectorate: hashes for a witness, reminders for who runs a draw."""

from __future__ import annotations

from peewee import CharField, IntegerField, TextField

from app.models.base import Base, MomentField


class OfficeMail(Base):
    """One mail, written in the transaction of what it tells; the worker sends it. About nobody: hashes and times.

    reader: inspectorate, managers (whose addresses are settings). `key` makes each fact tell itself once. state:
    queued, sent, failed. A lease that ran out is claimed again.
    """

    reader = CharField(max_length=12)
    key = CharField(max_length=80, unique=True)
    subject = CharField(max_length=120)
    body = TextField()
    created_at = MomentField()
    not_before = MomentField()
    not_after = MomentField(null=True)
    state = CharField(max_length=10, default="queued")
    attempts = IntegerField(default=0)
    leased_until = MomentField(null=True)
    reason = CharField(max_length=60, default="")
    done_at = MomentField(null=True)

    class Meta:
        indexes = ((("state", "not_before"), False),)
