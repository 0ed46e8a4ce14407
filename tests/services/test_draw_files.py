"""The public files: what they say, when they may be seen, and what the public's own verifier says of them."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from app import db
from app.models import Application, Draw, Entry, Offer, SeatChange, Wave
from app.rules import codes, merkle
from app.rules.states import State
from app.services import (
    added_seats,
    archiving,
    draw_files,
    draw_proofs,
    late_entries,
    offers,
    public_changes,
    wave_control,
    withdrawal,
)
from app.services.kept import Kept
from tests import draws
from tests.conftest import NOW
from tests.staff import rows

FILES = ("janji.json", "peserta.csv", "hasil.csv", "perubahan.csv", "undian.json")


def written(draw: Draw, folder: Path) -> Path:
    for name in FILES:
        (folder / name).write_bytes(draw_files.read(draw, name) or b"")
    return folder


def verify(folder: Path, *more: str) -> tuple[int, str]:
    """Run the verifier as a stranger does: another process, the files alone."""
    command = [sys.executable, "-I", str(draw_files.VERIFIER), str(folder), *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def draw(office) -> Draw:
    return draws.published()


def test_when_each_file_may_be_seen(office):
    draw = draws.promised()
    seen = {name: draw_files.read(draw, name) for name in FILES}
    assert [name for name in FILES if seen[name] is not None] == ["janji.json"]
    steps = [
        (draws.listed, FILES[:2]),
        (draws.frozen, FILES[:2]),
        (draws.drawn, FILES[:2]),
        (draws.attested, FILES[:2]),
        (draws.published, FILES),
    ]
    for step, public in steps:
        draw = step(draw)
        assert draw_files.names(draw) == tuple(public), step
        assert [name for name in FILES if draw_files.read(draw, name) is not None] == list(public), step
    assert draw_files.read(draw, "entrants") is None


def test_the_verifier_says_that_it_fits(draw, tmp_path):
    status, words = verify(written(draw, tmp_path), "--sidik", draw.promise_sha256)
    assert status == 0, words
    assert "COCOK. Gelombang 2: 9 peserta, 3 terpilih." in words
    assert "Tanda tangan drand sah." in words
    assert verify(tmp_path, "--sidik", "0" * 64)[0] == 1


def test_every_proof_is_read_by_the_verifier(draw, tmp_path):
    folder, proofs = written(draw, tmp_path), []
    for entry in Entry.select():
        proof = draw_proofs.proof(entry, NOW)
        assert set(proof) == {"row", "index", "count", "path"}
        assert proof["row"].startswith(f"{entry.entry},")
        proofs.append(proof)
    assert sorted(proof["index"] for proof in proofs) == list(range(9))
    for name, proof in (("benar", proofs[0]), ("salah", proofs[0] | {"index": proofs[1]["index"]})):
        (tmp_path / name).write_text(json.dumps(proof))
    assert "Bukti cocok" in verify(folder, "--bukti", str(tmp_path / "benar"))[1]
    assert verify(folder, "--bukti", str(tmp_path / "salah"))[0] == 1


def test_a_proof_waits_for_the_frozen_list(office):
    draws.listed()
    assert draw_proofs.proof(Entry.select().first(), NOW) is None


@pytest.mark.parametrize("part", [2, 4, 16])
def test_a_long_list_is_read_and_hashed_once_and_then_a_part_of_it(draw, monkeypatch, part):
    """With parts of so many rows the nine make a whole tree, and the proofs are those of the whole list."""
    monkeypatch.setattr(draw_proofs, "PART", part)
    monkeypatch.setattr(draw_proofs, "_trees", Kept(timedelta(days=1)))
    reads, stored = [], draw_files.stored
    monkeypatch.setattr(draw_files, "stored", lambda *what: reads.append(what) or stored(*what))
    rows = stored(draw, "peserta.csv").splitlines()[1:]
    for entry in Entry.select():
        assert draw_proofs.proof(entry, NOW) == merkle.proof(rows, entry.line - 1)
    assert len(reads) == 1


def test_rows_that_are_not_those_of_the_file_do_not_reach_a_proof(draw, monkeypatch):
    monkeypatch.setattr(draw_proofs, "_trees", Kept(timedelta(days=1)))
    rows, entry = draw_files.stored(draw, "peserta.csv").splitlines()[1:], Entry.select().first()
    assert draw_proofs.proof(entry, NOW) == merkle.proof(rows, entry.line - 1)
    Entry.update(household="k9").where(Entry.id == entry.id).execute()
    assert draw_proofs.proof(entry, NOW) == merkle.proof(rows, entry.line - 1)


@pytest.mark.parametrize("name", ["janji.json", "peserta.csv", "hasil.csv", "undian.json"])
def test_one_byte_elsewhere_and_it_does_not_fit(draw, tmp_path, name):
    path = written(draw, tmp_path) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    status, words = verify(tmp_path)
    assert (status, words.startswith("TIDAK COCOK")) == (1, True)


def test_what_happened_afterwards_is_written_down_in_order(draw):
    for n, reason in ((2, "seat_offered"), (1, "own_wish")):
        at = draws.ANNOUNCED + timedelta(days=n)
        SeatChange.create(
            draw=draw, n=n, at=at, entry="K7RM-4TXP-9", before="selected", after="withdrawn", reason=reason
        )
    assert draw_files.read(draw, "perubahan.csv") == (
        b"n,at,entry,from,to,reason\n"
        b"1,2023-09-19T03:00:00Z,K7RM-4TXP-9,selected,withdrawn,own_wish\n"
        b"2,2023-09-20T03:00:00Z,K7RM-4TXP-9,selected,withdrawn,seat_offered\n"
    )


def test_a_file_belongs_to_the_list_that_counts(draw):
    """What a making wrote that was never switched to is read by nobody."""
    data = draw_files.read(draw, "peserta.csv")
    with db.writing():
        draw_files.keep(draw, draw.listing + 2, "peserta.csv", b"other")
    assert draw_files.read(draw_files.of_wave(Wave.get()), "peserta.csv") == data
    with db.writing():
        draw_files.keep(draw, draw.listing, "hasil.csv", b"replaced")
    assert draw_files.read(draw, "hasil.csv") == b"replaced"


def late_comer(wave: Wave, serial: int, *, favoured: bool) -> Application:
    """Somebody who was not in the hat, with a number that the key of the draw favours, or not.

    Numbers are random, and so is how many of them come before the last seat: of sixty, one draw in thirty favours fewer
    than two. So the number is looked for instead of hoped for.
    """
    person = rows.applicant(rows.nik(serial), kk_index=b"%d" % serial)
    made = rows.application(person, wave, State.IN_SELECTION, at=draws.OPENS)
    while added_seats.earned(made) is not favoured:
        made.entry_number = codes.new_code()
    made.save()
    return made


def test_the_verifier_reads_what_happened_afterwards(draw, tmp_path):
    """A seat left and taken over, two added seats, the end of the wave: written by the verbs, read by a stranger."""
    wave, now = Wave.get(), draws.ANNOUNCED + timedelta(days=1)
    noted = hashlib.sha256(public_changes.csv(draw)).hexdigest()
    seated = Entry.select().where(Entry.via != "").order_by(Entry.rank).first().application
    withdrawal.withdraw(seated.applicant_id, "", now)
    offers.expire_due(now)
    offer = Offer.get()
    offers.accept(offer.id, offer.application.applicant_id, now + timedelta(hours=1))
    given = []
    for serial, favoured in enumerate((False, True, False, True), 100):
        stray = late_comer(wave, serial, favoured=favoured)
        late = late_entries.propose(stray.id, "KTP", "in_selection", draws.actor("budi"), now)
        given.append(late_entries.confirm(late.id, draws.actor("hadi"), now + timedelta(hours=2)))
    assert given == [State.NOT_SELECTED, State.SELECTED] * 2
    over = now + timedelta(days=30)
    archiving.archive(2, wave_control.mark(Wave.get()), draws.actor("ratna"), over)
    archiving.end_reserves_due(over)
    status, words = verify(written(draw, tmp_path), "--sidik", noted)
    assert status == 0, words
    count = 2 + len(given) + 5
    assert f"Sesudah undian: {count} perubahan, 2 di antaranya tempat tambahan." in words
    assert "PERHATIKAN" not in words
    lines = (tmp_path / "perubahan.csv").read_bytes().splitlines(keepends=True)
    (tmp_path / "perubahan.csv").write_bytes(b"".join([lines[0], *lines[2:]]))
    assert verify(tmp_path)[0] == 1
