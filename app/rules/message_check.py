"""Is a pasted message ours? Its codes and its words are compared with what we say; nothing is fetched.

The links are judged by app.rules.own_address. One false part makes the whole message not ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.rules import codes
from app.rules.own_address import OURS, Link, readable

MOST_LETTERS = 2000
MOST_CODES = 5


class Verdict(StrEnum):
    """The answer in one word."""

    OURS = "ours"
    OWN_ADDRESS = "own_address"
    UNSURE = "unsure"
    NOT_OURS = "not_ours"


# codes --------------------------------------------------------------------------------------------

_CODE = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z0-9]{4}[\s\-\u2010-\u2015]?[A-Za-z0-9]{4}[\s\-\u2010-\u2015]?[A-Za-z0-9](?![A-Za-z0-9])"
)
_CLAIMED = re.compile(r"(?:/cek/|kode\s+pesan\W{0,3})\s*([A-Za-z0-9\-\u2010-\u2015 ]{1,13})", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Codes:
    """`found`: codes with a right check symbol, among them the `claimed`: those that are called a code of a message.

    `false`: what is called one and cannot be one. A number of a registration looks the same and is only `found`.
    """

    found: tuple[str, ...]
    claimed: tuple[str, ...]
    false: tuple[str, ...]


def codes_in(text: str) -> Codes:
    """The codes in a text, in order and each once, at most MOST_CODES."""
    found: dict[str, None] = {}
    for match in _CODE.finditer(text):
        if (code := _code(match[0])) is not None:
            found[code] = None
    claimed: dict[str, None] = {}
    false: list[str] = []
    for match in _CLAIMED.finditer(text):
        whole = _CODE.match(match[1])
        code = _code(whole[0]) if whole else None
        if code is None:
            false.append(match[1].strip())
        else:
            claimed[code] = None
    found = claimed | found
    return Codes(tuple(found)[:MOST_CODES], tuple(claimed)[:MOST_CODES], tuple(false)[:MOST_CODES])


def _code(text: str) -> str | None:
    try:
        return codes.parse(text)
    except codes.CodeError:
        return None


# words --------------------------------------------------------------------------------------------

_WORD = re.compile(r"\w+", re.UNICODE)
#: What may stand around a text of ours and says nothing.
_AROUND = ("kode pesan",)


def words(text: str) -> list[str]:
    """The words of a text as they are compared: composed, small letters, no signs. A foreign letter stays foreign."""
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())


def foreign_words(
    text: str, texts: Sequence[str], found: Iterable[Link] = (), around: Iterable[str] = ()
) -> tuple[str, ...] | None:
    """The words of `text` that are not part of our `texts`, in order; None when there are words and none of our texts
    stands there whole.

    The links that were `found` and codes are left out first: they are judged elsewhere. `around` are words that may
    stand beside (the name of the office).
    """
    rest = readable(text)
    for link in found:
        rest = rest.replace(link.text, " ", 1)
    rest = _CODE.sub(lambda hit: " " if _code(hit[0]) else hit[0], rest)
    left = words(rest)
    ours = 0
    for one in sorted((words(t) for t in texts), key=len, reverse=True):
        ours += _take(left, one)
    for one in (words(t) for t in (*around, *_AROUND)):
        _take(left, one)
    rest_of_it = tuple(word for word in left if word)
    return rest_of_it if ours or not rest_of_it else None


def _take(left: list[str], phrase: list[str]) -> int:
    """Blank the phrase where it stands in `left`; returns how often it did."""
    size, taken = len(phrase), 0
    for i in range(len(left) - size + 1 if size else 0):
        if left[i : i + size] == phrase:
            left[i : i + size] = [""] * size
            taken += 1
    return taken


#: Words that no message of ours uses to ask for something.
_NEVER = (
    "otp", "kata sandi", "password", "transfer", "pulsa", "rekening", "sebarkan", "apk", "foto ktp", "selfie", "dijamin",
)  # fmt: skip


def asks_for(foreign: Iterable[str]) -> tuple[str, ...]:
    """What the words ask for or promise that we never do."""
    said = f" {' '.join(foreign)} "
    return tuple(word for word in _NEVER if f" {word} " in said)


# the answer ---------------------------------------------------------------------------------------


def verdict(
    found: Collection[Link], known: int, unknown: int, foreign: tuple[str, ...] | None, asked: Collection[str]
) -> Verdict:
    """The answer from the parts.

    known, unknown: codes that are ours and that are said to be but are not. foreign: as of `foreign_words`, None when
    there was no text of ours to compare with. asked: as of `asks_for`. One false part makes the whole not ours.
    """
    if unknown or any(link.kind not in OURS for link in found):
        return Verdict.NOT_OURS
    if known:
        return Verdict.OURS if foreign == () else Verdict.NOT_OURS
    if asked:
        return Verdict.NOT_OURS
    return Verdict.OWN_ADDRESS if found and foreign == () else Verdict.UNSURE
