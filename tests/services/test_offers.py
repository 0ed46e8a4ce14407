"""A freed seat, from the moment it is left until somebody sits on it: in order, in time, once, in public."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from peewee import IntegrityError

from app import db
from app.models import Application, Deadline, Delivery, Draw, FreedSeat, LedgerEntry, Notice, Offer, Wave
from app.rules.promise import Reserve
from app.rules.states import State
from app.services import deadlines, every_minute, offers, public_changes, withdrawal
from app.services.offers import Gone
from tests.conftest import NOW
from tests.drawn import Person, asked, changes, drawn_wave, free_seats, imported_wave, states
from tests.states import subscribe

LATER = NOW + timedelta(hours=2)
UNTIL = NOW + timedelta(days=3, hours=9, minutes=18)
"""20.00 WIB of the third day after the offer."""
FOUR = [Person() for _ in range(4)]

pytestmark = pytest.mark.usefixtures("office")


def leave(application: Application, now=LATER) -> None:
    withdrawal.withdraw(application.applicant_id, "", now)


def offered(application: Application) -> Offer:
    return Offer.get((Offer.application == application.id) & (Offer.answer == ""))


def test_a_left_seat_is_offered_to_the_next_and_taken(office):
    wave, people = drawn_wave(2, FOUR)
    subscribe(people[2].applicant_id)
    assert states(people) == ["selected", "selected", "reserve", "reserve"]
    leave(people[0])
    assert offers.expire_due(LATER) == 1
    assert offers.expire_due(LATER) == 0
    assert asked() == [people[2].id]
    offer = offered(people[2])
    assert (offer.via, offer.expires_at) == ("open", UNTIL)
    notice = Notice.get(Notice.kind == "offer")
    assert notice.applicant_id == people[2].applicant_id
    assert notice.title == "Masih mau? Jawab sebelum Rabu, 25 November 2026, pukul 20.00 WIB"
    assert Delivery.get(Delivery.notice == notice).not_after == UNTIL
    offers.accept(offer.id, people[2].applicant_id, LATER + timedelta(hours=1))
    assert states(people) == ["withdrawn", "selected", "selected", "reserve"]
    due = Deadline.get(Deadline.application == people[2].id).due_at
    assert due > NOW + timedelta(days=wave.buy_within_days)
    assert Delivery.get(Delivery.notice == notice).state == "gone"
    assert changes() == [
        (1, "E0001", "selected", "withdrawn", "own_wish"),
        (2, "E0003", "reserve", "selected", "seat_offered"),
    ]
    assert offers.expire_due(LATER + timedelta(days=9)) == 0
    assert free_seats() == []
    assert public_changes.csv(Draw.get()).decode() == (
        "n,at,entry,from,to,reason\n"
        "1,2026-11-22T05:42:00Z,E0001,selected,withdrawn,own_wish\n"
        "2,2026-11-22T06:42:00Z,E0003,reserve,selected,seat_offered\n"
    )


def test_declined_or_unanswered_it_moves_on_and_nobody_is_asked_twice(office):
    _, people = drawn_wave(1, FOUR)
    leave(people[0])
    offers.expire_due(LATER)
    offers.decline(offered(people[1]).id, people[1].applicant_id, LATER)
    offers.expire_due(LATER)
    assert asked() == [people[2].id]
    assert offers.expire_due(UNTIL - timedelta(milliseconds=1)) == 0
    assert offers.expire_due(UNTIL) == 2  # one ended, the next one asked
    assert asked() == [people[3].id]
    assert states(people) == ["withdrawn", "not_selected", "not_selected", "reserve"]
    told = Notice.get(Notice.kind == "offer_over")
    assert told.applicant_id == people[2].applicant_id
    offers.expire_due(UNTIL + timedelta(days=9))
    assert asked() == []
    assert [line[2:] for line in changes()] == [
        ("selected", "withdrawn", "own_wish"),
        ("reserve", "not_selected", "seat_declined"),
        ("reserve", "not_selected", "offer_expired"),
        ("reserve", "not_selected", "offer_expired"),
    ]
    assert free_seats() == ["open"]  # nobody is left; the seat stays free, in sight


def test_after_the_time_before_it_and_by_somebody_else(office):
    _, people = drawn_wave(1, FOUR)
    leave(people[0])
    offers.expire_due(LATER)
    offer = offered(people[1])
    for verb in (offers.accept, offers.decline):
        with pytest.raises(Gone):
            verb(offer.id, people[2].applicant_id, LATER)  # another person's offer
        with pytest.raises(Gone, match="expired"):
            verb(offer.id, people[1].applicant_id, UNTIL)
    assert offers.open_for(Application.get_by_id(people[1].id), UNTIL, "WIB") is None
    assert states(people)[1] == "reserve"
    offers.accept(offer.id, people[1].applicant_id, UNTIL - timedelta(milliseconds=1))
    with pytest.raises(Gone, match="accepted"):
        offers.decline(offer.id, people[1].applicant_id, LATER)


def test_whoever_withdraws_with_an_offer_in_hand_holds_nobody_up(office):
    _, people = drawn_wave(1, FOUR)
    leave(people[0])
    offers.expire_due(LATER)
    leave(people[1])
    assert offers.expire_due(LATER + timedelta(minutes=1)) == 2
    assert asked() == [people[2].id]
    assert changes()[1] == (2, "E0002", "reserve", "withdrawn", "own_wish")
    assert states(people)[1] == "withdrawn"


def test_who_takes_a_seat_and_leaves_it_frees_it_again(office):
    _, people = drawn_wave(1, FOUR, reserves=(Reserve("phk", 1),))
    leave(people[0])
    offers.expire_due(LATER)
    offers.accept(offered(people[1]).id, people[1].applicant_id, LATER)
    leave(people[1])
    offers.expire_due(LATER)
    assert asked() == [people[2].id]


def test_the_household_limit_holds_for_offers_too(office):
    family = [Person(household="k1"), Person(), Person(household="k1"), Person()]
    _, people = drawn_wave(2, family, max_per_household=1)
    leave(people[1])
    offers.expire_due(LATER)
    assert asked() == [people[3].id]
    leave(people[0])
    offers.expire_due(LATER)
    assert people[2].id in asked()


@pytest.mark.parametrize(("refill", "next_one"), [("rank", 2), ("group", 3)])
def test_who_inherits_a_reserved_seat_is_a_rule(office, refill, next_one):
    people = [Person("phk"), Person(), Person(), Person("phk")]
    _, people = drawn_wave(2, people, reserves=(Reserve("phk", 1),), refill=refill)
    assert states(people)[:2] == ["selected", "selected"]
    leave(people[0])
    offers.expire_due(LATER)
    assert asked() == [people[next_one].id]
    assert offered(people[next_one]).via == "phk"


def test_seats_left_before_the_results_were_told_are_lines_too(office):
    _, people = drawn_wave(2, FOUR, withdrawn=(1, 4))
    assert changes() == [
        (1, "E0001", "selected", "withdrawn", "own_wish"),
        (2, "E0004", "reserve", "withdrawn", "own_wish"),
    ] or changes() == [
        (1, "E0004", "reserve", "withdrawn", "own_wish"),
        (2, "E0001", "selected", "withdrawn", "own_wish"),
    ]
    offers.expire_due(LATER)
    assert asked() == [people[2].id]


def test_nobody_is_offered_anything_before_the_results_are_told_or_after_the_wave_is_over(office):
    wave, people = drawn_wave(1, FOUR)
    leave(people[0])
    Wave.update(archived_at=LATER).where(Wave.id == wave.id).execute()
    assert offers.expire_due(LATER) == 0
    Wave.update(archived_at=None, published_at=None).where(Wave.id == wave.id).execute()
    assert offers.expire_due(LATER) == 0
    Wave.update(published_at=NOW).where(Wave.id == wave.id).execute()
    assert offers.expire_due(LATER) == 1
    Wave.update(archived_at=LATER).where(Wave.id == wave.id).execute()
    assert offers.open_for(Application.get_by_id(people[1].id), LATER, "WIB") is None
    with pytest.raises(Gone):
        offers.accept(offered(people[1]).id, people[1].applicant_id, LATER)
    assert states(people)[1] == "reserve"
    assert Offer.get().answer == ""  # no half state


def test_where_the_centre_selects_the_position_counts_and_there_is_no_public_file(office):
    reserve = State.RESERVE
    _, people = imported_wave([(State.SELECTED, None), (reserve, None), (reserve, 2), (reserve, 1)])
    leave(people[0])
    for expected in (3, 2, 1):
        offers.expire_due(LATER)
        assert asked() == [people[expected].id]
        offers.decline(offered(people[expected]).id, people[expected].applicant_id, LATER)
    assert changes() == []


def test_in_training_and_bought_are_nobody_elses_business(office):
    _, people = drawn_wave(1, FOUR)
    deadlines.mark_done(people[0].id, "buy_first_training", deadlines.ledger.SYSTEM, LATER)
    assert states(people)[0] == "in_training"
    assert changes() == []


def test_the_database_refuses_a_seat_given_twice(office):
    _, people = drawn_wave(1, FOUR)
    leave(people[0])
    offers.expire_due(LATER)
    given = offered(people[1])
    with pytest.raises(IntegrityError), db.writing():
        Offer.create(
            seat=given.seat_id,
            application=people[2],
            wave=given.wave_id,
            via="open",
            made_at=LATER,
            expires_at=UNTIL,
        )


def race(app, act, count) -> list[str]:
    """Let so many threads do the same at once; what became of each."""
    came, start = [], threading.Barrier(count)

    def run() -> None:
        with app.app_context():
            db.connection_opened()
            try:
                start.wait()
                act()
                came.append("done")
            except Gone:
                came.append("gone")
            finally:
                db.database.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_fifty_accept_at_once_and_one_gets_the_seat(app, office):
    _, people = drawn_wave(1, FOUR)
    leave(people[0])
    offers.expire_due(LATER)
    offer = offered(people[1])
    came = []
    for _ in range(2):  # 25 at once, twice: a pool of connections has its size
        came += race(app, lambda: offers.accept(offer.id, people[1].applicant_id, LATER), 25)
    assert sorted(came) == ["done"] + ["gone"] * 49
    assert LedgerEntry.select().where(LedgerEntry.reason == "seat_offered").count() == 1
    assert [line[0] for line in changes()] == [1, 2]


def test_two_workers_and_an_answer_at_the_last_moment(app, office):
    _, people = drawn_wave(2, FOUR)
    for one in people[:2]:
        leave(one)
    race(app, lambda: offers.expire_due(LATER), 4)
    offers.expire_due(LATER)
    assert sorted(asked()) == sorted(one.id for one in people[2:])
    offer = offered(people[2])
    early = UNTIL - timedelta(seconds=1)
    threads = [
        lambda: offers.accept(offer.id, people[2].applicant_id, early),
        lambda: offers.expire_due(UNTIL),
    ]
    race(app, lambda: threads.pop()(), 2)
    assert states(people)[2] in ("selected", "not_selected")
    assert Offer.get_by_id(offer.id).answer in ("accepted", "expired")
    assert FreedSeat.select().where(FreedSeat.outcome == "taken").count() <= 1
    assert [line[0] for line in changes()] == list(range(1, len(changes()) + 1))


def test_the_worker_asks_every_minute():
    assert offers.expire_due in [job.act for job in every_minute.jobs()]
