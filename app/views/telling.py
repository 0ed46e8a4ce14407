"""/saya/kabar/atur: how I want to be told. The inbox is never switched off here."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.config import Settings
from app.forms.saya import TellingForm
from app.rules import notice_texts
from app.services import telling
from app.services.preferences import Chosen
from app.services.telling import Standing
from app.views.push import SAID
from app.views.saya import me, page

pages = Blueprint("telling", __name__, url_prefix="/saya/kabar")

Answer = str | Response | tuple[str, int]
#: A way in the middle of a sentence: "Kabar juga masuk lewat ...".
WAYS = {
    "email": "email {email}",
    "call": "telepon petugas",
    "wa": "WhatsApp petugas",
    "sms": "SMS",
}


def standing() -> Standing:
    """How the signed-in person is told now."""
    session, applicant = me()
    settings: Settings = current_app.extensions["settings"]
    return telling.of(applicant, session.device_id, bool(settings.sms_url))


def in_words(here: Standing) -> tuple[str, str]:
    """(which ways are on, when the phone stays silent), each a sentence."""
    ways = [_phones(here)] if here.phones else []
    ways += [WAYS[purpose].format(email=here.email) for purpose in here.on]
    on = f"Kabar juga masuk lewat {_listed(ways)}." if ways else "Kabar hanya masuk di halaman ini."
    hours = here.chosen.hours.said
    return on, f"HP diam {hours}." if hours else "HP boleh berbunyi kapan saja."


def _phones(here: Standing) -> str:
    count, mine = len(here.phones), any(one.here for one in here.phones)
    if count == 1:
        return "HP ini" if mine else here.phones[0].label
    return f"HP ini dan {count - 1} lagi" if mine else f"{count} HP"


def _listed(words: list[str]) -> str:
    """`a`, `a dan b`, `a, b, dan c`."""
    if len(words) < 3:
        return " dan ".join(words)
    return f"{', '.join(words[:-1])}, dan {words[-1]}"


@pages.get("/atur")
@auth.full_session
def choose() -> str:
    """Everything that can be chosen, as it holds now."""
    here = standing()
    said = {"jam": here.chosen.quiet, "bahasa": here.chosen.language} | here.open
    form = TellingForm(data=said)
    form.offer(here.offered)
    return _page(form, here)


@pages.post("/atur")
@auth.full_session
def keep() -> Answer:
    """Keep it; it holds from the next notice on, and hours of silence for what is still waiting too."""
    here, form = standing(), TellingForm(request.form)
    # Only what the page showed: a box that came up meanwhile was not left empty, it was not there.
    form.offer(set(here.offered) & set(request.form.getlist("ada")))
    if not form.validate():
        return _page(form, here), 422
    chosen = Chosen(form.jam.data, form.bahasa.data)
    telling.change(me()[1].id, form.wanted(), chosen, form.words(), auth.now())
    return redirect(url_for(".choose", selesai="simpan"), 303)


def _page(form: TellingForm, here: Standing) -> str:
    asked = request.args.get("selesai", "")
    return page(
        "atur",
        tab="kabar",
        form=form,
        errors=form.error_list(),
        here=here,
        notes={code: note for code, (_, note) in notice_texts.LANGUAGES.items()},
        saved=asked == "simpan",
        said=SAID.get(asked, ""),
        now_on=" ".join(in_words(here)),
    )
