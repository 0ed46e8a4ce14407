"""Drawing and publishing a wave while its pages are open and others register.

    python -m bench.publish [--database sqlite|postgres|both] [--people 20000]

Makes so many people (sealed and indexed as in real life), takes every step of the draw by the product's verbs, then
lets a worker of its own tell the results; onlookers open pages and register all the time. Prints how long each step
took, what the pages and the registrations felt of it beside the same alone, memory and the size of the database, and
counts at the end that everybody has state, ledger line, notice, push and deadline exactly once. 1 when that is not so,
when an answer was wrong, or when somebody saw no result after the switch. Ends by itself and leaves nothing behind; a
million people take some 15 minutes a database.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app import create_app, crypto, db
from app.clock import SystemClock
from app.config import Settings
from app.models import Applicant, Application, Deadline, Delivery, Draw, LedgerEntry, Notice, Result, Wave
from app.services import draw_publication, drawing, results, sessions
from bench import crowd, product
from bench.onlookers import Onlookers, Seen
from bench.parent import end_with_parent
from bench.serving import GUNICORN, serving
from bench.table import busy, out, percentile

WARM_SECONDS, BEFORE_SECONDS = 4.0, 10.0
LOOKERS = 300


def measure(database: str, people: int) -> bool:
    """One database; whether everything held."""
    out(f"\n## publish: {database}, {people} people; {busy()}")
    with product.installed(database) as installation:
        _timed("people made", people, lambda: _filled(installation.environ, people))
        db.connection_opened()
        wave = Wave.get(Wave.number == crowd.NUMBER)
        cookies = _signed_in(wave, SystemClock().now(), installation)
        with serving(GUNICORN, "wsgi:app", installation.environ, installation.log) as server:
            onlookers = Onlookers(server.port, cookies, crowd.NUMBER)
            time.sleep(WARM_SECONDS)  # the first page of a fresh server takes its imports with it
            onlookers.phase(1)
            time.sleep(BEFORE_SECONDS)
            onlookers.phase(2)
            _draw(wave, people)
            onlookers.phase(0)
            worker = _worked(installation.environ, wave, onlookers)
            seen = onlookers.end()
        size = _size(database, installation.folder)
        held = _counted(wave, people)
        db.database.close()
    rates = ", ".join(f"{rate:.0f}" for rate in worker["rates"])
    rate = people / worker["seconds"]
    out(
        f"told                {worker['seconds']:9.1f} s  {rate:10.0f} a second; run by run of the job: {rates}"
    )
    out(f"worker              {worker['mb']:9.0f} MB at its peak, {worker['cpu']:.0f} s of CPU")
    out(f"database            {size / 1e6:9.0f} MB on the disk")
    _print_pages(seen)
    after = seen[-1]
    return held and seen[0].waits > 0 and not after.waits and not any(one.wrong for one in seen)


def _filled(environ: dict[str, str], people: int) -> None:
    """In a process of its own: what it takes of memory is nobody else's."""
    context = multiprocessing.get_context("spawn")
    filler = context.Process(target=_fill, args=(environ, people), daemon=True)
    filler.start()
    filler.join()
    if filler.exitcode:
        raise SystemExit("the people could not be made")


