"""An SMS gateway on 127.0.0.1 that does as it is told.

with SmsGateway() as far:
    far.status = 429; far.headers = {"Retry-After": "90"}
    ...
    far.received[0].said["text"]
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from app.channels.sms import Gateway
from tests.receivers.background import LoopThread, listen

TOKEN = "rahasia-gateway"


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    said: dict[str, Any]


class SmsGateway:
    """`status`, `headers` and `body` are what it answers; with `silent` it never does; it knows ids it has seen."""

    def __init__(self) -> None:
        self._loop = LoopThread()
        self.status, self.headers, self.body = 202, {}, b'{"id":"x"}'
        self.silent = False
        self.received: list[Request] = []

    def __enter__(self) -> Self:
        self._loop.__enter__()
        app = web.Application()
        app.add_routes([web.post("/{path:.*}", self._take)])
        self._runner, port = self._loop.run(listen(app))
        self.origin = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run(self._runner.cleanup())
        self._loop.__exit__()

    @property
    def settings(self) -> Gateway:
        """What leads here."""
        return Gateway(f"{self.origin}/send", TOKEN, "GELOMBANG", 1)

    @property
    def environ(self) -> dict[str, str]:
        """The same as settings of the environment."""
        return {
            "GELOMBANG_SMS_URL": f"{self.origin}/send",
            "GELOMBANG_SMS_TOKEN": TOKEN,
            "GELOMBANG_SMS_SENDER": "GELOMBANG",
            "GELOMBANG_SMS_TIMEOUT": "1",
        }

    @property
    def ids(self) -> list[str]:
        """The idempotency keys, in the order in which they came."""
        return [request.headers["Idempotency-Key"] for request in self.received]

    async def _take(self, request: web.Request) -> web.Response:
        said = json.loads(await request.read())
        self.received.append(Request(request.path, dict(request.headers), said))
        if self.silent:
            await asyncio.Event().wait()
        return web.Response(status=self.status, headers=self.headers, body=self.body)
