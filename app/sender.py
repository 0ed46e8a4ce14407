"""A sender: a process that empties the outbox of pushes. `python -m app.sender`; app.worker starts one for each core.

Rows flow through it: while some hundred messages are on their way, the next ones are claimed and encrypted and the
outcomes of the last ones written, so nothing waits for the slowest of a batch. All that matters is rows: killed at any
instruction, a sender loses leases and nothing else. It runs below the web pages in priority, and ends with what is
under way when it is asked to or when the worker that started it is gone.
"""

from __future__ import annotations

# Long because: the flow of rows and the process that holds it are one thing.
import asyncio
import gc
import logging
import os
import signal
import sys
from asyncio import sslproto
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from app import crypto, db, logs
from app.channels.push_answer import DEFAULT_WAIT
from app.channels.push_gate import Pause
from app.channels.web_push import Kind, Outcome, Sender
from app.clock import Clock, SystemClock
from app.config import Settings
from app.services import beats, delivery, push_services
from app.services.delivery import Claimed
from app.services.office import NoOffice

T = TypeVar("T")

#: Pushes that are claimed, and written back, together.
BATCH = 256
#: How long a claim belongs to one sender; what a dead sender held is free again after it.
LEASE = timedelta(minutes=1)
#: Between two looks into an empty outbox, in seconds.
PAUSE = 2.0
#: So many messages are on their way at first, and so many more at each look (seconds) at which the loop is not behind by more than
#: LAG: a far service needs many at once, and for a near one each connection costs a handshake and memory.
FIRST_HANDS, LOOK, LAG = 32, 0.05, 0.005
#: An outcome is written down at the latest after so many seconds.
WRITE_WITHIN = 0.25
#: How often the outbox gives a sign of life.
BEAT = timedelta(minutes=1)
#: Waits (seconds) before what became of a batch is written again, when the database is busy or away; then it is left to
#: its lease (and sent again).
WRITE_AGAIN = (0.0, 0.1, 0.5, 2.0, 5.0)
#: The word that says: end with standard input, whose other end the worker holds.
WITH_WORKER = "--with-worker"
#: Below the web pages, which have somebody waiting (nice(2)), but not so far that a page waits for a lock that we hold.
NICENESS = 5

log = logging.getLogger("gelombang.sender")


