"""The outbox: who may send what and when, and what is written down afterwards, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app import db
from app.channels.web_push import BODY_BYTES, Kind, Outcome
from app.models import Delivery, PushSubscription
from app.services import delivery
from app.services.delivery import Claimed
from tests.conftest import NOW
from tests.worker.phones import Phone, somebody, tell

LEASE = timedelta(minutes=1)
SENT = Outcome(Kind.SENT, "201")

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def person():
    return somebody(Phone())


def at(hour: int, minute: int = 0, day: int = 22) -> datetime:
    """A time of the office (WIB)."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def claim(now: datetime = NOW, limit: int = 100) -> list[Claimed]:
    return delivery.claim(limit, now, LEASE)


def row() -> Delivery:
    return Delivery.get()


def test_what_is_written_is_claimed_once(person):
    notice = tell(person)
    [one] = claim()
    assert (one.notice.id, one.attempts, one.leased_until) == (notice.id, 1, NOW + LEASE)
    assert claim() == []
    assert claim(NOW + LEASE - timedelta(milliseconds=1)) == []


def test_a_lease_that_ran_out_is_claimed_again(person):
    tell(person)
    [first] = claim()
    [second] = claim(NOW + LEASE)
    assert (second.id, second.attempts, second.leased_until) == (first.id, 2, NOW + 2 * LEASE)


def test_every_phone_of_a_person_is_told():
    person = somebody(Phone(), Phone())
    tell(person)
    assert len(claim()) == 2


def test_nothing_before_its_time(person):
    tell(person, not_before=NOW + timedelta(hours=1))
    assert claim(NOW + timedelta(minutes=59)) == []
    assert len(claim(NOW + timedelta(hours=1))) == 1


def test_too_old_is_not_sent(person):
    tell(person, not_after=NOW + timedelta(hours=1))
    assert claim(NOW + timedelta(hours=1)) == []
    assert (row().state, row().reason) == ("failed", "too_late")


def test_what_was_read_in_the_inbox_rings_no_more(person):
    notice = tell(person)
    notice.opened_at = NOW
    notice.save()
    assert claim() == []
    assert row().state == "opened"


def test_who_opts_in_later_is_not_sent_what_is_old():
    person = somebody()
    tell(person)
    PushSubscription.delete().execute()
    delivery_count = Delivery.select().count()
    from app.services import subscriptions

    subscriptions.opt_in(person.id, Phone().subscription, device_id=None, label="", now=NOW)
    assert Delivery.select().count() == delivery_count == 0
    assert claim() == []


# order --------------------------------------------------------------------------------------------


def test_the_order_of_sending_is_that_of_random_ids():
    written = [tell(somebody(Phone())).id for _ in range(12)]
    sent = [one.notice.id for _ in range(4) for one in claim(limit=3)]
    assert sorted(sent) == sorted(written)
    assert sent != written  # one in 479 million by chance
    ids = [one.id for one in Delivery.select(Delivery.id).order_by(Delivery.id)]
    assert [Delivery.get(Delivery.notice == notice).id for notice in sent] == ids


# quiet hours --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "morning"),
    [
        (at(21), at(6, day=23)),
        (at(23, 59), at(6, day=23)),
        (at(0, day=23), at(6, day=23)),
        (at(5, 59, day=23), at(6, day=23)),
    ],
)
def test_at_night_a_push_waits_for_the_morning(person, now, morning):
    tell(person, now=now)
    assert claim(now) == []
    assert (row().state, row().not_before, row().attempts) == ("queued", morning, 0)
    assert claim(morning - timedelta(milliseconds=1)) == []
    assert len(claim(morning)) == 1


@pytest.mark.parametrize("now", [at(6), at(20, 59)])
def test_by_day_it_goes_at_once(person, now):
    tell(person, now=now)
    assert len(claim(now)) == 1


def test_what_is_worthless_in_the_morning_is_given_up_at_night(person):
    tell(person, now=at(22), not_after=at(23, 59))
    assert claim(at(22)) == []
    assert (row().state, row().reason) == ("failed", "too_late")


def test_a_test_that_a_person_asks_for_comes_also_at_night(person):
    tell(person, kind="test", now=at(22))
    assert len(claim(at(22))) == 1


def test_many_are_moved_to_the_morning_in_one_call(person):
    for _ in range(5):
        tell(person, now=at(22))
    assert claim(at(22), limit=2) == []
    assert {one.not_before for one in Delivery.select()} == {at(6, day=23)}


# what became of it --------------------------------------------------------------------------------


def test_sent(person):
    tell(person)
    [one] = claim()
    delivery.record([(one, SENT)], NOW)
    assert (row().state, row().done_at, row().leased_until) == ("sent", NOW, None)
    assert claim(NOW + timedelta(days=1)) == []


def test_gone_takes_the_subscription_and_all_that_waits_for_it():
    person = somebody(Phone(), Phone())
    tell(person)
    tell(person, not_before=NOW + timedelta(hours=1))
    claimed = claim()
    lost, kept = claimed[0].subscription.id, claimed[1].subscription.id
    delivery.record([(claimed[0], Outcome(Kind.GONE, "410")), (claimed[1], SENT)], NOW)
    assert [one.id for one in PushSubscription.select()] == [kept] != [lost]
    assert sorted(one.state for one in Delivery.select()) == ["gone", "gone", "queued", "sent"]
    assert len(claim(NOW + timedelta(hours=1))) == 1


def test_a_phone_that_was_put_out_meanwhile_is_not_sent_to(person):
    tell(person)
    PushSubscription.delete().execute()
    assert claim() == []
    assert (row().state, row().reason) == ("gone", "unsubscribed")


