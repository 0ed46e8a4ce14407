"""The end of a wave: refused while anything of it is open, then everybody who waits is told once, and nothing is lost."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from app.models import Application, AuditLine, Draw, LedgerEntry, Notice, OfficeMail, SeatChange, Wave
from app.rules.states import State
from app.services import (
    archiving,
    every_minute,
    joining,
    objection_answers,
    objections,
    offers,
    public_changes,
    reversals,
    wave_control,
    withdrawal,
)
from app.services.archiving import Blocked
from app.services.wave_control import Changed, NotNow
from tests.conftest import NOW
from tests.drawn import Person, drawn_wave, imported_wave, staff, states, tell
from tests.staff import rows

pytestmark = pytest.mark.usefixtures("office")
DAY = timedelta(days=1)
OVER = NOW + 8 * DAY
"""A day after the last one on which a result may be objected to."""


def end(wave: Wave, now=OVER, who: str = "ratna") -> None:
    fresh = Wave.get_by_id(wave.id)
    archiving.archive(fresh.number, wave_control.mark(fresh), staff(who), now)


def open_things(wave: Wave, now=OVER) -> list[str]:
    return [one.see for one in archiving.obstacles(Wave.get_by_id(wave.id), now)]


@pytest.fixture
def drawn(office):
    return drawn_wave(2, [Person() for _ in range(5)])


def test_whoever_still_waits_is_told_that_it_is_over(drawn):
    wave, people = drawn
    end(wave)
    assert Wave.get().archived_at == OVER
    assert states(people) == ["selected"] * 2 + ["reserve"] * 3  # the worker does it
    assert archiving.end_reserves_due(OVER + timedelta(minutes=1)) == 3
    assert archiving.end_reserves_due(OVER + timedelta(minutes=2)) == 0
    assert states(people) == ["selected"] * 2 + ["not_selected"] * 3
    lines = LedgerEntry.select().where(LedgerEntry.reason == "wave_ended")
    assert {(line.from_state, line.to_state, line.actor) for line in lines} == {
        ("reserve", "not_selected", "system")
    }
    told = [row.title for row in Notice.select().where(Notice.kind == "ended")]
    assert told == ["Gelombang 4 sudah berakhir"] * 3
    changes = SeatChange.select().order_by(SeatChange.n)
    assert [(row.n, row.entry, row.before, row.after, row.reason) for row in changes] == [
        (n, f"E000{n + 2}", "reserve", "not_selected", "wave_ended") for n in (1, 2, 3)
    ]
    assert AuditLine.select().where(AuditLine.verb == "wave.archive").count() == 1


def test_the_worker_knows_it():
    assert archiving.end_reserves_due in [job.act for job in every_minute.jobs()]


def test_they_join_the_next_wave_with_one_tap(drawn):
    wave, people = drawn
    rows.wave(5)
    end(wave)
    archiving.end_reserves_due(OVER)
    one = Application.get_by_id(people[4].id)
    offered = joining.offer(one.applicant, joining.newest(one.applicant_id), OVER)
    assert offered is not None
    assert joining.join(one.applicant_id, offered.mark, OVER).wave.number == 5


def test_killed_in_the_middle_it_goes_on(drawn, monkeypatch):
    wave, people = drawn
    end(wave)
    monkeypatch.setattr(archiving, "CHUNK", 1)
    real, calls = archiving._end, []

    def power_cut(*args):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return real(*args)

    monkeypatch.setattr(archiving, "_end", power_cut)
    with pytest.raises(RuntimeError):
        archiving.end_reserves_due(OVER)
    assert states(people).count("not_selected") == 1
    assert not OfficeMail.select().exists()
    assert archiving.end_reserves_due(OVER) == 2
    assert [row.n for row in SeatChange.select().order_by(SeatChange.n)] == [1, 2, 3]


def test_the_inspectorate_gets_the_last_hash(drawn):
    wave, _ = drawn
    end(wave)
    archiving.end_reserves_due(OVER)
    (mail,) = OfficeMail.select()
    assert (mail.reader, mail.state) == ("inspectorate", "queued")
    assert hashlib.sha256(public_changes.csv(Draw.get())).hexdigest() in mail.body
    assert "ada 3 perubahan tempat" in mail.body


# refused ---------------------------------------------------------------------------------------------


def test_not_before_the_results_are_told(office):
    wave, _ = drawn_wave(2, [Person() for _ in range(3)], told=False)
    assert open_things(wave) == ["umumkan"]
    with pytest.raises(Blocked, match="belum diumumkan"):
        end(wave)
    tell(wave)
    end(wave)


def test_not_while_the_results_are_being_told(drawn):
    wave, _ = drawn
    Wave.update(telling_since=NOW).execute()
    with pytest.raises(Blocked, match="sedang diumumkan"):
        end(wave)


def test_not_while_somebody_may_object(drawn):
    wave, _ = drawn
    with pytest.raises(Blocked, match="boleh mengajukan keberatan sampai Minggu, 29 November 2026"):
        end(wave, NOW + 7 * DAY - timedelta(seconds=1))
    assert Wave.get().archived_at is None
    end(wave, NOW + 7 * DAY)


def test_not_with_an_objection_open(drawn):
    wave, people = drawn
    made = objections.make(people[3].applicant_id, "Nomor urut saya keliru sekali.", NOW + DAY)
    assert open_things(wave) == ["keberatan"]
    objection_answers.take(made.id, staff("dewi"), OVER)
    objection_answers.answer(made.id, "Nomornya benar.", False, staff("dewi"), OVER)
    end(wave)


def test_not_while_a_seat_is_offered_or_will_be(drawn):
    wave, people = drawn
    withdrawal.withdraw(people[0].applicant_id, "", OVER)
    assert [one.words for one in archiving.obstacles(Wave.get(), OVER)] == [
        "1 tempat kosong masih menunggu ditawarkan ke cadangan."
    ]
    offers.expire_due(OVER)
    with pytest.raises(Blocked, match="1 tawaran tempat belum dijawab"):
        end(wave)
    offers.expire_due(OVER + 30 * DAY)  # moves on, to the next and the next
    offers.expire_due(OVER + 60 * DAY)
    offers.expire_due(OVER + 90 * DAY)
    assert states(people) == ["withdrawn", "selected"] + ["not_selected"] * 3
    end(wave, OVER + 90 * DAY + 7 * DAY)  # the seat stays free: nobody is left to have it


def test_not_while_a_place_is_to_be_taken(drawn):
    wave, people = drawn
    one = Application.get_by_id(people[0].id)
    rows.reversal(one)
    assert open_things(wave) == ["cabut"]
    reversals.drop(reversals.open_for(one.id).id, staff("hadi"), OVER)
    end(wave)


def test_not_while_somebody_settled_late_has_no_result(drawn):
    wave, _ = drawn
    rows.application(rows.applicant(rows.nik(70)), wave, State.IN_SELECTION)
    assert open_things(wave) == ["susulan"]


def test_a_dispute_that_nobody_settles_blocks_nothing(drawn):
    wave, _ = drawn
    rows.application(rows.applicant(rows.nik(70), claim="disputed"), wave, State.SUBMITTED)
    end(wave)


def test_once_and_by_who_saw_it_last(drawn):
    wave, _ = drawn
    seen = wave_control.mark(Wave.get())
    archiving.archive(4, seen, staff("ratna"), OVER)
    with pytest.raises(Changed):
        archiving.archive(4, seen, staff("hadi"), OVER)
    with pytest.raises(NotNow, match="sudah diakhiri"):
        end(wave, OVER + DAY)


def test_a_wave_of_the_centre_ends_too(office):
    wave, people = imported_wave([(State.SELECTED, None), (State.RESERVE, 1), (State.NOT_SELECTED, None)])
    late = rows.application(rows.applicant(rows.nik(70)), wave, State.IN_SELECTION)
    assert open_things(wave) == ["umumkan"]  # its result is filled in there
    Application.update(state="withdrawn").where(Application.id == late.id).execute()
    end(wave)
    assert archiving.end_reserves_due(OVER) == 1
    assert states(people) == ["selected", "not_selected", "not_selected"]
    assert not SeatChange.select().exists()
    assert not OfficeMail.select().exists()
