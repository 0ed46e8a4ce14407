"""/saya/keberatan: a person says that a decision is wrong, sees by when it is answered, and reads the answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.objection import LONGEST, ObjectionForm
from app.models import Objection
from app.rules import local_time
from app.services import history, joining, objections, office
from app.services.objections import NotOpen
from app.views.saya import me, page

pages = Blueprint("objections", __name__, url_prefix="/saya/keberatan")

Answer = str | Response | tuple[str, int]


@pages.get("")
@auth.full_session
def show() -> Answer:
    """The form while it is time, and every objection with its answer."""
    return _page(ObjectionForm())


@pages.post("")
@auth.full_session
def make() -> Answer:
    """Keep it; the page then says by when it is answered."""
    form = ObjectionForm(request.form)
    if not form.validate():
        return _page(form), 422
    try:
        objections.make(me()[1].id, form.keberatan.data or "", auth.now())
    except NotOpen:
        return _page(ObjectionForm(), gone=True), 409
    return redirect(url_for(".show", terkirim="ya"), 303)


def _page(form: ObjectionForm, gone: bool = False) -> str:
    application = joining.newest(me()[1].id)
    now, zone = auth.now(), office.current().zone
    end = objections.until(application)
    may = objections.may_object(application, now)
    return page(
        "objection",
        form=form,
        errors=form.error_list(),
        most=LONGEST,
        may=may,
        until=local_time.day_clock(end, zone) if end else "",
        over=end is not None and end <= now,
        sent=request.args.get("terkirim") == "ya",
        gone=gone,
        rows=[_row(one) for one in objections.of(application.id)] if application else [],
    )


def _row(one: Objection) -> dict[str, Any]:
    zone = office.current().zone
    open_ = one.answered_at is None
    return {
        "made": local_time.day_clock(one.made_at, zone),
        "text": one.text,
        "open": open_,
        "due": local_time.day_clock(one.due_at, zone),
        "by": history.place_of(one.owner) if one.owner else "",
        "answered": "" if open_ else local_time.day_clock(one.answered_at, zone),
        "answer": "" if open_ else one.answer,  # a draft is nobody's answer yet
        "upheld": bool(one.upheld) and not open_,
    }
