"""The draw: from a promise, a final list and a beacon round to everybody's rank and outcome. No secret, no choice.

Design section 5. The same inputs give the same bytes to anybody; `periksa.py`, the verifier that the public downloads,
is written from that section too and shares no line with this file.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import count, pairwise
from typing import NamedTuple, cast

from app.rules import merkle
from app.rules.promise import Promise, Rules

LIST_HEADER = "entry,groups,household,bind"
RESULT_HEADER = "rank,entry,outcome,via"
LABEL = b"gelombang/undian/2\x00"
BIND_LABEL = b"gelombang/bind/1\x00"
OPEN = "open"


class BadList(ValueError):
    """These bytes are not a list of entrants; the message says which line is wrong."""


class Entrant(NamedTuple):
    """One row of peserta.csv. `groups` are codes that own seats, sorted; `household` is k1, k2, ... or empty."""

    entry: str
    groups: tuple[str, ...]
    household: str
    bind: str

    @property
    def row(self) -> bytes:
        """The row without line end: a leaf of the tree."""
        return f"{self.entry},{' '.join(self.groups)},{self.household},{self.bind}".encode("ascii")


class Drawn(NamedTuple):
    """One row of hasil.csv. `via` is a group code or "open" for a seat, empty for the reserve list."""

    rank: int
    entry: str
    outcome: str
    via: str


#: A row from a tuple of its columns, made in C: a million rows are no rarity here.
_entrant = cast(Callable[[tuple[str, tuple[str, ...], str, str]], Entrant], partial(tuple.__new__, Entrant))
_drawn = cast(Callable[[tuple[int, str, str, str]], Drawn], partial(tuple.__new__, Drawn))


# the list ------------------------------------------------------------------------------------------


def bind(salt: bytes, nik: str) -> str:
    """The commitment that ties an entry to a person: hex SHA-256(label 00 salt NIK), salt of 16 bytes."""
    if len(salt) != 16:
        raise ValueError("a salt has 16 bytes")
    return hashlib.sha256(BIND_LABEL + salt + nik.encode("ascii")).hexdigest()


def list_csv(entrants: Iterable[Entrant]) -> bytes:
    """The bytes of peserta.csv: header, then rows sorted bytewise by entry; LF after each line."""
    rows = sorted(entrants, key=lambda entrant: entrant.entry.encode("ascii"))
    return b"".join(line + b"\n" for line in (LIST_HEADER.encode(), *(entrant.row for entrant in rows)))


#: One row. Read all at once: a million calls of a function for a row each would cost more than the draw.
_ROW = re.compile(
    r"^([!-+\--~]+),((?:[a-z0-9]{1,12}(?: [a-z0-9]{1,12})*)?),([^,\n]*),([0-9a-f]{64})$",
    re.ASCII | re.MULTILINE,
)


def read_list(data: bytes) -> list[Entrant]:
    """Read peserta.csv; raises BadList unless the bytes are exactly what list_csv would write."""
    try:
        header, _, text = data.decode("ascii").partition("\n")
    except UnicodeDecodeError as error:
        raise BadList("not ASCII") from error
    if header != LIST_HEADER or not data.endswith(b"\n"):
        raise BadList("header or end of file")
    rows = _ROW.findall(text)
    if len(rows) != text.count("\n"):
        lines = enumerate(text.split("\n")[:-1], 2)
        raise BadList(f"line {next((n for n, line in lines if not _ROW.fullmatch(line)), 0)}")
    groups = {text: _groups(text) for text in {row[1] for row in rows}}
    entrants = [_entrant((entry, groups[text], home, bound)) for entry, text, home, bound in rows]
    if any(a.entry >= b.entry for a, b in pairwise(entrants)):
        raise BadList("not sorted, or an entry twice")
    _check_households(entrants)
    return entrants


def _groups(text: str) -> tuple[str, ...]:
    groups = tuple(text.split(" ")) if text else ()
    if list(groups) != sorted(set(groups)):
        raise BadList(f"groups {text}")
    return groups


def _check_households(entrants: Sequence[Entrant]) -> None:
    """k1, k2, ... in order of first appearance, nothing else."""
    seen: dict[str, None] = {}
    for entrant in entrants:
        if entrant.household and entrant.household not in seen:
            seen[entrant.household] = None
            if entrant.household != f"k{len(seen)}":
                raise BadList(f"{entrant.entry}: household label out of order")


def labelled(families: Sequence[object], limit: int | None) -> list[str]:
    """Household labels for entrants in file order: only families with more entrants than the limit get one.

    `families` holds one hashable key per entrant (a keyed hash of the KK number).
    """
    if limit is None:
        return ["" for _ in families]
    sizes = Counter(families)
    names: dict[object, str] = {}
    for family in families:
        if sizes[family] > limit and family not in names:
            names[family] = f"k{len(names) + 1}"
    return [names.get(family, "") for family in families]


def tickets_root(entrants: Sequence[Entrant]) -> bytes:
    """The Merkle root over the rows."""
    return merkle.root([entrant.row for entrant in entrants])


# the draw -------------------------------------------------------------------------------------------


def key(randomness: bytes, janji_sha256: bytes, tickets_sha256: bytes) -> bytes:
    """The key of the scores: HMAC-SHA256(randomness, label 00 janji_sha256 tickets_sha256), 32 bytes."""
    return hmac.digest(randomness, LABEL + janji_sha256 + tickets_sha256, "sha256")


def score(score_key: bytes, entry: str) -> bytes:
    """HMAC-SHA256(key, entry as ASCII), 32 bytes: the lowest is rank 1."""
    return hmac.digest(score_key, entry.encode("ascii"), "sha256")


def ranked(entrants: Sequence[Entrant], score_key: bytes) -> list[Entrant]:
    """Everybody by score, the lowest first; ties by entry. Score = HMAC-SHA256(key, entry)."""
    inner, outer = _hmac_halves(score_key)

    def place(entrant: Entrant) -> bytes:
        entry = entrant.entry.encode("ascii")
        first, second = inner.copy(), outer.copy()
        first.update(entry)
        second.update(first.digest())
        return second.digest() + entry

    return sorted(entrants, key=place)


def _hmac_halves(secret: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Both halves of HMAC-SHA256 (RFC 2104) with the key of at most 64 bytes taken in: twice as fast for many messages."""
    padded = secret.ljust(64, b"\0")
    return hashlib.sha256(bytes(b ^ 0x36 for b in padded)), hashlib.sha256(bytes(b ^ 0x5C for b in padded))


