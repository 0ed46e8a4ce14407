"""Google's push service for one test, as Chromium knows it: check-in, registration, MCS, and the door we push to.

    with Gcm() as service, Chromium(service) as chromium:
        ...
        async with Sender(..., connector=service.connector) as sender: ...

Unbranded Chromium makes endpoints on https://jmt17.google.com/fcm/send/; `service.connector` leads that name, and
no other, to the local door, whose certificate is checked. `service.received` holds every request there.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import aiohttp
from aiohttp import web

from tests.receivers import mcs
from tests.receivers.background import LoopThread, Notebook, listen
from tests.receivers.ingest import Received, judge
from tests.receivers.tls import Certificate, connector_to

HOST = "jmt17.google.com"
ORIGIN = f"https://{HOST}"


@dataclass
class Registration:
    """One subscription: Chromium's name for itself and for the site, the VAPID key, and whether it was given up."""

    category: str
    subtype: str
    sender: str
    gone: bool = False


class Gcm:
    """A context manager; all methods may be called from the test's thread. One browser at a time."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._loop = LoopThread()
        self._notes = Notebook()
        self._registrations: dict[str, Registration] = {}
        self._browser: asyncio.StreamWriter | None = None
        self._kept: dict[str, bytes] = {}
        self._certificate = Certificate(HOST, "127.0.0.1", "localhost")
        self.received: list[Received] = []

    def __enter__(self) -> Self:
        self._loop.__enter__()
        self._loop.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run(self._stop())
        self._loop.__exit__()

    @property
    def chromium_flags(self) -> list[str]:
        """What makes Chromium use this service and nothing else."""
        return [
            f"--gcm-checkin-url=http://127.0.0.1:{self._http_port}/checkin",
            f"--gcm-registration-url=http://127.0.0.1:{self._http_port}/register3",
            f"--gcm-mcs-endpoint=https://127.0.0.1:{self._mcs_port}",
            f"--ignore-certificate-errors-spki-list={self._certificate.spki()}",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        ]

    def connector(self) -> aiohttp.BaseConnector:
        """A connector for `Sender` that finds Chromium's push host here."""
        return connector_to(HOST, self._door_port, self._certificate.client())

    def wait_for_browser(self) -> None:
        """Wait until a browser holds its connection."""
        self._notes.wait(lambda: self._browser, "Chromium's connection")

    async def _start(self) -> None:
        control, door = web.Application(), web.Application()
        control.add_routes([web.post("/checkin", self._checkin), web.post("/register3", self._register)])
        door.add_routes([web.post("/fcm/send/{token}", self._door)])
        tls = self._certificate.server()
        self._control, self._http_port = await listen(control)
        self._doors, self._door_port = await listen(door, tls)
        self._mcs = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=tls)
        self._mcs_port = self._mcs.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._mcs.close()
        if self._browser is not None:
            self._browser.transport.abort()
        await self._control.cleanup()
        await self._doors.cleanup()

    async def _checkin(self, _: web.Request) -> web.Response:
        now_ms = int(self._clock().timestamp() * 1000)
        body = mcs.checkin_response(secrets.randbits(60) | 1, secrets.randbits(60) | 1, now_ms)
        return web.Response(body=body, content_type="application/x-protobuf")

    async def _register(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        made = Registration(form.get("app", ""), form.get("X-subtype", ""), form.get("sender", ""))
        if form.get("delete") == "true":
            for known in self._registrations.values():
                known.gone = known.gone or known.subtype == made.subtype
            return web.Response(text="token=" + made.subtype)
        token = "local:" + secrets.token_urlsafe(24)
        self._registrations[token] = made
        return web.Response(text="token=" + token)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readexactly(1)  # the version
            while True:
                tag, message = await mcs.read_frame(reader)
                if tag == mcs.LOGIN_REQUEST:
                    writer.write(mcs.VERSION + mcs.frame(mcs.LOGIN_RESPONSE, mcs.block(1, "login")))
                    self._notes.note(lambda: setattr(self, "_browser", writer))
                    self._catch_up(message)
                elif tag == mcs.HEARTBEAT_PING:
                    writer.write(mcs.frame(mcs.HEARTBEAT_ACK, b""))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if self._browser is writer:
                self._browser = None
            writer.close()

    def _catch_up(self, login: bytes) -> None:
        """Send what was lost with an earlier connection; the login names the messages that arrived."""
        self._kept = {name: frame for name, frame in self._kept.items() if name.encode() not in login}
        for frame in self._kept.values():
            self._write(frame)

    async def _door(self, request: web.Request) -> web.Response:
        token, body = request.match_info["token"], await request.read()
        known = self._registrations.get(token)
        if known is None:
            status, word = 404, "no such subscription"
        elif known.gone:
            status, word = 410, "unsubscribed"
        else:
            status, word = judge(request.headers, body, ORIGIN, known.sender, self._clock())
        self._notes.note(
            lambda: self.received.append(Received(token, status, word, request.headers.copy(), body))
        )
        if known is not None and status == 201:
            self._deliver(known, body)
        return web.Response(status=status, text=word)

    def _deliver(self, to: Registration, body: bytes) -> None:
        data = {"subtype": to.subtype} | ({"content-encoding": "aes128gcm"} if body else {})
        name = secrets.token_hex(8)
        stanza = mcs.data_message(to.sender, to.category, data, name, body)
        self._kept[name] = mcs.frame(mcs.DATA_MESSAGE, stanza)
        self._write(self._kept[name])

    def _write(self, frame: bytes) -> None:
        if self._browser is not None:
            self._browser.write(frame)
