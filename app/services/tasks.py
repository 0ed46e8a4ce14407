"""What a person reports after the first training was bought: the training is finished, the review is written."""

from __future__ import annotations

from datetime import datetime

from app.db import acknowledged
from app.models import Application, Deadline
from app.rules import deadlines as rules
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, deadlines, joining, ledger
from app.services.ledger import APPLICANT


def review_is_open(application: Application) -> bool:
    """Whether the wave asks for a review that was not reported yet."""
    kind = rules.Deadline.WRITE_REVIEW.value
    mine = (Deadline.application == application.id) & (Deadline.kind == kind) & Deadline.done_at.is_null()
    return bool(Deadline.select().where(mine).exists())


def may_report(application: Application | None, kind: rules.Deadline) -> bool:
    """Is this the task that the person can report now?"""
    if application is None:
        return False
    if kind is rules.Deadline.FINISH_TRAINING:
        return application.state == State.IN_TRAINING
    return application.state == State.COMPLETED and review_is_open(application)


def report(applicant_id: int, kind: rules.Deadline, now: datetime) -> bool:
    """Note FINISH_TRAINING or WRITE_REVIEW by the own word; False when it is not (or no longer) asked."""
    with acknowledged():
        application = joining.newest(applicant_id)
        if application is None or not may_report(application, kind):
            return False
        if deadlines.mark_done(application.id, kind.value, APPLICANT, now):
            return True
        # No day was set for it; finishing still counts, and a review without a day is not asked.
        ledger.move(application, State.COMPLETED, Reason.TRAINING_FINISHED, APPLICANT, now)
        audit.record("applicant", "application.finished", f"application:{application.id}", now)
        deadlines.begin_next(application, kind.value, now)
        return True
