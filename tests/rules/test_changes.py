"""perubahan.csv before the public's verifier: what happened after the draw, added seats and all, on bytes alone."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.data import periksa
from app.rules import beacon, draw
from app.rules.promise import Reserve
from tests.rules.test_draw import SIGNATURE, entrant, promise, written

HEADER = b"n,at,entry,from,to,reason\n"
BEGIN = datetime(2023, 9, 16, 2, tzinfo=UTC)
MADE = promise(reserves=(Reserve("phk", 1),))
PEOPLE = [entrant(n, ["phk"][: n % 2]) for n in range(8)]
PESERTA = draw.list_csv(PEOPLE)
DRAWN = draw.draw(MADE, PESERTA, beacon.randomness(SIGNATURE))
KEY = draw.key(beacon.randomness(SIGNATURE), MADE.sha256, hashlib.sha256(PESERTA).digest())
LAST = max(draw.score(KEY, one.entry) for one in DRAWN if one.via)
LAST_OPEN = max(draw.score(KEY, one.entry) for one in DRAWN if one.via == "open")
STRAYS = [f"S{n:04}" for n in range(40)]
FAVOURED = [one for one in STRAYS if draw.score(KEY, one) < LAST]
UNLUCKY = [one for one in STRAYS if draw.score(KEY, one) >= LAST]


@dataclass
class Story:
    """What happens after a draw, as the office's verbs would write it down."""

    lines: list[str] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=lambda: {one.entry: one.outcome for one in DRAWN})
    at: datetime = BEGIN

    def note(self, entry: str, to: str, reason: str) -> None:
        self.at += timedelta(hours=3)
        was = self.state.get(entry, "unlisted")
        self.lines.append(f"{len(self.lines) + 1},{self.at:%Y-%m-%dT%H:%M:%SZ},{entry},{was},{to},{reason}")
        self.state[entry] = to

    def seated(self) -> list[str]:
        return [entry for entry, state in self.state.items() if state == "selected"]

    def next_in_line(self) -> str:
        return next((one.entry for one in DRAWN if self.state[one.entry] == "reserve"), "")

    def bytes(self) -> bytes:
        return HEADER + "".join(f"{line}\n" for line in self.lines).encode()


def happen(story: Story, what: str, strays: list[str]) -> None:
    """One thing that can happen; nothing when it cannot happen now."""
    seated, following = story.seated(), story.next_in_line()
    if what == "left" and seated and following:
        story.note(seated[0], "withdrawn", "own_wish")
        story.note(following, "selected", "seat_offered")
    elif what == "expired" and seated and following:
        story.note(seated[-1], "revoked", "deadline_missed")
        story.note(following, "not_selected", "offer_expired")
    elif what == "upheld" and seated:
        story.note(seated[0], "revoked", "data_false")
        story.note(seated[0], "selected", "objection_upheld")
    elif what == "added" and strays:
        story.note(strays.pop(), "selected", "added_seat")
    elif what == "ended":
        for one in DRAWN:
            if story.state[one.entry] == "reserve":
                story.note(one.entry, "not_selected", "wave_ended")


def passes(data: bytes, sidik: str | None = None) -> bool:
    hasil = [tuple(one) for one in DRAWN]
    peserta, _ = periksa.baca_peserta(PESERTA)
    janji = {"rules": {"refill": "rank", "max_per_household": None}}
    start = periksa.waktu("2023-09-15T11:01:00Z")
    if sidik is not None and not periksa.hanya_bertambah(data, sidik):
        return False
    try:
        periksa.periksa_perubahan(data, hasil, peserta, janji, KEY, start)
    except (periksa.Salah, ValueError):
        return False
    return True


stories = st.lists(st.sampled_from(["left", "expired", "upheld", "added", "added", "ended"]), max_size=9)


def told(acts: list[str]) -> Story:
    story, strays = Story(), list(FAVOURED)
    for what in acts:
        happen(story, what, strays)
    return story


@settings(deadline=None)
@given(stories)
def test_what_the_office_writes_down_fits(acts):
    story = told(acts)
    data = story.bytes()
    assert passes(data)
    assert passes(data, hashlib.sha256(data).hexdigest())
    # and whoever noted the hash of the beginning sees that it is still the beginning
    for end in range(len(story.lines)):
        early = HEADER + "".join(f"{line}\n" for line in story.lines[:end]).encode()
        assert passes(data, hashlib.sha256(early).hexdigest())


@settings(max_examples=300, deadline=None)
@given(stories.filter(len), st.data())
def test_no_altered_byte_passes_whoever_noted_the_hash(acts, data):
    """Reordered, added, dropped, changed: anywhere in what was noted."""
    good = told(acts).bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    byte = bytes([data.draw(st.integers(0, 255))])
    bad = {
        "drop": good[:at] + good[at + 1 :],
        "add": good[:at] + byte + good[at:],
        "change": good[:at] + byte + good[at + 1 :],
        "swap": good[:at] + good[at + 1 : at + 2] + good[at : at + 1] + good[at + 2 :],
        "shorten": good[:at],
    }[data.draw(st.sampled_from(["drop", "add", "change", "swap", "shorten"]))]
    assert passes(bad, hashlib.sha256(good).hexdigest()) == (bad == good)


