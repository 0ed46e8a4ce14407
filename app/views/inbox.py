"""/saya/kabar: the inbox. Opening a notice is a form, because a GET changes nothing."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.services import inbox, office, subscriptions
from app.views import telling
from app.views.push import SAID
from app.views.saya import me, page

pages = Blueprint("inbox", __name__, url_prefix="/saya/kabar")


@pages.get("")
@auth.full_session
def listing() -> str:
    """Every notice, the newest first."""
    session, applicant = me()
    number = request.args.get("halaman", 1, type=int)
    last = inbox.pages(applicant.id)
    ways, silence = telling.in_words(telling.standing())
    number = min(max(number, 1), last)
    return page(
        "kabar",
        tab="kabar",
        rows=inbox.lines(applicant.id, auth.now(), office.current().zone, number),
        number=number,
        last=last,
        said=SAID.get(request.args.get("selesai", ""), ""),
        ways=ways,
        silence=silence,
        rings=bool(subscriptions.list_for(applicant.id)) and not session.shared,
    )


@pages.get("/<int:notice_id>")
@auth.full_session
def letter(notice_id: int) -> str:
    """One notice."""
    found = inbox.letter(me()[1].id, notice_id, office.current().zone)
    if found is None:
        abort(404)
    return page("surat", tab="kabar", letter=found)


@pages.post("/<int:notice_id>")
@auth.full_session
def open_letter(notice_id: int) -> Response:
    """Note that it was opened, and show it."""
    if not inbox.mark_opened(me()[1].id, notice_id, auth.now()):
        abort(404)
    return redirect(url_for(".letter", notice_id=notice_id), 303)
