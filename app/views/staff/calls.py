"""The call list of a posko: who could not be reached otherwise, or asked to be called."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.config import Settings
from app.forms.staff_calls import CallForm
from app.models import CallTask
from app.rules import local_time, phone
from app.services import applicant_search, calls, consents, office
from app.services.calls import Said, Why
from app.views.staff.area import CASEWORK, EVERYBODY, actor, pages, refused, staff
from app.views.staff.search import own_district

Answer = str | Response | tuple[str, int]

WHY = {Why.NOTICE: "Belum membuka kabar penting", Why.ASKED: "Minta ditelepon"}
DONE = {
    "reached": "Dicatat: sudah bicara.",
    "wrong_number": "Dicatat: nomor salah.",
    "open": "Dicatat. Orang ini muncul lagi pada waktunya.",
    "gave_up": f"Dicatat. Sudah {calls.TRIES} kali tidak terjawab, jadi tidak ditelepon lagi.",
}
#: What an officer may read out or send: no name, no number, no result, no link that is about a person.
WORDS = (
    "Halo, kami dari {office}. Ada kabar penting untuk Anda di Gelombang. Buka {site}, masuk dengan NIK dan PIN, "
    "lalu baca halaman Kabar. Kami tidak pernah meminta PIN, kode, atau uang."
)


@pages.get("/telepon")
@auth.roles(*EVERYBODY)
def call_list() -> Answer:
    """Everybody who is still to be called, those who are due first."""
    page = min(max(request.args.get("halaman", 1, type=int), 1), 10_000)
    rows, total = calls.listing(own_district(), auth.now(), page)
    zone = office.current().zone
    return render_template(
        "staff/calls.html",
        at="beranda",
        rows=[(row, local_time.day_clock(row.next_at, zone)) for row in rows],
        why=WHY,
        page=page,
        last=max(1, -(-total // calls.PAGE)),
        may_call=staff().role in CASEWORK,
        district_only=own_district() is not None,
    )


@pages.get("/telepon/<int:task_id>")
@auth.roles(*CASEWORK)
def call(task_id: int) -> Answer:
    """One person: the number, the words, and what came of it."""
    return _page(_task(task_id), CallForm())


@pages.post("/telepon/<int:task_id>")
@auth.roles(*CASEWORK)
def note_call(task_id: int) -> Answer:
    """Write down what came of the call."""
    task, form, now = _task(task_id), CallForm(request.form), auth.now()
    if not form.validate():
        return _page(task, form), 422
    seen = request.form.get("seen", "")
    tries = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 4 else -1
    again_at = form.again_at(now, office.current().zone)
    try:
        state = calls.note(task.id, tries, Said(form.hasil.data), again_at, actor(), now)
    except calls.Changed:
        what = "Orang lain baru saja mencatat telepon ini. Lihat dulu daftarnya."
        return refused(409, "Sudah berubah", what, url_for(".call_list"), "Lihat daftar telepon")
    flash(DONE[state])
    return redirect(url_for(".call_list"), 303)


def _task(task_id: int) -> CallTask:
    """The open entry, of the own district, or 404."""
    found = calls.find(task_id, own_district()) if task_id < 2**63 else None
    if found is None:
        abort(404)
    return found


def _page(task: CallTask, form: CallForm) -> str:
    person = task.applicant
    settings: Settings = current_app.extensions["settings"]
    words = WORDS.format(office=office.current().name, site=settings.public_host)
    writes = bool(person.phone) and person.whatsapp and consents.current(person.id)["wa"]
    return render_template(
        "staff/call.html",
        at="beranda",
        task=task,
        person=person,
        place=applicant_search.place(person.village),
        why=WHY[Why(task.why)],
        number=phone.shown(person.phone) if person.phone else "",
        wa=phone.wa_link(person.phone, words) if writes else "",
        words=words,
        form=form,
        errors=form.error_list(),
    )


@pages.app_template_global("calls_due")  # the first page counts them
def due() -> str:
    """How many are to be called now, in words."""
    count = calls.count_due(own_district(), auth.now())
    return f"{local_time.number(count)} orang" if count else ""
