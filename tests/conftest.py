"""What tests may ask for. Every test that touches a database runs on SQLite and on PostgreSQL.

    clock      stands still at 22 November 2026, 10.42 WIB, until a test moves it
    database   the empty tables (for services); `office` adds an office with its regions
    app        the application on those tables; `visitor` walks through it as a person does (pages.py)
    settings   what the application runs with; `dataclasses.replace` makes a variant

`make test ARGS="--on sqlite"` keeps to one database. What the machine lacks is skipped, in words; with CI_STRICT=1
it is a failure.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from peewee import Database, DatabaseProxy
from playhouse.pool import PooledDatabase

from app import create_app, crypto, db
from app.clock import FixedClock
from app.config import Settings
from app.models import Wave
from app.services import office as offices
from app.services import regions
from tests import build, clusters, compiled_once, servers
from tests.pages import Visitor

NOW = datetime(2026, 11, 22, 3, 42, tzinfo=UTC)
PUBLIC_URL = "http://127.0.0.1:8000"
BACKENDS = ("sqlite", "postgres")


def _fixed(name: str) -> bytes:
    return hashlib.sha256(f"gelombang test key {name}".encode()).digest()


KEYS = crypto.Keys(
    seal=((1, _fixed("seal")),),
    pepper=((1, _fixed("pepper")),),
    cookie=(_fixed("cookie"),),
    lookup=_fixed("lookup"),
    audit=_fixed("audit"),
    vapid=base64.urlsafe_b64encode(_fixed("vapid")).decode().rstrip("="),
)


# where tests run --------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--on", choices=[*BACKENDS, "both"], default="both", help="databases to test on")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--on")
        only = metafunc.definition.get_closest_marker("only_on")
        backends = only.args if only else BACKENDS
        metafunc.parametrize("backend", [b for b in backends if chosen in (b, "both")])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: while Playwright runs, its event loop stands in the way of asyncio.run elsewhere."""
    items.sort(key=lambda item: "browser" in item.path.parts)


def missing(what: str) -> NoReturn:
    """Skip, or fail in CI, because the machine lacks something; `what` says how to get it."""
    if os.environ.get("CI_STRICT") == "1":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


# time and settings ------------------------------------------------------------------------------


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings as the environment would give them, with keys that never change and everything in tmp_path."""
    return Settings.from_env(
        {
            "GELOMBANG_ENVIRONMENT": "test",
            "GELOMBANG_KEYS": KEYS.to_json(),
            "GELOMBANG_VAR": str(tmp_path),
            "GELOMBANG_DATABASE_URL": database_url,
            "GELOMBANG_PUBLIC_URL": PUBLIC_URL,
        }
    )


# databases --------------------------------------------------------------------------------------


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of this test's own; what it leaves behind is gone afterwards."""
    if backend == "sqlite":
        path = tmp_path / "gelombang.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        _let_go()
    else:
        cluster: PostgresDatabase = request.getfixturevalue("postgres_database")
        yield cluster.url
        _let_go()
        cluster.empty()


