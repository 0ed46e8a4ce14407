"""Files that only the owner of a private key can open: no piece altered, moved, left out or cut off."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import sealed_file
from app.sealed_file import PIECE, SEALED_KEY, TAG, NotOurs

PRIVATE, PUBLIC = sealed_file.new_pair()


def sealed(text: bytes, at_once: int = 10_000) -> bytes:
    with tempfile.TemporaryFile() as file:
        writer = sealed_file.Writer(file, PUBLIC, {"a": 1})
        for start in range(0, len(text), at_once):
            writer.write(text[start : start + at_once])
        writer.finish()
        file.seek(0)
        return file.read()


def opened(file: bytes) -> bytes:
    return b"".join(sealed_file.pieces(io.BytesIO(file), PRIVATE))


def begin(file: bytes) -> int:
    """Where the pieces begin."""
    _, said = sealed_file.head_of(io.BytesIO(file))
    return len(sealed_file.MAGIC) + 4 + len(said) + SEALED_KEY


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7])
@pytest.mark.parametrize("at_once", [997, PIECE, 10 * PIECE])
def test_what_is_sealed_opens_again(length, at_once):
    text = os.urandom(length)
    assert opened(sealed(text, at_once)) == text


TEXT = os.urandom(2 * PIECE + 100)
FILE = sealed(TEXT)


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_no_byte_can_be_altered(at, bits):
    changed = bytearray(FILE)
    changed[at] ^= bits
    with pytest.raises(NotOurs):
        opened(bytes(changed))


@given(st.integers(0, len(FILE) - 1))
def test_no_end_can_be_cut_off(length):
    with pytest.raises(NotOurs):
        opened(FILE[:length])


def test_no_piece_can_be_moved_left_out_or_added():
    start, size = begin(FILE), PIECE + TAG
    head, pieces = FILE[:start], [FILE[start:][n * size : (n + 1) * size] for n in range(3)]
    one, two, three = pieces
    assert opened(head + one + two + three) == TEXT
    other = sealed(TEXT)
    for wrong in (
        (two, one, three),
        (one, three),
        (one, two),
        (one, one, two, three),
        (one, two, three, b"x"),
        (one, other[begin(other) + size :][:size], three),
    ):
        with pytest.raises(NotOurs):
            opened(head + b"".join(wrong))


def test_what_the_head_says_belongs_to_the_file():
    said = sealed_file.head_of(io.BytesIO(FILE))[1]
    with pytest.raises(NotOurs, match="altered"):
        opened(FILE.replace(said, said.replace(b'"a":1', b'"a":2')))


def test_memory_stays_bounded(tmp_path):
    """32 MB in and out again in a few hundred KB."""
    block, path = os.urandom(PIECE), tmp_path / "big"
    tracemalloc.start()
    with path.open("w+b") as file:
        writer = sealed_file.Writer(file, PUBLIC, {})
        for _ in range(512):
            writer.write(block)
        writer.finish()
        assert sum(len(piece) for piece in sealed_file.pieces(file, PRIVATE)) == 512 * PIECE
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000


def test_the_key_is_made_by_a_command_that_needs_nothing_else(tmp_path):
    path = tmp_path / "backup.key"
    command = [sys.executable, "-m", "app.make_keys", "--backup", str(path)]
    root = Path(__file__).parent.parent.parent
    made = subprocess.run(command, cwd=root, env={}, capture_output=True, text=True, check=True)
    private = path.read_text().strip()
    assert sealed_file.public_of(private) == made.stdout.strip()
    assert path.stat().st_mode & 0o077 == 0
    assert private not in made.stdout
    again = subprocess.run(command, cwd=root, env={}, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert path.read_text().strip() == private, "a key is never overwritten"
