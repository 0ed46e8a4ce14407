"""Writing a broadcast: its text, and for whom. Nothing is sent from here."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.staff_broadcast import BroadcastForm
from app.models import Wave
from app.rules.broadcast import Segment, Sent
from app.rules.own_address import Site
from app.services import broadcasts, office, regions
from app.services.broadcasts import Changed, NotNow, Text
from app.views.staff.area import WAVES, actor, pages
from app.views.staff.broadcasts import changed, found, here, not_now

Answer = str | Response | tuple[str, int]


@pages.get("/siaran/baru")
@auth.roles(*WAVES)
def new_broadcast() -> Answer:
    """An empty one, for some people (`?gelombang=4&belum=result`), or a text once more (`?dari=<id>`)."""
    old = broadcasts.find(request.args.get("dari", 0, type=int))
    asked = Segment(wave=request.args.get("gelombang", ""), unopened=request.args.get("belum", ""))
    said = BroadcastForm.said(broadcasts.segment_of(old) if old else asked)
    if old is not None:
        said |= {"judul": old.title, "teks": old.body}
    return _write_page(_form(data=said), None, "")


@pages.post("/siaran/baru")
@auth.roles(*WAVES)
def write_broadcast() -> Answer:
    """Keep it as a draft."""
    form = _form(request.form)
    if not form.validate():
        return _write_page(form, None, ""), 422
    row = broadcasts.write(_text(form), actor(), auth.now())
    return redirect(url_for(".broadcast", broadcast_id=row.id), 303)


@pages.get("/siaran/<int:broadcast_id>/ubah")
@auth.roles(*WAVES)
def edit_broadcast(broadcast_id: int) -> Answer:
    """A draft."""
    row = found(broadcast_id)
    if row.state != Sent.DRAFT:
        return not_now(row.id, NotNow(broadcasts.NOT_NOW[Sent(row.state)]))
    said = {"judul": row.title, "teks": row.body} | BroadcastForm.said(broadcasts.segment_of(row))
    return _write_page(_form(data=said), row.id, broadcasts.mark(row))


@pages.post("/siaran/<int:broadcast_id>/ubah")
@auth.roles(*WAVES)
def save_broadcast(broadcast_id: int) -> Answer:
    """Keep the change, if nobody was faster."""
    form, seen = _form(request.form), request.form.get("seen", "")
    if not form.validate():
        return _write_page(form, found(broadcast_id).id, seen), 422
    try:
        broadcasts.edit(found(broadcast_id).id, _text(form), seen, actor(), auth.now())
    except Changed:
        return changed(broadcast_id)
    except NotNow as problem:
        return not_now(broadcast_id, problem)
    flash("Konsep disimpan.")
    return redirect(url_for(".broadcast", broadcast_id=broadcast_id), 303)


def _form(formdata: Any = None, **data: Any) -> BroadcastForm:
    form = BroadcastForm(formdata, **data)
    settings = here()
    waves = Wave.select().order_by(Wave.number.desc())
    form.offer(
        tuple((str(row.number), f"Gelombang {row.number}") for row in waves),
        tuple((place.code, place.name) for place in regions.districts(office.current().area)),
        tuple((str(row.id), row.name) for row in office.posko()),
        Site(settings.public_host, settings.https),
    )
    return form


def _text(form: BroadcastForm) -> Text:
    return Text(form.judul.data or "", form.teks.data or "", form.segment())


def _write_page(form: BroadcastForm, broadcast_id: int | None, seen: str) -> str:
    return render_template(
        "staff/broadcast_write.html",
        at="beranda",
        form=form,
        errors=form.error_list(),
        broadcast_id=broadcast_id,
        seen=seen,
        site=here().public_host,
    )
