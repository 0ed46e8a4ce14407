"""The office's blueprint: closed by default, and what all its pages share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth, errors
from app.connection import client_network
from app.models import Application, Staff
from app.rules import codes
from app.services import heavy, limits
from app.services.applicant_search import Task
from app.services.ledger import Actor
from app.services.staff_signin import Browser

pages = Blueprint("staff", __name__, url_prefix="/petugas")

TABLET_COOKIE = "tablet"
TABLET_COOKIE_SECONDS = 400 * 24 * 3600

EVERYBODY = ("officer", "verifier", "manager", "auditor")
CASEWORK = ("officer", "verifier", "manager")
"""Whoever may change something about an applicant."""
RESULTS = ("verifier", "manager")
"""Whoever may bring in results; publishing them takes another person."""
WAVES = ("manager",)
WATCHERS = ("manager", "auditor")
"""Whoever may see what the office's own people are and do."""

ROLE_WORDS = {
    "officer": "Petugas",
    "verifier": "Pemeriksa",
    "manager": "Pengelola",
    "auditor": "Pengawas",
}

OVER = "Anda sudah keluar: tablet ini 10 menit tidak dipakai, atau masuknya diakhiri. Masuk lagi."

View = Callable[..., Any]


@dataclass(frozen=True)
class Act:
    """One thing that a manager does to a help post or an account with one press, and its words.

    `verb` is given the row, the mark of what the manager saw of it, who and when; it may return a code to hand over.
    """

    verb: Callable[[int, str, Actor, datetime], str | None]
    when_active: bool
    button: str
    title: str
    what: tuple[str, ...]
    done: str
    icon: str


def open_to_all(view: View) -> View:
    """Mark a page that needs no session: signing in and enrolling."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


@pages.before_request
def _closed_by_default() -> Response | None:
    """A page that names no roles does not exist, and nothing is shown before password and second factor."""
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "open_to_all", False):
        return None
    if not getattr(view, "allowed_roles", None):
        abort(404)
    who = auth.principal()
    if who is None or who.kind != "staff":
        back = request.path if request.method == "GET" else None
        if who is None and auth.forget_over():
            flash(OVER if back else f"{OVER} Yang baru Anda ketik belum tersimpan.", "warn")
        return redirect(url_for("staff.sign_in", lanjut=back), 303)
    return None


def staff() -> Staff:
    """The signed-in person of the office."""
    return cast(auth.Principal, auth.principal()).staff


def one_at_a_time(kind: str) -> Callable[[View], View]:
    """Heavy work (export, import, draw): one piece at a time for a person, and so many an hour; else 429."""

    def wear(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            try:
                with heavy.turn(kind, staff(), auth.now()):
                    return view(*args, **kwargs)
            except limits.Closed as closed:
                return errors.page(429, retry_after=closed.retry_after)

        return guarded

    return wear


def actor() -> Actor:
    """The same person as the one who acts, for ledger and audit."""
    return Actor("staff", staff())


def browser() -> Browser:
    """Where this request comes from, for the limits."""
    return Browser(client_network(), request.cookies.get(auth.cookie_name(TABLET_COOKIE)))


def remember_tablet(response: Response, token: str) -> None:
    """Let this tablet have limits of its own at the next sign-in. It opens nothing."""
    response.set_cookie(
        auth.cookie_name(TABLET_COOKIE),
        token,
        max_age=TABLET_COOKIE_SECONDS,
        secure=current_app.extensions["settings"].https,
        httponly=True,
        samesite="Strict",
        path="/",
    )


def came_from() -> str | None:
    """The list of work from which a person was opened (`?dari=` in the address), kept on all that follows; or None."""
    asked = request.args.get("dari", "")
    return asked if asked in set(Task) else None


def about(application: Application) -> dict[str, Any]:
    """What every page about one applicant prints or links to."""
    return {
        "at": "cari",
        "application": application,
        "ticket": codes.shown(application.ticket),
        "back": url_for(".applicant", application_id=application.id, dari=came_from()),
        "dari": came_from(),
    }


def refused(status: int, title: str, what: str, href: str, link: str) -> tuple[str, int]:
    """A page that says why something was not done, and where to look now."""
    return render_template("staff/refused.html", title=title, what=what, href=href, link=link), status


@pages.context_processor
def _frame() -> dict[str, Any]:
    """The bar and the menu of every page after signing in."""
    who = auth.principal()
    if who is None or who.kind != "staff":
        return {}
    person = who.staff
    return {
        "me": person,
        "staff_name": person.name,
        "staff_post": person.posko.name if person.posko else ROLE_WORDS[person.role],
        "menu": (
            ("beranda", url_for("staff.home"), "home", "Beranda", 0),
            ("cari", url_for("staff.search"), "search", "Pendaftar", 0),
            ("gelombang", url_for("staff.waves"), "wave", "Gelombang", 0),
            ("akun", url_for("staff.devices"), "person", "Akun Anda", 0),
        ),
    }
