"""Counting requests and hashes across processes, cheaply enough to be always on.

Each process has a file of its own, mapped into memory, in which it alone adds up: no lock between processes, no write
to a database, about a microsecond a request. Whoever asks adds the files up; those of dead processes are added to one
that stays. Nothing about a person is in them: names of endpoints, status codes, times.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import mmap
import os
import secrets
import threading
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: What is counted by itself; any other status stands under its hundred (0 is none of them).
STATUSES = (200, 303, 304, 400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503)
OTHER = (100, 200, 300, 400, 500)
#: Upper edges of the histogram, in seconds.
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
#: What a request that belongs to no endpoint (404, a file of ours) is counted under.
NONE = "none"
_HEAD = 32
_MICRO = 1_000_000

log = logging.getLogger("gelombang.meters")


@dataclass(frozen=True)
class Endpoint:
    """What became of the requests of one endpoint: by status, by histogram bucket (the last is without edge), seconds."""

    name: str
    statuses: dict[str, int]
    buckets: list[int]
    seconds: float


@dataclass(frozen=True)
class Totals:
    """All processes together, since the files were begun."""

    endpoints: list[Endpoint]
    hashes: int
    hash_seconds: float
    hashes_refused: int


class Meters:
    """The counters of one installation. `names` are its endpoints; another version with others begins anew."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._folder = folder
        self._names = (*sorted(names), NONE)
        self._places = {name: number for number, name in enumerate(self._names)}
        self._codes = {code: place for place, code in enumerate(STATUSES)}
        self._width = len(STATUSES) + len(OTHER) + len(EDGES) + 1 + 1
        self._count = len(self._names) * self._width + 3
        said = repr((self._names, STATUSES, OTHER, EDGES)).encode()
        self._layout = hashlib.sha256(said).digest()
        self._lock = threading.Lock()
        self._pid = 0
        self._cells: memoryview | None = None

    # counting -------------------------------------------------------------------------------------

    def request(self, endpoint: str | None, status: int, seconds: float) -> None:
        """One request was answered."""
        place = self._places.get(endpoint or NONE, self._places[NONE]) * self._width
        code = self._codes.get(status, len(STATUSES) + min(max(status // 100, 1), 5) - 1)
        bucket = len(STATUSES) + len(OTHER) + bisect_left(EDGES, seconds)
        cells = self._own()
        if cells is not None:
            with self._lock:
                cells[place + code] += 1
                cells[place + bucket] += 1
                cells[place + self._width - 1] += int(seconds * _MICRO)

    def hashed(self, seconds: float | None) -> None:
        """One secret was hashed; None: it was refused, because too many waited."""
        cells = self._own()
        if cells is not None:
            with self._lock:
                if seconds is None:
                    cells[-1] += 1
                else:
                    cells[-3] += 1
                    cells[-2] += int(seconds * _MICRO)

    def _own(self) -> memoryview | None:
        """This process's cells; a fork begins a file of its own. Without a disk nothing is counted."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            try:
                self._cells = self._begun()
            except OSError as fault:
                self._cells = None
                log.warning("nothing is counted: %s", fault.strerror)
        return self._cells

    def _begun(self) -> memoryview:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{self._pid}-{secrets.token_hex(4)}.cells"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, self._layout + bytes(self._count * 8))
            return memoryview(mmap.mmap(handle, 0))[_HEAD:].cast("Q")
        finally:
            os.close(handle)

    # adding up ------------------------------------------------------------------------------------

    def totals(self) -> Totals:
        """All processes together; what dead ones left is moved into one file."""
        added = self._added()
        endpoints = [
            self._endpoint(name, added[place * self._width :][: self._width])
            for name, place in self._places.items()
        ]
        busy = [one for one in endpoints if sum(one.buckets)]
        return Totals(busy, added[-3], added[-2] / _MICRO, added[-1])

    def _endpoint(self, name: str, cells: list[int]) -> Endpoint:
        names = [str(code) for code in STATUSES] + [f"{code // 100}xx" for code in OTHER]
        statuses = {code: count for code, count in zip(names, cells, strict=False) if count}
        return Endpoint(name, statuses, cells[len(names) : -1], cells[-1] / _MICRO)

    def _added(self) -> list[int]:
        total = [0] * self._count
        if not self._folder.is_dir():
            return total
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            dead = {path: self._read(path) for path in self._folder.glob("*.cells") if not _lives(path)}
            for path in self._folder.glob("*.cells"):
                for number, count in enumerate(dead.get(path) or self._read(path)):
                    total[number] += count
            if len(dead) > 1:
                self._fold(dead)
        return total

    def _read(self, path: Path) -> list[int]:
        kept = path.read_bytes()
        if kept[:_HEAD] != self._layout or len(kept) != _HEAD + 8 * self._count:
            return []  # of another version
        return memoryview(kept)[_HEAD:].cast("Q").tolist()

    def _fold(self, dead: dict[Path, list[int]]) -> None:
        sums = [sum(column) for column in zip(*filter(None, dead.values()), strict=True)] or [0] * self._count
        base, fresh = self._folder / "0-past.cells", self._folder / "0-past.new"
        with suppress(OSError):  # a full disk: they are added up again next time
            fresh.write_bytes(self._layout + array("Q", sums).tobytes())
            os.replace(fresh, base)
            for path in dead:
                if path != base:
                    path.unlink()


def _lives(path: Path) -> bool:
    """Whether the process that writes this file still runs; the file of the past has number 0."""
    pid = int(path.name.partition("-")[0])
    if pid == 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
