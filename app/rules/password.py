"""Passwords of the office's people: long, and not one that everybody tries first.

ASVS 5.0 6.2.1 (length), 6.2.4 (common ones refused), 6.2.9 (64 letters and more allowed), 6.2.10 (no rule about kinds of
characters). Length is what a guesser pays for, so length is what we ask for.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

SHORTEST = 12
LONGEST = 200

_LIST = Path(__file__).parent.parent / "data" / "common_passwords.txt"
_MEANT = str.maketrans("@4031!5$7", "aaoeiisst")
_LETTERS = re.compile(r"[^a-z]+")
_DIGITS_AND_A_FEW_LETTERS = re.compile(r"[\d\W_]*[a-z]{0,3}[\d .,_!-]*")
_FEWEST_CHARACTERS = 5


class PasswordProblem(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    LIKE_USERNAME = "like_username"
    COMMON = "common"


WORDS: dict[PasswordProblem, str] = {
    PasswordProblem.TOO_SHORT: "Kata sandi paling sedikit 12 huruf. Empat kata yang tidak berhubungan mudah diingat.",
    PasswordProblem.TOO_LONG: "Kata sandi paling banyak 200 huruf.",
    PasswordProblem.LIKE_USERNAME: "Kata sandi jangan memuat nama pengguna Anda.",
    PasswordProblem.COMMON: "Kata sandi ini termasuk yang pertama dicoba orang. Pilih kata yang tidak berhubungan.",
}


def normalised(password: str) -> str:
    """The same password from every keyboard (NFKC): hash this, never the text as typed."""
    return unicodedata.normalize("NFKC", password)


def problem(password: str, username: str) -> PasswordProblem | None:
    """Why this password may not be used by this person, or None. Takes it `normalised`."""
    if len(password) < SHORTEST:
        return PasswordProblem.TOO_SHORT
    if len(password) > LONGEST:
        return PasswordProblem.TOO_LONG
    if _alike(password, username):
        return PasswordProblem.LIKE_USERNAME
    if _is_common(password):
        return PasswordProblem.COMMON
    return None


def _alike(password: str, username: str) -> bool:
    typed, name = (re.sub(r"[^a-z0-9]", "", text.lower()) for text in (password, username))
    return len(name) > 3 and (name in typed or name[::-1] in typed)


def _is_common(password: str) -> bool:
    """Few different characters, nothing but digits, or only common words once digits and signs are taken off."""
    lower = password.lower()
    if len(set(lower)) < _FEWEST_CHARACTERS or _DIGITS_AND_A_FEW_LETTERS.fullmatch(lower):
        return True
    cores = {_LETTERS.sub("", lower), _LETTERS.sub("", lower.translate(_MEANT))}
    return any(core.isascii() and _only_common(core) for core in cores if core)


def _only_common(core: str) -> bool:
    """A listed word, also repeated or run backwards, or one listed word and a short rest."""
    for size in range(1, len(core) // 2 + 1):
        if len(core) % size == 0 and core == core[:size] * (len(core) // size):
            core = core[:size]
            break
    known = _common_words()
    if core in known or core[::-1] in known:
        return True
    # "passwordku", "sandidewi": a common word and up to four letters more is still the common word.
    return any(
        len(core) - len(word) <= 4 and (core.startswith(word) or core.endswith(word))
        for word in known
        if len(word) >= 5
    )


@lru_cache(1)
def _common_words() -> frozenset[str]:
    lines = _LIST.read_text(encoding="utf-8").split("\n")
    return frozenset(line.strip() for line in lines if line and not line.startswith("#"))
