"""What forgetting needs: a door through the append-only triggers, and where the audit chain now begins."""

from __future__ import annotations

from peewee import BigIntegerField, BlobField, CharField

from app.models.base import Base, MomentField


class RetentionDoor(Base):
    """A row stands here only inside the transaction that forgets, so nobody else ever sees the door open.

    While it does, the triggers let through what the law demands and nothing else: `ledger_entry` a note that becomes
    NULL, every other column as it was; `audit_line` the loss of lines older than `before`.
    """

    name = CharField(max_length=40)
    before = MomentField()


class AuditCut(Base):
    """The newest audit line that was forgotten; the chain goes on from its `mac`. At most one row.

    `cut_mac` is made under the audit key, so that whoever owns the database cannot cut lines off by writing a row here.
    """

    upto = BigIntegerField()
    mac = BlobField()
    cut_mac = BlobField()
    at = MomentField()
