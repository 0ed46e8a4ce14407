"""Whom the posko still has to call."""

from __future__ import annotations

from peewee import SQL, CharField, ForeignKeyField, IntegerField

from app.models.applicant import Applicant
from app.models.base import Base, MomentField
from app.models.notice import Notice
from app.models.staff import Staff


class CallTask(Base):
    """One person to be called: because a notice was not opened, or because they asked. At most one is open for each.

    why: notice, asked. state: open, reached, wrong_number, gave_up, settled (it is not needed any more). tries: calls
    that nobody answered. next_at: not before. staff: who noted a call last. taken_by: who is at it until taken_until.
    """

    applicant = ForeignKeyField(Applicant, backref="call_tasks", on_delete="CASCADE")
    applicant_id: int
    notice = ForeignKeyField(Notice, null=True, unique=True, on_delete="CASCADE")
    notice_id: int | None
    why = CharField(max_length=10)
    state = CharField(max_length=15, default="open")
    tries = IntegerField(default=0)
    next_at = MomentField()
    staff = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
    staff_id: int | None
    taken_by = ForeignKeyField(Staff, null=True, backref="taken_calls", on_delete="RESTRICT")
    taken_by_id: int | None
    taken_until = MomentField(null=True)
    created_at = MomentField()
    done_at = MomentField(null=True)

    class Meta:
        indexes = ((("state", "next_at"), False),)


CallTask.add_index(
    CallTask.index(CallTask.applicant, unique=True, name="call_task_one_open", where=SQL("state = 'open'"))
)
