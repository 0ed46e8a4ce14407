"""After retention the office's pages still open: the numbers are there, and nobody behind them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import Application
from app.periods import Periods
from app.services import retention
from tests import draws
from tests.conftest import NOW
from tests.pages import Visitor
from tests.staff.conftest import Signed

LATE = NOW + timedelta(days=2_000)


@pytest.fixture
def forgotten(office) -> list[Application]:
    """A drawn wave of which nobody is known any more."""
    draws.published()
    people = list(Application.select())
    assert len(people) == 9
    while retention.step(LATE, Periods()):
        pass
    assert all(row.erased_at == LATE for row in Application.select())
    return people


def test_the_offices_pages_open(forgotten, signed: Signed, clock) -> None:
    clock.set(LATE)
    who = signed("manager").visitor
    for application in forgotten:
        page = who.open(f"/petugas/pendaftar/{application.id}")
        assert "(data sudah dihapus)" in page.text
    for path in (
        "/petugas",
        "/petugas/gelombang",
        "/petugas/gelombang/2",
        "/petugas/cari",
        "/petugas/gelombang/2/undian",
    ):
        assert who.open(path).status == 200


def test_the_numbers_lead_to_nobody(forgotten, signed: Signed, clock) -> None:
    clock.set(LATE)
    who = signed("manager").visitor
    page = who.open("/petugas/gelombang/2")
    for text, path in page.links.items():
        if path.startswith("/petugas/gelombang/2"):
            assert who.ask("GET", path).status_code in (200, 303), text


def test_the_public_files_of_a_draw_stay(forgotten, app, clock) -> None:
    clock.set(LATE)
    visitor = Visitor(app)
    assert visitor.open("/gelombang/2").status == 200
    assert visitor.open("/gelombang/2/undian").status == 200
    for name in ("janji.json", "peserta.csv", "hasil.csv", "perubahan.csv", "undian.json"):
        assert visitor.ask("GET", f"/gelombang/2/undian/{name}").status_code == 200
