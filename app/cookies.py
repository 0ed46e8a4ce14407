"""The signed session cookie: one for the public side, one for the office's."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache, lru_cache
from typing import Any

import flask_wtf.csrf
from flask import Flask, Response, current_app
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from itsdangerous.signer import SigningAlgorithm

from app.config import Settings
from app.connection import is_staff_area


class _Hmac(SigningAlgorithm):
    """HMAC-SHA256 in one call into C."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


class _Signer(TimestampSigner):
    """SHA-256 instead of SHA-1; a key that is derived once."""

    default_digest_method = staticmethod(hashlib.sha256)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["algorithm"] = _Hmac()
        super().__init__(*args, **kwargs)
        self.derive_key = cache(super().derive_key)  # type: ignore[method-assign]


class _Serializer(URLSafeTimedSerializer):
    """Keeps its signer: a page signs and reads four times, and half of that time went into making signers and keys."""

    default_signer = _Signer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept = super().make_signer()

    def make_signer(self, salt: str | bytes | None = None) -> Any:
        return self._kept if salt in (None, self.salt) else super().make_signer(salt)


# Flask-WTF makes a serializer for each token that it writes or reads; this gives it the same one again.
flask_wtf.csrf.URLSafeTimedSerializer = lru_cache(8)(_Serializer)


class AreaCookies(SecureCookieSessionInterface):
    """One session cookie for the public side, one for /petugas (SameSite=Strict): neither sees the other."""

    digest_method = staticmethod(hashlib.sha256)

    @lru_cache(8)  # noqa: B019 - there is one of these for each application
    def _serializer(self, keys: tuple[str | bytes, ...]) -> _Serializer:
        how = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
        return _Serializer(keys, salt=self.salt, serializer=self.serializer, signer_kwargs=how)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if not app.secret_key:
            return None
        return self._serializer((*app.config["SECRET_KEY_FALLBACKS"], app.secret_key))  # the newest signs

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Flask's, which first looks up all that a cookie needs: five times out of six none is written.

        What is public is the same for everybody (a test asks for all of it): a phone whose cookie changed keeps it.
        """
        if session.modified:
            super().save_session(app, session, response)
        elif session.accessed and "public" not in response.headers.get("Cache-Control", ""):
            response.vary.add("Cookie")

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
