"""/saya/data and /saya/izin: everything that is stored about me, to read and to take along; and my permissions."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app import auth
from app.forms.registration import registration
from app.forms.saya import ConsentsForm
from app.rules import local_time
from app.rules.terms import Terms
from app.services import consents, my_applications, my_data, office
from app.services.record import Item
from app.views import proof
from app.views.privacy import NOTICE
from app.views.saya import me, page
from app.views.terms import terms

pages = Blueprint("my_data", __name__, url_prefix="/saya")

Rows = list[tuple[str, str | Markup]]


# everything -----------------------------------------------------------------------------------------


@pages.get("/data")
@proof.fresh_pin
def everything() -> str:
    """Everything that is stored, in words."""
    _, applicant = me()
    zone, asked = office.current().zone, terms()
    sections = my_data.collect(applicant.id, zone)
    sent = {item.id: _answers(item, asked) for part in sections for item in part.items if item.id}
    return page("data", sections=sections, sent=sent, zone=zone, left_out=my_data.LEFT_OUT)


def _answers(item: Item, asked: Terms) -> dict[str, Any]:
    """The answers of one application, and what earlier versions of it said otherwise."""
    stored = next(fact.value for fact in item.facts if fact.code == "jawaban")
    now = _rows(stored, asked)
    earlier = []
    for version in my_applications.versions(item.id):
        before = _rows(json.loads(version.answers), asked)
        changed = [(key, value) for key, value in before if (key, value) not in now]
        earlier.append((local_time.day_clock(version.at, asked.zone), changed))
    return {"now": now, "earlier": earlier}


def _rows(answers: dict[str, Any], asked: Terms) -> Rows:
    """Stored answers as the check page shows them; one that no form can read any more is shown as it is stored."""
    rows: Rows = []
    for step in registration(asked.today):
        if step.slug not in answers:
            continue
        try:
            rows += step.form.rows(asked, answers, answers[step.slug])
        except (KeyError, ValueError, TypeError):
            rows.append((step.title, json.dumps(answers[step.slug], ensure_ascii=False)))
    return rows


@pages.get("/data.json")
@proof.fresh_pin
def download() -> Response:
    """The same as a file."""
    _, applicant = me()
    now, zone = auth.now(), office.current().zone
    response = make_response(my_data.as_json(my_data.collect(applicant.id, zone), now, zone))
    response.mimetype = "application/json"
    day: date = local_time.local_day(now, zone)
    response.headers["Content-Disposition"] = f'attachment; filename="data-saya-{day.isoformat()}.json"'
    return response


# permissions ----------------------------------------------------------------------------------------


@pages.get("/izin")
@auth.full_session
def permissions() -> str:
    """The optional permissions as they hold now."""
    _, applicant = me()
    form = ConsentsForm(data=consents.current(applicant.id))
    return page("izin", form=form, saved="selesai" in request.args)


@pages.post("/izin")
@auth.full_session
def permissions_now() -> Response:
    """Keep what is ticked; what is not ticked any more is taken back at once."""
    _, applicant = me()
    consents.change(applicant.id, ConsentsForm(request.form).wanted(), NOTICE, auth.now())
    return redirect(url_for(".permissions", selesai=1), 303)
