"""Each wizard step (POST, redirect, next page) beside a bare Flask-WTF + peewee app, in turns, on one connection each."""

from __future__ import annotations

import contextlib
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bench import people, product
from bench.serving import Kind, Server, serving
from bench.table import busy, out, percentile
from bench.walk import CHECK, Browser, Timing, Walk, expect, fill
from bench.wire import LOOPBACK, Connection

LEAST_RATIO = 0.6
#: Turns of each bare page between two of our registrations.
ROUNDS = 4
WARM_UP = 5
#: Steps that owe more than a save; they are also held against the bare app with the same duty.
DUTIES = {"pin": "/hashed", CHECK: "/synced"}
Times = dict[str, list[float]]


def compare(kind: Kind, walks: int) -> None:
    """Print the rate of each step as a share of the bare app's rate (medians)."""
    ours: Times = defaultdict(list)
    bare: dict[str, Times] = {"kept": defaultdict(list), "each": defaultdict(list)}
    with contextlib.ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gelombang-bench-")))
        installation = stack.enter_context(product.installed("sqlite"))
        server = stack.enter_context(serving(kind, "wsgi:app", installation.environ, installation.log))
        theirs = {how: stack.enter_context(_bare_server(kind, place, how)) for how in bare}
        for number in range(-WARM_UP, walks):
            if number == 0:
                for times in (ours, *bare.values()):
                    times.clear()
            _our_walk(server, number + WARM_UP, ours)
            for how, other in theirs.items():
                for path in ("/", *DUTIES.values()):
                    _bare_turns(other, path, bare[how])
    _print(kind, walks, ours, bare)


@contextlib.contextmanager
def _bare_server(kind: Kind, place: Path, how: str) -> Iterator[Server]:
    environ = {"BENCH_BARE_DATABASE": f"sqlite:///{place / how}.db", "BENCH_BARE_CONNECTION": how}
    with serving(kind, "bench.bare_wsgi:app", environ, place / f"{how}.log") as server:
        yield server


def _our_walk(server: Server, number: int, times: Times) -> None:
    sums: dict[str, float] = defaultdict(float)

    def note(timing: Timing) -> None:
        sums[timing.step] += timing.seconds

    connection = Connection(server.port)
    walk = Walk(number, people.answers(number, date.today()))  # noqa: DTZ011 - the age of a made-up person
    walk.run(Browser(connection, f"{LOOPBACK}:{server.port}", note, people.address_of(number)))
    connection.close()
    for step, seconds in sums.items():
        times[step].append(seconds)


def _bare_turns(server: Server, path: str, times: Times) -> None:
    spent: list[float] = []
    connection = Connection(server.port)
    browser = Browser(connection, f"{LOOPBACK}:{server.port}", lambda timing: spent.append(timing.seconds))
    page = browser.get(path, path)
    for _ in range(ROUNDS):
        spent.clear()
        answer = browser.post(path, fill(page.body, {"text": "Siti Marlina"}), path)
        page = browser.get(expect(answer, 303).headers["location"], path)
        times[path].append(sum(spent))
    connection.close()


def _print(kind: Kind, walks: int, ours: Times, bare: dict[str, Times]) -> None:
    out(
        f"\n## steps beside the bare app: {kind.name}, sqlite, {walks} people, one connection, medians; {busy()}"
    )
    for how, words in (
        ("kept", "keeps its connection"),
        ("each", "opens one per request, as peewee documents"),
    ):
        shown = ", ".join(f"{path} {percentile(v, 50) * 1000:.2f} ms" for path, v in bare[how].items())
        out(f"bare app that {words}: {shown}")
    out(
        f"step            ours ms   share of its rate: kept   per request   same duty   (goal: {LEAST_RATIO})"
    )
    for step, values in ours.items():
        if step == "mulai":  # nobody posts anything there
            continue
        mine = percentile(values, 50)
        kept, each = (percentile(bare[how]["/"], 50) / mine for how in ("kept", "each"))
        duty = percentile(bare["kept"][DUTIES[step]], 50) / mine if step in DUTIES else kept
        flag = "" if duty >= LEAST_RATIO else "   below"
        out(f"{step:<14}{mine * 1000:9.2f}   {kept:23.2f}   {each:11.2f}   {duty:9.2f}{flag}")
