"""The end of the wizard: everything once more, and sending."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app import auth
from app.forms import replay
from app.forms.journey import Step
from app.forms.registration import SECTIONS
from app.forms.work_steps import DeclarationForm
from app.rules import local_time
from app.services import contact, office, receipts, waves
from app.services import registration as registering
from app.views import drawing, receipt
from app.views.email_proof import tell_old_address
from app.views.privacy import NOTICE
from app.views.register import WAIT
from app.views.wizard import AFTER_THE_LAST, Here, here, not_here, step_url

CHECK = "register/check.html"
#: Stands, while the page is drawn for everybody, where the answers will stand.
OWN = "what-this-person-answered"

pages = Blueprint("check", __name__, url_prefix="/daftar")


@pages.get("/periksa")
def check() -> Response:
    """Everything once more, each with its "Ubah"."""
    at = here()
    if not at.is_complete:
        return not_here(at)
    return _check_page(at, DeclarationForm(at.terms, at.answers), [])


@pages.post("/periksa")
def send() -> Response | tuple[Response | str, int]:
    """Judge every answer again and make the application: once, however often this is pressed."""
    at = here()
    changes = _is_change(at)
    if at.draft is None or not at.is_complete:
        return not_here(at)
    form = DeclarationForm(at.terms, at.answers, formdata=request.form)
    wrong = replay.faults(at.journey, at.terms, at.answers)
    if not form.validate() or wrong:
        return _check_page(at, form, wrong), 422
    try:
        sent = registering.send(at.draft.id, at.path.pruned(), NOTICE, office.current().zone, auth.now())
    except registering.TooLate:
        return render_template("register/too_late.html"), 409
    except contact.TooEarly as early:  # the PIN was reset after the contact page was saved
        form.benar.errors = [WAIT.format(local_time.day_clock(early.until, at.terms.zone))]
        return _check_page(at, form, []), 422
    if sent.old_address:
        tell_old_address(sent.old_address, at.draft.id)
    session.pop("draft", None)
    # A guessed PIN opens a summary session: it must not end with the kunci, which opens everything.
    if sent.kunci and not at.is_summary:
        receipt.keep_kunci(sent.application.applicant_id, sent.kunci)
    return redirect(url_for("saya.status", selesai="ubah") if changes else url_for("receipt.done"), 303)


def _check_page(at: Here, form: DeclarationForm, wrong: list[str]) -> Response:
    """Everything around the answers is the same for many, so it is drawn once; with something wrong, for this person."""
    summary = _summary(at)
    frame, whose = _frame(at), office.current()
    errors = form.error_list()
    if errors or wrong:
        titles = {step.slug: step.title for step in at.journey}
        wrong_steps = [(step_url(slug), titles[slug]) for slug in wrong]
        shown = {"errors": errors, "wrong_steps": wrong_steps, "summary": summary}
        return make_response(render_template(CHECK, form=form, **shown, **frame))

    def draw() -> str:
        untouched = DeclarationForm(at.terms, {})
        template = current_app.jinja_env.get_template(CHECK)
        own = {"csrf_token": lambda: drawing.TOKEN, "summary": OWN}
        return template.render(form=untouched, office=whose, **own, **frame)

    sheet = drawing.sheet((CHECK, whose, *frame.values()), draw, drawing.TOKEN, OWN)
    return sheet.answer(drawing.token(), summary)


def _is_change(at: Here) -> bool:
    """Whether what is sent takes the place of an application that was sent before."""
    return bool(at.draft and at.draft.application_id)


def _frame(at: Here) -> dict[str, str | int]:
    """What stands around the answers."""
    steps = len(at.path) + AFTER_THE_LAST
    wave = waves.open_wave(auth.now())
    return {
        "percent": round(100 * (steps - 1) / steps),
        "step_no": steps,
        "step_total": steps,
        "back_href": step_url(at.path.steps[-1].slug),
        "is_in": at.who is not None,
        "is_summary": at.is_summary,
        "changes": _is_change(at),
        "wave": receipts.words_about_open(wave, at.terms.zone),
        "wave_number": wave.number if wave else 0,
    }


def _summary(at: Here) -> Markup:
    """The answers, each with its way back."""
    sections = []
    for title, slugs in SECTIONS:
        steps = [step for step in at.path if step.slug in slugs]
        sections.append((title, [row for step in steps for row in _rows(at, step)]))
    template: Any = current_app.jinja_env.get_template("register/summary.html").module
    summary: Markup = template.summary(sections)
    return summary


def _rows(at: Here, step: Step) -> list[tuple[Any, ...]]:
    edit = step_url(step.slug)
    try:
        rows = step.form.rows(at.terms, at.answers, at.answers[step.slug])
    except (KeyError, ValueError, TypeError):  # kept by an older version; sending leads back to it
        rows = [(step.title, "Perlu diisi lagi")]
    if at.is_summary:
        return [(key, "Sudah diisi", "", "") for key, _ in rows]
    return [(key, value, edit, "") for key, value in rows]
