"""The public files: what they say, when they may be seen, and what the public's own verifier says of them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from app.models import Draw, Entry, SeatChange, Wave
from app.services import draw_files
from tests import draws

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
    status, words = verify(written(draw, tmp_path), "--janji", draw.promise_sha256)
    assert status == 0, words
    assert "COCOK. Gelombang 2: 9 peserta, 3 terpilih." in words
    assert "Tanda tangan drand sah." in words
    assert verify(tmp_path, "--janji", "0" * 64)[0] == 1


def test_every_proof_is_read_by_the_verifier(draw, tmp_path):
    folder, proofs = written(draw, tmp_path), []
    for entry in Entry.select():
        proof = draw_files.proof(entry)
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
    assert draw_files.proof(Entry.select().first()) is None


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


def test_a_light_draw_knows_everything_but_the_lists(draw):
    light = draw_files.light(Wave.get())
    assert (light.entrants, light.results) == (None, None)
    assert draw_files.draw_json(light) == draw_files.draw_json(draw)
    assert draw_files.read(light, "peserta.csv") == bytes(draw.entrants)
