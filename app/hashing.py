"""Hashing what people know: Argon2id, slow on purpose, and never more of it at once than the pages can bear.

By libsodium, which makes the same hash in 8 ms where OpenSSL takes 17: its code uses the vector registers, as the code
of anybody does who guesses PINs. What OpenSSL hashed before, it verifies.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from nacl.bindings import crypto_pwhash_ALG_ARGON2ID13 as ARGON2ID
from nacl.bindings import crypto_pwhash_str_alg, crypto_pwhash_str_verify
from nacl.exceptions import CryptoError

#: OWASP's cheapest equal setting for Argon2id (m in KiB, iterations); libsodium has one lane and 16 bytes of salt.
ARGON2 = {"memory_cost": 7168, "iterations": 5, "lanes": 1}


class HashingBusy(Exception):
    """More secrets wait to be hashed than this process can do in time; ask the person to try again."""


def _nobody(_: float | None) -> None:
    """Nobody wants to know."""


#: Who is told how long each hash took, in seconds, or None for one that was refused (app/watching.py).
tell: Callable[[float | None], None] = _nobody


def notice(seconds: float | None) -> None:
    """Pass it on."""
    tell(seconds)


class HashingGate:
    """Lets at most `at_once` Argon2id hashes run in a process, and no one wait longer than `patience` seconds.

    Without it a rush of sign-ins would take every core from the pages (security threat 22).
    """

    def __init__(self, at_once: int, patience: float) -> None:
        self._slots = threading.BoundedSemaphore(at_once)
        self._patience = patience
        self._begun = threading.local()

    def __enter__(self) -> None:
        if not self._slots.acquire(timeout=self._patience):
            notice(None)
            raise HashingBusy
        self._begun.at = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._slots.release()
        notice(time.perf_counter() - self._begun.at)


#: At most two hashes at once in a process; a third waits two seconds, then the person is asked to come back.
_gate = HashingGate(at_once=2, patience=2.0)


def encoded(material: bytes) -> str:
    """A fresh salted Argon2id hash in PHC form. Raises HashingBusy."""
    with _gate:
        memory = ARGON2["memory_cost"] * 1024
        return crypto_pwhash_str_alg(material, ARGON2["iterations"], memory, ARGON2ID).rstrip(b"\0").decode()


def matches(material: bytes, stored: str) -> bool:
    """Whether a PHC string was made from this material; damage is simply no match. Raises HashingBusy."""
    try:
        with _gate:
            return bool(crypto_pwhash_str_verify(stored.encode(), material))
    except (CryptoError, ValueError):
        return False
