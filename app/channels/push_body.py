"""What a push says, in bytes of one length.

A push service sees how long each body is. Every body here has the same length, so that neither length nor
order tells the service who was selected.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlsplit

BODY_BYTES = 1024
"""Length of every body before encryption. Encrypted it is 103 bytes longer (RFC 8188: header 86, tag and mark 17)."""

MAX_PLAINTEXT = 3993
"""RFC 8291 section 4: one record, and a push service must take 4096 bytes, so 4096 - 86 - 17."""

_MEMBERS = frozenset({"title", "body", "navigate", "tag", "lang", "dir", "silent", "icon", "badge", "data"})


_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class BodyTooLong(ValueError):
    """The words do not fit into the one length; shorten them."""


def padded_body(message: Mapping[str, object], size: int = BODY_BYTES) -> bytes:
    """Return a Declarative Web Push message of exactly `size` bytes, padded with trailing spaces (legal JSON).

    `message` holds the notification's members: `title` and `navigate` (an absolute URL) are required, `body`,
    `tag`, `lang` ("id" unless given), `dir`, `silent`, `icon`, `badge` and `data` are optional. Safari shows this
    JSON by itself (https://www.w3.org/TR/push-api/#declarative-push-message); in other browsers the service worker
    reads `notification` from it.

    Raises `BodyTooLong` when the words do not fit, `ValueError` for a member that is missing or unknown.
    """
    if not message.keys() <= _MEMBERS:
        raise ValueError(f"unknown members of a notification: {sorted(message.keys() - _MEMBERS)}")
    if size > MAX_PLAINTEXT:
        raise ValueError(f"a push body holds at most {MAX_PLAINTEXT} bytes, not {size}")
    title, navigate = message.get("title"), message.get("navigate")
    if not isinstance(title, str) or not title.strip():
        raise ValueError("a notification needs a title")
    if not isinstance(navigate, str) or not _absolute(navigate):
        raise ValueError("navigate must be an absolute http(s) address")
    whole = {"web_push": 8030, "notification": {"lang": "id", **message}}
    raw = _AS_JSON.encode(whole).encode()
    if len(raw) > size:
        raise BodyTooLong(f"{len(raw)} bytes of {size}")
    return raw.ljust(size, b" ")


@lru_cache(256)  # a wave's notices lead to a few pages
def _absolute(address: str) -> bool:
    url = urlsplit(address)
    return url.scheme in ("https", "http") and bool(url.hostname)
