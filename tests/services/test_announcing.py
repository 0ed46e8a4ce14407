"""Telling results: one switch for everybody, then person by person; whoever looks earlier has the own one first."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from app.clock import FixedClock
from app.crypto import new_ids
from app.models import (
    Applicant,
    Application,
    Deadline,
    Delivery,
    Draw,
    Entry,
    FreedSeat,
    LedgerEntry,
    Notice,
    Offer,
    Result,
    Wave,
)
from app.rules import draw as rules
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import (
    announcing,
    draw_files,
    draw_publication,
    drawing,
    ledger,
    notice_chunks,
    notices,
    offers,
    result_entry,
    results,
    sessions,
)
from app.services.ledger import SYSTEM, Actor
from app.services.notice_chunks import Said, To
from app.services.wave_control import Changed, NotNow
from tests import draws
from tests.conftest import NOW
from tests.drawn import staff
from tests.pages import Visitor
from tests.staff import rows
from tests.states import signed_in

pytestmark = pytest.mark.usefixtures("office")


def planned(count: int, **columns: Any) -> tuple[Wave, list[Application]]:
    """A wave whose results are set and whose time has come; the first person is selected."""
    wave = rows.wave(3, opens=-30, closes=-10, announce_at=None, **columns)
    people = rows.many(count, wave)
    for n, one in enumerate(people):
        Result.create(
            application=one,
            wave=wave,
            outcome=(State.RESERVE if n else State.SELECTED).value,
            reason=Reason.CENTRAL_RESULT.value,
            position=n or None,
            staff=staff("budi").staff,
            set_at=NOW,
        )
    results.schedule_publication(wave, NOW, staff("hadi"), NOW)
    return Wave.get_by_id(wave.id), people


def told(application: Application) -> tuple[str, int, int, int]:
    """State, ledger lines, notices, deadlines of one person."""
    return (
        Application.get_by_id(application.id).state,
        LedgerEntry.select().where(LedgerEntry.application == application.id).count(),
        Notice.select().where(Notice.applicant == application.applicant_id).count(),
        Deadline.select().where(Deadline.application == application.id).count(),
    )


BEFORE = ("in_selection", 1, 0, 0)
SELECTED = ("selected", 2, 1, 1)
RESERVE = ("reserve", 2, 1, 0)


def test_the_switch_is_one_row_and_moves_nobody() -> None:
    wave, people = planned(3)
    assert announcing.begin(wave, NOW)
    fresh = Wave.get_by_id(wave.id)
    assert (fresh.published_at, fresh.telling_since) == (NOW, NOW)
    assert [told(one) for one in people] == [BEFORE] * 3
    assert announcing.begin(fresh, NOW + timedelta(minutes=1))  # another worker, or this one after a kill
    assert Wave.get_by_id(wave.id).published_at == NOW


def test_before_its_time_nothing_is_switched_and_nobody_is_told() -> None:
    wave, people = planned(2)
    early = NOW - timedelta(minutes=1)
    assert not announcing.begin(wave, early)
    announcing.own_first(people[0].applicant_id, early)
    assert results.publish_due(early) == 0
    assert [told(one) for one in people] == [BEFORE] * 2


def test_the_files_of_a_draw_open_with_the_switch() -> None:
    draw = draws.attested()
    draw_publication.publish(
        Wave.get_by_id(draw.wave_id), draws.ANNOUNCED, draws.actor("hadi"), draws.ATTESTED
    )
    assert Draw.get_by_id(draw.id).published_at is None
    announcing.begin(Wave.get_by_id(draw.wave_id), draws.ANNOUNCED)
    assert Draw.get_by_id(draw.id).published_at == draws.ANNOUNCED


def test_who_looks_while_it_is_told_has_the_own_result_and_nobody_else_has() -> None:
    wave, people = planned(3)
    announcing.begin(wave, NOW)
    announcing.own_first(people[1].applicant_id, NOW)
    assert [told(one) for one in people] == [BEFORE, RESERVE, BEFORE]
    announcing.own_first(people[1].applicant_id, NOW)
    assert announcing.tell(wave, NOW) == 2
    assert [told(one) for one in people] == [SELECTED, RESERVE, RESERVE]
    assert announcing.end(wave, NOW)
    assert Wave.get_by_id(wave.id).telling_since is None


def test_who_still_had_to_fix_something_is_told_too() -> None:
    wave, _ = planned(1)
    left = rows.application(rows.applicant(rows.nik(80)), wave, State.NEEDS_FIX)
    announcing.begin(wave, NOW)
    announcing.own_first(left.applicant_id, NOW)
    assert told(left) == ("not_selected", 2, 1, 0)
    assert results.publish_due(NOW) == 1
    assert told(left) == ("not_selected", 2, 1, 0)


def test_the_page_of_a_person_says_the_result_at_the_switch(visitor: Visitor, clock: FixedClock) -> None:
    wave, people = planned(2)
    signed_in(visitor, sessions.open_session("full", clock.now(), applicant=people[0].applicant))
    assert "Masuk seleksi" in visitor.open("/saya").main
    announcing.begin(wave, clock.now())
    page = visitor.open("/saya")
    assert "Selamat" in page.main
    assert told(people[0]) == SELECTED
    assert told(people[1]) == BEFORE


def test_when_the_database_is_busy_the_page_answers_without(monkeypatch: pytest.MonkeyPatch) -> None:
    from peewee import OperationalError

    wave, people = planned(1)
    announcing.begin(wave, NOW)

    def busy(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(announcing, "_chunk", busy)
    announcing.own_first(people[0].applicant_id, NOW)
    assert told(people[0]) == BEFORE


def test_a_free_seat_waits_until_everybody_is_told() -> None:
    """Whose turn it is cannot be said while somebody better placed is not on the reserve list yet."""
    wave, people = planned(3)
    announcing.begin(wave, NOW)
    announcing.own_first(people[2].applicant_id, NOW)
    FreedSeat.create(wave=wave, application=people[0], via="", freed_at=NOW, offered_from=NOW)
    assert offers.expire_due(NOW) == 0
    results.publish_due(NOW)
    assert offers.expire_due(NOW) == 1
    assert Offer.get().application_id == people[1].id


def test_a_minute_tells_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcing, "CHUNK", 2)
    monkeypatch.setattr(announcing, "MOST", 4)
    wave, _ = planned(10)
    assert [results.publish_due(NOW) for _ in range(4)] == [4, 4, 2, 0]
    assert Wave.get_by_id(wave.id).telling_since is None


def test_results_of_another_wave_that_lie_between_stop_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole windows hold nobody of this wave; those of the other one are not told with it."""
    monkeypatch.setattr(announcing, "CHUNK", 2)
    wave, people = planned(4)
    other = rows.wave(5, opens=-30, closes=-10, announce_at=None)
    for serial in range(60, 80):
        stranger = rows.application(rows.applicant(rows.nik(serial)), other, State.IN_SELECTION)
        columns = {"outcome": "reserve", "reason": "central_result", "staff": staff("budi").staff}
        Result.create(id=stranger.id, application=stranger, wave=other, set_at=NOW, **columns)
    assert results.publish_due(NOW) == 4
    assert [told(one) for one in people] == [SELECTED, *[RESERVE] * 3]
    assert Result.select().where(Result.published_at.is_null()).count() == 20
    assert Wave.get_by_id(wave.id).telling_since is None


