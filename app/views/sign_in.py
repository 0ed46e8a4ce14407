"""/masuk and /keluar: the ways in, each worth what it proves, and the way out."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth, errors
from app.forms import signing_in as forms
from app.services import pins, signing_in
from app.services.claims import Refused
from app.services.limits import Closed
from app.views import entering
from app.views.entering import Answer
from app.views.proof import WRONG_PIN

pages = Blueprint("sign_in", __name__)

#: Unknown NIK, wrong PIN and closed path: one sentence, whatever it was (security.md 4.5).
NOT_IN = "NIK atau PIN belum cocok, atau HP ini perlu kunci. Lihat lagi, atau pilih cara lain di bawah."
NOT_WITH_KUNCI = "NIK, PIN, atau kunci belum cocok. Lihat lagi satu per satu."


# NIK and PIN ----------------------------------------------------------------------------------------


@pages.get("/masuk")
def sign_in() -> Answer:
    """Ask for NIK and PIN; whoever is in already goes on."""
    who = auth.principal()
    if who is not None and who.kind == "full":
        return redirect(auth.safe_next(entering.HOME), 303)
    return entering.page("masuk", forms.PinSignIn())


@pages.post("/masuk")
def sign_in_now() -> Answer:
    """Known phone: everything. New phone: the summary."""
    form = forms.PinSignIn(request.form)
    if not form.validate():
        return entering.page("masuk", form, 422)
    try:
        return entering.enter(
            signing_in.with_pin(form.nik.digits, form.pin.data, entering.phone(form.bersama.data), auth.now())
        )
    except Refused:
        form.refuse(NOT_IN)
        return entering.page("masuk", form, 422)


# kunci ----------------------------------------------------------------------------------------------


@pages.get("/masuk/kunci")
def kunci() -> Answer:
    """Ask for NIK, PIN and kunci."""
    return entering.page("kunci", forms.KunciSignIn())


@pages.post("/masuk/kunci")
def kunci_now() -> Answer:
    """All three together make this phone known."""
    form = forms.KunciSignIn(request.form)
    if not form.validate():
        return entering.page("kunci", form, 422)
    try:
        return entering.enter(
            signing_in.with_kunci(
                form.nik.digits, form.pin.data, form.kunci.key, entering.phone(form.bersama.data), auth.now()
            )
        )
    except Refused:
        form.refuse(NOT_WITH_KUNCI)
        return entering.page("kunci", form, 422)
    except Closed as closed:
        return errors.page(429, retry_after=closed.retry_after)


@pages.get("/masuk/bukti")
@auth.summary_session
def more_proof() -> Answer:
    """A summary session wants more: the ways to everything."""
    who = auth.principal()
    if who is not None and who.kind == "full":
        return redirect(auth.safe_next(entering.HOME), 303)
    return _bukti(forms.MoreProof())


@pages.post("/masuk/bukti")
@auth.summary_session
def more_proof_now() -> Answer:
    """PIN and kunci turn the summary into everything."""
    form, who = forms.MoreProof(request.form), auth.principal()
    if who is None or not form.validate():
        return _bukti(form, 422)
    try:
        phone = entering.phone(who.session.shared)
        return entering.enter(
            signing_in.with_kunci(who.applicant.nik, form.pin.data, form.kunci.key, phone, auth.now())
        )
    except Refused:
        form.refuse(NOT_WITH_KUNCI)
        return _bukti(form, 422)
    except Closed as closed:
        return errors.page(429, retry_after=closed.retry_after)


def _bukti(form: forms.MoreProof, status: int = 200) -> Answer:
    """Whoever has not sent anything yet has no kunci, and is not asked for one."""
    who = auth.principal()
    return entering.page("bukti", form, status, has_kunci=who is not None and bool(who.applicant.kunci_hash))


# the PIN once more ------------------------------------------------------------------------------------


@pages.get("/masuk/pin")
@auth.full_session
def pin_again() -> Answer:
    """Ask for the PIN before something that matters."""
    return entering.page("pin_lagi", forms.PinAgain())


@pages.post("/masuk/pin")
@auth.full_session
def pin_again_now() -> Answer:
    """A right PIN renews the session; five wrong ones end it."""
    form, who = forms.PinAgain(request.form), auth.principal()
    if who is None or not form.validate():
        return entering.page("pin_lagi", form, 422)
    try:
        token = pins.again(who.session, form.pin.data, auth.now())
    except Refused:
        form.refuse(WRONG_PIN)
        return entering.page("pin_lagi", form, 422)
    except pins.SessionOver:
        auth.sign_out()
        return redirect(url_for(".sign_in"), 303)
    target = auth.safe_next(entering.HOME)
    auth.renew(token)
    return redirect(target, 303)


# out --------------------------------------------------------------------------------------------------


@pages.get("/keluar")
def left() -> str:
    """Ask whether to leave, or say that this phone is out (and let the page's script forget what it kept)."""
    return render_template("sign_in/keluar.html", is_in=auth.principal() is not None)


@pages.post("/keluar")
def leave() -> Response:
    """End the session on the server."""
    auth.sign_out()
    return redirect(url_for(".left"), 303)
