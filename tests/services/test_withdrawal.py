"""Withdrawing, service by service: from where it may be done, what goes with it, what stays."""

from __future__ import annotations

import pytest

from app.models import ApplicationVersion, Deadline, Delivery, Draft, LedgerEntry, Notice
from app.rules.reasons import Reason
from app.rules.states import State, withdrawable
from app.services import changing, joining, ledger, notices, withdrawal
from tests.conftest import NOW
from tests.states import (
    CLOSED,
    DAY,
    NOT_SELECTED,
    RESERVE,
    SELECTED,
    deadline,
    moved,
    sent,
    subscribe,
)

PATHS = {
    State.SUBMITTED: [],
    State.NEEDS_FIX: [(State.NEEDS_FIX, Reason.OLD_KK)],
    State.IN_SELECTION: [CLOSED],
    State.SELECTED: [CLOSED, SELECTED],
    State.RESERVE: [CLOSED, RESERVE],
    State.NOT_SELECTED: [CLOSED, NOT_SELECTED],
    State.IN_TRAINING: [CLOSED, SELECTED, (State.IN_TRAINING, Reason.TRAINING_BOUGHT)],
    State.COMPLETED: [
        CLOSED,
        SELECTED,
        (State.IN_TRAINING, Reason.TRAINING_BOUGHT),
        (State.COMPLETED, Reason.TRAINING_FINISHED),
    ],
    State.REVOKED: [CLOSED, SELECTED, (State.REVOKED, Reason.DATA_FALSE)],
    State.WITHDRAWN: [(State.WITHDRAWN, Reason.OWN_WISH)],
}


@pytest.mark.parametrize("state", list(State))
def test_from_which_states(wave, state):
    application = moved(sent(), *PATHS[state])
    assert application.state == state
    lines = LedgerEntry.select().count()
    if withdrawable(state):
        assert withdrawal.withdraw(application.applicant_id, "", NOW).state == "withdrawn"
        assert LedgerEntry.select().count() == lines + 1
    else:
        with pytest.raises(ledger.NotAllowed):
            withdrawal.withdraw(application.applicant_id, "", NOW)
        assert LedgerEntry.select().count() == lines
        assert Notice.select().where(Notice.kind == "withdrawn").count() == 0


def test_the_reason_is_sealed_in_the_ledger(wave):
    application = sent()
    withdrawal.withdraw(application.applicant_id, "  Pindah ke Malang  ", NOW)
    line = LedgerEntry.select().order_by(LedgerEntry.n.desc()).get()
    assert line.note == "Pindah ke Malang"
    assert b"Malang" not in bytes(line.__data__["note"])


def test_reminders_on_their_way_are_called_off(wave):
    application = moved(sent(), CLOSED, SELECTED)
    row = deadline(application, NOW + 10 * DAY)
    subscribe(application.applicant_id)
    notices.write(
        applicant_id=application.applicant_id,
        kind="deadline",
        key=f"deadline:{row.id}:2026-12-02:7",
        title="Batas waktu Anda",
        body="Isi.",
        path="/saya",
        now=NOW,
    )
    withdrawal.withdraw(application.applicant_id, "", NOW)
    assert Deadline.select().count() == 0
    states = {one.notice.kind: one.state for one in Delivery.select()}
    assert states == {"deadline": "gone", "withdrawn": "queued"}


def test_changes_that_were_not_sent_go_with_it(wave):
    application = sent()
    changing.begin(application.applicant_id, NOW)
    withdrawal.withdraw(application.applicant_id, "", NOW)
    assert Draft.select().where(Draft.done_at.is_null()).count() == 0
    assert ApplicationVersion.select().count() == 0


def test_out_and_back_and_out_again_tells_each_time(wave):
    application = sent()
    for n in range(2):
        now = NOW + n * DAY
        withdrawal.withdraw(application.applicant_id, "", now)
        joining.join(application.applicant_id, "come_back-4", now)
    assert Notice.select().where(Notice.kind == "withdrawn").count() == 2
    assert [line.reason for line in application.ledger.order_by(LedgerEntry.n)] == [
        "sent_by_applicant",
        "own_wish",
        "came_back",
        "own_wish",
        "came_back",
    ]


def test_the_notice_offers_the_way_back_only_where_there_is_one(wave):
    withdrawal.withdraw(sent().applicant_id, "", NOW)
    assert "mendaftar lagi" in Notice.get(Notice.kind == "withdrawn").body


def test_after_closing_the_notice_speaks_of_no_way_back_into_this_wave(wave):
    application = moved(sent(), CLOSED)
    wave.closes_at = NOW
    wave.save()
    withdrawal.withdraw(application.applicant_id, "", NOW)
    assert joining.offer(application.applicant, joining.newest(application.applicant_id), NOW).mark == "wait-"
