"""When two records may be one person: near-equal numbers, equal names and birth dates, one phone. Pure.

The office finds near numbers without comparing everybody with everybody: it looks up every number that one slip of the
finger could have made (`slips`), so the work grows with the number of people and not with its square.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from app.rules import names


class Why(StrEnum):
    """Why two records are looked at. Stored in SuspectedPair.why, several joined by commas; codes never change."""

    SAME_NIK = "same_nik"
    NEAR_NIK = "near_nik"
    SAME_NAME_AND_BIRTH = "same_name_and_birth"
    SAME_PHONE = "same_phone"


WORDS: dict[Why, str] = {
    Why.SAME_NIK: "NIK sama",
    Why.NEAR_NIK: "NIK hampir sama",
    Why.SAME_NAME_AND_BIRTH: "Nama dan tanggal lahir sama",
    Why.SAME_PHONE: "Nomor HP sama",
}


LIKE_NAMES = 0.85
"""Two names whose letters are this much alike are one name with a slip (`Siti Marlena`, `Siti Marlina`)."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared of one record: `name_key` as `names.search_key` made it, `birth` as YYYY-MM-DD, phone E.164."""

    nik: str
    name_key: str
    birth: str
    phone: str = ""
    kk: str = ""


def reasons(one: Traits, other: Traits) -> tuple[Why, ...]:
    """Why these two may be one person, strongest first; empty when nothing speaks for it. The order does not matter.

    A near NIK alone says nothing: serials begin at 0001 for every birth date, so neighbours of a true NIK are mostly
    true NIKs of strangers (reference/security.md, threat 1). It counts with a like name, one phone or one family card.
    """
    found = []
    if one.nik == other.nik:
        found.append(Why.SAME_NIK)
    elif slip(one.nik, other.nik) and _has_more_in_common(one, other):
        found.append(Why.NEAR_NIK)
    if one.name_key.strip() and (one.name_key, one.birth) == (other.name_key, other.birth):
        found.append(Why.SAME_NAME_AND_BIRTH)
    if one.phone and one.phone == other.phone:
        found.append(Why.SAME_PHONE)
    return tuple(found)


def _has_more_in_common(one: Traits, other: Traits) -> bool:
    shared = any(mine and mine == theirs for mine, theirs in ((one.phone, other.phone), (one.kk, other.kk)))
    return shared or same_name(one.name_key, other.name_key) or _misspelt(one.name_key, other.name_key)


def _misspelt(one: str, other: str) -> bool:
    """Whether two names differ by a slip or two: in both directions, because the measure is not symmetric."""
    ratios = (SequenceMatcher(None, *pair, autojunk=False).ratio() for pair in ((one, other), (other, one)))
    return max(ratios) >= LIKE_NAMES


# numbers ------------------------------------------------------------------------------------------


def slips(number: str) -> Iterator[str]:
    """Every other number that is one wrong digit or one swap of neighbours away: 9 for each digit and at most n - 1.

    No number comes twice: a swap changes two digits, a wrong digit one.
    """
    for place, digit in enumerate(number):
        yield from (number[:place] + other + number[place + 1 :] for other in "0123456789" if other != digit)
        if place and number[place - 1] != digit:
            yield number[: place - 1] + digit + number[place - 1] + number[place + 1 :]


def slip(one: str, other: str) -> tuple[int, ...]:
    """The places (from 1) of the one wrong digit or the two swapped neighbours; empty when it is more, or nothing."""
    if len(one) != len(other):
        return ()
    places = tuple(at for at, (a, b) in enumerate(zip(one, other, strict=True), 1) if a != b)
    if len(places) == 1:
        return places
    if len(places) == 2 and places[1] == places[0] + 1:
        first, second = places[0] - 1, places[1] - 1
        return places if (one[first], one[second]) == (other[second], other[first]) else ()
    return ()


def slip_words(one: str, other: str) -> str:
    """Where two numbers differ, without telling a digit of either; empty when they are no slip apart."""
    places = slip(one, other)
    if len(places) == 1:
        return f"Beda satu angka, yang ke-{places[0]}"
    return f"Angka ke-{places[0]} dan ke-{places[1]} tertukar" if places else ""


# names --------------------------------------------------------------------------------------------

#: What stands before or after a name in lists of the centre and is no part of it.
_TITLES = frozenset(
    (
        *("h", "hj", "haji", "hajjah", "ir", "dr", "dra", "drs", "prof", "alm", "bpk", "bapak", "ibu", "sdr"),
        *(
            "sdri",
            "sh",
            "se",
            "st",
            "sp",
            "spd",
            "spt",
            "skm",
            "skep",
            "skom",
            "ssos",
            "sag",
            "amd",
            "amdkeb",
        ),
        *("mm", "mpd", "msi"),
    )
)
#: Short forms of one given name, as people and lists write it.
_MUHAMMAD = frozenset(("m", "md", "moh", "moch", "mohd", "much", "muh", "mohamad", "mohammad", "mochamad"))
_MUHAMMAD_LONG = frozenset(
    ("mochammad", "mohamed", "muchamad", "muchammad", "muhamad", "muhammad", "muhammed")
)
SHORTEST_CUT = 3
"""Lists cut long names off at their end; fewer letters than this are no sign of a word."""


def same_name(written: str, known: str) -> bool:
    """Whether a name in a list can be the one in our records: case, signs, order, titles, initials and a cut end do
    not matter; a different or misspelt word does.
    """
    one, other = _words(written), _words(known)
    if not one or not other:
        return False
    if "".join(one) == "".join(other):  # `Nur Aini` and `Nuraini`
        return True
    short, long = sorted((one, other), key=len)
    left = list(long)
    for word in sorted(short, key=len, reverse=True):  # whole words choose before initials do
        fitting = next((it for it in left if it == word), None) or next(
            (it for it in left if _fits(word, it)), None
        )
        if fitting is None:
            return False
        left.remove(fitting)
    return any(len(word) >= SHORTEST_CUT for word in short)


def _words(name: str) -> list[str]:
    """The words of a name without titles. Letters that stood between dots and commas (`S.Pd.`) are a title too."""
    before_degrees = name.split(",")[0]
    kept = [word for word in names.search_key(before_degrees).split() if word not in _TITLES]
    return kept or names.search_key(name).split()


def _fits(one: str, other: str) -> bool:
    """Two words of names that stand for the same: an initial, a cut end, one of the ways to write Muhammad."""
    both = _MUHAMMAD | _MUHAMMAD_LONG
    if one in both and other in both:
        return True
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and (len(short) == 1 or len(short) >= SHORTEST_CUT)
