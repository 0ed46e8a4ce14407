"""The senders: processes that are killed one by one, services that want to be left alone, keys that are refused."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from app import db, flow, sender, worker
from app.channels.push_gate import MAX_PAUSE, Pause
from app.channels.web_push import Kind, Outcome, Sender
from app.models import Delivery, PushService, PushSubscription
from app.rules import push_terms
from app.services import delivery, notice_chunks, outbox, push_services
from tests.conftest import KEYS, NOW
from tests.worker.phones import HOST, Phone, Sink, somebody, tell
from tests.worker.run import children, kill_all, process
from tests.worker.test_worker import end, fill, states, until, words

pytestmark = pytest.mark.usefixtures("office")

LEASE = timedelta(minutes=1)
SITE = "https://gelombang.example.org"


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


def empty(clock, **options) -> int:
    """Empty the outbox in this process; returns how many deliveries were handled."""
    stop = options.pop("stop", lambda: False)

    async def run() -> int:
        made = Sender(KEYS.vapid, "mailto:ops@example.org", (), **{"allow_loopback": True} | options)
        async with made:
            return await flow.deliver_due(made, SITE, clock, stop)

    return asyncio.run(run())


# killed -----------------------------------------------------------------------------------------


def test_a_sender_that_is_killed_is_started_again_and_nothing_is_lost(settings, sink):
    phones = fill(sink, 40)
    sink.hold()
    with process(settings, NOW, lease=3, senders=2) as one:
        sink.wait(40)
        before = children(one)
        os.kill(before[0], signal.SIGKILL)
        os.kill(before[1], signal.SIGKILL)
        sink.release()
        until(lambda: states() == {"sent": 40}, "all to be sent")
        after = children(one)
        log = end(one)
    assert (len(after), set(after) & set(before)) == (2, set())
    assert log.count("ended by itself with -9") == 2
    told = words(sink, phones)
    assert set(told) == set(phones)
    assert {len(texts) for texts in told.values()} == {1}


def test_when_the_worker_alone_is_killed_its_senders_finish_and_end(settings, sink):
    fill(sink, 10)
    sink.hold()
    with process(settings, NOW, senders=2) as one:
        sink.wait(10)
        left = children(one)
        one.kill()
        sink.release()
        until(lambda: not any(Path(f"/proc/{pid}/stat").exists() and _runs(pid) for pid in left), "their end")
    assert states() == {"sent": 10}
    assert len(sink.received) == 10


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_worker_without_senders_sends_nothing_and_ends(settings, sink):
    fill(sink, 1)
    with process(settings, NOW, senders=0) as one:
        until(lambda: (settings.var / "queue.db").exists() or bool(settings.redis_url), "its start")
        assert children(one) == []
        end(one)
    assert one.returncode == 0
    assert states() == {"queued": 1}


@pytest.mark.skipif(not worker.AUTOGROUP.exists(), reason="this kernel does not share out by session")
def test_the_whole_session_of_the_worker_stays_below_the_pages(settings, sink):
    with process(settings, NOW, senders=1) as one:
        until(lambda: len(children(one)) == 1, "its start")
        groups = {Path(f"/proc/{pid}/autogroup").read_text() for pid in (one.pid, *children(one))}
        end(one)
    assert [group.split()[-2:] for group in groups] == [["nice", str(sender.NICENESS)]]
    assert groups != {worker.AUTOGROUP.read_text()}


# the flow ---------------------------------------------------------------------------------------


def test_nobody_waits_for_the_one_who_does_not_answer(settings, sink):
    phones = fill(sink, 300)  # more than is claimed at once
    sink.silent.add(next(iter(phones)))
    with process(settings, NOW) as one:
        until(lambda: states() == {"sent": 299, "queued": 1}, "all others")
        kill_all(one)


def test_what_was_claimed_and_not_begun_is_given_back_at_the_end(sink, clock):
    fill(sink, 20)
    assert empty(clock, stop=lambda: True) == 20
    assert sink.received == []
    assert {(row.state, row.attempts, row.leased_until) for row in Delivery.select()} == {("queued", 0, None)}


def test_what_was_encrypted_and_not_sent_is_given_back_at_the_end(sink, clock):
    fill(sink, 40)
    assert empty(clock, concurrency=1, stop=lambda: bool(sink.received)) == 40
    assert len(sink.received) == 1
    assert states() == {"sent": 1, "queued": 39}
    rows = Delivery.select().where(Delivery.state == "queued")
    assert {(row.attempts, row.leased_until) for row in rows} == {(0, None)}


@pytest.mark.only_on("postgres")
def test_a_claim_does_not_wait_for_the_disk_and_what_comes_after_it_does(monkeypatch):
    db.database.execute_sql("SET synchronous_commit TO on")
    tell(somebody(Phone()))
    lease, seen = outbox.lease, []
    monkeypatch.setattr(outbox, "lease", lambda *more: seen.append(_waits()) or lease(*more))
    assert len(delivery.claim(10, NOW, LEASE)) == 1
    assert (seen, _waits()) == (["off"], "on")


@pytest.mark.only_on("postgres")
def test_outcomes_do_not_wait_for_the_disk(monkeypatch):
    db.database.execute_sql("SET synchronous_commit TO on")
    tell(somebody(Phone()))
    outcomes = [(one, SENT) for one in delivery.claim(10, NOW, LEASE)]
    finish, seen = outbox.finish, []
    monkeypatch.setattr(outbox, "finish", lambda *more: seen.append(_waits()) or finish(*more))
    flow.write(outcomes, {}, NOW)
    assert (set(seen), _waits()) == ({"off"}, "on")


def _waits() -> str:
    """The tests' own server never waits unless it is told to."""
    return str(db.database.execute_sql("SHOW synchronous_commit").fetchone()[0])


