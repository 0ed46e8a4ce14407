"""Where a person stands in the wizard: the draft, the answers, the way on when a page may not be opened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.journey import Answers, Journey, Path, Step
from app.forms.registration import registration
from app.models import Draft
from app.rules import eligibility
from app.rules.terms import Terms
from app.services import drafts
from app.views import proof
from app.views.terms import terms as terms_now

#: Questions after the last step: sending is a step that people count too.
AFTER_THE_LAST = 1


@dataclass(frozen=True)
class Here:
    """Everything a wizard page starts from."""

    terms: Terms
    journey: Journey
    draft: Draft | None
    answers: Answers
    who: auth.Principal | None

    @cached_property
    def is_summary(self) -> bool:
        """A new phone that only knows NIK and PIN: earlier answers stay hidden."""
        return self.who is not None and self.who.kind == "summary"

    @property
    def is_reopened(self) -> bool:
        """What was sent before is being changed: the PIN has its own page, and nothing holds before it is sent."""
        return self.draft is not None and bool(self.draft.reopened)

    @cached_property
    def path(self) -> Path:
        """The steps that this person meets."""
        return self.journey.path(self.answers)

    @property
    def is_complete(self) -> bool:
        """Every question on the path is answered and no rule stands in the way."""
        return self.draft is not None and self.path.pending is None and not self.path.bars

    def next_url(self, answers: Answers) -> str:
        """Where a person goes after a save: the first open question, else the check page."""
        step = self.journey.path(answers).pending
        return step_url(step.slug) if step else url_for("check.check")


@cache
def step_url(slug: str) -> str:
    """The address of a step, made once for each: the check page names a dozen."""
    return url_for("register.step", slug=slug)


def here() -> Here:
    """The wizard as this request finds it."""
    terms = terms_now()
    who = auth.principal()
    if who is not None:
        draft = drafts.of(who.applicant_id, auth.now())
        if draft is not None and draft.reopened:
            proof.require()  # what was sent before is read and changed after the PIN only
            who = auth.principal()
    else:
        token = session.get("draft")
        draft = drafts.find(token, auth.now()) if token else None
    answers = drafts.answers(draft) if draft else {}
    return Here(terms, registration(terms.today), draft, answers, who)


def stop(step: Step, bars: tuple[eligibility.Bar, ...]) -> Response:
    """Lead to the page that explains which rule stands in the way; only its name is kept, in the cookie."""
    session["berhenti"] = [step.slug, *(bar.value for bar in bars)]
    return redirect(url_for("register.stopped"), 303)


def claimed(at: Here) -> Draft | None:
    """The draft of an anonymous browser that a PIN has claimed: the answer to that PIN was lost on the way."""
    token = session.get("draft")
    return drafts.claimed(token, auth.now()) if token and at.who is None else None


def not_here(at: Here) -> Response:
    """No such open step: the next question, the rule that stands in the way, or the receipt."""
    if at.path.bars:  # the rules or the calendar moved since that answer
        return stop(at.path.steps[-1], at.path.bars)
    if at.draft is None and claimed(at) is not None:
        return redirect(url_for("sign_in.sign_in", lanjut=url_for("register.begin")), 303)
    if at.draft is None and at.who is not None and drafts.last_finished(at.who.applicant_id):
        return redirect(url_for("receipt.done"), 303)
    return redirect(at.next_url(at.answers), 303)