@settings(max_examples=300, deadline=None)
@given(stories, st.data())
def test_without_a_hash_no_line_is_moved_taken_out_or_put_in(acts, data):
    """Everything but the end of the file, a time between its neighbours and one good reason for another."""
    lines = told(acts).lines
    if len(lines) < 2:
        return
    at = data.draw(st.integers(0, len(lines) - 2))
    how = data.draw(st.sampled_from(["swap", "drop", "double", "renumbered"]))
    changed = {
        "swap": [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]],
        "drop": [*lines[:at], *lines[at + 1 :]],
        "double": [*lines[: at + 1], lines[at], *lines[at + 1 :]],
        "renumbered": [*lines[: at + 1], f"{at + 2},{lines[at].partition(',')[2]}", *lines[at + 1 :]],
    }[how]
    assert not passes(HEADER + "".join(f"{line}\n" for line in changed).encode())


ONE = "1,2023-09-20T03:00:00Z,{entry},{was},{to},{reason}\n"
SEATED = next(one.entry for one in DRAWN if one.via)
WAITS = next(one.entry for one in reversed(DRAWN) if not one.via)


@pytest.mark.parametrize(
    ("entry", "was", "to", "reason", "fits"),
    [
        (FAVOURED[0], "unlisted", "selected", "added_seat", True),
        (UNLUCKY[0], "unlisted", "selected", "added_seat", False),  # the key did not favour it
        (UNLUCKY[0], "unlisted", "not_selected", "scored_late", True),
        (FAVOURED[0], "reserve", "selected", "added_seat", False),  # was not in the hat
        (WAITS, "reserve", "selected", "added_seat", False),  # in the hat, behind the last seat
        (WAITS, "reserve", "selected", "seat_offered", False),  # no seat is free
        (SEATED, "reserve", "withdrawn", "own_wish", False),  # was selected
        (SEATED, "selected", "withdrawn", "own_wish", True),
        (SEATED, "selected", "revoked", "own_wish", False),
        (SEATED, "selected", "reserve", "result_corrected", False),
        (WAITS, "reserve", "not_selected", "wave_ended", True),
    ],
)
def test_one_line(entry, was, to, reason, fits):
    line = ONE.format(entry=entry, was=was, to=to, reason=reason)
    assert passes(HEADER + line.encode()) == fits


def test_a_seat_that_was_earned_is_not_withheld():
    """Where no household limit could be the reason."""
    one = next(one for one in STRAYS if draw.score(KEY, one) < LAST_OPEN)
    line = ONE.format(entry=one, was="unlisted", to="not_selected", reason="scored_late")
    assert not passes(HEADER + line.encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEADER[:-1],
        b"n,at,entry,from,to\n",
        HEADER + b"1,2023-09-14T03:00:00Z,%s,selected,withdrawn,own_wish\n" % SEATED.encode(),
        HEADER + b"1,20 September 2023,%s,selected,withdrawn,own_wish\n" % SEATED.encode(),
        HEADER + b"2,2023-09-20T03:00:00Z,%s,selected,withdrawn,own_wish\n" % SEATED.encode(),
        HEADER + b"1,2023-09-20T03:00:00Z,%s,selected,withdrawn,own_wish" % SEATED.encode(),
    ],
)
def test_what_is_no_such_file(data):
    assert not passes(data)


def test_somebody_who_was_jumped_is_named(tmp_path):
    """The second in line has a seat, and weeks later the first still waits."""
    folder = written(tmp_path, MADE, PEOPLE)
    waiting = [one.entry for one in DRAWN if not one.via]
    lines = (
        f"1,2023-09-20T03:00:00Z,{SEATED},selected,withdrawn,own_wish",
        f"2,2023-09-21T03:00:00Z,{waiting[1]},reserve,selected,seat_offered",
        f"3,2023-10-20T03:00:00Z,{waiting[-1]},reserve,withdrawn,own_wish",
    )
    (folder / "perubahan.csv").write_bytes(HEADER + "".join(f"{line}\n" for line in lines).encode())
    note = "\n".join(periksa.periksa(str(folder))[0])
    assert "Sesudah undian: 3 perubahan" in note
    assert f"PERHATIKAN: nomor {waiting[0]} masih cadangan" in note


def test_from_the_command_line(tmp_path):
    folder: Path = written(tmp_path, MADE, PEOPLE)
    line = ONE.format(entry=FAVOURED[0], was="unlisted", to="selected", reason="added_seat")
    data = HEADER + line.encode()

    def said(*more: str) -> tuple[int, str]:
        command = [sys.executable, periksa.__file__, str(folder), *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert "perubahan.csv tidak ada" in said()[1]
    assert said("--sidik", "0" * 64)[0] == 1
    (folder / "perubahan.csv").write_bytes(data)
    status, words = said("--sidik", hashlib.sha256(HEADER).hexdigest())
    assert status == 0
    assert "Sesudah undian: 1 perubahan, 1 di antaranya tempat tambahan." in words
    assert "awal perubahan.csv; sesudah itu hanya bertambah" in words
    (folder / "perubahan.csv").write_bytes(data.replace(b"20T03", b"20T04"))
    status, words = said("--sidik", hashlib.sha256(data).hexdigest())
    assert status == 1
    assert "ada berkas yang diganti" in words
