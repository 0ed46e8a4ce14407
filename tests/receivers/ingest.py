"""The judge at a push service's door: refuses what the real services refuse.

Written against the RFCs and with nothing of ours or of pywebpush in it, so that it is a second opinion.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

DAY = 24 * 3600


@dataclass(frozen=True)
class Received:
    """One request at the door: the receiver's token, our answer and its reason, and what came."""

    token: str
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


def judge(headers: Mapping[str, str], body: bytes, origin: str, key: str, now: datetime) -> tuple[int, str]:
    """Return the status of a real service and a word. `key`: the base64url VAPID key of the subscription."""
    if not re.fullmatch(r"[0-9]{1,10}", headers.get("TTL", "")):
        return 400, "TTL is missing (RFC 8030, 5.2)"
    if headers.get("Urgency", "normal") not in ("very-low", "low", "normal", "high"):
        return 400, "Urgency (RFC 8030, 5.3)"
    if not re.fullmatch(r"[A-Za-z0-9]{1,32}", headers.get("Topic", "x")):
        return 400, "Topic (RFC 8030, 5.4, in Apple's reading)"
    if body:
        if len(body) > 4096:
            return 413, "more than 4096 bytes"
        if headers.get("Content-Encoding") != "aes128gcm":
            return 400, "Content-Encoding (RFC 8291, 4)"
        if len(body) < 86 + 18 or body[20] != 65 or int.from_bytes(body[16:20], "big") < len(body) - 86:
            return 400, "not one aes128gcm record with a P-256 key (RFC 8291, 4)"
    return _judge_vapid(headers.get("Authorization", ""), origin, key, now)


def _judge_vapid(authorization: str, origin: str, key: str, now: datetime) -> tuple[int, str]:
    """RFC 8292 sections 2 to 4."""
    parts = re.fullmatch(r"vapid t=([\w.-]+), ?k=([\w-]+)", authorization)
    if not parts:
        return 401, "no vapid Authorization"
    token, sent_key = parts.groups()
    signed, _, signature = token.rpartition(".")
    try:
        header, claims = (json.loads(unbase64(part)) for part in signed.split("."))
        raw = unbase64(signature)
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unbase64(sent_key))
        pair = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        point.verify(pair, signed.encode(), ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        return 403, "the token is not signed by the key beside it"
    seconds = claims.get("exp", 0) - now.timestamp()
    problems = {
        "alg": header.get("alg") != "ES256",
        "aud": claims.get("aud") != origin,
        "exp": not 0 < seconds <= DAY,
        "sub": not str(claims.get("sub", "")).startswith(("mailto:", "https://")),
        "k": sent_key != key,
    }
    wrong = [name for name, bad in problems.items() if bad]
    return (403, f"wrong: {wrong}") if wrong else (201, "")


def unbase64(text: str) -> bytes:
    """Decode base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
