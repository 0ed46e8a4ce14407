"""Moving a deadline with a reason, and the list of who is late: a list, and nothing happens by standing on it."""

from __future__ import annotations

from datetime import datetime, timedelta

import icalendar
import pytest

from app.models import Application, Deadline, LedgerEntry, Notice, Office, Reversal, Wave
from app.rules import deadlines as rules
from app.rules import local_time
from app.rules.deadlines import Deadline as Kind
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, calendars, deadline_moves, deadlines, every_minute, reversals
from app.services import office as offices
from app.services.casework import Changed
from app.services.ledger import Actor
from tests.conftest import NOW
from tests.services.test_calendars import said_by_icalendar, said_by_vobject
from tests.staff import rows

SITE = calendars.Site("gelombang.example", "https://gelombang.example/saya")


@pytest.fixture
def selected(office) -> Application:
    wave = rows.wave(4, opens=-30, closes=-20)
    application = rows.application(rows.applicant(), wave, State.SELECTED)
    deadlines.begin_buying(application, wave, "WIB", NOW)
    return application


def due(application: Application):
    return Deadline.get(Deadline.application == application.id).due_at


def entry(application: Application) -> icalendar.Event:
    made = calendars.file_for(application.applicant_id, SITE, NOW, "WIB")
    assert made is not None
    return icalendar.Calendar.from_ical(made).walk("VEVENT")[0]


def test_an_officer_moves_it_and_the_person_reads_why(signed, selected):
    before, old = entry(selected), due(selected)
    page = signed().visitor.open(f"/petugas/pendaftar/{selected.id}").click("Undur batas waktu")
    page = page.submit("Undur dan kabari", hari="7", alasan="Dirawat di puskesmas")
    assert "Pendaftar sudah dikabari" in page.html
    assert due(selected) == rules.due_at(old, 7, "WIB")
    line = LedgerEntry.select().order_by(LedgerEntry.n.desc()).get()
    assert (line.reason, line.note, line.actor) == ("deadline_moved", "Dirawat di puskesmas", "staff")
    assert line.from_state == line.to_state == "selected"
    told = Notice.get(Notice.kind == "moved")
    assert "Beli pelatihan pertama sekarang paling lambat" in told.body
    assert "pelatihan" not in told.title.lower()
    after = entry(selected)
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after["dtstart"].dt > before["dtstart"].dt
    assert audit.verify()[1] is None


@pytest.mark.parametrize("zone", ["WIB", "WITA", "WIT"])
def test_every_move_raises_the_sequence_in_the_office_s_own_zone(selected, signed, zone):
    """Both libraries read one event that went on: same UID, later day at 23.59 of this zone, higher SEQUENCE."""
    Office.update(zone=zone).execute()
    offices.forget()
    actor, kind = Actor("staff", signed().staff), Kind.BUY_FIRST_TRAINING.value
    before = both(selected, zone)
    for days in (3, 7):
        seen = LedgerEntry.select().where(LedgerEntry.application == selected.id).count()
        moved = deadline_moves.move(selected.id, kind, days, "sakit", seen, actor, NOW)
        after = both(selected, zone)
        assert (after[0], after[1] > before[1]) == (before[0], True)
        assert after[2] == moved.replace(microsecond=0) > before[2]
        assert local_time.clock(after[2], zone) == f"23.59 {zone}"
        rings = [local_time.hour(after[2] + ring, zone) for ring in after[3]]
        assert set(rings) == {"08.00"}
        before = after


def both(application: Application, zone: str) -> tuple[str, int, datetime, list[timedelta]]:
    """(UID, SEQUENCE, begin, alarms) of the one event, on which icalendar and vobject agree."""
    made = calendars.file_for(application.applicant_id, SITE, NOW, zone)
    assert made is not None
    [(uid, one)] = said_by_icalendar(made).items()
    [(other_uid, other)] = said_by_vobject(made).items()
    assert (uid, one) == (other_uid, other)
    return uid, one[1], one[0], one[4]


def test_nobody_loses_a_place_by_itself_however_long_nothing_happens(selected):
    """Every job of the worker, once a day, for three months after the day and the grace time."""
    now = due(selected)
    for _ in range(90):
        now += timedelta(days=1)
        for job in every_minute.jobs():
            job.act(now)
    assert Application.get_by_id(selected.id).state == "selected"
    assert Reversal.select().count() == 0
    assert not LedgerEntry.select().where(LedgerEntry.to_state == "revoked").exists()
    assert [one.application_id for one in deadline_moves.late(now, "WIB")] == [selected.id]


