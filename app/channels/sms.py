"""SMS through a gateway that speaks our small HTTP contract (docs/operations.md, "An SMS gateway").

    POST <url>   Authorization: Bearer <token>   Idempotency-Key: <id>   Content-Type: application/json
    {"id": "...", "to": "+6281234567890", "from": "GELOMBANG", "text": "..."}

Gateways differ, so whatever a house has is put behind this contract once, outside of this service. No redirect is
followed, no proxy is taken from the environment, no answer is read past 4 KB, and the whole conversation ends in time.
Only the status decides, so what the gateway writes can at most be a word in our log.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from app.channels.bounded_answer import beginning
from app.channels.push_answer import DEFAULT_WAIT, Kind, Outcome, waiting_time

if TYPE_CHECKING:
    import aiohttp

log = logging.getLogger("gelombang.sms")

AT_ONCE = 5
"""Texts on their way at the same time: gateways are bounded to a few a second."""
REFUSED = (400, 422)
"""Answers about this text or this number: trying again would not help."""
_REASON = re.compile(rb""""(?:error|reason|code)"\s*:\s*"?([A-Za-z0-9_-]{1,40})["\s,}]""")


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where SMS go: `url` (https), a secret `token`, the `sender` that phones show, `timeout` in seconds in all."""

    url: str
    token: str = field(repr=False)
    sender: str
    timeout: int


@dataclass(frozen=True, slots=True)
class Text:
    """One SMS. `id` is the same at every try, so that a gateway can leave out what it has already; `to` is E.164."""

    id: str
    to: str = field(repr=False)
    text: str


def send(gateway: Gateway, texts: Sequence[Text], now: datetime) -> list[Outcome]:
    """Hand texts over; one outcome for each, in the same order. Takes `timeout` seconds for each AT_ONCE at worst.

    sent: the gateway took it. failed: it refused this text or this number. retry: everything else, with the time it
    asked for; a fault of our set-up (a wrong token, no credit) is one too, since it passes when it is repaired.
    """
    return asyncio.run(_send(gateway, texts, now))


async def _send(gateway: Gateway, texts: Sequence[Text], now: datetime) -> list[Outcome]:
    import aiohttp

    outcomes: list[Outcome] = []
    session = aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=gateway.timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "Gelombang", "Accept-Encoding": "identity", "Accept": "application/json"},
        trust_env=False,
        auto_decompress=False,
    )
    async with session:
        for start in range(0, len(texts), AT_ONCE):
            some = texts[start : start + AT_ONCE]
            outcomes += await asyncio.gather(*(_post(session, gateway, text, now) for text in some))
    return outcomes


async def _post(session: aiohttp.ClientSession, gateway: Gateway, text: Text, now: datetime) -> Outcome:
    import aiohttp

    said = {"id": text.id, "to": text.to, "from": gateway.sender, "text": text.text}
    headers = {
        "Authorization": f"Bearer {gateway.token}",
        "Idempotency-Key": text.id,
        "Content-Type": "application/json",
    }
    try:
        async with session.post(
            gateway.url, data=json.dumps(said).encode(), headers=headers, allow_redirects=False
        ) as response:
            body = await beginning(response)
            return outcome_of(response.status, response.headers.get("Retry-After"), body, now)
    except TimeoutError:
        return Outcome(Kind.RETRY, "timeout", DEFAULT_WAIT)
    except (aiohttp.ClientError, OSError, ValueError):
        return Outcome(Kind.RETRY, "network", DEFAULT_WAIT)


def outcome_of(status: int, retry_after: str | None, body: bytes, now: datetime) -> Outcome:
    """What an answer means: its status, its Retry-After header if any, the first bytes of its body."""
    if 200 <= status < 300:
        return Outcome(Kind.SENT, str(status))
    found = _REASON.search(body)
    word = found[1].decode() if found else ""
    if status in REFUSED:
        return Outcome(Kind.FAILED, str(status), detail=word)
    wait = waiting_time(retry_after, now)
    reason = "redirect" if 300 <= status < 400 else str(status)
    return Outcome(Kind.RETRY, reason, DEFAULT_WAIT if wait is None else wait, word)
