"""How rows flow through a sender: claimed, encrypted, on their way and written back, all at the same time.

While some hundred messages are on their way, the next ones are claimed and encrypted and the outcomes of the last ones
written, so nothing waits for the slowest of a batch. All that matters is rows: what ends here at any instruction was a
lease and nothing else. docs/decisions/0032-sending.md has the reasons.
"""

from __future__ import annotations

# Long because: claiming, encrypting, sending and writing keep pace with each other.
import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from app import crypto, db
from app.channels.push_answer import DEFAULT_WAIT
from app.channels.push_gate import Pause
from app.channels.web_push import Kind, Message, Outcome, Sender
from app.clock import Clock
from app.services import delivery, push_services
from app.services.delivery import Claimed

T = TypeVar("T")

#: Pushes that are claimed, and written back, together.
BATCH = 256
#: Pushes that are prepared and encrypted in a row, before they go. One at a time each found the processor's caches full of
#: what sent the one before: a message was a quarter dearer.
IN_A_ROW = 16
#: How long a claim belongs to one sender; what a dead sender held is free again after it.
LEASE = timedelta(minutes=1)
#: So many messages are on their way at first, and so many more at each look (seconds) at which the loop is not behind by more than
#: LAG: a far service needs many at once, and for a near one each connection costs a handshake and memory.
FIRST_HANDS, LOOK, LAG = 32, 0.05, 0.005
#: An outcome is written down at the latest after so many seconds.
WRITE_WITHIN = 0.25
#: Waits (seconds) before what became of a batch is written again, when the database is busy or away; then it is left to
#: its lease (and sent again).
WRITE_AGAIN = (0.0, 0.1, 0.5, 2.0, 5.0)

#: What was claimed and not begun.
LATE = Outcome(Kind.RETRY, "late")

log = logging.getLogger("gelombang.sender")


class Sealed(NamedTuple):
    """A message that is encrypted and can go."""

    message: Message
    body: bytes


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
        self._sealed: asyncio.Queue[tuple[Claimed, Sealed | Outcome] | None] = asyncio.Queue()
        self._room, self._thirst = asyncio.Event(), asyncio.Event()
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
                group.create_task(self._seal_all())
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
            if idle and self._sealed.qsize() and not self._ended:
                self._hire(group, FIRST_HANDS)

    async def _claim_all(self) -> None:
        """Keep half a batch ready; at the end say that nothing more comes."""
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
        self._ready.put_nowait(None)

    async def _claim(self) -> list[Claimed]:
        claimed = await self._with_rows(lambda: delivery.claim(BATCH, self._clock.now(), LEASE))
        self.handled += len(claimed)
        return claimed

    async def _seal_all(self) -> None:
        """Keep some messages encrypted, many made in a row; at the end tell every hand that nothing more comes."""
        more = True
        while more:
            if self._sealed.qsize() > IN_A_ROW // 2:
                self._thirst.clear()
                await self._thirst.wait()
            for _ in range(IN_A_ROW):
                one = await self._ready.get()
                if one is None:
                    more = False
                    break
                self._sealed.put_nowait((one, self._seal(one)))
            if self._ready.qsize() <= BATCH // 2:
                self._room.set()
        self._ended = True
        for _ in range(self._hands):
            self._sealed.put_nowait(None)

    def _seal(self, one: Claimed) -> Sealed | Outcome:
        """The message as it goes, or why it does not."""
        now = self._clock.now()
        if self._is_late(one, now):
            return LATE
        try:
            message = delivery.prepare(one, self._public_url, now)
        except (crypto.Unsealable, ValueError):  # one damaged row must not stop the others
            return Outcome(Kind.FAILED, "unreadable")
        except Exception as fault:
            log.error("a push could not be prepared: %s", type(fault).__name__, exc_info=fault)
            return Outcome(Kind.RETRY, "error", DEFAULT_WAIT)
        body = self._sender.seal(message)
        return body if isinstance(body, Outcome) else Sealed(message, body)

    def _is_late(self, one: Claimed, now: datetime) -> bool:
        """Whether it is too late to begin: its answer must be written down before somebody else may claim it."""
        margin = min(timedelta(seconds=self._sender.longest + WRITE_WITHIN), LEASE / 2)
        return self._stop() or now > one.leased_until - margin

    async def _send_some(self) -> None:
        while (next_one := await self._sealed.get()) is not None:
            if self._sealed.qsize() <= IN_A_ROW // 2:
                self._thirst.set()
            one, sealed = next_one
            self._note(one, await self._send(one, sealed))

    async def _send(self, one: Claimed, sealed: Sealed | Outcome) -> Outcome:
        if isinstance(sealed, Outcome):
            return sealed
        now = self._clock.now()
        if self._is_late(one, now):
            return LATE
        return await self._sender.send(sealed.message, now, sealed.body)

    def _note(self, one: Claimed, said: Outcome) -> None:
        self._outcomes.append((one, said))
        self._some.set()
        if len(self._outcomes) >= BATCH:
            self._many.set()

    async def _write_all(self) -> None:
        while not (self._over and not self._outcomes):
            await self._some.wait()
            if not self._over:
                await either(self._many, WRITE_WITHIN)
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


async def either(event: asyncio.Event, seconds: float) -> None:
    """Until the event, or so long."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def write(outcomes: list[tuple[Claimed, Outcome]], news: dict[str, Pause], now: datetime) -> dict[str, Pause]:
    """Write down what became of pushes and which services this sender leaves alone; returns what all senders decided."""
    with db.redoable():  # what is not written down is sent again, with the same topic and tag
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
