"""The app on the phone, in a real Chromium: without signal, with a network that comes and goes, with a push."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, abort, redirect, render_template_string, request
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server
from wtforms import Form, StringField

from app.config import Settings
from app.services.office import OfficeFacts
from tests.browser.conftest import Live, Window
from tests.browser.measures import too_small
from tests.receivers import require_browser
from tests.receivers.firefox import Firefox
from tests.walking import SITI

pytestmark = pytest.mark.browser

NIK = "3508014107850003"
STEP = """{% extends 'step.html' %}
{% block title %}Data di KTP Anda{% endblock %}
{% block form %}
<h1>Data di KTP Anda</h1>
{{ u.field(form.nama) }}
{{ u.field(form.nik, hint='16 angka.', mode='numeric', cls='num', read=true) }}
{{ u.pin(form.pin) }}
{% endblock %}"""
AFTER = """{% extends 'pub.html' %}
{% block title %}Diterima{% endblock %}
{% block main %}<h1>Diterima</h1>{{ u.ticket('K7RM-4TXP-9', keep=keep) }}{{ u.push(key, on=on, url='/uji/langganan') }}{{ u.install() }}
<form method="post" action="/uji/keluar">{{ u.csrf(csrf_token()) }}<button class="btn">Keluar</button></form>{% endblock %}"""
OUT = """{% extends 'pub.html' %}{% block title %}Keluar{% endblock %}{% block main %}<h1 data-signed-out>Keluar</h1>{% endblock %}"""
#: P-256, uncompressed, base64url: any point does, Chromium only looks at its shape.
KEY = "BDd3_hVL9fZi9Ybo2UUzA284WG5FZR30_95YeZJsiApwXKpNcF1rRPF3foIiBHXRdJI2Qhumhf6_LFTeZaNndIo"


class Step(Form):
    nama = StringField("Nama lengkap")
    nik = StringField("NIK")
    pin = StringField("PIN")


class Office:
    """What the far side of the test pages noticed, and how it should answer next."""

    def __init__(self) -> None:
        self.saved: list[str] = []
        self.subscriptions: list[Any] = []
        self.refuse: list[int] = []
        self.keep, self.on, self.key = True, False, ""


@pytest.fixture
def office_side(live: Live) -> Office:
    """A wizard step, the page after it and signing out, on the real layouts behind the real CSRF protection."""
    seen = Office()

    def step() -> Any:
        if seen.refuse and request.method == "POST":
            abort(seen.refuse.pop(0))
        form = Step(request.form)
        if request.method == "POST" and form.nama.data:
            seen.saved.append(form.nama.data)
            return redirect("/uji/sesudah", 303)
        errors = [("nama", "Isi nama Anda.")] if request.method == "POST" else []
        page = render_template_string(
            STEP,
            form=form,
            errors=errors,
            percent=33,
            step_no=3,
            step_total=9,
            back_href="/",
            saved_at="10.42",
        )
        return page, 422 if errors else 200

    def subscribe() -> Any:
        seen.subscriptions.append(request.get_json())
        return "", 204

    app = live.app
    app.add_url_rule("/uji", "uji", step, methods=["GET", "POST"])
    app.add_url_rule(
        "/uji/sesudah",
        "sesudah",
        lambda: render_template_string(AFTER, keep=seen.keep, on=seen.on, key=seen.key),
    )
    app.add_url_rule("/uji/langganan", "langganan", subscribe, methods=["POST"])
    app.add_url_rule("/uji/keluar", "keluar", lambda: render_template_string(OUT), methods=["POST"])
    return seen


def ready(page: Page) -> None:
    """Wait until the service worker answers for this page."""
    page.evaluate("""() => new Promise((done) => {
      const worker = navigator.serviceWorker;
      if (worker.controller) done();
      else worker.addEventListener('controllerchange', () => done(), {once: true});
    })""")


def kept(page: Page) -> dict[str, Any]:
    """Everything that this site keeps in the browser: caches (paths), storage, databases."""
    return page.evaluate("""async () => {
      const caches_ = [];
      for (const name of await caches.keys())
        for (const r of await (await caches.open(name)).keys()) caches_.push(new URL(r.url).pathname);
      return {caches: caches_.sort(), local: {...localStorage}, session: {...sessionStorage},
              databases: (await indexedDB.databases()).map(d => d.name)};
    }""")


# reading and typing ---------------------------------------------------------------------------


def test_a_nik_is_read_back_while_typing(phone: Page, office_side: Office) -> None:
    phone.goto("/uji")
    read = phone.locator("[data-read=nik]")
    expect(read).to_be_hidden()
    phone.get_by_label("NIK").press_sequentially(NIK[:14])
    assert read.locator("b").all_inner_texts() == ["350801", "410785", "00"]
    phone.get_by_label("NIK").press_sequentially("0312")
    expect(read.locator(".odd")).to_have_text("000312")


def test_a_pin_is_dots_until_asked_and_no_password_field(phone: Page, office_side: Office) -> None:
    phone.goto("/uji")
    pin = phone.locator("#pin")
    assert pin.get_attribute("type") == "text"
    dots = "e => getComputedStyle(e).webkitTextSecurity"
    assert pin.evaluate(dots) == "disc"
    phone.get_by_role("button", name="Lihat PIN").click()
    assert pin.evaluate(dots) == "none"
    phone.get_by_role("button", name="Sembunyikan PIN").click()
    assert pin.evaluate(dots) == "disc"


def test_without_scripts_nothing_promises_what_it_cannot_do(
    phone_without_scripts: Page, office_side: Office
) -> None:
    page = phone_without_scripts
    page.goto("/uji")
    expect(page.locator("[data-peek]")).to_be_hidden()
    page.get_by_label("Nama lengkap").fill("Siti")
    page.get_by_role("button", name="Lanjut").click()
    expect(page.get_by_role("heading", name="Diterima")).to_be_visible()
    for card in ("[data-push]", "[data-install]", "[data-ios]"):
        expect(page.locator(card)).to_be_hidden()
    assert office_side.saved == ["Siti"]


def test_a_mistake_comes_back_as_a_page(phone: Page, office_side: Office) -> None:
    phone.goto("/uji")
    phone.get_by_label("NIK").fill(NIK)
    phone.get_by_role("button", name="Lanjut").click()
    expect(phone).to_have_title("Error: Data di KTP Anda - Gelombang")
    assert phone.evaluate("document.activeElement.className") == "oops"
    assert phone.get_by_label("NIK").input_value() == NIK
    assert phone.locator("[data-read=nik]").inner_text().split() == ["Terbaca:", "350801", "410785", "0003"]


def test_after_a_mistake_back_leads_to_the_question(phone: Page, live: Live, wave: object) -> None:
    """A mistake is no page of the browser's history: Back never ends at "send the form again?"."""
    sent: list[str] = []
    phone.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    phone.goto("/daftar/")
    phone.get_by_role("button", name="Lanjut").click()
    expect(phone).to_have_title("Error: Apakah Anda bisa ikut? - Gelombang")
    phone.get_by_role("button", name="Lanjut").click()  # the page that took the place lives, too
    expect(phone.locator(".oops")).to_be_focused()
    assert len(sent) == 2
    fill(phone, SITI["syarat"])
    phone.get_by_role("button", name="Lanjut").click()
    phone.wait_for_url("**/daftar/persetujuan")
    phone.go_back()
    expect(phone.get_by_role("heading", name="Apakah Anda bisa ikut?")).to_be_visible()
    assert phone.locator("[name=umur][value=ya]").is_checked()
    assert phone.title() == "Apakah Anda bisa ikut? - Gelombang"


