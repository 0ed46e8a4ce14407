"""A push service of our own on 127.0.0.1, and short ways to send to it; for the tests of the sender."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.channels.web_push import Kind, Message, Outcome, Sender, Subscription, padded_body
from app.config import PUSH_HOSTS
from tests.receivers.background import listen

PRIVATE = "9f2mXJdQbXnqUoPUuGpEmAa0SxVQj8EJzmcs1K-zUOo"
CONTACT = "mailto:ops@example.org"
NOW = datetime(2026, 11, 22, 3, 42, tzinfo=UTC)
BROWSER = ec.generate_private_key(ec.SECP256R1())
P256DH = BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
AUTH = os.urandom(16)
BODY = padded_body({"title": "Kabar", "navigate": "https://gelombang.example.org/saya/kabar"})
SENT = Outcome(Kind.SENT, "201")

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Service:
    """A push service on 127.0.0.1 that keeps what it got; `answers` maps a path to what it does."""

    def __init__(self, answers: dict[str, int | Answer] | None = None, ssl: Any = None) -> None:
        self._answers = answers or {}
        self._ssl = ssl
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []

    async def __aenter__(self) -> Service:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner, self.port = await listen(app, self._ssl)
        self.origin = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.read())
        self.requests.append(request)
        does = self._answers.get(request.path, 201)
        return web.Response(status=does) if isinstance(does, int) else await does(request)


def to(endpoint: str, **changes: Any) -> Message:
    return Message(Subscription(endpoint, P256DH, AUTH), BODY, **{"ttl": 3600} | changes)


def sender(**options: Any) -> Sender:
    return Sender(PRIVATE, CONTACT, PUSH_HOSTS, **{"allow_loopback": True} | options)


async def send(messages: list[Message], now: datetime = NOW, **options: Any) -> list[Outcome]:
    async with sender(**options) as made:
        return await made.send_batch(messages, now)