@pytest.fixture(scope="session")
def let_go() -> Callable[[], None]:
    return _let_go


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that the migrations have made, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    db.open_database(f"sqlite:///{path}")
    db.migrate_up()
    _let_go()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL where databases may be made: from the environment, or a cluster of our own."""
    with ExitStack() as stack:
        try:
            yield os.environ.get(servers.POSTGRES_URL) or stack.enter_context(servers.postgres())
        except servers.Missing as problem:
            missing(str(problem))


@pytest.fixture
def cluster() -> Iterator[tuple[str, clusters.Control]]:
    """A PostgreSQL of this test's own that can be stopped and started: (URL, control)."""
    try:
        with clusters.cluster() as made:
            yield made
            _let_go()
    except servers.Missing as problem:
        missing(str(problem))


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> Iterator[PostgresDatabase]:
    """One migrated database for this test process."""
    made = PostgresDatabase(postgres_server)
    yield made
    made.drop()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a Redis that may be emptied: from the environment, or a server of our own."""
    with ExitStack() as stack:
        try:
            yield os.environ.get(servers.REDIS_URL) or stack.enter_context(servers.redis())
        except servers.Missing as problem:
            missing(str(problem))


class PostgresDatabase:
    """A database that is migrated once and emptied after each test."""

    def __init__(self, server_url: str) -> None:
        self._server = _libpq(server_url)
        self._name = f"gelombang_test_{os.getpid()}"
        self._command(f"DROP DATABASE IF EXISTS {self._name}", f"CREATE DATABASE {self._name}")
        self.url = urlsplit(server_url)._replace(path=f"/{self._name}").geturl()
        db.open_database(self.url)
        db.migrate_up()
        _let_go()
        self._own = psycopg.connect(**self._server | {"dbname": self._name}, autocommit=True)
        self._own.execute("SET lock_timeout = '5s'")
        self._own.execute(
            "SET session_replication_role = replica"
        )  # no foreign keys, no append-only triggers
        tables = self._own.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        self._tables = [name for (name,) in tables if name != db.HISTORY]

    def empty(self) -> None:
        """Delete what a test wrote: looking first is much faster than truncating everything."""
        looks = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in self._tables]
        for (name,) in self._own.execute(" UNION ALL ".join(looks)).fetchall():
            self._own.execute(f'DELETE FROM "{name}"')

    def drop(self) -> None:
        self._own.close()
        self._command(f"DROP DATABASE {self._name} WITH (FORCE)")

    def _command(self, *commands: str) -> None:
        with psycopg.connect(**self._server, autocommit=True) as server:
            for command in commands:
                server.execute(command)


def _libpq(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    given = {
        "user": parts.username,
        "password": parts.password,
        "host": parts.hostname,
        "port": parts.port,
        "dbname": parts.path.strip("/"),
    }
    options = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {name: value for name, value in given.items() if value} | options


_opened: list[Database] = []


@pytest.fixture(scope="session", autouse=True)
def _note_what_is_opened() -> Iterator[None]:
    """Remember every database: an application that is made anew leaves the pool of the one before it behind."""
    really_open = db.open_database

    def noted(url: str) -> Database:
        made = really_open(url)
        _opened.append(made)
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "open_database", noted)
        yield


def _let_go() -> None:
    """Close every connection and forget what the process remembers of the rows."""
    while _opened:
        made = _opened.pop()
        made.close_all() if isinstance(made, PooledDatabase) else made.close()
    offices.forget()
    regions.forget()


# the product ------------------------------------------------------------------------------------


@pytest.fixture
def database(request: pytest.FixtureRequest, settings: Settings) -> DatabaseProxy:
    """The open, empty database, for tests of services and models."""
    if "app" in request.fixturenames:
        request.getfixturevalue("app")
    else:
        crypto.use(settings.keys)
        db.open_database(settings.database_url)
    return db.database


@pytest.fixture(scope="session", autouse=True)
def _compile_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compiled_once.install(patch)
        yield


@pytest.fixture
def app(settings: Settings, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application as it runs, CSRF and all."""
    made = create_app(settings, clock)
    monkeypatch.setattr(logging.getLogger("gelombang"), "propagate", True)  # into pytest's report and caplog
    return made


@pytest.fixture
def office(database: DatabaseProxy) -> offices.OfficeFacts:
    """The example office with its posko and the regions around it."""
    return build.office(NOW)


@pytest.fixture
def wave(office: offices.OfficeFacts) -> Wave:
    """An open wave."""
    return build.wave(NOW)


@pytest.fixture
def visitor(app: Flask, office: offices.OfficeFacts) -> Visitor:
    """A person with a browser; for a second person make another: Visitor(app)."""
    return Visitor(app, PUBLIC_URL)


@pytest.fixture
def another_visitor(app: Flask, office: offices.OfficeFacts) -> Visitor:
    """Somebody else with a browser and an address of their own."""
    return Visitor(app, address="10.20.30.40")


@pytest.fixture
def client(visitor: Visitor) -> Visitor:
    return visitor


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs commands: runner.invoke(args=["db", "status"])."""
    return app.test_cli_runner()


@pytest.fixture(autouse=True)
def _stay_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches the network: the far end is to be replaced, not called."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test wants to connect to {address}: put something of its own there")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)
