"""What is promised on /privasi is done: after its time nothing leads to a person, and every number stays as it was."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from peewee import DatabaseError, fn

from app import db
from app.models import (
    ALL,
    Applicant,
    Application,
    AuditCut,
    AuditLine,
    Device,
    Draw,
    DrawFile,
    Entry,
    GroupClaim,
    LedgerEntry,
    Notice,
    Objection,
    Office,
    RetentionDoor,
    Reversal,
    Session,
    Wave,
)
from app.models.base import sealed_columns
from app.periods import Periods
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, audit_cut, drafts, forgetting, limits, retention
from app.services import office as offices
from app.views.privacy import how_long
from tests import walking
from tests.conftest import NOW
from tests.drawn import Person, drawn_wave
from tests.security.rows import everything
from tests.states import CLOSED, NOT_SELECTED, RESERVE, SELECTED, moved, officer, sent, subscribe

KEEP = Periods()
DAY, TICK = timedelta(days=1), timedelta(milliseconds=1)
OBJECT = retention.OBJECT
WITHDRAWN = (State.WITHDRAWN, Reason.OWN_WISH)

#: name: (way through the states, wave or none, what is kept so long, the time to object counts)
LIVES = {
    "not selected": ((CLOSED, NOT_SELECTED), True, "not_selected"),
    "reserve": ((CLOSED, RESERVE), True, "not_selected"),
    "withdrew": ((WITHDRAWN,), True, "withdrawn"),
    "withdrew while waiting": ((WITHDRAWN,), False, "withdrawn"),
    "waits": ((), False, "waiting"),
    "selected": ((CLOSED, SELECTED), True, "selected"),
    "left a seat": ((CLOSED, SELECTED, WITHDRAWN), True, "selected"),
}


def told(wave: Wave, at: datetime = NOW) -> None:
    Wave.update(closes_at=at, published_at=at).where(Wave.id == wave.id).execute()


def until_done(now: datetime, keep: Periods = KEEP) -> Counter[str]:
    """Step after step, as the worker and the command do."""
    total: Counter[str] = Counter()
    while done := retention.step(now, keep):
        total.update(done)
    return total


def lived(name: str, wave: Wave) -> tuple[Application, timedelta]:
    """An application after one of these lives, and how long after NOW it is forgotten."""
    steps, in_wave, kind = LIVES[name]
    application = sent()
    if not in_wave:
        Application.update(wave=None).where(Application.id == application.id).execute()
    application = moved(application, *steps)
    told(wave)
    return application, timedelta(days=getattr(KEEP, kind)) + (OBJECT if in_wave else timedelta())


@pytest.mark.parametrize("life", LIVES)
def test_each_is_kept_so_long_and_not_longer(wave, life):
    application, kept = lived(life, wave)
    for moment in (NOW, NOW + kept - TICK):
        until_done(moment)
        assert Application.get_by_id(application.id).erased_at is None
        assert Applicant.get().name == "Siti Marlina"
    until_done(NOW + kept)
    assert Application.get_by_id(application.id).erased_at == NOW + kept
    assert Applicant.get().erased_at == NOW + kept
    assert until_done(NOW + kept) == {}, "what is forgotten does not come up again"


def traces() -> str:
    """Everything that a thief with the database and every key would read."""
    rows = everything()
    sealed = [
        getattr(row, column.name)
        for model in ALL
        for column in sealed_columns(model)
        for row in model.select()
        if row.__data__[column.name] is not None
    ]
    return repr(rows) + json.dumps(sealed)


def with_everything(wave: Wave) -> Application:
    """Siti with words of hers in every table that has room for some."""
    application = moved(sent(), CLOSED)
    staff = officer()
    GroupClaim.create(application=application.id, group="phk", evidence="surat PHK Siti", seen_by=staff)
    row = Objection(
        application=application.id, about="result", made_at=NOW, due_at=NOW + DAY, answered_at=NOW
    )
    row.text, row.answer = "keberatan Siti", "jawaban untuk Siti"
    row.save(force_insert=True)
    took = Reversal(
        application=application.id,
        to_state="revoked",
        reason="data_false",
        proposed_by=staff,
        proposed_at=NOW,
        dropped_at=NOW,
    )
    took.note = "catatan tentang Siti"
    took.save(force_insert=True)
    subscribe(application.applicant_id)
    note = "ditarik oleh Siti"
    from app.services import ledger

    with db.writing():
        ledger.remark(application, Reason.EDITED, ledger.Actor("staff", staff), NOW, note=note)
    return application


def test_nothing_that_leads_to_a_person_is_left(wave):
    with_everything(wave)
    told(wave)
    found = (
        "Siti",
        "siti marlina",
        "3599015704880003",
        "3599011207150021",
        "81234567713",
        "Krajan",
        "push.example",
    )
    before = traces()
    assert [word for word in found if word not in before] == []
    until_done(NOW + timedelta(days=KEEP.not_selected) + OBJECT)
    after = traces()
    assert [word for word in found if word in after] == []
    row = Applicant.get()
    assert (row.claim, row.nik, row.kk, row.phone, row.email) == ("erased", "0" * 16, "0" * 16, None, None)
    assert row.birth_date == "1988-01-01"
    for table in (Session, Device, Notice):
        assert table.select().count() == 0


def numbers() -> list[tuple[object, ...]]:
    """What the office counts: wave, state, district, sex, year, work, channel."""
    person, sentin = Applicant, Application
    columns = (
        *(sentin.wave, sentin.state, person.district, person.sex, person.birth_year),
        *(sentin.work, sentin.channel, sentin.submitted_at),
    )
    return sorted(sentin.select(*columns, fn.COUNT(sentin.id)).join(person).group_by(*columns).tuples())


def public_files():
    stored = sorted((row.name, bytes(row.data)) for row in DrawFile.select())
    assert stored
    return Draw.select(Draw.promise, Draw.results_sha256).tuples().get(), stored


def test_the_numbers_of_a_wave_stay_and_so_does_what_a_draw_published(office):
    _, people = drawn_wave(1, [Person() for _ in range(4)])
    counted, steps = numbers(), LedgerEntry.select().count()
    files = public_files()
    year = NOW + timedelta(days=KEEP.not_selected) + OBJECT
    assert until_done(year)["not selected"] == 3
    assert Entry.select().count() == 1, "who has a seat is kept for five years"
    until_done(NOW + timedelta(days=KEEP.selected) + OBJECT)
    assert Entry.select().count() == 0
    assert numbers() == counted
    assert LedgerEntry.select().count() == steps
    assert public_files() == files
    assert {one.entry_number for one in people}.isdisjoint(
        row.entry_number for row in Application.select(Application.entry_number)
    )


def test_whoever_waits_for_the_next_wave_loses_the_old_answers_only(wave):
    old = moved(sent(), CLOSED, NOT_SELECTED)
    told(wave)
    year = NOW + timedelta(days=KEEP.not_selected) + OBJECT
    fresh = Application(
        applicant=old.applicant_id,
        ticket="NEWTICKET",
        entry_number="NEWENTRYN",
        state="submitted",
        submitted_at=year,
        changed_at=year,
    )
    fresh.answers = old.answers
    fresh.save(force_insert=True)
    until_done(year)
    assert Application.get_by_id(old.id).answers == "{}"
    assert "Krajan" in Application.get_by_id(fresh.id).answers
    assert Applicant.get().name == "Siti Marlina"


def test_what_is_not_settled_is_not_forgotten(wave):
    application = moved(sent(), CLOSED, NOT_SELECTED)
    told(wave)
    row = Objection(application=application.id, about="result", made_at=NOW, due_at=NOW + DAY)
    row.text = "belum dijawab"
    row.save(force_insert=True)
    late = NOW + timedelta(days=4000)
    assert "not selected" not in until_done(late)
    Objection.update(answered_at=NOW).execute()
    assert until_done(late)["not selected"] == 1


def test_killed_in_the_middle_it_goes_on(wave, monkeypatch):
    application = with_everything(wave)
    told(wave)
    late = NOW + timedelta(days=KEEP.not_selected) + OBJECT
    really, before = forgetting.application, traces()

    def dies(row, now):
        really(row, now)
        raise KeyboardInterrupt

    monkeypatch.setattr(
        retention,
        "RULES",
        [
            replace(rule, forget=retention._each(dies)) if rule.name == "not selected" else rule
            for rule in retention.RULES
            if rule.name == "not selected"
        ],
    )
    with pytest.raises(KeyboardInterrupt):
        retention.step(late, KEEP)
    assert traces() == before, "half a person is not forgotten"
    monkeypatch.undo()
    until_done(late)
    assert Application.get_by_id(application.id).erased_at == late
    assert RetentionDoor.select().count() == 0


# the door through the triggers --------------------------------------------------------------------


def refused(act) -> None:
    with pytest.raises(DatabaseError, match="append-only"), db.database.atomic():
        act()


def test_the_door_lets_a_note_go_and_nothing_else(wave):
    with_everything(wave)
    note = LedgerEntry.note.is_null(False)
    refused(LedgerEntry.update(note=None).where(note).execute)
    for columns in ({"to_state": "selected"}, {"note": None, "told": "x"}, {"note": b"x"}):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            db.writing(),
            forgetting.door("ledger_entry", NOW),
        ):
            LedgerEntry.update(**columns).where(note).execute()
    with db.writing(), forgetting.door("audit_line", NOW):
        refused(LedgerEntry.update(note=None).where(note).execute)
    with db.writing(), forgetting.door("ledger_entry", NOW + DAY):
        refused(LedgerEntry.delete().execute)
        refused(AuditLine.delete().execute)
        LedgerEntry.update(note=None).where(note).execute()
    assert RetentionDoor.select().count() == 0
    refused(LedgerEntry.update(note=b"again").execute)


def test_the_door_lets_old_audit_lines_go_and_no_young_ones(office):
    for day in range(3):
        audit.record("system", "x", "y", NOW + day * DAY)
    with db.writing(), forgetting.door("audit_line", NOW + DAY):
        refused(AuditLine.delete().where(AuditLine.at == NOW + DAY).execute)
        refused(AuditLine.update(detail="x").where(AuditLine.at == NOW).execute)
        assert AuditLine.delete().where(AuditLine.at < NOW + DAY).execute() >= 1


# the audit chain ----------------------------------------------------------------------------------


def chain(days: int) -> list[str]:
    """One line a day; the head after each."""
    heads = []
    for day in range(days):
        audit.record("staff:dewi", "nik.open", f"applicant:{day}", NOW + day * DAY)
        heads.append(audit.head())
    return heads


def test_after_five_years_lines_go_and_the_chain_holds(database):
    heads = chain(5)
    later = NOW + timedelta(days=KEEP.audit) + 2 * DAY + TICK
    assert audit_cut.due(later - timedelta(days=KEEP.audit)) == 3
    assert until_done(later)["audit lines"] == 3
    assert [row.id for row in AuditLine.select().order_by(AuditLine.id)] == [4, 5, 6]
    assert audit.verify() == (3, None)
    assert AuditLine.get_by_id(6).detail == f"3 {heads[2]}"
    for noted in heads[2:]:
        assert audit.verify(bytes.fromhex(noted)) == (3, None)
    assert audit.verify(bytes.fromhex(heads[1])) == (3, 7), "older than what is kept"
    audit.record("staff:dewi", "nik.open", "applicant:9", later)
    assert audit.verify() == (4, None)


def test_the_newest_line_stays_however_old(database):
    chain(2)
    until_done(NOW + timedelta(days=9000))
    until_done(NOW + timedelta(days=19000))
    assert audit.verify()[1] is None
    assert AuditLine.select().count() >= 1


def test_a_cut_that_is_not_ours_is_found(database):
    """Whoever owns the database cannot take the beginning away by writing an anchor."""
    chain(5)
    line = AuditLine.get_by_id(3)
    with db.writing(), forgetting.door("audit_line", NOW + 3 * DAY):
        AuditLine.delete().where(AuditLine.id <= 3).execute()
    assert audit.verify() == (0, 1)
    AuditCut.create(upto=3, mac=line.mac, cut_mac=b"m" * 32, at=NOW)
    assert audit.verify() == (0, 1)


# the command, the job, the notice -----------------------------------------------------------------


def test_the_dry_run_counts_and_touches_nothing(wave, runner, clock):
    with_everything(wave)
    told(wave)
    clock.move(timedelta(days=KEEP.not_selected) + OBJECT)
    before = everything()
    said = runner.invoke(args=["retention", "--dry-run"]).output
    assert everything() == before
    assert re.search(r"^not selected +1$", said, re.MULTILINE)
    assert re.search(r"^withdrawn +0$", said, re.MULTILINE)
    done = runner.invoke(args=["retention"]).output
    assert re.search(r"^not selected +1$", done, re.MULTILINE)
    assert re.search(r"^people +1$", done, re.MULTILINE)
    assert runner.invoke(args=["retention"]).output == "nothing to do\n"


def test_the_example_office_keeps_its_people(wave):
    application, kept = lived("withdrew", wave)
    assert retention.run_due(NOW + kept, KEEP) == 0
    assert Application.get_by_id(application.id).erased_at is None


def test_the_worker_rests_for_an_hour_when_nothing_is_left(wave):
    Office.update(example=False).execute()
    offices.forget()
    assert retention.run_due(NOW, KEEP) == 0
    application, kept = lived("withdrew", wave)
    end = NOW + kept
    assert retention.run_due(end, KEEP) > 0
    while retention.run_due(end, KEEP):
        pass
    Application.update(erased_at=None).where(Application.id == application.id).execute()
    assert retention.run_due(end + timedelta(minutes=59), KEEP) == 0
    assert retention.run_due(end + retention.REST, KEEP) > 0


def test_the_notice_says_what_the_job_does(visitor, settings):
    """The numbers on /privasi are those by which rows are forgotten, whatever an office sets."""
    shown = visitor.open("/privasi").text
    for words in (
        f"Isian yang belum dikirim: {drafts.KEEP.days} hari.",
        "Tidak terpilih: 12 bulan.",
        "Menunggu gelombang: 24 bulan.",
        "Mengundurkan diri: 90 hari.",
        "Terpilih: 5 tahun.",
        f"Catatan masuk: {limits.KEPT.days} hari.",
    ):
        assert words in shown
    assert "dihapus setelah 12 bulan" in walking.until(visitor, "persetujuan").text
    other = replace(settings.keep, not_selected=100, selected=3653)
    assert "Tidak terpilih: 100 hari." in how_long(other)
    assert "Terpilih: 10 tahun." in how_long(other)


@pytest.mark.parametrize("life", ["not selected", "selected"])
def test_an_office_may_set_its_own_periods(wave, life):
    application, _ = lived(life, wave)
    own = replace(KEEP, not_selected=100, selected=3653)
    kept = timedelta(days=getattr(own, LIVES[life][2])) + OBJECT
    until_done(NOW + kept - TICK, own)
    assert Application.get_by_id(application.id).erased_at is None
    until_done(NOW + kept, own)
    assert Application.get_by_id(application.id).erased_at is not None
