"""From an invitation to an account: code, password, second factor, recovery codes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app import auth, errors
from app.forms.staff_signin import CodeForm, InvitationForm, NewPasswordForm, PasswordForm
from app.models import StaffCode
from app.rules import qr
from app.rules.codes import shown_key
from app.services import office, staff_accounts, staff_signin, totp
from app.services.limits import Closed
from app.services.staff_accounts import WrongCode
from app.services.staff_codes import CodeGone
from app.views.staff.area import browser, open_to_all, pages

Answer = str | Response | tuple[str, int]

INVITED = "undangan"
"""Where the id of the accepted invitation waits in the signed cookie between the pages."""

WRONG_DIGITS = "Kode belum benar. Tunggu kode berikutnya di aplikasi, lalu ketik."


@pages.get("/undangan")
@open_to_all
def invitation() -> Answer:
    """The code that came with the invitation."""
    return _invitation_page(InvitationForm())


@pages.post("/undangan")
@open_to_all
def check_invitation() -> Answer:
    """A good code opens the next page; it is spent only at the end, so a dead battery costs nothing."""
    form = InvitationForm(request.form)
    if not form.validate():
        return _invitation_page(form), 422
    try:
        found = staff_accounts.invitation(form.kode.data, auth.now())
    except CodeGone:
        form.refuse(
            "kode", "Kode ini belum benar, sudah dipakai, atau lewat 24 jam. Minta yang baru ke pengelola."
        )
        return _invitation_page(form), 422
    auth.sign_out()
    session[INVITED] = found.id
    return redirect(url_for(".password"), 303)


def _invitation_page(form: InvitationForm) -> str:
    return render_template("staff/invitation.html", form=form, errors=form.error_list())


def _invited() -> StaffCode:
    """The accepted invitation of this browser. Raises CodeGone."""
    return staff_accounts.invitation_by_id(int(session.get(INVITED, 0)), auth.now())


@pages.errorhandler(CodeGone)
def code_gone(_: CodeGone) -> Response:
    """A step of the enrolment without a good invitation."""
    return errors.page(410)


@pages.get("/undangan/sandi")
@open_to_all
def password() -> Answer:
    """Choose a password; who was enrolled before also proves the second factor."""
    code = _invited()
    return _password_page(_password_form(code), code)


@pages.post("/undangan/sandi")
@open_to_all
def choose_password() -> Answer:
    """Keep the password."""
    code = _invited()
    form = _password_form(code, request.form)
    if not form.validate():
        return _password_page(form, code), 422
    if not isinstance(form, NewPasswordForm):
        staff_accounts.choose_password(code, form.sandi.data, auth.now())
        return redirect(url_for(".second_factor"), 303)
    try:
        staff_signin.replace_password(code, form.sandi.data, form.kode.data, browser(), auth.now())
    except WrongCode:
        form.refuse("kode", WRONG_DIGITS)
        return _password_page(form, code), 422
    except Closed as full:
        return errors.page(429, retry_after=full.retry_after)
    session.pop(INVITED, None)
    flash("Kata sandi baru sudah disimpan. Masuk dengan kata sandi itu.")
    return redirect(url_for(".sign_in"), 303)


def _password_form(code: StaffCode, typed: object = None) -> PasswordForm:
    kind = NewPasswordForm if code.staff.enrolled_at else PasswordForm
    return kind(code.staff.username, typed)


def _password_page(form: PasswordForm, code: StaffCode) -> str:
    return render_template("staff/password.html", form=form, errors=form.error_list(), who=code.staff)


@pages.get("/undangan/kode")
@open_to_all
def second_factor() -> Answer:
    """Show the secret as QR and as text, and ask for the first code."""
    code = _invited()
    if not code.staff.password_hash or code.staff.enrolled_at:
        return redirect(url_for(".password"), 303)
    return _second_factor_page(CodeForm(), code)


@pages.post("/undangan/kode")
@open_to_all
def check_second_factor() -> Answer:
    """The first code opens the account; the recovery codes are on this answer and nowhere else."""
    code = _invited()
    form = CodeForm(request.form)
    if not form.validate():
        return _second_factor_page(form, code), 422
    try:
        recovery = staff_accounts.finish(code, form.kode.data.replace(" ", ""), auth.now())
    except WrongCode:
        form.refuse("kode", WRONG_DIGITS)
        return _second_factor_page(form, code), 422
    session.pop(INVITED, None)
    return render_template("staff/recovery.html", codes=[shown_key(one) for one in recovery], who=code.staff)


def _second_factor_page(form: CodeForm, code: StaffCode) -> str:
    issuer = f"Gelombang {office.current().short_name}"
    secret = code.staff.totp_secret or ""
    return render_template(
        "staff/second_factor.html",
        form=form,
        errors=form.error_list(),
        who=code.staff,
        qr=qr.draw(totp.address(code.staff, issuer)),
        secret=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
    )
