"""Hashing what people know: Argon2id, slow on purpose, and never more of it at once than the pages can bear."""

from __future__ import annotations

import secrets
import threading
from typing import Any

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

#: OWASP's cheapest equal setting for Argon2id (m in KiB, iterations, lanes): 16 ms a hash.
ARGON2: dict[str, Any] = {"memory_cost": 7168, "iterations": 5, "lanes": 1, "length": 32}


class HashingBusy(Exception):
    """More secrets wait to be hashed than this process can do in time; ask the person to try again."""


class HashingGate:
    """Lets at most `at_once` Argon2id hashes run in a process, and no one wait longer than `patience` seconds.

    Without it a rush of sign-ins would take every core from the pages (security threat 22).
    """

    def __init__(self, at_once: int, patience: float) -> None:
        self._slots = threading.BoundedSemaphore(at_once)
        self._patience = patience

    def __enter__(self) -> None:
        if not self._slots.acquire(timeout=self._patience):
            raise HashingBusy

    def __exit__(self, *_: object) -> None:
        self._slots.release()


#: At most two hashes at once in a process; a third waits two seconds, then the person is asked to come back.
_gate = HashingGate(at_once=2, patience=2.0)


def encoded(material: bytes) -> str:
    """A fresh salted Argon2id hash in PHC form. Raises HashingBusy."""
    with _gate:
        return Argon2id(salt=secrets.token_bytes(16), **ARGON2).derive_phc_encoded(material)


def matches(material: bytes, stored: str) -> bool:
    """Whether a PHC string was made from this material; damage is simply no match. Raises HashingBusy."""
    try:
        with _gate:
            Argon2id.verify_phc_encoded(material, stored)
    except (InvalidKey, ValueError):
        return False
    return True
