"""What needs the KTP in hand: a code for a new PIN, and whose a disputed NIK is."""

from __future__ import annotations

from flask import current_app, flash, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth, errors
from app.forms.staff_case import KtpSeenForm
from app.models import Application
from app.services import casework, codes, staff_signin
from app.services.casework import CannotSettle, Changed
from app.services.codes import TooManyCodes
from app.services.ledger import Actor
from app.services.limits import Closed
from app.views.staff.applicant import case
from app.views.staff.area import CASEWORK, about, actor, browser, pages, refused, staff
from app.views.staff.case import back_to, faster, seen_lines

Answer = str | Response | tuple[str, int]

WRONG_SECOND = "Nama atau kode petugas kedua belum benar. Kode hanya bisa dipakai sekali."


@pages.get("/pendaftar/<int:application_id>/pin")
@auth.roles(*CASEWORK)
def ask_pin_code(application_id: int) -> Answer:
    """What the code does, and what must be seen first."""
    application = case(application_id)
    return _pin_page(application, KtpSeenForm(codes.at_stake(application.applicant)))


@pages.post("/pendaftar/<int:application_id>/pin")
@auth.roles(*CASEWORK)
def issue_pin_code(application_id: int) -> Answer:
    """A one-time code, on this answer only, ready to print."""
    application = case(application_id)
    form = KtpSeenForm(codes.at_stake(application.applicant), request.form)
    if not form.validate():
        return _pin_page(application, form), 422
    try:
        second = _second_officer(form)
        code = codes.issue_posko_code(application.applicant, actor(), auth.now(), second)
    except staff_signin.WrongSecret:
        form.refuse("kode", WRONG_SECOND)
        return _pin_page(application, form), 422
    except codes.NeedsSecondOfficer:
        return faster(application_id)
    except (TooManyCodes, Closed) as full:
        return errors.page(429, retry_after=full.retry_after)
    return render_template(
        "staff/pin_code.html",
        **about(application),
        code=code,
        public_host=current_app.extensions["settings"].public_host,
    )


def _second_officer(form: KtpSeenForm) -> Actor | None:
    """Whoever confirms, when the form asks for it. Raises WrongSecret, Closed."""
    if not form.needed:
        return None
    second = staff_signin.countersign(form.nama.data, form.kode.data, staff(), browser(), auth.now())
    return Actor("staff", second)


def _pin_page(application: Application, form: KtpSeenForm) -> str:
    return render_template(
        "staff/ask_pin_code.html", **about(application), form=form, errors=form.error_list()
    )


# two claims to one NIK ----------------------------------------------------------------------------


@pages.get("/pendaftar/<int:application_id>/klaim")
@auth.roles(*CASEWORK)
def ask_settle(application_id: int) -> Answer:
    """The card decides whose NIK it is."""
    application = case(application_id)
    if not casework.other_claims(application.applicant):
        return back_to(application.id)
    return _settle_page(application, KtpSeenForm(_overturns(application)), len(casework.lines(application)))


@pages.post("/pendaftar/<int:application_id>/klaim")
@auth.roles(*CASEWORK)
def settle(application_id: int) -> Answer:
    """This claim holds, the others end."""
    application = case(application_id)
    form = KtpSeenForm(_overturns(application), request.form)
    if not form.validate():
        return _settle_page(application, form, seen_lines()), 422
    try:
        casework.settle(application.id, seen_lines(), actor(), _second_officer(form), auth.now())
    except staff_signin.WrongSecret:
        form.refuse("kode", WRONG_SECOND)
        return _settle_page(application, form, seen_lines()), 422
    except Closed as full:
        return errors.page(429, retry_after=full.retry_after)
    except Changed:
        return faster(application.id)
    except CannotSettle:
        return refused(
            409,
            "Belum bisa diputuskan di sini",
            "Pendaftaran yang lain sudah punya hasil. Serahkan ke pengelola.",
            url_for(".applicant", application_id=application_id),
            "Kembali ke pendaftar",
        )
    flash("NIK ini sekarang milik pendaftar ini. Pendaftaran yang lain dihentikan.")
    return back_to(application.id)


def _overturns(application: Application) -> bool:
    return any(one.applicant.claim == "holder" for one in casework.other_claims(application.applicant))


def _settle_page(application: Application, form: KtpSeenForm, seen: int) -> str:
    return render_template(
        "staff/settle.html",
        **about(application),
        form=form,
        errors=form.error_list(),
        seen=seen,
    )
