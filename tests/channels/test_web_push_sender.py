"""The sender: what a push service and a browser get from it, and when it leaves a service alone."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
from datetime import timedelta
from typing import Any

import http_ece
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from app.channels.push_gate import STREAK
from app.channels.web_push import BODY_BYTES, Kind, Outcome, vapid_public_key
from tests.channels.push_service import (
    AUTH,
    BODY,
    BROWSER,
    NOW,
    PRIVATE,
    SENT,
    Service,
    send,
    sender,
    to,
)
from tests.receivers.ingest import judge

# what a service gets ----------------------------------------------------------------------------


def test_a_batch_arrives_and_can_be_read_by_the_browser_only() -> None:
    async def scenario() -> None:
        async with Service() as service:
            batch = [
                to(f"{service.origin}/p/{n}", ttl=n, urgency="high", topic="hasil4") for n in range(1, 30)
            ]
            assert await send(batch) == [SENT] * 29

            assert sorted(r.path for r in service.requests) == sorted(f"/p/{n}" for n in range(1, 30))
            for request, body in zip(service.requests, service.bodies, strict=True):
                key = vapid_public_key(PRIVATE)
                assert judge(request.headers, body, service.origin, key, NOW) == (201, "")
                assert request.method == "POST"
                assert request.headers["TTL"] == request.path.removeprefix("/p/")
                assert request.headers["Urgency"] == "high"
                assert request.headers["Topic"] == "hasil4"
                assert request.headers["Content-Type"] == "application/octet-stream"
                read = http_ece.decrypt(body, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm")
                assert read == BODY

            assert len({request.headers["Authorization"] for request in service.requests}) == 1
            assert {len(body) for body in service.bodies} == {BODY_BYTES + 103}
            assert len({body[:16] for body in service.bodies}) == 29, "a salt was used twice"
            assert len({body[21:86] for body in service.bodies}) == 29, "a key pair was used twice"

    asyncio.run(scenario())


def test_what_is_not_asked_for_is_not_sent() -> None:
    async def plain(_: web.Request) -> web.Response:
        return web.Response(status=201, headers={"Set-Cookie": "who=you; Path=/"})

    async def scenario() -> None:
        async with Service({"/a": plain}) as service:
            assert await send([to(service.origin + "/a"), to(service.origin + "/a")], concurrency=1) == [
                SENT,
                SENT,
            ]
            headers = service.requests[-1].headers
            assert "Topic" not in headers
            assert "Cookie" not in headers
            assert headers["Urgency"] == "normal"
            assert headers["Accept-Encoding"] == "identity"
            assert "Python" not in headers["User-Agent"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "path",
    [
        "/w/a%2fb/../c:d;e/?token=BQY%3d%2b+x%41&empty=",
        "/w/a%2fb/../c:d;e/./%41+=",
        "//twice//",
        "/",
        "/?http://b/c",
        "/http://b/c",
    ],
)
def test_the_endpoint_is_dialled_byte_for_byte(path: str) -> None:
    async def scenario() -> None:
        async with Service() as service:
            assert await send([to(service.origin + path)]) == [SENT]
            assert service.requests[0].raw_path == path

    asyncio.run(scenario())


def test_connections_are_used_again_and_no_more_are_open_than_allowed() -> None:
    open_now: list[int] = [0, 0]  # now, most
    pairs = asyncio.Barrier(2)

    async def in_pairs(_: web.Request) -> web.Response:
        open_now[0] += 1
        open_now[1] = max(open_now)
        await pairs.wait()  # answers only when a second one is there too
        open_now[0] -= 1
        return web.Response(status=201)

    async def scenario() -> None:
        async with Service({"/p": in_pairs}) as service:
            assert await send([to(service.origin + "/p")] * 10, concurrency=2) == [SENT] * 10
            assert len({r.transport.get_extra_info("peername") for r in service.requests if r.transport}) <= 2
            assert open_now[1] == 2

    asyncio.run(scenario())


# pauses -----------------------------------------------------------------------------------------


def test_429_pauses_its_service_until_the_time_it_asked_for() -> None:
    async def busy(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "120"})

    async def scenario() -> None:
        async with Service({"/busy": busy}) as service, sender(concurrency=1) as made:
            here = service.origin + "/p"
            batch = [to(here), to(service.origin + "/busy"), to(here)]
            paused = Outcome(Kind.RETRY, "paused", 120)
            assert await made.send_batch(batch, NOW) == [SENT, Outcome(Kind.RETRY, "429", 120), paused]

            another_origin = f"http://localhost:{service.port}/p"
            second = await made.send_batch([to(here), to(another_origin)], NOW + timedelta(seconds=119))
            assert second == [Outcome(Kind.RETRY, "paused", 1), SENT]
            assert await made.send_batch([to(here)], NOW + timedelta(seconds=120)) == [SENT]
            assert len(service.requests) == 4

    asyncio.run(scenario())


def test_a_key_that_is_refused_does_not_burn_the_queue() -> None:
    async def scenario() -> None:
        async with Service({"/p": 403}) as service:
            outcomes = await send([to(service.origin + "/p")] * (STREAK + 30), concurrency=1)
            assert [outcome.reason for outcome in outcomes] == ["403"] * STREAK + ["paused"] * 30
            assert len(service.requests) == STREAK

    asyncio.run(scenario())


# messages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"body": BODY[:-1]},
        {"body": BODY + b" "},
        {"body": b"x" * 5000},
        {"body": b""},
        {"ttl": -1},
        {"ttl": 28 * 24 * 3600 + 1},
        {"urgency": "urgent"},
        {"topic": ""},
        {"topic": "x" * 33},
        {"topic": "wave_4"},
        {"topic": "wave-4"},
        {"topic": "x\r\nTTL: 0"},
    ],
)
def test_a_message_that_a_service_would_refuse_cannot_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        dataclasses.replace(to("https://fcm.googleapis.com/wp/x"), **changes)


def test_the_library_still_encrypts_as_rfc_8291_says() -> None:
    """The vector of RFC 8291 section 5, through the decryption that the other tests lean on."""

    def raw(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    sender_key = ec.derive_private_key(
        int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    encrypted = http_ece.encrypt(
        b"When I grow up, I want to be a watermelon",
        salt=raw("DGv6ra1nlYgDCS1FRnbzlw"),
        private_key=sender_key,
        dh=raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        auth_secret=raw("BTBZMqHH6r4Tts7J_aSIgg"),
        version="aes128gcm",
    )
    text = base64.urlsafe_b64encode(encrypted).decode().rstrip("=")
    assert text.endswith("QexSgSxsj_Qulcy4a-fN")
