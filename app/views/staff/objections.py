"""Objections at the office: what is due first on top, an owner, an answer, and a second person for a yes."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.objection import LONGEST, AnswerForm
from app.models import Objection
from app.rules import codes, local_time
from app.rules.states import WORDS as STATE_WORDS
from app.rules.states import State
from app.services import objection_answers, office
from app.services.reversals import SamePerson
from app.services.wave_control import Changed
from app.views.staff.applicant import looked_at
from app.views.staff.area import CASEWORK, EVERYBODY, RESULTS, actor, pages, refused, staff
from app.views.staff.search import own_district

Answer = str | Response | tuple[str, int]

ABOUT = {"reversal": "Tempat dicabut", "result": "Hasil"}


@pages.get("/keberatan")
@auth.roles(*EVERYBODY)
def objections() -> Answer:
    """Everything without an answer, what is due first on top."""
    rows = [_shown(row) for row in objection_answers.waiting(own_district(), staff())]
    return render_template(
        "staff/seats_objections.html", at="beranda", rows=rows, district_only=own_district() is not None
    )


@pages.get("/keberatan/<int:objection_id>")
@auth.roles(*EVERYBODY)
def objection(objection_id: int) -> Answer:
    """The person's words, and what can be done now."""
    return _page(_found(objection_id), AnswerForm())


@pages.post("/keberatan/<int:objection_id>/ambil")
@auth.roles(*CASEWORK)
def take_objection(objection_id: int) -> Answer:
    """Become its owner."""
    row = _found(objection_id)
    try:
        objection_answers.take(row.id, actor(), auth.now())
    except Changed:
        return _faster(row)
    flash("Keberatan ini sekarang tugas Anda.")
    return redirect(url_for(".objection", objection_id=row.id), 303)


@pages.post("/keberatan/<int:objection_id>/jawab")
@auth.roles(*CASEWORK)
def answer_objection(objection_id: int) -> Answer:
    """The owner's answer: a no is told at once, a yes waits for a second person."""
    row, form = _found(objection_id), AnswerForm(request.form)
    if not form.validate():
        return _page(row, form), 422
    upheld = form.putusan.data == "ya"
    try:
        objection_answers.answer(row.id, form.jawaban.data or "", upheld, actor(), auth.now())
    except Changed:
        return _faster(row)
    flash("Disimpan. Berlaku kalau petugas lain setuju." if upheld else "Dijawab. Pendaftar sudah dikabari.")
    return redirect(url_for(".objection" if upheld else ".objections", objection_id=row.id), 303)


@pages.post("/keberatan/<int:objection_id>/setuju")
@auth.roles(*RESULTS)
def confirm_objection(objection_id: int) -> Answer:
    """The second person agrees."""
    row = _found(objection_id)
    try:
        done = objection_answers.confirm(row.id, actor(), auth.now())
    except SamePerson:
        there = url_for(".objection", objection_id=row.id)
        words = "Yang menjawab tidak bisa menyetujui sendiri. Minta petugas lain membuka halaman ini."
        return refused(403, "Harus petugas lain", words, there, "Kembali")
    except Changed:
        return _faster(row)
    flash(
        "Keberatan diterima. " + ("Pendaftar dapat tempatnya." if done.state else "Hasilnya tidak berubah.")
    )
    return redirect(url_for(".applicant", application_id=row.application_id), 303)


def _found(objection_id: int) -> Objection:
    row = objection_answers.find(objection_id)
    if row is None:
        abort(404)
    looked_at(row.application.applicant)
    return row


def _faster(row: Objection) -> tuple[str, int]:
    there = url_for(".objection", objection_id=row.id)
    words = "Keberatan ini sudah dijawab, atau sekarang dipegang petugas lain."
    return refused(409, "Sudah berubah", words, there, "Lihat keadaan terbaru")


def _page(row: Objection, form: AnswerForm) -> str:
    role, is_open = staff().role, row.answered_at is None
    mine = row.owner_id == staff().id
    gives = objection_answers.effect(row).state if is_open else None
    return render_template(
        "staff/seats_objection.html",
        at="cari",
        row=_shown(row) | {"text": row.text, "answer": row.answer, "upheld": row.upheld, "open": is_open},
        form=form,
        errors=form.error_list(),
        most=LONGEST,
        may_take=is_open and role in CASEWORK and not mine,
        may_answer=is_open and mine and not row.upheld,
        may_confirm=is_open and bool(row.upheld) and role in RESULTS and not mine,
        gives=STATE_WORDS[gives].label if gives else "",
    )


def _shown(row: Objection) -> dict[str, Any]:
    application, zone, now = row.application, office.current().zone, auth.now()
    return {
        "id": row.id,
        "application": application.id,
        "name": application.applicant.name,
        "ticket": codes.shown(application.ticket),
        "about": ABOUT[row.about],
        "state": STATE_WORDS[State(application.state)].label,
        "made": local_time.short(row.made_at, zone),
        "due": local_time.short(row.due_at, zone),
        "over": row.answered_at is None and row.due_at < now,
        "owner": row.owner.name if row.owner else "",
        "waits": bool(row.upheld) and row.answered_at is None,
    }
