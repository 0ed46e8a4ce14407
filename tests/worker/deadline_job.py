"""The worker's job for reminders alone, in a process of its own that a test may kill; chunks are small.

    python -m tests.worker.deadline_job 2026-12-20T01:00:00+00:00 [REMINDERS]

After so many reminders it stands still, between two chunks or in one, until it is killed.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime
from itertools import count
from typing import Any

from app import crypto, db
from app.config import Settings
from app.models import Notice
from app.services import deadlines, notices, ways


def stand_still_after(reminders: int) -> None:
    """The next one is never written."""
    write, numbers = notices.write, count()

    def watched(**words: Any) -> Notice | None:
        while next(numbers) >= reminders:
            time.sleep(60)
        return write(**words)

    notices.write = watched


if __name__ == "__main__":
    settings = Settings.from_env(os.environ)
    crypto.use(settings.keys)
    db.open_database(settings.database_url)
    ways.use(settings)
    deadlines.CHUNK = 10
    if sys.argv[2:]:
        stand_still_after(int(sys.argv[2]))
    with db.working():
        deadlines.remind_due(datetime.fromisoformat(sys.argv[1]))
