"""What a registration costs: every byte between a real browser and the server, both ways, the service worker's too."""

from __future__ import annotations

import re
import socket

import pytest
from playwright.sync_api import Page

from app.models import Application
from tests.browser.conftest import Live, Window
from tests.browser.journey import walk
from tests.wire import Wire

pytestmark = pytest.mark.browser

FIRST_LOAD = 14_600
WHOLE_REGISTRATION = 100_000
#: A page with its sheet is more than this, and a registration more than that: less, and something was not counted.
A_PAGE, MOST_OF_IT = 7_000, 60_000


def uncached(window: Window) -> Page:
    """A page that loads everything anew each time; no worker stands between."""
    page = window(360, 640, service_workers="block")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")  # without it the next one is taken and does nothing
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_a_registration_costs_less_than_100_kb(
    wire: Wire, live: Live, window: Window, wave: object, scripts: bool
) -> None:
    page = window(360, 640, scripts=scripts)
    for name in walk(page):
        page.wait_for_load_state("networkidle")
        if name == "mulai":
            wire.rest(1.5)  # the worker installs itself a moment after its first page
    wire.rest(1.5)
    assert Application.select().count() == 1
    assert MOST_OF_IT < wire.total < WHOLE_REGISTRATION, wire.table()
    own = {"/sw.js", "/luring", "/panduan/luring"}
    assert own & set(wire.paths) == (own if scripts else set())
    assert "/daftar/periksa" in wire.paths


@pytest.mark.parametrize(
    "path", ["/", "/privasi", "/posko", "/cek", "/daftar/syarat", "/luring", "/tidak-ada"]
)
def test_first_load_fits_one_window(wire: Wire, live: Live, window: Window, wave: object, path: str) -> None:
    page = uncached(window)
    page.goto(path)
    wire.rest()
    assert A_PAGE < wire.to_read(path) < FIRST_LOAD


def test_every_wizard_page_fits_one_window(wire: Wire, live: Live, window: Window, wave: object) -> None:
    """Each page as if it were the first: the style sheet counts every time."""
    page = uncached(window)
    seen: dict[str, int] = {}
    for name in walk(page):
        wire.rest(0.1)
        wire.forget()
        page.reload()
        wire.rest(0.1)
        seen[name] = wire.to_read(re.sub(r"^https?://[^/]+", "", page.url))
    assert len(seen) > 12, seen
    assert {name: cost for name, cost in seen.items() if not A_PAGE < cost < FIRST_LOAD} == {}


def test_the_wire_counts_what_a_bare_socket_sees(wire: Wire, live: Live) -> None:
    asked = b"GET /privasi HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", wire.port), 10) as line:
        line.sendall(asked)
        came = 0
        while piece := line.recv(65536):
            came += len(piece)
    wire.rest()
    [one] = wire.exchanges
    assert (one.line, one.sent, one.received, one.requests) == ("GET /privasi", len(asked), came, 1)
    assert wire.total == len(asked) + came > 4_000
