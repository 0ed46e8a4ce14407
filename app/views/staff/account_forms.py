"""What a manager says about accounts: a new person, another role or help post. With six digits of the own app."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth, errors
from app.forms.staff_account import AccountForm, InviteForm
from app.models import Staff
from app.rules.terms import Options
from app.services import office, staff_accounts, staff_managing, staff_signin
from app.services.limits import Closed
from app.services.staff_accounts import AccountProblem
from app.services.staff_managing import OwnAccount
from app.services.staff_signin import WrongSecret
from app.services.wave_control import Changed
from app.views.staff.account_list import WRONG_CODE, faster, found, invited, own, shown
from app.views.staff.area import ROLE_WORDS, WAVES, actor, browser, pages, staff

Answer = str | Response | tuple[str, int]

#: Fields of a problem and the box that it is about.
BOXES = {"username": "pengguna", "posko": "posko"}
ROLE_NOTES = {
    "officer": "Membantu di posko. Melihat pendaftar dari kecamatan poskonya.",
    "verifier": "Memeriksa bukti dan hasil, di semua kecamatan.",
    "manager": "Gelombang, undian, pengumuman, posko, dan akun.",
    "auditor": "Hanya membaca.",
}


@pages.get("/akun/baru")
@auth.roles(*WAVES)
def new_account() -> Answer:
    """Who, which role, where."""
    return _invite_page(InviteForm(_roles(), _posts(None)))


@pages.post("/akun/baru")
@auth.roles(*WAVES)
def invite_account() -> Answer:
    """Make the account; its code is on this answer and nowhere else."""
    form = InviteForm(_roles(), _posts(None), request.form)
    if not form.validate():
        return _invite_page(form), 422
    try:
        username = staff_accounts.new_name(form.pengguna.data)  # before the code is used up
        staff_signin.prove(staff(), form.kode.data, browser(), auth.now())
        code = staff_managing.invite(
            username, form.nama.data, form.peran.data, form.post, actor(), auth.now()
        )
    except AccountProblem as problem:
        form.refuse(BOXES[problem.field], problem.words)
        return _invite_page(form), 422
    except WrongSecret:
        form.refuse("kode", WRONG_CODE)
        return _invite_page(form), 422
    except Closed as full:
        return errors.page(429, retry_after=full.retry_after)
    except Changed:
        return faster()
    return invited(username, code)


@pages.get("/akun/<int:staff_id>/ubah")
@auth.roles(*WAVES)
def edit_account(staff_id: int) -> Answer:
    """Another role or help post."""
    row = found(staff_id)
    if row.id == staff().id:
        return own()
    post = row.posko.name if row.posko else ""
    form = AccountForm(_roles(), _posts(row), role=row.role, post=post)
    return _change_page(form, row, staff_managing.mark(row))


@pages.post("/akun/<int:staff_id>/ubah")
@auth.roles(*WAVES)
def save_account(staff_id: int) -> Answer:
    """Keep it; it acts at that person's next click."""
    row, seen = found(staff_id), request.form.get("seen", "")
    form = AccountForm(_roles(), _posts(row), request.form)
    if not form.validate():
        return _change_page(form, row, seen), 422
    try:
        staff_signin.prove(staff(), form.kode.data, browser(), auth.now())
        staff_managing.change(row.id, form.peran.data, form.post, seen, actor(), auth.now())
    except WrongSecret:
        form.refuse("kode", WRONG_CODE)
        return _change_page(form, row, seen), 422
    except AccountProblem as problem:
        form.refuse(BOXES[problem.field], problem.words)
        return _change_page(form, row, seen), 422
    except Closed as full:
        return errors.page(429, retry_after=full.retry_after)
    except OwnAccount:
        return own()
    except Changed:
        return faster()
    flash("Perubahan disimpan.")
    return redirect(url_for(".account", staff_id=row.id), 303)


# pages --------------------------------------------------------------------------------------------


def _roles() -> Options:
    return tuple(ROLE_WORDS.items())


def _posts(row: Staff | None) -> Options:
    """The open help posts, and the one where the person is, if it was closed."""
    names = [post.name for post in office.posko()]
    if row is not None and row.posko is not None and row.posko.name not in names:
        names.append(row.posko.name)
    return tuple((name, name) for name in names)


def _invite_page(form: InviteForm) -> str:
    return render_template(
        "staff/account_form.html",
        at="beranda",
        form=form,
        errors=form.error_list(),
        row=None,
        notes=ROLE_NOTES,
    )


def _change_page(form: AccountForm, row: Staff, seen: str) -> str:
    return render_template(
        "staff/account_form.html",
        at="beranda",
        form=form,
        errors=form.error_list(),
        row=shown(row),
        seen=seen,
        notes=ROLE_NOTES,
    )
