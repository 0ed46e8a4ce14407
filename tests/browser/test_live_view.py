"""The bars of a wave on an officer's tablet: they move by themselves, and stand there without a script too."""

from __future__ import annotations

import pytest

from app.models import Delivery, Wave
from tests.staff import rows
from tests.staff.test_reach import told

pytestmark = pytest.mark.browser


@pytest.fixture
def manager(live, clock):
    """Signed in; of five people of the wave three have only been sent their notice."""
    wave = rows.wave()
    for number in range(5):
        told(wave, number, "sent" if number < 3 else "opened")
    person = rows.officer(live.app, clock, "dewi.anggraini", "manager")
    person.visitor.base_url = live.url
    person.sign_in()
    return person.visitor


def screen(window, live, manager, **options):
    page = window(1024, 768, **options)
    cookie = next(one for one in manager.http._cookies.values() if one.key == "petugas")
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": f"{live.url}/petugas"}])
    page.goto("/petugas/gelombang/4")
    return page


def test_the_bars_move_by_themselves_and_leave_the_finger_where_it_is(window, live, manager, axe):
    page = screen(window, live, manager)
    assert "Terkirim\n3 60%" in page.inner_text("[data-live]")
    assert axe(page) == []
    page.focus("[data-live] p a")
    Delivery.update(state="opened").where(Delivery.state == "sent").execute()
    told(Wave.get(), 7)
    page.locator("[data-live]", has_text="83%").wait_for(timeout=15_000)
    assert page.inner_text("[role=status][data-said]").startswith("6 orang. Dihitung")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/petugas/gelombang/4/kabar/result"


def test_without_a_script_they_stand_there(window, live, manager):
    page = screen(window, live, manager, scripts=False)
    assert "Dibuka\n2 40%" in page.inner_text("[data-live]")
    assert page.locator("svg.meter rect").count() >= 2