def test_no_result_changes_while_results_are_told() -> None:
    wave, people = planned(2)
    announcing.begin(wave, NOW)
    seen = result_entry.mark(result_entry.of(people[0].id))
    chosen = result_entry.Outcome(State.RESERVE, Reason.CENTRAL_RESULT)
    with pytest.raises(NotNow):
        result_entry.set_one(people[0].id, chosen, seen, staff("budi"), NOW)


def test_what_is_said_to_many_is_what_is_said_to_one() -> None:
    """A chunk writes the rows that notices.write would have written."""
    wave, people = planned(2)
    said = Said(kind="result", title="Judul", body="Isi", path="/saya", wave_id=wave.id)
    one, other = people
    assert notice_chunks.write_all([To(one.applicant_id, one.id, "k")], said, None, NOW) == 1
    assert notice_chunks.write_all([To(one.applicant_id, one.id, "k")], said, None, NOW) == 0
    columns = {"kind": "result", "key": "k", "title": "Judul", "body": "Isi", "path": "/saya"}
    notices.write(applicant_id=other.applicant_id, application=other, wave_id=wave.id, now=NOW, **columns)  # type: ignore[arg-type]
    chunk, single = (Notice.get(Notice.applicant == who.applicant_id) for who in people)
    own = {"id", "code", "applicant", "application"}
    assert {k: v for k, v in chunk.__data__.items() if k not in own} == {
        k: v for k, v in single.__data__.items() if k not in own
    }
    assert (chunk.application_id, single.application_id) == (one.id, other.id)


