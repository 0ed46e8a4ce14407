"""The bench of sending measures against what it says: honest raw cryptography, and a sink that counts what came."""

from __future__ import annotations

import asyncio
import os
import ssl
from pathlib import Path

import aiohttp
import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.channels.web_push import Sender
from bench.push import Sink
from bench.push_raw import encrypt
from bench.push_world import Browser
from tests.channels.push_service import BODY, CONTACT, NOW, PRIVATE, SENT, to


def test_the_raw_cryptography_is_a_whole_message() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    form = (Encoding.X962, PublicFormat.UncompressedPoint)
    browser = Browser(private.public_key().public_bytes(*form), os.urandom(16))
    made = encrypt(BODY, browser)
    read = http_ece.decrypt(made, private_key=private, auth_secret=browser.auth, version="aes128gcm")
    assert read == BODY
    assert len(made) == len(BODY) + 103


def test_the_sink_counts_messages_topics_and_one_time_keys(tmp_path: Path) -> None:
    sink = Sink(tmp_path, latency=1)
    trust = ssl.create_default_context(cafile=str(sink.trust))
    batch = [to(f"https://127.0.0.1:{sink.port}/p/{n}", topic=f"t{n // 2}") for n in range(20)]

    async def send() -> None:
        def connector() -> aiohttp.BaseConnector:
            return aiohttp.TCPConnector(ssl=trust)

        async with Sender(PRIVATE, CONTACT, (), allow_loopback=True, connector=connector) as sender:
            assert await sender.send_batch(batch, NOW) == [SENT] * 20

    try:
        asyncio.run(send())
        seen = sink.counts()
    finally:
        sink.stop()
    assert (seen["messages"], seen["topics"], seen["keys"], seen["wrong"]) == (20, 10, 20, 0)
    assert seen["lengths"] == [len(BODY) + 103]