def test_a_pin_that_was_made_for_me_is_saved_by_one_more_press(phone: Page, live: Live, wave: object) -> None:
    phone.goto("/daftar/")
    for slug in ("syarat", "persetujuan", "identitas"):
        fill(phone, SITI[slug])
        phone.get_by_role("button", name="Lanjut").click()
        phone.wait_for_url(re.compile(rf"/daftar/(?!{slug}$)"))
    phone.get_by_role("button", name="Simpan PIN").click()
    phone.get_by_role("button", name="Lihat PIN").click()  # the switch lives after a mistake
    expect(phone.get_by_role("button", name="Sembunyikan PIN")).to_be_visible()
    phone.get_by_role("button", name="Buatkan PIN untuk saya").click()
    expect(phone.get_by_role("heading", name="PIN baru untuk Anda")).to_be_visible()
    phone.get_by_role("button", name="Simpan PIN").click()
    phone.wait_for_url("**/daftar/kecamatan")


# no signal ------------------------------------------------------------------------------------


def test_a_step_waits_for_signal_and_sends_itself(phone: Page, office_side: Office) -> None:
    phone.goto("/uji")
    ready(phone)
    phone.get_by_label("Nama lengkap").fill("Siti Marlina")
    phone.context.set_offline(True)
    expect(phone.get_by_text("Tidak ada sinyal. Tetap isi, nanti dikirim.")).to_be_visible()
    phone.get_by_role("button", name="Lanjut").click()
    expect(phone.get_by_role("status").filter(has_text="Belum terkirim.")).to_contain_text(
        "1 halaman menunggu sinyal di HP ini. Jangan tutup atau muat ulang halaman ini."
    )
    assert phone.get_by_label("Nama lengkap").input_value() == "Siti Marlina"
    assert "Siti" not in json.dumps(kept(phone))
    phone.context.clear_cookies()  # the token on the page is void now: a fresh one must be asked for
    phone.context.set_offline(False)
    expect(phone.get_by_role("heading", name="Diterima")).to_be_visible(timeout=10_000)
    assert office_side.saved == ["Siti Marlina"]


