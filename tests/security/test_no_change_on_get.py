"""A GET changes nothing, whoever asks: ASVS 3.5.3. What a crawler, a prefetching browser or an <img> can do, is nothing."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from tests.pages import Visitor
from tests.security.rows import changed_by, differences, everything
from tests.security.world import World

#: What may change while somebody reads, and why.
DOCUMENTED = frozenset(
    {("session", "last_seen_at")}
)  # idle limits count from it; written once a minute at most


def test_no_route_changes_a_row_when_it_is_read(world: World, backend: str) -> None:
    world.other  # noqa: B018  (somebody else's rows are there to be changed)
    everybody = world.everybody()
    some = everybody if backend == "sqlite" else ("anonymous", "full", "manager")
    people = {name: everybody[name] for name in some}
    paths = [path for _, path in world.paths("GET")]
    world.clock.move(
        timedelta(minutes=2)
    )  # so that last_seen_at is due, and nothing else hides behind a still clock
    faults = []

    def look(visitor: Visitor, path: str) -> None:
        answer = visitor.ask("GET", path)
        if answer.status_code >= 500:
            faults.append(f"GET {path}: {answer.status}")

    acts = [
        (f"{name}, GET {path}", partial(look, visitor, path))
        for name, visitor in people.items()
        for path in paths
    ]
    assert changed_by(acts, DOCUMENTED) == []
    assert faults == []
    assert len(paths) > 30


def test_what_is_documented_does_happen(world: World) -> None:
    """Otherwise the exception above would be one too many."""
    assert world.full
    before = everything()
    world.clock.move(timedelta(minutes=2))
    world.full.ask("GET", "/daftar/selesai")
    assert differences(before, everything()) == ["session.last_seen_at"]
