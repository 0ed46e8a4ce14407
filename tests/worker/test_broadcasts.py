"""A broadcast and its worker: killed in the middle, two at once, stopped while it runs; each person exactly once."""

from __future__ import annotations

import signal
import threading
from collections import Counter

import pytest

from app import db
from app.models import Broadcast, Delivery, Notice
from app.rules.broadcast import Sent
from app.services import beats, broadcast_sending, broadcasts, subscriptions
from app.services.ledger import Actor
from tests.conftest import NOW
from tests.staff import rows
from tests.worker.jobs import END_SECONDS, job, until
from tests.worker.phones import Phone
from tests.worker.run import process

pytestmark = pytest.mark.usefixtures("office")
JOB = "broadcast_job"


def to_many(count: int, phones: bool = True) -> Broadcast:
    """A broadcast that may go now, to so many people; every tenth has a phone that rings."""
    for n, one in enumerate(rows.many(count, rows.wave())):
        if phones and n % 10 == 0:
            subscriptions.opt_in(one.applicant_id, Phone().subscription, device_id=None, label="HP", now=NOW)
    row = Broadcast.get_by_id(rows.broadcast())
    broadcasts.order(row.id, None, False, broadcasts.mark(row), count, Actor("staff", row.written_by), NOW)
    return row


def told() -> int:
    return int(Notice.select().where(Notice.kind == "broadcast").count())


def each_once(count: int) -> None:
    """Everybody has the notice once, and every phone one delivery."""
    owners = Counter(row.applicant_id for row in Notice.select().where(Notice.kind == "broadcast"))
    assert len(owners) == count
    assert set(owners.values()) == {1}
    of = Counter(row.subscription_id for row in Delivery.select().where(Delivery.channel == "push"))
    assert set(of.values()) == {1}
    assert len(of) == -(-count // 10)
    row = Broadcast.get()
    assert (row.state, row.told) == (Sent.DONE, count)


def test_killed_again_and_again_everybody_is_told_once(settings):
    to_many(300)
    killed = []
    for part in (20, 80, 160):
        with job(settings, JOB, NOW) as one:
            until(lambda part=part: told() >= part, f"{part} people told")
            one.send_signal(signal.SIGKILL)
            one.wait(END_SECONDS)
        killed.append(told())
        assert one.returncode == -signal.SIGKILL
        # A chunk is whole or not there: how far it came and what was written agree at any moment.
        assert Broadcast.get().told == killed[-1]
        assert killed[-1] % 10 == 0
    with job(settings, JOB, NOW):
        until(lambda: Broadcast.get().state == Sent.DONE, "the end")
    each_once(300)
    assert killed[0] < 300


def test_two_workers_at_once_tell_everybody_once(settings):
    to_many(200)
    with job(settings, JOB, NOW), job(settings, JOB, NOW):
        until(lambda: Broadcast.get().state == Sent.DONE, "the end")
    each_once(200)


def test_two_threads_at_the_same_moment(app, monkeypatch):
    monkeypatch.setattr(broadcast_sending, "CHUNK", 7)
    to_many(60)
    start, written = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        db.connection_opened()
        written.append(broadcast_sending.send_due(NOW))
        db.connection_done()
        db.database.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(END_SECONDS)
    broadcast_sending.send_due(NOW)
    assert sum(written) == 60
    each_once(60)


def test_a_row_that_was_written_before_the_kill_is_not_written_again(app):
    """As if the counter had been lost: the constraint is the last guard."""
    to_many(12)
    broadcast_sending.send_due(NOW)
    Broadcast.update(state=Sent.RUNNING.value, reached_id=0).execute()
    assert broadcast_sending.send_due(NOW) == 0
    each_once(12)


def test_a_stop_while_it_runs_is_the_end(settings):
    row = to_many(300)
    with job(settings, JOB, NOW):
        until(lambda: told() >= 30, "the beginning")
        broadcasts.stop(row.id, Actor("staff", row.written_by), NOW)
        at_the_stop = told()
        until(lambda: Broadcast.get().over_at is not None, "the calling off")
    assert told() == at_the_stop == Broadcast.get().told < 300
    assert {one.state for one in Delivery.select()} == {"gone"}


def test_one_minute_tells_no_more_than_its_share(app, monkeypatch):
    monkeypatch.setattr(broadcast_sending, "CHUNK", 5)
    monkeypatch.setattr(broadcast_sending, "MOST", 10)
    to_many(23)
    assert [broadcast_sending.send_due(NOW) for _ in range(4)] == [10, 10, 3, 0]
    each_once(23)


def test_the_worker_itself_sends_it(settings):
    to_many(10, phones=False)
    with process(settings, NOW) as one:
        until(lambda: Broadcast.get().state == Sent.DONE, "the worker's minute")
        one.terminate()
        one.communicate(timeout=END_SECONDS)
    assert told() == Broadcast.get().told == 10
    assert "send_broadcasts" in beats.last()