def draw(promise: Promise, peserta: bytes, randomness: bytes) -> list[Drawn]:
    """Every rank and outcome, by rank. Raises BadList."""
    entrants = read_list(peserta)
    score_key = key(randomness, promise.sha256, hashlib.sha256(peserta).digest())
    return assigned(ranked(entrants, score_key), promise.rules)


def assigned(by_rank: Sequence[Entrant], rules: Rules) -> list[Drawn]:
    """Give the seats to people in rank order, by the rules."""
    via = _Seats(by_rank, rules).given()
    outcomes = ("selected" if seat else "reserve" for seat in via)
    entries = (entrant.entry for entrant in by_rank)
    return list(map(_drawn, zip(count(1), entries, outcomes, via, strict=False)))


class _Seats:
    """One allocation: who sits where, and how many of each household sit already."""

    def __init__(self, by_rank: Sequence[Entrant], rules: Rules) -> None:
        self.by_rank = by_rank
        self.rules = rules
        self.via = [""] * len(by_rank)
        self.at_home: Counter[str] = Counter()
        self.members: dict[str, list[int]] = {reserve.group: [] for reserve in rules.reserves}
        for place, entrant in enumerate(by_rank):
            for group in entrant.groups:
                if group in self.members:
                    self.members[group].append(place)

    def given(self) -> list[str]:
        reserved = sum(reserve.seats for reserve in self.rules.reserves)
        if self.rules.reserve_order == "last":
            self._fill(OPEN, self.rules.quota - reserved)
        left_over = sum(self._fill(reserve.group, reserve.seats) for reserve in self.rules.reserves)
        if self.rules.reserve_order == "first":
            left_over += self.rules.quota - reserved
        self._fill(OPEN, left_over)
        return self.via

    def _fill(self, group: str, seats: int) -> int:
        """Seat people of a group (or anybody, for open seats) in rank order; returns the seats left over."""
        limit, via, by_rank = self.rules.max_per_household, self.via, self.by_rank
        for place in range(len(by_rank)) if group == OPEN else self.members[group]:
            if seats == 0:
                break
            if via[place]:
                continue
            home = by_rank[place].household
            if home and limit is not None:
                if self.at_home[home] >= limit:
                    continue
                self.at_home[home] += 1
            via[place] = group
            seats -= 1
        return seats


def results_csv(drawn: Iterable[Drawn]) -> bytes:
    """The bytes of hasil.csv."""
    lines = [RESULT_HEADER, *(f"{d.rank},{d.entry},{d.outcome},{d.via}" for d in drawn)]
    return "".join(f"{line}\n" for line in lines).encode("ascii")
