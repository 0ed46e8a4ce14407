"""Static files: named by what is in them, kept in memory (gzip too), and cached by browsers for a year."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, current_app, request

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
    by_path = {one.path: one for one in assets.values()}
    paths = {name: one.path for name, one in assets.items()}
    app.extensions["assets"] = assets
    app.jinja_env.globals["asset"] = paths.__getitem__

    @app.get(f"{PREFIX}<path:_name>", endpoint="static")
    def serve(_name: str) -> Response:
        one = by_path.get(request.path)
        if one is None:
            abort(404)
        return _answer(one)


def _answer(one: Asset) -> Response:
    squeeze = one.squeezed and "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(one.squeezed if squeeze else one.body, content_type=one.kind)
    response.headers["Cache-Control"] = FOREVER
    # The same name never has other bytes, so both codings may share a weak tag.
    response.set_etag(one.etag, weak=True)
    if one.squeezed:
        response.vary.add("Accept-Encoding")
    if squeeze:
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    return response
