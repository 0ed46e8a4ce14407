"""/saya/tawaran: a freed seat is offered to this person; yes at once, no after one more question."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from app import auth
from app.services import joining, offers, office
from app.services.offers import Asked, Gone
from app.views import proof
from app.views.saya import me, page

pages = Blueprint("offers", __name__, url_prefix="/saya/tawaran")

Answer = str | Response | tuple[str, int]

GONE = {
    "accepted": ("Anda sudah menjawab ya", "Tempat ini sudah milik Anda. Tidak perlu ditekan lagi."),
    "declined": ("Anda sudah menjawab tidak jadi", "Tempatnya sudah pindah ke urutan berikutnya."),
    "expired": ("Waktu menjawab sudah lewat", "Tempatnya sudah pindah ke urutan berikutnya."),
}
OTHERWISE = ("Tawaran ini tidak ada", "Mungkin keadaannya sudah berubah. Lihat status Anda yang terbaru.")


@pages.post("/<int:offer_id>/ambil")
@proof.fresh_pin
def accept(offer_id: int) -> Answer:
    """Yes: the seat is this person's."""
    try:
        offers.accept(offer_id, me()[1].id, auth.now())
    except Gone as problem:
        return _gone(problem)
    return redirect(url_for("saya.status", selesai="ambil"), 303)


@pages.get("/<int:offer_id>/lepas")
@auth.full_session
def ask_decline(offer_id: int) -> Answer:
    """Ask once more, and say what it means."""
    asked = _open(offer_id)
    if asked is None:
        return redirect(url_for("saya.status"), 303)
    return page("offer_decline", tab="status", asked=asked)


@pages.post("/<int:offer_id>/lepas")
@proof.fresh_pin
def decline(offer_id: int) -> Answer:
    """No: on to the next in line."""
    try:
        offers.decline(offer_id, me()[1].id, auth.now())
    except Gone as problem:
        return _gone(problem)
    return redirect(url_for("saya.status", selesai="lepas"), 303)


def _open(offer_id: int) -> Asked | None:
    application = joining.newest(me()[1].id)
    asked = offers.open_for(application, auth.now(), office.current().zone)
    return asked if asked is not None and asked.id == offer_id else None


def _gone(problem: Gone) -> tuple[str, int]:
    """409: answered already, or too late."""
    title, words = GONE.get(problem.answer, OTHERWISE)
    return page("offer_gone", tab="status", title=title, words=words), 409
