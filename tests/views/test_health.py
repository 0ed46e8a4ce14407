"""What a proxy, a monitor and Prometheus are told: the truth, and strangers one word of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import namedtuple
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from peewee import OperationalError
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from app import create_app, db, hashing, meters
from app.meters import Meters
from app.services import audit, beats, health
from tests import walking
from tests.conftest import NOW
from tests.worker.phones import Phone, somebody, tell

ROOT = Path(__file__).parent.parent.parent
LOOPBACK = {"REMOTE_ADDR": "127.0.0.1"}
STRANGER = {"REMOTE_ADDR": "203.0.113.9"}
WAYS_TO_ASK = ("/health/live", "/health/ready", "/health/all", "/metrics")


@pytest.fixture
def ask(app, office):
    """ask(path) as this machine; with base=STRANGER as somebody else. Any host name will do."""
    client = Client(app.wsgi_app)

    def asked(path, base=LOOPBACK, method="GET", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(
            path, method=method, base_url="http://10.0.0.7:8000", headers=named, environ_base=base
        )

    return asked


@pytest.fixture
def worker_runs(office):
    beats.note("close_waves", NOW)


# health -------------------------------------------------------------------------------------------


def test_all_is_well(ask, worker_runs):
    for path in ("/health/live", "/health/ready", "/health/all"):
        assert (ask(path, STRANGER).status_code, ask(path, STRANGER).text) == (200, "ok\n")
    well = dict.fromkeys(("database", "migrations", "disk", "worker"), "ok")
    assert json.loads(ask("/health/ready").text) == well


def test_a_silent_worker_alarms_and_keeps_nobody_out(ask, worker_runs, clock):
    """Registrations are kept and told later, so the proxy goes on; the monitor does not."""
    clock.move(health.WORKER_LATE + timedelta(seconds=1))
    assert ask("/health/ready", STRANGER).status_code == 200
    assert ask("/health/all", STRANGER).status_code == 503
    assert json.loads(ask("/health/all").text)["worker"] == "silent for 301 s"


def test_an_alarm_of_the_limits_is_no_sign_of_life(ask):
    beats.note("pin_alarm", NOW)
    assert json.loads(ask("/health/all").text)["worker"] == "has never run"


def test_a_full_disk(ask, worker_runs, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 9, health.DISK_LEAST - 1))
    assert (ask("/health/ready", STRANGER).status_code, ask("/health/ready", STRANGER).text) == (
        503,
        "not ready\n",
    )
    assert ask("/health/live", STRANGER).status_code == 200
    assert ask("/health/ready", STRANGER).headers["Retry-After"] == "30"


def test_a_migration_that_is_missing(ask, worker_runs, monkeypatch):
    names = db.known_migrations()
    monkeypatch.setattr(db, "known_migrations", lambda: [*names, "9999_later"])
    assert ask("/health/ready").status_code == 503
    assert json.loads(ask("/health/ready").text)["migrations"] == "1 missing: flask db up"


def test_no_database(ask, worker_runs, monkeypatch):
    def away(*_, **__):
        raise OperationalError("could not connect to 10.1.2.3")

    monkeypatch.setattr(db.database.obj, "execute_sql", away)
    said = ask("/health/ready", STRANGER)
    assert (said.status_code, said.text) == (503, "not ready\n")
    assert "10.1.2.3" not in ask("/health/ready").text
    assert ask("/health/live", STRANGER).status_code == 200
    assert 'gelombang_ok{part="database"} 0.0' in ask("/metrics").text


@pytest.mark.parametrize("path", WAYS_TO_ASK)
def test_nothing_but_looking(ask, path):
    assert ask(path, method="POST").status_code == 405
    said = ask(path)
    assert said.headers["Cache-Control"] == "no-store"
    assert said.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in said.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in said.headers
    assert ask(path, method="HEAD").text == ""


# who is told what ---------------------------------------------------------------------------------


def test_numbers_are_for_the_machine_itself(ask):
    assert ask("/metrics").status_code == 200
    assert ask("/metrics", {"REMOTE_ADDR": "::1"}).status_code == 200
    for base, headers in (
        (STRANGER, {}),
        (LOOPBACK, {"X_Forwarded_For": "203.0.113.9"}),
        (LOOPBACK, {"Forwarded": "for=203.0.113.9"}),
        (LOOPBACK, {"X_Real_IP": "203.0.113.9"}),
        (LOOPBACK, {"Via": "1.1 proxy"}),
        (STRANGER, {"X_Forwarded_For": "127.0.0.1"}),
        (STRANGER, {"Authorization": "Bearer "}),
        ({"REMOTE_ADDR": ""}, {}),
    ):
        assert ask("/metrics", base, **headers).status_code == 404, (base, headers)
        assert ask("/health/all", base, **headers).text == "not ready\n"


def test_or_for_whoever_has_the_token(settings, clock, office):
    made = Client(create_app(replace(settings, metrics_token="geheim-" * 5), clock).wsgi_app)

    def status(said):
        return made.get("/metrics", environ_base=STRANGER, headers={"Authorization": said}).status_code

    assert status("Bearer " + "geheim-" * 5) == 200
    assert [status(said) for said in ("", "Bearer", "Bearer x", "geheim-" * 5, "Bearer é")] == [404] * 5


# metrics ------------------------------------------------------------------------------------------


def values(text):
    """{name: {labels: value}} of a page of metrics; raises where it is none."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_what_is_counted(ask, visitor, settings, clock):
    walking.until(visitor, "identitas")
    visitor.open("/tidak-ada", status=404)
    hashing.encoded(b"x")
    tell(somebody(Phone()), key="result:1")
    clock.move(timedelta(seconds=90))
    said = values(ask("/metrics").text)
    requests = said["gelombang_requests_total"]
    assert requests[("endpoint", "none"), ("status", "404")] == 1
    wizard = {key[1] for key in requests if dict(key)["endpoint"].startswith("register.")}
    assert wizard == {("status", "200"), ("status", "303")}
    total = sum(requests.values())
    counts = said["gelombang_request_seconds_count"]
    assert sum(counts.values()) == total
    assert all(said["gelombang_request_seconds_sum"][key] > 0 for key in counts)
    infinite = {
        key: value for key, value in said["gelombang_request_seconds_bucket"].items() if ("le", "+Inf") in key
    }
    assert sum(infinite.values()) == total
    assert said["gelombang_hash_seconds_count"][()] >= 1
    assert 0 < said["gelombang_hash_seconds_sum"][()] < 60
    assert said["gelombang_outbox_waiting"][(("channel", "push"),)] == 1
    assert said["gelombang_outbox_oldest_seconds"][(("channel", "push"),)] == 90
    assert said["gelombang_outbox_waiting"][(("channel", "office"),)] == 0
    head = audit.newest()
    assert said["gelombang_audit_lines"][()] == head.lines
    assert said["gelombang_audit_head"][()] == int(head.mac[:13], 16)


