"""`python -m bench`: how fast, how sure. Prints tables; traffic goes to this machine only and ends by itself."""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime

from bench import kills, load, product, profiling, steps
from bench.serving import GRANIAN, GUNICORN, serving
from bench.table import busy, out, percentile
from bench.verdict import Verdict

GOAL_PEOPLE, GOAL_MINUTES, GOAL_P99 = 62_000, 30, 1.0
CONNECTIONS = 16
#: Seconds of load before the measured one (templates and queries are made ready then), and the first of its people.
WARM_UP, WARM_UP_PEOPLE = 3.0, 20_000_000
SERVERS = {"gunicorn": GUNICORN, "granian": GRANIAN}


def part_load(args: argparse.Namespace) -> None:
    """Complete registrations at 16 connections, and whether each acknowledged one is there once."""
    rows = []
    for database in args.databases:
        with product.installed(database) as installation:
            with serving(args.kind, "wsgi:app", installation.environ, installation.log) as server:
                warm = load.run(server.port, CONNECTIONS, WARM_UP, first=WARM_UP_PEOPLE)
                cpu = server.cpu_seconds()
                seen = load.run(server.port, CONNECTIONS, args.minutes * 60)
                used = server.cpu_seconds() - cpu
            verdict = installation.judge(warm.acknowledged | seen.acknowledged)
        _print_load(f"{args.kind.name}, {database}", seen, verdict, used)
        rows.append(_row(database, seen, verdict, used))
    out(
        "\n| database | registrations | a second | lost, doubled | errors | p50, p99 of a request | CPU each: server, driver | in 30 minutes |"
    )
    out("|---|---|---|---|---|---|---|---|")
    for row in rows:
        out(row)


def _print_load(what: str, seen: load.Tally, verdict: Verdict, used: float) -> None:
    everything = [second for values in seen.seconds.values() for second in values]
    people, rate, hashing = max(1, seen.registered), seen.registered / seen.elapsed, _pin_seconds()
    p50, p99 = (percentile(everything, percent) * 1000 for percent in (50, 99))
    out(f"\n## load: {what}, {CONNECTIONS} connections, {seen.elapsed:.0f} s; {busy()}")
    out(
        f"registrations acknowledged  {seen.registered} ({rate:.1f} a second), after {WARM_UP:.0f} s to warm up"
    )
    out(
        f"in the database, with those {verdict.stored}: lost {verdict.lost}, doubled {verdict.doubled}, "
        f"there without having been told {verdict.unheard}"
    )
    out(f"errors                      {len(seen.wrong)} wrong answers, {seen.broken} broken connections")
    out(f"requests                    {len(everything)} ({len(everything) / seen.elapsed:.0f} a second)")
    out(f"per request                 p50 {p50:.0f} ms, p99 {p99:.0f} ms (goal: p99 under {GOAL_P99:.0f} s)")
    out(
        f"CPU per registration        server {used / people * 1000:.1f} ms (of it one PIN hash {hashing * 1000:.1f} ms), "
        f"driver {seen.cpu_seconds / people * 1000:.1f} ms ({seen.cpu_seconds / (used + seen.cpu_seconds):.0%} of both)"
    )
    out(
        f"pages per registration      {seen.wire_bytes / people / 1000:.0f} KB on the wire, static files not counted"
    )
    measured = seen.elapsed >= GOAL_MINUTES * 60
    out(
        f"{GOAL_MINUTES} minutes {'(measured)    ' if measured else '(extrapolated)'}   {rate * GOAL_MINUTES * 60:.0f} "
        f"registrations (goal: {GOAL_PEOPLE}); the PIN hashes of {GOAL_PEOPLE} alone: {GOAL_PEOPLE * hashing:.0f} CPU seconds"
    )
    out("step            requests   POST p50     p99   page p50     p99   (ms)")
    for step in dict.fromkeys(step for step, _ in seen.seconds):
        cells = [seen.seconds.get((step, method), ()) for method in ("POST", "GET")]
        shown = "   ".join(
            f"{percentile(v, 50) * 1000:8.1f} {percentile(v, 99) * 1000:7.1f}" if v else " " * 16
            for v in cells
        )
        out(f"{step:<14}{sum(map(len, cells)):>10}   {shown}")
    for line in seen.wrong[:5]:
        out(f"  wrong: {line}")