class Flow:
    """From a first claim until nothing is due or `stop()`: claiming, sending and writing at the same time."""

    def __init__(
        self,
        sender: Sender,
        public_url: str,
        clock: Clock,
        stop: Callable[[], bool],
        rows: ThreadPoolExecutor,
    ) -> None:
        self._sender, self._public_url, self._clock = sender, public_url, clock
        self._stop, self._rows = stop, rows
        self._ready: asyncio.Queue[Claimed | None] = asyncio.Queue()
        self._room = asyncio.Event()
        self._outcomes: list[tuple[Claimed, Outcome]] = []
        self._some, self._many, self._over = asyncio.Event(), asyncio.Event(), False
        self._fault: Exception | None = None
        self._hands, self._ended = 0, False
        self.handled = 0

    async def run(self) -> int:
        """Returns how many deliveries were handled; raises what hindered claiming, after all outcomes are written."""
        first = await self._claim()
        if not first:
            return 0
        for one in first:
            self._ready.put_nowait(one)
        writer = asyncio.create_task(self._write_all())
        try:
            async with asyncio.TaskGroup() as group:
                self._hire(group, FIRST_HANDS)
                group.create_task(self._claim_all())
                group.create_task(self._hire_more(group))
        finally:  # what became of messages is written down whatever happened to the others
            self._over = True
            self._some.set()
            self._many.set()
            await writer
        if self._fault is not None:
            raise self._fault
        return self.handled

    def _hire(self, group: asyncio.TaskGroup, count: int) -> None:
        for _ in range(min(count, self._sender.concurrency - self._hands)):
            group.create_task(self._send_some())
            self._hands += 1

    async def _hire_more(self, group: asyncio.TaskGroup) -> None:
        """More messages at once while they wait for the network; when they wait for the processor more would only cost."""
        loop = asyncio.get_running_loop()
        while not self._ended and self._hands < self._sender.concurrency:
            began = loop.time()
            await asyncio.sleep(LOOK)
            idle = loop.time() - began < LOOK + LAG
            if idle and self._ready.qsize() and not self._ended:
                self._hire(group, FIRST_HANDS)

    async def _claim_all(self) -> None:
        """Keep half a batch ready; at the end tell every hand that nothing more comes."""
        try:
            while not self._stop():
                if self._ready.qsize() > BATCH // 2:
                    self._room.clear()
                    await self._room.wait()
                    continue
                claimed = await self._claim()
                if not claimed:
                    break
                for one in claimed:
                    self._ready.put_nowait(one)
        except Exception as fault:  # what is on its way must still be written down
            self._fault = fault
        self._ended = True
        for _ in range(self._hands):
            self._ready.put_nowait(None)

    async def _claim(self) -> list[Claimed]:
        claimed = await self._with_rows(lambda: delivery.claim(BATCH, self._clock.now(), LEASE))
        self.handled += len(claimed)
        return claimed

    async def _send_some(self) -> None:
        while (one := await self._ready.get()) is not None:
            if self._ready.qsize() <= BATCH // 2:
                self._room.set()
            self._note(one, await self._send(one))

    async def _send(self, one: Claimed) -> Outcome:
        now = self._clock.now()
        # Its answer must be written down before somebody else may claim it.
        margin = min(timedelta(seconds=self._sender.longest + WRITE_WITHIN), LEASE / 2)
        if self._stop() or now > one.leased_until - margin:
            return Outcome(Kind.RETRY, "late")
        try:
            message = delivery.prepare(one, self._public_url, now)
        except (crypto.Unsealable, ValueError):  # one damaged row must not stop the others
            return Outcome(Kind.FAILED, "unreadable")
        except Exception as fault:
            log.error("a push could not be prepared: %s", type(fault).__name__, exc_info=fault)
            return Outcome(Kind.RETRY, "error", DEFAULT_WAIT)
        return await self._sender.send(message, now)

    def _note(self, one: Claimed, said: Outcome) -> None:
        self._outcomes.append((one, said))
        self._some.set()
        if len(self._outcomes) >= BATCH:
            self._many.set()

    async def _write_all(self) -> None:
        while not (self._over and not self._outcomes):
            await self._some.wait()
            if not self._over:
                await _either(self._many, WRITE_WITHIN)
            self._some.clear()
            self._many.clear()
            outcomes, self._outcomes = self._outcomes, []
            if outcomes:
                await self._write(outcomes)
            if self._over:
                self._some.set()

    async def _write(self, outcomes: list[tuple[Claimed, Outcome]]) -> None:
        news = self._sender.gate.take_news()
        for wait in WRITE_AGAIN:
            await asyncio.sleep(wait)
            try:
                pauses = await self._with_rows(lambda: write(outcomes, news, self._clock.now()))
            except (
                Exception
            ) as fault:  # busy, away, a deadlock with another sender: nobody may stop writing for it
                log.warning("outcomes could not be written: %s", type(fault).__name__, exc_info=fault)
                continue
            self._sender.gate.learn(pauses)
            return
        log.error("%d outcomes were not written; their leases run out", len(outcomes))

    async def _with_rows(self, work: Callable[[], T]) -> T:
        """Work with the database in its own thread, on a connection that is not held meanwhile."""

        def connected() -> T:
            with db.working():
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._rows, connected)


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Until the event, or so long."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def write(outcomes: list[tuple[Claimed, Outcome]], news: dict[str, Pause], now: datetime) -> dict[str, Pause]:
    """Write down what became of pushes and which services this sender leaves alone; returns what all senders decided."""
    with db.writing():
        delivery.record(outcomes, now)
        push_services.pause(news)
    failed = any(said.kind in (Kind.FAILED, Kind.REFUSED) for _, said in outcomes)
    counts = Counter(f"{said.kind} {said.reason}" for _, said in outcomes)
    log.log(logging.WARNING if failed else logging.INFO, "pushes: %s", dict(counts))
    return push_services.paused(now)


async def deliver_due(
    sender: Sender, public_url: str, clock: Clock, stop: Callable[[], bool] = lambda: False
) -> int:
    """Send until nothing is due or `stop()`; returns how many deliveries were handled."""
    with ThreadPoolExecutor(1, "rows") as rows:
        try:
            return await Flow(sender, public_url, clock, stop, rows).run()
        finally:
            await asyncio.get_running_loop().run_in_executor(rows, db.connection_closed)


# the process ------------------------------------------------------------------------------------


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
                    await _either(self._stop, PAUSE)

    async def _look(self, sender: Sender, rows: ThreadPoolExecutor) -> None:
        try:
            await Flow(sender, self._settings.public_url, self._clock, self._stop.is_set, rows).run()
            await asyncio.get_running_loop().run_in_executor(rows, self._note_beat)
        except NoOffice:
            pass
        except Exception as fault:
            log.error("outbox: %s", type(fault).__name__, exc_info=fault)

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
