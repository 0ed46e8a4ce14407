"""What a manager does to an account with one press: switch off and on, a new code. With six digits of the own app."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth, errors
from app.forms.staff_account import ProvedForm
from app.models import Staff
from app.services import staff_managing, staff_signin
from app.services.limits import Closed
from app.services.staff_managing import OwnAccount
from app.services.staff_signin import WrongSecret
from app.services.wave_control import Changed
from app.views.staff.account_list import WRONG_CODE, faster, found, invited, own, shown
from app.views.staff.area import WAVES, Act, actor, browser, pages, staff

Answer = str | Response | tuple[str, int]


ACTS = {
    "matikan": Act(
        staff_managing.switch_off,
        True,
        *("Matikan akun", "Matikan akun ini?"),
        (
            "Orangnya langsung keluar dari semua tablet, dan tidak bisa masuk lagi.",
            "Kode undangan dan kode cadangannya tidak berlaku lagi.",
            "Yang pernah dikerjakannya tetap tercatat atas namanya.",
        ),
        *("Akun dimatikan.", "lock"),
    ),
    "hidupkan": Act(
        staff_managing.switch_on,
        False,
        *("Hidupkan akun", "Hidupkan lagi akun ini?"),
        ("Kata sandi dan aplikasi kode yang lama berlaku lagi. Kode cadangan tidak: minta undangan baru.",),
        *("Akun dihidupkan.", "check"),
    ),
    "sandi": Act(
        partial(staff_managing.invite_again, new_phone=False),
        True,
        *("Buat undangan", "Buat undangan baru?"),
        (
            "Untuk yang lupa kata sandi, atau yang undangannya lewat 24 jam.",
            "Aplikasi kode yang sudah dipasang tetap dipakai.",
            "Undangan sebelumnya tidak berlaku lagi.",
        ),
        *("", "again"),
    ),
    "ulang": Act(
        partial(staff_managing.invite_again, new_phone=True),
        True,
        *("Mulai dari awal", "Mulai akun ini dari awal?"),
        (
            "Untuk yang HP-nya hilang dan kode cadangannya habis.",
            "Kata sandi, aplikasi kode, dan kode cadangan dihapus. Orangnya keluar dari semua tablet.",
            "Pastikan orangnya benar: bertemu, atau telepon ke nomor yang sudah Anda kenal.",
        ),
        *("", "again"),
    ),
}


@pages.get("/akun/<int:staff_id>/<any(matikan, hidupkan, sandi, ulang):what>")
@auth.roles(*WAVES)
def ask_account(staff_id: int, what: str) -> Answer:
    """What will happen."""
    row, act = found(staff_id), ACTS[what]
    if row.id == staff().id:
        return own()
    if row.active != act.when_active:
        return redirect(url_for(".account", staff_id=row.id), 303)
    return _act_page(ProvedForm(), row, act, staff_managing.mark(row))


@pages.post("/akun/<int:staff_id>/<any(matikan, hidupkan, sandi, ulang):what>")
@auth.roles(*WAVES)
def do_account(staff_id: int, what: str) -> Answer:
    """Do it, once; a new code is on this answer and nowhere else."""
    row, act, seen = found(staff_id), ACTS[what], request.form.get("seen", "")
    form = ProvedForm(request.form)
    if not form.validate():
        return _act_page(form, row, act, seen), 422
    try:
        staff_signin.prove(staff(), form.kode.data, browser(), auth.now())
        code = act.verb(row.id, seen, actor(), auth.now())
    except WrongSecret:
        form.refuse("kode", WRONG_CODE)
        return _act_page(form, row, act, seen), 422
    except Closed as full:
        return errors.page(429, retry_after=full.retry_after)
    except OwnAccount:
        return own()
    except Changed:
        return faster()
    if code is not None:
        return invited(row.username, code)
    flash(act.done)
    return redirect(url_for(".account", staff_id=row.id), 303)


def _act_page(form: ProvedForm, row: Staff, act: Act, seen: str) -> str:
    return render_template(
        "staff/account_act.html",
        at="beranda",
        form=form,
        errors=form.error_list(),
        row=shown(row),
        act=act,
        seen=seen,
    )
