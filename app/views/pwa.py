"""What makes the site an app on the phone: manifest, service worker, the page without signal, and two small probes."""

from __future__ import annotations

import hashlib
import json
from typing import cast

from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request
from flask_wtf.csrf import generate_csrf

from app.views import guide
from app.views.assets import Asset, asset

pages = Blueprint("pwa", __name__)

#: Everything that a phone may keep. Nothing else is ever stored, least of all a page about a person
#: (`Cache-Control: no-store` does not stop a service worker). Pages that do not exist (yet) are left out.
OFFLINE_PAGE = "/luring"
PRECACHE = (OFFLINE_PAGE, "/panduan/luring")
PRECACHE_FILES = ("app.css", "app.js", "mark.svg")
#: Where a phone leaves its push address (JSON of PushSubscription.toJSON(), CSRF token as header X-CSRFToken).
PUSH_PATH = "/saya/kabar/langganan"
#: Where the service worker says what was shown and what was opened.
RECEIPT_PATH = "/push/terima"
#: A step sends its answers with fetch, which cannot read where a redirect leads. With this request header our own
#: script gets the place (or the status) in headers instead. Other sites cannot set it without our consent (CORS).
OUTBOX_HEADER = "X-Outbox"
OUTBOX_NEXT = "X-Outbox-Next"
OUTBOX_STATUS = "X-Outbox-Status"
#: Worth waiting for: the script sends again by itself.
TEMPORARY = {408, 425, 429}

THEME = "#0b4a57"
GROUND = "#faf6ee"


@pages.get("/sw.js")
def worker() -> Response:
    """The service worker. Its bytes change when anything that it keeps changes, so that phones renew it.

    Browsers ask for it after every page. With `no-cache` that was as many requests again, and 15 KB of a prepaid data
    pack for one registration; app.js therefore registers it with updateViaCache "all", and an hour is believed.
    """
    source = _worker(current_app)
    response = make_response(source)
    response.mimetype = "text/javascript"
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.set_etag(hashlib.sha256(source.encode()).hexdigest()[:12], weak=True)
    response.make_conditional(request)
    return response


@pages.get("/manifest.webmanifest")
def manifest() -> Response:
    """The web app manifest."""
    response = make_response(json.dumps(_manifest(), ensure_ascii=False))
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@pages.get(OFFLINE_PAGE)
def offline() -> Response:
    """What is shown when there is no signal. The same for everybody: it is kept on the phone."""
    response = make_response(
        render_template("pwa/luring.html", guide=_exists(current_app, "/panduan/luring"))
    )
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.get("/hidup")
@pages.get("/petugas/hidup")
def alive() -> Response:
    """Nothing, quickly: asked by pages that want to know whether the office can be reached."""
    response = Response(status=204)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/csrf")
@pages.get("/petugas/csrf")
def token() -> Response:
    """A fresh CSRF token for a page that waited long: `{"token": "..."}`."""
    response = make_response({"token": generate_csrf()})
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.after_app_request
def tell_outbox(response: Response) -> Response:
    """Turn a redirect into headers that our own script can read (see OUTBOX_HEADER).

    Any other page (a mistake, a new PIN) goes as it is: the script puts it in the place of the one that was sent.
    """
    status = response.status_code
    if OUTBOX_HEADER not in request.headers or status >= 500 or status in TEMPORARY:
        return response
    if 300 <= status < 400 and response.location:
        response.headers[OUTBOX_NEXT] = response.location
        del response.headers["Location"]
        response.set_data(b"")
    response.headers[OUTBOX_STATUS] = str(status)
    response.status_code = 200
    return response


def _exists(app: Flask, path: str) -> bool:
    return any(rule.rule == path for rule in app.url_map.iter_rules())


def _worker(app: Flask) -> str:
    kept = cast("str | None", app.extensions.get("pwa_worker"))
    if kept is None:
        kept_pages = [path for path in PRECACHE if _exists(app, path)]
        files = [asset(name) for name in PRECACHE_FILES]
        # Pages have no hash in their name: what they say is part of the version.
        said = render_template("pwa/luring.html", guide=True) + guide.offline_page()
        parts = {
            "files": kept_pages + files,
            "offline": OFFLINE_PAGE,
            "icon": asset("icons/192.png"),
            "badge": asset("icons/badge.png"),
            "push": PUSH_PATH,
            "receipts": RECEIPT_PATH,
        }
        source = render_template("pwa/sw.js", version="", **parts)
        version = hashlib.sha256((source + said).encode()).hexdigest()[:12]
        kept = render_template("pwa/sw.js", version=version, **parts)
        app.extensions["pwa_worker"] = kept
    return kept


def _manifest() -> dict[str, object]:
    assets: dict[str, Asset] = current_app.extensions["assets"]
    icons = [
        {"src": asset(f"icons/{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any"}
        for size in (192, 512)
    ]
    maskable = {
        "src": asset("icons/512-maskable.png"),
        "sizes": "512x512",
        "type": "image/png",
        "purpose": "maskable",
    }
    # Pictures without an office's name, at one pixel per pixel: the install sheet of a prepaid phone fetches them.
    screenshots = [
        {"src": one.path, "sizes": "360x640", "type": "image/png", "form_factor": "narrow", "label": label}
        for name, label in (
            ("shots/mulai.png", "Halaman mulai"),
            ("shots/langkah.png", "Langkah demi langkah"),
        )
        if (one := assets.get(name))
    ]
    return {
        "id": "/",
        "name": "Gelombang: daftar pelatihan kerja",
        "short_name": "Gelombang",
        "description": "Daftar pelatihan kerja dari HP, lihat hasilnya, dan jangan lewatkan batas waktunya.",
        "lang": "id",
        "dir": "ltr",
        "start_url": "/?dari=layar",
        "scope": "/",
        "display": "standalone",
        "theme_color": THEME,
        "background_color": GROUND,
        "icons": [*icons, maskable],
        "screenshots": screenshots,
    }
