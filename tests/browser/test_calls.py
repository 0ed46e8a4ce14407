"""The call list on an officer's tablet, with a finger: from person to person, the buttons always in reach."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import CallTask, Consent
from app.rules.states import State
from tests.browser.conftest import TABLETS
from tests.conftest import NOW
from tests.staff import rows
from tests.worker.phones import tell

pytestmark = pytest.mark.browser


@pytest.fixture
def officer(live, clock):
    """Signed in; three people wait, the first of them longest."""
    wave = rows.wave(opens=-30, closes=-20)
    for number, kind in enumerate(("result", "deadline", "fix"), 1):
        person = rows.applicant(
            rows.nik(number), f"Orang {number}", phone=f"+62812345{number:05}", whatsapp=True
        )
        rows.application(person, wave, State.SELECTED)
        Consent.create(applicant=person, purpose="wa", given=True, text_sha256="0" * 64, at=NOW)
        notice = tell(person, kind=kind, now=NOW - timedelta(hours=60))
        rows.call(person, notice=notice, created_at=NOW - timedelta(hours=10 - number))
    one = rows.officer(live.app, clock, "dewi.anggraini", "officer", "Posko Sukodono")
    one.visitor.base_url = live.url
    one.sign_in()
    return one.visitor


def screen(window, live, officer, size, **options):
    page = window(*TABLETS[size], **options)
    cookie = next(one for one in officer.http._cookies.values() if one.key == "petugas")
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": f"{live.url}/petugas"}])
    page.goto("/petugas/telepon")
    return page


def heading(page, words: str) -> None:
    """Wait for the page of this name: a tap does not wait by itself."""
    page.locator("h1", has_text=words).wait_for(timeout=10_000)


@pytest.mark.parametrize("size", TABLETS)
def test_from_person_to_person_with_a_finger(window, live, officer, axe, size):
    page = screen(window, live, officer, size)
    assert axe(page) == []
    page.tap("text=Mulai menelepon")
    heading(page, "Telepon Orang 1")
    assert axe(page) == []
    on = page.locator("text=Catat, lalu orang berikutnya")
    bar, height = on.bounding_box(), TABLETS[size][1]
    assert bar is not None
    assert bar["y"] + bar["height"] <= height  # sticky: in reach before anything is scrolled
    assert bar["height"] >= 48
    assert not page.locator("text=Telepon lagi kapan?").is_visible()
    page.tap("text=Tidak diangkat, atau minta ditelepon lagi")
    page.tap("text=Waktu lain")
    page.select_option("#jam", "13")
    page.select_option("#hari", "2026-11-23")
    on.tap()
    heading(page, "Telepon Orang 2")
    page.tap("text=Sudah bicara dengan orangnya")
    page.locator("text=Catat, lalu orang berikutnya").tap()
    heading(page, "Telepon Orang 3")
    page.tap("text=Lewati")
    page.locator("main", has_text="Tidak ada lagi yang menunggu").wait_for(timeout=10_000)
    assert sorted(task.state for task in CallTask.select()) == ["open", "open", "reached"]


def test_without_scripts_it_is_the_same(window, live, officer):
    page = screen(window, live, officer, "portrait", scripts=False)
    page.tap("text=Mulai menelepon")
    page.tap("text=Nomor salah, bukan orangnya")
    page.tap("text=Catat saja")
    heading(page, "Perlu ditelepon")
    assert CallTask.select().where(CallTask.state == "wrong_number").count() == 1
