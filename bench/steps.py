"""Each wizard step (POST, redirect, next page) beside a bare Flask-WTF + peewee app, in turns, on one connection each.

The bare app is written as the documents of its two libraries say. Beside it runs a harder one, which keeps its database
connection as the product does.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench import people, product
from bench.serving import Kind, Server, serving
from bench.table import busy, out, percentile
from bench.walk import CHECK, Browser, Timing, Walk, expect, fill
from bench.wire import LOOPBACK, Connection

LEAST_RATIO = 0.6
#: Turns of each bare page between two of our registrations; besides, one of the plain page before each of our steps.
ROUNDS = 4
#: So many people first: each thread of each process has a database connection of its own, which prepares a statement when
#: it meets it, and few meet every page sooner.
WARM_UP = 30
PLAIN = "/"
#: Steps that owe more than a save, and the bare page with the same duty. A PIN's hash costs more than all else together, so
#: that step is held to the goal beside an app that hashes too; the other without such help.
DUTIES = {"pin": "/hashed", CHECK: "/synced"}
HELD_WITH_DUTY = ("pin",)
#: How the bare app holds its database: as documented, or the harder way.
DOCUMENTED, HARDER = "each", "kept"


@dataclass(frozen=True)
class Cost:
    """Seconds of a step: by the clock, and on a processor (the server's processes, whoever else is busy)."""

    wall: float
    cpu: float


Costs = dict[str, list[Cost]]


def compare(kind: Kind, walks: int) -> None:
    """Print the rate of each step as a share of the bare app's rate (medians)."""
    ours: Costs = defaultdict(list)
    bare: dict[str, Costs] = {DOCUMENTED: defaultdict(list), HARDER: defaultdict(list)}
    with contextlib.ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gelombang-bench-")))
        installation = stack.enter_context(product.installed("sqlite"))
        server = stack.enter_context(serving(kind, "wsgi:app", installation.environ, installation.log))
        theirs = {how: stack.enter_context(_bare_server(kind, place, how)) for how in bare}
        for number in range(-WARM_UP, walks):
            if number == 0:
                for costs in (ours, *bare.values()):
                    costs.clear()
            with _Bare(theirs[HARDER], PLAIN, bare[HARDER]) as plain:
                _our_walk(server, _person(number + WARM_UP), ours, plain.turn)
            for how, other in theirs.items():
                for path in (PLAIN, *DUTIES.values()):
                    with _Bare(other, path, bare[how]) as page:
                        for _ in range(ROUNDS):
                            page.turn()
    _print(kind, walks, ours, bare)


def _person(turn: int) -> int:
    """Whose turn it is. One in fifty has a doubtful NIK; here it is one in five, or its page would be seen once."""
    return 1_000_000 + 50 * turn + 7 if turn % 5 == 3 else turn


@contextlib.contextmanager
def _bare_server(kind: Kind, place: Path, how: str) -> Iterator[Server]:
    environ = {"BENCH_BARE_DATABASE": f"sqlite:///{place / how}.db", "BENCH_BARE_CONNECTION": how}
    with serving(kind, "bench.bare_wsgi:app", environ, place / f"{how}.log") as server:
        yield server


def _our_walk(server: Server, number: int, costs: Costs, between: Callable[[], None]) -> None:
    spent: list[float] = []
    steps: list[str] = []
    began = server.fine_cpu_seconds()

    def note(timing: Timing) -> None:
        spent.append(timing.seconds)
        steps.append(timing.step)

    def finish() -> None:
        nonlocal began
        costs[steps[-1]].append(Cost(sum(spent), server.fine_cpu_seconds() - began))
        between()
        spent.clear()
        began = server.fine_cpu_seconds()

    connection = Connection(server.port)
    walk = Walk(number, people.answers(number, date.today()))  # noqa: DTZ011 - the age of a made-up person
    walk.run(Browser(connection, f"{LOOPBACK}:{server.port}", note, people.address_of(number)), finish)
    finish()
    connection.close()


class _Bare:
    """One page of a bare app on a connection of its own (a block)."""

    def __init__(self, server: Server, path: str, costs: Costs) -> None:
        self._server, self._path, self._costs = server, path, costs
        self._spent: list[float] = []
        self._connection = Connection(server.port)
        self._browser = Browser(
            self._connection, f"{LOOPBACK}:{server.port}", lambda timing: self._spent.append(timing.seconds)
        )

    def __enter__(self) -> _Bare:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def turn(self) -> None:
        """POST, redirect, next page. The page before is not counted: it opens the connection, which may have idled."""
        self._connection.close()
        page = self._browser.get(self._path, self._path)
        self._spent.clear()
        began = self._server.fine_cpu_seconds()
        answer = self._browser.post(self._path, fill(page.body, {"text": "Siti Marlina"}), self._path)
        self._browser.get(expect(answer, 303).headers["location"], self._path)
        self._costs[self._path].append(Cost(sum(self._spent), self._server.fine_cpu_seconds() - began))


def _print(kind: Kind, walks: int, ours: Costs, bare: dict[str, Costs]) -> None:
    out(
        f"\n## steps beside the bare app: {kind.name}, sqlite, {walks} people, one connection, medians; {busy()}"
    )
    for how, words in (
        (DOCUMENTED, "opens its database for each request, as peewee documents"),
        (HARDER, "keeps it open (the harder one)"),
    ):
        shown = ", ".join(
            f"{path} {_wall(v) * 1000:.2f} ms (CPU {_cpu(v) * 1000:.2f})" for path, v in bare[how].items()
        )
        out(f"bare app that {words}: {shown}")
    out("'rate' is the share of the bare app's rate by the clock, 'CPU' the same by processor time.")
    out(f"Second lines: beside a bare app that hashes (pin) or waits for the disk ({CHECK}) as we do.")
    out("| step | ms | CPU ms | rate | CPU | harder: rate | CPU | |")
    out("|---|---|---|---|---|---|---|---|")
    for step, values in ours.items():
        if step == "mulai":  # nobody posts anything there
            continue
        held = step not in HELD_WITH_DUTY
        _print_line(step, values, bare, PLAIN, held)
        if step in DUTIES:
            _print_line(f"{step}, {DUTIES[step]}", values, bare, DUTIES[step], not held)


def _print_line(name: str, values: list[Cost], bare: dict[str, Costs], page: str, held: bool) -> None:
    """One step beside one page of both bare apps; `held`: this line must reach the goal, both ways."""
    wall, cpu = _wall(values), _cpu(values)
    rates = [(_wall(bare[how][page]) / wall, _cpu(bare[how][page]) / cpu) for how in (DOCUMENTED, HARDER)]
    shown = " | ".join(f"{rate:.2f}" for pair in rates for rate in pair)
    verdict = ("held" if min(rates[0]) >= LEAST_RATIO else "below") if held else ""
    out(f"| {name} | {wall * 1000:.2f} | {cpu * 1000:.2f} | {shown} | {verdict} |")


def _wall(costs: list[Cost]) -> float:
    return percentile([cost.wall for cost in costs], 50)


def _cpu(costs: list[Cost]) -> float:
    return percentile([cost.cpu for cost in costs], 50)
