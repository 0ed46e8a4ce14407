"""What is long over is deleted and still counted: people of a wave, deliveries of a kind; on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from app import db
from app.models import Delivery, DeliverySum, Notice
from app.services import condensing, reach
from tests.conftest import NOW
from tests.staff import rows
from tests.staff.test_reach import counts, told

LATER = NOW + condensing.KEEP + timedelta(days=1)

pytestmark = pytest.mark.usefixtures("office")


def end_all() -> None:
    Delivery.update(done_at=NOW).where(Delivery.state != "queued").execute()


def sums() -> dict[tuple[str, str], int]:
    return {(row.kind, row.state): row.deliveries for row in DeliverySum.select()}


def test_the_people_of_a_wave_count_as_before():
    wave = rows.wave()
    for number, states in enumerate(
        [("sent",), ("shown", "gone"), ("opened", "failed"), ("failed",), ("queued",), ("sent", "queued")]
    ):
        told(wave, number, *states)
    end_all()
    before = counts(wave)
    assert before == {"UNREACHABLE": 1, "QUEUED": 1, "SENT": 2, "SHOWN": 1, "OPENED": 1}
    listed = reach.left(wave.id, "result", None, 1)
    assert condensing.condense_due(LATER) == 7
    assert Delivery.select().count() == 2  # what waits is never deleted
    assert counts(wave) == before
    assert reach.left(wave.id, "result", None, 1) == listed
    ended = {("result", "sent"): 2, ("result", "shown"): 1, ("result", "opened"): 1}
    assert sums() == ended | {("result", "failed"): 2, ("result", "gone"): 1}


def test_nothing_before_its_time_and_nothing_twice():
    told(rows.wave(), 1, "sent")
    end_all()
    assert condensing.condense_due(NOW + condensing.KEEP - timedelta(milliseconds=1)) == 0
    assert condensing.condense_due(NOW + condensing.KEEP) == 1
    assert condensing.condense_due(LATER) == 0
    assert sums() == {("result", "sent"): 1}


def test_a_late_row_never_lowers_what_was_reached():
    notice = told(rows.wave(), 1, "shown", "sent")
    first, second = Delivery.select().order_by(Delivery.state.desc())
    Delivery.update(done_at=NOW).where(Delivery.id == first.id).execute()
    Delivery.update(done_at=NOW + timedelta(days=2)).where(Delivery.id == second.id).execute()
    for turn in range(2):
        assert condensing.condense_due(NOW + condensing.KEEP + timedelta(days=2 * turn)) == 1
    assert Notice.get_by_id(notice.id).reached == reach.Reach.SHOWN


def test_many_in_chunks_and_two_workers_at_once(monkeypatch):
    monkeypatch.setattr(condensing, "CHUNK", 7)
    wave = rows.wave()
    for number in range(30):
        told(wave, number, "sent")
    end_all()
    done: list[int] = []
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        with db.working():
            done.append(condensing.condense_due(LATER))
        db.connection_closed()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    while Delivery.select().exists():  # one of them may have found the rest in the other's hands
        done.append(condensing.condense_due(LATER))
    assert sum(done) == 30
    assert sums() == {("result", "sent"): 30}
    assert counts(wave) == {"SENT": 30}
