"""/saya/bantuan: who helps, where, and "call me" for whoever has a place to lose."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from app import auth
from app.services import calls, office, standing
from app.views.saya import me, page

pages = Blueprint("help", __name__, url_prefix="/saya")


@pages.get("/bantuan")
@auth.summary_session
def help_page() -> str:
    """Who helps, and where."""
    session, applicant = me()
    is_full = session.kind == "full"
    return page(
        "bantuan",
        here=standing.of(applicant, auth.now(), office.current().zone) if is_full else None,
        posko=office.posko(near=applicant.district if is_full else None),  # a guessed PIN must not tell where
        callers=calls.callers(applicant) if is_full and calls.waits(applicant.id) else (),
        may_ask=is_full and bool(applicant.phone) and calls.may_ask(applicant.id),
    )


@pages.post("/bantuan/telepon")
@auth.full_session
def ask_for_call() -> Response:
    """ "Telepon saya": on the call list of the posko, once."""
    calls.ask(me()[1].id, auth.now())
    return redirect(url_for("help.help_page"), 303)
