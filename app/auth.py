"""Who is asking: cookies, the signed-in principal, CSRF, and the guards that views wear."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Request, abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as WerkzeugResponse

from app.config import Settings
from app.connection import is_staff_area
from app.cookies import AreaCookies
from app.cookies import cookie_name as cookie_name  # views name it auth.cookie_name
from app.models import Applicant, Session, Staff
from app.services import announcing, devices, sessions

ROLES = ("officer", "verifier", "manager", "auditor")
DEVICE_COOKIE = "hp"
DEVICE_COOKIE_SECONDS = 400 * 24 * 3600
#: The wizard's questions show no result and move no application, so nobody's result is looked for there (one
#: statement of four on every page of it).
QUESTIONS = "register"
View = Callable[..., Any]


class Principal(UserMixin):
    """The person behind a session row; flask-login keeps its token in the signed cookie."""

    def __init__(self, token: str, row: Session) -> None:
        self.token = token
        self.session = row

    def get_id(self) -> str:
        return self.token

    @property
    def applicant(self) -> Applicant:
        return cast(Applicant, self.session.applicant)

    @property
    def applicant_id(self) -> int:
        return cast(int, self.session.applicant_id)

    @property
    def staff(self) -> Staff:
        return cast(Staff, self.session.staff)

    @property
    def kind(self) -> str:
        return str(self.session.kind)


def init(app: Flask, settings: Settings) -> None:
    """Set up cookies, CSRF protection and flask-login."""
    first, *older = settings.keys.cookie_secrets
    app.secret_key = first
    app.config.update(
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        WTF_CSRF_TIME_LIMIT=None,  # a slow typist must not lose the page
        WTF_CSRF_SSL_STRICT=False,  # Referer may be stripped on the way; _refuse_cross_site checks instead
    )
    app.session_interface = AreaCookies()
    CSRFProtect(app)
    app.before_request(_refuse_cross_site)
    manager = LoginManager(app)
    manager.session_protection = None  # "basic" signs mobile users out whenever their address changes
    manager._session_identifier_generator = lambda: ""  # so no hash of address and browser in the cookie
    manager.user_loader(_load)
    manager.unauthorized_handler(ask_to_sign_in)


def now() -> datetime:
    """The time of this request: read once, so that one request has one time."""
    try:
        moment: datetime = g.now
    except AttributeError:
        moment = g.now = current_app.extensions["clock"].now()
    return moment


def _load(token: str) -> Principal | None:
    row = sessions.find(token, now())
    if row is None or (row.staff_id is not None) != is_staff_area():
        return None
    if row.staff is not None and not row.staff.active:
        return None
    if row.applicant_id is not None and request.blueprint != QUESTIONS:
        announcing.own_first(row.applicant_id, now())
    return Principal(token, row)


def ask_to_sign_in() -> WerkzeugResponse:
    """The way to the door, and back to here."""
    door = "staff.sign_in" if is_staff_area() else "sign_in.sign_in"
    return redirect(url_for(door, lanjut=request.path if request.method == "GET" else None), 303)


def _refuse_cross_site() -> None:
    """A second lock beside the CSRF token that needs no Referer (security threat 16)."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin not in (None, "null") and urlsplit(origin).netloc != request.host:
        abort(403)


# signing in and out ---------------------------------------------------------------------------


def principal() -> Principal | None:
    """The signed-in person, or None."""
    # The person, not the proxy of flask-login, which asks anew whose request this is whenever it is looked at.
    who = current_user._get_current_object()
    return cast(Principal, who) if who.is_authenticated else None


def sign_in(token: str) -> None:
    """Put a fresh session's token into the cookie; what an anonymous visitor had there is dropped."""
    row = sessions.find(token, now())
    if row is None:
        abort(403)
    session.clear()
    # A shared phone forgets when the browser closes; an own phone stays signed in (rows set the real limit).
    session.permanent = not row.shared and row.kind in ("full", "summary")
    current_app.permanent_session_lifetime = sessions.LIFETIMES["own"].absolute
    login_user(Principal(token, row))


def renew(token: str) -> None:
    """A fresh session takes the place of the same person's old one: what the cookie holds besides stays."""
    kept = {name: value for name, value in session.items() if name not in ("_user_id", "_fresh", "_id")}
    sign_in(token)
    session.update(kept)


def sign_out() -> None:
    """End the session on the server and forget the cookie."""
    who = principal()
    if who is not None:
        sessions.revoke(who.session, now())
    logout_user()
    session.clear()


def forget_over() -> bool:
    """Drop a session that is over from the cookie; whether there was one."""
    return principal() is None and session.pop("_user_id", None) is not None


def device_token() -> str | None:
    """The known-phone cookie of this browser: one token for each person who is known on it."""
    return request.cookies.get(cookie_name(DEVICE_COOKIE))


def remember_device(response: WerkzeugResponse, token: str) -> None:
    """Make this browser a known phone; who else is known on it stays known."""
    response.set_cookie(
        cookie_name(DEVICE_COOKIE),
        devices.with_token(device_token(), token),
        max_age=DEVICE_COOKIE_SECONDS,
        secure=current_app.extensions["settings"].https,
        httponly=True,
        samesite="Lax",
        path="/",
    )


# guards -----------------------------------------------------------------------------------------


def summary_session(view: View) -> View:
    """Any signed-in applicant: status, deadlines, posko, unanswered steps."""

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        who = principal()
        if who is None or who.kind not in ("full", "summary"):
            return ask_to_sign_in()
        return view(*args, **kwargs)

    return guarded


def full_session(view: View) -> View:
    """An applicant on a known phone (or with kunci, email code, posko code): may read and change everything."""

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        who = principal()
        if who is None or who.kind not in ("full", "summary"):
            return ask_to_sign_in()
        if who.kind != "full":
            return redirect(url_for("sign_in.more_proof", lanjut=request.path), 303)
        return view(*args, **kwargs)

    return guarded


def roles(*allowed: str) -> Callable[[View], View]:
    """Staff of these roles only; others are told that the page does not exist."""
    if not set(allowed) <= set(ROLES):
        raise ValueError(f"no such role among {allowed}")

    def wear(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            who = principal()
            if who is None or who.kind != "staff":
                return ask_to_sign_in()
            if who.staff.role not in allowed:
                abort(404)
            return view(*args, **kwargs)

        guarded.allowed_roles = allowed  # type: ignore[attr-defined]
        return guarded

    return wear


def safe_next(default: str, asked: Request = request) -> str:
    """Where to go after signing in: a path of ours, or the default (never another site)."""
    target = asked.values.get("lanjut", "")
    if not target.startswith("/") or target.startswith(("//", "/\\")) or any(c in target for c in "\\\r\n\t"):
        return default
    try:
        current_app.url_map.bind("").match(urlsplit(target).path, method="GET")
    except (HTTPException, RequestRedirect):
        return default
    return target