def test_failed_keeps_the_reason_and_the_subscription(person):
    tell(person)
    [one] = claim()
    delivery.record([(one, Outcome(Kind.FAILED, "403", detail="BadJwtToken"))], NOW)
    assert (row().state, row().reason) == ("failed", "403 BadJwtToken")
    assert PushSubscription.select().count() == 1


def test_a_service_in_trouble_is_asked_again_later_and_not_for_ever(person):
    tell(person, not_after=NOW + timedelta(days=3))
    now, waits = NOW, []
    while claimed := claim(now):
        delivery.record([(claimed[0], Outcome(Kind.RETRY, "503", 1.0))], now)
        waits.append((row().not_before - now) / timedelta(minutes=1))
        now = row().not_before
        hour = (now + timedelta(hours=7)).hour
        if not 6 <= hour < 21:  # the night is tested above
            now += timedelta(hours=9)
    assert (row().state, row().reason) == ("failed", "tries 503")
    assert len(waits) == delivery.TRIES
    usual = [1, 3, 9, 27, 81, 243, 360]
    assert all(least <= wait <= 1.5 * least for least, wait in zip(usual, waits, strict=False)), waits
    assert PushSubscription.select().count() == 1


def test_retry_after_is_honoured(person):
    tell(person)
    [one] = claim()
    delivery.record([(one, Outcome(Kind.RETRY, "429", 1800.0))], NOW)
    assert row().not_before >= NOW + timedelta(minutes=30)


def test_not_all_come_back_in_the_same_second():
    for _ in range(8):
        tell(somebody(Phone()))
    delivery.record([(one, Outcome(Kind.RETRY, "503", 60.0)) for one in claim()], NOW)
    assert len({one.not_before for one in Delivery.select()}) > 4


def test_waiting_for_a_service_that_has_a_break_costs_no_try(person):
    tell(person)
    [one] = claim()
    delivery.record([(one, Outcome(Kind.RETRY, "paused", 60.0))], NOW)
    assert row().attempts == 0


def test_a_retry_after_its_time_is_given_up(person):
    tell(person, not_after=NOW + timedelta(minutes=10))
    [one] = claim()
    delivery.record([(one, Outcome(Kind.RETRY, "503", 900.0))], NOW)
    assert (row().state, row().reason) == ("failed", "too_late")


def test_what_kills_its_worker_every_time_is_given_up(person):
    tell(person)
    for turn in range(delivery.TRIES):
        assert len(claim(NOW + turn * LEASE)) == 1
    assert claim(NOW + delivery.TRIES * LEASE) == []
    assert (row().state, row().reason) == ("failed", "tries")


@pytest.mark.parametrize("late", [Outcome(Kind.RETRY, "timeout", 60.0), Outcome(Kind.FAILED, "413")])
def test_who_lost_the_lease_cannot_take_the_row_from_the_next(person, late):
    tell(person)
    [slow] = claim()
    [fast] = claim(NOW + LEASE)
    delivery.record([(slow, late)], NOW + LEASE)
    assert (row().state, row().leased_until) == ("queued", fast.leased_until)
    delivery.record([(fast, SENT)], NOW + LEASE)
    delivery.record([(slow, late)], NOW + LEASE)
    assert row().state == "sent"


def test_a_late_word_that_it_was_sent_still_counts(person):
    tell(person)
    [slow] = claim()
    [fast] = claim(NOW + LEASE)
    delivery.record([(slow, SENT)], NOW + LEASE)
    delivery.record([(fast, Outcome(Kind.RETRY, "timeout", 60.0))], NOW + LEASE)
    assert row().state == "sent"


# what is said -------------------------------------------------------------------------------------


def test_the_lock_screen_tells_no_result():
    phone = Phone()
    notice = tell(somebody(phone), body="Selamat, Anda terpilih.")
    [one] = claim()
    message = delivery.prepare(one, "https://gelombang.example.org", NOW)
    assert b"terpilih" not in message.body
    assert len(message.body) == BODY_BYTES
    assert notice.title.encode() in message.body
    assert b"https://gelombang.example.org/saya/kabar" in message.body
    assert message.subscription == phone.subscription


def test_a_second_copy_takes_the_place_of_the_first(person):
    tell(person)
    [first] = claim()
    [second] = claim(NOW + LEASE)
    one, two = (delivery.prepare(c, "https://gelombang.example.org", NOW) for c in (first, second))
    assert (one.topic, one.body) == (two.topic, two.body)


def test_a_push_service_cannot_tell_that_two_phones_are_one_person_s():
    tell(somebody(Phone(), Phone()))
    topics = {delivery.prepare(one, "https://x.example.org", NOW).topic for one in claim()}
    assert len(topics) == 2


def test_the_time_to_live_ends_with_the_notice(person):
    tell(person, not_after=NOW + timedelta(hours=5))
    [one] = claim()
    message = delivery.prepare(one, "https://x.example.org", NOW + timedelta(hours=1))
    assert message.ttl == 4 * 3600
    assert message.urgency == "high"


# two workers --------------------------------------------------------------------------------------


@pytest.fixture
def threads() -> Iterator[list[threading.Thread]]:
    made: list[threading.Thread] = []
    yield made
    for thread in made:
        thread.join(30)


def test_workers_at_once_never_share_a_row(threads):
    person = somebody(Phone())
    for _ in range(60):
        tell(person)
    taken: list[int] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        while claimed := claim(limit=7):
            taken.extend(one.id for one in claimed)
        db.connection_done()
        if db.is_sqlite():
            db.database.close()

    threads += [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(taken) == len(set(taken)) == 60