def test_failed_sign_ins_and_beats(ask, visitor, worker_runs, clock):
    visitor.open("/masuk").submit("Masuk", nik="3599015704880003", pin="000000", status=422)
    clock.move(timedelta(minutes=2))
    said = values(ask("/metrics").text)
    assert said["gelombang_failed_sign_ins"] == {(("path", "pin"),): 1}
    assert said["gelombang_beat_age_seconds"] == {(("job", "close_waves"),): 120}
    clock.move(timedelta(hours=1))
    assert "gelombang_failed_sign_ins" not in values(ask("/metrics").text)


def test_nothing_of_a_person_is_in_it(ask, visitor):
    walking.register(visitor)
    visitor.open("/cek/3599015704880003", status=404)
    said = ask("/metrics").text
    assert not re.search(r"\d{16}|Siti|Krajan|/cek/", said)


# counting across processes ------------------------------------------------------------------------

OTHER = """
import sys
from pathlib import Path
from app.meters import Meters
made = Meters(Path(sys.argv[1]), ["a", "b"])
for _ in range(int(sys.argv[2])):
    made.request("a", 303, 0.02)
made.hashed(0.5)
made.hashed(None)
print("counted", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "metrics"


def other(folder, count):
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(folder), str(count)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"counted\n"
    return process


def test_all_processes_are_added_up_also_when_they_were_killed(folder):
    own = Meters(folder, ["a", "b"])
    own.request("a", 303, 0.02)
    own.request("b", 418, 99.0)
    running = [other(folder, 10), other(folder, 100)]
    for kill in (None, 0, 1):
        if kill is not None:
            running[kill].kill()
            running[kill].communicate(timeout=20)
        for _ in range(2):
            said = own.totals()
            [a, b] = said.endpoints
            assert (a.name, a.statuses, sum(a.buckets)) == ("a", {"303": 111}, 111)
            assert a.buckets[meters.EDGES.index(0.025)] == 111
            assert a.seconds == pytest.approx(111 * 0.02)
            assert (b.statuses, b.buckets[-1]) == ({"4xx": 1}, 1)
            assert (said.hashes, said.hash_seconds, said.hashes_refused) == (2, 1.0, 2)
    assert len(list(folder.glob("*.cells"))) == 2, "the dead ones are one file now"


def test_a_fork_counts_for_itself(folder):
    own = Meters(folder, ["a"])
    own.request("a", 200, 0)
    child = os.fork()
    if not child:
        own.request("a", 200, 0)
        os._exit(0)
    os.waitpid(child, 0)
    own.request("a", 200, 0)
    assert own.totals().endpoints[0].statuses == {"200": 3}


def test_another_version_begins_anew(folder):
    Meters(folder, ["a"]).request("a", 200, 0)
    fresh = Meters(folder, ["a", "new"])
    fresh.request("new", 200, 0)
    assert [one.name for one in fresh.totals().endpoints] == ["new"]


def test_without_a_place_to_count_pages_go_on(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    made = Meters(tmp_path / "file" / "metrics", ["a"])
    made.request("a", 200, 0)
    made.hashed(1)
    assert made.totals().endpoints == []


def test_hashes_that_are_refused_are_counted(folder, monkeypatch):
    made = Meters(folder, ["a"])
    monkeypatch.setattr(hashing, "tell", made.hashed)
    gate = hashing.HashingGate(at_once=1, patience=0)
    with gate, pytest.raises(hashing.HashingBusy), gate:
        pass
    said = made.totals()
    assert (said.hashes, said.hashes_refused) == (1, 1)
