"""Whose phone rings: opting in, again and again, moving to the next owner, taking it back; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.crypto import fingerprint
from app.models import Consent, Delivery, Device, Notice, PushSubscription
from app.services import delivery, subscriptions
from tests.conftest import NOW
from tests.inspection import Parsed, text_of
from tests.worker.phones import Phone, somebody, tell

LATER = NOW + timedelta(days=1)

pytestmark = pytest.mark.usefixtures("office")


def opt_in(person, phone, now=NOW, device_id=None):
    return subscriptions.opt_in(person.id, phone.subscription, device_id=device_id, label="HP", now=now)


def consents(person):
    rows = Consent.select().where((Consent.applicant == person.id) & (Consent.purpose == "push"))
    return [row.given for row in rows.order_by(Consent.at, Consent.id)]


def test_a_subscription_is_read_back_as_it_was_given():
    phone = Phone()
    person = somebody(phone)
    [row] = subscriptions.list_for(person.id)
    assert subscriptions.opened(row) == phone.subscription
    assert (row.origin, row.refreshed_at) == ("https://updates.push.services.mozilla.com", NOW)


def test_told_again_it_is_only_fresh():
    phone = Phone()
    person = somebody(phone)
    [before] = subscriptions.list_for(person.id)
    opt_in(person, phone, LATER)
    [after] = subscriptions.list_for(person.id)
    assert (after.id, after.created_at, after.refreshed_at) == (before.id, NOW, LATER)
    assert consents(person) == [True]


def test_new_keys_for_a_known_endpoint_replace_the_old():
    old = Phone()
    person = somebody(old)
    new = Phone(old.endpoint)
    opt_in(person, new)
    [row] = subscriptions.list_for(person.id)
    assert subscriptions.opened(row) == new.subscription


def test_the_last_sign_in_wins():
    phone = Phone()
    mother = somebody(phone)
    tell(mother)
    daughter = somebody()
    opt_in(daughter, phone, LATER)
    assert subscriptions.list_for(mother.id) == []
    assert len(subscriptions.list_for(daughter.id)) == 1
    assert [row.state for row in Delivery.select()] == ["gone"]
    assert (
        delivery.claim(10, LATER, timedelta(minutes=1)) == []
    )  # her mother's notice never reaches her screen
    tell(mother, now=LATER)
    assert delivery.claim(10, LATER, timedelta(minutes=1)) == []


def test_nothing_old_is_sent_to_a_new_phone():
    person = somebody()
    tell(person)
    opt_in(person, Phone(), LATER)
    assert delivery.claim(10, LATER, timedelta(minutes=1)) == []


def test_five_phones_and_the_one_that_was_silent_longest_makes_room():
    phones = [Phone() for _ in range(6)]
    person = somebody()
    for day, phone in enumerate(phones[:5]):
        opt_in(person, phone, NOW + timedelta(days=day))
    tell(person)
    opt_in(person, phones[0], NOW + timedelta(days=6))  # heard from again
    opt_in(person, phones[5], NOW + timedelta(days=7))
    kept = {subscriptions.opened(row).endpoint for row in subscriptions.list_for(person.id)}
    assert kept == {phone.endpoint for phone in phones} - {phones[1].endpoint}
    assert sorted(row.state for row in Delivery.select()) == ["gone"] + ["queued"] * 4


def test_ten_thousand_phones_of_one_person_are_five():
    person = somebody()
    for _ in range(30):
        opt_in(person, Phone())
    assert PushSubscription.select().count() == subscriptions.MOST


def test_consent_is_written_with_the_words_and_taken_back_with_the_last_phone():
    phones = [Phone(), Phone()]
    person = somebody(*phones)
    assert consents(person) == [True]
    assert Consent.get().text_sha256 == fingerprint(subscriptions.CARD)
    assert subscriptions.remove_endpoint(person.id, phones[0].endpoint, LATER) == 1
    assert consents(person) == [True]
    assert subscriptions.remove_endpoint(person.id, phones[1].endpoint, LATER) == 1
    assert consents(person) == [True, False]
    opt_in(person, phones[0], LATER + timedelta(days=1))
    assert consents(person) == [True, False, True]


def test_the_card_asks_with_the_words_that_are_kept(app):
    with app.test_request_context():
        card = app.jinja_env.get_template("parts.html").module.push("key")
    parsed = Parsed(f"<html><body>{card}</body></html>")
    shown = " ".join([text_of(parsed.all("h2")[0]), text_of(parsed.all("p")[0])])
    assert shown == subscriptions.CARD


def test_only_the_owner_takes_it_back():
    phone = Phone()
    person, stranger = somebody(phone), somebody()
    [row] = subscriptions.list_for(person.id)
    assert subscriptions.remove_endpoint(stranger.id, phone.endpoint, NOW) == 0
    assert subscriptions.remove_one(stranger.id, row.id, NOW) == 0
    assert subscriptions.remove_one(person.id, row.id, NOW) == 1


def test_one_phone_or_all():
    person = somebody(Phone())
    device = Device.create(
        applicant=person, token_hash=b"x" * 32, label="HP", created_at=NOW, last_seen_at=NOW
    )
    opt_in(person, Phone(), device_id=device.id)
    opt_in(person, Phone(), device_id=device.id)
    tell(person)
    assert subscriptions.is_on(person.id, device.id)
    assert subscriptions.remove_device(person.id, device.id, NOW) == 2
    assert not subscriptions.is_on(person.id, device.id)
    assert subscriptions.is_on(person.id, None)
    assert subscriptions.remove_all(person.id, NOW) == 1
    assert {row.state for row in Delivery.select()} == {"gone"}


def test_a_test_goes_the_whole_way_three_times_an_hour():
    person = somebody(Phone())
    for second in range(3):
        subscriptions.send_test(person.id, NOW + timedelta(seconds=second))
    with pytest.raises(subscriptions.TooManyTests):
        subscriptions.send_test(person.id, NOW + timedelta(minutes=59))
    subscriptions.send_test(person.id, NOW + timedelta(hours=1))
    assert Delivery.select().count() == Notice.select().count() == 4


def test_a_test_needs_a_phone():
    person = somebody()
    with pytest.raises(subscriptions.NoPhone):
        subscriptions.send_test(person.id, NOW)
    assert Notice.select().count() == 0


def test_the_database_holds_no_endpoint_in_the_clear(database):
    phone = Phone()
    somebody(phone)
    rows = database.execute_sql("SELECT * FROM push_subscription").fetchall()
    everything = b"|".join(
        bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in rows[0]
    )
    assert phone.endpoint.rpartition("/")[2].encode() not in everything
    assert phone.subscription.auth not in everything
