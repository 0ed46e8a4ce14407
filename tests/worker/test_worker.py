"""The worker as a process: it sends, it is killed in the middle, there are two of it, it is asked to end."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from huey.exceptions import HueyException
from huey.registry import Message
from peewee import OperationalError

from app import db, flow, worker
from app.channels.web_push import Sender
from app.models import Beat, Delivery, Notice
from app.services import beats, deadlines, delivery
from tests.conftest import KEYS, NOW
from tests.worker import test_deadlines
from tests.worker.phones import Phone, Sink, somebody, tell
from tests.worker.run import kill_all, process

pytestmark = pytest.mark.usefixtures("office")
END_SECONDS = 30


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


def fill(sink: Sink, people: int) -> dict[str, Phone]:
    """So many people with one notice each; their phones by endpoint."""
    phones = [sink.phone() for _ in range(people)]
    for phone in phones:
        tell(somebody(phone), key="result:1")
    return {phone.endpoint: phone for phone in phones}


def end(process: subprocess.Popen[bytes], signum: signal.Signals = signal.SIGTERM) -> str:
    """Ask a worker to end, and wait; returns what it logged."""
    process.send_signal(signum)
    _, log = process.communicate(timeout=END_SECONDS)
    return log.decode()


def until(ready: Callable[[], bool], what: str) -> None:
    """Look into the database, which another process changes, until it is so."""
    last = time.monotonic() + END_SECONDS
    while not ready():
        assert time.monotonic() < last, f"{what}: not within {END_SECONDS} s"
        time.sleep(0.05)


def states() -> Counter[str]:
    return Counter(row.state for row in Delivery.select())


def words(sink: Sink, phones: dict[str, Phone]) -> dict[str, set[str]]:
    """What each phone was told, word for word: one entry, however often it came."""
    told: dict[str, set[str]] = {}
    for came in sink.received:
        said = phones[came.endpoint].read(came.body)
        told.setdefault(came.endpoint, set()).add(json.dumps([came.topic, said], sort_keys=True))
    return told


def test_everybody_is_told_once(settings, sink):
    phones = fill(sink, 40)
    with process(settings, NOW) as one:
        sink.wait(40)
        log = end(one)
    assert one.returncode == 0, log
    assert states() == {"sent": 40}
    assert len(sink.received) == 40
    told = words(sink, phones)
    [(_, said)] = {
        (len(texts), said["body"]) for texts in told.values() for said in [json.loads(min(texts))[1]]
    }
    assert said == "Ketuk untuk melihat."
    assert len({json.loads(min(texts))[1]["tag"] for texts in told.values()}) == 40
    assert {len(came.body) for came in sink.received} == {1127}
    assert log.count("\n") == len([json.loads(line) for line in log.splitlines()])


def test_killed_while_sending_nothing_is_lost(settings, sink):
    phones = fill(sink, 25)
    sink.hold()
    with process(settings, NOW, lease=3, senders=2) as one:
        sink.wait(25)  # all are on their way, none is answered
        kill_all(one)
    assert one.returncode == -signal.SIGKILL
    assert states() == {"queued": 25}
    sink.release()
    with process(settings, NOW, lease=3) as two:
        sink.wait(50)
        end(two)
    assert states() == {"sent": 25}
    told = words(sink, phones)
    assert set(told) == set(phones)
    # The second copy of each has the first one's tag and topic, so a phone shows it once.
    assert {len(texts) for texts in told.values()} == {1}


def test_killed_again_and_again_while_it_works(settings, sink):
    phones = fill(sink, 300)  # more than a batch
    for part in range(1, 5):
        with process(settings, NOW + timedelta(minutes=part), lease=0.5, senders=2) as one:
            sink.wait(60 * part)
            kill_all(one)
    with process(settings, NOW + timedelta(minutes=9), lease=0.5) as last:
        until(lambda: not states()["queued"], "an empty outbox")
        end(last)
    assert states() == {"sent": 300}
    told = words(sink, phones)
    assert set(told) == set(phones)
    assert {len(texts) for texts in told.values()} == {1}


def test_two_workers_share_the_work(settings, sink):
    phones = fill(sink, 400)
    with process(settings, NOW) as one, process(settings, NOW) as two:
        sink.wait(400)
        logs = [end(one), end(two)]
    assert states() == {"sent": 400}, logs
    assert Counter(came.endpoint for came in sink.received) == Counter(dict.fromkeys(phones, 1))


def test_two_workers_remind_once(settings, sink):
    for _ in range(20):
        test_deadlines.deadline()
    morning = test_deadlines.at(20, 8)
    with process(settings, morning) as one, process(settings, morning) as two:
        until(lambda: Notice.select().count() >= 20, "reminders")
        logs = end(one) + end(two)
    assert Notice.select().count() == 20, logs
    assert "Traceback" not in logs


def test_reminding_at_the_same_moment_reminds_once(app):
    for _ in range(30):
        test_deadlines.deadline()
    start, written = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        with db.working():
            written.append(deadlines.remind_due(test_deadlines.at(20, 8)))
        db.database.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(END_SECONDS)
    assert sum(written) == Notice.select().count() == Delivery.select().count() == 30


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_finishes_what_is_under_way(settings, sink, signum):
    fill(sink, 10)
    sink.hold()
    with process(settings, NOW) as one:
        sink.wait(10)
        one.send_signal(signum)
        with pytest.raises(subprocess.TimeoutExpired):
            one.wait(0.5)
        sink.release()
        _, log = one.communicate(timeout=END_SECONDS)
    assert one.returncode == 0, log
    assert states() == {"sent": 10}
    assert b"Traceback" not in log


@pytest.mark.redis
@pytest.mark.only_on("sqlite")
def test_with_redis(settings, redis_url, sink):
    fill(sink, 3)
    with process(replace(settings, redis_url=redis_url), NOW) as one:
        sink.wait(3)
        until(lambda: beats.last().keys() >= {job.name for job in worker.jobs()}, "the first minute")
        end(one)
    assert states() == {"sent": 3}
    assert not (settings.var / "queue.db").exists()


# in this process ----------------------------------------------------------------------------------


def test_a_job_that_fails_hinders_no_other_and_says_so(app, clock, caplog):
    def breaks(_):
        raise RuntimeError("no disk")

    worker.run_job(worker.Job("first", breaks), clock)
    worker.run_job(worker.Job("second", lambda _: 2), clock)
    assert [line.getMessage() for line in caplog.records] == ["job first: RuntimeError", "job second: 2"]
    assert beats.last() == {"second": NOW}


def test_a_beat_moves(app, clock):
    for _ in range(2):
        clock.move(timedelta(minutes=1))
        worker.run_job(worker.Job("close", lambda _: 0), clock)
    assert beats.last() == {"close": NOW + timedelta(minutes=2)}
    assert Beat.select().count() == 1


def test_an_empty_installation_is_no_fault(database, clock, caplog):
    from app.models import Office, Posko

    Posko.delete().execute()
    Office.delete().execute()
    from app.services import office

    office.forget()
    with caplog.at_level(logging.INFO):
        for job in worker.jobs():
            worker.run_job(job, clock)
    assert [line for line in caplog.records if line.levelno >= logging.WARNING] == []


def test_a_busy_database_is_asked_again_for_what_became_of_a_batch(app, sink, clock, monkeypatch):
    tell(somebody(sink.phone()))
    record, tries = delivery.record, []

    def busy_at_first(*arguments):
        tries.append(1)
        if len(tries) < len(flow.WRITE_AGAIN):
            raise OperationalError("deadlock detected")
        record(*arguments)

    monkeypatch.setattr(delivery, "record", busy_at_first)
    monkeypatch.setattr(flow, "WRITE_AGAIN", (0.0, 0.0, 0.0))
    assert empty(clock) == 1
    assert states() == {"sent": 1}


def test_a_database_that_is_away_costs_no_notice(app, sink, clock, monkeypatch, caplog):
    tell(somebody(sink.phone()))
    record = delivery.record

    def away(*_):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(delivery, "record", away)
    monkeypatch.setattr(flow, "WRITE_AGAIN", (0.0, 0.0))
    empty(clock)
    assert states() == {"queued": 1}
    assert "1 outcomes were not written" in caplog.text
    monkeypatch.setattr(delivery, "record", record)
    clock.move(flow.LEASE)
    assert empty(clock) == 1
    assert states() == {"sent": 1}
    assert len({(came.topic, came.endpoint) for came in sink.received}) == 1 < len(sink.received)


def empty(clock) -> int:
    """Empty the outbox in this process; returns how many deliveries were handled."""

    async def run() -> int:
        made = Sender(KEYS.vapid, "mailto:ops@example.org", (), allow_loopback=True, concurrency=4)
        async with made:
            return await flow.deliver_due(made, "https://gelombang.example.org", clock)

    return asyncio.run(run())


@pytest.mark.only_on("sqlite")
def test_the_queue_holds_names_of_jobs_and_runs_nothing_else(settings, clock):
    made = worker.queue(settings, clock)
    assert len(made._registry.periodic_tasks) == len(worker.jobs())
    for task in made.read_periodic(None):
        made.enqueue(task)
    with sqlite3.connect(settings.var / "queue.db") as file:
        kept = [bytes(data).decode() for (data,) in file.execute("SELECT data FROM task ORDER BY id")]
    assert kept == [f"app.worker.{job.name}" for job in worker.jobs()]

    evil = b"\x80\x04\x95cposix\nsystem\n(S'touch /tmp/owned'\ntR."
    made.storage.enqueue(evil)
    while made.pending_count() > 1:
        made.dequeue()
    with pytest.raises(UnicodeDecodeError):
        made.dequeue()
    made.storage.enqueue(b"os.system")
    with pytest.raises(HueyException, match="not found"):
        made.dequeue()


def test_names_survive_the_store():
    names = worker.NamesOnly()
    message = Message(id="1", name="app.worker.remind", args=("secret",), kwargs={"nik": "1"})
    back = names.deserialize(names.serialize(message))
    assert (back.name, back.args, back.kwargs) == ("app.worker.remind", (), {})
    assert b"secret" not in names.serialize(message)
