"""VAPID (RFC 8292): how the office proves to a push service that it is the one whom the browser subscribed to."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

LIFETIME = timedelta(hours=12)
"""RFC 8292 section 2 allows 24 h at most; half of it forgives a wrong clock on either side."""

RENEW_BEFORE = timedelta(hours=1)

# Apple answers 403 BadJwtToken to a contact on localhost, which py-vapid lets pass.
_CONTACT = re.compile(r"mailto:[^@\s<>,;]+@([a-z0-9-]+\.)+[a-z][a-z0-9-]+", re.IGNORECASE)


def vapid_public_key(private: str) -> str:
    """Return the public half as base64url of 65 bytes, the page's `applicationServerKey`.

    `private` is the 32-byte private key as base64url. Raises `ValueError` when it is not.
    """
    point = (
        _private_key(private)
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


class VapidHeaders:
    """The `Authorization` header, signed once per push service instead of once per message.

    RFC 8292 section 5 encourages reuse: it saves a signature each time, and the service may cache its check.
    """

    def __init__(self, private: str, contact: str) -> None:
        """`private` as in `vapid_public_key`; `contact` is a `mailto:` on a public domain. Else `ValueError`."""
        if not _CONTACT.fullmatch(contact):
            raise ValueError("the VAPID contact must be a mailto: address on a public domain")
        _private_key(private)
        self._private = private
        self._contact = contact
        self._cache: dict[str, tuple[str, datetime]] = {}

    def header(self, origin: str, now: datetime) -> str:
        """Return the header for a push service's origin (`https://host`), valid for at least one hour from `now`."""
        value, expires = self._cache.get(origin, ("", now))
        # A clock that was set back would otherwise keep a token that is too far ahead (more than 24 h is refused).
        if RENEW_BEFORE <= expires - now <= LIFETIME and value:
            return value
        expires = now + LIFETIME
        value = self._signed(origin, expires)
        self._cache[origin] = (value, expires)
        return value

    def _signed(self, origin: str, expires: datetime) -> str:
        from py_vapid import Vapid02  # with pywebpush it costs 0.2 s, which a web process should not pay

        # A new dict each time: libraries have written one origin's `aud` into a shared one.
        claims = {"aud": origin, "exp": int(expires.timestamp()), "sub": self._contact}
        signed: dict[str, str] = Vapid02.from_raw(self._private.encode()).sign(claims)
        return signed["Authorization"]


def _private_key(private: str) -> ec.EllipticCurvePrivateKey:
    try:
        raw = base64.b64decode(private + "=" * (-len(private) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != 32:
        raise ValueError("the VAPID private key must be 32 bytes in base64url")
    return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