def test_many_batches_leave_through_few_connections(sink, clock):
    fill(sink, 600)
    assert empty(clock, concurrency=4) == 600
    assert states() == {"sent": 600}
    assert len({len(came.body) for came in sink.received}) == 1
    assert len({came.body[21:86] for came in sink.received}) == 600, "a key pair was used twice"


def test_a_fault_of_ours_in_one_message_costs_it_a_try_and_the_others_nothing(
    sink, clock, monkeypatch, caplog
):
    fill(sink, 5)
    worst, prepare = Delivery.select().first().id, delivery.prepare

    def breaks(claimed, *more):
        return 1 / 0 if claimed.id == worst else prepare(claimed, *more)

    monkeypatch.setattr(delivery, "prepare", breaks)
    assert empty(clock) == 5
    assert states() == {"sent": 4, "queued": 1}
    assert (Delivery.get_by_id(worst).reason, Delivery.get_by_id(worst).attempts) == ("error", 1)
    assert "ZeroDivisionError" in caplog.text


def test_what_is_due_at_a_moment_leaves_at_that_moment_however_seldom_the_outbox_is_looked_into(
    settings, sink
):
    fill(sink, 1)
    Delivery.update(not_before=NOW + timedelta(seconds=5)).execute()
    with process(settings, NOW, pause=600) as one:
        until(lambda: states() == {"sent": 1}, "what was due after the first look")
        end(one)


# services that want to be left alone --------------------------------------------------------------


def test_a_pause_is_shared_by_all_senders_and_ends(settings, sink, clock):
    fill(sink, 700)
    sink.status, sink.headers = 429, {"Retry-After": "120"}
    with process(settings, NOW, senders=2) as one:
        until(lambda: not due(NOW + timedelta(seconds=60)), "all rows to wait")
        end(one)
    [service] = PushService.select()
    assert (service.origin, service.why) == (sink.origin, "busy")
    assert service.paused_until >= NOW + timedelta(seconds=119)
    asked = len(sink.received)
    assert asked < 700  # the others were not even tried
    assert states() == {"queued": 700}
    assert Delivery.select().where(Delivery.attempts == 0).count() == 700 - asked

    sink.status = 201
    clock.set(NOW + timedelta(seconds=60))
    assert empty(clock) == 0
    clock.set(NOW + timedelta(minutes=10))
    assert empty(clock) == 700
    assert states() == {"sent": 700}


def due(now) -> bool:
    return Delivery.select().where((Delivery.state == "queued") & (Delivery.not_before <= now)).exists()


def test_a_pause_that_another_sender_wrote_holds_what_is_claimed_here(clock):
    phone, other = Phone(), Phone("https://fcm.googleapis.com/fcm/send/x")
    tell(somebody(phone))
    tell(somebody(other))
    push_services.pause({HOST: Pause(NOW + timedelta(minutes=2), "busy")})
    [claimed] = delivery.claim(10, NOW, LEASE)
    assert claimed.subscription.origin == "https://fcm.googleapis.com"
    [held] = Delivery.select().where(Delivery.leased_until.is_null())
    assert NOW + timedelta(minutes=2) <= held.not_before <= NOW + timedelta(minutes=2, seconds=30)
    assert held.attempts == 0


def test_the_longer_pause_holds_whoever_writes_it_last():
    for minutes in (2, 5, 1):
        push_services.pause({HOST: Pause(NOW + timedelta(minutes=minutes), "busy")})
    assert push_services.paused(NOW) == {HOST: Pause(NOW + timedelta(minutes=5), "busy")}
    assert push_services.paused(NOW + timedelta(minutes=5)) == {}


def test_what_is_worthless_after_the_pause_is_given_up():
    tell(somebody(Phone()), not_after=NOW + timedelta(minutes=1))
    push_services.pause({HOST: Pause(NOW + timedelta(minutes=2), "silent")})
    assert delivery.claim(10, NOW, LEASE) == []
    assert (Delivery.get().state, Delivery.get().reason) == ("failed", "too_late")


