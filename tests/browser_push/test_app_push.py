"""The whole way of a notice: a person says yes on the receipt, the office publishes, a real browser shows the words.

The application is the real one on http://localhost:PORT, the outbox and its sender are the real ones. Firefox is
served by the worker as a process of its own. Chromium's endpoint is on a public host that only a connector can lead
to the local receiver, so there the worker's own loop runs in this process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from app import db, flow, worker
from app.channels.web_push import Sender
from app.config import Settings
from app.models import Application, Consent, Deadline, Delivery, Notice, PushSubscription, Wave
from app.rules import local_time
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import deadlines, result_entry, results, wave_control
from app.services.ledger import Actor
from app.services.office import OfficeFacts
from tests import walking
from tests.conftest import NOW
from tests.pages import Visitor
from tests.receivers import require_browser
from tests.receivers.autopush import DELIVERED, Autopush
from tests.receivers.background import LoopThread
from tests.receivers.chromium import Chromium
from tests.receivers.firefox import Firefox
from tests.receivers.gcm import Gcm
from tests.servers import free_port
from tests.services.people import officer
from tests.worker.run import RunningClock, process

pytestmark = pytest.mark.only_on("sqlite")

RESULT = "Hasil Gelombang 4 sudah keluar"
TEST = "Ini kabar percobaan"
WAIT = 20

#: Functions' bodies for the page; `await` works in them.
OPT_IN = """
const pause = () => new Promise(done => setTimeout(done, 50));
const card = document.querySelector('[data-push]');
for (let turn = 0; turn < 200 && card.hidden; turn++) await pause();
if (card.hidden) return 'the card stays hidden';
card.querySelector('.btn').click();
const say = card.querySelector('[role=status]');
for (let turn = 0; turn < 200 && !say.textContent; turn++) await pause();
return say.textContent;
"""
SHOWN = """
const worker = await navigator.serviceWorker.ready;
return (await worker.getNotifications()).map(n => [n.title, n.body, n.data.to]);
"""
UNSUBSCRIBE = """
const worker = await navigator.serviceWorker.ready;
return (await worker.pushManager.getSubscription()).unsubscribe();
"""
READ = "return document.querySelector('main').innerText;"
PRESS_TEST = "document.querySelector('form[action=\"/saya/kabar/tes\"] button').click();"

Run = Callable[[str], Any]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: the test looks at the answers."""


@pytest.fixture
def clock() -> RunningClock:
    return RunningClock(NOW)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, public_url=f"http://localhost:{free_port()}", push_loopback=True)


@pytest.fixture
def site(app: Flask, office: OfficeFacts, settings: Settings) -> Iterator[str]:
    port = int(settings.public_url.rpartition(":")[2])
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield settings.public_url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cookies(app: Flask, site: str) -> str:
    """Siti has registered on this phone; a script that gives a browser her cookies."""
    times = {"opens_at": NOW - timedelta(days=6), "closes_at": NOW + timedelta(days=1), "created_at": NOW}
    Wave.create(number=4, quota=164, announce_at=NOW + timedelta(days=2), **times)
    siti = Visitor(app, site)
    walking.register(siti)
    kept = [siti.http.get_cookie(name, "localhost") for name in ("sesi", "hp")]
    return "".join(f"document.cookie = '{one.key}={one.value}; path=/';" for one in kept if one)


def publish(clock: RunningClock) -> None:
    """The office closes the wave, sets Siti's result, and a second officer has it published at once."""
    Wave.update(closes_at=clock.now()).execute()
    wave_control.close_due(clock.now())
    first, second = (Actor("staff", officer(name, "manager")) for name in ("tono", "rina"))
    outcome = result_entry.Outcome(State.SELECTED, Reason.CENTRAL_RESULT)
    siti = Application.get()
    result_entry.set_one(siti.id, outcome, result_entry.mark(None), first, clock.now())
    results.schedule_publication(Wave.get(), clock.now(), second, clock.now())


def until(ready: Callable[[], Any], what: str) -> Any:
    """What `ready()` gives once it is true; the worker and the browser are other processes."""
    last = time.monotonic() + WAIT
    while not (found := ready()):
        assert time.monotonic() < last, f"{what}: not within {WAIT} s"
        time.sleep(0.05)
    return found


