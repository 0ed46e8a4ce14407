"""A phone number that was replaced, for as long as the message about that needs it."""

from __future__ import annotations

from peewee import ForeignKeyField

from app.models.base import Base, SealedField
from app.models.notice import Delivery


class FormerNumber(Base):
    """This delivery goes to the number that its owner had before; it goes with the delivery."""

    delivery = ForeignKeyField(Delivery, unique=True, on_delete="CASCADE")
    delivery_id: int
    number = SealedField()