def test_a_person_can_send_again_by_hand(phone: Page, office_side: Office, window: Window) -> None:
    phone.goto("/uji")
    office_side.refuse = [503, 429]
    phone.get_by_label("Nama lengkap").fill("Siti")
    phone.get_by_role("button", name="Lanjut").click()
    bar = phone.locator(".bar-top")
    expect(bar).to_contain_text("Kantor kami sedang ramai.")
    bar.get_by_role("button", name="Kirim sekarang").click()
    expect(phone.get_by_role("heading", name="Diterima")).to_be_visible(timeout=20_000)
    assert office_side.saved == ["Siti"]
    window.problems.clear()  # the two refusals were ordered


def test_the_page_without_signal_promises_nothing_that_was_not_sent(phone: Page, office_side: Office) -> None:
    phone.goto("/uji")
    ready(phone)
    phone.get_by_label("Nama lengkap").fill("Siti Marlina")
    phone.context.set_offline(True)
    phone.get_by_role("button", name="Lanjut").click()
    expect(phone.get_by_role("status").filter(has_text="Belum terkirim.")).to_be_visible()
    phone.on("dialog", lambda question: question.accept())
    phone.reload()
    expect(phone.get_by_role("heading", name="HP Anda sedang tidak terhubung")).to_be_visible()
    expect(phone.get_by_text("Halaman yang belum terkirim perlu diisi lagi.")).to_be_visible()
    phone.context.set_offline(False)
    phone.get_by_role("link", name="Coba lagi").click()
    assert phone.get_by_label("Nama lengkap").input_value() == ""


def test_the_page_without_signal_is_whole(
    phone: Page, office_side: Office, axe: Callable[[Page], list[str]]
) -> None:
    phone.goto("/uji/sesudah")
    ready(phone)
    phone.context.set_offline(True)
    phone.goto("/uji")
    expect(phone.get_by_role("heading", name="HP Anda sedang tidak terhubung")).to_be_visible()
    assert phone.locator("[data-nomor]").inner_text().split("\n")[-1] == "K7RM-4TXP-9"
    assert phone.locator(".btn").first.evaluate("e => getComputedStyle(e).minHeight") == "52px"
    assert axe(phone) == []
    assert too_small(phone) == []
    phone.context.set_offline(False)
    phone.get_by_role("link", name="Coba lagi").click()
    expect(phone.get_by_role("heading", name="Data di KTP Anda")).to_be_visible()


def test_the_phone_keeps_a_fixed_list_and_one_code(phone: Page, office_side: Office) -> None:
    phone.goto("/uji")
    ready(phone)
    phone.get_by_label("Nama lengkap").fill("Siti Marlina")
    phone.get_by_label("NIK").fill(NIK)
    phone.get_by_role("button", name="Lanjut").click()
    expect(phone.get_by_role("heading", name="Diterima")).to_be_visible()
    found = kept(phone)
    pages = [path for path in found["caches"] if not path.startswith("/static/")]
    assert set(pages) <= {"/luring", "/panduan/luring"}
    assert found["local"] == {"nomor": "K7RM-4TXP-9"}
    assert (found["session"], found["databases"]) == ({}, [])
    phone.get_by_role("button", name="Keluar").click()
    expect(phone.get_by_role("heading", name="Keluar")).to_be_visible()
    assert kept(phone)["local"] == {}


def test_signing_out_without_signal_forgets_the_code(phone: Page, office_side: Office) -> None:
    phone.goto("/uji/sesudah")
    ready(phone)
    assert kept(phone)["local"] == {"nomor": "K7RM-4TXP-9"}
    phone.context.set_offline(True)
    with phone.expect_event("requestfailed"):
        phone.get_by_role("button", name="Keluar").click(no_wait_after=True)
    phone.context.set_offline(False)
    phone.goto("/luring")
    assert kept(phone)["local"] == {}


def test_a_shared_phone_remembers_nothing(phone: Page, office_side: Office) -> None:
    office_side.keep = False
    phone.goto("/uji/sesudah")
    assert kept(phone)["local"] == {}


