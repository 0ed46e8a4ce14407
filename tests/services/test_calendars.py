"""The person's dates as iCalendar: read by two libraries that share no code, and by our own strict reading of RFC 5545.

`icalendar` also writes the file; `vobject` has a parser of its own. Every file that a test makes is read by all three.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import vobject
from icalendar import Calendar

from app.models import Deadline, Wave
from app.rules import deadlines as rules
from app.rules import local_time
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, calendars
from tests.conftest import NOW
from tests.states import CLOSED, DAY, NOT_SELECTED, RESERVE, SELECTED, deadline, make_wave, moved, sent

SITE = calendars.Site("gelombang.example", "https://gelombang.example/saya")
ZONES = ("WIB", "WITA", "WIT")


def made(application, now=NOW, zone="WIB") -> bytes:
    found = calendars.file_for(application.applicant_id, SITE, now, zone)
    assert found is not None
    strict(found)
    assert said_by_vobject(found) == said_by_icalendar(found)
    return found


def said_by_icalendar(file: bytes) -> dict[str, tuple]:
    """{UID: (begin, SEQUENCE, title, text, alarms before it)} as icalendar reads it."""
    return {
        uid: (
            event.decoded("dtstart"),
            int(event["sequence"]),
            str(event["summary"]),
            str(event["description"]),
            [alarm["trigger"].dt for alarm in event.walk("VALARM")],
        )
        for uid, event in events(file).items()
    }


def said_by_vobject(file: bytes) -> dict[str, tuple]:
    """The same as vobject reads it, which refuses what is not valid."""
    calendar = vobject.readOne(file.decode(), validate=True)
    return {
        event.uid.value: (
            event.dtstart.value,
            int(event.sequence.value),
            event.summary.value,
            event.description.value,
            [alarm.trigger.value for alarm in event.contents.get("valarm", [])],
        )
        for event in calendar.vevent_list
    }


def events(file: bytes):
    return {str(event["uid"]): event for event in Calendar.from_ical(file).walk("VEVENT")}


# our own reading ------------------------------------------------------------------------------------


def strict(file: bytes) -> list[tuple[str, str]]:
    """(name with parameters, value) of every line, unfolded; fails on what RFC 5545 section 3.1 and 3.6 forbid."""
    assert file.endswith(b"\r\n")
    lines = file.split(b"\r\n")[:-1]
    assert not any(b"\r" in line or b"\n" in line for line in lines), "a bare CR or LF"
    assert max(len(line) for line in lines) <= 75, "a line longer than 75 octets"
    assert not any(line == b"" for line in lines), "an empty line"
    for line in lines:
        line.decode()  # no character is cut in two by a fold: each line is UTF-8 by itself
    unfolded = re.sub(rb"\r\n[ \t]", b"", file).decode().split("\r\n")[:-1]
    properties = []
    open_parts: list[str] = []
    for line in unfolded:
        match = re.fullmatch(r"([A-Z0-9-]+(?:;[A-Z-]+=(?:\"[^\"]*\"|[^\",:;]+))*):(.*)", line)
        assert match, f"not a content line: {line}"
        name, value = match.groups()
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value), line
        if name == "BEGIN":
            open_parts.append(value)
        elif name == "END":
            assert open_parts.pop() == value
        properties.append((name, value))
    assert open_parts == []
    assert unfolded[0] == "BEGIN:VCALENDAR"
    required = {name for name, _ in properties}
    assert {"VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART"} <= required
    return properties


def test_the_strict_reading_can_fail(wave):
    good = made(sent())
    for bad in (
        good.replace(b"\r\n", b"\n"),
        good.replace(b"SUMMARY:", b"SUMMARY:" + b"x" * 75),
        good.replace(b"END:VEVENT", b"END:VTODO", 1),
        good.replace(b"UID:", b"UID "),
        good[:-2],
    ):
        with pytest.raises(AssertionError):
            strict(bad)


def test_the_two_libraries_can_disagree(wave):
    good = made(sent())
    other = good.replace(b"SUMMARY:Gelombang 4 ditutup", b"SUMMARY:Gelombang 5 ditutup")
    assert said_by_vobject(other) != said_by_icalendar(good)


# what stands in it ----------------------------------------------------------------------------------


def test_before_a_result_the_dates_of_the_wave(wave):
    found = events(made(sent()))
    assert set(found) == {"gelombang-4-tutup@gelombang.example", "gelombang-4-hasil@gelombang.example"}
    closing = found["gelombang-4-tutup@gelombang.example"]
    assert closing.decoded("dtstart") == wave.closes_at
    assert closing.decoded("dtstamp") == NOW.replace(microsecond=0)
    assert str(closing["summary"]) == "Gelombang 4 ditutup"
    assert found["gelombang-4-hasil@gelombang.example"].decoded("dtstart") == wave.announce_at


@pytest.mark.parametrize("zone", ZONES)
def test_a_deadline_rings_seven_three_and_one_day_before_at_eight_in_the_morning(wave, zone):
    application = moved(sent(), CLOSED, SELECTED)
    due = rules.due_at(NOW, 15, zone)
    row = deadline(application, due)
    [(uid, event)] = events(made(application, zone=zone)).items()
    assert uid == f"batas-{row.id}@gelombang.example"
    start = event.decoded("dtstart")
    assert start == due.replace(microsecond=0)
    assert start.tzinfo is not None
    assert local_time.hour(start, zone) == "23.59"
    rings = [start + alarm["trigger"].dt for alarm in event.walk("VALARM")]
    assert [local_time.days_left(ring, due, zone) for ring in rings] == [7, 3, 1]
    assert {local_time.hour(ring, zone) for ring in rings} == {"08.00"}


@pytest.mark.parametrize(
    ("zone", "utc"), [("WIB", "20261207T165959Z"), ("WITA", "20261207T155959Z"), ("WIT", "20261207T145959Z")]
)
def test_the_end_of_a_day_is_right_in_every_zone(wave, zone, utc):
    application = moved(sent(), CLOSED, SELECTED)
    deadline(application, rules.due_at(NOW, 15, zone))
    properties = strict(made(application, zone=zone))
    assert ("DTSTART", utc) in properties
    assert any(f"pukul 23.59 {zone}" in value for name, value in properties if name == "DESCRIPTION")


def test_an_alarm_whose_time_is_over_is_left_out(wave):
    application = moved(sent(), CLOSED, SELECTED)
    due = rules.due_at(NOW, 15, "WIB")
    deadline(application, due)
    [event] = events(made(application, now=due - 5 * DAY)).values()
    rings = [event.decoded("dtstart") + alarm["trigger"].dt for alarm in event.walk("VALARM")]
    assert [local_time.days_left(ring, due, "WIB") for ring in rings] == [3, 1]


def test_titles_do_not_tell_a_result(wave):
    """They stand on lock screens."""
    application = moved(sent(), CLOSED, SELECTED)
    deadline(application, rules.due_at(NOW, 15, "WIB"))
    [event] = events(made(application)).values()
    shown = [str(event["summary"]), *(str(alarm["description"]) for alarm in event.walk("VALARM"))]
    assert set(shown) == {"Batas waktu Anda di Gelombang 4"}


def test_a_moved_deadline_keeps_its_uid_and_raises_its_sequence(wave):
    application = moved(sent(), CLOSED, SELECTED)
    row = deadline(application, rules.due_at(NOW, 15, "WIB"))
    [(uid, before)] = events(made(application)).items()
    later = rules.due_at(NOW, 20, "WIB")
    Deadline.update(due_at=later).where(Deadline.id == row.id).execute()
    audit.record("staff:sri", "deadline.move", f"deadline:{row.id}", NOW)
    [(again, after)] = events(made(application)).items()
    assert again == uid
    assert after.decoded("dtstart") == later.replace(microsecond=0)
    assert int(after["sequence"]) > int(before["sequence"])


def test_a_moved_wave_keeps_its_uids_and_raises_their_sequences(wave):
    application = sent()
    before = events(made(application))
    Wave.update(closes_at=wave.closes_at - DAY).execute()
    audit.record("staff:sri", "wave.edit", "wave:4", NOW)
    after = events(made(application))
    assert set(after) == set(before)
    assert all(int(after[uid]["sequence"]) > int(before[uid]["sequence"]) for uid in after)


def test_the_same_dates_read_again_are_the_same(wave):
    application = sent()
    later = made(application, now=NOW + timedelta(hours=1))
    changed = set(strict(later)) ^ set(strict(made(application)))
    assert {name for name, _ in changed} == {"DTSTAMP"}


def test_waiting_people_keep_the_opening_of_the_next_wave(office):
    application = sent()
    make_wave(5, opens_at=NOW + 3 * DAY)
    assert set(events(made(application))) == {"gelombang-5-buka@gelombang.example"}


def test_long_names_of_several_bytes_are_folded_between_characters(wave):
    site = calendars.Site("gelombang.example", "https://gelombang.example/" + "é" * 90)
    found = calendars.file_for(sent().applicant_id, site, NOW, "WIB")
    assert found is not None
    strict(found)
    assert all(str(event["url"]) == site.url for event in events(found).values())


@pytest.mark.parametrize(
    "steps",
    [
        [(State.WITHDRAWN, Reason.OWN_WISH)],
        [CLOSED, NOT_SELECTED],
        [CLOSED, RESERVE],
        [CLOSED, SELECTED],
    ],
)
def test_without_a_date_there_is_no_file(wave, steps):
    application = moved(sent(), *steps)
    assert calendars.file_for(application.applicant_id, SITE, NOW, "WIB") is None


def test_a_date_that_is_over_or_done_is_left_out(wave):
    application = moved(sent(), CLOSED, SELECTED)
    row = deadline(application, NOW + DAY)
    assert calendars.file_for(application.applicant_id, SITE, NOW + 2 * DAY, "WIB") is None
    row.done_at = NOW
    row.save()
    assert calendars.file_for(application.applicant_id, SITE, NOW, "WIB") is None


# over HTTP ------------------------------------------------------------------------------------------


def test_the_page_offers_it_and_serves_it(visitor, wave):
    sent(visitor)
    page = visitor.open("/saya")
    answer = visitor.ask("GET", page.links["Simpan tanggal ke kalender HP"])
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gelombang.ics"'
    strict(answer.data)
    assert str(next(iter(events(answer.data).values()))["url"]) == "http://127.0.0.1:8000/saya"


def test_nothing_to_keep_is_404(visitor, wave):
    moved(sent(visitor), CLOSED, NOT_SELECTED)
    assert "kalender" not in visitor.open("/saya").main
    assert visitor.ask("GET", "/saya/kalender.ics").status_code == 404


def test_stamps_are_utc_seconds(wave):
    properties = strict(made(sent(), now=datetime(2026, 11, 22, 3, 42, 59, 999_000, tzinfo=UTC)))
    assert {value for name, value in properties if name == "DTSTAMP"} == {"20261122T034259Z"}
