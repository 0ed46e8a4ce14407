"""Deadlines at the office: moving one for a person with a reason, and who is late."""

from __future__ import annotations

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from app import auth
from app.forms.staff_deadline import MoveForm
from app.models import Application
from app.rules import local_time
from app.services import casework, deadline_moves, ledger, office
from app.services.casework import Changed
from app.views.staff.applicant import case
from app.views.staff.area import CASEWORK, EVERYBODY, about, actor, pages
from app.views.staff.case import back_to, faster, seen_lines
from app.views.staff.search import own_district

Answer = str | Response | tuple[str, int]

_DAYS = tuple((str(days), f"{days} hari") for days in deadline_moves.DAYS)


@pages.get("/lewat-batas")
@auth.roles(*EVERYBODY)
def late() -> Answer:
    """Who missed a deadline and its grace time. Nothing happens to anybody by standing here."""
    district = own_district()
    rows = deadline_moves.late(auth.now(), office.current().zone, district)
    return render_template(
        "staff/late.html",
        at="beranda",
        rows=rows,
        most=deadline_moves.SHOWN,
        district_only=district is not None,
    )


@pages.get("/pendaftar/<int:application_id>/batas")
@auth.roles(*CASEWORK)
def ask_move(application_id: int) -> Answer:
    """Which deadline, by how much, why?"""
    application = case(application_id)
    form = _form(application, None)
    if not form.tugas.choices:
        return faster(application_id)
    if len(form.tugas.choices) == 1:
        form.tugas.data = form.tugas.choices[0].value
    return _page(application, form, len(casework.lines(application)))


@pages.post("/pendaftar/<int:application_id>/batas")
@auth.roles(*CASEWORK)
def move_deadline(application_id: int) -> Answer:
    """Move it, and tell the person."""
    application = case(application_id)
    form = _form(application, request.form)
    if not form.tugas.choices:
        return faster(application_id)
    if not form.validate():
        return _page(application, form, seen_lines()), 422
    try:
        due = deadline_moves.move(
            application.id,
            form.tugas.data,
            int(form.hari.data),
            form.alasan.data or "",
            seen_lines(),
            actor(),
            auth.now(),
        )
    except (Changed, ledger.NotAllowed):
        return faster(application_id)
    flash(f"Diundur sampai {local_time.day_clock(due, office.current().zone)}. Pendaftar sudah dikabari.")
    return back_to(application_id)


def _form(application: Application, sent: object) -> MoveForm:
    tasks = deadline_moves.open_tasks(application, auth.now(), office.current().zone)
    options = tuple(
        (one.kind, f"{one.task}, {'sudah lewat' if one.over else 'sampai'} {one.due}") for one in tasks
    )
    return MoveForm(options, _DAYS, sent)


def _page(application: Application, form: MoveForm, seen: int) -> str:
    return render_template(
        "staff/move_deadline.html", **about(application), form=form, errors=form.error_list(), seen=seen
    )
