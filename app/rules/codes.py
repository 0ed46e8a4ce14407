"""Codes that people read, write down, say on the phone and type again.

Three kinds, because they do three things:

* *code* (nomor pendaftaran, nomor undian), shown `K7RM-4TXP-N`: 8 symbols and a check symbol from 23 symbols. 23 is a
  prime, and modulo a prime one weighted sum catches every wrong symbol and every swap of two symbols. The symbols
  have no vowels (no words can appear), none of 0 O 1 I L, and of the pairs 2 Z, 5 S, 6 G, 8 B, O Q only the digit,
  which leaves 23. A code is public and need not be secret: 23^8 = 7.8 * 10^10 is room, not a lock.
* *key* (kunci), shown `ABCD-EFGH`: a secret of exactly 40 bits (8 symbols of 32). That takes 32 symbols, which cannot
  be had without 0 and 1, so it is Crockford's base 32: I and L are read as 1, O as 0, U as V. No check symbol: it
  would tell a guesser which guesses are worth trying.
* *digits*: a code of numbers for an email.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from enum import StrEnum

from app.rules.separators import without_separators

RandBelow = Callable[[int], int]
"""Takes n and gives a whole number from 0 to n - 1, like `secrets.randbelow`."""

CODE_SYMBOLS = "23456789CDFHJKMNPRTVWXY"
CODE_LENGTH = 9
"""Eight symbols and the check symbol."""

KEY_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
KEY_LENGTH = 8

# What a look-alike can only have meant. 0, O, 1, I, L stand for nothing in a code, and stay an error there.
_CODE_MEANT = str.maketrans("ZSGB", "2568")
_KEY_MEANT = str.maketrans("ILOU", "110V")

_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, 1)
"""All different and none 0 modulo 23: that is what catches swaps and wrong symbols. The check symbol weighs 1."""


class CodeProblem(StrEnum):
    """Why a text is not a code or a key."""

    EMPTY = "empty"
    WRONG_LENGTH = "wrong_length"
    WRONG_SYMBOL = "wrong_symbol"
    WRONG_CHECK = "wrong_check"


WORDS: dict[CodeProblem, str] = {
    CodeProblem.EMPTY: "Isi nomor Anda. Contoh: K7RM-4TXP-N.",
    CodeProblem.WRONG_LENGTH: "Nomor ini 9 huruf dan angka. Lihat lagi, ada yang kurang atau lebih.",
    CodeProblem.WRONG_SYMBOL: "Ada huruf atau angka yang tidak dipakai di nomor ini. Lihat lagi satu per satu.",
    CodeProblem.WRONG_CHECK: "Ada satu huruf atau angka yang keliru atau tertukar. Lihat lagi satu per satu.",
}

KEY_WORDS: dict[CodeProblem, str] = {
    CodeProblem.EMPTY: "Isi kunci Anda. Contoh: ABCD-EFGH.",
    CodeProblem.WRONG_LENGTH: "Kunci selalu 8 huruf dan angka. Lihat lagi, ada yang kurang atau lebih.",
    CodeProblem.WRONG_SYMBOL: "Ada tanda yang tidak dipakai di kunci. Lihat lagi satu per satu.",
}


class CodeError(ValueError):
    """The text is not a code or key; `code` says why."""

    def __init__(self, code: CodeProblem) -> None:
        super().__init__(code.value)
        self.code = code


def _weighted(symbols: str) -> int:
    return sum(weight * CODE_SYMBOLS.index(symbol) for weight, symbol in zip(_WEIGHTS, symbols, strict=False))


def check_symbol(body: str) -> str:
    """The symbol that brings the weighted sum of the eight symbols `body` and itself to 0 modulo 23."""
    return CODE_SYMBOLS[-_weighted(body) % len(CODE_SYMBOLS)]


def new_code(randbelow: RandBelow = secrets.randbelow) -> str:
    """A fresh code in the stored form, 9 symbols with the check symbol last."""
    body = "".join(CODE_SYMBOLS[randbelow(len(CODE_SYMBOLS))] for _ in range(CODE_LENGTH - 1))
    return body + check_symbol(body)


def new_codes(count: int, randbelow: RandBelow = secrets.randbelow) -> list[str]:
    """So many fresh codes, as `new_code` makes them, for whoever needs hundreds at a time."""
    return [_of_number(randbelow(len(CODE_SYMBOLS) ** (CODE_LENGTH - 1))) for _ in range(count)]


#: Two symbols at a time: [(both, what they add to the weighted sum)] for each of the four places.
_PAIRS = [
    [
        (a + b, _WEIGHTS[at] * m + _WEIGHTS[at + 1] * n)
        for m, a in enumerate(CODE_SYMBOLS)
        for n, b in enumerate(CODE_SYMBOLS)
    ]
    for at in range(0, CODE_LENGTH - 1, 2)
]


def _of_number(number: int) -> str:
    """The code whose eight symbols, read as digits, are this number."""
    body, weighted = "", 0
    for pairs in reversed(_PAIRS):
        number, last = divmod(number, len(pairs))
        both, weight = pairs[last]
        body, weighted = both + body, weighted + weight
    return body + CODE_SYMBOLS[-weighted % len(CODE_SYMBOLS)]


def parse(text: str) -> str:
    """The stored form of a code as typed, in any case, with any spaces and dashes. Raises CodeError."""
    code = _read(text, CODE_LENGTH, CODE_SYMBOLS, _CODE_MEANT)
    if _weighted(code) % len(CODE_SYMBOLS):
        raise CodeError(CodeProblem.WRONG_CHECK)
    return code


def shown(code: str) -> str:
    """`K7RM4TXPN` as `K7RM-4TXP-N`."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def new_key(randbelow: RandBelow = secrets.randbelow) -> str:
    """A fresh kunci in the stored form, 8 symbols, 40 bits."""
    return "".join(KEY_SYMBOLS[randbelow(len(KEY_SYMBOLS))] for _ in range(KEY_LENGTH))


def parse_key(text: str) -> str:
    """The stored form of a kunci as typed. Raises CodeError (never with WRONG_CHECK)."""
    return _read(text, KEY_LENGTH, KEY_SYMBOLS, _KEY_MEANT)


def shown_key(key: str) -> str:
    """`ABCDEFGH` as `ABCD-EFGH`."""
    return f"{key[:4]}-{key[4:]}"


def new_digits(n: int, randbelow: RandBelow = secrets.randbelow) -> str:
    """`n` random digits, leading zeros included."""
    return "".join(str(randbelow(10)) for _ in range(n))


def _read(text: str, length: int, symbols: str, meant: dict[int, int]) -> str:
    kept = without_separators(text)
    # Only ASCII is put into capitals: elsewhere one letter can become two.
    typed = kept.upper().translate(meant) if kept.isascii() else kept
    if not typed:
        raise CodeError(CodeProblem.EMPTY)
    if len(typed) != length:
        raise CodeError(CodeProblem.WRONG_LENGTH)
    if any(c not in symbols for c in typed):
        raise CodeError(CodeProblem.WRONG_SYMBOL)
    return typed
