"""Merkle trees of RFC 9162 section 2.1: one hash for a whole list, and a short proof that a row is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

EMPTY = hashlib.sha256(b"").digest()


def leaf(row: bytes) -> bytes:
    """HASH(0x00 || row)."""
    return hashlib.sha256(b"\x00" + row).digest()


def node(left: bytes, right: bytes) -> bytes:
    """HASH(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(rows: Sequence[bytes]) -> bytes:
    """The tree head over the rows, 32 bytes; the empty list has the hash of nothing.

    Level by level: a lone last node moves up unchanged, which is the same tree as the RFC's recursion.
    """
    level = [leaf(row) for row in rows]
    while len(level) > 1:
        paired = [node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0] if level else EMPTY


def path(rows: Sequence[bytes], index: int) -> list[bytes]:
    """The inclusion proof for rows[index], nearest sibling first (RFC 9162 section 2.1.3.1)."""
    return _path([leaf(row) for row in rows], index)


def heads(rows: Sequence[bytes], size: int) -> list[bytes]:
    """The tree heads of every `size` rows (a power of two): with them a path needs only the rows of its own part."""
    return [root(rows[first : first + size]) for first in range(0, len(rows), size)]


def path_of_part(part: Sequence[bytes], tops: Sequence[bytes], size: int, index: int) -> list[bytes]:
    """What `path` gives for rows[index], from its part of `size` rows and the heads of all parts."""
    which, own = divmod(index, size)
    return [*_path([leaf(row) for row in part], own), *_path(tops, which)]


def _path(level: Sequence[bytes], index: int) -> list[bytes]:
    if not 0 <= index < len(level):
        raise IndexError(index)
    proof = []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        paired = [node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = [*paired, *level[len(paired) * 2 :]]
        index //= 2
    return proof


def proof(rows: Sequence[bytes], index: int) -> dict[str, Any]:
    """What `periksa.py --bukti` reads of rows[index]: the row, its number from 0, how many there are, and the path in hex."""
    return as_proof(rows[index], index, len(rows), path(rows, index))


def as_proof(row: bytes, index: int, count: int, path: Sequence[bytes]) -> dict[str, Any]:
    """The same, of a path that is there already."""
    return {"row": row.decode("ascii"), "index": index, "count": count, "path": [step.hex() for step in path]}


def holds(row: bytes, index: int, count: int, proof: Sequence[bytes], head: bytes) -> bool:
    """Whether the proof shows that `row` is number `index` (from 0) of `count` rows under this head.

    The algorithm of RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < count:
        return False
    at, last, found = index, count - 1, leaf(row)
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == head
