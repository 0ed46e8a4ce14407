"""QR codes as the `d` of one SVG path, so that a page can draw them without an image, a script or trusted markup.

In a template: <svg class="qr" role="img" aria-label="..." viewBox="0 0 {{ qr.size }} {{ qr.size }}"><path d="{{ qr.path }}"/></svg>
(the style sheet gives the path its stroke).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import segno

from app.rules import codes

QUIET_ZONE = 4
"""Empty modules around the code (ISO/IEC 18004): without them many phones do not find it."""


@dataclass(frozen=True, slots=True)
class Qr:
    """`size` in modules with the quiet zone; `path` draws every row of dark modules as lines of width 1."""

    size: int
    path: str


def draw(text: str, error: str = "m") -> Qr:
    """The smallest QR code that holds the text at this level of error correction (l, m, q, h)."""
    code = segno.make(text, error=error, micro=False)
    lines = (line for y, row in enumerate(code.matrix) for line in _lines(row, y))
    return Qr(len(code.matrix) + 2 * QUIET_ZONE, "".join(lines))


def _lines(row: Iterable[int], y: int) -> Iterable[str]:
    x = QUIET_ZONE
    for dark, run in groupby(row, key=bool):
        length = len(list(run))
        if dark:
            yield f"M{x} {y + QUIET_ZONE}.5h{length}"
        x += length


# the codes on receipts --------------------------------------------------------------------------

_SIDE = 21
_BLANK = codes.shown(codes.CODE_SYMBOLS[0] * codes.CODE_LENGTH)
#: Where a line from each place of the square begins, how it goes on by its length, and dark places in a row: the place
#: after the last one of each row belongs to none.
_STARTS = [f"M{x + QUIET_ZONE} {y + QUIET_ZONE}.5h" for y in range(_SIDE) for x in range(_SIDE + 1)]
_LENGTHS = [str(length) for length in range(_SIDE + 1)]
_RUN = re.compile("1+")


def draw_ticket(shown: str) -> Qr:
    """The QR code of a ticket as shown, put together from what each of its bits adds.

    The error correction of QR codes is linear and the mask is fixed, so a code is the sum (exclusive or) of its parts.
    """
    modules = _modules(_BLANK)
    for at, symbol in enumerate(shown):
        modules ^= _part(at, symbol)
    bits = f"{modules:0{len(_STARTS)}b}"
    lines = (_STARTS[start] + _LENGTHS[end - start] for start, end in map(re.Match.span, _RUN.finditer(bits)))
    return Qr(_SIDE + 2 * QUIET_ZONE, "".join(lines))


@cache
def _part(at: int, symbol: str) -> int:
    """Which modules change when this symbol stands there in the blank ticket."""
    changed, modules = ord(symbol) ^ ord(_BLANK[at]), 0
    for bit in range(changed.bit_length()):
        if changed >> bit & 1:
            modules ^= _bit(at, bit)
    return modules


@cache
def _bit(at: int, bit: int) -> int:
    return _modules(_BLANK) ^ _modules(_BLANK[:at] + chr(ord(_BLANK[at]) ^ 1 << bit) + _BLANK[at + 1 :])


@cache
def _modules(shown: str) -> int:
    """All modules, row by row and each row with a light one behind it, as the bits of one number."""
    # A ticket fits version 1 as bytes. The mask is fixed: choosing the best takes 3 ms and gains nothing.
    rows = segno.make(shown, version=1, error="m", mode="byte", mask=3, boost_error=False).matrix
    return int("".join(str(dark) for row in rows for dark in (*row, 0)), 2)
