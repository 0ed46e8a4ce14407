"""Into a wave: everybody who waits, once, in order, also when the worker is killed or runs twice."""

from __future__ import annotations

import threading

import pytest

from app.models import Applicant, Application, AuditLine, Delivery, LedgerEntry, Notice
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import joining, ledger, withdrawal
from app.services.joining import NotNow, Way
from app.services.ledger import SYSTEM
from tests.conftest import NOW
from tests.states import (
    CLOSED,
    DAY,
    HOUR,
    NOT_SELECTED,
    RESERVE,
    SELECTED,
    answers,
    make_wave,
    moved,
    sent,
    subscribe,
)


def people(count, **columns):
    return [
        sent(
            said=answers(identitas={"nik": f"35990157048800{n:02}", "nama": f"Orang {n}"}),
            now=NOW + n * HOUR / 60,
        )
        for n in range(10, 10 + count)
    ]


def state_of(application):
    row = Application.get_by_id(application.id)
    return row.wave.number if row.wave else None, row.state


def offer_of(application, now=NOW):
    return joining.offer(
        Applicant.get_by_id(application.applicant_id), joining.newest(application.applicant_id), now
    )


# waiting --------------------------------------------------------------------------------------------


def test_everybody_who_waits_is_taken_into_the_wave_that_opens(office, monkeypatch):
    monkeypatch.setattr(joining, "CHUNK", 2)
    waiting = people(5)
    later = NOW + 2 * DAY
    make_wave(5, opens_at=later, closes_at=later + 9 * DAY)
    assert joining.admit_due(later - HOUR) == 0
    assert joining.admit_due(later) == 5
    assert {state_of(one) for one in waiting} == {(5, "submitted")}
    assert joining.admit_due(later) == 0


def test_each_is_told_that_there_is_nothing_more_to_do(office):
    [one] = people(1)
    wave = make_wave(5)
    joining.admit_waiting(wave, NOW)
    notice = Notice.get(Notice.kind == "joined")
    assert notice.applicant_id == one.applicant_id
    assert notice.title == "Anda ikut Gelombang 5"
    assert notice.body.startswith("Pendaftaran Anda ikut Gelombang 5. Tidak perlu mendaftar lagi.")
    line = LedgerEntry.select().order_by(LedgerEntry.n.desc()).get()
    assert (line.reason, line.actor, line.at) == ("taken_into_wave", "system", NOW)
    assert Application.get_by_id(one.id).ticket == one.ticket


def test_a_wave_that_opens_at_night_rings_in_the_morning(office):
    [one] = people(1)
    subscribe(one.applicant_id)
    midnight = NOW.replace(hour=17, minute=0)  # 00.00 WIB
    joining.admit_waiting(make_wave(5), midnight)
    assert Delivery.get().not_before == midnight + 6 * HOUR


def test_a_wave_that_is_not_open_takes_nobody(office):
    people(1)
    closed = make_wave(5, closes_at=NOW)
    paused = make_wave(6, paused=True)
    assert joining.admit_waiting(closed, NOW) == 0
    assert joining.admit_waiting(paused, NOW) == 0
    assert joining.admit_due(NOW) == 0


def test_whoever_must_fix_something_first_waits_until_it_is_fixed(office):
    [one] = people(1)
    moved(one, (State.NEEDS_FIX, Reason.OLD_KK))
    make_wave(5)
    assert joining.admit_due(NOW) == 0
    moved(one, (State.SUBMITTED, Reason.FIXED_AT_POSKO))
    assert joining.admit_due(NOW) == 1


def test_whoever_withdrew_while_waiting_is_left_in_peace(office):
    [one] = people(1)
    withdrawal.withdraw(one.applicant_id, "", NOW)
    make_wave(5)
    assert joining.admit_due(NOW) == 0
    assert state_of(one) == (None, "withdrawn")


def test_a_rejected_claim_is_not_taken_in(office):
    [one] = people(1)
    Applicant.update(claim="rejected").where(Applicant.id == one.applicant_id).execute()
    make_wave(5)
    assert joining.admit_due(NOW) == 0
    assert offer_of(one) is None


def test_somebody_who_has_that_wave_already_goes_on_waiting(office):
    """Withdrew from wave 5, waits for the next one, and wave 5 is opened once more."""
    wave = make_wave(5)
    [one] = people(1)
    withdrawal.withdraw(one.applicant_id, "", NOW)
    closed = wave.closes_at
    waits = joining.join(one.applicant_id, "wait-", closed)
    wave.closes_at = closed + 5 * DAY
    wave.save()
    assert joining.admit_due(closed) == 0
    assert offer_of(one, closed) is None
    assert state_of(waits) == (None, "submitted")


def test_killed_between_chunks_it_goes_on_where_it_stopped(office, monkeypatch):
    monkeypatch.setattr(joining, "CHUNK", 2)
    people(5)
    wave = make_wave(5)
    told, real = [], joining._tell

    def dying(application, *rest):
        if len(told) == 3:
            raise KeyboardInterrupt
        told.append(application.id)
        real(application, *rest)

    monkeypatch.setattr(joining, "_tell", dying)
    with pytest.raises(KeyboardInterrupt):
        joining.admit_waiting(wave, NOW)
    assert Application.select().where(Application.wave == wave).count() == 2  # the half chunk is undone
    monkeypatch.setattr(joining, "_tell", real)
    assert joining.admit_waiting(wave, NOW) == 3
    assert Notice.select().where(Notice.kind == "joined").count() == 5
    assert LedgerEntry.select().where(LedgerEntry.reason == "taken_into_wave").count() == 5
    assert [line.detail for line in AuditLine.select().where(AuditLine.verb == "wave.admit")] == [
        "2",
        "2",
        "1",
    ]


