"""/saya/tugas: reporting that the training is finished, and that the review is written."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from app import auth
from app.rules.deadlines import WORDS, Deadline
from app.services import joining, ledger, tasks
from app.views.saya import me, page

pages = Blueprint("tasks", __name__, url_prefix="/saya/tugas")

KINDS = {"selesai": Deadline.FINISH_TRAINING, "ulasan": Deadline.WRITE_REVIEW}
#: h1 and what to know before the button is pressed.
ASKED = {
    "selesai": (
        "Pelatihan sudah selesai?",
        "Tekan tombol ini hanya kalau pelatihan sudah benar-benar selesai sampai akhir.",
    ),
    "ulasan": (
        "Sudah beri bintang dan ulasan?",
        "Tekan tombol ini hanya kalau bintang dan ulasan sudah Anda tulis di akun program.",
    ),
}


@pages.get("/<any(selesai,ulasan):task>")
@auth.full_session
def ask(task: str) -> Response | str:
    """Ask once more."""
    if not tasks.may_report(joining.newest(me()[1].id), KINDS[task]):
        return redirect(url_for("saya.status"), 303)
    return page("tugas", asked=ASKED[task], button=WORDS[KINDS[task]].done)


@pages.post("/<any(selesai,ulasan):task>")
@auth.full_session
def done(task: str) -> Response:
    """Note it, once."""
    try:
        noted = tasks.report(me()[1].id, KINDS[task], auth.now())
    except ledger.NotAllowed:
        noted = False
    return redirect(url_for("saya.status", selesai=task if noted else "sudah"), 303)
