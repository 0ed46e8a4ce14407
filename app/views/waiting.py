"""/daftar/tunggu: too many people began to register here; what is kept, until when, and the ways on."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth, errors
from app.forms.signing_in import NetworkCode
from app.rules import local_time
from app.services import newcomers, office
from app.services.limits import Closed, Where
from app.views import entering

pages = Blueprint("waiting", __name__, url_prefix="/daftar")

WRONG = "Kode belum cocok, atau sudah habis waktunya. Minta kode baru ke petugas."
ENOUGH = "Kode ini sudah dipakai di terlalu banyak tempat. Minta kode baru ke petugas."


def _place() -> Where:
    return entering.place(entering.own_token())


@pages.get("/tunggu")
def wait() -> Response:
    """Say why and until when; whoever need not wait any more goes on."""
    return _page(NetworkCode(), 429)


@pages.post("/tunggu")
def open_with_code() -> Response:
    """The code of an officer opens this network."""
    form = NetworkCode(request.form)
    if not form.validate():
        return _page(form, 422)
    try:
        newcomers.open_with(form.kode.key, _place(), auth.now())
    except newcomers.WrongCode:
        form.refuse(WRONG)
    except newcomers.Enough:
        form.refuse(ENOUGH)
    except Closed as closed:
        return errors.page(429, retry_after=closed.retry_after)
    return _page(form, 422)


def _page(form: NetworkCode, status: int) -> Response:
    now, zone = auth.now(), office.current().zone
    found = newcomers.wait(_place(), entering.tablet(), now)
    if found is None:
        return redirect(url_for("register.begin"), 303)
    is_today = local_time.local_day(found.until, zone) == local_time.local_day(now, zone)
    html = render_template(
        "register/wait.html",
        form=form,
        errors=form.error_list() if status == 422 else (),
        per=found.per,
        most=newcomers.PER_BROWSER.most,
        until=f"pukul {local_time.clock(found.until, zone)}"
        if is_today
        else local_time.day_clock(found.until, zone),
    )
    response = make_response(html, status)
    response.headers["Retry-After"] = str(max(1, round((found.until - now).total_seconds())))
    return response
