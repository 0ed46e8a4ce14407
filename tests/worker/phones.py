"""People with phones for the tests of pushing, and a push service that does as it is told.

with Sink() as sink:
    phone = sink.phone()                      # a browser that subscribed there, with its private key
    person = somebody(phone)                  # an applicant who opted in on it
    ...
    sink.wait(3)                              # until three requests have come in
    phone.read(sink.received[0].body)         # the words, decrypted by http_ece: not by our own code
"""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.channels.web_push import Subscription
from app.crypto import keys
from app.models import Applicant, Notice
from app.services import notices, subscriptions
from tests.conftest import NOW
from tests.receivers.background import LoopThread, Notebook, listen

HOST = "https://updates.push.services.mozilla.com"


class Phone:
    """A browser's half of a subscription."""

    def __init__(self, endpoint: str = "") -> None:
        self.endpoint = endpoint or f"{HOST}/wpush/v2/{secrets.token_urlsafe(12)}"
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._auth = secrets.token_bytes(16)
        form = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.subscription = Subscription(
            self.endpoint, self._private.public_key().public_bytes(*form), self._auth
        )

    def read(self, body: bytes) -> dict[str, Any]:
        """The notification that a body holds; raises when it is not for this phone."""
        plain = http_ece.decrypt(body, private_key=self._private, auth_secret=self._auth, version="aes128gcm")
        said: dict[str, Any] = json.loads(plain)["notification"]
        return said


def somebody(*phones: Phone, now: datetime = NOW) -> Applicant:
    """A person who opted in on these phones."""
    person = Applicant(
        claim="holder", name="Siti Marlina", name_search="siti marlina", birth_year=1988, sex="p"
    )
    nik = f"3508{secrets.randbelow(10**12):012}"
    person.nik, person.nik_index = nik, keys().lookup_hash("nik", nik)
    person.kk, person.kk_index = "3508011234567890", keys().lookup_hash("kk", nik)
    person.birth_date, person.pin_hash = "1988-04-17", "no PIN"
    person.pin_set_at = person.created_at = now
    person.save(force_insert=True)
    for phone in phones:
        subscriptions.opt_in(person.id, phone.subscription, device_id=None, label="HP Android", now=now)
    return person


def tell(person: Applicant, kind: str = "result", now: datetime = NOW, **more: Any) -> Notice:
    """Write this person a notice, as services do."""
    words = {
        "key": f"{kind}:{secrets.token_hex(4)}",
        "title": "Hasil Gelombang 4 sudah keluar",
        "body": "Anda terpilih.",
        "path": "/saya/kabar",
    }
    written = notices.write(applicant_id=person.id, kind=kind, now=now, **words | more)
    assert written is not None
    return written


@dataclass(frozen=True)
class Request:
    """One push as it came in."""

    endpoint: str
    topic: str
    ttl: int
    body: bytes


class Sink:
    """A push service on 127.0.0.1. `status` is what it answers; while it is held it answers nobody, and never `silent` ones."""

    def __init__(self) -> None:
        self._loop = LoopThread()
        self._notes = Notebook()
        self._gate: asyncio.Event | None = None
        self.status = 201
        self.headers: dict[str, str] = {}
        self.received: list[Request] = []
        self.silent: set[str] = set()

    def __enter__(self) -> Self:
        self._loop.__enter__()
        app = web.Application()
        app.add_routes([web.post("/push/{token}", self._take)])
        self._runner, port = self._loop.run(listen(app))
        self.origin = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run(self._runner.cleanup())
        self._loop.__exit__()

    def phone(self) -> Phone:
        return Phone(f"{self.origin}/push/{secrets.token_urlsafe(12)}")

    def hold(self) -> None:
        """From now on nobody is answered, until `release`."""
        self._gate = asyncio.Event()

    def release(self) -> None:
        """Answer those who wait and everybody after them."""
        gate, self._gate = self._gate, None
        assert gate is not None
        self._loop.run(_open(gate))

    def wait(self, count: int, timeout: float = 20) -> None:
        """Wait until this many requests have come in."""
        self._notes.wait(
            lambda: len(self.received) >= count, f"{count} pushes, have {len(self.received)}", timeout
        )

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = request.headers
        came = Request(
            f"{self.origin}{request.path}", headers.get("Topic", ""), int(headers.get("TTL", -1)), body
        )
        self._notes.note(lambda: self.received.append(came))
        gate = self._gate
        if gate is not None:
            await gate.wait()
        if came.endpoint in self.silent:
            await asyncio.Event().wait()
        return web.Response(status=self.status, headers=self.headers)


async def _open(gate: asyncio.Event) -> None:
    gate.set()
