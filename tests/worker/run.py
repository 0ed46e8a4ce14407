"""A real worker in a process of its own, whose clock starts at a time of the test's choice and then runs.

    python -m tests.worker.run 2026-11-22T03:42:00+00:00 [lease in seconds]

Settings come from the environment, as in production. A push that waits for the morning must not make the tests
depend on the hour at which they run, and a lease of a minute must not make them last that long.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from app import worker
from app.clock import to_milliseconds
from app.config import Settings

ROOT = Path(__file__).parent.parent.parent


class RunningClock:
    """A clock that was set to a moment when it was made."""

    def __init__(self, moment: datetime) -> None:
        self._moment, self._made = moment, time.monotonic()

    def now(self) -> datetime:
        return to_milliseconds(self._moment + timedelta(seconds=time.monotonic() - self._made))


@contextmanager
def process(settings: Settings, start: datetime, lease: float = 60) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker on the test's database, allowed to push to this machine; killed at the end if it still runs."""
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
    }
    command = [sys.executable, "-m", "tests.worker.run", start.isoformat(), str(lease)]
    made = subprocess.Popen(command, cwd=ROOT, env=os.environ | environ, stderr=subprocess.PIPE)
    try:
        yield made
    finally:
        if made.poll() is None:
            made.kill()
        made.communicate(timeout=20)


if __name__ == "__main__":
    worker.LEASE = timedelta(seconds=float(sys.argv[2]))
    worker.PAUSE = 0.1
    sys.exit(worker.main(clock=RunningClock(datetime.fromisoformat(sys.argv[1]))))
