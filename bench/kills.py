"""kill -9 of the web server in the middle of a load: what was acknowledged is there, once."""

from __future__ import annotations

import threading
import time

from bench import load, product
from bench.serving import Kind, serving
from bench.table import busy, out

#: Seconds of load between two kills, and for starting again.
BETWEEN, RESTART = 2.5, 1.5


def run(kind: Kind, database: str, times: int, connections: int) -> bool:
    """Kill so many times; print and return whether every acknowledged registration is there exactly once."""
    told: list[load.Tally] = []
    with product.installed(database) as installation:
        with serving(kind, "wsgi:app", installation.environ, installation.log) as server:
            seconds = times * (BETWEEN + RESTART) + BETWEEN

            def crowd() -> None:
                told.append(load.run(server.port, connections, seconds, stubborn=True))

            at_work = threading.Thread(target=crowd)
            at_work.start()
            for _ in range(times):
                time.sleep(BETWEEN)
                server.kill()
                server.start()
            at_work.join()
        seen, verdict = told[0], installation.judge(told[0].acknowledged)
    out(f"\n## kill -9: {kind.name}, {database}, {times} times under load; {busy()}")
    out(f"acknowledged {verdict.acknowledged}, in the database {verdict.stored}")
    out(f"lost {verdict.lost}, doubled {verdict.doubled}, there without having been told {verdict.unheard}")
    out(
        f"broken connections {seen.broken} (people went on where they stopped), wrong answers {len(seen.wrong)}"
    )
    for line in seen.wrong[:5]:
        out(f"  wrong: {line}")
    return verdict.holds and verdict.acknowledged > 0
