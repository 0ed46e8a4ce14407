"""`python -m bench`: how fast, how sure. Prints tables; traffic goes to this machine only and ends by itself."""

from __future__ import annotations

import argparse
import os
import platform
import re
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from statistics import median, quantiles

from bench import load, people, product
from bench.serving import GRANIAN, GUNICORN, Kind, Server, serving
from bench.walk import Browser, Timing, Walk
from bench.wire import LOOPBACK, Connection

GOAL_PEOPLE, GOAL_SECONDS, GOAL_P99 = 62_000, 1_800, 1.0
CONNECTIONS = 16
#: Argon2id at the product's setting, measured by itself: seconds of one core for one PIN.
ROUNDS = 5
LEAST_RATIO = 0.6
#: Where Flask-WTF writes the token of the bare form.
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


def out(line: str = "") -> None:
    """A line of the table, at once."""
    print(line, flush=True)


def share(values: list[float], percent: int) -> float:
    """The p-th percentile in seconds."""
    return quantiles(values, n=100)[percent - 1] if len(values) > 1 else values[0]


# the load -----------------------------------------------------------------------------------------


def part_load(args: argparse.Namespace) -> None:
    """Complete registrations at 16 connections, and whether each acknowledged one is there once."""
    for database in args.databases:
        with product.installed(database) as installation, _server(GUNICORN, installation) as server:
            began = time.monotonic()
            cpu = server.cpu_seconds()
            seen = load.run(server.port, CONNECTIONS, args.seconds)
            took = time.monotonic() - began
            used = server.cpu_seconds() - cpu
            saved = installation.saved()
        _print_load(database, seen, saved, took, used)


def _print_load(database: str, seen: load.Tally, saved: product.Saved, took: float, used: float) -> None:
    everything = [second for values in seen.seconds.values() for second in values]
    rate = seen.registered / took
    hashing = _pin_seconds()
    out(f"\n## load, {database}: {CONNECTIONS} connections, {took:.0f} s")
    out(f"registrations acknowledged  {seen.registered} ({rate:.1f} a second)")
    out(
        f"in the database             {len(saved.tickets)}, not among them {len(set(seen.tickets) - set(saved.tickets))}, "
        f"twice {len(saved.tickets) - len(set(saved.tickets))}, NIKs twice {saved.doubled}"
    )
    out(f"errors                      {len(seen.wrong)} wrong answers, {seen.broken} broken connections")
    out(
        f"requests                    {len(everything)} ({len(everything) / took:.0f} a second), "
        f"p50 {median(everything) * 1000:.0f} ms, p99 {share(everything, 99) * 1000:.0f} ms (goal: under 1000 ms)"
    )
    out(
        f"CPU per registration        server {used / seen.registered * 1000:.0f} ms (of it one PIN hash "
        f"{hashing * 1000:.0f} ms), driver {seen.cpu_seconds / seen.registered * 1000:.0f} ms"
    )
    out(
        f"bytes per registration      {seen.wire_bytes / max(1, seen.registered) / 1000:.0f} KB of pages (no static files)"
    )
    out(
        f"extrapolated to 30 minutes  {rate * GOAL_SECONDS:.0f} registrations (goal: {GOAL_PEOPLE}); "
        f"their PIN hashes alone: {GOAL_PEOPLE * hashing:.0f} CPU seconds"
    )
    out("step            requests   POST p50    p99    page p50    p99   (ms)")
    for step in dict.fromkeys(step for step, _ in seen.seconds):
        post, page = seen.seconds.get((step, "POST"), []), seen.seconds.get((step, "GET"), [])
        cells = [
            f"{median(v) * 1000:8.1f} {share(v, 99) * 1000:7.1f}" if v else " " * 16 for v in (post, page)
        ]
        out(f"{step:<14}{len(post) + len(page):>10}   {cells[0]}   {cells[1]}")
    for line in seen.wrong[:5]:
        out(f"  wrong: {line}")


def _pin_seconds() -> float:
    from app.crypto import keys

    began = time.process_time()
    for number in range(20):
        keys().hash_secret(number, "482913")
    return (time.process_time() - began) / 20


def _server(kind: Kind, installation: product.Product) -> AbstractContextManager[Server]:
    return serving(kind, "wsgi:app", installation.environ, installation.log)


# each step against the bare app -------------------------------------------------------------------


def part_steps(args: argparse.Namespace) -> None:
    """POST, redirect and next page of every step, one connection, against the bare app, interleaved."""
    with tempfile.TemporaryDirectory() as place, product.installed("sqlite") as installation:
        bare = os.environ | {
            "BENCH_BARE_DATABASE": f"sqlite:///{place}/bare.db",
            "BENCH_BARE_CONNECTION": "kept",
        }
        with (
            _server(GUNICORN, installation) as ours,
            serving(GUNICORN, "bench.bare_wsgi:app", bare, Path(place) / "bare.log") as theirs,
        ):
            steps: dict[str, list[float]] = {}
            plain: list[float] = []
            hashed: list[float] = []
            for n in range(args.people):
                _one_registration(ours, n, steps)
                plain += _bare_rounds(theirs, "/", ROUNDS)
                hashed += _bare_rounds(theirs, "/pin", ROUNDS)
    out(f"\n## steps against a bare Flask-WTF + peewee app, {args.people} people, one connection, medians")
    out(f"bare app: {median(plain) * 1000:.2f} ms; with the same hash: {median(hashed) * 1000:.2f} ms")
    out("step            ours ms   rate against bare   (goal: at least 0.60)")
    for step, values in steps.items():
        base = hashed if step == "pin" else plain
        ratio = median(base) / median(values)
        note = "  (against bare with the same hash)" if step == "pin" else ""
        out(
            f"{step:<14}{median(values) * 1000:9.2f}   {ratio:8.2f}{'' if ratio >= LEAST_RATIO else '  below'}{note}"
        )


