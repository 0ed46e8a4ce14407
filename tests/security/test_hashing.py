"""Hashes that another library made, and what no library should take for one."""

from __future__ import annotations

import secrets

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from app import hashing


@pytest.mark.parametrize("material", [b"", b"\0" * 32, b"a\0b", bytes(range(32))])
def test_a_hash_that_openssl_made_before_still_fits(material: bytes) -> None:
    old = Argon2id(
        salt=secrets.token_bytes(16), memory_cost=7168, iterations=5, lanes=1, length=32
    ).derive_phc_encoded(material)
    assert hashing.matches(material, old)
    assert not hashing.matches(material + b"x", old)


def test_openssl_reads_ours() -> None:
    Argon2id.verify_phc_encoded(b"material", hashing.encoded(b"material"))


def test_the_same_material_never_makes_the_same_hash() -> None:
    assert len({hashing.encoded(b"material") for _ in range(5)}) == 5


@pytest.mark.parametrize(
    "stored", ["", "$", "$argon2id$", "$argon2id$v=19$m=7168,t=5,p=1$", "x" * 500, "$argon2i$v=19$m=8$é"]
)
def test_damage_is_no_match(stored: str) -> None:
    assert not hashing.matches(b"material", stored)
