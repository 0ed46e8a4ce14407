"""`python -m bench.push`: how fast pushes leave, beside raw cryptography of the same minute, and what pages feel of it.

    python -m bench.push [--database sqlite|postgres|both] [--part ratio|pages|whole] [--messages 20000] [--latency 0]

The real worker with its sender processes empties an outbox over TLS to a sink of its own process on this machine
(bench/push_sink.py), row updates and all. Ratios compare with one core of raw RFC 8291 cryptography, measured before
and after each round; read them, not the rates. Everything that is started ends with it.

ratio: one sender, then two.  pages: registrations alone, then beside two senders.  whole: all messages, two senders.
`--messages 200000 --part whole` is the goal of two minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from app import db
from app.clock import SystemClock
from app.models import Delivery
from bench import product, push_pages
from bench.product import Product
from bench.push_raw import Raw
from bench.push_world import browsers, fill
from bench.serving import GUNICORN, ROOT, _cpu_seconds, _die_with_parent, serving
from bench.table import busy, out, percentile
from bench.wire import LOOPBACK
from tests.receivers.tls import Certificate

#: Goals (issue 4): CPU and rate against raw, the second sender, the whole, memory of all processes, p99 of the pages.
GOAL_CPU, GOAL_RATE, GOAL_TWO, GOAL_SECONDS, GOAL_MB, GOAL_PAGES = 4.7, 0.2, 1.5, 120.0, 300.0, 2.0
WHOLE = 200_000
#: A round that takes longer than this for each thousand messages is given up.
PATIENCE_PER_THOUSAND = 5.0


#: What a sender logs when it has begun; its number stands between the two words.
RUNS = '"logger": "gelombang.sender", "text": "sender '


class Sink:
    """The push service, in a process of its own."""

    def __init__(self, folder: Path, latency: float) -> None:
        own = Certificate(LOOPBACK)
        self.trust = folder / "sink.pem"
        self.trust.write_bytes(own.pem())
        both = folder / "sink-both.pem"
        both.write_bytes(own.pem() + own.private_pem())
        command = [sys.executable, "-m", "bench.push_sink", str(both), str(latency)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=_die_with_parent
        )  # fmt: skip
        self.port = int(self._said())

    def counts(self) -> dict[str, Any]:
        """What came so far (bench/push_sink.py, Counts)."""
        assert self._process.stdin
        self._process.stdin.write("?\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._said())
        return told

    def stop(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _said(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


@dataclass
class Round:
    """What one emptying of the outbox showed."""

    senders: int
    messages: int
    seconds: float = 0.0
    ended: float = 0.0
    cpu: float = 0.0
    starved: float = 0.0
    peak_mb: float = 0.0
    peak_one_mb: float = 0.0
    raw: Raw = field(default_factory=Raw)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)

    @property
    def each(self) -> float:
        """CPU microseconds of one message: all that the senders did, rows and all."""
        return self.cpu / self.messages * 1e6

    @property
    def rate(self) -> float:
        """Messages a second, from the moment they are due until the last row is written."""
        return self.messages / self.seconds

    def whole(self) -> bool:
        """Whether each message came once, under a key of its own, in one length, and its row says so."""
        new = {name: self.after[name] - self.before[name] for name in ("messages", "topics", "keys", "wrong")}
        right = {"messages": self.messages, "topics": self.messages, "keys": self.messages, "wrong": 0}
        return new == right and len(self.after["lengths"]) == 1 and self.states == {"sent": self.messages}


@contextlib.contextmanager
def worker(installation: Product, sink: Sink, senders: int) -> Iterator[subprocess.Popen[bytes]]:
    """The real worker with so many senders, which trusts the sink; gone afterwards, with its senders."""
    environ = installation.environ | {
        "GELOMBANG_SENDERS": str(senders),
        "GELOMBANG_PUSH_LOOPBACK": "yes",
        "SSL_CERT_FILE": str(sink.trust),
    }
    with (installation.folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.worker"], cwd=ROOT, env=environ, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with_parent,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def empty(
    installation: Product,
    sink: Sink,
    senders: int,
    messages: int,
    beside: Callable[[float], None] = lambda begin: None,
) -> Round:
    """Start the worker, fill the outbox, make all of it due at once, and watch until every row is written.

    `beside` is told that time, of the monotonic clock, a little earlier.
    """
    seen, raw_to, clock = Round(senders, messages), browsers(100), SystemClock()
    with db.database.connection_context(), worker(installation, sink, senders) as process:
        pids = _ready(process, installation.folder / "worker.log", senders)
        Delivery.delete().execute()
        far = clock.now() + timedelta(hours=2)
        fill(messages, sink.port, far, clock.now())
        seen.raw.run(raw_to)
        due = clock.now() + timedelta(seconds=3 + messages / 25_000)
        Delivery.update(not_before=due).execute()
        wait = (due - clock.now()).total_seconds()
        if wait < 0:
            raise RuntimeError("this machine is too slow or too busy: the rows were not there in time")
        began = time.monotonic() + wait
        beside(began)
        seen.before, cpu = sink.counts(), sum(map(_cpu_seconds, pids[1:]))
        starved = _starved(pids[1:])
        _watch(seen, pids, began + max(60.0, messages / 1000 * PATIENCE_PER_THOUSAND))
        seen.ended = time.monotonic()
        seen.seconds = seen.ended - began
        seen.cpu, seen.after = sum(map(_cpu_seconds, pids[1:])) - cpu, sink.counts()
        seen.starved = (_starved(pids[1:]) - starved) / senders / seen.seconds
        seen.raw.run(raw_to)
        seen.states = _states()
    return seen


def _ready(process: subprocess.Popen[bytes], log: Path, senders: int) -> list[int]:
    """Wait until all senders run; the worker's process and theirs."""
    until, before = time.monotonic() + 60, log.read_text().count(RUNS) if log.exists() else 0
    while time.monotonic() < until and process.poll() is None:
        pids = _family(process.pid)
        if len(pids) == senders + 1 and log.read_text().count(RUNS) >= before + senders:
            time.sleep(1)
            return pids
        time.sleep(0.1)
    raise RuntimeError(f"the senders did not start: {log.read_text()[-2000:]}")


