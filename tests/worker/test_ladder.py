"""A notice that was not seen climbs: push, email, call; each rung once, also after a downtime, never when it was seen."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from app import db
from app.crypto import keys
from app.models import Applicant, CallTask, Consent, Delivery, Notice, Session
from app.rules.ladder import CALL, LADDER, first_look
from app.services import delivery, inbox, ladder, sessions
from tests.worker.phones import Phone, somebody, tell

pytestmark = pytest.mark.usefixtures("office")

HOUR = timedelta(hours=1)
#: 09.00 in the office (WIB).
START = datetime(2026, 11, 22, 2, tzinfo=UTC)


def with_email(person: Applicant, address: str = "siti@example.org") -> Applicant:
    person.email, person.email_index = address, keys().lookup_hash("email", address)
    person.email_proved_at = START
    person.save()
    return person


def rungs() -> tuple[int, int]:
    """(emails, call entries) that there are."""
    return Delivery.select().where(Delivery.channel == "email").count(), CallTask.select().count()


def result(*phones: Phone, email: bool = True, now: datetime = START, **more: object) -> Notice:
    person = somebody(*phones, now=START)
    return tell(with_email(person) if email else person, now=now, **more)


def test_the_whole_way_asked_every_half_hour():
    notice = result(Phone())
    seen: dict[tuple[int, int], datetime] = {}
    now = START
    while now < START + timedelta(days=5):
        ladder.climb_due(now)
        seen.setdefault(rungs(), now)
        now += HOUR / 2
    # six hours after the push; then 48 hours after that
    assert seen == {(0, 0): START, (1, 0): START + 6 * HOUR, (1, 1): START + 54 * HOUR}
    assert (Notice.get().rung, Notice.get().climb_at) == (CALL, None)
    assert (CallTask.get().notice_id, CallTask.get().applicant_id) == (notice.id, notice.applicant_id)


def test_who_has_no_push_is_written_to_at_once_and_not_called_earlier():
    result()
    assert ladder.climb_due(START) == 1
    assert rungs() == (1, 0)
    assert Notice.get().climb_at == START + 48 * HOUR


def test_who_has_neither_is_called_in_the_end():
    result(email=False)
    ladder.climb_due(START)
    assert rungs() == (0, 0)
    ladder.climb_due(START + 48 * HOUR)
    assert rungs() == (0, 1)


@pytest.mark.parametrize("kind", ["received", "joined", "security", "test", "withdrawn"])
def test_what_costs_nobody_a_place_does_not_climb(kind):
    result(Phone(), kind=kind)
    assert Notice.get().climb_at is None
    assert ladder.climb_due(START + timedelta(days=9)) == 0


@pytest.mark.parametrize("kind", LADDER)
def test_every_kind_waits_as_long_as_its_table_says(kind):
    waits = LADDER[kind]
    result(Phone(), kind=kind)
    assert Notice.get().climb_at == START + waits.email == first_look(kind, START, True)
    assert waits.call is None or waits.email < waits.call


# seen ---------------------------------------------------------------------------------------------


def test_an_opened_notice_stays_where_it_is():
    notice = result(Phone())
    inbox.mark_opened(notice.applicant_id, notice.id, START + HOUR)
    assert ladder.climb_due(START + 6 * HOUR) == 0
    assert rungs() == (0, 0)
    assert Notice.get().climb_at is None


@pytest.mark.parametrize(("kind", "later", "climbs"), [("full", 1, 0), ("full", -1, 1), ("summary", 1, 1)])
def test_a_full_session_after_it_was_written_is_enough(kind, later, climbs):
    notice = result(Phone())
    sessions.open_session(kind, START, applicant=notice.applicant_id)
    Session.update(last_seen_at=START + later * HOUR).execute()
    assert ladder.climb_due(START + 6 * HOUR) == climbs


def test_a_tap_on_the_phone_is_not_enough():
    result(Phone())
    Delivery.update(state="opened", opened_at=START).execute()
    assert ladder.climb_due(START + 6 * HOUR) == 1


def test_who_looks_at_last_is_taken_off_the_call_list():
    notice = result(email=False)
    ladder.climb_due(START)
    ladder.climb_due(START + 48 * HOUR)
    inbox.mark_opened(notice.applicant_id, notice.id, START + 49 * HOUR)
    ladder.climb_due(START + 49 * HOUR)
    assert (CallTask.get().state, CallTask.get().done_at) == ("settled", START + 49 * HOUR)


def test_what_was_called_off_climbs_no_further_and_calls_nobody():
    notice = result(email=False, key="deadline:1:a")
    ladder.climb_due(START)
    ladder.climb_due(START + 48 * HOUR)
    delivery.call_off("deadline:1:", notice.applicant_id, "done", START + 50 * HOUR)
    assert CallTask.get().state == "settled"
    fresh = tell(Applicant.get(), key="deadline:1:b", now=START)
    delivery.call_off("deadline:1:", fresh.applicant_id, "done", START)
    assert ladder.climb_due(START + 9 * 24 * HOUR) == 0


# once ---------------------------------------------------------------------------------------------


def test_after_two_days_down_the_email_goes_and_the_call_waits_its_time():
    result(Phone())
    late = START + 72 * HOUR
    assert ladder.climb_due(late) == 1
    assert rungs() == (1, 0)
    assert ladder.climb_due(late) == 0
    assert Notice.get().climb_at == late + 48 * HOUR


def test_nothing_climbs_by_night_and_all_of_it_in_the_morning():
    result(now=START + 13 * HOUR)  # 22.00
    assert ladder.climb_due(START + 13 * HOUR) == 0
    assert ladder.climb_due(START + 20 * HOUR) == 0  # 05.00
    assert ladder.climb_due(START + 21 * HOUR) == 1  # 06.00


def test_what_is_worthless_climbs_no_more():
    result(Phone(), kind="deadline", not_after=START + 6 * HOUR)
    assert ladder.climb_due(START + 6 * HOUR) == 0
    assert Notice.get().climb_at is None


def test_an_email_ends_with_its_notice():
    result(kind="deadline", not_after=START + 20 * HOUR)
    ladder.climb_due(START)
    assert Delivery.get().not_after == START + 20 * HOUR


def test_a_person_is_on_the_call_list_once():
    person = somebody(now=START)
    tell(person, now=START)
    tell(person, kind="fix", now=START)
    for hours in (0, 48, 72, 96):
        ladder.climb_due(START + hours * HOUR)
    assert rungs() == (0, 1)
    assert {row.rung for row in Notice.select()} == {CALL}


def test_many_climb_in_pieces(monkeypatch):
    monkeypatch.setattr(ladder, "CHUNK", 3)
    for number in range(8):
        with_email(somebody(now=START), f"o{number}@example.org")
    for person in Applicant.select():
        tell(person, now=START)
    assert ladder.climb_due(START) == 8
    assert rungs() == (8, 0)


def test_two_workers_at_once_take_each_rung_once():
    for number in range(12):
        tell(with_email(somebody(now=START), f"o{number}@example.org"), now=START)
    start, climbed = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        climbed.append(ladder.climb_due(START))
        db.connection_done()
        if db.is_sqlite():
            db.database.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(climbed) == 12
    assert rungs() == (12, 0)


def test_who_asked_for_silence_is_not_written_to():
    notice = result()
    Consent.create(
        applicant=notice.applicant_id, purpose="email", given=False, text_sha256="0" * 64, at=START
    )
    ladder.climb_due(START)
    assert rungs() == (0, 0)
    ladder.climb_due(START + 48 * HOUR)
    assert rungs() == (0, 1)
