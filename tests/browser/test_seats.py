"""What follows a result, on screens: the offer and the objection on a phone, taking a place and answering on a tablet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page

from app.models import Application, FreedSeat, Objection, Offer, Reversal
from app.rules.reasons import Reason
from app.services import objection_answers, objections, offers, reversals
from tests.browser.test_saya import looked_at, screen
from tests.conftest import NOW
from tests.drawn import Person, drawn_wave, staff
from tests.pages import Visitor
from tests.staff import rows
from tests.states import CLOSED, DAY, RESERVE, SELECTED, make_wave, moved, sent

pytestmark = pytest.mark.browser

WORDS = "Saya sudah beli pelatihan menjahit tanggal 3 Desember. Nomor nota 4471, fotonya ada di HP saya."


@pytest.fixture
def siti(live) -> Visitor:
    """Siti on the reserve list of a wave that was told."""
    wave = make_wave(4)
    visitor = Visitor(live.app, live.url)
    moved(sent(visitor), CLOSED, RESERVE)
    wave.published_at, wave.closes_at = NOW, NOW - DAY
    wave.save()
    return visitor


def test_the_offer_and_what_becomes_of_it(window, axe, siti):
    application = Application.get()
    seat = FreedSeat.create(wave=application.wave_id, via="", freed_at=NOW, offered_from=NOW)
    Offer.create(
        seat=seat,
        application=application,
        wave=application.wave_id,
        via="",
        made_at=NOW,
        expires_at=NOW + timedelta(days=3, hours=9, minutes=18),
    )
    page = screen(window, siti)
    page.goto("/saya")
    assert page.locator("h1").inner_text() == "Masih mau?"
    looked_at(page, axe)
    page.locator("text=Tidak jadi").click()
    looked_at(page, axe)
    page.goto("/saya")
    page.locator("text=Ya, saya mau").click()
    assert "Terpilih" in page.locator("main").inner_text()
    looked_at(page, axe)


def test_objecting_until_the_answer(window, axe, siti):
    application = moved(Application.get(), SELECTED, (rows.State.REVOKED, Reason.DEADLINE_MISSED))
    page = screen(window, siti)
    page.goto("/saya")
    looked_at(page, axe)
    page.get_by_role("link", name="Ajukan keberatan").click()
    page.get_by_role("button", name="Kirim keberatan").click()
    assert page.title().startswith("Error:")
    looked_at(page, axe)
    page.locator("textarea").fill(WORDS)
    page.get_by_role("button", name="Kirim keberatan").click()
    looked_at(page, axe)
    made = Objection.get(Objection.application == application.id)
    objection_answers.take(made.id, staff("dewi", "officer"), NOW)
    objection_answers.answer(made.id, "Nota 4471 bukan atas nama Anda.", False, staff("dewi"), NOW)
    page.goto("/saya/keberatan")
    looked_at(page, axe)


@pytest.mark.parametrize("size", [(1024, 768), (768, 1024)], ids=["landscape", "portrait"])
def test_the_pages_of_the_office(window, axe, live, clock, size):
    late = NOW + 20 * DAY
    _, people = drawn_wave(3, [Person() for _ in range(4)])
    clock.move(late - clock.now())
    for one, name in zip(people[:2], ("ratna", "hadi"), strict=True):
        reversals.propose(one.id, Reason.DEADLINE_MISSED, "Tiga kali ditelepon.", 2, staff(name), late)
    done = reversals.confirm(Reversal.get(Reversal.application == people[1].id).id, staff("ratna"), late)
    made = objections.make(done.applicant_id, WORDS, late)
    assert offers.expire_due(late) == 0
    manager = rows.officer(live.app, clock, "manager.satu", "manager")
    manager.visitor = Visitor(live.app, live.url)
    manager.sign_in()
    page = window(*size)
    page.context.add_cookies(
        [{"name": c.key, "value": c.value, "url": live.url} for c in manager.visitor.http._cookies.values()]
    )
    proposal = Reversal.get(Reversal.application == people[0].id)
    for path in ("", "/cabut", f"/cabut/{proposal.id}", f"/pendaftar/{people[0].id}"):
        _seen(page, axe, f"/petugas{path}")
    for path in (f"/pendaftar/{people[2].id}/cabut", f"/pendaftar/{people[1].id}", "/keberatan"):
        _seen(page, axe, f"/petugas{path}")
    _seen(page, axe, f"/petugas/keberatan/{made.id}")
    page.locator("text=Saya yang jawab").click()
    _seen(page, axe, f"/petugas/keberatan/{made.id}")
    objection_answers.answer(made.id, "Nota cocok.", True, manager_actor(manager), late)
    _seen(page, axe, f"/petugas/keberatan/{made.id}")


def manager_actor(officer):
    return staff(officer.staff.username)


def _seen(page: Page, axe, path: str) -> None:
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert axe(page) == [], path
