"""What is drawn once: pieces of pages, and whole pages that differ in nothing but their token."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, Response, request
from flask_wtf.csrf import generate_csrf

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

#: Stands where the CSRF token will stand while a sheet is drawn.
TOKEN = "token-of-this-form"
#: So many sheets are kept before all are thrown away: some 8 KB each.
SHEETS = 512
#: RFC 1952: deflate, no name, no time, packed as small as it goes, no operating system.
_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"


@dataclass(frozen=True)
class Sheet:
    """A page that looks the same for everybody but for the token of its form: two halves, plain and packed."""

    halves: tuple[bytes, bytes]
    packed: tuple[bytes, bytes]

    @classmethod
    def of(cls, page: str) -> Sheet:
        """Cut a page where TOKEN stands; it stands there once, else ValueError."""
        before, after = page.encode().split(TOKEN.encode())
        return cls((before, after), (_packed(before, zlib.Z_FULL_FLUSH), _packed(after, zlib.Z_FINISH)))

    def answer(self) -> Response:
        """The page with the token of whoever asks. Nothing is compressed now: the token goes in as it is."""
        token = generate_csrf().encode()
        plain = token.join(self.halves)
        if "gzip" not in request.environ.get("HTTP_ACCEPT_ENCODING", ""):
            return Response(plain, mimetype="text/html")
        stored = b"\0" + struct.pack("<HH", len(token), len(token) ^ 0xFFFF) + token  # RFC 1951, 3.2.4
        tail = struct.pack("<II", zlib.crc32(plain), len(plain))
        before, after = self.packed
        response = Response(_GZIP_HEAD + before + stored + after + tail, mimetype="text/html")
        response.headers.add("Content-Encoding", "gzip")
        response.headers.add("Vary", "Accept-Encoding")
        return response


def _packed(half: bytes, end: int) -> bytes:
    """Blocks of deflate that refer to nothing outside themselves and end on a whole byte."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packing.compress(half) + packing.flush(end)


_sheets: dict[Hashable, Sheet] = {}


def sheet(key: Hashable, draw: Callable[[], str]) -> Sheet:
    """The sheet of a key; `draw` makes its page the first time. The key names everything that the page shows."""
    found = _sheets.get(key)
    if found is None:
        if len(_sheets) >= SHEETS:
            _sheets.clear()
        found = _sheets[key] = Sheet.of(draw())
    return found
