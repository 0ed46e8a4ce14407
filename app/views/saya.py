"""/saya: where I stand, what to do now, and everything that happened; what a person does with the own application."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from flask import Blueprint, abort, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.config import Settings
from app.forms.registration import registration
from app.forms.replay import faults
from app.forms.saya import BoughtForm, WithdrawForm
from app.models import Applicant, Session
from app.rules import local_time
from app.services import (
    calendars,
    calls,
    changing,
    history,
    inbox,
    joining,
    ledger,
    office,
    standing,
    subscriptions,
    withdrawal,
)
from app.services.joining import Way
from app.views import proof
from app.views.terms import terms

pages = Blueprint("saya", __name__, url_prefix="/saya")

Answer = str | Response | tuple[str, int]
NEWS = 3
#: What the status page says after a redirect with `?selesai=...`.
SAID = {
    "beli": "Sudah kami catat. Selamat belajar.",
    "selesai": "Sudah kami catat. Selamat, pelatihan Anda selesai.",
    "ulasan": "Sudah kami catat. Terima kasih.",
    "ubah": "Perubahan Anda sudah kami terima.",
    "tarik": "Pendaftaran Anda sudah ditarik.",
    "ikut": "Sudah. Anda tidak perlu mendaftar lagi.",
    "buang": "Perubahan dibuang. Yang berlaku adalah data yang sudah dikirim.",
    "ambil": "Tempat ini sekarang milik Anda.",
    "lepas": "Sudah kami catat. Tempatnya pindah ke urutan berikutnya.",
    "sudah": "Keadaannya sudah berubah. Ini yang terbaru.",
}


def me() -> tuple[Session, Applicant]:
    """The session and the person behind it, in a view that wears a guard."""
    who = auth.principal()
    assert who is not None  # the guard saw to it
    return who.session, who.applicant


def page(name: str, tab: str = "", **more: Any) -> str:
    """A page of the signed-in area with its tabs; a summary session sees no inbox."""
    session, applicant = me()
    is_full = session.kind == "full"
    return render_template(
        f"saya/{name}.html",
        tab=tab,
        full=is_full,
        unread=inbox.unread(applicant.id) if is_full else 0,
        shared=session.shared,
        push_on=is_full and not session.shared and subscriptions.is_on(applicant.id, session.device_id),
        **more,
    )


# where I stand ------------------------------------------------------------------------------------


@pages.get("")
@pages.get("/ubah", endpoint="ubah")  # a phone that closed the page of the PIN opens its address once more
@auth.summary_session
def status() -> str:
    """One word, what to do now, and how it came to this."""
    session, applicant = me()
    now, zone = auth.now(), office.current().zone
    here = standing.of(applicant, now, zone)
    called = calls.callers(applicant)
    if session.kind != "full":
        more = {"posko": office.posko(), "has_kunci": bool(applicant.kunci_hash)}
        return page("summary", tab="status", here=here, callers=called, **more)
    return page(
        "offer" if here.after.asked else "status",
        tab="status",
        here=here,
        callers=called,
        journeys=history.journeys(applicant.id, now, zone),
        news=inbox.lines(applicant.id, now, zone, size=NEWS),
        said=SAID.get(request.args.get("selesai", ""), ""),
    )


@pages.get("/kalender.ics")
@auth.full_session
def calendar() -> Response:
    """The person's dates for the calendar of the phone."""
    settings: Settings = current_app.extensions["settings"]
    site = calendars.Site(settings.public_host, url_for(".status", _external=True))
    made = calendars.file_for(me()[1].id, site, auth.now(), office.current().zone)
    if made is None:
        abort(404)
    response = make_response(made)
    response.mimetype = "text/calendar"
    response.headers["Content-Disposition"] = 'attachment; filename="gelombang.ics"'
    return response


# changing -----------------------------------------------------------------------------------------


def _back(said: str) -> Response:
    return redirect(url_for(".status", selesai=said), 303)


