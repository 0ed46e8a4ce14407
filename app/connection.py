"""What lies between the socket and a view: proxy headers, trusted hosts, the database connection, compression."""

from __future__ import annotations

import zlib
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, abort, current_app, redirect, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from app import db
from app.config import Settings

#: Everything but an upload is small; Flask itself sets no limit.
LARGEST_BODY = 64 * 1024
WORTH_COMPRESSING = 1024
#: zlib's level: 6 makes a page 4 % smaller and takes twice as long.
FAST = 2
GZIP = 31
COMPRESSIBLE = (
    "text/html",
    "text/plain",
    "text/javascript",
    "application/json",
    "application/manifest+json",
    "text/calendar",
    "text/csv",
    "image/svg+xml",
)


class RowNumber(IntegerConverter):
    """A number in an address: what no column can hold is no address of ours (404), not a fault of the database."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **{"max": 2**63 - 1} | kwargs)


def init(app: Flask, settings: Settings) -> None:
    """Believe forwarded headers only from as many proxies as are configured; answer only to our own hosts."""
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.converters["int"] = RowNumber
    app.config["TRUSTED_HOSTS"] = trusted_hosts(settings)
    app.before_request(_only_by_tls)
    app.before_request(_keep_areas_apart)
    app.after_request(_compress)
    app.after_request(_say_nothing_on_the_way)
    app.teardown_appcontext(lambda _: db.connection_done())


def trusted_hosts(settings: Settings) -> list[str]:
    """Host names that a request may ask for; anything else is answered 400 (host header poisoning)."""
    hosts = [settings.public_host.partition(":")[0]]
    if settings.staff_host:
        hosts.append(settings.staff_host.partition(":")[0])
    if settings.environment != "production":
        hosts += ["127.0.0.1", "localhost"]
    return hosts


def client_network() -> str:
    """The peer's IPv4 address or IPv6 /64, as text: the unit in which failures are counted."""
    address = ip_address(request.remote_addr or "127.0.0.1")
    if address.version == 6:
        return str(ip_network(f"{address}/64", strict=False))
    return str(address)


def from_posko() -> bool:
    """Whether the request comes from a network that the office listed as a posko's."""
    settings: Settings = current_app.extensions["settings"]
    address = ip_address(request.remote_addr or "127.0.0.1")
    return any(address in ip_network(network) for network in settings.posko_networks)


def is_staff_area() -> bool:
    """Whether this request belongs to the office's side."""
    path = request.path
    return path == "/petugas" or path.startswith("/petugas/")


def _only_by_tls() -> Response | None:
    """A page that a proxy was asked for without TLS is asked for again with it (ASVS 12.2.1); nothing else is answered.

    Only where the proxy says so: without its word a redirect could go in a circle.
    """
    settings: Settings = current_app.extensions["settings"]
    told = settings.proxies and "HTTP_X_FORWARDED_PROTO" in request.environ
    if not (settings.https and told) or request.is_secure:
        return None
    if request.method not in ("GET", "HEAD"):
        abort(403)  # what was typed has crossed the network in clear already: it is not taken as well
    path = request.full_path if request.query_string else request.path
    return redirect(f"https://{request.host}{quote(path, safe='/?&=%')}", 308)  # type: ignore[return-value]


def _keep_areas_apart() -> None:
    """With a staff host of its own, each area answers only on its host."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.staff_host or request.path.startswith("/static/"):
        return
    if is_staff_area() != (request.host == settings.staff_host):
        abort(404)


def _say_nothing_on_the_way(response: Response) -> Response:
    """A redirect needs no page: nobody reads it, and one registration has a dozen."""
    if 300 <= response.status_code < 400 and response.location:
        response.set_data(b"")
    return response


def _compress(response: Response) -> Response:
    """gzip what is text and long enough; static files come compressed already."""
    if (
        response.direct_passthrough
        or "gzip" not in request.environ.get("HTTP_ACCEPT_ENCODING", "")
        or response.mimetype not in COMPRESSIBLE
        or response.headers.get("Content-Encoding")
    ):
        return response
    body = response.get_data()
    response.headers.add("Vary", "Accept-Encoding")
    if len(body) < WORTH_COMPRESSING:
        return response
    squeezed = zlib.compressobj(FAST, zlib.DEFLATED, GZIP)
    response.set_data(squeezed.compress(body) + squeezed.flush())
    response.headers.add("Content-Encoding", "gzip")
    return response
