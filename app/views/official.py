"""/cek: is this message from us? Anybody may ask, nothing is kept, and no link is opened for it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.config import Settings
from app.forms.official import PastedForm
from app.rules.message_check import Verdict
from app.rules.own_address import HOST_WORDS, OURS
from app.services import office, official

pages = Blueprint("official", __name__)

#: Kind of banner, icon, title and sentence for each answer.
SAID = {
    Verdict.OURS: ("ok", "check", "Ini pesan dari kami", "Kata dan alamatnya sama dengan pesan kami."),
    Verdict.OWN_ADDRESS: ("ok", "check", "Ini alamat kami", "Tautan ini menuju halaman kami."),
    Verdict.UNSURE: (
        "warn",
        "info",
        "Belum bisa kami pastikan",
        "Tidak ada kode pesan di sini. Semua kabar kami ada di halaman Kabar setelah Anda masuk.",
    ),
    Verdict.NOT_OURS: (
        "bad",
        "x",
        "Bukan dari kami",
        "Jangan dibuka, jangan dibalas, dan jangan diteruskan.",
    ),
}
#: So many foreign words are shown; more help nobody.
SHOWN_WORDS = 12


@pages.get("/cek")
def ask() -> Response:
    """The box to paste into, and how to know a true message."""
    return _page(form=PastedForm(), errors=[])


@pages.post("/cek")
def check() -> Response:
    """Say whether the words and the addresses are ours."""
    form = PastedForm(request.form)
    if not form.validate():
        return _page(422, form=form, errors=form.error_list())
    settings, facts = _settings(), office.current()
    where = official.site(settings.public_host, settings.https, facts)
    answer = official.check(form.pesan.data or "", where, facts, _viewer())
    return _page(
        form=form,
        errors=[],
        answer=answer,
        said=SAID[answer.verdict],
        links=[
            (link.text[:80], link.host, HOST_WORDS[link.kind], link.kind in OURS) for link in answer.links
        ],
        foreign=answer.foreign[:SHOWN_WORDS],
        owner=_viewer() is not None,
    )


@pages.get("/cek/<code>")
def notice(code: str) -> Response:
    """One notice in full: to its owner with every word, to others without what is personal."""
    found = official.by_code(code, _viewer(), office.current().zone)
    if found is None:
        return _page(404, form=PastedForm(), errors=[], unknown=True)
    return _answer(render_template("start/notice.html", notice=found, public_host=_settings().public_host))


@pages.get("/cek-pesan")
def old_address() -> Response:
    """Where this page was."""
    return redirect(url_for(".ask"), 308)


def _viewer() -> int | None:
    """Who looks, if all of their pages are open to them."""
    who = auth.principal()
    return who.applicant_id if who is not None and who.kind == "full" else None


def _settings() -> Settings:
    return current_app.extensions["settings"]  # type: ignore[no-any-return]


def _page(status: int = 200, **more: Any) -> Response:
    return _answer(
        render_template("start/messages.html", public_host=_settings().public_host, **more), status
    )


def _answer(page: str, status: int = 200) -> Response:
    response = make_response(page, status)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
