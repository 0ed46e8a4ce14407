"""The real pages on a phone of one's own: kept on the screen, asked about push at the right moment, deaf and mended."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.channels.web_push import Kind, Outcome
from app.models import Application, Consent, PushSubscription
from app.services import delivery, subscriptions
from app.views.push import public_key
from tests.browser.conftest import Live, Window
from tests.browser.journey import walk
from tests.browser.test_pwa import ready
from tests.browser.test_saya import looked_at, screen
from tests.conftest import NOW
from tests.pages import Visitor
from tests.states import owner, sent
from tests.worker.phones import Phone, tell
from tests.worker.test_push_pages import as_json

pytestmark = pytest.mark.browser

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"
)
CHROME_THERE = SAFARI.replace("Version/17.5", "CriOS/126.0.6478.54")
RECEIPT, STATUS, INBOX, CHOICE = "/daftar/selesai", "/saya", "/saya/kabar", "/saya/kabar/atur"
OFFER = """() => {
  const offer = new Event('beforeinstallprompt', {cancelable: true});
  offer.prompt = () => { window.asked = true; };
  dispatchEvent(offer);
}"""


@pytest.fixture
def siti(live: Live, wave: object) -> Visitor:
    """Siti has registered on this phone."""
    visitor = Visitor(live.app, live.url)
    sent(visitor)
    return visitor


def permit(page: Page, state: str) -> None:
    """What the browser remembers of its owner's answer; a headless Chromium cannot be asked."""
    page.context.add_init_script(
        f"Object.defineProperty(Notification, 'permission', {{get: () => '{state}'}});"
        f"Notification.requestPermission = async () => '{'granted' if state == 'default' else state}';"
    )


# kept on the screen ---------------------------------------------------------------------------


def test_the_card_to_install_stands_where_there_is_something_to_come_back_for(
    live: Live, window: Window, wave: object
) -> None:
    page = window(360, 640)
    card = page.locator("[data-install]")
    for name in walk(page):
        assert card.count() == (name == "selesai"), name
    expect(card).to_be_hidden()
    page.evaluate(OFFER)
    expect(card).to_be_visible()
    page.goto(STATUS)
    expect(card).to_be_hidden()
    page.evaluate(OFFER)
    card.get_by_role("button", name="Simpan di layar").click()
    assert page.evaluate("window.asked") is True
    expect(card).to_be_hidden()


def test_install_later_lasts_a_week(window: Window, siti: Visitor) -> None:
    page = screen(window, siti)
    card = page.locator("[data-install]")
    page.goto(STATUS)
    page.evaluate(OFFER)
    card.get_by_role("button", name="Nanti saja").click()
    for path in (RECEIPT, STATUS):
        page.goto(path)
        page.evaluate(OFFER)
        expect(card).to_be_hidden()
    page.evaluate("localStorage.pasang = Date.now() - 8 * 864e5")
    page.goto(STATUS)
    page.evaluate(OFFER)
    expect(card).to_be_visible()


@pytest.mark.parametrize("agent", [SAFARI, CHROME_THERE], ids=["Safari", "Chrome"])
def test_an_iphone_is_told_how_and_that_it_must_sign_in_again(
    window: Window, axe: Any, siti: Visitor, agent: str
) -> None:
    page = screen(window, siti, user_agent=agent)
    page.context.add_init_script("delete window.PushManager")  # as in a tab there
    for path in (RECEIPT, STATUS, INBOX, CHOICE):
        page.goto(path)
        card = page.locator("[data-ios]")
        expect(card).to_contain_text("Tambah ke Layar Utama")
        expect(card).to_contain_text("masuk sekali lagi: siapkan NIK, PIN, dan kunci")
        expect(page.locator("[data-push]")).to_be_hidden()
        looked_at(page, axe)
    page.goto("/")
    expect(page.locator("[data-ios]")).to_have_count(0)
    page.goto(STATUS)
    page.locator("[data-ios]").get_by_role("button", name="Nanti saja").click()
    page.goto(RECEIPT)
    expect(page.locator("[data-ios]")).to_be_hidden()
    page.goto(CHOICE)  # here somebody looks for it
    expect(page.locator("[data-ios]")).to_be_visible()


# asked at the right moment --------------------------------------------------------------------


