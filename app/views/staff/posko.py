"""The help posts, for managers: where they are, what is said of them, which are open."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.staff_posko import BOXES, PoskoForm
from app.models import Posko
from app.rules.posko import Facts
from app.services import posko, regions
from app.services.wave_control import Changed, Problems
from app.views.staff.area import WATCHERS, WAVES, Act, actor, pages, refused, staff

Answer = str | Response | tuple[str, int]


ACTS = {
    "tutup": Act(
        posko.close,
        True,
        *("Tutup posko", "Tutup posko ini?"),
        (
            "Posko ini hilang dari halaman umum, dan tidak bisa dipilih lagi.",
            "Yang sudah didaftarkan di sini tetap tercatat di sini.",
            "Posko bisa dibuka lagi kapan saja.",
        ),
        *("Posko ditutup.", "lock"),
    ),
    "buka": Act(
        posko.reopen,
        False,
        *("Buka lagi", "Buka lagi posko ini?"),
        ("Posko ini tampil lagi di halaman umum, dan bisa dipilih.",),
        *("Posko dibuka lagi.", "check"),
    ),
}


@pages.get("/posko")
@auth.roles(*WATCHERS)
def posko_list() -> Answer:
    """All of them, those that are open first."""
    people = posko.people()
    rows = [(row, regions.name(row.district), people.get(row.id, 0)) for row in posko.every()]
    return render_template("staff/posko_list.html", at="beranda", rows=rows, may_change=staff().role in WAVES)


@pages.get("/posko/baru")
@auth.roles(*WAVES)
def new_posko() -> Answer:
    """A new one."""
    return _page(PoskoForm(posko.districts()), None)


@pages.post("/posko/baru")
@auth.roles(*WAVES)
def add_posko() -> Answer:
    """Keep it."""
    form = PoskoForm(posko.districts(), request.form)
    try:
        made = posko.add(form.facts(), actor(), auth.now())
    except Problems as problems:
        return _with_problems(form, problems, None)
    flash(f"{made.name} ditambahkan.")
    return redirect(url_for(".posko_list"), 303)


@pages.get("/posko/<int:posko_id>")
@auth.roles(*WAVES)
def edit_posko(posko_id: int) -> Answer:
    """What is said of one, to be said otherwise."""
    row = _found(posko_id)
    known = Facts(row.name, row.district, row.address, row.phone_shown, row.hours)
    return _page(PoskoForm(posko.districts(), known=known), row, posko.mark(row))


@pages.post("/posko/<int:posko_id>")
@auth.roles(*WAVES)
def save_posko(posko_id: int) -> Answer:
    """Keep the change, if nobody was faster."""
    row, seen = _found(posko_id), request.form.get("seen", "")
    form = PoskoForm(posko.districts(), request.form)
    try:
        posko.change(row.id, form.facts(), seen, actor(), auth.now())
    except Problems as problems:
        return _with_problems(form, problems, row, seen)
    except Changed:
        return _faster()
    flash("Perubahan disimpan.")
    return redirect(url_for(".posko_list"), 303)


@pages.get("/posko/<int:posko_id>/<any(tutup, buka):what>")
@auth.roles(*WAVES)
def ask_switch_posko(posko_id: int, what: str) -> Answer:
    """What closing or opening does."""
    row, act = _found(posko_id), ACTS[what]
    if row.active != act.when_active:
        return redirect(url_for(".posko_list"), 303)
    people = posko.people().get(row.id, 0) if row.active else 0
    return render_template(
        "staff/posko_act.html", at="beranda", row=row, act=act, people=people, seen=posko.mark(row)
    )


@pages.post("/posko/<int:posko_id>/<any(tutup, buka):what>")
@auth.roles(*WAVES)
def switch_posko(posko_id: int, what: str) -> Answer:
    """Do it, once."""
    try:
        ACTS[what].verb(_found(posko_id).id, request.form.get("seen", ""), actor(), auth.now())
    except Changed:
        return _faster()
    flash(ACTS[what].done)
    return redirect(url_for(".posko_list"), 303)


def _found(posko_id: int) -> Posko:
    row = posko.find(posko_id)
    if row is None:
        abort(404)
    return row


def _with_problems(form: PoskoForm, problems: Problems, row: Posko | None, seen: str = "") -> tuple[str, int]:
    for field, words in problems.found:
        form.refuse(BOXES[field], words)
    return _page(form, row, seen), 422


def _page(form: PoskoForm, row: Posko | None, seen: str = "") -> str:
    return render_template(
        "staff/posko.html", at="beranda", form=form, errors=form.error_list(), row=row, seen=seen
    )


def _faster() -> tuple[str, int]:
    what = "Orang lain baru saja mengubah posko ini. Lihat dulu keadaan terbarunya."
    return refused(409, "Sudah berubah", what, url_for(".posko_list"), "Lihat semua posko")
