"""Which push endpoints this office ever talks to, and the keys that come with them.

An endpoint is an address that a stranger's browser chose and that our server then dials, so it is held against
an allow-list (OWASP ASVS 5.0 req. 1.3.6), when it is stored and again each time before it is used.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

MAX_ENDPOINT_BYTES = 1024
MAX_HOST = 100
"""Real hosts have at most 40 characters; a wildcard would let a stranger's fill the column that keeps the origin."""

_LOOPBACK = ("localhost", "127.0.0.1")
# Python's and aiohttp's parsers repair odd addresses in different ways (backslash, tab, '#', non-ASCII), and what
# one of them reads as a path the other may read as a host. No push service needs any of these characters.
_PLAIN = re.compile(r"""[!-~]+""")
_REPAIRED = re.compile(r"""["#<>\\^`{|}]""")
_BEGINNING = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{1,100}={0,2}")


class Refused(ValueError):
    """A subscription that is not taken.

    `code` is one of endpoint_malformed, endpoint_too_long, endpoint_not_https, endpoint_userinfo, endpoint_port,
    endpoint_ip, endpoint_host, key_malformed, auth_malformed. The text never repeats the endpoint: whoever knows
    an endpoint may be able to write to it, so it has no place in a log.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Subscription:
    """One browser that wants pushes: `endpoint` (URL), `p256dh` (65 bytes, a point on P-256), `auth` (16 bytes)."""

    endpoint: str = field(repr=False)
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)


def check_subscription(
    endpoint: str,
    p256dh_b64: str,
    auth_b64: str,
    allowed_hosts: Collection[str],
    *,
    allow_loopback: bool = False,
) -> Subscription:
    """Take what `PushSubscription.toJSON()` gives (keys in base64url) and return it checked, or raise `Refused`.

    `allowed_hosts` (a setting) holds plain names and `*.suffix` names. `allow_loopback` lets http and https to localhost and
    127.0.0.1 through on any port, for receivers in tests; no production setting may turn it on.
    """
    check_endpoint(endpoint, allowed_hosts, allow_loopback=allow_loopback)
    subscription = Subscription(
        endpoint, _decoded(p256dh_b64, "key_malformed"), _decoded(auth_b64, "auth_malformed")
    )
    check_keys(subscription)
    return subscription


def check_endpoint(endpoint: str, allowed_hosts: Collection[str], *, allow_loopback: bool = False) -> str:
    """Return the origin; raise `Refused` unless it is https, port 443, a known host by name, and at most 1024 bytes."""
    scheme, host, port = _split(endpoint)
    if allow_loopback and host in _LOOPBACK:
        return _origin(scheme, host, port)
    if scheme != "https":
        raise Refused("endpoint_not_https")
    if port not in (None, 443):
        raise Refused("endpoint_port")
    if _is_address(host):
        raise Refused("endpoint_ip")
    if not any(_matches(host, pattern) for pattern in allowed_hosts):
        raise Refused("endpoint_host")
    return _origin(scheme, host, port)


def check_keys(subscription: Subscription) -> None:
    """Raise `Refused` unless the keys can be encrypted to (RFC 8291 section 3: P-256 uncompressed, 16 bytes)."""
    point = subscription.p256dh
    if len(point) != 65:  # the compressed form, which the line below would take, is shorter
        raise Refused("key_malformed")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise Refused("key_malformed") from None
    if len(subscription.auth) != 16:
        raise Refused("auth_malformed")


def origin_of(endpoint: str) -> str:
    """Return the origin (`https://host`, a port only when it is not the scheme's own): RFC 8292's `aud`."""
    return _origin(*_split(endpoint))


def _origin(scheme: str, host: str, port: int | None) -> str:
    usual = {"https": 443, "http": 80}[scheme]
    return f"{scheme}://{host}" if port in (None, usual) else f"{scheme}://{host}:{port}"


def _split(endpoint: str) -> tuple[str, str, int | None]:
    """Return scheme, host (both in lower case) and port, or raise `Refused`."""
    if not isinstance(endpoint, str) or not _PLAIN.fullmatch(endpoint) or _REPAIRED.search(endpoint):
        raise Refused("endpoint_malformed")
    if len(endpoint) > MAX_ENDPOINT_BYTES:
        raise Refused("endpoint_too_long")
    beginning = _BEGINNING.match(endpoint)
    if beginning is None:
        raise Refused("endpoint_malformed")
    return _server(beginning[0])


@lru_cache(256)
def _server(beginning: str) -> tuple[str, str, int | None]:
    """The same of `scheme://authority`; remembered, for a million endpoints lie on five services."""
    try:
        url = urlsplit(beginning)
        host, port = url.hostname or "", url.port  # reading the port checks it
    except ValueError:
        raise Refused("endpoint_malformed") from None
    if "@" in url.netloc:
        raise Refused("endpoint_userinfo")
    if ":" in host:
        raise Refused("endpoint_ip")
    if url.scheme not in ("https", "http") or url.netloc.endswith(":") or not _HOST.fullmatch(host):
        raise Refused("endpoint_malformed")
    if len(host) > MAX_HOST:
        raise Refused("endpoint_host")
    return url.scheme, host, port


def _is_address(host: str) -> bool:
    """Say whether a client may read the host as IPv4 (WHATWG URL, "ends in a number": 127.1 and 0x7f000001 too)."""
    last = host.rpartition(".")[2]
    return last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last) is not None


def _matches(host: str, pattern: str) -> bool:
    """Compare a host with `name` or `*.suffix`; a suffix of fewer than two labels (`*.com`) matches nothing."""
    if not pattern.startswith("*."):
        return host == pattern
    return pattern.count(".") >= 2 and host.endswith(pattern[1:])


def _decoded(text: str, code: str) -> bytes:
    """Decode base64url, padded or not, or raise `Refused(code)`."""
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise Refused(code)
    bare = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        raise Refused(code) from None
