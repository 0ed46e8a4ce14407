"""/masuk/email and /masuk/kode-posko: one-time codes for whoever lost the PIN or the phone."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for

from app import auth, errors
from app.channels.mail import MailSettings
from app.config import Settings
from app.forms import signing_in as forms
from app.rules import email_address
from app.services import codes, office, pins, signing_in
from app.services.claims import Refused
from app.services.limits import Closed
from app.views import entering, proof
from app.views.entering import Answer

pages = Blueprint("code", __name__)

NOT_WITH_CODE = (
    "Kode ini salah atau sudah tidak berlaku. Pakai kode dari email terbaru, atau minta kode baru."
)
NOT_WITH_POSKO = "NIK atau kode belum cocok, atau kode sudah tidak berlaku. Kode berlaku 30 menit."


# email ----------------------------------------------------------------------------------------------


@pages.get("/masuk/email")
def email() -> Answer:
    """Ask where to send a code."""
    return _email_page(forms.EmailAsk())


def _email_page(form: forms.EmailAsk, status: int = 200) -> Answer:
    return entering.page("email", form, status, late="lewat" in request.args)


@pages.post("/masuk/email")
def email_now() -> Answer:
    """Send a code when NIK and email belong together; the answer is the same when they do not."""
    form = forms.EmailAsk(request.form)
    if not form.validate():
        return _email_page(form, 422)
    address = form.email.data
    try:
        asked = signing_in.ask_email_code(
            form.nik.digits, address, entering.place(entering.own_token()), auth.now()
        )
    except Closed as closed:
        return errors.page(429, retry_after=closed.retry_after)
    if asked.issued is not None:
        settings: Settings = current_app.extensions["settings"]
        mail = MailSettings.from_url(settings.mail_url, settings.mail_sender)
        codes.send_aside(mail, asked.issued, codes.EMAIL_SIGN_IN, address, office.current().name, auth.now())
    session["kode_email"] = [str(asked.id), email_address.masked(address)]
    return redirect(url_for(".email_code", lanjut=entering.onward()), 303)


@pages.get("/masuk/email/kode")
def email_code() -> Answer:
    """Ask for the six digits."""
    if "kode_email" not in session:
        return redirect(url_for(".email", lanjut=entering.onward()), 303)
    return _code_page(forms.EmailCode())


def _code_page(form: forms.EmailCode, status: int = 200) -> Answer:
    return entering.page("email_kode", form, status, masked=session["kode_email"][1])


@pages.post("/masuk/email/kode")
def email_code_now() -> Answer:
    """The right digits open everything."""
    if "kode_email" not in session:
        return redirect(url_for(".email", lanjut=entering.onward()), 303)
    form = forms.EmailCode(request.form)
    if not form.validate():
        return _code_page(form, 422)
    try:
        code_id, phone = int(session["kode_email"][0]), entering.phone(form.bersama.data)
        response = entering.enter(signing_in.with_email_code(code_id, form.kode.digits, phone, auth.now()))
    except Refused:
        form.refuse(NOT_WITH_CODE)
        return _code_page(form, 422)
    proof.let_choose_pin()
    return response


# a code from a posko ----------------------------------------------------------------------------------


@pages.get("/lupa-pin")
def forgotten() -> str:
    """The ways back in, without asking who it is."""
    return render_template("sign_in/lupa_pin.html")


@pages.get("/masuk/kode-posko")
def posko() -> Answer:
    """Ask for the code and the new PIN."""
    return entering.page("kode_posko", forms.PoskoCode())


@pages.post("/masuk/kode-posko")
def posko_now() -> Answer:
    """New PIN, new kunci; whoever was signed in before is out."""
    form = forms.PoskoCode(request.form)
    if not form.validate():
        return entering.page("kode_posko", form, 422)
    try:
        phone = entering.phone(form.bersama.data)
        return entering.enter(
            pins.set_with_posko_code(form.nik.digits, form.kode.key, form.pin.data, phone, auth.now())
        )
    except Refused:
        form.refuse(NOT_WITH_POSKO, "nik")
    except pins.BadPin as bad:
        form.refuse_pin(bad.why)
    except Closed as closed:
        return errors.page(429, retry_after=closed.retry_after)
    return entering.page("kode_posko", form, 422)
