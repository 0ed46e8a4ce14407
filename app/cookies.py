"""The signed session cookie: one for the public side, one for the office's."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Flask, current_app
from flask.sessions import SecureCookieSessionInterface
from itsdangerous.signer import Signer

from app.config import Settings
from app.connection import is_staff_area

# For the tokens of Flask-WTF, which signs with the default: SHA-256 instead of SHA-1. Given as the C function itself,
# it also lets Python take the fast way through HMAC.
Signer.default_digest_method = staticmethod(hashlib.sha256)


class AreaCookies(SecureCookieSessionInterface):
    """One session cookie for the public side, one for /petugas (SameSite=Strict): neither sees the other."""

    digest_method = staticmethod(hashlib.sha256)

    def get_cookie_name(self, app: Flask) -> str:
        return cookie_name("petugas" if is_staff_area() else "sesi")

    def get_cookie_samesite(self, app: Flask) -> str:
        return "Strict" if is_staff_area() else "Lax"

    def should_set_cookie(self, app: Flask, session: Any) -> bool:
        return bool(session.modified)


def cookie_name(name: str) -> str:
    """`__Host-` where TLS allows it: such a cookie cannot be set by a neighbour domain."""
    settings: Settings = current_app.extensions["settings"]
    return f"__Host-{name}" if settings.https else name
