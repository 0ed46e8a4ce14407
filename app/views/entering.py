"""What every way in shares: the browser that asks, the session it is given, and the page when it is refused."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app import auth, connection
from app.crypto import new_token
from app.forms.signing_in import Refusable
from app.services import devices, limits, sessions, signing_in
from app.views import receipt
from app.views.staff.area import TABLET_COOKIE

Answer = Response | str | tuple[str, int]

HOME = "/saya"


def phone(shared: bool) -> signing_in.Phone:
    """The browser that asks, as the services want it."""
    token, is_offices = own_token(), _is_offices()
    return signing_in.Phone(
        place=place(token),
        cookie=auth.device_token(),
        token=token,
        label=devices.label_of(request.headers.get("User-Agent", "")),
        shared=shared or is_offices,
        is_offices=is_offices,
    )


def _is_offices() -> bool:
    """Whether staff sign in on this browser: a person who sets the PIN on a turned tablet must not leave it known."""
    return any(auth.cookie_name(name) in request.cookies for name in ("petugas", TABLET_COOKIE))


def own_token() -> str:
    """What this browser is counted by, and will be known by: given before it asks, so a lost answer does no harm."""
    if "hp_baru" not in session:
        session["hp_baru"] = new_token()
    return str(session["hp_baru"])


def place(token: str) -> limits.Where:
    """Where tries from this browser are counted."""
    browser = devices.browser_of(auth.device_token()) or token
    return limits.where(connection.client_network(), browser, connection.from_posko())


def tablet() -> str | None:
    """The cookie of a tablet on which staff sign in; whether it is one is for the services to see."""
    return request.cookies.get(auth.cookie_name(TABLET_COOKIE))


def enter(opened: signing_in.Opened) -> Response:
    """Give the browser its session, its place among the known phones, and the way to where it was going."""
    before = auth.principal()
    if before is not None:
        sessions.revoke(before.session, auth.now())
    target = auth.safe_next(HOME)
    auth.sign_in(opened.session_token)
    now_in = auth.principal()
    if opened.kunci and now_in is not None:
        receipt.keep_kunci(now_in.applicant_id, opened.kunci)
        target = url_for("devices.kunci", lanjut=target)
    response = redirect(target, 303)
    if opened.device_token:
        auth.remember_device(response, opened.device_token)
    return response


def onward() -> str | None:
    """Where this person was going, to be carried from one way in to another."""
    return request.args.get("lanjut")


def page(name: str, form: Refusable, status: int = 200, **more: str | bool) -> Answer:
    """A page that asks; with its error summary when it asks again."""
    own_token()
    wrong = form.error_list() if status != 200 else ()
    html = render_template(f"sign_in/{name}.html", form=form, errors=wrong, onward=onward(), **more)
    return html if status == 200 else (html, status)
