"""Bought, finished, reviewed: each task follows from the one before, with the days of the wave."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import Application, AuditLine, Deadline, LedgerEntry, Wave
from app.rules import deadlines as rules
from app.rules.deadlines import Deadline as Kind
from app.services import deadlines
from tests.conftest import NOW
from tests.states import CLOSED, SELECTED, moved, sent


def rows(application) -> dict[str, Deadline]:
    return {row.kind: row for row in Deadline.select().where(Deadline.application == application.id)}


@pytest.fixture
def selected(visitor, wave) -> Application:
    application = moved(sent(visitor), CLOSED, SELECTED)
    deadlines.begin_buying(application, wave, "WIB", NOW)
    return application


def test_each_task_begins_when_the_one_before_is_done(visitor, selected, wave, clock):
    visitor.open("/saya").click("Saya sudah beli pelatihan").submit(
        "Ya, saya sudah beli pelatihan", pelatihan="Menjahit", kapan="hari-ini"
    )
    assert rows(selected)[Kind.FINISH_TRAINING].due_at == rules.due_at(NOW, 60, "WIB")
    clock.move(timedelta(days=10))
    page = visitor.open("/saya")
    assert "Selesaikan pelatihan" in page.main
    page = page.click("Pelatihan saya sudah selesai").submit("Pelatihan saya sudah selesai")
    assert "pelatihan Anda selesai" in page.main
    assert rows(selected)[Kind.WRITE_REVIEW].due_at == rules.due_at(clock.now(), 7, "WIB")
    assert "Beri bintang dan tulis ulasan" in page.main
    page = page.click("Saya sudah beri ulasan").submit("Saya sudah beri ulasan")
    assert "Terima kasih" in page.main
    assert all(row.done_at is not None for row in rows(selected).values())
    assert Application.get_by_id(selected.id).state == "completed"
    assert "ulasan" not in visitor.open("/saya").main


@pytest.mark.parametrize("task", ["selesai", "ulasan"])
def test_a_task_that_is_not_asked_is_not_reported(visitor, selected, task):
    before = LedgerEntry.select().count(), AuditLine.select().count()
    assert visitor.ask("GET", f"/saya/tugas/{task}").status_code == 303
    token = visitor.open("/saya/beli").forms[0].values["csrf_token"]
    answer = visitor.ask("POST", f"/saya/tugas/{task}", data={"csrf_token": token})
    assert answer.location == "/saya?selesai=sudah"
    assert (LedgerEntry.select().count(), AuditLine.select().count()) == before


def test_a_wave_without_these_days_asks_for_nothing_more(visitor, selected, wave):
    Wave.update(finish_within_days=None, review_within_days=None).where(Wave.id == wave.id).execute()
    visitor.open("/saya/beli").submit("Ya, saya sudah beli pelatihan", pelatihan="Menjahit", kapan="hari-ini")
    page = visitor.open("/saya").click("Pelatihan saya sudah selesai").submit("Pelatihan saya sudah selesai")
    assert set(rows(selected)) == {Kind.BUY_FIRST_TRAINING}
    assert "ulasan" not in page.main
    assert Application.get_by_id(selected.id).state == "completed"


def test_pressed_twice_it_is_noted_once(visitor, selected):
    visitor.open("/saya/beli").submit("Ya, saya sudah beli pelatihan", pelatihan="Menjahit", kapan="hari-ini")
    page = visitor.open("/saya/tugas/selesai")
    page.submit("Pelatihan saya sudah selesai")
    lines = LedgerEntry.select().count()
    assert "sudah berubah" in page.submit("Pelatihan saya sudah selesai").main.lower()
    assert LedgerEntry.select().count() == lines
