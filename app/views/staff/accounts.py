"""Signing in and out, and one's own sign-ins."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth, errors
from app.forms.staff_signin import CodeForm, SignInForm
from app.models import Session
from app.rules import local_time
from app.services import office, sessions, staff_accounts, staff_codes, staff_signin
from app.services.limits import Closed
from app.views.staff.area import EVERYBODY, browser, open_to_all, pages, remember_tablet, staff

Answer = str | Response | tuple[str, int]

SAME_ANSWER = "Nama pengguna atau kata sandi belum benar. Ketik lagi dua-duanya."


@pages.get("/masuk")
@open_to_all
def sign_in() -> Answer:
    """Name and password."""
    who = auth.principal()
    if who is not None and who.kind == "staff":
        return redirect(url_for(".home"), 303)
    return _sign_in_page(SignInForm())


@pages.post("/masuk")
@open_to_all
def check_password() -> Answer:
    """One answer for an unknown name, a wrong password and a closed account."""
    form = SignInForm(request.form)
    if not form.validate():
        return _sign_in_page(form), 422
    try:
        token = staff_signin.begin(form.nama.data, form.sandi.data, browser(), auth.now())
    except staff_signin.WrongSecret:
        form.refuse("nama", SAME_ANSWER)
        return _sign_in_page(form), 422
    except Closed as full:
        return errors.page(429, retry_after=full.retry_after)
    auth.sign_in(token)
    return redirect(url_for(".code", lanjut=request.args.get("lanjut")), 303)


def _sign_in_page(form: SignInForm) -> str:
    return render_template("staff/sign_in.html", form=form, errors=form.error_list())


@pages.get("/masuk/kode")
@open_to_all
def code() -> Answer:
    """The second factor; `?cadangan=ya` asks for a recovery code instead."""
    if _half() is None:
        return redirect(url_for(".sign_in"), 303)
    return _code_page(CodeForm())


@pages.post("/masuk/kode")
@open_to_all
def check_code() -> Answer:
    """Six digits or a recovery code open the real session under a new token."""
    half = _half()
    if half is None:
        return redirect(url_for(".sign_in"), 303)
    form = CodeForm(request.form)
    if not form.validate():
        return _code_page(form), 422
    try:
        opened = staff_signin.complete(half, form.kode.data, browser(), auth.now())
    except staff_signin.WrongSecret:
        form.refuse("kode", "Kode belum benar atau sudah dipakai. Tunggu kode berikutnya, lalu ketik.")
        return _code_page(form), 422
    except staff_signin.HalfOver:
        auth.sign_out()
        flash("Kode keliru tiga kali. Masuk lagi dari awal.", "warn")
        return redirect(url_for(".sign_in"), 303)
    except Closed as full:
        return errors.page(429, retry_after=full.retry_after)
    where = auth.safe_next(url_for(".home"))
    auth.sign_in(opened.session_token)
    response = redirect(url_for(".devices") if opened.recovered else where, 303)
    remember_tablet(response, opened.tablet_token)
    return response


def _half() -> Session | None:
    who = auth.principal()
    return who.session if who is not None and who.kind == "half" else None


def _code_page(form: CodeForm) -> str:
    recovery = "cadangan" in request.values
    return render_template(
        "staff/code.html",
        form=form,
        errors=form.error_list(),
        recovery=recovery,
        lanjut=request.args.get("lanjut"),
    )


@pages.post("/keluar")
@open_to_all
def sign_out() -> Response:
    """End the session on the server; a copied cookie is worth nothing afterwards."""
    auth.sign_out()
    flash("Anda sudah keluar.")
    return redirect(url_for(".sign_in"), 303)


@pages.get("/perangkat")
@auth.roles(*EVERYBODY)
def devices() -> Answer:
    """Where this person is signed in."""
    zone = office.current().zone
    here = auth.principal()
    rows = [
        {
            "id": row.id,
            "here": here is not None and row.id == here.session.id,
            "opened": local_time.short(row.created_at, zone),
            "seen": local_time.short(row.last_seen_at, zone),
        }
        for row in staff_accounts.live_sessions(staff(), auth.now())
    ]
    left = staff_codes.recovery_codes_left(staff())
    return render_template("staff/devices.html", at="akun", rows=rows, recovery_left=left)


@pages.post("/perangkat/akhiri")
@auth.roles(*EVERYBODY)
def end_session() -> Answer:
    """End one other sign-in of one's own, or all others."""
    here = auth.principal()
    if here is None:
        abort(404)
    which = request.form.get("sesi", "")
    if which == "semua":
        sessions.revoke_others(auth.now(), staff=staff(), keep=here.session)
        flash("Diakhiri. Sekarang Anda hanya masuk di tablet ini.")
    else:
        mine = {str(row.id): row for row in staff_accounts.live_sessions(staff(), auth.now())}
        if which not in mine:
            abort(404)
        sessions.revoke(mine[which], auth.now())
        flash("Diakhiri. Tempat itu harus masuk lagi dengan sandi dan kode.")
    return redirect(url_for(".devices"), 303)