def test_a_key_that_everybody_refuses_is_an_alarm_and_no_subscription_s_fault(sink, clock, caplog):
    fill(sink, 60)
    sink.status = 403
    assert empty(clock, concurrency=1) == 60
    assert len(sink.received) == 20
    assert "it refuses our key" in caplog.text
    assert (PushService.get().why, PushService.get().paused_until) == (
        "key",
        NOW + timedelta(seconds=MAX_PAUSE),
    )
    assert states() == {"queued": 60}
    assert {row.refused_days for row in PushSubscription.select()} == {0}


# 401 and 403 ------------------------------------------------------------------------------------

REFUSED, SENT = Outcome(Kind.REFUSED, "403", detail="BadJwtToken"), Outcome(Kind.SENT, "201")


def told_on(day: int, person, outcome: Outcome) -> None:
    """Tell somebody something on a day; another person's phone at the same service takes its own."""
    now = NOW + timedelta(days=day)
    tell(person, now=now)
    tell(somebody(Phone(), now=now), now=now)
    mine = {row.id for row in PushSubscription.select().where(PushSubscription.applicant == person.id)}
    claimed = delivery.claim(10, now, LEASE)
    outcomes = [(one, outcome if one.subscription.id in mine else SENT) for one in claimed]
    delivery.record(outcomes, now)


def refused_days(person) -> int:
    return PushSubscription.get(PushSubscription.applicant == person.id).refused_days


def test_one_that_is_refused_on_three_days_is_written_to_no_more_and_kept():
    person = somebody(Phone())
    for day in range(3):
        assert refused_days(person) == day
        told_on(day, person, REFUSED)
    assert refused_days(person) == push_terms.REFUSED_DAYS
    before = Delivery.select().count()
    notice = tell(person, now=NOW + timedelta(days=4))
    assert Delivery.select().count() == before
    assert notice.climb_at == notice.created_at  # the ladder goes to the email at once
    assert PushSubscription.select().where(PushSubscription.applicant == person.id).exists()
    said = notice_chunks.Said("result", "Hasil sudah keluar", "Buka halaman Status.", "/saya", None)
    assert notice_chunks.write_all([notice_chunks.To(person.id, None, "result:many")], said, None, NOW) == 1
    assert Delivery.select().count() == before  # a notice to many is queued by the same rule


def test_a_day_counts_once_and_an_answer_that_it_was_taken_forgives():
    person = somebody(Phone())
    told_on(0, person, REFUSED)
    told_on(0, person, REFUSED)
    assert refused_days(person) == 1
    told_on(1, person, SENT)
    assert refused_days(person) == 0


def test_a_browser_that_subscribed_anew_is_written_to_again():
    phone = Phone()
    person = somebody(phone)
    PushSubscription.update(refused_days=3, refused_at=NOW).execute()
    from app.services import subscriptions

    subscriptions.opt_in(person.id, phone.subscription, device_id=None, label="HP", now=NOW)
    assert refused_days(person) == 3  # told again with the same keys, it is the same
    renewed = Phone(phone.endpoint)
    subscriptions.opt_in(person.id, renewed.subscription, device_id=None, label="HP", now=NOW)
    assert refused_days(person) == 0


def test_a_refused_message_is_tried_later_and_given_up_with_its_reason():
    person = somebody(Phone())
    told_on(0, person, REFUSED)
    row = Delivery.get(Delivery.state == "queued")
    assert row.not_before >= NOW + timedelta(hours=6)
    assert row.reason == "403 BadJwtToken"
    [again] = delivery.claim(10, NOW + timedelta(days=1), LEASE)
    Delivery.update(not_after=NOW + timedelta(days=1, hours=1)).execute()
    [again] = delivery.claim(10, NOW + timedelta(days=1, minutes=2), LEASE)
    delivery.record([(again, REFUSED)], NOW + timedelta(days=1, minutes=2))
    assert (Delivery.get_by_id(again.id).state, Delivery.get_by_id(again.id).reason) == (
        "failed",
        "403 BadJwtToken",
    )


# urgency and time to live -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "urgency", "hours"),
    [
        ("result", "high", 72),
        ("offer", "high", 72),
        ("security", "high", 24),
        ("received", "normal", 24),
        ("broadcast", "normal", 72),
    ],
)
def test_urgency_and_time_to_live_depend_on_the_kind(kind, urgency, hours):
    tell(somebody(Phone()), kind=kind)
    [one] = delivery.claim(10, NOW, LEASE)
    message = delivery.prepare(one, SITE, NOW)
    assert (message.urgency, message.ttl) == (urgency, hours * 3600)


def test_who_was_selected_and_who_was_not_look_the_same_to_a_push_service():
    for body in (
        "Anda terpilih.",
        "Anda belum terpilih kali ini. Anda tetap bisa ikut gelombang berikutnya.",
    ):
        tell(somebody(Phone()), body=body)
    one, two = (delivery.prepare(claimed, SITE, NOW) for claimed in delivery.claim(10, NOW, LEASE))
    assert (len(one.body), one.ttl, one.urgency) == (len(two.body), two.ttl, two.urgency)
