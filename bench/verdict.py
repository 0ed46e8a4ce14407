"""What was promised against what is there: every acknowledged registration exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """Counts. `lost` were acknowledged and are not there, or under another ticket; `doubled` are there more than once.

    `unheard` are there although nobody was told: the server ended between the commit and the answer.
    """

    acknowledged: int
    stored: int
    lost: int
    doubled: int
    unheard: int

    @property
    def holds(self) -> bool:
        return not self.lost and not self.doubled


def judge(acknowledged: Mapping[bytes, str], stored: Iterable[tuple[bytes, str]]) -> Verdict:
    """Compare {person: ticket read, or "" when only the acknowledgement arrived} with (person, ticket) of the database."""
    rows = list(stored)
    times = Counter(person for person, _ in rows)
    tickets = Counter(ticket for _, ticket in rows)
    pairs = set(rows)
    lost = sum(
        person not in times or bool(ticket and (person, ticket) not in pairs)
        for person, ticket in acknowledged.items()
    )
    again = sum(n - 1 for n in times.values()) + sum(n - 1 for n in tickets.values())
    unheard = sum(person not in acknowledged for person in times)
    return Verdict(len(acknowledged), len(rows), lost, again, unheard)
