"""A real Chromium before the real application, served on a port of this machine, on SQLite.

    live       the served application: `live.url`, and `clock` still moves its time
    wire       what lies between it and the browser, counted (tests/wire.py); only for tests that ask for it
    example    the application holds the example office in the tests that ask for it, instead of the empty one
    phone      a page of 360 x 640 with a finger; `phone_without_scripts` is the same with scripts off
    tablet     a page of 1024 x 768, then one of 768 x 1024
    window     makes further pages: window(width, height, scripts=True)
    axe        axe(page): what axe-core finds serious or critical

A page that logs an error, loads something that fails or asks for anything outside fails its test; what a test
provokes on purpose it removes from `window.problems`.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from peewee import DatabaseProxy
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from app import crypto, db
from app.config import Settings
from app.services import demo, regions
from app.services import office as offices
from app.services.office import OfficeFacts
from app.views.privacy import NOTICE
from tests import build
from tests.conftest import KEYS, NOW
from tests.receivers import require_browser
from tests.servers import free_port
from tests.wire import Wire

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
PHONE = (360, 640)
TABLETS = {"landscape": (1024, 768), "portrait": (768, 1024)}
AXE = Path(__file__).parent / "axe.min.js"


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    program = require_browser("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGS)
        yield browser
        browser.close()


# the application --------------------------------------------------------------------------------


@pytest.fixture(scope="package")
def example_template(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, let_go: Callable[[], None]
) -> tuple[Path, dict[str, demo.SignIn]]:
    """The example office in a file to be copied, and how its people sign in."""
    path = tmp_path_factory.mktemp("example") / "example.db"
    shutil.copy(sqlite_template, path)
    crypto.use(KEYS)
    db.open_database(f"sqlite:///{path}")
    regions.load(db.database)
    people = {person.role: person for person in demo.fill(NOTICE, NOW)}
    let_go()
    return path, people


@pytest.fixture
def example(example_template: tuple[Path, dict[str, demo.SignIn]]) -> dict[str, demo.SignIn]:
    """How the people of the example office sign in."""
    return example_template[1]


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path, let_go: Callable[[], None]
) -> Iterator[str]:
    source = sqlite_template
    if "example" in request.fixturenames:
        source = request.getfixturevalue("example_template")[0]
    path = tmp_path / "gelombang.db"
    shutil.copy(source, path)
    yield f"sqlite:///{path}"
    let_go()


@pytest.fixture
def office(database: DatabaseProxy, request: pytest.FixtureRequest) -> OfficeFacts:
    return offices.current() if "example" in request.fixturenames else build.office(NOW)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, public_url=f"http://127.0.0.1:{free_port()}")


@dataclass(frozen=True)
class Live:
    """The application on a socket."""

    url: str
    app: Flask


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: the tests look at the answers."""


@contextmanager
def served(application: WSGIApplication, port: int) -> Iterator[None]:
    """This application on a port of this machine, in threads of this process."""
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def wire(settings: Settings) -> Iterator[Wire]:
    with Wire(free_port(), int(settings.public_url.rpartition(":")[2])) as made:
        yield made


@pytest.fixture
def live(
    app: Flask, office: OfficeFacts, settings: Settings, request: pytest.FixtureRequest
) -> Iterator[Live]:
    port = int(settings.public_url.rpartition(":")[2])
    if "wire" in request.fixturenames:
        port = request.getfixturevalue("wire").server_port
    with served(app, port):
        yield Live(settings.public_url, app)


# the screens ------------------------------------------------------------------------------------


class Window:
    """Makes pages in contexts of their own and notes what goes wrong in them."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []

    def __call__(self, width: int, height: int, *, scripts: bool = True, **options: Any) -> Page:
        context = self._browser.new_context(
            base_url=self._url,
            viewport={"width": width, "height": height},
            device_scale_factor=2,
            is_mobile=width < 600,
            has_touch=True,
            locale="id-ID",
            timezone_id="Asia/Jakarta",
            java_script_enabled=scripts,
            **options,
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        page.on("response", self._answered)
        page.on("request", lambda request: self._asked(request.url))
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        # Failing loads are judged by their answers: a 422 page and a page without signal are meant to be.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500 or (
            response.status >= 400 and response.request.resource_type != "document"
        ):
            self.problems.append(f"{response.status} for {response.url}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self._url, "blob:", "about:")):
            self.problems.append(f"asked for {url[:100]}, which is not ours")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def window(chromium: Browser, live: Live) -> Iterator[Window]:
    made = Window(chromium, live.url)
    yield made
    made.close()
    assert made.problems == []


@pytest.fixture
def phone(window: Window) -> Page:
    return window(*PHONE)


@pytest.fixture
def phone_without_scripts(window: Window) -> Page:
    return window(*PHONE, scripts=False)


@pytest.fixture(params=TABLETS.values(), ids=TABLETS.keys())
def tablet(window: Window, request: pytest.FixtureRequest) -> Page:
    return window(*request.param)


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """Run axe-core on a page as it stands; returns what is serious or critical, in words."""
    source = AXE.read_text(encoding="utf-8")
    options = '{"rules": {"target-size": {"enabled": true}}, "resultTypes": ["violations"]}'

    def look(page: Page) -> list[str]:
        page.evaluate(source)
        found = page.evaluate(f"axe.run(document, {options})")["violations"]
        return [
            f"{rule['id']} ({rule['impact']}): {rule['help']}: {[node['target'] for node in rule['nodes']]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
        ]

    return look
