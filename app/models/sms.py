"""What SMS cost: how many were handed over on a day."""

from __future__ import annotations

from peewee import CharField, IntegerField

from app.models.base import Base


class SmsDay(Base):
    """One day of the office (`2026-11-22`) and the SMS that left on it, each try counted before it left."""

    day = CharField(max_length=10, unique=True)
    handed_over = IntegerField(default=0)
