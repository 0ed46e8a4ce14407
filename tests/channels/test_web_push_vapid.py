"""The VAPID header, checked without the library that made it (RFC 8292)."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.channels.push_vapid import VapidHeaders
from app.channels.web_push import vapid_public_key
from tests.receivers.ingest import judge, unbase64

PRIVATE = "9f2mXJdQbXnqUoPUuGpEmAa0SxVQj8EJzmcs1K-zUOo"
CONTACT = "mailto:ops@example.org"
FCM, MOZILLA = "https://fcm.googleapis.com", "https://updates.push.services.mozilla.com"
NOW = datetime(2026, 11, 22, 3, 42, tzinfo=UTC)


def claims(header: str) -> dict[str, object]:
    """The claims of a header, after its signature has been checked against our public key."""
    assert header.startswith("vapid t=")
    token, _, key = header.removeprefix("vapid t=").partition(",k=")
    head, body, signature = token.split(".")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unbase64(key))
    raw = unbase64(signature)
    pair = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(pair, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    assert key == vapid_public_key(PRIVATE)
    assert json.loads(unbase64(head))["alg"] == "ES256"
    return json.loads(unbase64(body))


def test_it_names_the_service_the_contact_and_an_end_within_a_day() -> None:
    assert claims(VapidHeaders(PRIVATE, CONTACT).header(FCM, NOW)) == {
        "aud": FCM,
        "sub": CONTACT,
        "exp": int(NOW.timestamp()) + 12 * 3600,
    }


def test_each_service_gets_its_own() -> None:
    """The library writes `aud` into the caller's dict; a shared dict would send one service's to the next."""
    headers = VapidHeaders(PRIVATE, CONTACT)
    audiences = [claims(headers.header(origin, NOW))["aud"] for origin in (FCM, MOZILLA, FCM)]
    assert audiences == [FCM, MOZILLA, FCM]


@pytest.mark.parametrize(
    ("later", "same"),
    [
        (timedelta(0), True),
        (timedelta(hours=11), True),
        (timedelta(hours=11, seconds=1), False),
        (timedelta(hours=13), False),
        (timedelta(days=400), False),
        (timedelta(minutes=-1), False),  # the clock was set back: the old one might end more than 24 h ahead
    ],
)
def test_it_is_kept_until_an_hour_before_its_end(later: timedelta, same: bool) -> None:
    headers = VapidHeaders(PRIVATE, CONTACT)
    first, second = headers.header(FCM, NOW), headers.header(FCM, NOW + later)

    assert (first == second) is same
    assert judge({"TTL": "1", "Authorization": second}, b"", FCM, vapid_public_key(PRIVATE), NOW + later) == (
        201,
        "",
    )


def test_the_public_key_is_the_point_that_browsers_want() -> None:
    raw = unbase64(vapid_public_key(PRIVATE))
    assert (len(raw), raw[0]) == (65, 4)
    number = int.from_bytes(unbase64(PRIVATE), "big")
    numbers = ec.derive_private_key(number, ec.SECP256R1()).public_key().public_numbers()
    assert raw[1:] == numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


@pytest.mark.parametrize(
    "private", ["", "x", "AAAA", PRIVATE + "AA", PRIVATE[:-3] + "!!!", base64.b64encode(bytes(32)).decode()]
)
def test_a_wrong_private_key_is_refused_at_the_start(private: str) -> None:
    with pytest.raises(ValueError):
        vapid_public_key(private)
    with pytest.raises(ValueError):
        VapidHeaders(private, CONTACT)


@pytest.mark.parametrize(
    "contact",
    ["", "ops@example.org", "mailto:ops@localhost", "mailto:", "https://example.org", "mailto:a@b.id,c@d.id"],
)
def test_the_contact_is_one_that_apple_takes(contact: str) -> None:
    with pytest.raises(ValueError, match="mailto"):
        VapidHeaders(PRIVATE, contact)


def test_a_web_process_does_not_pay_for_the_senders_libraries() -> None:
    """Taking a subscription and showing the public key need neither aiohttp nor pywebpush (0.2 s to import)."""
    look = "import sys, app.channels.web_push; print([m for m in ('aiohttp', 'pywebpush', 'py_vapid', 'requests') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
