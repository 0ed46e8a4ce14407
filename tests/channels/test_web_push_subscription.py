"""Which subscriptions are taken: the address is a stranger's, and our server will dial it (ASVS 1.3.6)."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from app.channels.web_push import Refused, check_subscription, origin_of
from app.config import PUSH_HOSTS

# RFC 8291 section 5
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
FCM = "https://fcm.googleapis.com/fcm/send/fG:APA91b"


def refused(
    endpoint: str, key: str = P256DH, auth: str = AUTH, *, allow_loopback: bool = False, hosts=PUSH_HOSTS
) -> str:
    with pytest.raises(Refused) as caught:
        check_subscription(endpoint, key, auth, hosts, allow_loopback=allow_loopback)
    return caught.value.code


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        (FCM, "https://fcm.googleapis.com"),
        ("https://fcm.googleapis.com:443/wp/x", "https://fcm.googleapis.com"),
        ("https://FCM.googleapis.com/wp/x", "https://fcm.googleapis.com"),
        ("https://jmt17.google.com/fcm/send/a:b-_", "https://jmt17.google.com"),
        (
            "https://updates.push.services.mozilla.com/wpush/v2/gAAAA=",
            "https://updates.push.services.mozilla.com",
        ),
        ("https://web.push.apple.com/QGdE", "https://web.push.apple.com"),
        ("https://a.b.push.apple.com/QGdE", "https://a.b.push.apple.com"),
        ("https://wns2-sg2p.notify.windows.com/w/?token=BQY%3d%2b", "https://wns2-sg2p.notify.windows.com"),
    ],
)
def test_the_services_of_todays_browsers_are_taken(endpoint: str, origin: str) -> None:
    taken = check_subscription(endpoint, P256DH, AUTH, PUSH_HOSTS)

    assert taken.endpoint == endpoint
    assert (len(taken.p256dh), len(taken.auth)) == (65, 16)
    assert origin_of(endpoint) == origin


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        ("http://fcm.googleapis.com/wp/x", "endpoint_not_https"),
        ("ftp://fcm.googleapis.com/wp/x", "endpoint_malformed"),
        ("//fcm.googleapis.com/wp/x", "endpoint_malformed"),
        ("", "endpoint_malformed"),
        ("https://", "endpoint_malformed"),
        ("https://fcm.googleapis.com:8443/wp/x", "endpoint_port"),
        ("https://fcm.googleapis.com:80/wp/x", "endpoint_port"),
        ("https://fcm.googleapis.com:/wp/x", "endpoint_malformed"),
        ("https://fcm.googleapis.com:70000/wp/x", "endpoint_malformed"),
        ("https://user@fcm.googleapis.com/wp/x", "endpoint_userinfo"),
        ("https://fcm.googleapis.com@127.0.0.1/wp/x", "endpoint_userinfo"),
        ("https://fcm.googleapis.com:443@evil.test/wp/x", "endpoint_userinfo"),
        ("https://127.0.0.1/wp/x", "endpoint_ip"),
        ("https://127.1/wp/x", "endpoint_ip"),
        ("https://2130706433/wp/x", "endpoint_ip"),
        ("https://0x7f000001/wp/x", "endpoint_ip"),
        ("https://169.254.169.254/latest/meta-data", "endpoint_ip"),
        ("https://[::1]/wp/x", "endpoint_ip"),
        ("https://[::ffff:127.0.0.1]/wp/x", "endpoint_ip"),
        ("https://localhost/wp/x", "endpoint_host"),
        ("https://fcm.googleapis.com.evil.test/wp/x", "endpoint_host"),
        ("https://evilfcm.googleapis.com/wp/x", "endpoint_host"),
        ("https://push.apple.com/x", "endpoint_host"),
        ("https://evilpush.apple.com/x", "endpoint_host"),
        ("https://push.apple.com.evil.test/x", "endpoint_host"),
        ("https://.push.apple.com/x", "endpoint_malformed"),
        (f"https://{'a' * 60}.{'b' * 60}.push.apple.com/x", "endpoint_host"),
        ("https://fcm.googleapis.com./wp/x", "endpoint_malformed"),
        ("https://fcm.googleapis.com\\@evil.test/", "endpoint_malformed"),
        ("https://evil.test\\.push.apple.com/", "endpoint_malformed"),
        ("https://evil.test#.push.apple.com/", "endpoint_malformed"),
        ("https://fcm.googleapis.com/wp/x#part", "endpoint_malformed"),
        ("https://fcm.goo\tgleapis.com/wp/x", "endpoint_malformed"),
        (" https://fcm.googleapis.com/wp/x", "endpoint_malformed"),
        ("https://fcm.googleapis.com/wp/x\n", "endpoint_malformed"),
        ("https://fcm.googleapis.com/wp/x\r\nTTL: 0", "endpoint_malformed"),
        ("https://fcm。googleapis.com/wp/x", "endpoint_malformed"),
        ("https://ｆcm.googleapis.com/wp/x", "endpoint_malformed"),
        ("https://fcm%2egoogleapis.com/wp/x", "endpoint_malformed"),
        ("https://fcm.googleapis.com/" + "a" * 998, "endpoint_too_long"),
    ],
)
def test_every_other_address_is_refused(endpoint: str, code: str) -> None:
    assert refused(endpoint) == code


def test_an_endpoint_may_have_1024_bytes() -> None:
    longest = "https://fcm.googleapis.com/" + "a" * 997
    assert len(longest) == 1024
    check_subscription(longest, P256DH, AUTH, PUSH_HOSTS)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:8990/wpush/x", "https://localhost:8990/x"])
def test_loopback_is_for_tests_only(endpoint: str) -> None:
    assert refused(endpoint) in ("endpoint_not_https", "endpoint_port")
    assert check_subscription(endpoint, P256DH, AUTH, PUSH_HOSTS, allow_loopback=True).endpoint == endpoint


@pytest.mark.parametrize("host", ["127.0.0.2", "10.0.0.1", "localhost.evil.test", "evil.test"])
def test_the_loopback_exception_opens_nothing_else(host: str) -> None:
    refused(f"http://{host}:8990/x", allow_loopback=True)


@pytest.mark.parametrize("pattern", ["*", "*.com", "*.", "com", "*push.apple.com"])
def test_a_careless_pattern_does_not_open_the_door(pattern: str) -> None:
    assert refused("https://web.push.apple.com/x", hosts=[pattern]) == "endpoint_host"


def point(curve: ec.EllipticCurve, form: PublicFormat = PublicFormat.UncompressedPoint) -> str:
    raw = ec.generate_private_key(curve).public_key().public_bytes(Encoding.X962, form)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


HYBRID = base64.urlsafe_b64encode(b"\x06" + base64.urlsafe_b64decode(P256DH + "=")[1:]).decode()
OFF_THE_CURVE = base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode().rstrip("=")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "x",
        "not base64!",
        P256DH[:-2],
        P256DH + "AA",
        P256DH.replace("-", "+").replace("_", "/"),
        P256DH + "\n",
        OFF_THE_CURVE,
        base64.urlsafe_b64encode(bytes(65)).decode(),
        point(ec.SECP256R1(), PublicFormat.CompressedPoint),
        HYBRID,
        point(ec.SECP384R1()),
        point(ec.SECP256K1()),
        "A" * 100_000,
    ],
    ids=lambda key: f"{len(key)} characters",  # some are made anew in each process
)
def test_a_key_that_is_no_point_on_p256_is_refused(key: str) -> None:
    assert refused(FCM, key=key) == "key_malformed"


@pytest.mark.parametrize("auth", ["", "AAAA", AUTH + "AA", AUTH[:-2], "A" * 1000, "!" * 22])
def test_auth_has_16_bytes(auth: str) -> None:
    assert refused(FCM, auth=auth) == "auth_malformed"


@pytest.mark.parametrize("odd", [None, 7, [], {}, b"x"])
def test_json_of_another_kind_is_refused(odd: object) -> None:
    assert refused(odd) == "endpoint_malformed"  # type: ignore[arg-type]
    assert refused(FCM, key=odd) == "key_malformed"  # type: ignore[arg-type]
    assert refused(FCM, auth=odd) == "auth_malformed"  # type: ignore[arg-type]


def test_padded_keys_are_the_same_keys() -> None:
    taken = check_subscription(FCM, P256DH + "=", AUTH + "==", PUSH_HOSTS)
    assert taken == check_subscription(FCM, P256DH, AUTH, PUSH_HOSTS)


def test_neither_error_nor_repr_repeats_the_endpoint() -> None:
    taken = check_subscription(FCM, P256DH, AUTH, PUSH_HOSTS)
    with pytest.raises(Refused) as caught:
        check_subscription("https://evil.test/secret", P256DH, AUTH, PUSH_HOSTS)

    assert "APA91b" not in repr(taken)
    assert "secret" not in str(caught.value)


SCHEMES = ["https://", "http:", "//", "ftp://"]
HOSTS = ["fcm.googleapis.com", "x.push.apple.com", "*.push.apple.com", "evil.test", "127.0.0.1", "[::1]"]
MARKS = ["@", ":", "443", "/", "\\", "#", "?", ".", "%2f", "[", "]", "\t", "\x00", "ä"]
PIECES = st.sampled_from(SCHEMES + HOSTS + MARKS)


@given(st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=60))
def test_whatever_passes_goes_to_a_known_host_in_every_parsers_eyes(endpoint: str) -> None:
    try:
        check_subscription(endpoint, P256DH, AUTH, PUSH_HOSTS)
    except Refused:
        return
    for host, port, scheme in (
        (urlsplit(endpoint).hostname, urlsplit(endpoint).port or 443, urlsplit(endpoint).scheme),
        (URL(endpoint, encoded=True).host, URL(endpoint, encoded=True).port, URL(endpoint).scheme),
    ):
        assert host == "fcm.googleapis.com" or str(host).endswith(".push.apple.com"), json.dumps(endpoint)
        assert (port, scheme) == (443, "https")
