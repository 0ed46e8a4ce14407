"""A wave (gelombang): when it takes registrations, how many places it has, when its result is told."""

from __future__ import annotations

from peewee import BooleanField, CharField, IntegerField, TextField

from app.models.base import Base, MomentField


class Wave(Base):
    """Times are enforced by the server. Its phase is computed from them (rules.waves.phase), never stored.

    The days of a task count from the one before it (selected, bought, finished), null is no such task; whoever is
    `grace_days` late stands on the office's list. While results are being told `telling_since` says since when, and every
    page shows them already (services/announcing.py). `rules` is the JSON of what a draw promises beside the quota: reserves, reserve_order, max_per_household, refill, scope.
    """

    number = IntegerField(unique=True)
    opens_at = MomentField()
    closes_at = MomentField()
    draw_at = MomentField(null=True)
    announce_at = MomentField(null=True)
    paused = BooleanField(default=False)
    quota = IntegerField()
    selection = CharField(max_length=10, default="import")
    rules = TextField(default="{}")
    buy_within_days = IntegerField(default=15)
    finish_within_days = IntegerField(null=True, default=60)
    review_within_days = IntegerField(null=True, default=7)
    grace_days = IntegerField(default=3)
    publish_at = MomentField(null=True)
    publish_by = CharField(max_length=64, default="")
    published_at = MomentField(null=True)
    telling_since = MomentField(null=True)
    archived_at = MomentField(null=True)
    created_at = MomentField()
