"""Web Push: send short messages to browsers, many at a time.

pywebpush encrypts and py-vapid signs; the POST is ours, over one pooled session (the library's own opens a connection
per message, follows redirects and waits for hours). What is kept here, each with a test: only allow-listed hosts are
dialled, checked again at each send; redirects and proxy variables are ignored; every body has one length, every message
a time to live, every request a timeout; one VAPID header per service and 12 hours; a fresh key pair and salt per
message (RFC 8291 section 3.1); 429 pauses its service; nothing is ever called gone because of a timeout.

Delivery is at-least-once: a message that is sent again must carry the same topic and tag, to take the old one's place.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from app.channels.push_answer import DEFAULT_WAIT, Kind, Outcome
from app.channels.push_body import BODY_BYTES, BodyTooLong, padded_body
from app.channels.push_endpoint import (
    Refused,
    Subscription,
    check_endpoint,
    check_keys,
    check_subscription,
    origin_of,
)
from app.channels.push_gate import OriginGate
from app.channels.push_post import Line
from app.channels.push_vapid import VapidHeaders, vapid_public_key

if TYPE_CHECKING:
    import aiohttp

__all__ = [
    "BODY_BYTES",
    "MAX_TTL",
    "BodyTooLong",
    "Kind",
    "Message",
    "Outcome",
    "Refused",
    "Sender",
    "Subscription",
    "check_subscription",
    "origin_of",
    "padded_body",
    "vapid_public_key",
]

log = logging.getLogger("gelombang.push")

Urgency = Literal["very-low", "low", "normal", "high"]

MAX_TTL = 28 * 24 * 3600
"""Four weeks, the longest that the big services keep a message (seconds)."""
_URGENCIES = frozenset(get_args(Urgency))
# RFC 8030 section 5.4 allows 32 characters of base64url, but Apple has refused an underscore.
_TOPIC = re.compile(r"[A-Za-z0-9]{1,32}")


@dataclass(frozen=True, slots=True)
class Message:
    """One push to one browser.

    `body` comes from `padded_body`. `ttl` is in seconds, 0 to four weeks; 0 means now or never. `topic` (1-32
    letters and digits) lets a later message replace an undelivered one; the push service reads it, so it must
    not differ between those who were selected and those who were not. Anything else raises `ValueError`.
    """

    subscription: Subscription
    body: bytes
    ttl: int
    urgency: Urgency = "normal"
    topic: str | None = None

    def __post_init__(self) -> None:
        if len(self.body) != BODY_BYTES:
            raise ValueError(f"every push body is {BODY_BYTES} bytes long, this one {len(self.body)}")
        if not 0 <= self.ttl <= MAX_TTL:
            raise ValueError("ttl must be 0 to 2,419,200 seconds")
        if self.urgency not in _URGENCIES:
            raise ValueError("urgency must be very-low, low, normal or high")
        if self.topic is not None and not _TOPIC.fullmatch(self.topic):
            raise ValueError("topic must be 1 to 32 letters and digits")


class Sender:
    """Sends over one pooled session. Lives in one event loop, as an async context manager:

    `async with Sender(private, "mailto:...", hosts) as sender: outcome = await sender.send(message, now)`

    `concurrency`: connections at most; whoever sends keeps to as many at once, because waiting for a free one counts
    against a request's timeout. `longest`: seconds that a message takes at most. `gate`: which services are left alone.
    """

    def __init__(
        self,
        vapid_private: str,
        contact: str,
        allowed_hosts: Collection[str],
        *,
        allow_loopback: bool = False,
        total_timeout: float = 15,
        connect_timeout: float = 5,
        concurrency: int = 128,
        connector: Callable[[], aiohttp.BaseConnector] | None = None,
    ) -> None:
        """Raise `ValueError` for a wrong key or contact.

        `vapid_private`: 32 bytes as base64url. `contact`: a mailto: that push services may write to. Timeouts in
        seconds. `allow_loopback` as in `check_subscription`. `connector` makes another aiohttp connector than
        the pooled default: tests lead a real service's name to a local receiver with it.
        """
        self._vapid = VapidHeaders(vapid_private, contact)
        self._hosts = tuple(allowed_hosts)
        self._allow_loopback = allow_loopback
        self._timeouts = (total_timeout, connect_timeout)
        self.longest = total_timeout
        self.concurrency = concurrency
        self._make_connector = connector
        self.gate = OriginGate()

    async def __aenter__(self) -> Self:
        from pywebpush import WebPusher  # 0.2 s to import: paid once, by the worker only

        # One for all messages: it knows no more of a browser than it is told before each.
        self._pusher: Any = WebPusher({"endpoint": ""})
        self._line = Line(*self._timeouts, self.concurrency, self._make_connector)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._line.close()

    async def send_batch(self, messages: Sequence[Message], now: datetime) -> list[Outcome]:
        """Send all messages, up to `concurrency` at once; return one outcome for each, in the same order."""
        outcomes: dict[int, Outcome] = {}
        waiting = iter(enumerate(messages))

        async def work() -> None:
            for number, message in waiting:
                outcomes[number] = await self.send(message, now)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.concurrency, len(messages))):
                group.create_task(work())
        return [outcomes[number] for number in range(len(messages))]

    def seal(self, message: Message) -> bytes | Outcome:
        """Encrypt a message for its browser: the body to send, once; or why it cannot be sent, whatever happens."""
        try:
            return self._encrypted(message)
        except Refused as refused:
            return Outcome(Kind.FAILED, refused.code)
        except Exception:
            log.exception("a push could not be encrypted")
            return Outcome(Kind.RETRY, "error", DEFAULT_WAIT)

    async def send(self, message: Message, now: datetime, body: bytes | None = None) -> Outcome:
        """Send one message; return what became of it, whatever happens. `now` (aware) dates VAPID header and pauses.

        `body`: what `seal` made of this message, when it was asked before.
        """
        try:
            return await self._send(message, now, body)
        except Exception:
            # A fault of ours in one message must not take away what is known of the others.
            log.exception("a push could not be sent")
            return Outcome(Kind.RETRY, "error", DEFAULT_WAIT)

    async def _send(self, message: Message, now: datetime, sealed: bytes | None) -> Outcome:
        endpoint = message.subscription.endpoint
        try:
            origin = check_endpoint(endpoint, self._hosts, allow_loopback=self._allow_loopback)
        except Refused as refused:
            return Outcome(Kind.FAILED, refused.code)
        wait = self.gate.wait(origin, now)
        if wait:
            return Outcome(Kind.RETRY, "paused", wait)
        body = self.seal(message) if sealed is None else sealed
        if isinstance(body, Outcome):
            return body
        headers = {
            "Authorization": self._vapid.header(origin, now),
            "TTL": str(message.ttl),
            "Urgency": message.urgency,
        }
        if message.topic is not None:
            headers["Topic"] = message.topic
        outcome = await self._line.post(origin, endpoint, body, headers, now)
        self.gate.note(origin, outcome, now)
        return outcome

    def _encrypted(self, message: Message) -> bytes:
        """A fresh key pair and salt for each message; Refused for keys that nothing can be encrypted to."""
        subscription = message.subscription
        if len(subscription.p256dh) != 65 or len(subscription.auth) != 16:
            check_keys(subscription)
        # Given as bytes: the library would take them as base64 and decode them again.
        self._pusher.receiver_key, self._pusher.auth_key = subscription.p256dh, subscription.auth
        try:
            body: bytes = self._pusher.encode(message.body)["body"]
        except Exception:
            check_keys(
                subscription
            )  # after the fault, not before each message: it costs as much as a key pair
            raise
        return body
