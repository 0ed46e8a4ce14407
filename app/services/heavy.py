"""Work that costs much: one piece at a time for each person of the office, and so many an hour (ASVS 15.2.2).

What writes (an import, a draw) is counted in rows, for all processes together. A download must not write (ASVS 3.5.3), so each
process counts its own: it is its own time that is spent.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from app.crypto import keys
from app.models import Attempt, Staff
from app.services import limits
from app.services.limits import Closed

#: How long somebody waits while the same person's other piece is being done (seconds).
SOON = 10
READS = frozenset({"export"})

_guard = threading.Lock()
_busy: set[tuple[str, int]] = set()
_done: defaultdict[tuple[str, int], deque[datetime]] = defaultdict(deque)


@contextmanager
def turn(kind: str, staff: Staff, now: datetime) -> Iterator[None]:
    """Do one piece of `kind` (export, import, draw) for this person. Raises limits.Closed before anything is done."""
    whose = (kind, staff.id)
    with _guard:
        if whose in _busy:
            raise Closed(SOON)
        _busy.add(whose)
    try:
        (_count_here if kind in READS else _count_in_rows)(kind, staff, now)
        yield
    finally:
        with _guard:
            _busy.discard(whose)


def _count_in_rows(kind: str, staff: Staff, now: datetime) -> None:
    """The row is committed first and counted second, as in services/limits.py."""
    subject = keys().lookup_hash("staff", staff.username)
    row = Attempt.create(path=kind, subject=subject, source=b"", browser=None, at=now, failed=False)
    for limit in limits.of(kind, "account"):
        window = limit.window or limits.DAY
        mine = (Attempt.subject == subject) & (Attempt.path == kind) & (Attempt.at > now - window)
        if Attempt.select().where(mine).count() > limit.most:
            limits.forget(row)
            raise Closed(round(window.total_seconds()))


def _count_here(kind: str, staff: Staff, now: datetime) -> None:
    done = _done[kind, staff.id]
    for limit in limits.of(kind, "account"):
        window = limit.window or limits.DAY
        while done and done[0] <= now - window:
            done.popleft()
        if len(done) >= limit.most:
            raise Closed(max(1, round((done[0] + window - now).total_seconds())))
    done.append(now)
