"""/email/berhenti/<token>: no more notices by email. A GET shows a button, a POST does it (RFC 8058, one click)."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, render_template, request

from app import auth
from app.services import mailing

pages = Blueprint("stop_mail", __name__)

PATH = "/email/berhenti/<token>"
#: What mail programmes send (RFC 8058 section 3.1), and our own button too.
ONE_CLICK = ("List-Unsubscribe", "One-Click")


def init(app: Flask) -> None:
    """The token in the address is the proof: a mail programme has neither a session nor a CSRF token."""
    app.extensions["csrf"].exempt(stop)


@pages.get(PATH)
def ask(token: str) -> str:
    """Ask once; whoever follows the link, be it a virus scanner, changes nothing."""
    if mailing.owner_of(token) is None:
        abort(404)
    return render_template("saya/stop_mail.html", asked=mailing.ASKED, field=ONE_CLICK, done=False)


@pages.post(PATH)
def stop(token: str) -> str:
    """Do it; a second time it is done already. 400 for a wrong token or another body."""
    name, value = ONE_CLICK
    if request.form.get(name) != value or not mailing.stop(token, auth.now()):
        abort(400)
    return render_template("saya/stop_mail.html", asked=mailing.ASKED, field=ONE_CLICK, done=True)
