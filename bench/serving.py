"""Starting and stopping what is measured: a web server with the product or the bare app on a free loopback port."""

from __future__ import annotations

import contextlib
import ctypes
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.wire import LOOPBACK

ROOT = Path(__file__).parent.parent
#: How the product is served; the bench takes nothing else.
SERVED = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
WORKERS, THREADS = SERVED["workers"], SERVED["threads"]
TICKS = os.sysconf("SC_CLK_TCK")
START_WITHIN = 30.0
_PDEATHSIG = 1


@dataclass(frozen=True)
class Kind:
    """A web server: the words that start it on a port with `wsgi:app` or `bench.bare:app`."""

    name: str
    command: tuple[str, ...]


GUNICORN = Kind(
    f"gunicorn gthread {WORKERS}x{THREADS}",
    ("gunicorn", "--bind={address}", "{application}"),
)
GRANIAN = Kind(
    f"granian WSGI {WORKERS}x{THREADS}",
    (
        "granian",
        "--interface=wsgi",
        f"--workers={WORKERS}",
        f"--blocking-threads={THREADS}",
        "--host={host}",
        "--port={port}",
        "--log-level=warning",
        "--no-ws",
        "{application}",
    ),
)


class Server:
    """A running server. `cpu_seconds` is what it and its workers have used."""

    def __init__(self, kind: Kind, application: str, environ: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self._words = [
            word.format(
                address=f"{LOOPBACK}:{self.port}", host=LOOPBACK, port=self.port, application=application
            )
            for word in kind.command
        ]
        self._environ = os.environ | environ
        self._log = log
        self.start()

    def start(self) -> None:
        """Start, also again after a kill; returns when it answers."""
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self._words],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        until = time.monotonic() + START_WITHIN
        while not _listens(self.port):
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError(f"{self._words[0]} did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """kill -9 of the server and all of its workers, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """Ask it to end; end it when it does not."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        self.kill()

    def cpu_seconds(self) -> float:
        """User and system time of the whole process group so far."""
        return sum(_cpu_seconds(pid) for pid in [self.process.pid, *self.workers()])

    def fine_cpu_seconds(self) -> float:
        """The same to the nanosecond, for one page at a time; threads that have ended are left out (Linux)."""
        return sum(_fine_cpu_seconds(pid) for pid in [self.process.pid, *self.workers()])

    def workers(self) -> list[int]:
        """The processes that this server has started."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]


@contextlib.contextmanager
def serving(kind: Kind, application: str, environ: dict[str, str], log: Path) -> Iterator[Server]:
    """A server for the length of a block."""
    server = Server(kind, application, environ, log)
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _fine_cpu_seconds(pid: int) -> float:
    """The kernel's own account of each thread (/proc, schedstat: nanoseconds on a processor)."""
    spent = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(FileNotFoundError):
            spent += int(thread.read_text().split()[0])
    return spent / 1e9


def _die_with_parent() -> None:
    """A bench that is killed leaves no server behind (Linux)."""
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
