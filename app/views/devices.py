"""/saya/perangkat, /saya/pin, /saya/kunci: what a person does for the safety of the own account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms import signing_in as forms
from app.models import Applicant, Device, Session
from app.rules import local_time
from app.rules import pin as rule
from app.services import devices, office, pins
from app.views import entering, proof, receipt
from app.views.entering import Answer

pages = Blueprint("devices", __name__, url_prefix="/saya")


@dataclass(frozen=True)
class Row:
    """One known phone in words."""

    id: int
    label: str
    here: bool
    shared: bool
    used: str


def _me() -> tuple[Session, Applicant]:
    who = auth.principal()
    assert who is not None  # the guard saw to it
    return who.session, who.applicant


# phones ---------------------------------------------------------------------------------------------


@pages.get("/perangkat")
@proof.fresh_pin
def phones() -> str:
    """Which phones are known, and what else opens the account."""
    session, applicant = _me()
    zone = office.current().zone
    return render_template(
        "sign_in/perangkat.html",
        rows=[_row(device, session, zone) for device in devices.list_for(applicant)],
        summaries=devices.count_summaries(applicant, auth.now()),
        is_closed=pins.is_closed_on_new_phones(applicant),
        pin_set=_day(applicant.pin_set_at, zone),
        kunci_set=_day(applicant.kunci_set_at, zone) if applicant.kunci_set_at else "",
        done=request.args.get("selesai", ""),
    )


def _row(device: Device, session: Session, zone: str) -> Row:
    here = device.id == session.device_id
    return Row(device.id, device.label, here, device.shared, _day(device.last_seen_at, zone))


def _day(moment: datetime, zone: str) -> str:
    return local_time.date_words(local_time.local_day(moment, zone))


@pages.post("/perangkat")
@proof.fresh_pin
def phones_now() -> Response:
    """Put one phone out, or all others; open the path for new phones; say who uses this phone."""
    session, applicant = _me()
    now, form = auth.now(), request.form
    done = "ya"
    if "semua" in form:
        devices.put_others_out(session, now)
    elif "buka" in form:
        pins.open_on_new_phones(applicant, now)
    elif "bersama" in form and session.device is not None:
        devices.share(session, form["bersama"] == "ya")
    else:
        found = devices.of(applicant, form.get("cabut", ""))
        if found is None:
            return redirect(url_for(".phones"), 303)
        devices.put_out(found, now)
        if found.id == session.device_id:
            auth.sign_out()
            return redirect(url_for("sign_in.left"), 303)
    return redirect(url_for(".phones", selesai=done), 303)


# PIN and kunci ----------------------------------------------------------------------------------------


@pages.get("/pin")
@proof.pin_or_code
def pin() -> str:
    """Ask for a new PIN."""
    return _pin_page(forms.ChangePin())


@pages.post("/pin")
@proof.pin_or_code
def pin_now() -> Answer:
    """Change it: every other sign-in ends, and whoever wants puts the other phones out too."""
    form = forms.ChangePin(request.form)
    session, applicant = _me()
    if "buat" in request.form:
        return _pin_page(form, rule.new_pin(**pins.own_numbers(applicant)))
    if form.validate():
        try:
            auth.sign_in(pins.change(session, form.pin.data, form.lain.data, auth.now()))
            return redirect(url_for(".phones", selesai="pin"), 303)
        except pins.BadPin as bad:
            form.refuse_pin(bad.why)
    return _pin_page(form), 422


def _pin_page(form: forms.ChangePin, made: str = "") -> str:
    until = proof.new_pin_until()
    return render_template(
        "sign_in/pin_baru.html",
        form=form,
        errors=() if made else form.error_list(),
        made=made,
        until=local_time.clock(until, office.current().zone) if until else "",
    )


@pages.get("/kunci")
@auth.full_session
def kunci() -> str:
    """The new kunci while it may be shown, else what a kunci is and how to get a new one."""
    _, applicant = _me()
    return render_template(
        "sign_in/kunci_baru.html",
        kunci=receipt.kept_kunci(applicant.id),
        onward=auth.safe_next(entering.HOME),
    )


@pages.post("/kunci")
@proof.fresh_pin
def kunci_now() -> Response:
    """Make a new kunci; the old one is worth nothing from now on."""
    _, applicant = _me()
    receipt.keep_kunci(applicant.id, pins.renew_kunci(applicant, auth.now()))
    return redirect(url_for(".kunci", lanjut=auth.safe_next(entering.HOME)), 303)
