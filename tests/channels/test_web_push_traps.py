"""The sender against services that mislead, hang, break or lie: each trap of the libraries below it."""

from __future__ import annotations

import asyncio
import dataclasses
import socket

import aiohttp
import pytest
from aiohttp import web

from app.channels.web_push import Kind, Outcome, Subscription, vapid_public_key
from tests.channels.push_service import (
    AUTH,
    NOW,
    P256DH,
    PRIVATE,
    SENT,
    Answer,
    Service,
    send,
    to,
)
from tests.receivers.ingest import judge
from tests.receivers.tls import Certificate, connector_to

# redirects, proxies, names ----------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    async def scenario() -> None:
        async with Service() as inside:

            async def elsewhere(_: web.Request) -> web.Response:
                return web.Response(status=status, headers={"Location": inside.origin + "/admin"})

            async with Service({"/p": elsewhere}) as service:
                assert await send([to(service.origin + "/p")]) == [Outcome(Kind.FAILED, "redirect")]
            assert inside.requests == []

    asyncio.run(scenario())


def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with Service() as proxy, Service() as service:
            for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.origin)
            monkeypatch.delenv("NO_PROXY", raising=False)
            monkeypatch.delenv("no_proxy", raising=False)
            assert await send([to(service.origin + "/p")]) == [SENT]
            assert (len(proxy.requests), len(service.requests)) == (0, 1)

    asyncio.run(scenario())


def test_a_stored_endpoint_is_checked_again_and_nothing_is_dialled() -> None:
    async def scenario() -> None:
        async with Service() as service:
            batch = [
                to(f"http://127.0.0.1:{service.port}/p"),
                to(f"https://localhost:{service.port}/p"),
                to(f"https://fcm.googleapis.com:{service.port}/p"),
                to("https://fcm.googleapis.com.evil.test/p"),
                to("https://fcm.googleapis.com@127.0.0.1/p"),
            ]
            reasons = [outcome.reason for outcome in await send(batch, allow_loopback=False)]
            assert reasons == [
                "endpoint_not_https",
                "endpoint_port",
                "endpoint_port",
                "endpoint_host",
                "endpoint_userinfo",
            ]
            assert service.requests == []

    asyncio.run(scenario())


def test_a_service_is_reached_by_name_and_its_certificate_checked() -> None:
    """ASVS 12.3.2: the same server, once trusted and once not."""

    async def scenario() -> None:
        own = Certificate("jmt17.google.com")
        async with Service(ssl=own.server()) as service:
            batch = [to("https://jmt17.google.com/fcm/send/a:b")]
            trusted = await send(
                batch, connector=lambda: connector_to("jmt17.google.com", service.port, own.client())
            )
            assert trusted == [SENT]
            headers, body = service.requests[0].headers, service.bodies[0]
            assert headers["Host"] == "jmt17.google.com"
            key = vapid_public_key(PRIVATE)
            assert judge(headers, body, "https://jmt17.google.com", key, NOW) == (201, "")

            unknown = await send(batch, connector=lambda: connector_to("jmt17.google.com", service.port))
            assert [outcome.reason for outcome in unknown] == ["network"]
            other = [to("https://fcm.googleapis.com/wp/x")]
            misnamed = await send(
                other, connector=lambda: connector_to("fcm.googleapis.com", service.port, own.client())
            )
            assert [outcome.reason for outcome in misnamed] == ["network"]
            assert len(service.requests) == 1

    asyncio.run(scenario())


# answers ----------------------------------------------------------------------------------------


def test_outcomes_come_in_the_order_of_the_messages() -> None:
    async def apple(_: web.Request) -> web.Response:
        return web.json_response({"reason": "VapidPkHashMismatch"}, status=403)

    async def scenario() -> None:
        answers: dict[str, int | Answer] = {"/gone": 410, "/lost": 404, "/big": 413, "/apple": apple}
        async with Service(answers) as service:
            batch = [to(service.origin + path) for path in ("/gone", "/ok", "/lost", "/big", "/apple", "/ok")]
            assert await send(batch) == [
                Outcome(Kind.GONE, "410"),
                SENT,
                Outcome(Kind.GONE, "404"),
                Outcome(Kind.FAILED, "413"),
                Outcome(Kind.REFUSED, "403", detail="VapidPkHashMismatch"),
                SENT,
            ]

    asyncio.run(scenario())


