"""One job of the worker in a process of its own (publication_job.py and its siblings), which a test may kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from app.config import Settings

ROOT = Path(__file__).parent.parent.parent
END_SECONDS = 40


@contextmanager
def job(settings: Settings, name: str, moment: datetime, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `tests.worker.NAME` on the test's database at a moment; killed at the end if it still runs."""
    environ = {
        "GELOMBANG_ENVIRONMENT": "test",
        "GELOMBANG_KEYS": settings.keys.to_json(),
        "GELOMBANG_VAR": str(settings.var),
        "GELOMBANG_DATABASE_URL": settings.database_url,
        "GELOMBANG_PUBLIC_URL": settings.public_url,
    }
    command = [sys.executable, "-m", f"tests.worker.{name}", moment.isoformat(), *words]
    made = subprocess.Popen(command, cwd=ROOT, env=os.environ | environ, stderr=subprocess.PIPE)
    try:
        yield made
    finally:
        if made.poll() is None:
            made.kill()
        made.communicate(timeout=20)


def until(ready: Callable[[], bool], what: str) -> None:
    """Look again and again until it is so."""
    last = time.monotonic() + END_SECONDS
    while not ready():
        assert time.monotonic() < last, f"{what}: not within {END_SECONDS} s"
        time.sleep(0.005)
