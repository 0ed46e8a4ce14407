"""Throw-away servers for the tests: PostgreSQL and Redis in a temporary directory, gone afterwards.

conftest.py starts them when a test asks for one. `python3 tests/servers.py make test` starts both around a
command (what CI does). Only the standard library is used, so it runs before anything is installed.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

POSTGRES_URL = "GELOMBANG_TEST_POSTGRES_URL"
REDIS_URL = "GELOMBANG_TEST_REDIS_URL"
#: Nothing here outlives the tests, so nothing need reach the disk.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


class Missing(Exception):
    """The machine lacks a program; the message says which and how to get it."""


@contextmanager
def postgres(careless: bool = True) -> Iterator[str]:
    """A PostgreSQL cluster of its own, reached over a Unix socket; yields the URL of its maintenance database.

    `careless` leaves out what only a power cut needs (fsync): right for tests, wrong for a bench.
    """
    programs = _postgres_programs()
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    with _directory(user) as place:
        data = place / "data"
        initdb = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        subprocess.run(initdb, user=user, cwd=place, check=True, stdout=subprocess.DEVNULL)
        settings = (CARELESS if careless else {}) | {
            "listen_addresses": "",
            "unix_socket_directories": str(place),
        }
        command = [
            programs / "postgres",
            "-D",
            data,
            *[f"-c{name}={value}" for name, value in settings.items()],
        ]
        with _running(command, place, user, stop=signal.SIGINT):
            _wait(lambda: (place / ".s.PGSQL.5432").exists(), "PostgreSQL")
            ready = [programs / "pg_isready", "-q", "-h", place]
            _wait(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL")
            yield f"psycopg3://postgres@/postgres?host={place}"


@contextmanager
def redis() -> Iterator[str]:
    """A Redis server of its own on a free port of the loopback interface; yields its URL."""
    program = shutil.which("redis-server")
    if program is None:
        raise Missing("Redis is missing: sudo apt install redis-server")
    port = free_port()
    with _directory(None) as place:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with _running(command, place, None, stop=signal.SIGTERM):
            _wait(lambda: _listens(port), "Redis")
            yield f"redis://127.0.0.1:{port}/0"


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _postgres_programs() -> Path:
    """The newest server's bin directory: Debian keeps initdb and postgres off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).resolve().parent
    raise Missing("PostgreSQL is missing: sudo apt install postgresql")


@contextmanager
def _directory(user: str | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gelombang-", ignore_cleanup_errors=True) as name:
        if user:
            owner = pwd.getpwnam(user)
            os.chown(name, owner.pw_uid, owner.pw_gid)
        yield Path(name)


@contextmanager
def _running(
    command: list[Path | str], place: Path, user: str | None, stop: signal.Signals
) -> Iterator[None]:
    log = place / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, user=user, cwd=place, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield
    except TimeoutError:
        print(log.read_text(), file=sys.stderr)
        raise
    finally:
        process.send_signal(stop)
        process.wait(30)


def _wait(ready: object, what: str, seconds: float = 60) -> None:
    assert callable(ready)
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not start within {seconds:.0f} seconds")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main(command: list[str]) -> int:
    """Run a command with both servers up; returns its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers stop too
    with ExitStack() as servers:
        try:
            urls = {
                POSTGRES_URL: servers.enter_context(postgres()),
                REDIS_URL: servers.enter_context(redis()),
            }
        except Missing as missing:
            print(missing, file=sys.stderr)
            return 1
        return subprocess.run(command, env=os.environ | urls, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
