"""Pictures of pages as small files: 256 colours are enough for them, and the file is a third as large."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from itertools import chain
from pathlib import Path

Colour = tuple[int, int, int]
HEAD, DEPTH, COLOURS = b"\x89PNG\r\n\x1a\n", 3, 256


def pack(path: Path) -> None:
    """Write a picture of Chromium's (8 bits, RGB) anew with the 256 colours that it has most; others become the nearest."""
    width, height, rows = _read(path.read_bytes())
    pixels = [list(zip(row[0::3], row[1::3], row[2::3], strict=True)) for row in rows]
    counted = Counter(chain.from_iterable(pixels))
    palette = [colour for colour, _ in counted.most_common(COLOURS)]
    places = {colour: place for place, colour in enumerate(palette)}
    for colour in counted:
        places.setdefault(colour, _nearest(colour, palette))
    lines = b"".join(b"\0" + bytes(map(places.__getitem__, row)) for row in pixels)
    path.write_bytes(
        HEAD
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", bytes(chain.from_iterable(palette)))
        + _chunk(b"IDAT", zlib.compress(lines, 9))
        + _chunk(b"IEND", b"")
    )


def _nearest(colour: Colour, palette: list[Colour]) -> int:
    r, g, b = colour
    far = [abs(one - r) + abs(two - g) + abs(three - b) for one, two, three in palette]
    return far.index(min(far))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _read(data: bytes) -> tuple[int, int, list[bytearray]]:
    """Width, height and the rows of colours."""
    chunks: dict[bytes, bytes] = {}
    at = len(HEAD)
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        kind = data[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + data[at + 8 : at + 8 + size]
        at += 12 + size
    width, height, *form = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if form != [8, 2, 0, 0, 0]:
        raise ValueError(f"not a picture of Chromium's: {form}")
    raw, long = zlib.decompress(chunks[b"IDAT"]), width * DEPTH
    rows: list[bytearray] = []
    above = bytearray(long)
    for start in range(0, height * (long + 1), long + 1):
        above = _row(raw[start], bytearray(raw[start + 1 : start + 1 + long]), above)
        rows.append(above)
    return width, height, rows


def _row(method: int, row: bytearray, above: bytearray) -> bytearray:
    """A row as it was before PNG's filter (RFC 2083, section 6): none, sub, up, average, Paeth."""
    if method == 2:
        return bytearray((one + over) & 255 for one, over in zip(row, above, strict=True))
    guess = (None, _left, None, _average, _paeth)[method]
    for at in range(len(row) if guess else 0):
        left, corner = (row[at - DEPTH], above[at - DEPTH]) if at >= DEPTH else (0, 0)
        row[at] = (row[at] + guess(left, above[at], corner)) & 255
    return row


def _left(left: int, _above: int, _corner: int) -> int:
    return left


def _average(left: int, above: int, _corner: int) -> int:
    return (left + above) // 2


def _paeth(left: int, above: int, corner: int) -> int:
    sum_ = left + above - corner
    to_left, to_above, to_corner = abs(sum_ - left), abs(sum_ - above), abs(sum_ - corner)
    if to_left <= to_above and to_left <= to_corner:
        return left
    return above if to_above <= to_corner else corner
