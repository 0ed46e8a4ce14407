"""What a person changes in an application by hand: a draft that changes it, begun, found again or thrown away."""

from __future__ import annotations

from datetime import date, datetime

from app.db import acknowledged, locked_for_update, writing
from app.models import Applicant, Application, Draft
from app.rules import deadlines as rules
from app.rules import local_time
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, deadlines, drafts, joining, ledger, registration
from app.services.ledger import APPLICANT

#: The one answer that a known person is not asked for again, as the wizard stores it (forms/identity_steps).
HAS_PIN: drafts.Answers = {"pin": {"ada": True}}


class NothingToChange(Exception):
    """There is no application that its owner may still change."""


def may_change(application: Application | None, now: datetime) -> bool:
    """Whether the wizard may be opened on this application."""
    return application is not None and registration.may_change(application, now)


def begin(applicant_id: int, now: datetime) -> Draft:
    """The draft that changes the newest application: the open one, or a fresh one with the answers sent.

    Raises NothingToChange when the wave is closed or the office is at work on it.
    """
    with writing():
        _lock(applicant_id)
        application = joining.newest(applicant_id)
        if application is None or not registration.may_change(application, now):
            raise NothingToChange
        draft = drafts.of(applicant_id, now)
        if draft is not None and draft.application_id == application.id:
            return draft
        return drafts.to_change(application, now)


def discard(applicant_id: int) -> None:
    """Throw away what was not sent; what was sent before stays as it is, and a first registration is left alone."""
    with writing():
        _lock(applicant_id)
        if joining.newest(applicant_id) is not None:
            Draft.delete().where((Draft.applicant == applicant_id) & Draft.done_at.is_null()).execute()


def ask_again(applicant_id: int, now: datetime) -> Draft:
    """A draft with the answers of the newest application, for a new one: some of them have to be asked again.

    Without an application only the PIN is there: for a person whose unfinished answers were deleted after 30 days.
    """
    with writing():
        _lock(applicant_id)
        draft = drafts.of(applicant_id, now)
        if draft is not None and draft.application_id is None:
            return draft
        application = joining.newest(applicant_id)
        fresh, _ = drafts.start(HAS_PIN, now)
        Draft.update(applicant=applicant_id).where(Draft.id == fresh.id).execute()
        if application is not None:
            fresh.answers, fresh.reopened = application.answers, True
            fresh.save(only=[Draft.answers, Draft.reopened])
        return fresh


def _lock(applicant_id: int) -> None:
    """Two taps wait for each other."""
    list(locked_for_update(Applicant.select(Applicant.id).where(Applicant.id == applicant_id)))


def bought(applicant_id: int, training: str, day: date, now: datetime) -> Application:
    """The person has bought the first training: in training from now on, the deadline is met.

    `training` is its name and `day` the day of the purchase; both stand in the ledger. Raises ledger.NotAllowed for
    anybody who is not selected now, ValueError without a name.
    """
    if not training.strip():
        raise ValueError("which training?")
    with acknowledged():
        application = joining.newest(applicant_id)
        if application is None:
            raise ledger.NotAllowed("", State.IN_TRAINING.value)
        note = f"{training.strip()}, dibeli {local_time.date_words(day)}"
        ledger.move(application, State.IN_TRAINING, Reason.TRAINING_BOUGHT, APPLICANT, now, note=note)
        kind = rules.Deadline.BUY_FIRST_TRAINING.value
        if not deadlines.mark_done(application.id, kind, APPLICANT, now):
            audit.record("applicant", "application.bought", f"application:{application.id}", now)
            deadlines.begin_next(application, kind, now)
        return application
