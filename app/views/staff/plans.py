"""Planning a wave: its number, its times on the office's clock, its places."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.staff_waves import WaveForm, shown_moment
from app.models import Wave
from app.services import office, wave_control
from app.services.wave_control import Changed, NotNow, Problems, Schedule
from app.views.staff.area import WAVES, actor, pages
from app.views.staff.waves import faster, found, not_now

Answer = str | Response | tuple[str, int]

#: Fields of a schedule problem and the box that it is about.
BOXES = {"number": "nomor", "opens_at": "buka", "closes_at": "tutup", "announce_at": "umum", "quota": "kuota"}


@pages.get("/gelombang/baru")
@auth.roles(*WAVES)
def plan() -> Answer:
    """A new wave, with the next number."""
    last = Wave.select().order_by(Wave.number.desc()).first()
    said = {"nomor": str(last.number + 1 if last else 1), **_terms(last or Wave())}
    return _plan_page(WaveForm(data=said), None, "")


@pages.post("/gelombang/baru")
@auth.roles(*WAVES)
def create() -> Answer:
    """Keep it."""
    form = WaveForm(request.form)
    if not form.validate():
        return _plan_page(form, None, ""), 422
    try:
        made = wave_control.create(_schedule(form), actor(), auth.now())
    except Problems as problems:
        return _with_problems(form, problems, None, ""), 422
    flash(f"Gelombang {made.number} disimpan.")
    return redirect(url_for(".wave", number=made.number), 303)


@pages.get("/gelombang/<int:number>/ubah")
@auth.roles(*WAVES)
def change(number: int) -> Answer:
    """A wave that has not opened yet."""
    row, zone = found(number), office.current().zone
    moments = {"buka": row.opens_at, "tutup": row.closes_at, "umum": row.announce_at}
    said = {"nomor": str(row.number), "kuota": str(row.quota), **_terms(row)}
    for name, moment in moments.items():
        said[name], said[f"{name}_jam"] = shown_moment(moment, zone) if moment else ("", "")
    return _plan_page(WaveForm(data=said), number, wave_control.mark(row))


@pages.post("/gelombang/<int:number>/ubah")
@auth.roles(*WAVES)
def save_change(number: int) -> Answer:
    """Keep the change, if nobody was faster."""
    form, seen = WaveForm(request.form), request.form.get("seen", "")
    if not form.validate():
        return _plan_page(form, found(number).number, seen), 422
    try:
        wave_control.edit(found(number).number, _schedule(form), seen, actor(), auth.now())
    except Problems as problems:
        return _with_problems(form, problems, number, seen), 422
    except Changed:
        return faster(number)
    except NotNow as problem:
        return not_now(number, problem)
    flash("Perubahan disimpan.")
    return redirect(url_for(".wave", number=number), 303)


def _schedule(form: WaveForm) -> Schedule:
    zone = office.current().zone
    opens, closes = form.moment("buka", zone), form.moment("tutup", zone)
    if opens is None or closes is None:
        raise ValueError("not validated")
    return Schedule(
        form.nomor.number,
        opens,
        closes,
        form.moment("umum", zone),
        form.kuota.number,
        form.hari.number,
        form.selesai.number or None,
        form.ulasan.number or None,
        form.tenggang.number,
    )


def _terms(row: Wave) -> dict[str, str]:
    """The days of a wave as they stand in the boxes; 0 is a task that is not asked."""
    return {
        "hari": str(row.buy_within_days),
        "selesai": str(row.finish_within_days or 0),
        "ulasan": str(row.review_within_days or 0),
        "tenggang": str(row.grace_days),
    }


def _with_problems(form: WaveForm, problems: Problems, number: int | None, seen: str) -> str:
    for name, words in problems.found:
        form.refuse(BOXES[name], words)
    return _plan_page(form, number, seen)


def _plan_page(form: WaveForm, number: int | None, seen: str) -> str:
    return render_template(
        "staff/plan.html",
        at="gelombang",
        form=form,
        errors=form.error_list(),
        number=number,
        seen=seen,
        zone=office.current().zone,
    )
