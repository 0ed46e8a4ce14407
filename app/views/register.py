"""/daftar: the wizard. One view serves every step; which step may be opened is computed from the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.fields import StepForm
from app.forms.identity_steps import PinForm
from app.forms.journey import Answers, Journey, Step
from app.forms.registration import SECTIONS, registration
from app.forms.replay import faults
from app.forms.work_steps import DeclarationForm
from app.models import Draft
from app.rules import eligibility, local_time, pin
from app.rules.terms import Terms
from app.services import drafts, office, signing_in
from app.services import registration as registering
from app.services.claims import Refused
from app.views import entering, receipt
from app.views.privacy import NOTICE
from app.views.terms import terms as terms_now

pages = Blueprint("register", __name__, url_prefix="/daftar")

#: Questions after the check page: sending is the last of the steps that people count.
AFTER_THE_LAST = 1


@dataclass(frozen=True)
class Here:
    """Everything a wizard page starts from."""

    terms: Terms
    journey: Journey
    draft: Draft | None
    answers: Answers
    who: auth.Principal | None

    @property
    def is_summary(self) -> bool:
        """A new phone that only knows NIK and PIN: earlier answers stay hidden."""
        return self.who is not None and self.who.kind == "summary"

    @property
    def is_complete(self) -> bool:
        """Every question on the path is answered and no rule stands in the way."""
        return (
            self.draft is not None
            and self.journey.pending(self.answers) is None
            and not self.journey.stopped(self.answers)
        )

    def next_url(self, answers: Answers) -> str:
        """Where a person goes after a save: the first open question, else the check page."""
        step = self.journey.pending(answers)
        return url_for(".step", slug=step.slug) if step else url_for(".check")


def _here() -> Here:
    terms = terms_now()
    who = auth.principal()
    if who is not None:
        draft = drafts.of(who.applicant_id, auth.now())
    else:
        token = session.get("draft")
        draft = drafts.find(token, auth.now()) if token else None
    answers = drafts.answers(draft) if draft else {}
    return Here(terms, registration(terms.today), draft, answers, who)


@pages.get("/")
def begin() -> Response:
    """Go on where this person stopped, or at the first question."""
    here = _here()
    if here.draft is None and here.who is not None:
        return redirect(url_for("saya.status"), 303)
    return _not_here(here)


@pages.get("/<slug>")
def step(slug: str) -> Response | str:
    """Show a step that may be opened; anything further on leads to the first open question."""
    here = _here()
    found = here.journey.open(slug, here.answers)
    if found is None:
        return _not_here(here)
    if here.is_summary and slug in here.answers:
        return redirect(url_for("sign_in.more_proof", lanjut=request.path), 303)
    return _page(here, found, found.form(here.terms, here.answers, answer=here.answers.get(slug)))


@pages.post("/<slug>")
def save(slug: str) -> Response | str | tuple[str, int]:
    """Judge one page; keep it; go to the next."""
    here = _here()
    if slug == "pin" and here.draft is None:
        return _pin_again(here)
    found = here.journey.open(slug, here.answers)
    if found is None:
        return _not_here(here)
    if here.is_summary and slug in here.answers:
        return redirect(url_for("sign_in.more_proof", lanjut=request.path), 303)
    form = found.form(here.terms, here.answers, formdata=request.form)
    if isinstance(form, PinForm) and "buat" in request.form:
        return _page(here, found, form, made=pin.new_pin(**form.own_numbers()))
    if not form.validate():
        return _page(here, found, form), 422
    return _keep(here, found, form)


def _keep(here: Here, step: Step, form: StepForm) -> Response:
    answer = form.answer()
    if step.slug == "periksa-nik" and answer["cek"] == "ubah":
        return redirect(url_for(".step", slug="identitas"), 303)
    answers = here.journey.with_answer(here.answers, step.slug, answer)
    bars = step.stop(answers)
    if bars:  # nothing of this answer is kept
        return _stop(step, bars)
    if step.slug == "identitas" and here.who is None and registering.is_known(answer):
        return redirect(url_for(".known"), 303)
    if isinstance(form, PinForm):
        return _keep_pin(here, answers, form)
    if here.draft is None:
        _, session["draft"] = drafts.start(answers, auth.now())
        return redirect(here.next_url(answers), 303)
    drafts.save(here.draft, answers, auth.now())
    if step.slug == "identitas" and here.draft.applicant_id and not here.draft.application_id:
        registering.correct_identity(here.draft.applicant_id, answer)
    return redirect(here.next_url(answers), 303)


def _stop(step: Step, bars: tuple[eligibility.Bar, ...]) -> Response:
    session["berhenti"] = [step.slug, *(bar.value for bar in bars)]
    return redirect(url_for(".stopped"), 303)


def _keep_pin(here: Here, answers: Answers, form: PinForm) -> Response:
    draft = here.draft
    if draft is None:
        return _not_here(here)
    response = redirect(here.next_url(answers), 303)
    if draft.applicant_id is not None:
        registering.change_pin(draft.applicant_id, form.pin.data, auth.now())
        return response
    phone = entering.phone(shared=False)
    drafts.save(draft, answers, auth.now())
    welcome = registering.make_person(draft, answers, form.pin.data, phone.label, auth.now(), phone.token)
    auth.sign_in(welcome.session_token)
    auth.remember_device(response, welcome.device_token)
    return response


def _pin_again(here: Here) -> Response:
    """The PIN was taken and our answer lost in a dead spot: the same PIN from the same browser opens the door."""
    draft = _claimed(here)
    if draft is None or draft.applicant is None:
        return _not_here(here)
    try:
        opened = signing_in.with_pin(
            draft.applicant.nik, request.form.get("pin", ""), entering.phone(shared=False), auth.now()
        )
    except Refused:
        return _not_here(here)
    auth.sign_in(opened.session_token)
    response = redirect(url_for(".begin"), 303)
    if opened.device_token:
        auth.remember_device(response, opened.device_token)
    return response


def _claimed(here: Here) -> Draft | None:
    token = session.get("draft")
    return drafts.claimed(token, auth.now()) if token and here.who is None else None


def _not_here(here: Here) -> Response:
    """No such open step: the next question, the rule that stands in the way, or the receipt."""
    bars = here.journey.stopped(here.answers)
    if bars:  # the rules or the calendar moved since that answer
        return _stop(here.journey.path(here.answers)[-1], bars)
    if here.draft is None and _claimed(here) is not None:
        return redirect(url_for("sign_in.sign_in", lanjut=url_for(".begin")), 303)
    if here.draft is None and here.who is not None and drafts.last_finished(here.who.applicant_id):
        return redirect(url_for("receipt.done"), 303)
    return redirect(here.next_url(here.answers), 303)


def _page(here: Here, step: Step, form: StepForm, made: str = "") -> str:
    if step.slug == "pin":
        entering.own_token()
    path = here.journey.path(here.answers)
    number, total = path.index(step) + 1, len(path) + AFTER_THE_LAST
    before = here.journey.previous(step, here.answers)
    everything_answered = here.journey.pending(here.answers) is None
    back = url_for(".check") if everything_answered else url_for(".step", slug=before.slug) if before else "/"
    return render_template(
        [f"register/steps/{step.slug}.html", "register/step.html"],
        step=step,
        form=form,
        made=made,
        errors=form.error_list(),
        percent=round(100 * (number - 1) / total),
        step_no=number,
        step_total=total,
        back_href=back,
        saved_at=_saved_at(here),
    )


def _saved_at(here: Here) -> str:
    if here.draft is None or here.draft.applicant_id is None:
        return ""
    return local_time.hour(here.draft.touched_at, here.terms.zone)


# the ends of the wizard ------------------------------------------------------------------------


@pages.get("/berhenti")
def stopped() -> Response | str:
    """Which rule stands in the way, in plain words, and what the person can do instead."""
    said = session.get("berhenti")
    if not said:
        return redirect(url_for(".begin"), 303)
    words = [eligibility.WORDS[eligibility.Bar(code)] for code in said[1:]]
    return render_template("register/stopped.html", back=url_for(".step", slug=said[0]), words=words)


@pages.get("/sudah-terdaftar")
def known() -> str:
    """For a person who is registered and typed NIK, KK and birth date right."""
    return render_template("register/known.html")


def _check_page(here: Here, form: DeclarationForm, wrong: list[str]) -> str:
    sections = []
    for title, slugs in SECTIONS:
        rows = []
        for step in here.journey.path(here.answers):
            if step.slug in slugs:
                rows += _rows(here, step)
        sections.append((title, rows))
    titles = {step.slug: step.title for step in here.journey}
    wrong_steps = [(url_for(".step", slug=slug), titles[slug]) for slug in wrong]
    steps = len(here.journey.path(here.answers)) + AFTER_THE_LAST
    return render_template(
        "register/check.html",
        form=form,
        errors=form.error_list(),
        wrong_steps=wrong_steps,
        sections=sections,
        percent=round(100 * (steps - 1) / steps),
        step_no=steps,
        step_total=steps,
        back_href=url_for(".step", slug=here.journey.path(here.answers)[-1].slug),
        changes=bool(here.draft and here.draft.application_id),
        wave=receipt.wave_line(here.terms.zone),
    )


def _rows(here: Here, step: Step) -> list[tuple[Any, ...]]:
    form = step.form(here.terms, here.answers, answer=here.answers[step.slug])
    edit = url_for(".step", slug=step.slug)
    if here.is_summary:
        return [(key, "Sudah diisi", "", "") for key, _ in form.rows()]
    return [(key, value, edit, "") for key, value in form.rows()]


@pages.get("/periksa")
def check() -> Response | str:
    """Everything once more, each with its "Ubah"."""
    here = _here()
    if not here.is_complete:
        return _not_here(here)
    return _check_page(here, DeclarationForm(here.terms, here.answers), [])


@pages.post("/periksa")
def send() -> Response | str | tuple[str, int]:
    """Judge every answer again and make the application: once, however often this is pressed."""
    here = _here()
    if here.draft is None or not here.is_complete:
        return _not_here(here)
    form = DeclarationForm(here.terms, here.answers, formdata=request.form)
    wrong = faults(here.journey, here.terms, here.answers)
    if not form.validate() or wrong:
        return _check_page(here, form, wrong), 422
    try:
        sent = registering.send(
            here.draft.id, here.journey.pruned(here.answers), NOTICE, office.current().zone, auth.now()
        )
    except registering.TooLate:
        return render_template("register/too_late.html"), 409
    session.pop("draft", None)
    if sent.kunci:
        receipt.keep_kunci(sent.application.id, sent.kunci)
    return redirect(url_for("receipt.done"), 303)
