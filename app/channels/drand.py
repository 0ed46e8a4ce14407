"""Asking drand relays for a round over HTTPS (API v1). Nothing that they say is believed here: a signature proves itself.

A relay that is slow, redirects, talks too much or talks nonsense is passed over.
"""

from __future__ import annotations

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any

#: For one relay: seconds for each step of the conversation, and for all of it.
STEP_SECONDS, ALL_SECONDS = 3.0, 6.0
MOST_BYTES = 4096
_SIGNATURE = re.compile(r"[0-9a-f]{96}", re.ASCII)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Another address is another relay, and nobody configured that one."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def signatures(relays: Sequence[str], chain: str, number: int) -> Iterator[str]:
    """What the relays say is the signature of this round, in hex: one after another, asked only when wanted.

    `chain` is the hash of the chain in hex. Relays without an answer yield nothing.
    """
    opener = urllib.request.build_opener(_NoRedirect)
    for relay in relays:
        try:
            said = json.loads(_body(opener, f"{relay.rstrip('/')}/{chain}/public/{number}"))
        except (OSError, ValueError, http.client.HTTPException):  # URLError and timeouts are OSErrors
            continue
        signature = said.get("signature") if isinstance(said, dict) and said.get("round") == number else None
        if isinstance(signature, str) and _SIGNATURE.fullmatch(signature):
            yield signature


def _body(opener: urllib.request.OpenerDirector, url: str) -> bytes:
    last = time.monotonic() + ALL_SECONDS
    found = b""
    with opener.open(url, timeout=STEP_SECONDS) as response:
        while part := response.read1(MOST_BYTES):
            found += part
            if len(found) > MOST_BYTES or time.monotonic() > last:
                raise ValueError("too much, or too slow")
    return found
