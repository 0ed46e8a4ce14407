"""Reminders from rows: each once, the latest only after a downtime, none for who is done; on both databases."""

from __future__ import annotations

import secrets
import signal
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from app import db
from app.models import (
    Applicant,
    Application,
    CallTask,
    Deadline,
    Delivery,
    LedgerEntry,
    Notice,
    Office,
    PushSubscription,
)
from app.rules import local_time
from app.rules.deadlines import REMINDER_DAYS
from app.services import deadlines, delivery, ladder, ledger
from app.services import office as offices
from app.services.ledger import APPLICANT
from tests.worker.jobs import END_SECONDS, job, until
from tests.worker.phones import Phone, somebody
from tests.worker.test_ladder import with_email

DUE = local_time.end_of_day(date(2026, 12, 23), "WIB")
SELECTED = datetime(2026, 12, 8, 3, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("office")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time of the office (WIB) in December 2026."""
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


def deadline(state: str = "selected", kind: str = "buy_first_training", due: datetime = DUE) -> Deadline:
    application = Application(
        applicant=somebody(Phone()),
        ticket=secrets.token_hex(4),
        entry_number=secrets.token_hex(4),
        state=state,
        submitted_at=SELECTED,
        changed_at=SELECTED,
    )
    application.answers = "{}"
    application.save(force_insert=True)
    return Deadline.create(application=application, kind=kind, due_at=due, created_at=SELECTED)


def titles() -> list[str]:
    return [notice.body for notice in Notice.select().order_by(Notice.created_at)]


def test_five_reminders_in_two_weeks_asked_every_ten_minutes():
    deadline()
    now, written = SELECTED, []
    while now < DUE + timedelta(days=2):
        if deadlines.remind_due(now):
            written.append(now)
        now += timedelta(minutes=10)
    assert written == [at(9, 8), at(16, 8), at(20, 8), at(22, 8), at(23, 8)]
    by = "Beli pelatihan pertama paling lambat Rabu, 23 Desember 2026, pukul 23.59 WIB."
    lost = "Kalau lewat, tempat Anda bisa dicabut dan saldo pelatihan kembali ke negara."
    left = [
        "Tinggal 14 hari.",
        "Tinggal 7 hari.",
        "Tinggal 3 hari.",
        "Besok hari terakhir.",
        "Hari ini hari terakhir.",
    ]
    assert titles() == [f"{by} {words} {lost}" for words in left]
    assert Delivery.select().count() == len(REMINDER_DAYS)


def test_after_two_days_down_one_message_and_not_more():
    deadline()
    assert deadlines.remind_due(at(22, 15)) == 1
    assert "Besok hari terakhir." in titles()[0]
    assert deadlines.remind_due(at(22, 16)) == 0
    assert Notice.select().count() == 1


def test_two_days_down_with_everything_in_flight_still_make_one_sound():
    """Down from before the reminder of three days until after that of one day: what waited is given up, one push goes."""
    deadline()
    assert deadlines.remind_due(at(16, 8)) == 1  # seven days before; its push was never handed over
    back = at(22, 15)
    assert deadlines.remind_due(back) == 1
    assert deadlines.remind_due(back) == 0
    [claimed] = delivery.claim(10, back, timedelta(minutes=1))
    newest = Notice.select().order_by(Notice.created_at.desc()).get()
    assert claimed.notice.id == newest.id
    assert "Besok hari terakhir." in newest.body
    assert sorted((row.state, row.reason) for row in Delivery.select()) == [
        ("failed", "too_late"),
        ("queued", ""),
    ]


def test_two_days_down_bring_one_email_and_one_call_entry_at_most():
    row = deadline()
    person = Applicant.get_by_id(row.application.applicant_id)
    PushSubscription.delete().execute()
    with_email(person)
    deadlines.remind_due(at(16, 8))
    back = at(22, 15)
    deadlines.remind_due(back)
    for minutes in range(0, 24 * 60, 30):
        ladder.climb_due(back + timedelta(minutes=minutes))
    assert Delivery.select().where(Delivery.channel == "email").count() == 1
    assert CallTask.select().count() <= 1


def test_two_workers_at_once_remind_each_person_once():
    for _ in range(12):
        deadline()
    start, written = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        written.append(deadlines.remind_due(at(20, 8)))
        db.connection_done()
        if db.is_sqlite():
            db.database.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (sum(written), Notice.select().count()) == (12, 12)


@pytest.mark.parametrize(("zone", "offset"), [("WIB", 7), ("WITA", 8), ("WIT", 9)])
def test_eight_in_the_morning_is_the_office_s_own(zone, offset):
    Office.update(zone=zone).execute()
    offices.forget()
    deadline(due=local_time.end_of_day(date(2026, 12, 23), zone))
    eight = datetime(2026, 12, 20, 8, tzinfo=UTC) - timedelta(hours=offset)
    assert deadlines.remind_due(eight - timedelta(minutes=1)) == 0
    assert deadlines.remind_due(eight) == 1
    assert f"pukul 23.59 {zone}." in titles()[0]


def test_a_worker_that_dies_between_two_people_writes_the_rest_and_nobody_twice(monkeypatch):
    monkeypatch.setattr(deadlines, "CHUNK", 2)
    for _ in range(6):
        deadline()
    write, calls = deadlines._write_missing, []

    def dies(*given):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return write(*given)

    monkeypatch.setattr(deadlines, "_write_missing", dies)
    with pytest.raises(RuntimeError):
        deadlines.remind_due(at(20, 8))
    assert Notice.select().count() == 2
    monkeypatch.setattr(deadlines, "_write_missing", write)
    assert deadlines.remind_due(at(20, 9)) == 4
    assert Notice.select().count() == 6


def test_killed_with_minus_nine_again_and_again_everybody_is_reminded_once(settings):
    """Between two chunks, and in the middle of one: whole chunks are there, and the next worker goes on after them."""
    for _ in range(300):
        deadline()
    for stands_still_after, whole in ((10, 10), (85, 90), (97, 180)):
        with job(settings, "deadline_job", at(20, 8), str(stands_still_after)) as one:
            until(lambda whole=whole: Notice.select().count() >= whole, f"{whole} people reminded")
            one.send_signal(signal.SIGKILL)
            one.wait(END_SECONDS)
        assert one.returncode == -signal.SIGKILL
        assert (Notice.select().count(), Delivery.select().count()) == (whole, whole)
    with job(settings, "deadline_job", at(20, 9)) as last:
        assert last.wait(END_SECONDS) == 0
    reminded = Counter(notice.applicant_id for notice in Notice.select())
    rung = Counter(delivery.subscription_id for delivery in Delivery.select())
    assert (len(reminded), set(reminded.values())) == (300, {1})
    assert (len(rung), set(rung.values())) == (300, {1})
    assert deadlines.remind_due(at(20, 10)) == 0


def test_days_are_counted_when_it_is_written():
    deadline()
    assert deadlines.remind_due(at(18, 12)) == 1  # the one of the 16th, late
    assert "Tinggal 5 hari." in titles()[0]


def test_the_lock_screen_shows_a_date_and_not_for_what():
    deadline()
    deadlines.remind_due(at(20, 8))
    assert Notice.get().title == "Batas waktu Anda: Rabu, 23 Desember 2026"
    [claimed] = delivery.claim(10, at(20, 8), timedelta(minutes=1))
    body = delivery.prepare(claimed, "https://x.example.org", at(20, 8)).body
    assert b"pelatihan" not in body
    assert b"terpilih" not in body


def test_a_reminder_is_worthless_once_the_next_one_speaks():
    deadline()
    deadlines.remind_due(at(20, 8))
    assert Delivery.get().not_after == at(22, 8)


@pytest.mark.parametrize("state", ["withdrawn", "revoked", "not_selected", "reserve"])
def test_who_has_nothing_to_lose_is_left_in_peace(state):
    deadline(state)
    assert deadlines.remind_due(at(20, 8)) == 0


@pytest.mark.parametrize("state", ["selected", "in_training", "completed"])
def test_who_has_is_reminded(state):
    deadline(state)
    assert deadlines.remind_due(at(20, 8)) == 1


def test_nothing_by_night_and_nothing_after_the_day():
    deadline()
    assert deadlines.remind_due(at(20, 7, 59)) == 0
    assert deadlines.remind_due(at(20, 21)) == 0
    assert deadlines.remind_due(at(24, 8)) == 0


def test_a_moved_deadline_reminds_anew():
    row = deadline()
    assert deadlines.remind_due(at(20, 8)) == 1
    row.due_at = local_time.end_of_day(date(2026, 12, 30), "WIB")
    row.save()
    assert deadlines.remind_due(at(20, 9)) == 1
    assert "Rabu, 30 Desember 2026" in titles()[-1]
    assert deadlines.remind_due(at(20, 10)) == 0


def test_many_people_are_all_reminded_and_once(monkeypatch):
    monkeypatch.setattr(deadlines, "CHUNK", 3)
    for _ in range(8):
        deadline()
    assert deadlines.remind_due(at(20, 8)) == 8
    assert deadlines.remind_due(at(20, 8)) == 0


def test_a_row_that_is_settled_while_reminders_are_written_is_left_out(monkeypatch):
    row = deadline()
    key = deadlines._key(row, 3, "WIB")
    deadlines.mark_done(row.application_id, row.kind, APPLICANT, at(20, 8))
    assert deadlines._write_missing([(row.id, row.application.applicant_id, key, 3)], "WIB", at(20, 8)) == 0


# done ---------------------------------------------------------------------------------------------


def test_done_stops_reminders_and_moves_the_ledger_on():
    row = deadline()
    deadlines.remind_due(at(20, 8))
    assert deadlines.mark_done(row.application_id, row.kind, APPLICANT, at(20, 9))
    assert Application.get().state == "in_training"
    assert LedgerEntry.get().reason == "training_bought"
    assert (Delivery.get().state, Delivery.get().reason) == ("gone", "done")
    assert deadlines.remind_due(at(22, 8)) == 0
    assert not deadlines.mark_done(row.application_id, row.kind, APPLICANT, at(22, 9))
    assert LedgerEntry.select().count() == 1


def test_finished_training_completes_and_a_review_changes_no_state():
    row = deadline("in_training", "finish_training")
    assert deadlines.mark_done(row.application_id, row.kind, APPLICANT, at(20, 9))
    assert Application.get().state == "completed"
    review = Deadline.create(
        application=row.application, kind="write_review", due_at=DUE, created_at=SELECTED
    )
    assert deadlines.mark_done(review.application_id, review.kind, ledger.SYSTEM, at(20, 10))
    assert Application.get().state == "completed"


def test_nobody_else_s_deadline_is_touched():
    mine, other = deadline(), deadline()
    deadlines.remind_due(at(20, 8))
    deadlines.mark_done(mine.application_id, mine.kind, APPLICANT, at(20, 9))
    assert sorted(row.state for row in Delivery.select()) == ["gone", "queued"]
    assert Deadline.get_by_id(other.id).done_at is None
