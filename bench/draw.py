"""A draw over a million entries against plain `sorted()` of the same scores, in one run of one machine.

    python -m bench.draw [--entries 1000000]

Both sides score with the same HMAC; the draw also reads and checks the list, gives the seats of three reserves with
households, and writes hasil.csv. It may take three times as long as the bare sort, and no more.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import resource
import sys
import time
from datetime import UTC, datetime, timedelta

from app.rules import draw as drawing
from app.rules.draw import Entrant
from app.rules.promise import Promise, Reserve, Rules

DRAW_AT = datetime(2026, 12, 4, 3, tzinfo=UTC)
LIMIT = 3.0
GROUPS = ("phk", "rumah", "umi")
RANDOMNESS = hashlib.sha256(b"gelombang bench").digest()


def promise(entries: int) -> Promise:
    """A tenth of the people get a seat; three reserves own a quarter of the seats; at most 2 of a household."""
    quota = entries // 10
    reserves = tuple(Reserve(group, quota // 12) for group in GROUPS)
    rules = Rules(quota, reserves, "first", max_per_household=2, scope=("35.08",))
    closes, final = DRAW_AT - timedelta(days=3), DRAW_AT - timedelta(hours=36)
    return Promise("9", closes, final, DRAW_AT, "0" * 64, rules)


def peserta(entries: int) -> bytes:
    """So many entrants: every fifth in a group, every tenth in a household of four."""
    found = []
    for n in range(entries):
        digest = hashlib.sha256(n.to_bytes(8, "big")).hexdigest()
        group = (GROUPS[n % len(GROUPS)],) if n % 5 == 0 else ()
        found.append(Entrant(f"{n:08}", group, "", digest))
    families = [n // 40 if n % 10 == 0 else -n for n in range(entries)]
    labels = drawing.labelled(families, 2)
    return drawing.list_csv(e._replace(household=home) for e, home in zip(found, labels, strict=True))


def plain(data: bytes, score_key: bytes) -> list[str]:
    """What anybody would write: the entries, sorted by their score."""
    entries = [line.partition(b",")[0] for line in data.splitlines()[1:]]
    scores = {entry: hmac.digest(score_key, entry, "sha256") for entry in entries}
    return [entry.decode() for entry in sorted(entries, key=scores.__getitem__)]


def timed(entries: int) -> dict[str, float]:
    """Seconds of both, and the peak memory of the process in MB after each."""
    made, data = promise(entries), peserta(entries)
    score_key = drawing.key(RANDOMNESS, made.sha256, hashlib.sha256(data).digest())
    start = time.perf_counter()
    order = plain(data, score_key)
    bare = time.perf_counter() - start
    before = _peak()
    start = time.perf_counter()
    drawn = drawing.draw(made, data, RANDOMNESS)
    file = drawing.results_csv(drawn)
    whole = time.perf_counter() - start
    if [one.entry for one in drawn] != order or file.count(b",selected,") != entries // 10:
        raise SystemExit("the draw and the plain sort disagree")
    return {"plain_s": bare, "draw_s": whole, "ratio": whole / bare, "plain_mb": before, "draw_mb": _peak()}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Print the numbers; 1 when the draw took more than LIMIT times as long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--entries", type=int, default=1_000_000)
    found = timed(parser.parse_args().entries)
    sys.stdout.write("".join(f"{name:<10}{value:10.2f}\n" for name, value in found.items()))
    return 0 if found["ratio"] <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
