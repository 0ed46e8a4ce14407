"""What frames a draw: its rules and its promise before, its announcement after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, render_template, request
from werkzeug.wrappers import Response

from app import auth
from app.forms.staff_draw import SEATS, DrawTimeForm, RulesForm, with_groups
from app.forms.staff_waves import PublishForm, shown_moment
from app.models import Draw, Wave
from app.rules import local_time
from app.services import draw_publication, draw_rules, drawing, office, regions, wave_control
from app.services.drawing import NotYet, SamePerson
from app.services.results import Incomplete, TwoPeople
from app.services.wave_control import Changed, NotNow
from app.views.staff.area import WAVES, actor, pages, staff
from app.views.staff.draws import in_the_way, not_yet, same_person, there
from app.views.staff.waves import faster, found, not_now, shown

Answer = str | Response | tuple[str, int]

DRAW_AFTER_CLOSING = timedelta(days=3)
"""What the form proposes: a day for the list, a day for objections, a day for the frozen list."""


# rules and promise ----------------------------------------------------------------------------------


@pages.get("/gelombang/<int:number>/undian/aturan")
@auth.roles(*WAVES)
def ask_draw_rules(number: int) -> Answer:
    """The rules as they are now."""
    row = found(number)
    if draw_rules.promised(row) is not None:
        return there(number)
    rules, area = draw_rules.of(row), office.current().area
    said = {f"{SEATS}{reserve.group}": str(reserve.seats) for reserve in rules.reserves}
    said |= {
        "urutan": rules.reserve_order,
        "pewaris": rules.refill,
        "batas": str(rules.max_per_household or ""),
    }
    form = _rules_form(row, data=said | {"cakupan": [code for code in rules.scope if code != area]})
    return _rules_page(row, form, wave_control.mark(row))


@pages.post("/gelombang/<int:number>/undian/aturan")
@auth.roles(*WAVES)
def change_draw_rules(number: int) -> Answer:
    """Keep them."""
    row, seen = found(number), request.form.get("seen", "")
    form = _rules_form(row, request.form)
    if not form.validate():
        return _rules_page(row, form, seen), 422
    try:
        draw_rules.change(number, form.rules(), seen, actor(), auth.now())
    except Changed:
        return faster(number)
    except NotNow as problem:
        return not_now(number, problem)
    flash("Aturan undian disimpan. Pendaftar sudah bisa membacanya.")
    return there(number)


def _rules_form(row: Wave, formdata: Any = None, **said: Any) -> RulesForm:
    area = office.current().area
    return with_groups(draw_rules.GROUPS)(
        area,
        tuple((place.code, place.name) for place in regions.districts(area)),
        row.quota,
        formdata,
        **said,
    )


def _rules_page(row: Wave, form: RulesForm, seen: str) -> str:
    return render_template(
        "staff/draw_rules.html",
        at="gelombang",
        wave=shown(row),
        form=form,
        seats=[form[f"{SEATS}{code}"] for code in draw_rules.GROUPS],
        errors=form.error_list(),
        seen=seen,
    )


@pages.get("/gelombang/<int:number>/undian/janji")
@auth.roles(*WAVES)
def ask_promise(number: int) -> Answer:
    """What will be promised."""
    row = found(number)
    if draw_rules.promised(row) is not None:
        return there(number)
    day, at = shown_moment(row.draw_at or row.closes_at + DRAW_AFTER_CLOSING, office.current().zone)
    return _promise_page(row, DrawTimeForm(data={"undi": day, "undi_jam": at}), wave_control.mark(row))


@pages.post("/gelombang/<int:number>/undian/janji")
@auth.roles(*WAVES)
def make_promise(number: int) -> Answer:
    """Promise exactly what was shown."""
    row, form, seen = found(number), DrawTimeForm(request.form), request.form.get("seen", "")
    if not form.validate():
        return _promise_page(row, form, seen), 422
    if draw_rules.promised(row) is None and wave_control.mark(row) != seen:
        return faster(number)
    try:
        drawing.promise(row, form.moment(office.current().zone), actor(), auth.now(), drawing.CHAIN)
    except NotYet as problem:
        if problem.see == "undi":
            form.refuse("undi", problem.words)
            return _promise_page(row, form, seen), 422
        return not_yet(number, problem)
    flash("Janji undian diumumkan. Sidiknya ada di setiap bukti pendaftaran mulai sekarang.")
    return there(number)


def _promise_page(row: Wave, form: DrawTimeForm, seen: str) -> str:
    rules = draw_rules.of(row)
    return render_template(
        "staff/draw_promise.html",
        at="gelombang",
        wave=shown(row),
        rules=draw_rules.in_words(rules),
        scope=", ".join(regions.name(code) for code in rules.scope),
        form=form,
        errors=form.error_list(),
        seen=seen,
        zone=office.current().zone,
    )


# publication ----------------------------------------------------------------------------------------


@pages.get("/gelombang/<int:number>/undian/umumkan")
@auth.roles(*WAVES)
def ask_publish_draw(number: int) -> Answer:
    """When, and by whom."""
    row = found(number)
    made, zone = draw_rules.promised(row), office.current().zone
    if made is None or made.attested_at is None:
        return in_the_way(number, "umumkan") or there(number)
    if row.publish_at is not None:
        return there(number)
    day, at = shown_moment(max(row.announce_at or auth.now(), auth.now()), zone)
    return _publish_page(row, made, PublishForm(data={"umum": day, "umum_jam": at}), wave_control.mark(row))


@pages.post("/gelombang/<int:number>/undian/umumkan")
@auth.roles(*WAVES)
def publish_draw(number: int) -> Answer:
    """Plan it; the worker does it at that minute."""
    row, form, seen = found(number), PublishForm(request.form), request.form.get("seen", "")
    made = draw_rules.promised(row)
    if made is None:
        return not_yet(number, NotYet("Janji undian gelombang ini belum dibuat.", "janji"))
    if not form.validate():
        return _publish_page(row, made, form, seen), 422
    if wave_control.mark(row) != seen:
        return faster(number)
    try:
        draw_publication.publish(row, form.moment(office.current().zone), actor(), auth.now())
    except (SamePerson, TwoPeople):
        return same_person(number)
    except NotYet as problem:
        return not_yet(number, problem)
    except Incomplete as incomplete:
        return not_now(number, NotNow(f"Masih ada {incomplete.missing} orang tanpa hasil."))
    except Changed:
        return faster(number)
    except NotNow as problem:
        return not_now(number, problem)
    flash("Pengumuman dijadwalkan. Pendaftar dikabari pada waktunya.")
    return there(number)


def _publish_page(row: Wave, made: Draw, form: PublishForm, seen: str) -> str:
    return render_template(
        "staff/draw_publish.html",
        at="gelombang",
        wave=shown(row),
        own=made.attested_by_id == staff().id,
        attester=made.attested_by.name if made.attested_by else "",
        count=local_time.number(made.tickets_count),
        form=form,
        errors=form.error_list(),
        seen=seen,
        zone=office.current().zone,
    )
