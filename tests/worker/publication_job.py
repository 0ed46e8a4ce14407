"""The worker's job for publications alone, in a process of its own that a test may kill; chunks are small, so that it
is killed between two of them, or in one.

    python -m tests.worker.publication_job 2026-11-22T03:42:00+00:00
"""

from __future__ import annotations

import os
import sys
from datetime import datetime

from app import crypto, db
from app.config import Settings
from app.services import announcing, results, ways

if __name__ == "__main__":
    settings = Settings.from_env(os.environ)
    crypto.use(settings.keys)
    db.open_database(settings.database_url)
    ways.use(settings)
    announcing.CHUNK = 10
    with db.working():
        results.publish_due(datetime.fromisoformat(sys.argv[1]))
