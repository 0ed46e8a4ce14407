"""Asking relays: a local server says right, wrong, too much, something else or nothing; only a true signature counts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.channels import drand
from app.models import Draw
from app.rules.beacon import QUICKNET
from app.services import draw_round
from app.services.drawing import NotYet
from tests import draws

TRUE = {"round": draws.ROUND, "randomness": "00", "signature": draws.SIGNATURE}
FALSE = TRUE | {"signature": draws.SIGNATURE[:-2] + "00"}


class Relay(BaseHTTPRequestHandler):
    """The first part of the path says how it behaves; the rest must be drand's."""

    asked: list[str] = []

    def do_GET(self) -> None:
        manner, _, path = self.path.lstrip("/").partition("/")
        self.asked.append(path)
        if manner == "redirects":
            self.send_response(302)
            self.send_header("Location", f"/true/{path}")
            self.end_headers()
            return
        self.send_response(404 if manner == "missing" else 200)
        self.end_headers()
        if manner == "silent":
            self.server.silence.wait(10)  # type: ignore[attr-defined]
        said = {
            "true": json.dumps(TRUE),
            "false": json.dumps(FALSE),
            "other": json.dumps(TRUE | {"round": draws.ROUND + 1}),
            "talks": json.dumps(TRUE | {"more": "x" * drand.MOST_BYTES}),
            "list": "[1]",
            "shouts": json.dumps(TRUE | {"signature": 7}),
        }.get(manner, "<html>")
        self.wfile.write(said.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def relay() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Relay) as server:
        server.silence = threading.Event()  # type: ignore[attr-defined]
        Relay.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.silence.set()  # type: ignore[attr-defined]
        server.shutdown()


def said(*relays: str) -> list[str]:
    return list(drand.signatures(relays, QUICKNET.hash, draws.ROUND))


def test_a_relay_is_asked_for_the_round_of_the_chain(relay: str) -> None:
    assert said(f"{relay}/true/") == [draws.SIGNATURE]
    assert Relay.asked == [f"{QUICKNET.hash}/public/{draws.ROUND}"]


@pytest.mark.parametrize("manner", ["redirects", "missing", "other", "talks", "list", "shouts", "nonsense"])
def test_whoever_misbehaves_is_passed_over(relay: str, manner: str) -> None:
    assert said(f"{relay}/{manner}", f"{relay}/true") == [draws.SIGNATURE]


def test_a_silent_or_absent_relay_is_not_waited_for(relay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drand, "STEP_SECONDS", 0.2)
    assert said(f"{relay}/silent", "http://127.0.0.1:1", f"{relay}/true") == [draws.SIGNATURE]


@pytest.mark.only_on("sqlite")
def test_a_false_signature_is_not_taken_from_anybody(relay: str) -> None:
    draw, now = Draw(draw_at=draws.DRAW_AT), draws.DRAWN
    assert draw_round.fetched(draw, (f"{relay}/false", f"{relay}/true"), now) == draws.SIGNATURE
    with pytest.raises(NotYet, match="657413"):
        draw_round.fetched(draw, (f"{relay}/false",), now)


def test_nobody_is_asked_before_the_round(relay: str) -> None:
    with pytest.raises(NotYet):
        draw_round.fetched(
            Draw(draw_at=draws.DRAW_AT), (f"{relay}/true",), draws.DRAW_AT - timedelta(seconds=1)
        )
    assert Relay.asked == []
