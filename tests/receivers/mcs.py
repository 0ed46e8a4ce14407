"""Google's MCS, the connection that Chromium holds for pushes: just enough protobuf to speak it.

A frame is a tag byte, a varint length and a protobuf; each side sends a version byte before its first frame.
Numbers from Chromium's google_apis/gcm/protocol/mcs.proto and checkin.proto.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping

VERSION = b"\x29"  # 41
HEARTBEAT_PING, HEARTBEAT_ACK, LOGIN_REQUEST, LOGIN_RESPONSE, DATA_MESSAGE = 0, 1, 2, 3, 8


def varint(number: int) -> bytes:
    """Seven bits a byte, lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def number(field: int, value: int) -> bytes:
    """A protobuf int or bool."""
    return varint(field << 3) + varint(value)


def fixed64(field: int, value: int) -> bytes:
    """A protobuf fixed64."""
    return varint(field << 3 | 1) + struct.pack("<Q", value)


def block(field: int, value: str | bytes) -> bytes:
    """A protobuf string, bytes or inner message."""
    raw = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(raw)) + raw


def frame(tag: int, message: bytes) -> bytes:
    """One frame of the connection."""
    return bytes([tag]) + varint(len(message)) + message


def checkin_response(android_id: int, security_token: int, now_ms: int) -> bytes:
    """AndroidCheckinResponse: stats_ok, time_msec, android_id, security_token."""
    return number(1, 1) + number(3, now_ms) + fixed64(7, android_id) + fixed64(8, security_token)


def data_message(
    sender: str, category: str, data: Mapping[str, str], persistent_id: str, raw: bytes
) -> bytes:
    """DataMessageStanza; `data` are its AppData pairs, `raw` the encrypted push (may be empty)."""
    pairs = b"".join(block(7, block(1, key) + block(2, value)) for key, value in data.items())
    message = block(3, sender) + block(5, category) + pairs + block(9, persistent_id)
    return message + block(21, raw) if raw else message


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one frame: its tag and its protobuf."""
    tag = (await reader.readexactly(1))[0]
    size = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return tag, await reader.readexactly(size)
