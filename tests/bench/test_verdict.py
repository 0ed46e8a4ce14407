"""What counts as lost and as doubled, and the figures of the tables."""

from __future__ import annotations

import pytest

from bench.load import Tally
from bench.table import percentile
from bench.verdict import Verdict, judge

A, B, C = b"a", b"b", b"c"


@pytest.mark.parametrize(
    ("told", "stored", "lost", "doubled", "unheard"),
    [
        ({A: "1", B: "2"}, [(A, "1"), (B, "2")], 0, 0, 0),
        ({A: "1", B: ""}, [(A, "1"), (B, "2")], 0, 0, 0),
        ({A: "1", B: "2"}, [(A, "1")], 1, 0, 0),
        ({A: "1", B: ""}, [(A, "1")], 1, 0, 0),
        ({A: "1"}, [(A, "9")], 1, 0, 0),
        ({A: "1"}, [(A, "1"), (A, "2")], 0, 1, 0),
        ({A: "1", B: "1"}, [(A, "1"), (B, "1")], 0, 1, 0),
        ({A: "1"}, [(A, "1"), (C, "3")], 0, 0, 1),
        ({}, [(C, "3"), (C, "4")], 0, 1, 1),
    ],
    ids=[
        *("all there", "no receipt read", "lost", "lost without receipt", "another ticket"),
        *("registered twice", "ticket given twice", "nobody was told", "doubled though nobody was told"),
    ],
)
def test_each_kind_of_fault_is_counted(told, stored, lost, doubled, unheard) -> None:
    verdict = judge(told, stored)
    assert verdict == Verdict(len(told), len(stored), lost, doubled, unheard)
    assert verdict.holds == (not lost and not doubled)


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(50, 50.0), (99, 99.0), (100, 100.0), (1, 1.0)],
    ids=["p50", "p99", "most", "least"],
)
def test_percentiles_by_nearest_rank(percent: float, expected: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], percent) == expected


def test_percentile_of_few_and_of_none() -> None:
    assert percentile([3.0], 99) == 3.0
    assert percentile([], 50) == 0.0


def test_what_several_drivers_saw_is_added_up() -> None:
    total, other = Tally(), Tally(acknowledged={2: "B"}, wrong=["x"], broken=1, cpu_seconds=2.0, elapsed=7.0)
    other.seconds["pin", "POST"].append(0.5)
    total.acknowledged[1] = "A"
    total.elapsed = 5.0
    for tally in (other, Tally(acknowledged={3: ""}, elapsed=6.0)):
        total.add(tally)
    assert total.registered == 3
    assert (total.broken, total.wrong, total.cpu_seconds, total.elapsed) == (1, ["x"], 2.0, 7.0)
    assert list(total.seconds["pin", "POST"]) == [0.5]
