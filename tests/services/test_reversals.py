"""Taking a place: by two, with a reason, told at once, on hold while its owner may object. No other way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import AuditLine, Deadline, LedgerEntry, Notice, Reversal
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import changing, ledger, offers, reversals, trail, withdrawal
from app.services.ledger import NotAllowed, OneIsNotEnough
from app.services.reversals import SamePerson
from app.services.wave_control import Changed, NotNow
from tests.conftest import NOW
from tests.drawn import Person, asked, changes, drawn_wave, free_seats, staff, states
from tests.services.test_offers import race

DAY = timedelta(days=1)
LATE = NOW + 20 * DAY
UNTIL = NOW + timedelta(days=27, hours=13, minutes=17, seconds=59, milliseconds=999)
"""The end of the seventh day after LATE."""

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def people(office):
    return drawn_wave(2, [Person() for _ in range(4)])[1]


def lines(application):
    return LedgerEntry.select().where(LedgerEntry.application == application.id).count()


def proposed(application, reason=Reason.DEADLINE_MISSED, by="ratna", now=LATE):
    return reversals.propose(
        application.id, reason, "Tiga kali ditelepon", lines(application), staff(by), now
    )


def taken(application, reason=Reason.DEADLINE_MISSED, now=LATE):
    return reversals.confirm(proposed(application, reason, now=now).id, staff("hadi"), now)


def test_two_people_take_a_place_and_its_owner_is_told(people):
    proposal = proposed(people[0])
    assert states(people)[0] == "selected"
    assert Notice.select().where(Notice.kind == "reversal").count() == 0
    [listed] = reversals.waiting()
    assert (listed.application_id, listed.by.username, listed.note) == (
        people[0].id,
        "ratna",
        "Tiga kali ditelepon",
    )
    reversals.confirm(proposal.id, staff("hadi"), LATE)
    assert states(people)[0] == "revoked"
    assert reversals.waiting() == []
    row = Reversal.get_by_id(proposal.id)
    assert (row.confirmed_by.username, row.object_until) == ("hadi", UNTIL)
    line = (
        LedgerEntry.select()
        .order_by(LedgerEntry.n.desc())
        .where(LedgerEntry.application == people[0].id)
        .get()
    )
    assert (line.from_state, line.to_state, line.reason, line.told) == (
        "selected",
        "revoked",
        "deadline_missed",
        "kabar",
    )
    notice = Notice.get(Notice.kind == "reversal")
    assert "cabut" not in notice.title
    assert "Ajukan keberatan sampai Sabtu, 19 Desember 2026, pukul 23.59 WIB" in notice.body
    assert changes() == [(1, "E0001", "selected", "revoked", "deadline_missed")]
    assert not Deadline.select().where(Deadline.application == people[0].id).exists()
    verbs = [line.verb for line in AuditLine.select().where(AuditLine.verb.startswith("reversal"))]
    assert verbs == ["reversal.propose", "reversal.confirm"]


def test_one_person_is_not_two(people):
    proposal = proposed(people[0])
    with pytest.raises(SamePerson):
        reversals.confirm(proposal.id, staff("ratna"), LATE)
    assert states(people)[0] == "selected"
    assert Reversal.get_by_id(proposal.id).confirmed_at is None
    assert Notice.select().where(Notice.kind == "reversal").count() == 0


def test_the_seat_is_offered_on_only_when_nobody_may_object(people):
    taken(people[0])
    assert free_seats() == ["open"]
    assert offers.expire_due(UNTIL - timedelta(milliseconds=1)) == 0
    assert offers.expire_due(UNTIL) == 1
    assert asked() == [people[2].id]


def test_a_proposal_can_be_dropped_and_made_anew_but_not_twice_at_once(people):
    first = proposed(people[0])
    with pytest.raises(Changed):
        proposed(people[0], by="hadi")
    reversals.drop(first.id, staff("hadi"), LATE)
    with pytest.raises(Changed):
        reversals.drop(first.id, staff("hadi"), LATE)
    with pytest.raises(Changed):
        reversals.confirm(first.id, staff("hadi"), LATE)
    assert states(people)[0] == "selected"
    taken(people[0])
    assert states(people)[0] == "revoked"


@pytest.mark.parametrize("act", ["withdraws", "buys"])
def test_who_moved_on_meanwhile_is_left_alone(people, act):
    proposal = proposed(people[0], Reason.RESULT_CORRECTED)
    if act == "withdraws":
        withdrawal.withdraw(people[0].applicant_id, "", LATE)
    else:
        changing.bought(people[0].applicant_id, "Menjahit", LATE.date(), LATE)
    with pytest.raises(Changed):
        reversals.confirm(proposal.id, staff("hadi"), LATE)
    assert states(people)[0] == {"withdraws": "withdrawn", "buys": "in_training"}[act]
    assert Reversal.get_by_id(proposal.id).confirmed_at is None  # no half state


def test_reasons_must_fit(people):
    early = NOW + DAY
    assert Reason.DEADLINE_MISSED not in reversals.reasons_for(people[0], early)
    for application, reason in (
        (people[0], Reason.DEADLINE_MISSED),
        (people[0], Reason.QUOTA_FULL),
        (people[2], Reason.DATA_FALSE),
    ):
        with pytest.raises(NotNow):
            proposed(application, reason, now=early)
    with pytest.raises(Changed):
        reversals.propose(people[0].id, Reason.DATA_FALSE, "", 0, staff("ratna"), early)
    assert Reversal.select().count() == 0


@pytest.mark.parametrize("to", [State.REVOKED, State.NOT_SELECTED, State.RESERVE])
def test_there_is_no_other_way(people, to):
    with pytest.raises(OneIsNotEnough):
        ledger.move(people[0], to, Reason.DATA_FALSE, staff("ratna"), LATE)
    alone = proposed(people[0])
    with pytest.raises(OneIsNotEnough):
        ledger.move(people[0], to, Reason.DATA_FALSE, staff("ratna"), LATE, by=alone)
    forged = Reversal(id=1, application=people[0], to_state=to.value, confirmed_at=LATE)
    with pytest.raises(OneIsNotEnough):
        ledger.move(people[0], to, Reason.DATA_FALSE, staff("ratna"), LATE, by=forged)
    Reversal.update(confirmed_by=alone.proposed_by, confirmed_at=LATE, to_state=to.value).execute()
    with pytest.raises(OneIsNotEnough):
        ledger.move(people[0], to, Reason.DATA_FALSE, staff("ratna"), LATE, by=alone)
    assert states(people)[0] == "selected"


def test_the_office_withdraws_nobody_from_a_seat(people):
    with pytest.raises(OneIsNotEnough):
        ledger.move(people[0], State.WITHDRAWN, Reason.DATA_FALSE, staff("ratna"), LATE)
    assert states(people)[0] == "selected"


def test_a_reversal_serves_one_person_once(people):
    people[0] = taken(people[0])
    used = Reversal.get()
    with pytest.raises(OneIsNotEnough):
        ledger.move(people[1], State.REVOKED, Reason.DATA_FALSE, staff("ratna"), LATE, by=used)
    ledger.move(people[0], State.SELECTED, Reason.OBJECTION_UPHELD, staff("ratna"), LATE + DAY)
    with pytest.raises(OneIsNotEnough):
        ledger.move(people[0], State.REVOKED, Reason.DATA_FALSE, staff("ratna"), LATE + DAY, by=used)
    with pytest.raises(NotAllowed):
        ledger.move(people[2], State.REVOKED, Reason.DATA_FALSE, staff("ratna"), LATE, by=used)


def test_two_confirm_at_once_and_it_happens_once(app, people):
    proposal = proposed(people[0])
    said = []

    def act():
        try:
            reversals.confirm(proposal.id, staff("hadi"), LATE)
            said.append("done")
        except Changed:
            said.append("changed")

    staff("hadi")
    race(app, act, 8)
    assert sorted(said) == ["changed"] * 7 + ["done"]
    assert len(changes()) == 1
    assert free_seats() == ["open"]


def test_a_proposal_leaves_no_trace_for_its_owner_before_a_second_officer_agreed(people):
    """Also not in the list of who opened and changed the record."""
    one = people[0]
    made = proposed(one, Reason.DATA_FALSE, by="dewi")
    assert not [act for act in trail.of(one.applicant_id) if "cabut" in act.what]
    reversals.confirm(made.id, staff("hadi"), LATE)
    said = [(act.what, act.who.partition(",")[0]) for act in trail.of(one.applicant_id)]
    assert ("Menyetujui tempat dicabut", "Hadi") in said
    assert ("Mengusulkan tempat dicabut", "Dewi") in said
