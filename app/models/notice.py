"""What people are told: the notice (the inbox is the truth), its deliveries, and where push can reach."""

from __future__ import annotations

from peewee import SQL, BigIntegerField, BlobField, CharField, ForeignKeyField, IntegerField, TextField

from app.models.applicant import Applicant
from app.models.application import Application
from app.models.base import Base, IndexField, MomentField, SealedField
from app.models.broadcast import Broadcast
from app.models.session import Device
from app.models.wave import Wave
from app.rules.codes import new_code


class Notice(Base):
    """A message in a person's inbox. `key` makes each fact tell itself once: UNIQUE(applicant, key).

    rung: how far the ladder went (0 push, 1 email, 2 call). climb_at: when it is looked at next, null when never
    again; past climb_until it is worthless (see services/ladder.py). `code` is how anybody can ask whether it is ours
    (/cek/<code>); it opens nothing. reached: how far its deliveries came that are deleted by now (a Reach of
    services/reach.py; 0 none).
    """

    applicant = ForeignKeyField(Applicant, index=False, backref="notices", on_delete="CASCADE")
    applicant_id: int
    application = ForeignKeyField(Application, null=True, on_delete="CASCADE")
    application_id: int | None
    wave = ForeignKeyField(Wave, null=True, on_delete="RESTRICT")
    wave_id: int | None
    broadcast = ForeignKeyField(Broadcast, null=True, index=False, backref="notices", on_delete="RESTRICT")
    broadcast_id: int | None
    kind = CharField(max_length=20)
    key = CharField(max_length=80)
    code = CharField(max_length=9, unique=True, default=new_code)
    title = CharField(max_length=120)
    body = TextField()
    path = CharField(max_length=120)
    created_at = MomentField()
    opened_at = MomentField(null=True)
    rung = IntegerField(default=0)
    climb_at = MomentField(null=True, index=True)
    climb_until = MomentField(null=True)
    reached = IntegerField(default=0)

    class Meta:
        indexes = ((("applicant", "key"), True),)


Notice.add_index(
    Notice.index(
        Notice.broadcast, Notice.id, name="notice_of_broadcast", where=SQL("broadcast_id IS NOT NULL")
    )
)


class PushSubscription(Base):
    """One browser that may be pushed to. An endpoint belongs to one person at a time: the last sign-in wins.

    refused_days: on how many days its service refused our key for it (401, 403) while taking others; refused_at: the last.
    """

    applicant = ForeignKeyField(Applicant, backref="subscriptions", on_delete="CASCADE")
    applicant_id: int
    device = ForeignKeyField(Device, null=True, on_delete="SET NULL")
    device_id: int | None
    endpoint = SealedField()
    endpoint_hash = IndexField(of=("endpoint", "endpoint"), unique=True)
    p256dh = BlobField()
    auth = SealedField()
    origin = CharField(max_length=120)
    label = CharField(max_length=80, default="")
    created_at = MomentField()
    refreshed_at = MomentField()
    refused_days = IntegerField(default=0)
    refused_at = MomentField(null=True)


class PushService(Base):
    """A push service as all senders know it: left alone until `paused_until` (why: a code), last took one at `accepted_at`."""

    origin = CharField(max_length=120, unique=True)
    paused_until = MomentField(null=True)
    why = CharField(max_length=20, default="")
    accepted_at = MomentField(null=True)


class Delivery(Base):
    """One notice on one channel. state: queued, sent, shown, opened, failed, gone. A lease that ran out is claimed again."""

    notice = ForeignKeyField(Notice, index=False, backref="deliveries", on_delete="CASCADE")
    notice_id: int
    channel = CharField(max_length=10)
    subscription = ForeignKeyField(PushSubscription, null=True, backref="deliveries", on_delete="SET NULL")
    subscription_id: int | None
    state = CharField(max_length=10, default="queued")
    attempts = IntegerField(default=0)
    not_before = MomentField()
    not_after = MomentField()
    leased_until = MomentField(null=True)
    reason = CharField(max_length=60, default="")
    created_at = MomentField()
    done_at = MomentField(null=True)
    shown_at = MomentField(null=True)
    opened_at = MomentField(null=True)

    class Meta:
        indexes = ((("notice", "channel", "subscription"), True),)


#: A query must say it in these very words (a parameter will not do) to be answered from the index below.
QUEUED = SQL("'queued'")
# What waits, in the order in which it is sent: only rows that wait are in it, and a channel reads only its own.
Delivery.add_index(
    Delivery.index(
        Delivery.channel,
        Delivery.not_before,
        Delivery.id,
        name="delivery_waiting",
        where=SQL("state = 'queued'"),
    )
)
# What is over, the oldest first, for the job that deletes it.
Delivery.add_index(Delivery.index(Delivery.done_at, name="delivery_over", where=SQL("done_at IS NOT NULL")))


class DeliverySum(Base):
    """How many deliveries of a wave (or of none), a broadcast (or of none) and a kind ended so that are deleted by now.

    `key` names all of that and makes each sum one row. `broadcast_number` is a broadcast's id, which may be gone.
    """

    key = CharField(max_length=160, unique=True)
    wave = ForeignKeyField(Wave, null=True, on_delete="RESTRICT")
    wave_id: int | None
    broadcast_number = BigIntegerField(null=True, index=True)
    kind = CharField(max_length=20)
    channel = CharField(max_length=10)
    state = CharField(max_length=10)
    reason = CharField(max_length=60)
    deliveries = IntegerField(default=0)


class Deadline(Base):
    """What a selected person must have done by when. UNIQUE per application and kind."""

    application = ForeignKeyField(Application, index=False, backref="deadlines", on_delete="CASCADE")
    application_id: int
    kind = CharField(max_length=20)
    due_at = MomentField(index=True)
    done_at = MomentField(null=True)
    created_at = MomentField()

    class Meta:
        indexes = ((("application", "kind"), True),)


class Beat(Base):
    """When a periodic job last ran, so that what was missed while down is caught up once."""

    name = CharField(max_length=40, unique=True)
    at = MomentField()
