"""`make shots`: walk through the product in Chromium, as an applicant and as staff, and keep a picture of every page.

The example office on a database of its own, served on a free port of this machine; pictures lie beside this file.
With Roboto, the letters of Android phones, where it is installed (Debian: fonts-roboto-unhinted).
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

sys.path.insert(0, str(Path(__file__).parents[2]))

from app import create_app, crypto, db
from app.clock import SystemClock
from app.config import Settings
from app.make_keys import vapid_private_key
from app.models import Application, CallTask, Entry, Wave
from app.services import demo, regions
from app.views.privacy import NOTICE
from tests.browser.conftest import ARGS
from tests.browser.journey import fill, walk
from tests.receivers import require_browser
from tests.servers import free_port
from tests.walking import SITI

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


def keep(page: Page, name: str) -> None:
    """One picture of the whole page, and for the README one of its first screen."""
    page.wait_for_load_state()
    page.screenshot(path=HERE / f"{name}.png", full_page=True, animations="disabled")
    if name in SCREENFULS:
        page.screenshot(path=HERE / f"layar-{name}.png", animations="disabled")
    print(f"{name}.png")


def applicant(browser: Browser, url: str) -> None:
    """Siti registers, looks at her status, and reads on."""
    page = window(browser, url, PHONE)

    def filled(slug: str) -> None:
        if slug == "identitas":  # for the README: the numbers are read back as on the card
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=HERE / "layar-pendaftar-04-identitas.png", animations="disabled")

    for n, slug in enumerate(walk(page, look=filled)):
        keep(page, f"pendaftar-{n + 1:02}-{slug}")
    for path in ("saya", "saya/kabar", "panduan", "daftar/bukti", "privasi"):
        if page.goto(f"/{path}").status == 200:
            keep(page, f"pendaftar-20-{path.replace('/', '-')}")
    wrong = window(browser, url, PHONE)
    for slug in walk(wrong):
        if slug == "identitas":
            break
    fill(wrong, SITI["identitas"] | {"nik": "359901 570488 003", "lahir-b": ""})
    wrong.get_by_role("button", name="Lanjut", exact=True).click()
    wrong.locator(".oops").wait_for()
    keep(wrong, "pendaftar-30-identitas-salah")
    for path in ("masuk", "luring", "tidak-ada"):
        wrong.goto(f"/{path}")
        keep(wrong, f"pendaftar-31-{path}")
    keep_dark = window(browser, url, PHONE, dark=True)
    keep_dark.goto("/")
    keep(keep_dark, "pendaftar-32-mulai-gelap")


def public(browser: Browser, url: str) -> None:
    """What anybody reads of the waves: drawn and over, told by the centre, open; and one number looked up."""
    page = window(browser, url, PHONE)
    for number in (2, 3, 4):
        look(page, f"/gelombang/{number}", f"umum-01-gelombang-{number}")
        look(page, f"/gelombang/{number}/undian", f"umum-02-undian-{number}")
    look(page, "/gelombang", "umum-03-semua")
    page.goto("/gelombang/2/undian")
    page.get_by_label("Cari nomor undian").fill(Entry.select().where(Entry.via != "").first().entry)
    page.get_by_role("button", name="Cari").click()
    page.locator("#hasil .sum").wait_for()
    keep(page, "umum-04-nomor")
    paper = window(browser, url, (800, 1100))
    look(paper, "/gelombang/4/poster", "umum-05-poster")


def staff(browser: Browser, url: str, people: dict[str, demo.SignIn]) -> None:
    """A manager signs in, searches, opens a person and a wave."""
    for size, name in ((TABLET, "petugas"), (UPRIGHT, "petugas-tegak")):
        page = window(browser, url, size)
        page.goto("/petugas/masuk")
        keep(page, f"{name}-01-masuk")
        sign_in(page, people["ratna.wulandari" if size == TABLET else "dewi.anggraini"])
        keep(page, f"{name}-02-beranda")
        someone = Application.select().where(Application.state == "needs_fix").first()
        page.goto("/petugas/cari")
        page.locator("main [name=q], main [type=search]").first.fill(someone.applicant.name.split()[0])
        page.locator("main form button").first.click()
        keep(page, f"{name}-03-cari")
        look(page, f"/petugas/pendaftar/{someone.id}", f"{name}-04-pendaftar")
        look(page, "/petugas/gelombang", f"{name}-05-gelombang")
        for wave in Wave.select().order_by(Wave.number):
            look(page, f"/petugas/gelombang/{wave.number}", f"{name}-06-gelombang-{wave.number}")
        if size == TABLET:  # the officer of the other size sees one district, in which nobody may wait
            look(page, "/petugas/posko", f"{name}-09-posko")
            look(page, "/petugas/akun", f"{name}-10-akun")
            look(page, "/petugas/telepon", f"{name}-07-telepon")
            look(page, f"/petugas/telepon/{_to_call()}", f"{name}-08-menelepon")


def _to_call() -> int:
    """The entry of the call list that waits longest."""
    waiting = CallTask.select().where((CallTask.state == "open") & (CallTask.why == "notice"))
    return int(waiting.order_by(CallTask.created_at).get().id)


def sign_in(page: Page, person: demo.SignIn) -> None:
    """Two pages: password, then six digits."""
    page.locator("[name=nama]").fill(person.username)
    page.locator("[name=sandi]").fill(person.password)
    page.locator("main form button").first.click()
    page.locator("[name=kode]").fill(pyotp.TOTP(person.totp_secret).now())
    page.locator("main form button").first.click()
    page.wait_for_url("**/petugas")


def look(page: Page, path: str, name: str) -> None:
    """Open and keep."""
    page.goto(path)
    keep(page, name)


def main(parts: list[str]) -> None:
    """All pictures, or those of the parts that are named (applicant, public, staff)."""
    walks: dict[str, Callable[..., None]] = {"applicant": applicant, "public": public, "staff": staff}
    with (
        served() as (url, people),
        sync_playwright() as playwright,
        tempfile.NamedTemporaryFile("w") as fonts,
    ):
        fonts.write(FONTS)
        fonts.flush()
        program = require_browser("chromium", "chromium-browser", "google-chrome")
        letters: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": fonts.name}
        browser = playwright.chromium.launch(executable_path=program, args=ARGS, env=letters)
        for name in parts or list(walks):
            walks[name](browser, url, *([people] if name == "staff" else []))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