@pytest.mark.parametrize("grace", [0, 3])
def test_the_place_can_be_proposed_away_only_after_the_grace_time(selected, signed, grace):
    Wave.update(grace_days=grace).execute()
    selected, end = Application.get_by_id(selected.id), due(selected) + timedelta(days=grace)
    assert Reason.DEADLINE_MISSED not in reversals.reasons_for(selected, end)
    later = end + timedelta(seconds=1)
    assert Reason.DEADLINE_MISSED in reversals.reasons_for(selected, later)
    actor = Actor("staff", signed("manager").staff)
    seen = LedgerEntry.select().where(LedgerEntry.application == selected.id).count()
    with pytest.raises(reversals.NotNow):
        reversals.propose(selected.id, Reason.DEADLINE_MISSED, "", seen, actor, end)
    reversals.propose(selected.id, Reason.DEADLINE_MISSED, "", seen, actor, later)
    assert Application.get_by_id(selected.id).state == "selected"  # it takes a second officer


def test_its_reminders_move_too(signed, selected):
    near = rules.reminder_at(due(selected), 3, "WIB")
    assert deadlines.remind_due(near) == 1
    row = LedgerEntry.select().where(LedgerEntry.application == selected.id).count()
    officer = signed().staff
    kind = Kind.BUY_FIRST_TRAINING.value
    deadline_moves.move(selected.id, kind, 30, "sakit", row, Actor("staff", officer), near)
    assert deadlines.remind_due(near) == 0
    assert deadlines.remind_due(rules.reminder_at(due(selected), 14, "WIB")) == 1


def test_a_day_that_has_passed_is_counted_from_today(signed, selected):
    later = due(selected) + timedelta(days=5)
    kind = Kind.BUY_FIRST_TRAINING.value
    seen = LedgerEntry.select().count()
    moved = deadline_moves.move(selected.id, kind, 3, "sakit", seen, Actor("staff", signed().staff), later)
    assert moved == rules.due_at(later, 3, "WIB")


def test_without_a_reason_or_seen_too_late_nothing_moves(signed, selected):
    old, person = due(selected), signed()
    page = person.visitor.open(f"/petugas/pendaftar/{selected.id}/batas")
    page.submit("Undur dan kabari", status=422, hari="7", alasan="")
    stale = person.visitor.open(f"/petugas/pendaftar/{selected.id}/batas")
    stale.submit("Undur dan kabari", hari="7", alasan="sakit")
    moved = due(selected)
    stale.submit("Undur dan kabari", status=409, hari="7", alasan="sakit")
    assert due(selected) == moved > old
    for days, why in ((5, "sakit"), (7, "  ")):
        with pytest.raises(ValueError, match="reason"):
            deadline_moves.move(
                selected.id, "buy_first_training", days, why, 1, Actor("staff", person.staff), NOW
            )


def test_a_task_that_is_done_cannot_be_moved(signed, selected):
    actor = Actor("staff", signed().staff)
    deadlines.mark_done(selected.id, Kind.BUY_FIRST_TRAINING.value, actor, NOW)
    seen = LedgerEntry.select().count()
    with pytest.raises(Changed):
        deadline_moves.move(selected.id, Kind.BUY_FIRST_TRAINING.value, 7, "sakit", seen, actor, NOW)


@pytest.mark.parametrize("grace", [0, 3, 40])
def test_who_is_late_after_the_grace_time_is_listed_and_keeps_the_place(selected, grace):
    Wave.update(grace_days=grace).execute()
    end = due(selected) + timedelta(days=grace)
    assert deadline_moves.late(end, "WIB") == []
    (one,) = deadline_moves.late(end + timedelta(seconds=1), "WIB")
    assert (one.application_id, one.wave) == (selected.id, 4)
    assert one.days == grace + 1
    assert Application.get_by_id(selected.id).state == "selected"
    assert Reversal.select().count() == 0


@pytest.mark.parametrize("state", [State.REVOKED, State.WITHDRAWN, State.COMPLETED])
def test_whoever_has_no_place_to_lose_is_not_listed(selected, state):
    Application.update(state=state.value).execute()
    assert deadline_moves.late(due(selected) + timedelta(days=30), "WIB") == []


def test_the_list_names_nobody_and_leads_to_each(signed, selected, clock):
    Deadline.update(due_at=NOW - timedelta(days=9)).execute()
    page = signed().visitor.open("/petugas/lewat-batas")
    assert "Siti" not in page.html
    assert "lewat 9 hari" in page.main
    assert f"/petugas/pendaftar/{selected.id}" in page.links.values()


def test_a_manager_sets_the_days_of_a_wave(signed, office):
    rows.wave(7, opens=20, closes=30)
    page = signed(role="manager").visitor.open("/petugas/gelombang/7/ubah")
    page = page.submit("Simpan", selesai="45", ulasan="0", tenggang="5")
    row = Wave.get(Wave.number == 7)
    assert (row.finish_within_days, row.review_within_days, row.grace_days) == (45, None, 5)
    again = page.visitor.open("/petugas/gelombang/7/ubah").forms[-1]
    assert (again.values["selesai"], again.values["ulasan"], again.values["tenggang"]) == ("45", "0", "5")
