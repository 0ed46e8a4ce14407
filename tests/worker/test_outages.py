"""The worker outlives a database that goes away: it looks again, and everybody is told."""

from __future__ import annotations

import json
import signal
import threading
from dataclasses import replace

import pytest

from app import create_app, db
from app.models import Delivery
from tests import build
from tests.conftest import NOW, _let_go
from tests.worker.phones import Sink, somebody, tell
from tests.worker.run import process
from tests.worker.test_worker import until

pytestmark = pytest.mark.only_on("postgres")


@pytest.fixture
def away(cluster, settings, clock):
    """Settings that name a database which can be stopped, migrated and with an office; and how to stop it."""
    url, control = cluster
    _let_go()
    own = replace(settings, database_url=url)
    create_app(own, clock)
    db.migrate_up()
    build.office(NOW)
    return own, control


def test_a_worker_outlives_a_database_that_goes_away_and_tells_everybody(away):
    settings, control = away
    log: list[bytes] = []
    with Sink() as sink, process(settings, NOW) as worker:
        reader = threading.Thread(target=lambda: log.extend(worker.stderr), daemon=True)
        reader.start()  # it complains at every look; nobody may make it wait for a reader
        tell(somebody(sink.phone()), key="before")
        sink.wait(1)
        db.connection_done()  # as between two requests
        control("stop")
        until(lambda: any(b"OperationalError" in line for line in log), "it notices")
        assert worker.poll() is None
        control("start")
        db.connection_opened()
        tell(somebody(sink.phone()), key="after")
        sink.wait(2)
        until(lambda: Delivery.select().where(Delivery.state == "sent").count() == 2, "both are written down")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
        reader.join(10)
    assert all(json.loads(line) for line in log)
