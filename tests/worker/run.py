"""A real worker in a process of its own, whose clock starts at a time of the test's choice and then runs.

    python -m tests.worker.run 2026-11-22T03:42:00+00:00 LEASE_IN_SECONDS PAUSE_IN_SECONDS [MADE --with-worker]

With the time at which the clock was made it is one of that worker's senders.

Settings come from the environment, as in production. A push that waits for the morning must not make the tests
depend on the hour at which they run, and a lease of a minute must not make them last that long.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from app import flow, sender, worker
from app.clock import to_milliseconds
from app.config import Settings

ROOT = Path(__file__).parent.parent.parent


class RunningClock:
    """A clock that was set to a moment when it was made."""

    def __init__(self, moment: datetime, made: float | None = None) -> None:
        self._moment, self._made = moment, time.monotonic() if made is None else made

    def now(self) -> datetime:
        return to_milliseconds(self._moment + timedelta(seconds=time.monotonic() - self._made))


@contextmanager
def process(
    settings: Settings, start: datetime, lease: float = 60, senders: int = 1, pause: float = 0.1
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker on the test's database, allowed to push to this machine; killed at the end if it still runs.

    It leads a process group of its own, with its senders: `kill_all` ends all of them at once.
    """
    environ = {
        "GELOMBANG_ENVIRONMENT": "test",
        "GELOMBANG_KEYS": settings.keys.to_json(),
        "GELOMBANG_VAR": str(settings.var),
        "GELOMBANG_DATABASE_URL": settings.database_url,
        "GELOMBANG_REDIS_URL": settings.redis_url,
        "GELOMBANG_PUBLIC_URL": settings.public_url,
        "GELOMBANG_PUSH_LOOPBACK": "yes",
        "GELOMBANG_MAIL_URL": settings.mail_url,
        "GELOMBANG_MAIL_SENDER": settings.mail_sender,
        "GELOMBANG_SENDERS": str(senders),
    }
    command = [sys.executable, "-m", "tests.worker.run", start.isoformat(), str(lease), str(pause)]
    made = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environ, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        yield made
    finally:
        kill_all(made)
        made.communicate(timeout=20)


def kill_all(made: subprocess.Popen[bytes]) -> None:
    """kill -9 of a worker and of its senders, as when the machine stops."""
    with suppress(ProcessLookupError):
        os.killpg(made.pid, signal.SIGKILL)
    made.wait(20)


def children(made: subprocess.Popen[bytes]) -> list[int]:
    """The senders that a worker has started and that run."""
    return [int(pid) for pid in Path(f"/proc/{made.pid}/task/{made.pid}/children").read_text().split()]


def main(words: list[str]) -> int:
    """The worker, or one of its senders."""
    moment, lease, pause = datetime.fromisoformat(words[0]), words[1], words[2]
    flow.LEASE = timedelta(seconds=float(lease))
    sender.PAUSE, worker.PAUSE = float(pause), 0.1
    worker.START_AGAIN = (0.1, 0.5)
    if sender.WITH_WORKER in words:
        return sender.main(words, RunningClock(moment, float(words[3])))
    made = time.monotonic()
    command = (
        sys.executable,
        "-m",
        "tests.worker.run",
        words[0],
        lease,
        pause,
        str(made),
        sender.WITH_WORKER,
    )
    return worker.main(clock=RunningClock(moment, made), command=command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