@pytest.mark.parametrize("state", ["default", "granted"])
def test_no_page_asks_by_itself(live: Live, window: Window, wave: object, state: str) -> None:
    """Browsers take it ill, and people say no to what they do not understand yet: only a tap asks."""
    page = window(360, 640)
    asked: list[str] = []
    page.context.expose_binding("asked", lambda _, what: asked.append(what))
    permit(page, state)
    page.context.add_init_script("""
      const noted = (what) => () => { asked(what); return new Promise(() => {}); };
      Notification.requestPermission = noted('requestPermission');
      PushManager.prototype.subscribe = noted('subscribe');
    """)
    for _ in walk(page):
        page.wait_for_load_state("networkidle")
    for path in (STATUS, INBOX, CHOICE, "/saya/izin", "/panduan", "/"):
        page.goto(path, wait_until="networkidle")
    assert asked == []
    page.goto(RECEIPT)
    page.get_by_role("button", name="Ya, kabari saya").click()
    page.wait_for_timeout(300)
    assert asked == ["requestPermission"]  # so the instrument hears


def test_later_lasts_a_week_except_where_push_is_switched_on(window: Window, siti: Visitor) -> None:
    page = screen(window, siti)
    permit(page, "default")
    card = page.locator("[data-push]")
    page.goto(RECEIPT)
    card.get_by_role("button", name="Nanti saja").click()
    for path in (RECEIPT, STATUS, INBOX):
        page.goto(path)
        expect(card).to_be_hidden()
    page.goto(CHOICE)
    expect(card).to_be_visible()
    expect(card.get_by_role("button", name="Nanti saja")).to_have_count(0)
    page.evaluate("localStorage.kabar = Date.now() - 8 * 864e5")
    page.goto(STATUS)
    expect(card).to_be_visible()


def test_a_blocked_phone_is_told_how_to_allow_it_again(window: Window, axe: Any, siti: Visitor) -> None:
    page = screen(window, siti)
    permit(page, "denied")
    for path in (INBOX, CHOICE):
        page.goto(path)
        expect(page.locator("[data-push]")).to_be_hidden()
        expect(page.locator("[data-blocked]")).to_contain_text("Kabar di HP ini sedang diblokir")
        looked_at(page, axe)
    page.goto(STATUS)
    expect(page.locator("[data-push]")).to_be_hidden()
    page.context.add_init_script("delete window.PushManager")
    page.goto(CHOICE)
    expect(page.locator("[data-blocked]")).to_be_hidden()


# deaf, and mended -----------------------------------------------------------------------------


class Service:
    """The push service and what the browser remembers of it: the only thing replaced here."""

    def __init__(self) -> None:
        self.held: dict[str, Any] | None = None
        self.made = 0
        self.dropped = 0

    def call(self, _: object, what: str, key: list[int] | None = None) -> Any:
        if what == "make":
            self.made += 1
            endpoint = f"https://fcm.googleapis.com/fcm/send/uji-{self.made}"
            self.held = as_json(Phone(endpoint)) | {"key": key}
        elif what == "drop":
            self.dropped += 1
            self.held = None
        return self.held


FAKE = """(() => {
  const wrap = (s) => s && { options: { applicationServerKey: Uint8Array.from(s.key).buffer, userVisibleOnly: true },
    unsubscribe: async () => { await uji('drop'); return true; },
    toJSON: () => ({ endpoint: s.endpoint, expirationTime: null, keys: s.keys }) };
  PushManager.prototype.getSubscription = async () => wrap(await uji('get'));
  PushManager.prototype.subscribe = async (o) => wrap(await uji('make', Array.from(o.applicationServerKey)));
})()"""


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def on(window: Window, siti: Visitor, service: Service) -> Page:
    """Siti said yes on the receipt."""
    page = screen(window, siti)
    permit(page, "granted")
    page.context.expose_binding("uji", service.call)
    page.context.add_init_script(FAKE)
    page.goto(RECEIPT)
    page.get_by_role("button", name="Ya, kabari saya").click()
    expect(page.locator("[data-push]")).to_contain_text("Sudah. Kami kabari Anda di HP ini.")
    return page


def endpoints() -> list[str]:
    return [subscriptions.opened(row).endpoint for row in PushSubscription.select()]


def until(ready: Callable[[], bool], page: Page) -> None:
    for _ in range(100):
        if ready():
            return
        page.wait_for_timeout(50)
    pytest.fail("not within 5 s")


def visit(page: Page, path: str = STATUS, *, wanted: bool = True) -> Page:
    """Come back later: the same browser, a new tab. Where push is `wanted` the page tells the office, in silence."""
    tab = page.context.new_page()
    page.close()
    tab.goto(path)
    if wanted:
        until(lambda: tab.evaluate("sessionStorage.langganan") == "1", tab)
    else:
        tab.wait_for_timeout(700)
        assert tab.evaluate("sessionStorage.langganan") is None
    return tab