@pages.post("/mulai")
@auth.full_session
def begin() -> Response:
    """Begin once more, when unfinished answers were deleted after 30 days."""
    _, applicant = me()
    if joining.newest(applicant.id) is None:
        changing.ask_again(applicant.id, auth.now())
    return redirect(url_for("register.begin"), 303)


@pages.post("/ubah")
@proof.fresh_pin
def change() -> Answer:
    """Open the wizard on what was sent, at its check page."""
    try:
        changing.begin(me()[1].id, auth.now())
    except changing.NothingToChange:
        return render_template("register/too_late.html"), 409
    return redirect(url_for("check.check"), 303)


@pages.post("/ubah/buang")
@auth.full_session
def discard() -> Response:
    """Throw away changes that were not sent."""
    changing.discard(me()[1].id)
    return _back("buang")


@pages.post("/ikut")
@auth.full_session
def join() -> Response:
    """One tap: into the open wave, or on the list for the next, with the answers that are there already.

    Where the rules have changed since, the wizard asks again for what no longer fits.
    """
    _, applicant = me()
    now, mark = auth.now(), request.form.get("pilihan", "")
    application = joining.newest(applicant.id)
    offered = joining.offer(applicant, application, now)
    if application is None or offered is None or offered.mark != mark:
        return _back("sudah")
    copies = offered.way is not Way.COME_BACK and application.wave_id is not None
    if copies:
        asked = terms()
        if faults(registration(asked.today), asked, json.loads(application.answers)):
            changing.ask_again(applicant.id, now)
            return redirect(url_for("check.check"), 303)
    try:
        joining.join(applicant.id, mark, now)
    except joining.NotNow:
        return _back("sudah")
    return _back("ikut")


@pages.get("/undur")
@proof.fresh_pin
def withdraw() -> Answer:
    """Ask once more, and say what it means."""
    _, applicant = me()
    application = joining.newest(applicant.id)
    if not withdrawal.may_withdraw(application):
        return redirect(url_for(".status"), 303)
    return _withdraw_page(WithdrawForm(), application)


@pages.post("/undur")
@proof.fresh_pin
def withdraw_now() -> Answer:
    """Take the application back."""
    _, applicant = me()
    form, application = WithdrawForm(request.form), joining.newest(applicant.id)
    if not withdrawal.may_withdraw(application):
        return _back("sudah")
    if not form.validate():
        return _withdraw_page(form, application), 422
    try:
        withdrawal.withdraw(applicant.id, form.alasan.data or "", auth.now())
    except ledger.NotAllowed:
        return _back("sudah")
    return _back("tarik")


def _withdraw_page(form: WithdrawForm, application: Any) -> str:
    wave, zone = application.wave, office.current().zone
    is_open = wave is not None and wave.opens_at <= auth.now() < wave.closes_at
    return page(
        "undur",
        form=form,
        errors=form.error_list(),
        until=local_time.day_clock(wave.closes_at, zone) if is_open else "",
        waits=wave is None,
        has_seat=application.state in ("selected", "in_training"),
        on_list=application.state == "reserve",
    )


def _today() -> date:
    return local_time.local_day(auth.now(), office.current().zone)


@pages.get("/beli")
@auth.full_session
def bought() -> Answer:
    """Ask which training it was."""
    application = joining.newest(me()[1].id)
    if application is None or application.state != "selected":
        return redirect(url_for(".status"), 303)
    return page("beli", form=BoughtForm(_today()), errors=[])


@pages.post("/beli")
@auth.full_session
def bought_now() -> Answer:
    """ "Saya sudah beli pelatihan": the deadline is met."""
    form = BoughtForm(_today(), request.form)
    if not form.validate():
        return page("beli", form=form, errors=form.error_list()), 422
    try:
        changing.bought(me()[1].id, form.pelatihan.data or "", form.day, auth.now())
    except ledger.NotAllowed:
        return _back("sudah")
    return _back("beli")
