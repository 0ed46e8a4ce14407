"""A notice to many people, written by the office."""

from __future__ import annotations

from peewee import BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from app.models.base import Base, MomentField
from app.models.staff import Staff
from app.rules.codes import new_code


class Broadcast(Base):
    """One text to one segment (JSON, rules/broadcast.py). `state`: draft, waiting, scheduled, running, done, stopped.

    The worker writes the notices in chunks by the order of the people's ids: `reached_id` is the last one, `told` how
    many were written. `people` is how many there were when it was ordered, `alone` how many may be addressed without a
    second person. `over_at` is set when nothing of it is left to do, also after a stop.
    """

    code = CharField(max_length=9, unique=True, default=new_code)
    title = CharField(max_length=60)
    body = TextField()
    segment = TextField()
    state = CharField(max_length=10, default="draft", index=True)
    written_by = ForeignKeyField(Staff, on_delete="RESTRICT", backref="broadcasts")
    written_by_id: int
    written_at = MomentField()
    send_at = MomentField(null=True)
    at_night = BooleanField(default=False)
    people = IntegerField(default=0)
    alone = IntegerField(default=0)
    confirmed_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT", backref="confirmed_broadcasts")
    confirmed_by_id: int | None
    confirmed_at = MomentField(null=True)
    started_at = MomentField(null=True)
    reached_id = BigIntegerField(default=0)
    told = IntegerField(default=0)
    over_at = MomentField(null=True)
    stopped_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT", backref="stopped_broadcasts")
    stopped_by_id: int | None
    stopped_at = MomentField(null=True)
