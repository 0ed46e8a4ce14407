"""QR codes as the `d` of one SVG path, so that a page can draw them without an image, a script or trusted markup.

In a template: <svg class="qr" role="img" aria-label="..." viewBox="0 0 {{ qr.size }} {{ qr.size }}"><path d="{{ qr.path }}"/></svg>
(the style sheet gives the path its stroke).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import segno

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
