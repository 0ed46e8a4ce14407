"""Entries that were missing from a hat: who waits, one person who brings an entry in, another who agrees.

What the entry gets is computed on every page from the public key of the draw; there is nothing to choose.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.late_entry import LateEntryForm
from app.models import Application
from app.rules import local_time
from app.rules.states import WORDS as STATE_WORDS
from app.rules.states import State
from app.services import day_lists, office
from app.services import late_entries as late
from app.services.added_seats import Score
from app.services.reversals import SamePerson
from app.services.wave_control import Changed, NotNow
from app.views.staff.applicant import case
from app.views.staff.area import EVERYBODY, RESULTS, about, actor, pages, refused, staff
from app.views.staff.case import back_to
from app.views.staff.case import faster as case_faster
from app.views.staff.search import own_district
from app.views.staff.waves import found, shown

Answer = str | Response | tuple[str, int]


@pages.get("/gelombang/<int:number>/susulan")
@auth.roles(*EVERYBODY)
def late_entries(number: int) -> Answer:
    """Who was not in the hat and waits for a decision."""
    row = found(number)
    people = [
        {
            "application": one.application_id,
            "name": one.name,
            "ticket": one.ticket,
            "state": STATE_WORDS[one.state].label,
            "proposal": one.proposal,
        }
        for one in late.waiting(row, own_district())
    ]
    may = staff().role in RESULTS
    return render_template(
        "staff/late_entries.html",
        at="gelombang",
        wave=shown(row),
        rows=people,
        may=may,
        district_only=own_district() is not None,
    )


@pages.get("/pendaftar/<int:application_id>/susulan")
@auth.roles(*RESULTS)
def ask_late_entry(application_id: int) -> Answer:
    """What the draw says of this entry, and why it was missing."""
    application = case(application_id)
    return _refused(application) or _ask_page(application, LateEntryForm())


@pages.post("/pendaftar/<int:application_id>/susulan")
@auth.roles(*RESULTS)
def propose_late_entry(application_id: int) -> Answer:
    """Bring it in; nothing changes before somebody else agrees."""
    application, form = case(application_id), LateEntryForm(request.form)
    if not form.validate():
        return _refused(application) or (_ask_page(application, form), 422)
    try:
        late.propose(
            application.id, form.catatan.data or "", request.form.get("seen", ""), actor(), auth.now()
        )
    except Changed:
        return case_faster(application.id)
    except NotNow as problem:
        return _not_now(application.id, problem)
    flash("Dicatat. Berlaku kalau petugas lain setuju.")
    return back_to(application.id)


@pages.get("/susulan/<int:late_id>")
@auth.roles(*RESULTS, "auditor")
def late_entry(late_id: int) -> Answer:
    """One proposal: who, why, by whom, and what agreeing gives."""
    row = late.find(late_id)
    if row is None:
        return _over()
    if why := late.refusal(row.application, auth.now()):
        return _not_now(row.application_id, NotNow(why))
    return render_template(
        "staff/late_confirm.html",
        **about(row.application),
        row=row,
        at_time=local_time.short(row.proposed_at, office.current().zone),
        score=_said(late.score(row.application)),
        day=day_lists.day_of(row.application),
        own=row.proposed_by_id == staff().id,
        may=staff().role in RESULTS,
    )


@pages.post("/susulan/<int:late_id>/setuju")
@auth.roles(*RESULTS)
def confirm_late_entry(late_id: int) -> Answer:
    """The second person: the entry gets what its score gives."""
    row = late.find(late_id)
    if row is None:
        return _over()
    try:
        given = late.confirm(row.id, actor(), auth.now())
    except SamePerson:
        what = "Yang mencatat tidak bisa menyetujui sendiri. Minta petugas lain membuka halaman ini."
        return refused(403, "Harus petugas lain", what, url_for(".late_entry", late_id=row.id), "Kembali")
    except Changed:
        return _over()
    except NotNow as problem:
        return _not_now(row.application_id, problem)
    seat = given is State.SELECTED
    flash(f"{'Dapat tempat tambahan' if seat else 'Urutannya tidak dapat tempat'}. Pendaftar dikabari.")
    return back_to(row.application_id)


@pages.post("/susulan/<int:late_id>/batal")
@auth.roles(*RESULTS)
def drop_late_entry(late_id: int) -> Answer:
    """Not brought in after all."""
    try:
        late.drop(late_id, actor(), auth.now())
    except Changed:
        return _over()
    flash("Dibatalkan. Tidak ada yang berubah.")
    return redirect(url_for(".waves"), 303)


def _over() -> tuple[str, int]:
    what = "Usulan ini sudah disetujui, dibatalkan, atau pendaftarnya sudah pindah keadaan."
    return refused(409, "Sudah berubah", what, url_for(".waves"), "Lihat gelombang")


def _refused(application: Application) -> Answer | None:
    why = late.refusal(application, auth.now())
    return _not_now(application.id, NotNow(why)) if why else None


def _not_now(application_id: int, problem: NotNow) -> tuple[str, int]:
    there = url_for(".applicant", application_id=application_id)
    return refused(409, "Belum bisa sekarang", problem.words, there, "Lihat pendaftar")


def _ask_page(application: Application, form: LateEntryForm) -> str:
    return render_template(
        "staff/late_ask.html",
        **about(application),
        score=_said(late.score(application)),
        day=day_lists.day_of(application),
        form=form,
        errors=form.error_list(),
        seen=application.state,
        waits=late.open_for(application.id),
    )


def _said(score: Score) -> str:
    """What the score gives, in a sentence."""
    place = f"Urutan {local_time.number(score.rank)} kalau ikut diundi bersama {local_time.number(score.count)} nomor."
    if score.via:
        return f"{place} Dapat tempat tambahan."
    if score.full:
        return f"{place} Urutannya dapat tempat, tetapi keluarganya sudah punya tempat sebanyak batas aturan."
    return f"{place} Tidak dapat tempat."
