"""Static files and the small answers that make the site an app, without a browser."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from flask import Flask

from app.views import assets
from tests.pages import Visitor

GZIP = {"Accept-Encoding": "gzip"}
NAMED = re.compile(r"^/static/.+\.[0-9a-f]{12}\.[a-z]+$")


def test_a_name_says_what_is_in_the_file(app: Flask, visitor: Visitor) -> None:
    with app.app_context():
        path = assets.asset("app.css")
    plain = app.test_client().get(path)
    assert hashlib.sha256(plain.data).hexdigest()[:12] in path
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.headers["Content-Type"] == "text/css; charset=utf-8"
    assert plain.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in plain.headers
    assert plain.headers["Vary"] == "Accept-Encoding"  # Cookie here would make phones fetch everything twice


def test_a_file_is_sent_small_and_once(app: Flask, visitor: Visitor) -> None:
    with app.app_context():
        path = assets.asset("app.css")
    small = app.test_client().get(path, headers=GZIP)
    assert small.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in small.headers["Vary"]
    again = app.test_client().get(path, headers=GZIP | {"If-None-Match": small.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["app.css", "app.000000000000.css", "../config.py", "icons/", ""])
def test_nothing_else_is_served(app: Flask, visitor: Visitor, path: str) -> None:
    answer = app.test_client().get(f"/static/{path}")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_the_sheets_and_scripts_keep_their_weight(app: Flask) -> None:
    known: dict[str, assets.Asset] = app.extensions["assets"]
    heavy = {name: len(known[name].squeezed) for name in ("app.css", "staff.css", "app.js", "staff.js")}
    limits = {"app.css": 6144, "staff.css": 5120, "app.js": 4096, "staff.js": 1024}
    assert {name: size for name, size in heavy.items() if size > limits[name]} == {}


def test_phones_get_no_comments_and_every_other_letter() -> None:
    script = """/* for us */
const a = '/* kept */' + "\\"/* kept */" + `/* kept
  */`;/* two
   lines */
  b(/[/]/);
"""
    bare = """const a = '/* kept */' + "\\"/* kept */" + `/* kept
  */`;
b(/[/]/);
"""
    assert assets.without_comments(script) == bare


def test_no_script_or_sheet_of_ours_is_hurt_by_that(app: Flask) -> None:
    known: dict[str, assets.Asset] = app.extensions["assets"]
    for name in ("app.css", "staff.css", "slip.css", "poster.css", "app.js", "staff.js", "undian.js"):
        source = (assets.FOLDER / name).read_text(encoding="utf-8")
        sent = known[name].body.decode()
        assert "/*" not in sent, name
        pieces = [piece.partition("*/")[2] for piece in f"*/{source}".split("/*")]
        assert "".join(sent.split()) == "".join("".join(pieces).split()), name


def test_a_new_byte_makes_a_new_name(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    before = assets.load(tmp_path)["a.css"].path
    (tmp_path / "a.css").write_text("b{}")
    after = assets.load(tmp_path)["a.css"].path
    assert before != after
    assert NAMED.match(before)
    assert NAMED.match(after)


def test_the_worker_keeps_only_static_files_and_pages_for_everybody(app: Flask, visitor: Visitor) -> None:
    source = app.test_client().get("/sw.js").text
    kept = json.loads(re.search(r"const KEEP = (\[.*?\]);", source)[1])
    assert "/luring" in kept
    assert {path for path in kept if not NAMED.match(path)} <= {"/luring", "/panduan/luring"}
    for path in kept:
        answer = app.test_client().get(path)
        assert answer.status_code == 200, path
        assert "Set-Cookie" not in answer.headers, path


def test_the_probes_are_never_kept(app: Flask, visitor: Visitor) -> None:
    for path, status in (("/hidup", 204), ("/csrf", 200), ("/petugas/hidup", 204), ("/petugas/csrf", 200)):
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store"), path


def test_the_manifest_names_pictures_that_exist(app: Flask, visitor: Visitor) -> None:
    answer = app.test_client().get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    manifest = json.loads(answer.text)
    assert (manifest["lang"], manifest["id"], manifest["start_url"]) == ("id", "/", "/?dari=layar")
    for picture in [*manifest["icons"], *manifest["screenshots"]]:
        assert app.test_client().get(picture["src"]).mimetype == "image/png"


def test_only_our_own_script_gets_a_place_instead_of_a_redirect(app: Flask, visitor: Visitor) -> None:
    app.add_url_rule("/uji-lari", "uji_lari", lambda: app.redirect("/luring", 303))
    client = app.test_client()
    assert client.get("/uji-lari").status_code == 303
    told = client.get("/uji-lari", headers={"X-Outbox": "1"})
    assert (told.status_code, told.headers["X-Outbox-Next"], told.data) == (200, "/luring", b"")
    assert "Location" not in told.headers


@pytest.mark.parametrize(("status", "told"), [(422, 200), (400, 200), (200, 200), (429, 429), (503, 503)])
def test_the_outbox_learns_what_can_be_waited_for(
    app: Flask, visitor: Visitor, status: int, told: int
) -> None:
    app.add_url_rule("/uji-jawab", "uji_jawab", lambda: ("isi", status))
    answer = app.test_client().get("/uji-jawab", headers={"X-Outbox": "1"})
    assert answer.status_code == told
    assert answer.headers.get("X-Outbox-Status") == (str(status) if told == 200 else None)
