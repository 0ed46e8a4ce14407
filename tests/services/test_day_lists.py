"""The daily lists: what was sent by the end of a day stays known, whatever the office's list says later (D7)."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from app.models import Application, DayList, OfficeMail, Wave
from app.rules import codes, merkle
from app.services import day_lists, draw_files
from app.services.every_minute import jobs
from tests import draws
from tests.staff import rows

#: 01.00 in Lumajang, on the night after the promise and the one after that.
NIGHT = draws.OPENS.replace(hour=18)
NEXT = NIGHT + timedelta(days=1)
DAYS = ["2023-08-28", "2023-08-29"]


def note(now) -> int:
    [job] = [job for job in jobs() if job.name == "list_days"]
    return job.act(now)


def sent(serials, at) -> list[Application]:
    wave = Wave.get()
    people = [rows.applicant(rows.nik(n), kk_index=b"%d" % n) for n in serials]
    return [rows.application(person, wave, at=at) for person in people]


def entries(row: DayList) -> list[str]:
    return bytes(row.entries).decode().split()


def numbers(people: list[Application]) -> list[str]:
    return sorted(codes.shown(one.entry_number) for one in people)


def check(folder, proof) -> tuple[int, str]:
    (folder / "harian.csv").write_bytes(day_lists.csv(Wave.get()))
    (folder / "bukti.json").write_text(json.dumps(proof))
    command = [sys.executable, "-S", str(draw_files.VERIFIER), "--bukti", "bukti.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


@pytest.fixture
def two_days(office) -> tuple[list[Application], list[Application]]:
    """Nine people on the day of the promise, three on the next, both noted."""
    draws.promised()
    Application.update(submitted_at=draws.PROMISED).execute()
    first = list(Application.select())
    assert note(NIGHT) == 1
    second = sent(range(100, 103), NIGHT + timedelta(hours=5))
    assert note(NEXT) == 1
    return first, second


def test_each_night_notes_what_is_new(two_days):
    first, second = two_days
    found = list(DayList.select().order_by(DayList.day))
    assert [row.day for row in found] == DAYS
    assert [entries(row) for row in found] == [numbers(first), numbers(second)]
    for row in found:
        assert row.root == merkle.root([entry.encode() for entry in entries(row)]).hex()
    assert day_lists.csv(Wave.get()).decode().splitlines() == [
        "day,count,root",
        *(f"{row.day},{row.count},{row.root}" for row in found),
    ]


def test_once_a_night_and_in_a_mail_to_the_inspectorate(two_days):
    assert [note(NEXT), note(NEXT + timedelta(hours=5))] == [0, 0]
    bodies = [row.body for row in OfficeMail.select().where(OfficeMail.key.startswith("day:"))]
    assert len(bodies) == 2
    assert all(any(row.root in body for body in bodies) for row in DayList.select())


def test_today_is_not_over(office):
    draws.promised()
    Application.update(submitted_at=draws.PROMISED).execute()
    before_midnight = NIGHT - timedelta(hours=1, seconds=1)
    assert note(before_midnight) == 0
    sent([100], NIGHT)  # after midnight already
    assert note(NIGHT) == 1
    assert DayList.get().count == 9


def test_a_day_without_the_worker_is_caught_up(office):
    draws.promised()
    Application.update(submitted_at=draws.PROMISED).execute()
    assert note(NEXT + timedelta(days=3)) == 1
    assert (DayList.get().day, DayList.get().count) == ("2023-09-01", 9)


def test_without_a_promise_and_after_the_freeze_nothing_is_noted(office):
    draws.wave()
    assert note(NIGHT) == 0
    draws.frozen(draws.listed(draws.promised(Wave.get())))
    assert note(draws.FROZEN + timedelta(days=1)) == 0


def test_a_number_with_an_old_date_is_new_all_the_same(two_days):
    """Slipped in later with a date of the first day: it stands under the night in which it came to be."""
    [ghost] = sent([500], draws.PROMISED)
    assert note(NEXT + timedelta(days=1)) == 1
    assert day_lists.day_of(ghost) == "30 Agustus 2023"
    assert [row.count for row in DayList.select().order_by(DayList.day)] == [9, 3, 1]


def test_every_proof_is_read_by_the_verifier(two_days, tmp_path):
    """Without any file of the draw: long before there is one."""
    for people, day in zip(two_days, DAYS, strict=True):
        proof = day_lists.proof(people[-1])
        entry = codes.shown(people[-1].entry_number)
        assert (proof["day"], proof["row"]) == (day, entry)
        assert check(tmp_path, proof) == (0, f"COCOK. Nomor {entry} tercatat di daftar harian {day}.\n")
    other = DAYS[0]
    for bad in (
        proof | {"day": other},
        proof | {"day": "2023-08-01"},
        proof | {"row": "K7RM-4TXP-9"},
        proof | {"index": proof["index"] ^ 1},
        proof | {"count": 9},
        {"day": DAYS[1]},
    ):
        status, words = check(tmp_path, bad)
        assert (status, words.startswith("TIDAK COCOK")) == (1, True), bad


def test_a_number_that_disappears_keeps_its_proof(two_days, tmp_path):
    """The office's row loses number and wave; who kept the proof shows it, and the lists of the days stay."""
    gone = two_days[0][0]
    proof, before = day_lists.proof(gone), day_lists.csv(Wave.get())
    Application.update(entry_number=codes.new_code(), wave=None).where(Application.id == gone.id).execute()
    note(NEXT + timedelta(days=1))
    assert check(tmp_path, proof)[0] == 0
    assert day_lists.csv(Wave.get()).startswith(before)


def test_who_is_in_no_list_has_no_proof(two_days):
    [late] = sent([700], NEXT)
    assert day_lists.proof(late) is None
    assert day_lists.day_of(late) == ""
