"""For whoever looks after the service: /health/live, /health/ready, /health/all and /metrics, and what is counted.

They stand before the application, so that a proxy may ask by any host name, and so that nothing of it (cookies,
sessions, the office's own database row) has to work. Strangers learn one word. Details and numbers are for the machine
itself (a loopback peer that forwards for nobody) and for whoever has the token METRICS_TOKEN.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from time import perf_counter
from typing import Any

from flask import Flask, Response, request
from peewee import PeeweeException

from app import db, hashing, headers
from app.clock import Clock
from app.config import Settings
from app.meters import Meters
from app.services import health

Environ = dict[str, Any]
Answer = Callable[..., Any]
PATHS = ("/health/live", "/health/ready", "/health/all", "/metrics")
#: What a proxy adds: with one of these the peer is not who asks.
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
ENDPOINT = "gelombang.endpoint"
TEXT = "text/plain; charset=utf-8"


def init(app: Flask, settings: Settings, clock: Clock) -> None:
    """Stand before everything else; call it when all pages are known."""
    meters = Meters(settings.var / "metrics", list(app.view_functions))
    hashing.tell = meters.hashed
    app.after_request(_name_endpoint)
    app.wsgi_app = Watching(app.wsgi_app, meters, settings, clock)  # type: ignore[method-assign]


def _name_endpoint(response: Response) -> Response:
    """Flask lets the request go before the answer reaches us, so the name is left where we find it."""
    request.environ[ENDPOINT] = request.endpoint
    return response


class Watching:
    """WSGI: answers the four paths itself and counts the rest."""

    def __init__(self, app: Any, meters: Meters, settings: Settings, clock: Clock) -> None:
        self._app, self._meters, self._settings, self._clock = app, meters, settings, clock

    def __call__(self, environ: Environ, start_response: Answer) -> Iterable[bytes]:
        """Time from the request's arrival to its answer; the body is made by then."""
        if environ["PATH_INFO"] in PATHS:
            return self._own(environ)(environ, start_response)
        began, status = perf_counter(), 500

        def noted(line: str, *rest: Any) -> Any:
            nonlocal status
            status = int(line[:3])
            return start_response(line, *rest)

        try:
            answer: Iterable[bytes] = self._app(environ, noted)
        finally:
            self._meters.request(environ.get(ENDPOINT), status, perf_counter() - began)
        return answer

    # answering ------------------------------------------------------------------------------------

    def _own(self, environ: Environ) -> Response:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._said("405\n", 405)
        path = environ["PATH_INFO"]
        if path == "/health/live":
            return self._said("ok\n", 200)
        inside = self._is_inside(environ)
        if path == "/metrics":
            return self._said(self._metrics(), 200) if inside else self._said("404\n", 404)
        with _connection():
            found = health.checks(self._clock.now(), self._settings.var)
        well = health.is_ready(found) if path == "/health/ready" else set(found.values()) == {health.OK}
        words = json.dumps(found, indent=1, sort_keys=True) if inside else "ok" if well else "not ready"
        return self._said(words + "\n", 200 if well else 503)

    def _said(self, text: str, status: int) -> Response:
        made = Response(text, status, content_type=TEXT)
        made.headers.update(headers.ALWAYS)
        made.headers["Content-Security-Policy"] = headers.CONTENT_SECURITY_POLICY
        made.headers["Cache-Control"] = "no-store"
        if self._settings.https:
            made.headers["Strict-Transport-Security"] = headers.ONE_YEAR_WITH_SUBDOMAINS
        if status == 503:
            made.headers["Retry-After"] = "30"
        return made

    def _is_inside(self, environ: Environ) -> bool:
        """Whether this is the machine itself, or somebody with the token (compared in constant time)."""
        token = self._settings.metrics_token
        given = str(environ.get("HTTP_AUTHORIZATION", ""))
        if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return True
        if any(name in environ for name in FORWARDED):
            return False
        try:
            return ip_address(environ.get("REMOTE_ADDR", "")).is_loopback
        except ValueError:
            return False

    def _metrics(self) -> str:
        from app import metrics  # a quarter of a second to load, for a page that most processes never serve

        now = self._clock.now()
        with _connection():
            return metrics.text(self._meters.totals(), now, self._settings.var)


@contextmanager
def _connection() -> Iterator[None]:
    """A database connection for one answer; that there is none is for the checks to say."""
    with suppress(PeeweeException):
        db.connection_opened()
    try:
        yield
    finally:
        db.connection_done()
