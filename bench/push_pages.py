"""Gentle visitors for the bench of sending: registrations, some ten requests a second however fast the answers come.

    python -m bench.push_pages PORT SECONDS FIRST_PERSON BEGIN

Begins at a time of the monotonic clock and prints one line of JSON: [[when it was asked, seconds until the answer], ...].
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from datetime import date

from bench import people
from bench.serving import ROOT, _die_with_parent
from bench.walk import Browser, Walk, Wrong
from bench.wire import LOOPBACK, Answer, Broken, Connection

VISITORS = 4
#: Between two requests of one visitor, in seconds: nobody fills in a page faster.
PACE = 0.4

Asked = list[tuple[float, float]]


class Paced:
    """A connection that waits for its turn before each request, and whose stopwatch begins after that wait."""

    def __init__(self, port: int, begin: float, seen: Asked) -> None:
        self._line, self._next, self._seen = Connection(port), begin, seen

    def exchange(self, request: bytes) -> Answer:
        time.sleep(max(0.0, self._next - time.monotonic()))
        asked = time.monotonic()
        self._next = max(self._next + PACE, asked)
        answer = self._line.exchange(request)
        self._seen.append((asked, time.monotonic() - asked))
        return answer


def visit(port: int, until: float, first: int, begin: float, seen: Asked) -> None:
    """Register people one after the other until the time is over."""
    line, number = Paced(port, begin, seen), first
    while time.monotonic() < until:
        walk = Walk(number, people.answers(number, date.today()))  # noqa: DTZ011 - the age of a made-up person
        number += 1
        try:
            walk.run(Browser(line, f"{LOOPBACK}:{port}", lambda _: None))
        except (Wrong, Broken) as error:
            print(f"a visitor was stopped: {error}", file=sys.stderr)
            time.sleep(PACE)


def start(port: int, seconds: float, first: int, begin: float) -> subprocess.Popen[str]:
    """The visitors in a process of their own."""
    words = [str(port), str(seconds), str(first), str(begin)]
    return subprocess.Popen(
        [sys.executable, "-m", "bench.push_pages", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_die_with_parent,
    )


def finish(visitors: subprocess.Popen[str]) -> Asked:
    """Wait for them; what they saw."""
    told, _ = visitors.communicate(timeout=300)
    return [(asked, took) for asked, took in json.loads(told)]


def main(port: int, seconds: float, first: int, begin: float) -> None:
    """All visitors at once."""
    seen: Asked = []
    begun = [begin + n * PACE / VISITORS for n in range(VISITORS)]
    threads = [
        threading.Thread(target=visit, args=(port, begin + seconds, first + n * 10_000, begun[n], seen))
        for n in range(VISITORS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(sorted(seen)))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
