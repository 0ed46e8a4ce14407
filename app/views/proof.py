"""The PIN once more before something that matters (security.md 4.7), asked where the person is.

A page that is only looked at leads to /masuk/pin and back. A form that was sent is answered with a page that asks for
the PIN and holds everything that was sent: with the right PIN the act goes on as if nothing had been asked, so nobody
types anything twice and nothing happens before the PIN.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NoReturn

from flask import abort, make_response, redirect, render_template, request, session, url_for

from app import auth
from app.crypto import HashingBusy
from app.forms.signing_in import PinHere
from app.services import codes, pins, sessions
from app.services.claims import Refused

View = Callable[..., Any]

#: Never written into a page: a form with one of these is opened again after the PIN instead.
SECRET = frozenset({"pin", "pin2", "kunci", "kode"})
NOT_CARRIED = ("csrf_token", "pin_lagi")
WRONG_PIN = "PIN belum cocok. Coba lagi pelan-pelan."
BUSY = "Sedang sangat ramai. Tunggu sebentar, lalu tekan Lanjut lagi."
#: Why the PIN is wanted just now, by endpoint.
WHY = {
    "saya.change": "Sebentar lagi jawaban Anda terbuka. Kami pastikan dulu bahwa ini Anda.",
    "offers.accept": "Tinggal PIN, lalu tempat ini milik Anda.",
    "offers.decline": "Kami pastikan dulu bahwa ini Anda, karena jawaban ini tidak bisa ditarik.",
}
OTHERWISE = "Kami pastikan dulu bahwa ini Anda. Yang sudah Anda isi tidak hilang."


def fresh_pin(view: View) -> View:
    """A full session whose PIN was given within five minutes: full data, contact, PIN, device, offer, withdrawal."""

    @functools.wraps(view)
    @auth.full_session
    def guarded(*args: Any, **kwargs: Any) -> Any:
        require()
        return view(*args, **kwargs)

    return guarded


#: Until when whoever came in by a code to the email may choose a new PIN without the old one; in the signed cookie.
NEW_PIN_UNTIL = "pin_baru"


def let_choose_pin() -> None:
    """Whoever came in by a code to the email may have forgotten the PIN: the page of the new one stays open as long as a
    code of a posko is good, and that page alone (docs/decisions/0058).
    """
    session[NEW_PIN_UNTIL] = (auth.now() + codes.POSKO_LIFE).timestamp()


def new_pin_until() -> datetime | None:
    """Until when a new PIN may be chosen without the old one; None where the old one is asked for."""
    until = session.get(NEW_PIN_UNTIL, 0)
    return datetime.fromtimestamp(until, UTC) if auth.now().timestamp() < until else None


def pin_or_code(view: View) -> View:
    """For the page of the new PIN: a fresh PIN, or the code that came back from the email a while ago."""

    @functools.wraps(view)
    @auth.full_session
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if new_pin_until() is None:
            if session.pop(NEW_PIN_UNTIL, None) and request.method == "POST":  # begun in time, and too slow
                return redirect(url_for("code.email", lanjut=request.path, lewat="ya"), 303)
            require()
        return view(*args, **kwargs)

    return guarded


def require() -> None:
    """Go on with a PIN of the last five minutes, or with the one that this form brings; else end with a page.

    A summary session is led to what makes it a full one. After a right PIN the principal is a new one.
    """
    who = auth.principal()
    if who is None:
        abort(auth.ask_to_sign_in())
    if who.kind != "full":
        abort(redirect(url_for("sign_in.more_proof", lanjut=request.path), 303))
    if sessions.is_fresh(who.session, auth.now()):
        return
    if request.method != "POST" or SECRET & set(request.form):
        abort(redirect(url_for("sign_in.pin_again", lanjut=request.path), 303))
    form = PinHere(request.form)
    if "pin_lagi" not in request.form:
        _ask(form, 403)
    if not form.validate():
        _ask(form, 422)
    try:
        auth.renew(pins.again(who.session, form.pin_lagi.data, auth.now()))
    except Refused:
        form.refuse(WRONG_PIN)
        _ask(form, 422)
    except HashingBusy:
        form.refuse(BUSY)
        _ask(form, 503)
    except pins.SessionOver:
        auth.sign_out()
        abort(redirect(url_for("sign_in.sign_in"), 303))


def _ask(form: PinHere, status: int) -> NoReturn:
    html = render_template(
        "sign_in/pin_di_sini.html",
        form=form,
        errors=form.error_list() if status != 403 else (),
        why=WHY.get(request.endpoint or "", OTHERWISE),
        carried=[pair for pair in request.form.items(multi=True) if pair[0] not in NOT_CARRIED],
    )
    response = make_response(html, status)
    if status == 503:
        response.headers["Retry-After"] = "5"
    abort(response)
