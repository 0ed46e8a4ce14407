"""Taking a place: a manager proposes on the applicant's page, somebody else confirms or drops it from the list."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.reversal import ReversalForm
from app.models import Application
from app.rules import codes, local_time
from app.rules.reasons import WORDS, Reason
from app.rules.states import WORDS as STATE_WORDS
from app.services import casework, office, reversals
from app.services.reversals import Proposal, SamePerson
from app.services.wave_control import Changed, NotNow
from app.views.staff.applicant import case
from app.views.staff.area import RESULTS, WAVES, about, actor, pages, refused, staff
from app.views.staff.case import back_to, faster, seen_lines

Answer = str | Response | tuple[str, int]

READERS = (*RESULTS, "auditor")


@pages.get("/pendaftar/<int:application_id>/cabut")
@auth.roles(*WAVES)
def ask_reversal(application_id: int) -> Answer:
    """Why, and what happens then."""
    application = case(application_id)
    if not reversals.may_propose(application):
        return back_to(application.id)
    form = ReversalForm(reversals.reasons_for(application, auth.now()))
    return _ask_page(application, form, len(casework.lines(application)))


@pages.post("/pendaftar/<int:application_id>/cabut")
@auth.roles(*WAVES)
def propose_reversal(application_id: int) -> Answer:
    """Propose it; nothing changes before somebody else confirms."""
    application = case(application_id)
    if not reversals.may_propose(application):
        return faster(application.id)
    form = ReversalForm(reversals.reasons_for(application, auth.now()), request.form)
    if not form.validate():
        return _ask_page(application, form, seen_lines()), 422
    reason, note = Reason(form.alasan.data), form.catatan.data or ""
    try:
        reversals.propose(application.id, reason, note, seen_lines(), actor(), auth.now())
    except (Changed, NotNow):
        return faster(application.id)
    flash("Diusulkan. Tempatnya baru dicabut kalau petugas lain setuju.")
    return back_to(application.id)


def _ask_page(application: Application, form: ReversalForm, seen: int) -> str:
    days = reversals.OBJECT_DAYS
    shown = {"form": form, "errors": form.error_list(), "seen": seen, "days": days}
    return render_template("staff/seats_ask.html", **about(application), **shown)


# the second person ----------------------------------------------------------------------------------


@pages.get("/cabut")
@auth.roles(*READERS)
def reversals_waiting() -> Answer:
    """What waits for a second officer, the oldest first."""
    rows = [_shown(row) for row in reversals.waiting()]
    return render_template("staff/seats.html", at="beranda", rows=rows)


@pages.get("/cabut/<int:reversal_id>")
@auth.roles(*READERS)
def reversal(reversal_id: int) -> Answer:
    """One proposal: who, why, by whom, and what confirming does."""
    row = next((row for row in reversals.waiting() if row.id == reversal_id), None)
    if row is None:
        return _over()
    return render_template(
        "staff/seats_confirm.html",
        at="cari",
        row=_shown(row),
        own=row.by.id == staff().id,
        may=staff().role in RESULTS,
        days=reversals.OBJECT_DAYS,
    )


@pages.post("/cabut/<int:reversal_id>/setuju")
@auth.roles(*RESULTS)
def confirm_reversal(reversal_id: int) -> Answer:
    """The second person: the place is taken and its owner is told."""
    try:
        application = reversals.confirm(reversal_id, actor(), auth.now())
    except SamePerson:
        return refused(
            403,
            "Harus petugas lain",
            "Yang mengusulkan tidak bisa menyetujui sendiri. Minta petugas lain membuka halaman ini.",
            url_for(".reversals_waiting"),
            "Lihat daftar usulan",
        )
    except Changed:
        return _over()
    flash("Tempat dicabut. Pendaftar sudah dikabari, dan bisa mengajukan keberatan.")
    return back_to(application.id)


@pages.post("/cabut/<int:reversal_id>/batal")
@auth.roles(*RESULTS)
def drop_reversal(reversal_id: int) -> Answer:
    """Not done after all."""
    try:
        reversals.drop(reversal_id, actor(), auth.now())
    except Changed:
        return _over()
    flash("Usulan dibatalkan. Tempatnya tetap.")
    return redirect(url_for(".reversals_waiting"), 303)


def _over() -> tuple[str, int]:
    what = "Usulan ini sudah disetujui, dibatalkan, atau pendaftarnya sudah pindah keadaan."
    return refused(409, "Sudah berubah", what, url_for(".reversals_waiting"), "Lihat daftar usulan")


def _shown(row: Proposal) -> dict[str, object]:
    return {
        "id": row.id,
        "application": row.application_id,
        "name": row.name,
        "ticket": codes.shown(row.ticket),
        "wave": row.wave,
        "reason": WORDS[row.reason].label,
        "told": WORDS[row.reason].sentence,
        "to": STATE_WORDS[row.to_state].label,
        "note": row.note,
        "by": row.by.name,
        "at": local_time.short(row.at, office.current().zone),
    }
