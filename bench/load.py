"""People who register at once: processes of threads, each thread one open connection, until a time is over."""

from __future__ import annotations

import multiprocessing
import threading
import time
from array import array
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bench import people
from bench.parent import end_with_parent
from bench.walk import Browser, Timing, Walk, Wrong
from bench.wire import LOOPBACK, Broken, Connection

#: How long a person waits before trying again when the server is gone.
AGAIN_AFTER = 0.2
#: How long one person tries before giving up.
PATIENCE = 60.0


@dataclass
class Tally:
    """What one driver saw. `acknowledged` is {number of a person: ticket, or "" when the receipt never came};
    `seconds` holds every request by (step, method); `cpu_seconds` is the driver's own, without its start.
    """

    acknowledged: dict[int, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    broken: int = 0
    seconds: dict[tuple[str, str], array[float]] = field(
        default_factory=lambda: defaultdict(lambda: array("f"))
    )
    cpu_seconds: float = 0.0
    elapsed: float = 0.0
    wire_bytes: int = 0

    @property
    def registered(self) -> int:
        """How many people were told that they are registered."""
        return len(self.acknowledged)

    def add(self, other: Tally) -> None:
        """Sum up what another driver saw."""
        self.acknowledged |= other.acknowledged
        self.wrong += other.wrong
        self.broken += other.broken
        self.cpu_seconds += other.cpu_seconds
        self.elapsed = max(self.elapsed, other.elapsed)
        self.wire_bytes += other.wire_bytes
        for key, values in other.seconds.items():
            self.seconds[key] += values


def run(port: int, connections: int, seconds: float, first: int = 0, stubborn: bool = False) -> Tally:
    """Load 127.0.0.1:port from two processes for so many seconds; each person begun is finished.

    `stubborn` people whose connection breaks go on where they stopped, as soon as the server answers again.
    """
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue()
    share = max(1, connections // 2)
    drivers = [
        context.Process(target=_drive, args=(queue, port, share, seconds, first + n * 10_000_000, stubborn))
        for n in range(2 if connections > 1 else 1)
    ]
    for driver in drivers:
        driver.start()
    total = Tally()
    for _ in drivers:
        total.add(queue.get())
    for driver in drivers:
        driver.join()
    return total


def _drive(queue: Any, port: int, threads: int, seconds: float, first: int, stubborn: bool) -> None:
    end_with_parent()
    began, started = time.monotonic(), time.process_time()
    until = began + seconds
    numbers = iter(range(first, first + 10_000_000))
    lock, tally = threading.Lock(), Tally()

    def one_connection() -> None:
        own = Tally()
        connection = Connection(port)
        while time.monotonic() < until:
            with lock:
                number = next(numbers)
            _register(connection, port, number, own, stubborn)
        connection.close()
        with lock:
            tally.add(own)

    workers = [threading.Thread(target=one_connection) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    tally.cpu_seconds, tally.elapsed = time.process_time() - started, time.monotonic() - began
    tally.seconds = dict(tally.seconds)  # a defaultdict of lambdas does not travel
    queue.put(tally)


def _register(connection: Connection, port: int, number: int, own: Tally, stubborn: bool) -> None:
    def note(timing: Timing) -> None:
        own.seconds[timing.step, timing.method].append(timing.seconds)

    walk = Walk(number, people.answers(number, date.today()))  # noqa: DTZ011 - the age of a made-up person
    browser = Browser(connection, f"{LOOPBACK}:{port}", note, people.address_of(number))
    patience = time.monotonic() + PATIENCE
    try:
        _persist(walk, browser, own, patience if stubborn else 0.0)
    except Wrong as error:
        own.wrong.append(f"{walk.number}: {error}")
    own.wire_bytes += browser.wire_bytes
    if walk.acknowledged:
        own.acknowledged[number] = walk.ticket


def _persist(walk: Walk, browser: Browser, own: Tally, patience: float) -> None:
    """Walk to the end, going on after a broken connection until the patience is over."""
    while True:
        try:
            return walk.run(browser)
        except Broken:
            own.broken += 1
            if time.monotonic() > patience:
                return None
            time.sleep(AGAIN_AFTER)
