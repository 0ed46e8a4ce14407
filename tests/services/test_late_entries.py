"""An entry that was missing from the hat: two people say so, the key of the draw says what it gets."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from app.models import Application, Deadline, Draw, Entry, GroupClaim, LateEntry, Notice, SeatChange, Wave
from app.rules import codes
from app.rules import draw as rules
from app.rules.states import State
from app.services import added_seats, archiving, late_entries, ledger, wave_control
from app.services.reversals import SamePerson
from app.services.wave_control import Changed, NotNow
from tests.conftest import NOW
from tests.drawn import Person, changes, drawn_wave, imported_wave, staff
from tests.security.rows import differences, everything
from tests.staff import rows
from tests.staff.test_races import together

pytestmark = pytest.mark.usefixtures("office")
LATER = NOW + timedelta(days=1)
WHY = "KTP baru dicocokkan kemarin."


@pytest.fixture
def wave(office) -> Wave:
    return drawn_wave(2, [Person() for _ in range(4)])[0]


def stray(wave: Wave, state: State = State.IN_SELECTION, serial: int = 70, **columns) -> Application:
    """Somebody of the wave who was not in the hat."""
    sent = wave.closes_at - timedelta(days=1)
    return rows.application(rows.applicant(rows.nik(serial), **columns), wave, state, at=sent)


@pytest.fixture
def favoured(monkeypatch):
    """The key of the draw favours whoever was not in the hat."""
    monkeypatch.setattr(
        rules,
        "score",
        lambda key, entry: (
            entry[:2].replace("E0", "b").encode()[:1] + entry.encode() if entry.startswith("E0") else b"a"
        ),
    )


@pytest.fixture
def unlucky(monkeypatch):
    monkeypatch.setattr(
        rules, "score", lambda key, entry: b"b" + entry.encode() if entry.startswith("E0") else b"z"
    )


def propose(one: Application, who: str = "dewi") -> LateEntry:
    return late_entries.propose(one.id, WHY, Application.get_by_id(one.id).state, staff(who), LATER)


def test_two_people_and_the_key_give_an_added_seat(wave, favoured):
    one = stray(wave)
    made = propose(one)
    assert (made.note, Notice.select().where(Notice.kind == "late").count()) == (WHY, 0)
    assert late_entries.confirm(made.id, staff("hadi"), LATER) is State.SELECTED
    assert Application.get_by_id(one.id).state == "selected"
    assert changes() == [(1, codes.shown(one.entry_number), "unlisted", "selected", "added_seat")]
    assert Deadline.select().where(Deadline.application == one.id).count() == 1
    notice = Notice.get(Notice.kind == "late")
    assert (notice.applicant_id, notice.title) == (one.applicant_id, "Ada kabar tentang hasil Gelombang 4")
    assert "terpilih" not in notice.title.lower()


def test_without_a_favour_of_the_key_there_is_no_seat(wave, unlucky):
    one = stray(wave)
    assert late_entries.confirm(propose(one).id, staff("hadi"), LATER) is State.NOT_SELECTED
    assert changes() == [(1, codes.shown(one.entry_number), "unlisted", "not_selected", "scored_late")]
    with pytest.raises(NotNow, match="sudah pernah dihitung"):
        propose(one)


def test_told_no_for_papers_and_then_favoured(wave, favoured):
    one = stray(wave, State.NOT_SELECTED)
    late_entries.confirm(propose(one).id, staff("hadi"), LATER)
    assert changes() == [(1, codes.shown(one.entry_number), "unlisted", "selected", "added_seat")]


def test_told_no_for_papers_and_not_favoured_either(wave, unlucky):
    one = stray(wave, State.NOT_SELECTED)
    lines = len(ledger.LedgerEntry.select())
    late_entries.confirm(propose(one).id, staff("hadi"), LATER)
    assert changes() == []
    assert len(ledger.LedgerEntry.select()) == lines + 1


def test_one_person_is_not_two(wave, favoured):
    made = propose(stray(wave), "hadi")
    with pytest.raises(SamePerson):
        late_entries.confirm(made.id, staff("hadi"), LATER)
    assert not SeatChange.select().exists()


def test_dropped_and_pressed_twice(wave, favoured):
    one = stray(wave)
    made = propose(one)
    with pytest.raises(Changed):  # late_entry_one_open
        propose(one, "hadi")
    late_entries.drop(made.id, staff("hadi"), LATER)
    with pytest.raises(Changed):
        late_entries.confirm(made.id, staff("hadi"), LATER)
    again = propose(one)
    late_entries.confirm(again.id, staff("hadi"), LATER)
    with pytest.raises((Changed, NotNow)):
        late_entries.confirm(again.id, staff("ratna"), LATER)
    assert SeatChange.select().count() == 1


# the household ---------------------------------------------------------------------------------------


def test_a_family_that_has_its_seats_gets_no_other(office, favoured):
    wave, people = drawn_wave(2, [Person() for _ in range(3)], max_per_household=1)
    one = stray(wave)  # of the same card as everybody in these rows
    score = added_seats.score(Application.get_by_id(one.id))
    assert (score.via, score.full) == ("", True)
    assert late_entries.confirm(propose(one).id, staff("hadi"), LATER) is State.NOT_SELECTED
    other = stray(wave, serial=71, kk_index=b"another card")
    assert added_seats.score(Application.get_by_id(other.id)).via == "open"
    assert len(people) == 3


def test_an_objection_does_not_go_round_the_household(office):
    """Passed over in the draw for the family, and in an objection too."""
    _, people = drawn_wave(2, [Person(household="k1"), Person(household="k1"), Person()], max_per_household=1)
    assert [Entry.get(Entry.application == one.id).via for one in people] == ["open", "", "open"]
    assert not added_seats.earned(Application.get_by_id(people[1].id))


# groups, ranks ---------------------------------------------------------------------------------------


def test_a_group_counts_when_two_have_seen_the_paper(office, monkeypatch):
    from app.rules.promise import Reserve

    monkeypatch.setattr(
        rules, "score", lambda key, entry: entry.encode() if entry.startswith("E0") else b"E0003x"
    )
    people = [Person(), Person(groups="phk"), Person(), Person(groups="phk")]
    wave, _ = drawn_wave(3, people, reserves=(Reserve("phk", 2),), reserve_order="first")
    one = stray(wave)
    assert added_seats.score(Application.get_by_id(one.id)).via == ""
    claim = GroupClaim.create(application=one, group="phk", state="seen")
    assert added_seats.score(Application.get_by_id(one.id)).via == ""
    GroupClaim.update(state="confirmed").where(GroupClaim.id == claim.id).execute()
    score = added_seats.score(Application.get_by_id(one.id))
    assert (score.via, score.rank, score.count) == ("phk", 4, 4)


# refused ---------------------------------------------------------------------------------------------


def test_who_cannot_be_brought_in(wave, favoured):
    in_hat = Application.get_by_id(Entry.select().first().application_id)
    late = rows.application(rows.applicant(rows.nik(72)), wave, State.IN_SELECTION, at=wave.closes_at)
    disputed = stray(wave, serial=73, claim="disputed")
    outside = stray(wave, serial=74, village="35.09.01.2001")
    for one, why in (
        (in_hat, "ikut diundi"),
        (late, "sesudah gelombang ditutup"),
        (disputed, "Cocokkan dulu KTP-nya"),
        (outside, "di luar daerah"),
        (stray(wave, State.WITHDRAWN, 75), "tidak sedang menunggu"),
    ):
        with pytest.raises(NotNow, match=why):
            propose(one)
    one = stray(wave, serial=76)
    with pytest.raises(Changed):
        late_entries.propose(one.id, WHY, "reserve", staff("dewi"), LATER)
    Wave.update(archived_at=NOW).execute()
    with pytest.raises(NotNow, match="sudah diakhiri"):
        propose(one)
    Draw.update(published_at=None).execute()
    with pytest.raises(NotNow, match="sesudah hasil undian diumumkan"):
        propose(one)
    assert not LateEntry.select().exists()


def test_where_the_centre_selects_nobody_is_brought_in(office):
    wave, _ = imported_wave([(State.SELECTED, None)])
    with pytest.raises(NotNow):
        propose(stray(wave))


def test_a_dispute_settled_after_the_results_comes_in(wave):
    """The minute takes it into the selection, where it waits to be scored."""
    one = stray(wave, State.SUBMITTED, claim="disputed")
    assert wave_control.close_due(LATER) == 0
    one.applicant.claim = "holder"
    one.applicant.save()
    assert wave_control.close_due(LATER) == 1
    assert late_entries.without_result(wave) == 1
    (waiting,) = late_entries.waiting(wave)
    assert (waiting.application_id, waiting.proposal) == (one.id, None)
    Wave.update(archived_at=NOW).execute()
    other = stray(wave, State.SUBMITTED, serial=80)
    assert wave_control.close_due(LATER) == 0
    assert Application.get_by_id(other.id).state == "submitted"


# at once -----------------------------------------------------------------------------------------------


def test_of_many_who_agree_at_once_one_does(wave, favoured):
    one = stray(wave)
    made = propose(one)
    people = [staff(name) for name in ("hadi", "ratna", "sari", "tono")]
    answers = together(*(lambda who=who: late_entries.confirm(made.id, who, LATER) for who in people))
    assert answers.count(State.SELECTED) == 1
    assert set(answers) <= {State.SELECTED, Changed, NotNow}
    assert SeatChange.select().count() == 1
    assert Notice.select().where(Notice.kind == "late").count() == 1


def test_of_many_who_end_a_wave_at_once_one_does(wave):
    over = NOW + timedelta(days=8)
    seen, people = wave_control.mark(Wave.get()), [staff(name) for name in ("hadi", "ratna", "sari")]
    answers = together(*(lambda who=who: archiving.archive(4, seen, who, over) for who in people))
    assert Counter(answers) == {None: 1, Changed: 2}
    workers = together(*[lambda: archiving.end_reserves_due(over)] * 3)
    assert [row.n for row in SeatChange.select().order_by(SeatChange.n)] == [1, 2]
    assert sum(done for done in workers if isinstance(done, int)) == 2
    assert Notice.select().where(Notice.kind == "ended").count() == 2


@pytest.mark.parametrize("broken", ["audit.record", "notices.write", "begin_buying", "ledger.move"])
def test_what_breaks_in_the_middle_leaves_nothing(wave, favoured, monkeypatch, broken):
    one = stray(wave)
    made, before = propose(one), everything()
    where, _, name = broken.rpartition(".")
    with monkeypatch.context() as patch:
        patch.setattr(getattr(late_entries, where) if where else late_entries, name, lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            late_entries.confirm(made.id, staff("hadi"), LATER)
    assert differences(before, everything()) == []
    assert late_entries.confirm(made.id, staff("hadi"), LATER) is State.SELECTED


@pytest.mark.parametrize("broken", ["audit.record", "witness.tell_end"])
def test_an_end_that_breaks_in_the_middle_leaves_nothing(office, monkeypatch, broken):
    drawn_wave(2, [Person() for _ in range(2)])  # nobody on the reserve list: the witness is told at once
    over, people = NOW + timedelta(days=8), staff("hadi")
    before = everything()
    where, _, name = broken.rpartition(".")
    with monkeypatch.context() as patch:
        patch.setattr(getattr(archiving, where), name, lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            archiving.archive(4, wave_control.mark(Wave.get()), people, over)
    assert differences(before, everything()) == []
