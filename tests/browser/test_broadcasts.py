"""Telling many, on the manager's tablet in both directions: written, looked at, sent, followed, stopped."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from app.models import Broadcast, Delivery, Notice
from app.rules.broadcast import Sent
from app.rules.states import State
from app.services import broadcast_sending, broadcasts, subscriptions
from app.services.ledger import Actor
from tests.browser.conftest import TABLETS
from tests.staff import rows
from tests.views.test_telling import prove_email
from tests.worker.phones import Phone

pytestmark = pytest.mark.browser
TITLE = "Posko buka hari Sabtu"
BODY = "Sabtu ini posko buka pukul 08.00 sampai 12.00. Bawa KTP dan nomor pendaftaran Anda."


@pytest.fixture
def manager(live, clock):
    """Signed in; of twelve people five have a phone that rings and three an email."""
    for n, one in enumerate(rows.many(12, rows.wave(), State.IN_SELECTION)):
        if n < 5:
            subscriptions.opt_in(
                one.applicant_id, Phone().subscription, device_id=None, label="HP", now=clock.now()
            )
        elif n < 8:
            prove_email(one.applicant_id, f"orang{n}@example.org")
    person = rows.officer(live.app, clock, "dewi.anggraini", "manager")
    person.visitor.base_url = live.url
    person.sign_in()
    return person


def screen(window, live, person, size=(1024, 768), **options) -> Page:
    page = window(*size, **options)
    cookie = next(one for one in person.visitor.http._cookies.values() if one.key == "petugas")
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": f"{live.url}/petugas"}])
    return page


def looked_at(page: Page, axe, name: str) -> None:
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert axe(page) == [], page.url
    folder = os.environ.get("GELOMBANG_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"siaran-{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("size", TABLETS.values(), ids=TABLETS)
def test_from_the_first_word_to_the_stop(window, live, manager, axe, monkeypatch, size):
    monkeypatch.setattr(broadcast_sending, "CHUNK", 3)
    monkeypatch.setattr(broadcast_sending, "MOST", 6)
    page = screen(window, live, manager, size)
    page.goto("/petugas")
    page.locator("main a", has_text="Siaran").tap()
    page.locator("text=Tulis siaran").wait_for()
    looked_at(page, axe, "kosong")
    page.locator("text=Tulis siaran").tap()
    page.fill("#judul", "Anda terpilih, datang Sabtu")
    page.fill("#teks", BODY)
    page.locator("button", has_text="Lihat contoh").tap()
    page.locator(".oops").wait_for()
    looked_at(page, axe, "salah")
    page.fill("#judul", TITLE)
    page.locator("button", has_text="Lihat contoh").tap()
    page.locator("text=Di layar kunci HP").wait_for()
    looked_at(page, axe, "konsep")
    page.locator("button", has_text="Kirim ke 12 orang").tap()
    page.locator("text=Pengiriman mulai dalam satu menit.").wait_for()
    looked_at(page, axe, "dijadwalkan")
    now = manager.clock.now()
    broadcast_sending.send_due(now)
    pushes = list(Delivery.select().order_by(Delivery.id))
    for row, state in zip(pushes, ("sent", "shown", "opened"), strict=False):
        Delivery.update(state=state, done_at=now).where(Delivery.id == row.id).execute()
    Notice.update(opened_at=now).where(Notice.id == Notice.get().id).execute()
    page.reload()
    page.locator("text=6 dari 12 orang").wait_for()
    looked_at(page, axe, "jalan")
    page.locator("button", has_text="Hentikan").tap()
    page.locator("text=Yang belum dikirim tidak dikirim.").wait_for()
    looked_at(page, axe, "berhenti")
    page.goto("/petugas/siaran")
    looked_at(page, axe, "daftar")
    assert Broadcast.get().state == Sent.STOPPED


@pytest.mark.parametrize("size", TABLETS.values(), ids=TABLETS)
def test_the_second_person(window, live, manager, axe, clock, size):
    live.app.extensions["settings"] = replace(live.app.extensions["settings"], broadcast_alone=5)
    second = rows.officer(live.app, clock, "budi.santoso", "verifier")
    second.visitor.base_url = live.url
    second.sign_in()
    row = Broadcast.get_by_id(rows.broadcast())
    actor = Actor("staff", row.written_by)
    broadcasts.order(row.id, None, False, broadcasts.mark(row), 5, actor, clock.now())
    page = screen(window, live, second, size)
    page.goto(f"/petugas/siaran/{row.id}")
    looked_at(page, axe, "orang-kedua")
    page.locator("button", has_text="Setujui").tap()
    page.locator("text=Disetujui.").wait_for()
    assert Broadcast.get().confirmed_by_id == second.staff.id


def test_it_moves_by_itself_and_works_without_scripts(window, live, manager):
    row = Broadcast.get_by_id(rows.broadcast())
    actor = Actor("staff", row.written_by)
    broadcasts.order(row.id, None, False, broadcasts.mark(row), 500, actor, manager.clock.now())
    broadcast_sending.send_due(manager.clock.now())
    plain = screen(window, live, manager, scripts=False)
    plain.goto(f"/petugas/siaran/{row.id}")
    assert "12 dari 12 orang" in plain.inner_text("[data-live]")
    page = screen(window, live, manager)
    page.goto(f"/petugas/siaran/{row.id}")
    assert "Menunggu\n8 67%" in page.inner_text("[data-live]")
    Delivery.update(state="opened").execute()
    page.locator("[data-live]", has_text="42%").wait_for(timeout=15_000)
