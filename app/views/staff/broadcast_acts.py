"""What is done to a broadcast: ordered, confirmed by a second person, stopped, thrown away."""

from __future__ import annotations

from flask import current_app, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.config import Settings
from app.forms.staff_broadcast import SendForm
from app.models import Broadcast
from app.rules import local_time
from app.rules.broadcast import Sent
from app.services import broadcast_sending, broadcasts, office
from app.services.broadcasts import Changed, NotNow, Refused, SamePerson
from app.views.staff.area import RESULTS, WAVES, actor, pages, refused
from app.views.staff.broadcasts import changed, found, not_now, shown

Answer = str | Response | tuple[str, int]

#: The box that a refusal is about.
BOXES = {"at": "tanggal", "night": "malam"}


@pages.post("/siaran/<int:broadcast_id>/kirim")
@auth.roles(*WAVES)
def send_broadcast(broadcast_id: int) -> Answer:
    """Now or at a time; to many it waits for the second person."""
    row, form, zone = found(broadcast_id), SendForm(request.form), office.current().zone
    settings: Settings = current_app.extensions["settings"]
    if row.state != Sent.DRAFT:  # pressed twice
        return not_now(row.id, NotNow(broadcasts.NOT_NOW[Sent(row.state)]))
    if not form.validate():
        return shown(row, form), 422
    seen, night = request.form.get("seen", ""), bool(form.malam.data)
    try:
        state = broadcasts.order(
            row.id, form.moment(zone), night, seen, settings.broadcast_alone, actor(), auth.now()
        )
    except Refused as problem:
        if problem.field in BOXES:
            form.refuse(BOXES[problem.field], problem.words)
            return shown(row, form), 422
        return shown(row, form, problem.words), 422
    except Changed:
        return changed(row.id)
    except NotNow as problem:
        return not_now(row.id, problem)
    flash(_ordered(state, found(row.id)))
    return _there(row.id)


def _ordered(state: Sent, row: Broadcast) -> str:
    if state is Sent.WAITING:
        return "Tercatat. Belum dikirim: orang kedua harus menyetujui dulu."
    if row.send_at is not None and row.send_at > auth.now():
        return f"Dijadwalkan: {local_time.day_clock(row.send_at, office.current().zone)}."
    return "Tercatat. Pengiriman mulai dalam satu menit."


@pages.post("/siaran/<int:broadcast_id>/setujui")
@auth.roles(*RESULTS)
def confirm_broadcast(broadcast_id: int) -> Answer:
    """The second person lets it go."""
    row = found(broadcast_id)
    try:
        broadcasts.confirm(row.id, request.form.get("seen", ""), actor(), auth.now())
    except SamePerson:
        what = "Anda yang meminta siaran ini dikirim. Minta orang lain di kantor menyetujuinya."
        return refused(
            409, "Harus orang kedua", what, url_for(".broadcast", broadcast_id=row.id), "Lihat siaran ini"
        )
    except Changed:
        return changed(row.id)
    except NotNow as problem:
        return not_now(row.id, problem)
    flash("Disetujui. " + _ordered(Sent.SCHEDULED, found(row.id)))
    return _there(row.id)


@pages.post("/siaran/<int:broadcast_id>/hentikan")
@auth.roles(*RESULTS)
def stop_broadcast(broadcast_id: int) -> Answer:
    """Nobody else is told; what waits is called off at once."""
    row, now = found(broadcast_id), auth.now()
    try:
        broadcasts.stop(row.id, actor(), now)
    except NotNow as problem:
        return not_now(row.id, problem)
    broadcast_sending.call_off(row.id, now)
    flash("Dihentikan. Yang belum dikirim tidak dikirim.")
    return _there(row.id)


@pages.post("/siaran/<int:broadcast_id>/buang")
@auth.roles(*WAVES)
def drop_broadcast(broadcast_id: int) -> Answer:
    """Throw a draft away."""
    try:
        broadcasts.drop(found(broadcast_id).id, actor(), auth.now())
    except NotNow as problem:
        return not_now(broadcast_id, problem)
    flash("Konsep dibuang.")
    return redirect(url_for(".broadcast_list"), 303)


def _there(broadcast_id: int) -> Response:
    return redirect(url_for(".broadcast", broadcast_id=broadcast_id), 303)
