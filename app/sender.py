"""A sender: a process that empties the outbox of pushes. `python -m app.sender`; app.worker starts one for each core.

Rows flow through it (app/flow.py). Killed at any instruction, it loses leases and nothing else. It runs below the web
pages in priority, and ends with what is under way when it is asked to or when the worker that started it is gone.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from asyncio import sslproto
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from app import crypto, db, logs
from app.channels.web_push import Sender
from app.clock import Clock, SystemClock
from app.config import Settings
from app.flow import Flow, either
from app.rules.channels import Channel
from app.services import beats, outbox
from app.services.office import NoOffice

#: Between two looks into an empty outbox, in seconds.
PAUSE = 2.0
#: How often the outbox gives a sign of life.
BEAT = timedelta(minutes=1)
#: The word that says: end with standard input, whose other end the worker holds.
WITH_WORKER = "--with-worker"
#: Below the web pages, which have somebody waiting (nice(2)), but not so far that a page waits for a lock that we hold.
NICENESS = 5

log = logging.getLogger("gelombang.sender")


class Process:
    """One sender: looks into the outbox every few seconds, over connections that stay open, until it is asked to end."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._beat: datetime | None = None

    async def run(self, with_worker: bool) -> None:
        """Work until a signal, or until standard input ends when the worker holds its other end."""
        self._stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(signum, self._asked, loop)
        if with_worker:
            loop.add_reader(sys.stdin.fileno(), self._listen, loop)
        given = self._settings
        made = Sender(
            given.keys.vapid, given.push_contact, given.push_hosts, allow_loopback=given.push_loopback
        )
        async with made as sender:
            with ThreadPoolExecutor(1, "rows") as rows:
                while not self._stop.is_set():
                    await self._look(sender, rows)
                    await either(self._stop, await loop.run_in_executor(rows, self._rest))

    async def _look(self, sender: Sender, rows: ThreadPoolExecutor) -> None:
        try:
            await Flow(sender, self._settings.public_url, self._clock, self._stop.is_set, rows).run()
            await asyncio.get_running_loop().run_in_executor(rows, self._note_beat)
        except NoOffice:
            pass
        except Exception as fault:
            log.error("outbox: %s", type(fault).__name__, exc_info=fault)

    def _rest(self) -> float:
        """Seconds until the next look: not past the moment at which something is due, such as the time of a publication."""
        now = self._clock.now()
        try:
            with db.working():
                due = outbox.next_due(Channel.PUSH.value, now)
        except Exception as fault:
            log.warning("outbox: %s", type(fault).__name__, exc_info=fault)
            return PAUSE
        return PAUSE if due is None else min(PAUSE, (due - now).total_seconds())

    def _note_beat(self) -> None:
        now = self._clock.now()
        if self._beat is None or now - self._beat >= BEAT:
            with db.working():
                beats.note("deliver", now)
            self._beat = now

    def _asked(self, loop: asyncio.AbstractEventLoop) -> None:
        """Finish what is under way; asked a second time it ends at once, and nothing is lost."""
        self._stop.set()
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(signum)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        if not os.read(sys.stdin.fileno(), 100):
            loop.remove_reader(sys.stdin.fileno())
            self._stop.set()


def main(words: list[str], clock: Clock | None = None) -> int:
    """Run a sender in the foreground with the settings of the environment; returns its exit status."""
    # The worker waits for signals with these blocked, and its children inherit that.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
    os.nice(NICENESS)
    # asyncio sets aside 256 KB for what each TLS connection reads; a record has 16 at most (RFC 8446 section 5.1).
    sslproto.SSLProtocol.max_size = 16 * 1024
    settings = Settings.from_env(os.environ)
    crypto.use(settings.keys)
    db.open_database(settings.database_url)
    logs.to_standard_error()
    gc.freeze()  # what is loaded stays: looking through it again and again costs a twentieth
    gc.set_threshold(20_000, 20, 50)
    log.info("sender %d is running", os.getpid())
    asyncio.run(Process(settings, clock or SystemClock()).run(WITH_WORKER in words))
    log.info("sender %d has stopped", os.getpid())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