def test_two_workers_at_once_take_each_person_once(app, office):
    people(6)
    wave = make_wave(5)
    counts = []

    def work():
        with app.app_context():
            counts.append(joining.admit_waiting(wave, NOW))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 6
    assert LedgerEntry.select().where(LedgerEntry.reason == "taken_into_wave").count() == 6
    assert Notice.select().where(Notice.kind == "joined").count() == 6


def test_a_waiting_person_may_tap_before_the_worker_comes(office):
    [one] = people(1)
    make_wave(5)
    assert offer_of(one).way is Way.JOIN
    assert joining.join(one.applicant_id, "join-5", NOW).id == one.id
    assert joining.admit_due(NOW) == 0
    assert state_of(one) == (5, "submitted")
    line = LedgerEntry.select().order_by(LedgerEntry.n.desc()).get()
    assert (line.reason, line.actor) == ("taken_into_wave", "applicant")


def test_coming_back_to_the_waiting_list_while_a_wave_is_open_joins_it(office):
    [one] = people(1)
    withdrawal.withdraw(one.applicant_id, "", NOW)
    make_wave(5)
    assert offer_of(one).way is Way.COME_BACK
    joining.join(one.applicant_id, "come_back-", NOW)
    assert state_of(one) == (5, "submitted")


# the table of offers --------------------------------------------------------------------------------

TAKEN_BACK = (State.WITHDRAWN, Reason.OWN_WISH)
FIX = (State.NEEDS_FIX, Reason.OLD_KK)
REVOKED = (State.REVOKED, Reason.DATA_FALSE)
BOUGHT = (State.IN_TRAINING, Reason.TRAINING_BOUGHT)
DONE = (State.COMPLETED, Reason.TRAINING_FINISHED)


@pytest.mark.parametrize("archived", [False, True], ids=["wave 4 goes on", "wave 4 is over"])
@pytest.mark.parametrize("opened", [False, True], ids=["no open wave", "wave 5 open"])
@pytest.mark.parametrize(
    ("steps", "goes_on", "is_over"),
    [
        ([], False, True),
        ([FIX], False, True),
        ([CLOSED], False, True),
        ([CLOSED, RESERVE], False, True),
        ([CLOSED, NOT_SELECTED], True, True),
        ([TAKEN_BACK], True, True),
        ([CLOSED, SELECTED], False, False),
        ([CLOSED, SELECTED, BOUGHT], False, False),
        ([CLOSED, SELECTED, BOUGHT, DONE], False, False),
        ([CLOSED, SELECTED, REVOKED], False, False),
    ],
    ids=lambda value: value[-1][0].value if isinstance(value, list) and value else None,
)
def test_who_may_join_what(office, archived, opened, steps, goes_on, is_over):
    now = NOW + 20 * DAY
    wave = make_wave(4)
    application = moved(sent(), *steps)
    if archived:
        wave.archived_at = now
        wave.save()
    if opened:
        make_wave(5, opens_at=now - DAY, closes_at=now + DAY)
    offered = offer_of(application, now)
    if not (is_over if archived else goes_on):
        assert offered is None
    elif opened:
        assert (offered.way, offered.wave.number, offered.mark) == (Way.JOIN, 5, "join-5")
    else:
        assert (offered.way, offered.wave, offered.mark) == (Way.WAIT, None, "wait-")


@pytest.mark.parametrize("mark", ["", "join-4", "join-6", "wait-", "come_back-5", "join-"])
def test_only_what_is_on_offer_can_be_done(office, mark):
    make_wave(4)
    application = moved(sent(), CLOSED, NOT_SELECTED)
    now = NOW + 20 * DAY
    make_wave(5, opens_at=now - DAY, closes_at=now + DAY)
    with pytest.raises(NotNow):
        joining.join(application.applicant_id, mark, now)
    assert Application.select().count() == 1


def test_joining_keeps_only_the_answers_and_never_the_place(office):
    make_wave(4)
    old = moved(sent(), CLOSED, NOT_SELECTED)
    now = NOW + 20 * DAY
    make_wave(5, opens_at=now - DAY, closes_at=now + DAY)
    new = joining.join(old.applicant_id, "join-5", now)
    assert (new.version, new.state, new.submitted_at) == (1, "submitted", now)
    assert [line.reason for line in LedgerEntry.select().where(LedgerEntry.application == new.id)] == [
        "joined_next_wave"
    ]
    ledger.move(new, State.IN_SELECTION, Reason.WAVE_CLOSED, SYSTEM, now)
    assert Application.get_by_id(old.id).state == "not_selected"


def test_a_ticket_that_is_taken_already_is_drawn_again(office, monkeypatch):
    make_wave(4)
    old = moved(sent(), CLOSED, NOT_SELECTED)
    now = NOW + 20 * DAY
    make_wave(5, opens_at=now - DAY, closes_at=now + DAY)
    drawn = iter([old.ticket, old.entry_number, "K7RM4TXPN", "9D8V44W9C"])
    monkeypatch.setattr(joining.codes, "new_code", lambda: next(drawn))
    assert joining.join(old.applicant_id, "join-5", now).ticket == "K7RM4TXPN"
