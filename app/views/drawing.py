"""What is drawn once: pieces of pages, and whole pages that differ only in a few holes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, Response, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from app.connection import FAST, WORTH_COMPRESSING

#: So many pieces of one kind are kept: a wizard has a dozen pages, and each list a few choices.
PIECES = 256
#: For a macro: drawn once for each set of arguments. `typed` keeps text apart from Markup.
once = lru_cache(PIECES, typed=True)


def init(app: Flask) -> None:
    """Give them to every template."""
    app.jinja_env.globals.update(once=once, offered=offered)


def offered(field: Any, notes: Mapping[str, str] | None = None) -> tuple[tuple[str, str, bool, str], ...]:
    """What a list offers: (value, label, is it chosen, note below it), in a form that `once` can remember."""
    said = notes or {}
    return tuple((c.value, c.label, c.selected, said.get(c.value, "")) for c in field.iter_choices())


# whole pages ------------------------------------------------------------------------------------

#: Stands, while a sheet is drawn, where the CSRF token will stand.
TOKEN = "token-of-this-form"
#: So many sheets are kept before all are thrown away: some 8 KB each.
SHEETS = 512
#: zlib's level for what is packed once.
BEST = 9
#: RFC 1952: deflate, no name, no time, packed as small as it goes, no operating system.
_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"


@dataclass(frozen=True)
class Sheet:
    """A page that looks the same for everybody but for its holes: what lies around them, plain and packed."""

    pieces: tuple[bytes, ...]
    packed: tuple[bytes, ...]

    @classmethod
    def of(cls, page: str, *holes: str) -> Sheet:
        """Cut a page at each hole; each stands there once and in this order, else ValueError."""
        pieces, rest = [], page.encode()
        for hole in holes:
            before, rest = rest.split(hole.encode())
            pieces.append(before)
        packed = [_packed(piece, BEST, zlib.Z_FULL_FLUSH) for piece in pieces]
        return cls((*pieces, rest), (*packed, _packed(rest, BEST, zlib.Z_FINISH)))

    def answer(self, *own: Markup) -> Response:
        """The page with what belongs into the holes for whoever asks. Little is packed now."""
        fillings = [text.encode() for text in own]
        plain = _woven(self.pieces, fillings)
        if "gzip" not in request.environ.get("HTTP_ACCEPT_ENCODING", ""):
            return Response(plain, mimetype="text/html")
        tail = struct.pack("<II", zlib.crc32(plain), len(plain))
        body = _GZIP_HEAD + _woven(self.packed, [_quickly_packed(filling) for filling in fillings]) + tail
        response = Response(body, mimetype="text/html")
        response.headers.add("Content-Encoding", "gzip")
        response.headers.add("Vary", "Accept-Encoding")
        return response


def _woven(pieces: Sequence[bytes], fillings: Sequence[bytes]) -> bytes:
    return b"".join(part for pair in zip(pieces, (*fillings, b""), strict=True) for part in pair)


def _quickly_packed(filling: bytes) -> bytes:
    """A token goes in as it is (RFC 1951, 3.2.4: a stored block): it would hardly get smaller."""
    if len(filling) < WORTH_COMPRESSING:
        return b"\0" + struct.pack("<HH", len(filling), len(filling) ^ 0xFFFF) + filling
    return _packed(filling, FAST, zlib.Z_FULL_FLUSH)


def _packed(text: bytes, level: int, end: int) -> bytes:
    """Blocks of deflate that refer to nothing outside themselves and end on a whole byte."""
    packing = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packing.compress(text) + packing.flush(end)


def token() -> Markup:
    """The CSRF token of whoever asks, for the hole TOKEN."""
    return Markup.escape(generate_csrf())


_sheets: dict[Hashable, Sheet] = {}


def sheet(key: Hashable, draw: Callable[[], str], *holes: str) -> Sheet:
    """The sheet of a key; `draw` makes its page the first time. The key names everything that stands around the holes."""
    found = _sheets.get(key)
    if found is None:
        if len(_sheets) >= SHEETS:
            _sheets.clear()
        found = _sheets[key] = Sheet.of(draw(), *holes)
    return found
