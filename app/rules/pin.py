"""Which PINs are refused, and how a good one is made.

A PIN chosen by a person is worth about 7 bits, because most choose dates, runs and repeats. These are refused: for six
digits 94,451 of the million, mostly dates. Longer PINs and passwords (up to 64 of any character) are welcome.
"""

from __future__ import annotations

import secrets
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from itertools import pairwise

SHORTEST, LONGEST = 6, 64
_WINDOW = 6
"""So many digits in a row of an own number make a PIN guessable for whoever has seen the card."""

_YEARS = range(1900, 2100)


class PinRefusal(StrEnum):
    """Why a PIN is refused."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    REPEAT = "repeat"
    RUN = "run"
    DATE = "date"
    OWN_NUMBER = "own_number"


RULE = "Jangan tanggal, angka urut, atau angka kembar."

WORDS: dict[PinRefusal, str] = {
    PinRefusal.TOO_SHORT: "PIN paling sedikit 6 angka.",
    PinRefusal.TOO_LONG: "PIN paling banyak 64 tanda.",
    PinRefusal.REPEAT: f"PIN ini mudah ditebak, angkanya berulang. {RULE}",
    PinRefusal.RUN: f"PIN ini mudah ditebak, angkanya urut. {RULE}",
    PinRefusal.DATE: f"PIN ini mudah ditebak, bisa dibaca sebagai tanggal. {RULE}",
    PinRefusal.OWN_NUMBER: "PIN ini bagian dari NIK, KK, atau nomor HP Anda. Pilih angka lain.",
}


def refusal(
    pin: str, *, nik: str = "", kk: str = "", phone: str = "", birth_date: date | None = None
) -> PinRefusal | None:
    """Why this PIN is refused, or None.

    `nik` and `kk` are bare digits, `phone` is E.164; what is not known yet is left empty. The PIN itself is judged
    exactly as typed and must be hashed exactly as typed; only for judging, digits of other scripts count as digits.
    """
    if len(pin) < SHORTEST:
        return PinRefusal.TOO_SHORT
    if len(pin) > LONGEST:
        return PinRefusal.TOO_LONG
    judged = pin if pin.isascii() else "".join(str(unicodedata.decimal(c, c)) for c in pin)
    if _repeats(judged):
        return PinRefusal.REPEAT
    if _runs(judged):
        return PinRefusal.RUN
    if _is_date(judged) or (birth_date is not None and _contains_date(judged, birth_date)):
        return PinRefusal.DATE
    if _contains_own(judged, nik, kk, phone):
        return PinRefusal.OWN_NUMBER
    return None


def new_pin(
    randbelow: Callable[[int], int] = secrets.randbelow,
    *,
    nik: str = "",
    kk: str = "",
    phone: str = "",
    birth_date: date | None = None,
) -> str:
    """A random PIN of six digits that `refusal` takes, every acceptable one equally likely.

    About one draw in ten is thrown away, so a second round is rare and the loop ends.
    """
    while True:
        pin = f"{randbelow(10**6):06}"
        if refusal(pin, nik=nik, kk=kk, phone=phone, birth_date=birth_date) is None:
            return pin


def _repeats(pin: str) -> bool:
    """At most two different symbols, a block said again (123123), a mirror (123321), or all in pairs (112233)."""
    if len(set(pin)) <= 2 or pin == pin[::-1]:
        return True
    if pin in (pin + pin)[1:-1]:  # true exactly when the text is a shorter block repeated
        return True
    return len(pin) % 2 == 0 and pin[::2] == pin[1::2]


def _runs(pin: str) -> bool:
    """Digits that climb or fall by one all the way, past the zero too: 345678, 890123, 321098."""
    if not pin.isascii() or not pin.isdigit():
        return False
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return steps in ({1}, {9})


def _is_day(day: str, month: str, year: str) -> bool:
    """Is it a day of the calendar? A two-digit year may be 19yy or 20yy."""
    years = [int(year)] if len(year) == 4 else [1900 + int(year), 2000 + int(year)]
    if not 1 <= int(month) <= 12:
        return False
    return any(y in _YEARS and 1 <= int(day) <= monthrange(y, int(month))[1] for y in years)


def _is_date(pin: str) -> bool:
    """Can all of it be read as a date? Six digits in five ways, eight digits in three."""
    if not pin.isascii() or not pin.isdigit():
        return False
    if len(pin) == 8:
        first, second, last = pin[:2], pin[2:4], pin[4:]
        return (
            _is_day(first, second, last)
            or _is_day(second, first, last)
            or _is_day(pin[6:], pin[4:6], pin[:4])  # YYYYMMDD
        )
    if len(pin) != 6:
        return False
    a, b, c = pin[:2], pin[2:4], pin[4:]
    return (
        _is_day(a, b, c)  # DDMMYY
        or _is_day(c, b, a)  # YYMMDD
        or _is_day(b, a, c)  # MMDDYY
        or (1 <= int(a) <= 31 and int(pin[2:]) in _YEARS)  # DDYYYY, and with it MMYYYY
        or (int(pin[:4]) in _YEARS and 1 <= int(c) <= 12)  # YYYYMM
    )


def _contains_date(pin: str, day: date) -> bool:
    """Does a longer PIN hold the own birth date (siti170488)?"""
    forms = ("%d%m%y", "%y%m%d", "%m%d%y", "%d%m%Y", "%Y%m%d", "%m%d%Y")
    return any(day.strftime(form) in pin for form in forms)


def _contains_own(pin: str, *numbers: str) -> bool:
    """Six digits in a row out of an own number, anywhere in the PIN. A phone number counts with 0 and with 62."""
    written = [number.removeprefix("+") for number in numbers]
    written += ["0" + number.removeprefix("+62") for number in numbers if number.startswith("+62")]
    windows = (pin[i : i + _WINDOW] for i in range(len(pin) - _WINDOW + 1))
    return any(window in number for window in windows for number in written)