def _row(database: str, seen: load.Tally, verdict: Verdict, used: float) -> str:
    """The same as a line of the table in docs/bench.md."""
    everything = [second for values in seen.seconds.values() for second in values]
    people, rate = max(1, seen.registered), seen.registered / seen.elapsed
    p50, p99 = (percentile(everything, percent) * 1000 for percent in (50, 99))
    each = f"{used / people * 1000:.1f}, {seen.cpu_seconds / people * 1000:.1f} ms"
    return (
        f"| {database} | {seen.registered} in {seen.elapsed:.0f} s | {rate:.1f} | {verdict.lost}, {verdict.doubled} "
        f"| {len(seen.wrong) + seen.broken} | {p50:.0f}, {p99:.0f} ms | {each} | {rate * GOAL_MINUTES * 60:.0f} |"
    )


def _pin_seconds() -> float:
    """CPU seconds of one PIN hash, measured by itself."""
    from app.crypto import keys

    began = time.process_time()
    for number in range(20):
        keys().hash_secret(number, "482913")
    return (time.process_time() - began) / 20


def part_steps(args: argparse.Namespace) -> None:
    """Each step beside the bare app."""
    steps.compare(args.kind, args.people)


def part_kill(args: argparse.Namespace) -> None:
    """kill -9 in the middle of a load."""
    for database in args.databases:
        args.held &= kills.run(args.kind, database, args.kills, CONNECTIONS)


def part_servers(args: argparse.Namespace) -> None:
    """gunicorn and granian on this application, in turns."""
    seconds = args.minutes * 20
    out(f"\n## web servers: sqlite, {CONNECTIONS} connections, two turns of {seconds:.0f} s each; {busy()}")
    for kind in (GUNICORN, GRANIAN) * 2:
        with (
            product.installed("sqlite") as installation,
            serving(kind, "wsgi:app", installation.environ, installation.log) as server,
        ):
            load.run(server.port, CONNECTIONS, WARM_UP, first=WARM_UP_PEOPLE)
            cpu = server.cpu_seconds()
            seen = load.run(server.port, CONNECTIONS, seconds)
            used = server.cpu_seconds() - cpu
        everything = [second for values in seen.seconds.values() for second in values]
        out(
            f"{kind.name:<24}{seen.registered / seen.elapsed:6.1f} registrations/s"
            f"   p50 {percentile(everything, 50) * 1000:4.0f} p99 {percentile(everything, 99) * 1000:5.0f} ms"
            f"   CPU {used / max(1, seen.registered) * 1000:5.1f} ms each"
            f"   {len(seen.wrong)} wrong, {seen.broken} broken"
        )


def part_profile(args: argparse.Namespace) -> None:
    """Where the time goes."""
    profiling.run(args.people)


def part_draw(_: argparse.Namespace) -> None:
    """A million entries against a bare sort (bench/draw.py)."""
    from bench import draw

    draw.main()


def part_signin(_: argparse.Namespace) -> None:
    """Whether the time of a refusal tells who is registered (bench/signin.py)."""
    from bench import signin

    signin.run(200)


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "load": part_load,
    "steps": part_steps,
    "kill": part_kill,
    "servers": part_servers,
    "profile": part_profile,
    "draw": part_draw,
    "signin": part_signin,
}


def main() -> int:
    """Read the words and run the parts; 1 when a registration was lost or doubled by a kill."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--part", action="append", choices=list(PARTS), help="one part; may be repeated")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--server", choices=list(SERVERS), default="gunicorn")
    parser.add_argument("--minutes", type=float, default=1.0, help="length of each load (30: the whole goal)")
    parser.add_argument("--people", type=int, default=60, help="registrations for steps and profile")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--quick", action="store_true", help="a look: 15 seconds, 15 people, 3 kills")
    args = parser.parse_args()
    if args.quick:
        args.minutes, args.people, args.kills = 0.25, 15, 3
    args.databases = ("sqlite", "postgres") if args.database == "both" else (args.database,)
    args.kind = SERVERS[args.server]
    args.held = True
    out(
        f"Gelombang bench, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.machine()}, Python {platform.python_version()}"
    )
    out(busy())
    for name in args.part or [part for part in PARTS if part not in ("draw", "signin")]:
        PARTS[name](args)
    return 0 if args.held else 1


if __name__ == "__main__":
    raise SystemExit(main())
