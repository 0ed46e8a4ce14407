"""What is done with one applicant: each act a page that says what will happen, and a POST that does it once."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.staff_case import FixForm, OpenForm, ResultForm
from app.models import Application
from app.rules import local_time
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import casework, ledger, result_entry
from app.services.casework import OPEN_REASONS, Changed, TooManyOpens
from app.services.result_entry import Outcome
from app.services.wave_control import Changed as ResultChanged
from app.services.wave_control import NotNow
from app.views.staff.applicant import case
from app.views.staff.area import CASEWORK, RESULTS, about, actor, came_from, pages, refused

Answer = str | Response | tuple[str, int]


def back_to(application_id: int) -> Response:
    """The applicant's page again."""
    return redirect(url_for(".applicant", application_id=application_id, dari=came_from()), 303)


def faster(application_id: int) -> tuple[str, int]:
    """409: what the person saw is not what is there now."""
    return refused(
        409,
        "Sudah berubah",
        "Orang lain baru saja mengubah pendaftar ini. Lihat dulu keadaan terbarunya.",
        url_for(".applicant", application_id=application_id),
        "Lihat pendaftar",
    )


def seen_lines() -> int:
    """How many lines of the ledger the officer saw, from the form; -1 fits none."""
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


# the full number ------------------------------------------------------------------------------------


@pages.get("/pendaftar/<int:application_id>/nik")
@auth.roles(*CASEWORK)
def ask_numbers(application_id: int) -> Answer:
    """Say why, and know that the owner will read it."""
    return _ask_page(case(application_id), OpenForm(tuple(OPEN_REASONS.items())))


@pages.post("/pendaftar/<int:application_id>/nik")
@auth.roles(*CASEWORK)
def open_numbers(application_id: int) -> Answer:
    """The full numbers, on this answer only."""
    application = case(application_id)
    form = OpenForm(tuple(OPEN_REASONS.items()), request.form)
    if not form.validate():
        return _ask_page(application, form), 422
    try:
        numbers = casework.open_numbers(application.id, form.alasan.data, actor(), auth.now())
    except TooManyOpens:
        return refused(
            429,
            "Batas hari ini sudah tercapai",
            f"Anda sudah membuka {casework.OPENS_A_DAY} NIK dalam 24 jam. Minta petugas lain, atau lanjut besok.",
            url_for(".applicant", application_id=application_id),
            "Kembali ke pendaftar",
        )
    return render_template(
        "staff/numbers.html",
        **about(application),
        numbers=numbers,
        born=local_time.date_words(numbers.born),
        left=casework.opens_left(actor(), auth.now()),
    )


def _ask_page(application: Application, form: OpenForm) -> str:
    left = casework.opens_left(actor(), auth.now())
    return render_template(
        "staff/ask_numbers.html",
        **about(application),
        form=form,
        errors=form.error_list(),
        left=left,
    )


# fixing -------------------------------------------------------------------------------------------


@pages.get("/pendaftar/<int:application_id>/betulkan")
@auth.roles(*CASEWORK)
def ask_fix(application_id: int) -> Answer:
    """What must be corrected?"""
    application = case(application_id)
    return _fix_page(application, FixForm(), len(casework.lines(application)))


@pages.post("/pendaftar/<int:application_id>/betulkan")
@auth.roles(*CASEWORK)
def mark_fix(application_id: int) -> Answer:
    """Mark it, and tell the person."""
    application = case(application_id)
    form = FixForm(request.form)
    if not form.validate():
        return _fix_page(application, form, seen_lines()), 422
    try:
        reason, note = Reason(form.alasan.data), (form.catatan.data or "").strip()
        casework.ask_for_fix(application.id, reason, note, seen_lines(), actor(), auth.now())
    except (Changed, ledger.NotAllowed):
        return faster(application.id)
    except NotNow as problem:
        there = url_for(".applicant", application_id=application.id)
        return refused(409, "Belum bisa sekarang", problem.words, there, "Lihat pendaftar")
    flash("Ditandai perlu dibetulkan. Pendaftar sudah dikabari.")
    return back_to(application.id)


def _fix_page(application: Application, form: FixForm, seen: int) -> str:
    return render_template(
        "staff/fix.html", **about(application), form=form, errors=form.error_list(), seen=seen
    )


@pages.post("/pendaftar/<int:application_id>/lengkap")
@auth.roles(*CASEWORK)
def mark_complete(application_id: int) -> Answer:
    """Corrected together."""
    try:
        casework.mark_complete(case(application_id).id, seen_lines(), actor(), auth.now())
    except (Changed, ledger.NotAllowed):
        return faster(application_id)
    flash("Sudah lengkap. Pendaftar sudah dikabari.")
    return back_to(application_id)


@pages.post("/pendaftar/<int:application_id>/cocok")
@auth.roles(*CASEWORK)
def nik_matches(application_id: int) -> Answer:
    """The odd number is the one on the card."""
    try:
        casework.nik_matches(case(application_id).id, seen_lines(), actor(), auth.now())
    except Changed:
        return faster(application_id)
    flash("NIK sudah dicocokkan dengan KTP.")
    return back_to(application_id)


# result -------------------------------------------------------------------------------------------


@pages.get("/pendaftar/<int:application_id>/hasil")
@auth.roles(*RESULTS)
def ask_result(application_id: int) -> Answer:
    """The result of one person."""
    application = case(application_id)
    known = result_entry.of(application.id)
    said = {"hasil": known.outcome, "urutan": str(known.position or "")} if known else {}
    if known and known.outcome == State.NOT_SELECTED:
        said["alasan"] = known.reason
    return _result_page(application, ResultForm(data=said), result_entry.mark(known))


@pages.post("/pendaftar/<int:application_id>/hasil")
@auth.roles(*RESULTS)
def set_result(application_id: int) -> Answer:
    """Keep it; nobody is told before it is published."""
    application = case(application_id)
    form = ResultForm(request.form)
    if not form.validate():
        return _result_page(application, form, request.form.get("seen", "")), 422
    state = State(form.hasil.data)
    reason = Reason(form.alasan.data) if state is State.NOT_SELECTED else Reason.CENTRAL_RESULT
    outcome = Outcome(state, reason, form.position if state is State.RESERVE else None)
    try:
        result_entry.set_one(application.id, outcome, request.form.get("seen", ""), actor(), auth.now())
    except ResultChanged:
        return faster(application.id)
    except NotNow as problem:
        where = url_for(".applicant", application_id=application_id)
        return refused(409, "Belum bisa sekarang", problem.words, where, "Kembali ke pendaftar")
    flash("Hasil disimpan. Pendaftar baru tahu saat hasil diumumkan.")
    return back_to(application.id)


def _result_page(application: Application, form: ResultForm, seen: str) -> str:
    return render_template(
        "staff/result.html",
        **about(application),
        form=form,
        errors=form.error_list(),
        seen=seen,
    )