def test_a_code_that_is_taken_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    wave, people = planned(2)
    said = Said(kind="result", title="Judul", body="Isi", path="/saya", wave_id=wave.id)
    codes = iter(["23456789C", "23456789C", "23456789D"])
    monkeypatch.setattr(notice_chunks, "new_codes", lambda count: [next(codes) for _ in range(count)])
    notice_chunks.write_all([To(one.applicant_id, one.id, "k") for one in people], said, None, NOW)
    assert sorted(row.code for row in Notice.select()) == ["23456789C", "23456789D"]


def test_many_move_only_where_nobody_has_a_seat() -> None:
    wave, people = planned(2)
    results.publish_due(NOW)
    seated = Application.get_by_id(people[0].id)
    with pytest.raises(ValueError, match="one at a time"):
        ledger.move_all([seated.id], State.SELECTED, State.REVOKED, Reason.DATA_FALSE, SYSTEM, NOW)
    with pytest.raises(ledger.NotAllowed):
        ledger.move_all([seated.id], State.IN_SELECTION, State.RESERVE, Reason.DRAWN, SYSTEM, NOW)
    assert Application.get_by_id(seated.id).state == "selected"
    assert wave.id


def test_ids_that_lie_together_are_different_and_in_order() -> None:
    ids = new_ids(500)
    assert ids == sorted(set(ids))
    assert len({one >> 31 for one in ids}) == 1
    assert all(0 < one < 2**62 for one in ids)
    assert new_ids(0) == []


# two at once ----------------------------------------------------------------------------------------


def together(*acts: Any) -> list[Any]:
    """All of them at the same moment, each on a connection of its own; what each returned or raised."""
    from app import db

    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        start.wait()
        try:
            answers[place] = acts[place]()
        except Exception as fault:
            answers[place] = type(fault)  # type: ignore[call-overload]
        finally:
            db.database.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_two_people_press_publish_at_once() -> None:
    """One plans it, the other is told that somebody was faster; every result is there once."""
    draw = draws.attested(draws.drawn(draws.frozen(draws.listed(draws.promised(count=40)))))
    wave = Wave.get_by_id(draw.wave_id)
    people: list[Actor] = [draws.actor("hadi"), draws.actor("sri")]
    acts = [
        lambda who=who: draw_publication.publish(wave, draws.ANNOUNCED, who, draws.ATTESTED) for who in people
    ]
    answers = together(*acts)
    assert Counter(answers) in (Counter([None, Changed]), Counter([None, drawing.NotYet]))
    assert Result.select().count() == 40
    assert results.publish_due(draws.ANNOUNCED) == 40
    assert Notice.select().where(Notice.kind == "result").count() == 40


def test_two_workers_and_forty_people_who_look_tell_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wave, people = planned(40)
    monkeypatch.setattr(announcing, "CHUNK", 3)
    announcing.begin(wave, NOW)
    looks = [lambda one=one: announcing.own_first(one.applicant_id, NOW) for one in people[::4]]
    together(lambda: results.publish_due(NOW), lambda: results.publish_due(NOW), *looks)
    results.publish_due(NOW)
    assert [told(one) for one in people] == [SELECTED, *[RESERVE] * 39]
    assert Wave.get_by_id(wave.id).telling_since is None
    assert Delivery.select().count() == 0
    assert Applicant.select().count() == 40


def test_two_people_who_list_at_once_leave_one_list() -> None:
    """List and rows agree, whoever was faster; the secret behind an entry is that of the list that stands."""
    draw = draws.promised(count=30)
    acts = [
        lambda who=who: drawing.list_entrants(draw, who, draws.LISTED)
        for who in (draws.actor("a"), draws.actor("b"))
    ]
    answers = together(*acts)
    assert {type(one) for one in answers} <= {Draw, type}
    listed = rules.read_list(draw_files.stored(Draw.get_by_id(draw.id), "peserta.csv"))
    kept = {row.entry: row.bound for row in Entry.select().where(Entry.draw == draw.id)}
    assert kept == {one.entry: one.bind for one in listed}
    assert len(kept) == 30