def test_an_empty_batch_is_no_work() -> None:
    assert asyncio.run(send([])) == []


def test_broken_keys_fail_their_own_message_only() -> None:
    async def scenario() -> None:
        async with Service() as service:
            good = to(service.origin + "/p")
            keys = [(b"\x04" + b"\x01" * 64, AUTH), (P256DH[:-1], AUTH), (b"", AUTH), (P256DH, b"x" * 15)]
            bad = [
                dataclasses.replace(good, subscription=Subscription(good.subscription.endpoint, *pair))
                for pair in keys
            ]
            reasons = [outcome.reason for outcome in await send([*bad, good])]
            assert reasons == ["key_malformed"] * 3 + ["auth_malformed", "201"]
            assert len(service.requests) == 1

    asyncio.run(scenario())


def test_a_fault_of_ours_in_one_message_is_logged_and_leaves_the_others_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> aiohttp.BaseConnector:
        connector = connector_to("fcm.googleapis.com", 1)
        connector._resolver.resolve = lambda *_, **__: 1 / 0  # type: ignore[attr-defined]
        return connector

    async def scenario() -> None:
        async with Service() as service:
            batch = [to("https://fcm.googleapis.com/secret"), to(service.origin + "/p")]
            assert await send(batch, connector=broken) == [Outcome(Kind.RETRY, "error", 60), SENT]

    asyncio.run(scenario())
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text


def test_a_service_that_never_answers_is_left_after_the_timeout() -> None:
    async def never(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async def scenario() -> None:
        async with Service({"/p": never}) as service:
            outcomes = await send([to(service.origin + "/p"), to(service.origin + "/ok")], total_timeout=0.3)
            assert outcomes == [Outcome(Kind.RETRY, "timeout", 60), SENT]

    asyncio.run(asyncio.wait_for(scenario(), 10))


def test_a_service_that_accepts_no_connection_is_left_after_the_connect_timeout() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(4):  # the queue of a listener that never accepts fills up; then nobody is let in
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(full.getsockname())
            waiting.append(client)
        endpoint = f"http://127.0.0.1:{full.getsockname()[1]}/p"
        outcomes = asyncio.run(asyncio.wait_for(send([to(endpoint)], connect_timeout=0.2), 10))
        for client in waiting:
            client.close()
    assert outcomes == [Outcome(Kind.RETRY, "timeout", 60)]


def test_nobody_there_is_a_matter_of_the_network_not_of_the_subscription() -> None:
    async def slams(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.abort()
        return web.Response()

    async def scenario() -> None:
        async with Service({"/slams": slams}) as service:
            closed = service.port
            assert await send([to(service.origin + "/slams")]) == [Outcome(Kind.RETRY, "network", 60)]
        assert await send([to(f"http://127.0.0.1:{closed}/p")]) == [Outcome(Kind.RETRY, "network", 60)]

    asyncio.run(scenario())


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    written = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse(status=403)
        await response.prepare(request)
        while True:
            await response.write(b"x" * 4096)
            written += 4096

    async def scenario() -> None:
        async with Service({"/p": endless}) as service:
            assert await send([to(service.origin + "/p")]) == [Outcome(Kind.REFUSED, "403")]

    asyncio.run(asyncio.wait_for(scenario(), 10))
    assert written < 50_000_000


def test_a_taken_message_is_not_sent_again_because_the_rest_of_the_answer_is_slow() -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=201)
        await response.prepare(request)
        await response.write(b"x")
        await asyncio.Event().wait()
        raise AssertionError

    async def scenario() -> None:
        async with Service({"/p": half}) as service:
            assert await send([to(service.origin + "/p")], total_timeout=0.3) == [SENT]

    asyncio.run(asyncio.wait_for(scenario(), 10))
