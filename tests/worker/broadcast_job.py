"""The worker's job for broadcasts alone, in a process of its own that a test may kill; chunks are small, so that it
is killed between two of them.

    python -m tests.worker.broadcast_job 2026-11-22T03:42:00+00:00
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime

from app import crypto, db
from app.config import Settings
from app.services import broadcast_sending, ways

if __name__ == "__main__":
    settings = Settings.from_env(os.environ)
    crypto.use(settings.keys)
    db.open_database(settings.database_url)
    ways.use(settings)
    broadcast_sending.CHUNK = broadcast_sending.MOST = 10
    moment = datetime.fromisoformat(sys.argv[1])
    while True:
        db.connection_opened()
        broadcast_sending.send_due(moment)
        db.connection_done()
        time.sleep(0.1)
