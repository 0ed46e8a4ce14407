"""Lines of the tables, and the figures in them."""

from __future__ import annotations

import os
from collections.abc import Sequence


def out(line: str = "") -> None:
    """A line, at once."""
    print(line, flush=True)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least so many percent of all do not exceed (nearest rank); 0 when there are none."""
    if not values:
        return 0.0
    ranked = sorted(values)
    rank = -(-len(ranked) * percent // 100)
    return ranked[max(0, int(rank) - 1)]


def busy() -> str:
    """How busy the machine is with everything: a figure taken on a busy machine says so."""
    return f"machine load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
