"""What the walks share: the example office on a socket, windows of one size, a picture of what is seen.

With Roboto, the letters of Android phones, where it is installed (Debian: fonts-roboto-unhinted).
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

from palette import pack
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

sys.path.insert(0, str(Path(__file__).parents[2]))

from app import create_app, crypto, db
from app.clock import SystemClock
from app.config import Settings
from app.make_keys import vapid_private_key
from app.services import demo, regions
from app.views.privacy import NOTICE
from tests.browser.conftest import ARGS
from tests.receivers import require_browser
from tests.servers import free_port

HERE = Path(__file__).parent
PHONE, TABLET, UPRIGHT = (360, 640), (1024, 768), (768, 1024)


#: What Chromium asks fontconfig for where a page says "system-ui"; on a phone with Android it is Roboto.
FONTS = (
    """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>"""
    + "".join(
        f"""<match target="pattern"><test name="family"><string>{name}</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Roboto</string></edit></match>"""
        for name in ("system-ui", "sans-serif", "sans")
    )
    + "</fontconfig>"
)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[tuple[str, dict[str, demo.SignIn]]]:
    """The example office on a socket; yields its address and the sign-ins of its people."""
    with tempfile.TemporaryDirectory() as folder:
        keys = crypto.Keys.make(vapid_private_key()).to_json()
        url = f"http://127.0.0.1:{free_port()}"
        environ = {"GELOMBANG_ENVIRONMENT": "development", "GELOMBANG_KEYS": keys, "GELOMBANG_VAR": folder}
        settings = replace(Settings.from_env(os.environ | environ), public_url=url)
        app = create_app(settings, SystemClock())
        db.migrate_up()
        regions.load(db.database)
        people = {person.username: person for person in demo.fill(NOTICE, SystemClock().now())}
        server = make_server(
            "127.0.0.1", int(url.rpartition(":")[2]), app, threaded=True, request_handler=_Quiet
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield url, people
        server.shutdown()


def window(browser: Browser, url: str, size: tuple[int, int], dark: bool = False) -> Page:
    """A page of this size."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1,
        is_mobile=size == PHONE,
        has_touch=True,
        locale="id-ID",
        timezone_id="Asia/Jakarta",
        color_scheme="dark" if dark else "light",
    )
    return context.new_page()


#: Pages that the README shows as a screenful, beside the whole page.
SCREENFULS = (
    "pendaftar-01-mulai",
    "pendaftar-15-selesai",
    "pendaftar-20-saya",
    "petugas-02-beranda",
)


#: What was taken, to be packed when the walk is over.
TAKEN: list[Path] = []


def keep(page: Page, name: str) -> None:
    """One picture of the whole page, and for the README one of its first screen."""
    page.wait_for_load_state()
    take(page, name, full_page=True)
    if name in SCREENFULS:
        take(page, f"layar-{name}")
    print(f"{name}.png")


def take(page: Page, name: str, full_page: bool = False) -> None:
    """A picture of the screen, or of the whole page."""
    path = HERE / f"{name}.png"
    page.screenshot(path=path, full_page=full_page, animations="disabled")
    TAKEN.append(path)


def pack_all() -> None:
    """Make every picture that was taken small, on all cores."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for _ in pool.map(pack, TAKEN):
            continue


def look(page: Page, path: str, name: str) -> None:
    """Open and keep."""
    page.goto(path)
    keep(page, name)


def now() -> datetime:
    """The time of the served office."""
    return SystemClock().now()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium without a screen, with the letters of a phone."""
    with sync_playwright() as playwright, tempfile.NamedTemporaryFile("w") as fonts:
        fonts.write(FONTS)
        fonts.flush()
        program = require_browser("chromium", "chromium-browser", "google-chrome")
        letters: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": fonts.name}
        browser = playwright.chromium.launch(executable_path=program, args=ARGS, env=letters)
        yield browser
        browser.close()