def _fill(environ: dict[str, str], people: int) -> None:
    _open(environ)
    wave = crowd.wave(max(people // 10, 24))
    with crowd.careless():
        crowd.fill(wave, people)


def _open(environ: dict[str, str]) -> None:
    """What a spawned process does first."""
    end_with_parent()
    crypto.use(crypto.Keys.from_json(environ["GELOMBANG_KEYS"]))
    db.open_database(environ["GELOMBANG_DATABASE_URL"])
    db.connection_opened()


def _timed(what: str, people: int, act: Callable[[], Any]) -> Any:
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew (Linux)
    began = time.perf_counter()
    made = act()
    spent = time.perf_counter() - began
    out(f"{what:<20}{spent:9.1f} s  {people / spent:10.0f} a second, {_peak():.0f} MB at its peak")
    return made


def _draw(wave: Wave, people: int) -> None:
    """Every step before the announcement, by the verbs of the office."""
    one, two, three = (crowd.actor(name) for name in ("ratna", "budi", "hadi"))
    hour = timedelta(hours=1)
    draw: Draw = Draw.get(Draw.wave == wave.id)
    draw = _timed("listed", people, lambda: drawing.list_entrants(draw, one, crowd.LISTED))
    draw = _timed("frozen", people, lambda: drawing.freeze(draw, one, crowd.FROZEN))
    draw = _timed("drawn, ranks kept", people, lambda: drawing.run(draw, crowd.SIGNATURE, one, crowd.DRAWN))
    _timed("attested", people, lambda: drawing.attest(draw, two, crowd.DRAWN + hour))
    now = SystemClock().now()
    fresh = Wave.get_by_id(wave.id)
    _timed("results staged", people, lambda: draw_publication.publish(fresh, now, three, now))


def _signed_in(wave: Wave, now: datetime, installation: product.Product) -> list[str]:
    """Session cookies of people of this wave."""
    app = create_app(Settings.from_env(installation.environ))
    db.connection_opened()
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    mine = Application.select(Application.applicant).where(Application.wave == wave.id).limit(LOOKERS)
    rows = Applicant.select().where(Applicant.id.in_(mine))
    return [signer.dumps({"_user_id": sessions.open_session("full", now, applicant=row)}) for row in rows]


# the worker -----------------------------------------------------------------------------------------


def _worked(environ: dict[str, str], wave: Wave, onlookers: Onlookers) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue()
    worker = context.Process(target=_tell, args=(environ, queue), daemon=True)
    worker.start()
    while Wave.get_by_id(wave.id).published_at is None:
        time.sleep(0.02)
        if not worker.is_alive():
            raise SystemExit("the worker ended before the switch")
    onlookers.phase(3)
    said: dict[str, Any] = queue.get()
    worker.join()
    return said


def _tell(environ: dict[str, str], queue: Any) -> None:
    """What the worker does every minute, again and again until all is done."""
    _open(environ)
    began, rates = time.perf_counter(), []
    while True:
        run_began = time.perf_counter()
        told = results.publish_due(SystemClock().now())
        if not told:
            break
        rates.append(told / (time.perf_counter() - run_began))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
    queue.put({"seconds": seconds, "rates": rates, "mb": _peak(), "cpu": cpu})


def _peak() -> float:
    """The most memory that this process has had, in MB; `ru_maxrss` would also count the one that it was made from."""
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(line.split()[1]) / 1024


# what came of it ------------------------------------------------------------------------------------


def _counted(wave: Wave, people: int) -> bool:
    """Everything that telling writes, against what should be there: all of it, and of each person one."""
    told = Notice.select().where(Notice.kind == "result")
    mine = Application.select(Application.id).where(Application.wave == wave.id)
    lines = LedgerEntry.select().where(LedgerEntry.reason == "drawn")
    seats = min(wave.quota, people)
    counts = (
        ("states", mine.where(Application.state.in_(("selected", "reserve"))).count(), people),
        ("selected", mine.where(Application.state == "selected").count(), seats),
        ("ledger lines", lines.count(), people),
        ("of different people", lines.select(LedgerEntry.application).distinct().count(), people),
        ("notices", told.count(), people),
        ("of different people", told.select(Notice.applicant).distinct().count(), people),
        ("pushes", Delivery.select().count(), -(-people // 10)),
        ("of different notices", Delivery.select(Delivery.notice).distinct().count(), -(-people // 10)),
        ("deadlines", Deadline.select().count(), seats),
        ("results told", Result.select().where(Result.published_at.is_null(False)).count(), people),
    )
    ended = Wave.get_by_id(wave.id).telling_since is None
    held = ended and all(found == due for _, found, due in counts)
    cells = ", ".join(f"{name} {found} of {due}" for name, found, due in counts)
    out(f"counted             {cells}: {'holds, none lost, none doubled' if held else 'BROKEN'}")
    return held


def _size(database: str, folder: Path) -> int:
    if database == "sqlite":
        return sum(file.stat().st_size for file in folder.glob("gelombang.db*"))
    return int(db.database.execute_sql("SELECT pg_database_size(current_database())").fetchone()[0])


PHASES = ("alone", "list to staging", "telling")
#: What was opened, and how it is called here.
OPENED = {
    "/": "start page",
    f"/gelombang/{crowd.NUMBER}": "page of the wave",
    f"/gelombang/{crowd.NUMBER}/undian": "page of the draw",
    "/saya": "own page",
    "step": "POST of a step",
    "send": "POST that registers",
}


def _print_pages(seen: list[Seen]) -> None:
    out("ms                  " + " ".join(f"{f'{phase}: n':>20}    p50     p99     max" for phase in PHASES))
    for what, name in OPENED.items():
        cells = []
        for one in seen:
            values = [1000 * second for second in one.seconds.get(what, ())]
            figures = [percentile(values, 50), percentile(values, 99), max(values, default=0)]
            cells.append(f"{len(values):20} " + " ".join(f"{figure:7.1f}" for figure in figures)[1:])
        out(f"{name:<20}{' '.join(cells)}")
    out(
        f"own pages without a result after the switch: {seen[-1].waits} (before: {seen[0].waits + seen[1].waits})"
    )
    for line in [line for one in seen for line in one.wrong][:5]:
        out(f"  wrong: {line}")
    wrong = ", ".join(f"{phase} {len(one.wrong)}" for phase, one in zip(PHASES, seen, strict=True))
    out(f"wrong answers: {wrong}")


def main() -> int:
    """Print the figures; 1 when somebody was told twice, not at all, or too late."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--people", type=int, default=20_000)
    args = parser.parse_args()
    databases = ("sqlite", "postgres") if args.database == "both" else (args.database,)
    held = [measure(database, args.people) for database in databases]
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
