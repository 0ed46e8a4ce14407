"""Static files: named by what is in them, kept in memory (gzip too), and cached by browsers for a year."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, current_app
from werkzeug.wrappers import Response

from app import headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOLDER = Path(__file__).parent.parent / "static"
FOREVER = "public, max-age=31536000, immutable"
PREFIX = "/static/"
#: Said here, because what `mimetypes` knows differs from machine to machine.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
SQUEEZED = {".css", ".js", ".json", ".svg"}
COMMENTED = {".css", ".js"}
QUOTED_OR_FOR_US = re.compile(
    r""" (?P<kept> "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' | `(?:\\.|[^`\\])*` ) | /\*.*?\*/ | (?P<line>\n)\s* """,
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True)
class Asset:
    """One file as it is sent; `squeezed` is empty when gzip would not make it smaller."""

    path: str
    kind: str
    etag: str
    body: bytes
    squeezed: bytes


def load(folder: Path) -> dict[str, Asset]:
    """Every file below `folder` by its plain name, such as `icons/192.png`; its path carries 12 hex of its SHA-256."""
    found = {}
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.name.startswith("."):
            continue
        name = file.relative_to(folder).as_posix()
        body = file.read_bytes()
        if file.suffix in COMMENTED:
            body = without_comments(body.decode()).encode()
        digest = hashlib.sha256(body).hexdigest()[:12]
        squeezed = gzip.compress(body, 9, mtime=0) if file.suffix in SQUEEZED else b""
        found[name] = Asset(
            path=f"{PREFIX}{name.removesuffix(file.suffix)}.{digest}{file.suffix}",
            kind=TYPES.get(file.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream",
            etag=digest,
            body=body,
            squeezed=squeezed if len(squeezed) < len(body) else b"",
        )
    return found


def without_comments(source: str) -> str:
    """A sheet or script as phones get it: what is written for us stays here. Quoted text is left alone."""
    return QUOTED_OR_FOR_US.sub(lambda found: found["kept"] or found["line"] or "", source).lstrip()


def asset(name: str) -> str:
    """The path under which `name` is served now; KeyError for a file that is not there (a page must not guess)."""
    assets: dict[str, Asset] = current_app.extensions["assets"]
    return assets[name].path


def init(app: Flask, folder: Path = FOLDER) -> None:
    """Load the files, give templates `asset(name)`, and serve `/static/`. Flask's own static route must be off."""
    if "static" in app.view_functions:
        raise RuntimeError(
            "make the app with static_folder=None: app/views/assets.py serves the static files"
        )
    assets = load(folder)
    paths = {name: one.path for name, one in assets.items()}
    app.extensions["assets"] = assets
    app.jinja_env.globals["asset"] = paths.__getitem__
    always = headers.ALWAYS | {"Content-Security-Policy": headers.CONTENT_SECURITY_POLICY}
    if app.extensions["settings"].https:
        always["Strict-Transport-Security"] = headers.ONE_YEAR_WITH_SUBDOMAINS
    app.wsgi_app = _Static(app.wsgi_app, assets, always)  # type: ignore[assignment]


class _Static:
    """Answers before Flask does: a file needs no session.

    Reading one would add `Vary: Cookie`, with which a phone fetches every file twice: pages send cookies, the
    service worker does not.
    """

    def __init__(self, inner: WSGIApplication, assets: dict[str, Asset], always: dict[str, str]) -> None:
        self._inner = inner
        self._by_path = {one.path: one for one in assets.values()}
        self._always = always

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        one = self._by_path.get(environ.get("PATH_INFO", ""))
        if one is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._inner(environ, start)
        squeeze = one.squeezed and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        response = Response(one.squeezed if squeeze else one.body, content_type=one.kind)
        response.headers.update(self._always)
        response.headers["Cache-Control"] = FOREVER
        # The same name never has other bytes, so both codings may share a weak tag.
        response.set_etag(one.etag, weak=True)
        if one.squeezed:
            response.vary.add("Accept-Encoding")
        if squeeze:
            response.headers["Content-Encoding"] = "gzip"
        response.make_conditional(environ)
        return response(environ, start)
