"""/daftar: the wizard. One view serves every step; which step may be opened is computed from the answers."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from jinja2 import Template
from werkzeug.wrappers import Response

from app import auth
from app.forms.identity_steps import PinForm
from app.forms.journey import Answers, Step
from app.forms.place_steps import ContactForm
from app.forms.step_form import StepForm
from app.rules import eligibility, local_time, pin
from app.services import applicants, contact, devices, drafts, limits, newcomers, office, signing_in
from app.services.claims import Refused
from app.views import drawing, entering
from app.views.wizard import AFTER_THE_LAST, Here, claimed, here, not_here, step_url, stop

pages = Blueprint("register", __name__, url_prefix="/daftar")

WAIT = "Nomor HP dan email bisa diganti mulai {}, karena PIN baru saja diganti di posko."


@pages.get("/")
def begin() -> Response:
    """Go on where this person stopped, or at the first question."""
    at = here()
    if at.draft is None and at.who is not None:
        return redirect(url_for("saya.status"), 303)
    return not_here(at)


@pages.get("/<slug>")
def step(slug: str) -> Response | str:
    """Show a step that may be opened; anything further on leads to the first open question."""
    at = here()
    if slug == "pin" and at.is_reopened:
        return redirect(url_for("devices.pin"), 303)
    found = at.path.open(slug)
    if found is None:
        return not_here(at)
    if at.is_summary and slug in at.answers:
        return redirect(url_for("sign_in.more_proof", lanjut=request.path), 303)
    if slug not in at.answers and found.form.empty_shows is not None:
        return _empty_page(at, found, found.form.empty_shows)
    form = found.form(at.terms, at.answers, answer=at.answers.get(slug))
    if isinstance(form, PinForm):
        form.bersama.data = at.who is not None and at.who.session.shared
    return _page(at, found, form)


@pages.post("/<slug>")
def save(slug: str) -> Response | str | tuple[str, int]:
    """Judge one page; keep it; go to the next."""
    at = here()
    if slug == "pin" and at.draft is None:
        return _pin_again(at)
    if slug == "pin" and at.is_reopened:
        return redirect(url_for("devices.pin"), 303)
    found = at.path.open(slug)
    if found is None:
        return not_here(at)
    if at.is_summary and slug in at.answers:
        return redirect(url_for("sign_in.more_proof", lanjut=request.path), 303)
    form = found.form(at.terms, at.answers, formdata=request.form)
    if isinstance(form, PinForm) and "buat" in request.form:
        return _page(at, found, form, made=pin.new_pin(**form.own_numbers()))
    if not form.validate() or _must_wait(at, form):
        return _page(at, found, form), 422
    return _keep(at, found, form)


def _must_wait(at: Here, form: StepForm) -> bool:
    """A number or address that was sent before does not change on the day of a PIN reset; the page says until when."""
    if not isinstance(form, ContactForm) or at.who is None or not at.is_reopened:
        return False
    try:
        contact.change(at.who.applicant, form.answer(), auth.now())
    except contact.TooEarly as early:
        form.hp.errors = [WAIT.format(local_time.day_clock(early.until, at.terms.zone))]
        return True
    return False


def _keep(at: Here, step: Step, form: StepForm) -> Response:
    answer = form.answer()
    if step.slug == "periksa-nik" and answer["cek"] == "ubah":
        return redirect(url_for(".step", slug="identitas"), 303)
    answers = at.journey.with_answer(at.answers, step.slug, answer)
    bars = step.stop(answers)
    if bars:  # nothing of this answer is kept
        return stop(step, bars)
    if step.slug == "identitas" and at.who is None and applicants.is_known(answer):
        return redirect(url_for(".known"), 303)
    if isinstance(form, PinForm):
        return _keep_pin(at, answers, form)
    if at.draft is None:
        _, session["draft"] = drafts.start(answers, auth.now())
        return redirect(at.next_url(answers), 303)
    drafts.save(at.draft, answers, auth.now())
    if step.slug == "identitas" and at.draft.applicant_id and not at.draft.reopened:
        applicants.correct_identity(at.draft.applicant_id, answer)
    return redirect(at.next_url(answers), 303)


def _keep_pin(at: Here, answers: Answers, form: PinForm) -> Response:
    draft = at.draft
    if draft is None:
        return not_here(at)
    response = redirect(at.next_url(answers), 303)
    if draft.applicant_id is not None:
        applicants.change_pin(draft.applicant_id, form.pin.data, auth.now())
        if at.who is not None and at.who.session.device is not None:  # a tablet of the office stays shared
            devices.share(at.who.session, entering.phone(form.bersama.data).shared)
        return response
    phone, now = entering.phone(form.bersama.data), auth.now()
    try:
        seen = newcomers.admit(answers["identitas"]["nik"], phone.place, entering.tablet(), now)
    except limits.Closed:  # everything but the PIN is in the draft
        return redirect(url_for("waiting.wait"), 303)
    welcome = applicants.make_person(
        draft, answers, form.pin.data, phone.label, now, phone.token, phone.is_offices, seen, phone.shared
    )
    auth.sign_in(welcome.session_token)
    if welcome.device_token:
        auth.remember_device(response, welcome.device_token)
    return response


def _pin_again(at: Here) -> Response:
    """The PIN was taken and our answer lost in a dead spot: the same PIN from the same browser opens the door."""
    draft = claimed(at)
    if draft is None or draft.applicant is None:
        return not_here(at)
    phone = entering.phone(shared="bersama" in request.form)
    try:
        opened = signing_in.with_pin(draft.applicant.nik, request.form.get("pin", ""), phone, auth.now())
    except Refused:
        return not_here(at)
    auth.sign_in(opened.session_token)
    response = redirect(url_for(".begin"), 303)
    if opened.device_token:
        auth.remember_device(response, opened.device_token)
    return response


def _page(at: Here, step: Step, form: StepForm, made: str = "") -> str:
    if step.slug == "pin":
        entering.own_token()
    return render_template(
        _templates(step), step=step, form=form, made=made, errors=form.error_list(), **_frame(at, step)
    )


def _empty_page(at: Here, step: Step, shows: tuple[str, ...]) -> Response:
    """A page that nobody has filled in is the same for everybody, so it is drawn once.

    It is drawn by Jinja alone: Flask would tell the template who asks. The form knows only the answers that it shows.
    """
    if step.slug == "pin":
        entering.own_token()
    shown = {slug: at.answers[slug] for slug in shows}
    frame, whose = _frame(at, step), office.current()

    def draw() -> str:
        template = current_app.jinja_env.select_template(_templates(step))
        form = step.form(at.terms, shown)
        return template.render(step=step, form=form, office=whose, csrf_token=lambda: drawing.TOKEN, **frame)

    key = (step, whose, at.terms.today, at.terms.sms, repr(shown), *frame.values())
    return drawing.sheet(key, draw, drawing.TOKEN).answer(drawing.token())


def _templates(step: Step) -> list[str | Template]:
    return [f"register/steps/{step.slug}.html", "register/step.html"]


def _frame(at: Here, step: Step) -> dict[str, str | int]:
    """What stands around the form: how far one is, the way back, when it was saved."""
    number, total = at.path.number(step), len(at.path) + AFTER_THE_LAST
    before = at.path.previous(step)
    back = step_url(before.slug) if before else "/"
    if at.path.pending is None:  # everything is answered: back to the check page
        back = url_for("check.check")
    return {
        "percent": round(100 * (number - 1) / total),
        "step_no": number,
        "step_total": total,
        "back_href": back,
        "saved_at": _saved_at(at),
        "is_in": at.who is not None,
    }


def _saved_at(at: Here) -> str:
    if at.draft is None or at.draft.applicant_id is None:
        return ""
    return local_time.hour(at.draft.touched_at, at.terms.zone)


# the ends of the wizard ------------------------------------------------------------------------


@pages.get("/berhenti")
def stopped() -> Response | str:
    """Which rule stands in the way, in plain words, and what the person can do instead."""
    said = session.get("berhenti")
    if not said:
        return redirect(url_for(".begin"), 303)
    words = [eligibility.WORDS[eligibility.Bar(code)] for code in said[1:]]
    how = "Menurut tanggal lahir yang Anda isi" if said[0] == "identitas" else "Anda menjawab"
    return render_template(
        "register/stopped.html", back=url_for(".step", slug=said[0]), words=words, said=how
    )


@pages.get("/sudah-terdaftar")
def known() -> str:
    """For a person who is registered and typed NIK, KK and birth date right."""
    return render_template("register/known.html")
