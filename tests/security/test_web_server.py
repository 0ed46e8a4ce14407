"""What the web server itself lets through, started as docs/operations.md says (docs/decisions/0031)."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import KEYS
from tests.servers import free_port

ROOT = Path(__file__).parent.parent.parent
APP = """
import json

def app(environ, start):
    body = json.dumps({name: str(value) for name, value in environ.items()}).encode()
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
"""


def command() -> str:
    """The line of docs/operations.md that starts it."""
    found = re.search(r"`(gunicorn [^`]*) wsgi:app`", (ROOT / "docs/operations.md").read_text())
    assert found
    return found[1]


def _lay_out(place: Path) -> None:
    """gunicorn reads its file where it is started."""
    (place / "echo.py").write_text(APP)
    shutil.copy(ROOT / "gunicorn.conf.py", place)


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    place, port = tmp_path_factory.mktemp("server"), free_port()
    _lay_out(place)
    words = shlex.split(command().replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
    with subprocess.Popen([sys.executable, "-m", *words, "echo:app"], cwd=place) as process:
        until = time.monotonic() + 30
        with socket.socket() as probe:
            while probe.connect_ex(("127.0.0.1", port)) and time.monotonic() < until:
                assert process.poll() is None
        yield port
        process.terminate()


def ask(port: int, *lines: str) -> tuple[int, dict[str, str]]:
    """One raw request; (status, what the application saw)."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall("\r\n".join(["GET / HTTP/1.1", *lines, "Connection: close", "", ""]).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1])
    return status, json.loads(body) if status == 200 else {}


def test_make_run_starts_the_same_server() -> None:
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    started = re.search(r"-m (gunicorn .*?) wsgi:app", makefile)
    assert started
    assert started[1] == command().replace(":8000", ":$(PORT)")


def test_gunicorn_takes_threads_and_opens_no_socket_but_that_of_the_pages(tmp_path) -> None:
    """What gunicorn itself reads from the file, as it would start."""
    _lay_out(tmp_path)
    asked = [sys.executable, "-m", "gunicorn", "--print-config", "echo:app"]
    shown = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    for line in ("workers 2", "threads 4", "worker_class .*gthread.*", "control_socket_disable True"):
        assert re.search(rf"^{line.replace(' ', ' *= ')}$", shown, re.M), line


def test_gunicorn_gives_up_when_a_setting_is_wrong_and_says_which(tmp_path) -> None:
    """One line for a person, and no worker that is started again and again."""
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "GELOMBANG_VAR": str(tmp_path),
        "GELOMBANG_KEYS": KEYS.to_json(),
        "GELOMBANG_ENVIRONMENT": "everywhere",
    }
    asked = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{free_port()}", "wsgi:app"]
    ended = subprocess.run(
        asked, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode != 0
    assert "Gelombang does not start: GELOMBANG_ENVIRONMENT must be one of" in ended.stderr
    assert "SettingsProblem" not in ended.stderr, "gunicorn may stumble over its own end, we do not"


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X-Forwarded_For", "x_forwarded_for"])
def test_nobody_puts_an_address_in_the_place_of_the_one_that_the_proxy_names(port: int, name: str) -> None:
    for lines in (["X-Forwarded-For: 192.0.2.1", f"{name}: 6.6.6.6"], [f"{name}: 6.6.6.6"]):
        _, seen = ask(port, "Host: a.example", *lines)
        assert "6.6.6.6" not in json.dumps(seen)
    _, seen = ask(port, "Host: a.example", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 192.0.2.1")
    assert seen["HTTP_X_FORWARDED_FOR"].replace(" ", "") == "6.6.6.6,192.0.2.1"  # the last one counts


@pytest.mark.parametrize(
    ("status", "lines"),
    [
        (400, ["Host: a.example", "Host: b.example"]),
        (400, ["Host: a.example", "Content-Length: 3", "Transfer-Encoding: chunked"]),
        (400, ["Host: a.example", "Content-Length: 3", "Content-Length: 4"]),
        (400, ["Host: a.example", "X: a\0b"]),
        (431, ["Host: a.example", f"X: {'a' * 100_000}"]),
    ],
    ids=["two hosts", "two ways to end", "two lengths", "a zero byte", "100 KB"],
)
def test_what_two_servers_could_read_differently_is_refused(port: int, status: int, lines: list[str]) -> None:
    assert ask(port, *lines)[0] == status