def _one_registration(server: Server, number: int, steps: dict[str, list[float]]) -> None:
    """Sum POST and the page after it, by step."""
    sums: dict[str, float] = {}

    def note(timing: Timing) -> None:
        sums[timing.step] = sums.get(timing.step, 0.0) + timing.seconds

    connection = Connection(server.port)
    walk = Walk(number, people.answers(number, date.today()))  # noqa: DTZ011
    walk.run(Browser(connection, f"{LOOPBACK}:{server.port}", note))
    connection.close()
    for step, seconds in sums.items():
        if step != "mulai":
            steps.setdefault(step, []).append(seconds)


def _bare_rounds(server: Server, path: str, rounds: int) -> list[float]:
    """The same for the bare app: open the page once, then POST and follow."""
    spent: list[float] = []
    connection = Connection(server.port)
    browser = Browser(connection, f"{LOOPBACK}:{server.port}", lambda timing: spent.append(timing.seconds))
    page = browser.get(path, "bare")
    found = []
    for _ in range(rounds):
        spent.clear()
        answer = browser.post(
            path, {"csrf_token": _TOKEN.findall(page.body)[0], "text": "Siti Marlina"}, "bare"
        )
        page = browser.get(answer.headers["location"], "bare")
        found.append(sum(spent))
    connection.close()
    return found


# kill -9 ------------------------------------------------------------------------------------------


def part_kill(args: argparse.Namespace) -> None:
    """kill -9 of the server in the middle of a load, ten times; afterwards every acknowledged one is there, once."""
    for database in args.databases:
        with product.installed(database) as installation, _server(GUNICORN, installation) as server:
            seen = _load_while_killing(server, args.kills)
            saved = installation.saved()
        lost = set(seen.tickets) - set(saved.tickets)
        twice = len(saved.tickets) - len(set(saved.tickets)) + saved.doubled
        out(f"\n## kill -9, {database}: {args.kills} times under load")
        out(
            f"acknowledged {seen.registered}, receipts read {len(seen.tickets)}, in the database {len(saved.tickets)}"
        )
        out(
            f"lost {len(lost)}, doubled {twice}; connections broken {seen.broken}, wrong answers {len(seen.wrong)}"
        )
        for line in seen.wrong[:5]:
            out(f"  wrong: {line}")


def _load_while_killing(server: Server, kills: int) -> load.Tally:
    seen: list[load.Tally] = []

    def people_at_work() -> None:
        seen.append(load.run(server.port, CONNECTIONS, kills * 3 + 3, stubborn=True))

    crowd = threading.Thread(target=people_at_work)
    crowd.start()
    for _ in range(kills):
        time.sleep(2.5)
        server.kill()
        server.start()
    crowd.join()
    return seen[0]


# servers ------------------------------------------------------------------------------------------


def part_servers(args: argparse.Namespace) -> None:
    """gunicorn or granian, on this application."""
    out(f"\n## web servers, sqlite, {CONNECTIONS} connections, {args.seconds / 2:.0f} s each")
    for kind in (GUNICORN, GRANIAN):
        with product.installed("sqlite") as installation, _server(kind, installation) as server:
            seen = load.run(server.port, CONNECTIONS, args.seconds / 2)
            used = server.cpu_seconds()
        everything = [second for values in seen.seconds.values() for second in values]
        out(
            f"{kind.name:<24}{seen.registered / args.seconds * 2:6.1f} registrations/s   p99 {share(everything, 99) * 1000:6.0f} ms"
            f"   CPU {used / max(1, seen.registered) * 1000:.0f} ms each   {len(seen.wrong)} wrong, {seen.broken} broken"
        )


def part_draw(_: argparse.Namespace) -> None:
    """A million entries against a bare sort (bench/draw.py)."""
    from bench import draw

    draw.main()


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "load": part_load,
    "steps": part_steps,
    "kill": part_kill,
    "servers": part_servers,
    "draw": part_draw,
}


def main() -> None:
    """Read the words and run the parts."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--part", action="append", choices=list(PARTS), help="one part; may be repeated")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument(
        "--minutes", type=float, default=1.0, help="length of each load (30 for the whole goal)"
    )
    parser.add_argument("--people", type=int, default=60, help="registrations for the steps")
    parser.add_argument("--kills", type=int, default=10)
    args = parser.parse_args()
    args.seconds = args.minutes * 60
    args.databases = ("sqlite", "postgres") if args.database == "both" else (args.database,)
    out(
        f"Gelombang bench, {platform.machine()}, {os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}"
    )
    for name in args.part or [part for part in PARTS if part != "draw"]:
        PARTS[name](args)


if __name__ == "__main__":
    main()
