"""A publication and its worker: killed with -9 in the middle, two at once; each person exactly once and whole."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from app.models import Application, AuditLine, Deadline, Delivery, LedgerEntry, Notice, Result, Wave
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, results, subscriptions
from tests.conftest import NOW
from tests.drawn import staff
from tests.staff import rows
from tests.worker.jobs import END_SECONDS, job, until
from tests.worker.phones import Phone

pytestmark = pytest.mark.usefixtures("office")
JOB = "publication_job"


def planned(count: int) -> Wave:
    """A wave whose results may be told now; every third is selected, every tenth has a phone that rings."""
    wave = rows.wave(3, opens=-30, closes=-10, announce_at=None)
    for n, one in enumerate(rows.many(count, wave)):
        Result.create(
            application=one,
            wave=wave,
            outcome=(State.RESERVE if n % 3 else State.SELECTED).value,
            reason=Reason.CENTRAL_RESULT.value,
            staff=staff("budi").staff,
            set_at=NOW,
        )
        if n % 10 == 0:
            subscriptions.opt_in(one.applicant_id, Phone().subscription, device_id=None, label="HP", now=NOW)
    results.schedule_publication(wave, NOW, staff("hadi"), NOW)
    return Wave.get_by_id(wave.id)


def told() -> int:
    return int(Notice.select().where(Notice.kind == "result").count())


def whole(people: int) -> None:
    """Whoever has left the selection has a line, a notice and a told result, once; whoever is in it has nothing."""
    moved = {row.id: row.state for row in Application.select().where(Application.state != "in_selection")}
    lines = Counter(row.application_id for row in LedgerEntry.select().where(LedgerEntry.actor == "system"))
    notices = Counter(row.application_id for row in Notice.select())
    results_told = {row.application_id for row in Result.select().where(Result.published_at.is_null(False))}
    deadlines = {row.application_id for row in Deadline.select()}
    assert set(moved) == set(lines) == set(notices) == results_told
    assert set(lines.values()) | set(notices.values()) <= {1}
    assert deadlines == {one for one, state in moved.items() if state == "selected"}
    assert len(moved) == people


def test_killed_again_and_again_everybody_is_told_once(settings):
    wave = planned(300)
    for part in (10, 90, 180):
        with job(settings, JOB, NOW) as one:
            until(lambda part=part: told() >= part, f"{part} people told")
            one.send_signal(signal.SIGKILL)
            one.wait(END_SECONDS)
        assert one.returncode == -signal.SIGKILL
        killed_at = told()
        assert part <= killed_at < 300
        assert killed_at % 10 == 0  # whole chunks only
        whole(killed_at)
        half = Wave.get_by_id(wave.id)
        assert (half.published_at, half.telling_since) == (NOW, NOW)  # published for everybody all the same
    with job(settings, JOB, NOW) as last:
        assert last.wait(END_SECONDS) == 0
    whole(300)
    assert Wave.get_by_id(wave.id).telling_since is None
    of = Counter(row.subscription_id for row in Delivery.select())
    assert (len(of), set(of.values())) == (30, {1})
    assert AuditLine.select().where(AuditLine.verb == "wave.published").count() == 1
    assert audit.verify() == (AuditLine.select().count(), None)


def test_two_workers_at_once_tell_everybody_once(settings):
    wave = planned(200)
    with job(settings, JOB, NOW) as one, job(settings, JOB, NOW) as other:
        assert (one.wait(END_SECONDS), other.wait(END_SECONDS)) == (0, 0)
    results.publish_due(NOW)  # whoever came last may have left the end to the next minute
    whole(200)
    assert Wave.get_by_id(wave.id).telling_since is None