def test_the_worker_is_not_asked_for_with_every_page(phone: Page, office_side: Office, live: Live) -> None:
    asked: list[str] = []
    inner = live.app.wsgi_app

    def counting(environ: Any, start: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        return inner(environ, start)

    live.app.wsgi_app = counting
    phone.goto("/uji")
    ready(phone)
    for _ in range(3):
        phone.goto("/uji/sesudah")
        phone.goto("/uji")
    phone.wait_for_timeout(1500)  # Chromium asks a second after a page, not with it
    assert asked.count("/sw.js") == 1
    assert len([path for path in asked if path.startswith("/static/app.")]) == 2


def test_the_first_load_of_a_step_is_small(phone: Page, office_side: Office) -> None:
    cdp = phone.context.new_cdp_session(phone)
    cdp.send("Network.enable")
    sizes: dict[str, float] = {}
    kinds: dict[str, str] = {}
    cdp.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
    cdp.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    phone.goto("/uji", wait_until="networkidle")
    read = sum(size for key, size in sizes.items() if kinds.get(key) in ("Document", "Stylesheet"))
    assert 0 < read <= 14_600


def fill(page: Page, answers: dict[str, Any]) -> None:
    """Answer one page of the real wizard, with everything unfolded."""
    for folded in page.locator("details:not([open]) > summary").all():
        folded.click()
    for name, given in answers.items():
        for value in given if isinstance(given, list) else [given]:
            exact = f"[name='{name}'][value='{value}']"
            box = page.locator(f"[name='{name}']").first
            kind = box.evaluate("e => e.type")
            if kind in ("radio", "checkbox"):
                (box if value is True else page.locator(exact)).check()
            elif kind == "select-one":
                box.select_option(value)
            else:
                box.fill(value)


def test_after_a_whole_registration_the_phone_knows_one_code(phone: Page, live: Live) -> None:
    """Security threat 19: every cache entry and every store after a full journey, in a browser."""
    phone.goto("/daftar/")
    ready(phone)
    for _ in range(len(SITI)):
        slug = phone.url.rsplit("/", 1)[-1]
        if slug == "periksa":
            break
        fill(phone, SITI[slug])
        phone.locator(".acts .btn").last.click()
        phone.wait_for_url(re.compile(rf"/daftar/(?!{slug}$)"))
    phone.locator("#benar").check()
    phone.get_by_role("button", name="Kirim pendaftaran").click()
    code = phone.locator(".ticket .code").inner_text()
    found = kept(phone)
    assert {p for p in found["caches"] if not p.startswith("/static/")} <= {"/luring", "/panduan/luring"}
    assert (found["local"], found["session"], found["databases"]) == ({"nomor": code}, {}, [])


# the app --------------------------------------------------------------------------------------


def test_it_can_be_installed(phone: Page, office_side: Office) -> None:
    phone.goto("/uji")
    cdp = phone.context.new_cdp_session(phone)
    errors = {error["errorId"] for error in cdp.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert errors <= {"in-incognito"}  # what a test browser is
    manifest = cdp.send("Page.getAppManifest")
    assert manifest["errors"] == []


def test_the_offer_to_install_waits_for_a_tap(phone: Page, office_side: Office) -> None:
    phone.goto("/uji/sesudah")
    card = phone.locator("[data-install]")
    expect(card).to_be_hidden()
    phone.evaluate("""() => {
      const offer = new Event('beforeinstallprompt', {cancelable: true});
      offer.prompt = () => { window.asked = true; };
      dispatchEvent(offer);
      window.held = offer.defaultPrevented;
    }""")
    card.get_by_role("button", name="Simpan di layar").click()
    assert phone.evaluate("[window.held, window.asked]") == [True, True]
    expect(card).to_be_hidden()


def test_an_iphone_is_told_how(window: Window, office_side: Office) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"
    page = window(390, 844, user_agent=agent)
    page.goto("/uji/sesudah")
    expect(page.locator("[data-ios]")).to_be_visible()
    expect(page.locator("[data-install]")).to_be_hidden()


# push -----------------------------------------------------------------------------------------

#: The push service is the far end of the network: the only thing replaced here.
FAKE_PUSH = """(() => {
  let sub = null;
  const make = (key) => ({options: {applicationServerKey: key.buffer || key},
    unsubscribe: async () => { sub = null; return true; },
    toJSON: () => ({endpoint: 'https://fcm.googleapis.com/fcm/send/uji', keys: {p256dh: 'x', auth: 'y'}})});
  PushManager.prototype.getSubscription = async () => sub;
  PushManager.prototype.subscribe = async (o) => (sub = make(o.applicationServerKey));
})()"""
SENT = {"endpoint": "https://fcm.googleapis.com/fcm/send/uji", "keys": {"p256dh": "x", "auth": "y"}}


@pytest.fixture
def allowed(phone: Page, live: Live) -> Page:
    """A phone whose owner says yes when asked. (A headless Chromium can only be told so beforehand.)"""
    phone.context.grant_permissions(["notifications"], origin=live.url)
    phone.add_init_script(FAKE_PUSH)
    return phone


def test_push_is_asked_for_by_a_tap_and_told_to_the_office(allowed: Page, office_side: Office) -> None:
    office_side.key = KEY
    allowed.goto("/uji/sesudah")
    card = allowed.locator("[data-push]")
    card.get_by_role("button", name="Ya, kabari saya").click()
    expect(card).to_contain_text("Sudah. Kami kabari Anda di HP ini.")
    assert office_side.subscriptions == [SENT]


def test_push_later_hides_the_card(allowed: Page, office_side: Office) -> None:
    office_side.key = KEY
    allowed.goto("/uji/sesudah")
    allowed.get_by_role("button", name="Nanti saja").click()
    expect(allowed.locator("[data-push]")).to_be_hidden()
    assert office_side.subscriptions == []


def test_a_lost_subscription_is_renewed_once_per_visit(allowed: Page, office_side: Office) -> None:
    office_side.key, office_side.on = KEY, True
    for _ in range(3):
        allowed.goto("/uji/sesudah", wait_until="networkidle")
    expect(allowed.locator("[data-push]")).to_be_hidden()
    assert office_side.subscriptions == [SENT]


def test_push_stays_away_where_it_cannot_work(phone: Page, office_side: Office) -> None:
    phone.add_init_script("delete window.PushManager")
    office_side.key = KEY
    phone.goto("/uji/sesudah")
    expect(phone.locator("[data-push]")).to_be_hidden()


def deliver(page: Page, live: Live, data: str) -> list[dict[str, Any]]:
    """Hand the worker a push as the browser would; returns what is shown."""
    cdp = page.context.new_cdp_session(page)
    found: list[str] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda e: found.extend(one["registrationId"] for one in e["registrations"]),
    )
    cdp.send("ServiceWorker.enable")
    page.wait_for_timeout(100)
    cdp.send(
        "ServiceWorker.deliverPushMessage", {"origin": live.url, "registrationId": found[0], "data": data}
    )
    page.wait_for_timeout(300)
    return page.evaluate("""async () => (await (await navigator.serviceWorker.ready).getNotifications())
      .map(n => ({title: n.title, body: n.body, tag: n.tag, to: n.data.to}))""")


@pytest.mark.firefox
def test_firefox_shows_the_page_without_signal(app: Flask, office: OfficeFacts, settings: Settings) -> None:
    """With navigation preload Firefox answers with an error instead of failing, which hides the fallback."""
    require_browser("firefox-esr")
    server = make_server("127.0.0.1", int(settings.public_url.rpartition(":")[2]), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    with Firefox("ws://127.0.0.1:9/") as firefox:
        firefox.goto(f"{settings.public_url}/luring")
        firefox.run("return navigator.serviceWorker.ready.then(() => true)")
        firefox.goto(f"{settings.public_url}/cek")
        assert firefox.run("return !!navigator.serviceWorker.controller")
        server.shutdown()
        thread.join()
        server.server_close()
        firefox.goto(f"{settings.public_url}/posko")
        heading = firefox.run("return document.querySelector('h1').textContent")
    assert heading == "HP Anda sedang tidak terhubung"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (
            {
                "title": "Hasil Gelombang 4 sudah keluar",
                "body": "Ketuk.",
                "navigate": "/saya",
                "tag": "hasil-4",
            },
            {"title": "Hasil Gelombang 4 sudah keluar", "body": "Ketuk.", "to": "/saya", "tag": "hasil-4"},
        ),
        (
            None,
            {
                "title": "Ada kabar dari Gelombang",
                "body": "Ketuk untuk melihat.",
                "to": "/saya/kabar",
                "tag": "kabar",
            },
        ),
    ],
)
def test_a_push_is_always_shown(
    allowed: Page, office_side: Office, live: Live, data: Any, shown: dict[str, str]
) -> None:
    allowed.goto("/uji")
    ready(allowed)
    body = json.dumps({"web_push": 8030, "notification": data}) + " " * 40 if data else "bukan json"
    assert deliver(allowed, live, body) == [shown]