def the_whole_way(
    goto: Callable[[str], None],
    run: Run,
    cookies: str,
    clock: RunningClock,
    works: Callable[[], AbstractContextManager[object]],
    heard: Callable[[int], None],
    site: str,
) -> None:
    """`works()` runs a worker while it is entered; `heard(n)` waits until the browser has shown n messages."""
    goto("/luring")
    run(cookies)
    goto("/daftar/selesai")
    assert run(OPT_IN) == "Sudah. Kami kabari Anda di HP ini."
    [phone] = PushSubscription.select()
    assert phone.device_id is not None

    publish(clock)
    with works():
        heard(1)
        until(lambda: Delivery.select().where(Delivery.state == "shown").exists(), "the first receipt")
    assert run(SHOWN) == [[RESULT, "Ketuk untuk melihat.", f"{site}/saya"]]
    assert Application.get().state == "selected"

    goto("/saya/kabar")
    assert RESULT in run(READ)
    run(PRESS_TEST)
    until(lambda: Notice.select().where(Notice.kind == "test").exists(), "the test notice")
    with works():
        heard(2)
    assert sorted(title for title, _, _ in run(SHOWN)) == [RESULT, TEST]

    # Her training is due in three days: the reminder of this morning.
    due = local_time.local_day(clock.now(), "WIB") + timedelta(days=3)
    end, selected = local_time.end_of_day(due, "WIB"), clock.now() - timedelta(days=5)
    Deadline.update(due_at=end, created_at=selected).where(Deadline.kind == "buy_first_training").execute()
    assert deadlines.remind_due(clock.now()) == 1
    with works():
        heard(3)
    said = f"Batas waktu Anda: {local_time.long_day(end, 'WIB')}"
    assert sorted(title for title, _, _ in run(SHOWN)) == sorted([RESULT, TEST, said])

    # The browser goes without telling us: the push service says so, and the row goes too.
    assert run(UNSUBSCRIBE) is True
    goto("/saya/kabar")
    run(PRESS_TEST)
    until(lambda: Notice.select().where(Notice.kind == "test").count() == 2, "the second test notice")
    with works():
        until(lambda: not PushSubscription.select().exists(), "the end of the subscription")
    ends = ["gone", "shown", "shown", "shown"]
    until(lambda: sorted(row.state for row in Delivery.select()) == ends, "the receipts")
    goto("/saya/kabar")
    assert RESULT in run(READ)

    # The next visit, and the phone rings again: nobody is asked twice.
    asked = Consent.select().where(Consent.purpose == "push").count()
    run("sessionStorage.clear()")  # a new visit
    goto("/saya")
    until(lambda: PushSubscription.select().exists(), "the new subscription")
    assert Consent.select().where(Consent.purpose == "push").count() == asked
    assert run("return document.querySelector('[data-push]').hidden") is True
    goto("/saya/kabar")
    run(PRESS_TEST)
    until(lambda: Notice.select().where(Notice.kind == "test").count() == 3, "the third test notice")
    with works():
        heard(4)


@pytest.mark.firefox
def test_firefox(site: str, cookies: str, settings: Settings, clock: RunningClock) -> None:
    program = require_browser("firefox-esr", "firefox")
    with Autopush(clock.now) as service, Firefox(service.websocket_url, program=program) as firefox:

        def run(body: str) -> Any:
            return firefox.run(f"return (async () => {{ {body} }})()")

        def heard(count: int) -> None:
            service.wait_for_ack(DELIVERED, count)
            until(lambda: len(run(SHOWN)) == count, f"{count} notifications")

        the_whole_way(
            goto=lambda path: firefox.goto(site + path),
            run=run,
            cookies=cookies,
            clock=clock,
            works=lambda: process(settings, clock.now()),
            heard=heard,
            site=site,
        )
        assert [came.status for came in service.received] == [201, 201, 201, 410, 201]
        assert len({len(came.body) for came in service.received}) == 1


@pytest.mark.browser
def test_chromium(site: str, cookies: str, settings: Settings, clock: RunningClock) -> None:
    program = require_browser("chromium", "chromium-browser")
    with (
        Gcm(clock.now) as service,
        Chromium(service, program=program) as chromium,
        InProcess(settings, clock, service) as works,
    ):
        page = chromium.open(site + "/luring")

        def heard(count: int) -> None:
            # Chromium's getNotifications() forgets a notification that it finds half shown: ask the worker first.
            [own] = chromium.context.service_workers
            until(lambda: own.evaluate("self.told") == count, f"{count} notifications")

        def run(body: str) -> Any:
            answer = page.evaluate(f"async () => {{ {body} }}")
            if body == OPT_IN:
                service.wait_for_browser()
                chromium.context.service_workers[0].evaluate(COUNT_SHOWN)
            return answer

        the_whole_way(
            goto=lambda path: page.goto(site + path) and None,
            run=run,
            cookies=cookies,
            clock=clock,
            works=works.once,
            heard=heard,
            site=site,
        )
        assert [came.status for came in service.received] == [201, 201, 201, 410, 201]


COUNT_SHOWN = """() => {
  const show = self.registration.showNotification.bind(self.registration);
  self.told = 0;
  self.registration.showNotification = (...words) => show(...words).then(() => { self.told += 1; });
}"""


class InProcess:
    """The worker's jobs and its outbox in a thread, with a connector that leads Chromium's push host to us."""

    def __init__(self, settings: Settings, clock: RunningClock, service: Gcm) -> None:
        self._settings, self._clock, self._service = settings, clock, service

    def __enter__(self) -> InProcess:
        self._loop = LoopThread().__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run(self._close())
        self._loop.__exit__()

    def once(self) -> AbstractContextManager[object]:
        """Run every job once and empty the outbox."""
        return nullcontext(self._loop.run(self._work()))

    async def _work(self) -> None:
        for job in worker.jobs(self._settings):
            worker.run_job(job, self._clock)
        settings = self._settings
        sender = Sender(
            settings.keys.vapid,
            settings.push_contact,
            settings.push_hosts,
            connector=self._service.connector,
        )
        async with sender:
            await flow.deliver_due(sender, settings.public_url, self._clock)

    async def _close(self) -> None:
        db.database.close()  # this thread's own
