"""What is underneath breaks while people register: a page in words, what was typed still there, nothing lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import create_app, db
from app.models import Applicant, Application, Draft
from app.services import drafts
from tests import build, walking
from tests.clusters import Control
from tests.conftest import NOW, PUBLIC_URL, _let_go
from tests.full_disk import small_disk
from tests.pages import Page, Visitor
from tests.walking import SITI

OF = "Dusun Krajan"


def not_kept(page: Page) -> Page:
    """The page that says so, in its place: title, when to come back, what was typed."""
    assert page.status == 503
    assert page.response.headers["Retry-After"] == "30"
    assert page.response.headers["Cache-Control"] == "no-store"
    assert "Belum tersimpan" in page.text
    assert "Isian Anda masih ada di halaman ini." in page.text
    return page


# a full disk --------------------------------------------------------------------------------------


@pytest.mark.only_on("sqlite")
def test_on_a_full_disk_what_was_typed_stays_in_the_page(visitor, wave):
    page = walking.until(visitor, "alamat")
    long = {"jalan": f"{OF}, dekat masjid", "rt": "03", "rw": "05"}
    kept = drafts.answers(Draft.get())
    with small_disk(0):
        told = not_kept(page.submit("Lanjut", long, status=503))
        assert OF in told.html
        assert drafts.answers(Draft.get()) == kept, "nothing is half there"
        assert visitor.open("/").status == 200, "whoever only reads is answered"
        told = not_kept(told.submit("Kirim lagi", status=503))
    next_page = told.submit("Kirim lagi")
    assert walking.slug_of(next_page) == "kontak"
    assert OF in drafts.answers(Draft.get())["alamat"]["jalan"]


@pytest.mark.only_on("sqlite")
def test_on_a_full_disk_nobody_is_told_of_a_registration_that_is_not_there(visitor, wave):
    page = walking.until(visitor, "periksa")
    with small_disk(0):
        told = not_kept(page.submit("Kirim pendaftaran", benar=True, status=503))
        assert Application.select().count() == 0
    told.submit("Kirim lagi")
    assert Application.select().count() == 1


@pytest.mark.only_on("sqlite")
def test_a_pin_is_never_written_into_a_page(visitor, wave):
    page = walking.until(visitor, "pin")
    with small_disk(0):
        told = page.submit("Simpan PIN", SITI["pin"], status=503)
    assert walking.PIN not in told.html
    assert "Kirim lagi" not in told.text
    assert told.response.headers["Retry-After"] == "30"
    assert Applicant.select().count() == 0


# a database that goes away ------------------------------------------------------------------------


@pytest.fixture
def restarted(cluster, tmp_path, clock, settings) -> tuple[Visitor, Control]:
    url, control = cluster
    _let_go()
    app = create_app(replace(settings, database_url=url), clock)
    db.migrate_up()
    build.office(NOW)
    build.wave(NOW)
    return Visitor(app, PUBLIC_URL), control


@pytest.mark.only_on("postgres")
def test_a_database_that_restarts_costs_nobody_a_page(restarted):
    visitor, control = restarted
    page = walking.until(visitor, "alamat")
    control("stop")
    control("start")
    page = page.submit("Lanjut", SITI["alamat"])
    assert walking.slug_of(page) == "kontak", "the first request after it is answered"


@pytest.mark.only_on("postgres")
def test_while_it_is_away_people_are_asked_to_wait_and_lose_nothing(restarted):
    visitor, control = restarted
    page = walking.until(visitor, "alamat")
    control("stop")
    told = not_kept(page.submit("Lanjut", SITI["alamat"], status=503))
    assert visitor.open("/", status=503).response.headers["Retry-After"] == "30"
    assert visitor.ask("GET", "/health/live").status_code == 200
    assert visitor.ask("GET", "/health/ready").status_code == 503
    control("start")
    page = told.submit("Kirim lagi")
    assert walking.slug_of(page) == "kontak"
    assert visitor.ask("GET", "/health/ready").status_code == 200
    walking.until(visitor, "periksa").submit("Kirim pendaftaran", benar=True)
    assert Application.select().count() == 1
