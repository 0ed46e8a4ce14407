"""/panduan: the guide through the accounts that the programme needs. Anybody may read it."""

from __future__ import annotations

from flask import (
    Blueprint,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response

from app import auth
from app.models import Applicant
from app.rules import phone
from app.services import guide, inbox

pages = Blueprint("guide", __name__, url_prefix="/panduan")

#: Where a visitor without a full session keeps the marks: in the signed cookie, codes of steps only.
MARKS = "panduan"


def owner() -> Applicant | None:
    """The person whose rows remember the progress. A summary session may change nothing, so it counts as a visitor."""
    who = auth.principal()
    return who.applicant if who is not None and who.kind == "full" else None


def here() -> guide.Standing:
    """How far this visitor is."""
    person = owner()
    return guide.standing(person) if person else guide.Standing(guide.known(session.get(MARKS, ())))


@pages.get("")
def overview() -> str:
    """Every step, what is done, and one button to go on."""
    who, person = auth.principal(), owner()
    return render_template(
        "guide/overview.html",
        parts=guide.PARTS,
        standing=here(),
        way=guide.WAYS.get(here().way, ""),
        tab="panduan",
        signed_in=who is not None,
        full=person is not None,
        unread=inbox.unread(person.id) if person else 0,
    )


@pages.get("/<code>")
def step(code: str) -> str:
    """One step: what the screen looks like, and one thing to do."""
    found, standing, person = _step(code), here(), owner()
    return render_template(
        "guide/step.html",
        step=found,
        place=guide.place(found),
        standing=standing,
        how=standing.how(found),
        after=standing.after(found),
        way=standing.way,
        ways=guide.WAYS,
        signed_in=auth.principal() is not None,
        full=person is not None,
        email=person.email if person else None,
        own_number=phone.shown(person.phone) if person and person.phone else "",
    )


@pages.post("/<code>")
def tick(code: str) -> Response:
    """Mark a step by the person's own word, choose a way, or take the mark back."""
    found = _step(code)
    wanted = request.form.get("tanda", "")
    if wanted == "batal":
        _mark(code, back=True)
        return redirect(url_for(".step", code=code), 303)
    if wanted not in (guide.WAYS if code == guide.WAY else ("ya",)):
        abort(400)
    _mark(wanted if code == guide.WAY else code)
    following = here().after(found)
    return redirect(url_for(".step", code=following.code) if following else url_for(".overview"), 303)


def _mark(code: str, back: bool = False) -> None:
    person = owner()
    try:
        if person is not None:
            (guide.unmark if back else guide.mark)(person, code, auth.now())
        else:
            session[MARKS] = sorted((guide.without_mark if back else guide.with_mark)(here().said, code))
    except guide.NotByWord:
        abort(400)


def _step(code: str) -> guide.Step:
    return guide.STEPS.get(code) or abort(404)


@pages.get("/kartu")
def card() -> str:
    """The card with the addresses, to print or to copy by hand. It has no line for a password."""
    person = owner()
    return render_template(
        "guide/card.html",
        email=person.email if person else None,
        proved=person is not None and person.email_proved_at is not None,
        number=phone.masked(person.phone) if person and person.phone else "",
        public_host=current_app.extensions["settings"].public_host,
    )


@pages.get("/luring")
def offline() -> Response:
    """The whole guide on one page, the same for everybody: phones keep it for when there is no signal."""
    response = make_response(offline_page())
    response.headers["Cache-Control"] = "no-cache"
    return response


def offline_page() -> str:
    """The text of that page; the service worker's version depends on it."""
    return render_template("guide/offline.html", parts=guide.PARTS)
