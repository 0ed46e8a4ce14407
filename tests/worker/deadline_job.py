"""The worker's job for reminders alone, in a process of its own that a test may kill; chunks are small, so that it is
killed between two of them, or in one.

    python -m tests.worker.deadline_job 2026-12-20T01:00:00+00:00
"""

from __future__ import annotations

import os
import sys
from datetime import datetime

from app import crypto, db
from app.config import Settings
from app.services import deadlines, ways

if __name__ == "__main__":
    settings = Settings.from_env(os.environ)
    crypto.use(settings.keys)
    db.open_database(settings.database_url)
    ways.use(settings)
    deadlines.CHUNK = 10
    with db.working():
        deadlines.remind_due(datetime.fromisoformat(sys.argv[1]))
