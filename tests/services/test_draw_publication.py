"""Publishing a draw: another person, everybody's own result, once; and everybody told the own line of the frozen list."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from app import db
from app.models import Application, AuditLine, Draw, Entry, Notice, Result, Wave
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import (
    draw_files,
    draw_lookup,
    draw_publication,
    drawing,
    notice_chunks,
    result_entry,
    results,
    wave_control,
)
from app.services.drawing import NotYet, SamePerson
from app.services.result_entry import Outcome
from app.services.wave_control import Changed, NotNow, Problems, Schedule
from tests import draws
from tests.staff import rows


def publish(draw: Draw, who: str = "hadi") -> None:
    draw_publication.publish(Wave.get_by_id(draw.wave_id), draws.ANNOUNCED, draws.actor(who), draws.ATTESTED)


def test_everybody_gets_what_the_draw_says(office):
    draw = draws.published()
    assert draw.published_at == draws.ANNOUNCED
    selected = Entry.select().where(Entry.via != "")
    assert selected.count() == 3
    for entry in Entry.select():
        result = result_entry.of(entry.application_id)
        assert result.outcome == ("selected" if entry.via else "reserve")
        assert (result.reason, result.staff_id) == (Reason.DRAWN, draw.attested_by_id)
        assert Application.get_by_id(entry.application_id).state == result.outcome
    reserve = Result.select().join(Application).join(Entry).where(Entry.via == "").order_by(Entry.rank)
    assert [result.position for result in reserve] == [1, 2, 3, 4, 5, 6]
    assert Notice.select().where(Notice.kind == "result").count() == 9


def test_nothing_is_told_before_the_time(office):
    draw = draws.attested()
    publish(draw)
    early = draws.ANNOUNCED - timedelta(seconds=1)
    assert results.publish_due(early) == draw_publication.note_published_due(early) == 0
    assert Draw.get_by_id(draw.id).published_at is None
    assert {row.state for row in Application.select()} == {"in_selection"}


def test_another_person_publishes_and_only_after_attesting(office):
    draw = draws.drawn()
    with pytest.raises(NotYet, match="belum disahkan"):
        publish(draw)
    draws.attested(draw)
    with pytest.raises(SamePerson):
        publish(draw, "budi")
    assert Result.select().count() == 0


def test_of_two_who_press_at_once_one_publishes(office):
    draw = draws.attested()
    seen = Wave.get_by_id(draw.wave_id)
    publish(draw, "hadi")
    with pytest.raises(Changed):
        draw_publication.publish(seen, draws.ANNOUNCED, draws.actor("ratna"), draws.ATTESTED)
    with pytest.raises(NotYet, match="sudah dijadwalkan"):
        publish(draw, "ratna")
    assert Result.select().count() == 9
    assert Wave.get().publish_by == "hadi"


def test_killed_between_two_chunks_it_goes_on(office, monkeypatch):
    draw = draws.attested()
    monkeypatch.setattr(draw_publication, "RESULTS", 4)
    real, calls = draw_publication._keep, []

    def power_cut(*args):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        real(*args)

    monkeypatch.setattr(draw_publication, "_keep", power_cut)
    with pytest.raises(RuntimeError):
        publish(draw)
    assert Result.select().count() == 4
    publish(draw)
    assert Result.select().count() == 9


@pytest.mark.parametrize("what", ["file", "rank", "result"])
def test_a_database_that_says_other_than_the_file_is_not_published(office, what):
    draw = draws.attested()
    if what == "file":
        draws.tampered(draw, "hasil.csv", b"reserve", b"selectd")
    elif what == "rank":
        Entry.update(via="open").where(Entry.via == "").execute()
    else:
        application = Entry.get(Entry.via == "").application_id
        columns = {"outcome": "selected", "reason": "drawn", "staff": draws.actor("ratna").staff}
        Result.create(application=application, wave=draw.wave_id, set_at=draws.DRAWN, **columns)
    with pytest.raises(NotYet, match="laporkan"):
        publish(draw)
    assert Wave.get().publish_at is None


def test_nobody_sets_a_result_of_a_draw_by_hand(office):
    draw = draws.drawn()
    application = Entry.select().first().application_id
    outcome = Outcome(State.SELECTED, Reason.CENTRAL_RESULT)
    with pytest.raises(NotNow, match="diundi"):
        result_entry.set_one(application, outcome, "", draws.actor("ratna"), draws.DRAWN)
    with pytest.raises(NotNow, match="diundi"):
        result_entry.fill_missing(2, 9, draws.actor("ratna"), draws.DRAWN)
    assert draw.published_at is None


def test_an_undecided_person_holds_nobody_up(office):
    draw = draws.attested()
    late = rows.application(rows.applicant(rows.nik(50)), Wave.get(), State.IN_SELECTION)
    publish(draw)
    assert results.publish_due(draws.ANNOUNCED) == 9
    assert Application.get_by_id(late.id).state == "in_selection"


def test_who_withdrew_after_the_draw_stays_out(office):
    draw = draws.attested()
    gone = Entry.get(Entry.via != "").application_id
    Application.update(state="withdrawn").where(Application.id == gone).execute()
    draws.published(draw)
    assert Application.get_by_id(gone).state == "withdrawn"


# the frozen list ------------------------------------------------------------------------------------


def test_everybody_is_told_the_own_line_once(office, monkeypatch):
    monkeypatch.setattr(draw_publication, "CHUNK", 4)
    assert draw_publication.tell_frozen_due(draws.FROZEN) == 0
    draw = draws.frozen()
    assert draw_publication.tell_frozen_due(draws.FROZEN) == 9
    assert draw_publication.tell_frozen_due(draws.FROZEN) == 0
    for entry in Entry.select():
        notice = Notice.get(Notice.applicant == entry.application.applicant_id)
        assert notice.key == f"frozen:{draw.id}"
        assert notice.body == (
            f"Daftar peserta Gelombang 2 sudah dikunci. Nomor undian Anda di baris {entry.line} dari 9. "
            f"Simpan sidik daftar ini: {draw_lookup.grouped(draw.tickets_sha256)}. "
            "Dengan sidik itu ketahuan kalau daftarnya diganti."
        )


@pytest.mark.parametrize("gone", ["before the list", "after the draw"])
def test_an_empty_hat_opens_its_files_too(office, gone):
    """Nobody is left to be told; the public still gets what was promised."""
    count = 0 if gone == "before the list" else 3
    draw = draws.attested(draws.drawn(draws.frozen(draws.listed(draws.promised(count=count)))))
    Application.update(state=State.WITHDRAWN.value).execute()
    draw = draws.published(draw)
    assert (draw.published_at, draw.tickets_count) == (draws.ANNOUNCED, count)
    assert draw_files.read(draw, "hasil.csv").count(b"\n") == 1 + count
    assert Wave.get().telling_since is None
    assert not Notice.select().where(Notice.kind == "result").exists()


def test_telling_goes_on_where_it_stopped(office, monkeypatch):
    draws.frozen()
    monkeypatch.setattr(draw_publication, "CHUNK", 4)
    real, calls = notice_chunks.write_all, []

    def power_cut(*args):
        calls.append(args)
        written = real(*args)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return written

    monkeypatch.setattr(notice_chunks, "write_all", power_cut)
    with pytest.raises(RuntimeError):
        draw_publication.tell_frozen_due(draws.FROZEN)
    assert Notice.select().count() == 4
    assert draw_publication.tell_frozen_due(draws.FROZEN) == 5


# what a promise holds -------------------------------------------------------------------------------


def test_what_was_promised_stands(office):
    wave = draws.wave(opens_at=draws.OPENS + timedelta(days=3))
    drawing.promise(wave, draws.DRAW_AT, draws.actor("ratna"), draws.PROMISED)
    wave = Wave.get_by_id(wave.id)
    plan = Schedule(2, wave.opens_at, wave.closes_at, wave.announce_at, wave.quota, 15)
    for changes, field in (
        ({"closes_at": plan.closes_at + timedelta(days=1)}, "closes_at"),
        ({"quota": 4}, "quota"),
        ({"announce_at": draws.DRAW_AT}, "announce_at"),
    ):
        edited = Schedule(**vars(plan) | changes)
        with pytest.raises(Problems) as caught:
            wave_control.edit(2, edited, wave_control.mark(wave), draws.actor("ratna"), draws.PROMISED)
        assert [name for name, _ in caught.value.found] == [field]
    later = Schedule(**vars(plan) | {"announce_at": plan.announce_at + timedelta(days=1)})
    wave_control.edit(2, later, wave_control.mark(wave), draws.actor("ratna"), draws.PROMISED)


def test_a_promised_wave_is_not_closed_early(office):
    wave = Wave.get_by_id(draws.promised().wave_id)
    with pytest.raises(NotNow, match="sudah dijanjikan"):
        wave_control.close_now(2, wave_control.mark(wave), draws.actor("ratna"), draws.PROMISED)
    assert Wave.get().closes_at == draws.CLOSES


def test_a_draw_time_cannot_move_after_the_freeze(office):
    draw = draws.frozen()
    later = draws.DRAW_AT + timedelta(days=7)
    with pytest.raises(NotYet, match="sudah dibuat"):
        drawing.promise(Wave.get_by_id(draw.wave_id), later, draws.actor("ratna"), draws.PROMISED)
    assert Draw.get().draw_at == draws.DRAW_AT


def test_two_people_press_in_the_same_moment(office):
    draw = draws.attested()
    seen, people = Wave.get_by_id(draw.wave_id), [draws.actor("hadi"), draws.actor("ratna")]
    ready, said = threading.Barrier(2), []

    def press(who) -> None:
        db.connection_opened()
        try:
            ready.wait(10)
            draw_publication.publish(seen, draws.ANNOUNCED, who, draws.ATTESTED)
            said.append("planned")
        except (Changed, NotYet) as slower:
            said.append(type(slower).__name__)
        finally:
            db.connection_done()

    both = [threading.Thread(target=press, args=(who,)) for who in people]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert sorted(said) == ["Changed", "planned"]
    assert Result.select().count() == 9
    assert AuditLine.select().where(AuditLine.verb == "wave.publish").count() == 1