def _watch(seen: Round, pids: list[int], until: float) -> None:
    """Until nothing waits any more (asked seldom: it costs what it measures), noting the memory."""
    while time.monotonic() < until:
        sizes = [_megabytes(pid) for pid in pids]
        seen.peak_mb, seen.peak_one_mb = max(seen.peak_mb, sum(sizes)), max(seen.peak_one_mb, *sizes)
        if not _waiting():
            return
        time.sleep(0.2)


def _waiting() -> bool:
    text = "SELECT 1 FROM delivery WHERE channel = 'push' AND state = 'queued' LIMIT 1"
    return db.database.execute_sql(text).fetchone() is not None


def _states() -> dict[str, int]:
    rows = db.database.execute_sql("SELECT state, count(*) FROM delivery GROUP BY state").fetchall()
    return {state: int(count) for state, count in rows}


def _starved(pids: list[int]) -> float:
    """Seconds for which threads of these processes wanted a processor and had none: how busy others kept the machine."""
    told = [Path(f"/proc/{pid}/task").glob("*/schedstat") for pid in pids]
    return sum(int(one.read_text().split()[1]) for some in told for one in some) / 1e9


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def _megabytes(pid: int) -> float:
    """Resident memory of a process; what processes share is counted for each."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


# tables -----------------------------------------------------------------------------------------


def told(seen: Round) -> None:
    """One line of the table."""
    verdict = "" if seen.whole() else f"   NOT WHOLE: {seen.states} {seen.after}"
    out(
        f"{seen.senders} sender{'s' if seen.senders > 1 else ' '}  {seen.messages:>7}  {seen.seconds:6.1f} s  "
        f"{seen.rate:6.0f}/s  {seen.each:5.0f} us  {seen.each / seen.raw.each:4.2f} x raw CPU  "
        f"{seen.rate / seen.raw.rate:4.2f} of raw rate  {seen.peak_mb:4.0f} MB ({seen.peak_one_mb:.0f} the largest)"
        f"   raw {seen.raw.each:.0f} us {seen.raw.rate:.0f}/s   starved {seen.starved:.0%}{verdict}"
    )


def goal(name: str, value: float, limit: float, at_most: bool = True) -> bool:
    """A goal and whether it is held."""
    held = value <= limit if at_most else value >= limit
    out(
        f"  {'held  ' if held else 'MISSED'} {name}: {value:.2f} ({'at most' if at_most else 'at least'} {limit:g})"
    )
    return held


def part_ratio(installation: Product, sink: Sink, args: argparse.Namespace) -> bool:
    """One sender, then two."""
    one, two = (empty(installation, sink, n, args.messages) for n in (1, 2))
    told(one)
    told(two)
    held = [
        one.whole() and two.whole(),
        goal("CPU of a message with one sender, x raw", one.each / one.raw.each, GOAL_CPU),
        goal("rate of one sender, of raw", one.rate / one.raw.rate, GOAL_RATE, at_most=False),
        goal("two senders against one", two.rate / one.rate, GOAL_TWO, at_most=False),
        goal("memory of worker and two senders, MB", two.peak_mb, GOAL_MB),
    ]
    return all(held)


def part_whole(installation: Product, sink: Sink, args: argparse.Namespace) -> bool:
    """All messages with two senders."""
    seen = empty(installation, sink, 2, args.messages)
    told(seen)
    within = GOAL_SECONDS * args.messages / WHOLE
    held = [
        seen.whole(),
        goal(f"seconds for {args.messages} messages", seen.seconds, within),
        goal("memory of worker and two senders, MB", seen.peak_mb, GOAL_MB),
    ]
    return all(held)


def part_pages(installation: Product, sink: Sink, args: argparse.Namespace) -> bool:
    """Gentle registrations alone and while two senders empty the outbox."""
    with serving(GUNICORN, "wsgi:app", installation.environ, installation.log) as server:
        push_pages.finish(push_pages.start(server.port, 4, 900_000, time.monotonic()))  # warm
        visitors = push_pages.start(server.port, args.seconds, 0, time.monotonic())
        alone = [took for _, took in push_pages.finish(visitors)]
        beside: list[subprocess.Popen[str]] = []

        def visit(begin: float) -> None:
            beside.append(push_pages.start(server.port, args.seconds, 500_000, begin))

        try:
            seen = empty(installation, sink, 2, args.messages, visit)
            asked = push_pages.finish(beside[0])
        finally:
            for one in beside:
                one.kill()
    told(seen)
    loud = [took for when, took in asked if when < seen.ended]
    for name, values in (("alone", alone), ("meanwhile", loud)):
        p50, p99 = (percentile(values, percent) * 1000 for percent in (50, 99))
        out(f"pages {name:<10} {len(values):>5} requests  p50 {p50:.1f} ms  p99 {p99:.1f} ms")
    ratio = percentile(loud, 99) / max(percentile(alone, 99), 1e-9)
    return all([seen.whole(), goal("p99 of the pages meanwhile, x alone", ratio, GOAL_PAGES)])


PARTS: dict[str, Callable[[Product, Sink, argparse.Namespace], bool]] = {
    "ratio": part_ratio,
    "pages": part_pages,
    "whole": part_whole,
}


def main() -> int:
    """Read the words and run the parts; 1 when a goal was missed or a message was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.push", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--part", action="append", choices=list(PARTS), help="one part; may be repeated")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="visitors of the pages, each time")
    parser.add_argument(
        "--latency", type=float, default=0.0, help="the sink answers after so many milliseconds"
    )
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is stopped
    held = True
    for database in ("sqlite", "postgres") if args.database == "both" else (args.database,):
        for name in args.part or ("ratio", "pages"):
            with product.installed(database) as installation:
                sink = Sink(installation.folder, args.latency)
                out(f"\n## sending, {name}: {database}, {args.latency:g} ms latency; {busy()}")
                try:
                    held &= PARTS[name](installation, sink, args)
                finally:
                    sink.stop()
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
