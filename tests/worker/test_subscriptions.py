"""Whose phone rings: opting in, again and again, moving to the next owner, taking it back; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.channels.web_push import Kind, Outcome
from app.crypto import fingerprint
from app.models import AuditLine, Consent, Delivery, Device, Notice, PushSubscription
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


def device_of(person, mark=b"x"):
    seen = {"created_at": NOW, "last_seen_at": NOW}
    return Device.create(applicant=person, token_hash=mark * 32, label="HP", **seen)


def test_one_phone_or_all():
    person = somebody(Phone())
    device = device_of(person)
    opt_in(person, Phone(), device_id=device.id)
    tell(person)
    assert subscriptions.is_on(person.id, device.id)
    assert subscriptions.remove_device(person.id, device.id, NOW) == 1
    assert not subscriptions.is_on(person.id, device.id)
    assert subscriptions.is_on(person.id, None)
    assert subscriptions.remove_all(person.id, NOW) == 1
    assert {row.state for row in Delivery.select()} == {"gone"}


def test_a_phone_that_subscribed_anew_has_one_row_and_misses_nothing():
    """Its browser lost the subscription: the push service may never say so of the old one."""
    old, new, other = Phone(), Phone(), Phone()
    person = somebody()
    phone, second = device_of(person), device_of(person, b"y")
    opt_in(person, old, device_id=phone.id)
    opt_in(person, other, device_id=second.id)
    tell(person)
    opt_in(person, new, LATER, device_id=phone.id)
    rows = {subscriptions.opened(row).endpoint: row for row in subscriptions.list_for(person.id)}
    assert set(rows) == {new.endpoint, other.endpoint}
    waiting = {row.subscription_id: row.state for row in Delivery.select()}
    assert waiting == {rows[new.endpoint].id: "queued", rows[other.endpoint].id: "queued"}
    assert consents(person) == [True]


def test_a_row_that_comes_back_takes_the_place_of_the_newer_one():
    old, new = Phone(), Phone()
    person = somebody()
    phone = device_of(person)
    opt_in(person, old, device_id=phone.id)
    PushSubscription.update(device=None).execute()  # as before a phone had one row
    opt_in(person, new, device_id=phone.id)
    tell(person)
    opt_in(person, old, LATER, device_id=phone.id)
    assert [subscriptions.opened(row).endpoint for row in PushSubscription.select()] == [old.endpoint]
    assert sorted(row.state for row in Delivery.select()) == ["gone", "queued"]


def test_room_is_made_by_other_phones_only_when_a_further_one_comes():
    person = somebody(*(Phone() for _ in range(4)))
    phone = device_of(person)
    opt_in(person, Phone(), device_id=phone.id)
    before = {row.id for row in PushSubscription.select().where(PushSubscription.device.is_null())}
    opt_in(person, Phone(), LATER, device_id=phone.id)
    assert {row.id for row in PushSubscription.select().where(PushSubscription.device.is_null())} == before


@pytest.mark.parametrize("code", ["404", "410"])
def test_a_phone_that_became_deaf_still_wants_push(code):
    person = somebody()
    phone = device_of(person)
    opt_in(person, Phone(), device_id=phone.id)
    tell(person)
    [claimed] = delivery.claim(10, NOW, timedelta(minutes=1))
    delivery.record([(claimed, Outcome(Kind.GONE, code))], NOW)
    assert subscriptions.list_for(person.id) == []
    assert subscriptions.is_on(person.id, phone.id)
    assert consents(person) == [True]
    before = AuditLine.select().count()
    opt_in(person, Phone(), LATER, device_id=phone.id)  # its next page, in silence
    assert consents(person) == [True]
    assert AuditLine.select().count() == before


def test_switching_off_holds_for_a_deaf_phone_too():
    person = somebody()
    phone = device_of(person)
    opt_in(person, Phone(), device_id=phone.id)
    PushSubscription.delete().execute()
    assert subscriptions.remove_device(person.id, phone.id, LATER) == 0
    assert not subscriptions.is_on(person.id, phone.id)
    assert consents(person) == [True, False]


def test_the_last_phone_takes_the_wish_of_deaf_ones_along():
    person = somebody()
    deaf, phone = device_of(person), device_of(person, b"y")
    opt_in(person, Phone(), device_id=deaf.id)
    PushSubscription.delete().execute()
    opt_in(person, Phone(), device_id=phone.id)
    subscriptions.remove_device(person.id, phone.id, LATER)
    opt_in(person, Phone(), LATER + timedelta(days=1), device_id=phone.id)
    assert not subscriptions.is_on(person.id, deaf.id)


def test_where_the_next_person_said_yes_the_earlier_one_is_asked_anew():
    phone = Phone()
    mother, daughter = somebody(), somebody()
    hers, theirs = device_of(mother), device_of(daughter, b"y")
    opt_in(mother, phone, device_id=hers.id)
    opt_in(daughter, phone, LATER, device_id=theirs.id)
    assert not subscriptions.is_on(mother.id, hers.id)
    assert subscriptions.is_on(daughter.id, theirs.id)


def test_one_persons_yes_is_not_another_persons():
    person, stranger = somebody(), somebody()
    phone = device_of(person)
    opt_in(person, Phone(), device_id=phone.id)
    assert not subscriptions.is_on(stranger.id, phone.id)
    subscriptions.remove_device(stranger.id, phone.id, LATER)
    assert subscriptions.is_on(person.id, phone.id)


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