def fails_with(code: str) -> None:
    """A push leaves, and the service says that there is no such phone any more."""
    tell(owner(Application.get()))
    [claimed] = delivery.claim(10, NOW, timedelta(minutes=1))
    delivery.record([(claimed, Outcome(Kind.GONE, code))], NOW)
    assert endpoints() == []


@pytest.mark.parametrize("code", ["404", "410"])
def test_a_deaf_phone_is_signed_up_again_by_its_next_page(on: Page, service: Service, code: str) -> None:
    fails_with(code)
    service.held = None
    said = Consent.select().where(Consent.purpose == "push").count()
    page = visit(on)
    expect(page.locator("[data-push]")).to_be_hidden()
    assert endpoints() == ["https://fcm.googleapis.com/fcm/send/uji-2"]
    assert Consent.select().where(Consent.purpose == "push").count() == said  # nobody was asked
    visit(page, INBOX)
    assert service.made == 2


def test_what_was_switched_off_here_stays_off(on: Page, service: Service) -> None:
    on.goto(INBOX)
    on.get_by_role("button", name="Matikan di HP ini").click()
    on.get_by_text("Kabar di HP ini sudah dimatikan.").wait_for()
    page = visit(on, wanted=False)
    assert endpoints() == []
    expect(page.locator("[data-push]")).to_be_visible()


def test_switched_off_while_deaf_it_stays_off_too(on: Page, service: Service, siti: Visitor) -> None:
    fails_with("410")
    siti.open("/saya/izin").submit("Simpan", push=False)
    visit(on, wanted=False)
    assert endpoints() == []


def test_a_new_key_of_ours_makes_a_new_subscription(on: Page, service: Service, live: Live) -> None:
    assert service.held is not None
    with live.app.app_context():
        ours = list(base64.urlsafe_b64decode(public_key() + "="))
    assert service.held["key"] == ours
    service.held["key"] = [4] + [0] * 64
    visit(on)
    assert (service.dropped, service.made) == (1, 2)
    assert service.held["key"] == ours
    assert endpoints() == ["https://fcm.googleapis.com/fcm/send/uji-2"]


def test_the_same_key_keeps_the_subscription(on: Page, service: Service) -> None:
    visit(on)
    assert (service.dropped, service.made) == (0, 1)
    assert endpoints() == ["https://fcm.googleapis.com/fcm/send/uji-1"]


#: What a browser sends its worker when it replaces or loses a subscription. No script can make a trusted event, so the
#: waiting is replaced, and where the worker subscribes there is no service.
CHANGED = """async ([kind, told]) => {
  const sub = { toJSON: () => told };
  const made = [];
  PushManager.prototype.subscribe = async (o) => { made.push(o); return sub; };
  const event = new ExtendableEvent('pushsubscriptionchange');
  const waits = [];
  event.waitUntil = (what) => waits.push(what);
  if (kind === 'new') event.newSubscription = sub;
  if (kind === 'old') event.oldSubscription = { options: { userVisibleOnly: true, applicationServerKey: 'kunci' } };
  self.dispatchEvent(event);
  await Promise.all(waits);
  return made;
}"""


@pytest.mark.parametrize(
    ("kind", "made", "told"),
    [
        ("new", [], True),
        ("old", [{"userVisibleOnly": True, "applicationServerKey": "kunci"}], True),
        ("neither", [], False),
    ],
)
def test_a_worker_tells_the_office_what_its_browser_changed(
    on: Page, service: Service, kind: str, made: list[Any], told: bool
) -> None:
    ready(on)
    [worker] = on.context.service_workers
    changed = as_json(Phone("https://fcm.googleapis.com/fcm/send/diganti"))
    assert worker.evaluate(CHANGED, [kind, changed]) == made
    assert endpoints() == [f"https://fcm.googleapis.com/fcm/send/{'diganti' if told else 'uji-1'}"]


def test_a_worker_does_not_switch_on_what_was_switched_off(on: Page, service: Service) -> None:
    on.goto(INBOX)
    on.get_by_role("button", name="Matikan di HP ini").click()
    on.get_by_text("Kabar di HP ini sudah dimatikan.").wait_for()
    ready(on)
    [worker] = on.context.service_workers
    changed = as_json(Phone("https://fcm.googleapis.com/fcm/send/diganti"))
    worker.evaluate(CHANGED, ["new", changed])
    assert endpoints() == []
