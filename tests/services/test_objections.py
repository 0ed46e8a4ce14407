"""Objecting: in time, one at a time, owned, answered by a date; what is upheld takes two and gives the seat back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import Application, Deadline, Entry, Notice, Objection
from app.rules import beacon, codes
from app.rules import draw as rules
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import added_seats, deadlines, ledger, objection_answers, objections, offers
from app.services.objections import NotOpen
from app.services.reversals import SamePerson
from app.services.wave_control import Changed
from tests.conftest import NOW
from tests.drawn import Person, asked, changes, drawn_wave, free_seats, imported_wave, staff, states
from tests.services.test_reversals import LATE, UNTIL, taken

DAY = timedelta(days=1)
WORDS = "Saya sudah beli pelatihan tanggal 3, ini nomor notanya."

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def people(office):
    return drawn_wave(2, [Person() for _ in range(4)])[1]


def object_to(application, now=LATE + DAY):
    return objections.make(application.applicant_id, WORDS, now)


def fresh(application):
    return Application.get_by_id(application.id)


def upheld(objection, now=LATE + 2 * DAY):
    objection_answers.take(objection.id, staff("dewi"), now)
    objection_answers.answer(objection.id, "Anda benar.", True, staff("dewi"), now)
    return objection_answers.confirm(objection.id, staff("hadi"), now)


def test_an_upheld_reversal_gives_the_seat_back(people):
    taken(people[0])
    made = object_to(people[0])
    assert (made.about, made.due_at) == ("reversal", LATE + DAY + timedelta(days=7))
    assert b"pelatihan" not in bytes(made.__data__["text"])
    assert offers.expire_due(UNTIL + DAY) == 0  # open: the seat waits
    upheld(made, UNTIL + DAY)
    assert states(people)[0] == "selected"
    assert free_seats() == []
    assert Deadline.get(Deadline.application == people[0].id).due_at > UNTIL + DAY
    assert [line[2:] for line in changes()] == [
        ("selected", "revoked", "deadline_missed"),
        ("revoked", "selected", "objection_upheld"),
    ]
    assert offers.expire_due(UNTIL + 2 * DAY) == 0
    assert Notice.get(Notice.kind == "objection").applicant_id == people[0].applicant_id


def test_in_training_goes_back_to_the_training(people):
    deadlines.mark_done(people[0].id, "buy_first_training", ledger.SYSTEM, NOW + DAY)
    people[0] = fresh(people[0])
    taken(people[0], Reason.DATA_FALSE)
    made = object_to(people[0])
    assert made.due_at == made.made_at + timedelta(hours=72)  # about data: 3 x 24 hours
    upheld(made)
    assert states(people)[0] == "in_training"


def test_refused_by_one_is_told_and_the_seat_moves_on(people):
    taken(people[0])
    made = object_to(people[0])
    with pytest.raises(Changed):  # nobody's yet
        objection_answers.answer(made.id, "Tidak ada nota.", False, staff("dewi"), LATE + DAY)
    objection_answers.take(made.id, staff("dewi"), LATE + DAY)
    objection_answers.answer(made.id, "Tidak ada nota.", False, staff("dewi"), LATE + DAY)
    row = Objection.get_by_id(made.id)
    assert (row.answer, row.upheld, row.answered_at) == ("Tidak ada nota.", 0, LATE + DAY)
    assert states(people)[0] == "revoked"
    assert offers.expire_due(UNTIL) == 1
    assert asked() == [people[2].id]
    with pytest.raises(Changed):
        objection_answers.take(made.id, staff("hadi"), LATE + DAY)


def test_one_open_at_a_time_and_only_in_time(people):
    for application in people[:2]:
        with pytest.raises(NotOpen):  # selected: nothing to object to
            object_to(application)
    taken(people[0])
    with pytest.raises(NotOpen):
        object_to(people[0], UNTIL)
    object_to(people[0], UNTIL - timedelta(milliseconds=1))
    with pytest.raises(NotOpen):
        object_to(people[0], UNTIL - timedelta(milliseconds=1))
    with pytest.raises(NotOpen):  # the result was told a week ago
        object_to(people[2], NOW + 7 * DAY)
    assert object_to(people[2], NOW + 7 * DAY - timedelta(seconds=1)).about == "result"


def test_who_answered_cannot_agree_too(people):
    taken(people[0])
    made = object_to(people[0])
    objection_answers.take(made.id, staff("dewi"), LATE)
    with pytest.raises(Changed):  # nothing is upheld yet
        objection_answers.confirm(made.id, staff("hadi"), LATE)
    objection_answers.answer(made.id, "Anda benar.", True, staff("dewi"), LATE)
    with pytest.raises(SamePerson):
        objection_answers.confirm(made.id, staff("dewi"), LATE)
    assert states(people)[0] == "revoked"
    assert Notice.select().where(Notice.kind == "objection").count() == 0
    objection_answers.take(made.id, staff("hadi"), LATE)  # who disagrees takes it over, and the draft goes
    assert Objection.get_by_id(made.id).upheld is None
    with pytest.raises(Changed):
        objection_answers.take(made.id, staff("hadi"), LATE)


def test_no_two_officers_can_give_a_drawn_seat_to_whom_the_draw_did_not_favour(people):
    made = object_to(people[2], NOW + DAY)
    assert upheld(made).state is None
    assert states(people) == ["selected", "selected", "reserve", "reserve"]
    assert changes() == []


def test_a_wrongly_missing_entry_is_scored_with_the_same_key(office):
    """Missing: no row in the hat. Its score decides, as it would have in the draw."""
    _, people = drawn_wave(2, [Person() for _ in range(4)])
    stray = people[3]
    Entry.delete().where(Entry.application == stray.id).execute()
    key = rules.key(beacon.randomness(b""), bytes(32), b"")
    own = rules.score(key, codes.shown(stray.entry_number))
    others = [own < rules.score(key, f"E{rank:04}") for rank in (1, 2, 3)]
    for rank, comes_before in enumerate(others, 1):  # whoever was seated last, the score alone decides
        Entry.update(via="").execute()
        assert not added_seats.earned(stray)
        Entry.update(via="open").where(Entry.rank == rank).execute()
        assert added_seats.earned(stray) == comes_before


def test_a_missing_entry_that_would_have_had_a_seat_gets_an_added_one(office, monkeypatch):
    _, people = drawn_wave(2, [Person() for _ in range(3)])
    Entry.delete().where(Entry.application == people[2].id).execute()
    monkeypatch.setattr(rules, "score", lambda key, entry: b"1" if entry.startswith("E0") else b"0")
    assert upheld(object_to(people[2], NOW + DAY), NOW + 2 * DAY).reason is Reason.ADDED_SEAT
    assert states(people) == ["selected"] * 3
    assert [line[2:] for line in changes()] == [("unlisted", "selected", "added_seat")]


def test_where_the_centre_selects_an_upheld_result_is_an_added_seat(office):
    _, people = imported_wave([(State.SELECTED, None), (State.NOT_SELECTED, None)])
    assert upheld(object_to(people[1], NOW + DAY), NOW + 2 * DAY).reason is Reason.ADDED_SEAT
    assert states(people) == ["selected", "selected"]
    assert free_seats() == []


def test_the_list_has_the_first_due_on_top(people):
    taken(people[0])
    late = object_to(people[0], LATE)
    taken(people[1], Reason.DATA_FALSE)
    soon = object_to(people[1], LATE)
    assert [row.id for row in objection_answers.waiting()] == [soon.id, late.id]


def test_length(people):
    taken(people[0])
    for words in ("x" * 19, "x" * 1001, " " * 30):
        with pytest.raises(ValueError):
            objections.make(people[0].applicant_id, words, LATE)
