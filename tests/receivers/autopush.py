"""Mozilla's push service for one test: the websocket that Firefox talks to and the door that we push to.

    with Autopush() as service:
        # start Firefox with dom.push.serverURL = service.websocket_url
        service.wait_for_ack(code)     # Firefox' own verdict: 100 shown to the worker, 101 cannot decrypt, 102 worker failed

`service.received` holds every request at the door, refused ones too. An endpoint starts with `service.origin`.
Protocol: https://mozilla-push-service.readthedocs.io/en/latest/design/#simplepush-protocol
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from aiohttp import WSMsgType, web

from tests.receivers.background import LoopThread, Notebook, listen
from tests.receivers.ingest import Received, judge

DELIVERED, NOT_DECRYPTED, WORKER_FAILED = 100, 101, 102


@dataclass
class Channel:
    """One subscription: whose it is, which VAPID key may write to it, and whether it was given up."""

    uaid: str
    channel_id: str
    key: str
    gone: bool = False


@dataclass
class Client:
    """One browser: its open socket, if any, and what it has not acknowledged yet, by version."""

    socket: web.WebSocketResponse | None = None
    unacked: dict[str, dict[str, Any]] = field(default_factory=dict)


class Autopush:
    """A context manager; all methods may be called from the test's thread."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._loop = LoopThread()
        self._notes = Notebook()
        self._channels: dict[str, Channel] = {}
        self._clients: dict[str, Client] = {}
        self._down = False
        self.received: list[Received] = []
        self.acks: list[int] = []

    def __enter__(self) -> Self:
        self._loop.__enter__()
        app = web.Application()
        app.add_routes([web.get("/", self._talk), web.post("/wpush/{token}", self._door)])
        self._runner, self.port = self._loop.run(listen(app))
        self.origin = f"http://127.0.0.1:{self.port}"
        self.websocket_url = f"ws://127.0.0.1:{self.port}/"
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        self._loop.run(self._runner.cleanup())
        self._loop.__exit__()

    def wait_for_ack(self, code: int, count: int = 1) -> None:
        """Wait until the browser has acknowledged `count` messages with this code."""
        self._notes.wait(lambda: self.acks.count(code) >= count, f"ack {code}, have {self.acks}")

    def hang_up(self) -> None:
        """Cut the browsers off until `pick_up`; meanwhile messages are kept for them."""
        self._down = True
        self._loop.run(self._close_sockets())

    def pick_up(self) -> None:
        """Let the browsers in again; Firefox comes back by itself and is given what it missed."""
        self._down = False

    async def _close_sockets(self) -> None:
        for client in self._clients.values():
            if client.socket is not None:
                await client.socket.close()

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        if self._down:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(protocols=("push-notification",))
        await socket.prepare(request)
        uaid = ""
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            message = json.loads(frame.data)
            kind = message.get("messageType", "ping")
            if kind == "hello":
                uaid = await self._hello(socket, message)
            elif kind == "register":
                await socket.send_json(self._register(uaid, message))
            elif kind == "unregister":
                self._forget(message["channelID"])
                await socket.send_json({**message, "status": 200})
            elif kind == "ack":
                self._acknowledged(uaid, message["updates"])
            elif kind == "ping":
                await socket.send_str("{}")
        if uaid:
            self._clients[uaid].socket = None
        return socket

    async def _hello(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> str:
        known = message.get("uaid") or ""
        uaid = known if known in self._clients else secrets.token_hex(16)
        client = self._clients.setdefault(uaid, Client())
        answer: dict[str, Any] = {
            "messageType": "hello",
            "status": 200,
            "uaid": uaid,
            "use_webpush": True,
            "broadcasts": {},
        }
        await socket.send_json(answer)
        client.socket = socket
        for missed in list(client.unacked.values()):
            await socket.send_json(missed)
        return uaid

    def _register(self, uaid: str, message: dict[str, Any]) -> dict[str, Any]:
        token = secrets.token_urlsafe(24)
        self._channels[token] = Channel(uaid, message["channelID"], (message.get("key") or "").rstrip("="))
        return {
            "messageType": "register",
            "channelID": message["channelID"],
            "status": 200,
            "pushEndpoint": f"{self.origin}/wpush/{token}",
        }

    def _forget(self, channel_id: str) -> None:
        for channel in self._channels.values():
            if channel.channel_id == channel_id:
                channel.gone = True

    def _acknowledged(self, uaid: str, updates: list[dict[str, Any]]) -> None:
        for update in updates:
            self._clients[uaid].unacked.pop(update["version"], None)
        self._notes.note(lambda: self.acks.extend(update["code"] for update in updates))

    async def _door(self, request: web.Request) -> web.Response:
        token, body = request.match_info["token"], await request.read()
        channel = self._channels.get(token)
        if channel is None:
            status, word = 404, "no such subscription"
        elif channel.gone:
            status, word = 410, "unsubscribed"
        else:
            status, word = judge(request.headers, body, self.origin, channel.key, self._clock())
        self._notes.note(
            lambda: self.received.append(Received(token, status, word, request.headers.copy(), body))
        )
        if channel is not None and status == 201:
            await self._deliver(channel, request.headers.get("TTL", ""), body)
        return web.Response(status=status, text=word, headers={"Location": "/m/1"} if status == 201 else None)

    async def _deliver(self, channel: Channel, ttl: str, body: bytes) -> None:
        client, version = self._clients[channel.uaid], secrets.token_urlsafe(12)
        message: dict[str, Any] = {
            "messageType": "notification",
            "channelID": channel.channel_id,
            "version": version,
        }
        if body:
            message["data"] = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
            message["headers"] = {"encoding": "aes128gcm"}
        if client.socket is not None or ttl != "0":
            client.unacked[version] = message
        if client.socket is not None and not client.socket.closed:
            await asyncio.wait_for(client.socket.send_json(message), 10)
