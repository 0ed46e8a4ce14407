"""NIK: the 16-digit population number, `PPKKCC DDMMYY NNNN`.

It has no check digit and never changes, so only what cannot be a NIK at all is refused; everything odd is a warning
that the person settles with the KTP in hand. A NIK that differs from the birth date is valid (Dukcapil: when a birth
date is corrected in the records, the NIK stays), and old areas live on in it (6405 is Kaltara today, 7319 Sulbar), so
nothing about the address is read from it and only its first two digits are compared with a list.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from enum import StrEnum
from typing import Literal

from app.rules.separators import without_separators

Sex = Literal["p", "l"]

LENGTH = 16
_SIXTEEN = re.compile(r"(?<!\d)\d(?:[\s.\-]?\d){15}(?!\d)")

PROVINCES = (
    *("11", "12", "13", "14", "15", "16", "17", "18", "19", "21"),
    *("31", "32", "33", "34", "35", "36"),
    *("51", "52", "53"),
    *("61", "62", "63", "64", "65"),
    *("71", "72", "73", "74", "75", "76"),
    *("81", "82"),
    *("91", "92", "93", "94", "95", "96"),
)
"""The 38 provinces by Kemendagri code (Kepmendagri 300.2.2-2138/2025). Not BPS codes."""

WOMAN = 40
"""Added to the day of birth in a woman's NIK."""


class NikRefusal(StrEnum):
    """Why a text cannot be a NIK. These block."""

    NOT_16_DIGITS = "not_16_digits"
    ALL_SAME = "all_same"
    SAME_AS_KK = "same_as_kk"


class NikWarning(StrEnum):
    """What looks odd in a NIK and may still be right. These never block."""

    DATE_IMPOSSIBLE = "date_impossible"
    SERIAL_0000 = "serial_0000"
    UNKNOWN_PREFIX = "unknown_prefix"
    BIRTH_DATE_DIFFERS = "birth_date_differs"
    SEX_DIFFERS = "sex_differs"


WARNING_WORDS: dict[NikWarning, str] = {
    NikWarning.DATE_IMPOSSIBLE: "Kotak tengah biasanya berisi tanggal lahir. Di sini tanggalnya tidak ada di kalender.",
    NikWarning.SERIAL_0000: "Kotak terakhir biasanya mulai dari 0001. Di sini tertulis 0000.",
    NikWarning.UNKNOWN_PREFIX: "Dua angka pertama biasanya nomor provinsi. Nomor ini belum kami kenal.",
    NikWarning.BIRTH_DATE_DIFFERS: "Kotak tengah biasanya berisi tanggal lahir. Di sini berbeda dari yang Anda isi.",
    NikWarning.SEX_DIFFERS: "Untuk perempuan, tanggal di kotak tengah biasanya ditambah 40. Di sini berbeda.",
}
OFFICE_WORDS: dict[NikWarning, str] = WARNING_WORDS | {
    NikWarning.BIRTH_DATE_DIFFERS: "Kotak tengah biasanya berisi tanggal lahir. Di sini berbeda dari tanggal lahir yang diisi pendaftar."
}
"""The same for an officer, who did not type it."""


def stands_in(text: str) -> bool:
    """Whether a number of 16 digits, as NIK and KK number have them, stands in a text that people write."""
    return _SIXTEEN.search(text) is not None


def clean_digits(text: str) -> str:
    """Drop what people put between digits: spaces, dots, dashes, invisible marks.

    Everything else stays, digits of other scripts included, so that the refusal sees it instead of a shorter number.
    """
    return without_separators(text)


def is_digits(text: str, length: int) -> bool:
    """Is it exactly `length` ASCII digits? (`str.isdigit` alone lets other scripts and superscripts through.)"""
    return len(text) == length and text.isascii() and text.isdigit()


def refusal(nik: str, kk: str = "") -> NikRefusal | None:
    """Why this cannot be a NIK, or None. Both numbers as `clean_digits` left them; `kk` may be empty."""
    if not is_digits(nik, LENGTH):
        return NikRefusal.NOT_16_DIGITS
    if len(set(nik)) == 1:
        return NikRefusal.ALL_SAME
    if nik == kk:
        return NikRefusal.SAME_AS_KK
    return None


def refusal_words(nik: str, why: NikRefusal) -> str:
    """What to tell the person; counts the digits typed so far."""
    if why is NikRefusal.SAME_AS_KK:
        return "NIK sama dengan nomor KK. Lihat lagi: NIK ada di KTP, nomor KK ada di Kartu Keluarga."
    if why is NikRefusal.ALL_SAME:
        return "NIK tidak mungkin satu angka semua. Lihat lagi KTP Anda."
    return count_words("NIK", nik, "Lihat lagi KTP Anda.")


def count_words(name: str, typed: str, where: str) -> str:
    """The sentence for a number that must have 16 digits and has not; `name` is "NIK" or "Nomor KK"."""
    digits = sum(c.isascii() and c.isdigit() for c in typed)
    if not typed:
        return f"Isi {name[0].lower() + name[1:] if name != 'NIK' else name} Anda, 16 angka."
    if digits != len(typed):
        return f"{name} hanya berisi angka 0 sampai 9, selalu 16 angka. {where}"
    short = "baru" if digits < LENGTH else "yang Anda isi"
    return f"{name} {short} {digits} angka. {name} selalu 16 angka. {where}"


def warnings(nik: str, birth_date: date, sex: Sex) -> tuple[NikWarning, ...]:
    """What the person should compare with the KTP, in the order of the number. ValueError unless 16 digits.

    The two-digit year is only compared with the typed birth date and never completed to a century, so that somebody
    born in 2008 is not mistaken for somebody born in 1908.
    """
    if not is_digits(nik, LENGTH):
        raise ValueError("warnings are for a NIK of 16 digits; ask refusal() first")
    found: list[NikWarning] = []
    if nik[:2] not in PROVINCES:
        found.append(NikWarning.UNKNOWN_PREFIX)
    found += _middle_warnings(nik[6:12], birth_date, sex)
    if nik[12:] == "0000":
        found.append(NikWarning.SERIAL_0000)
    return tuple(found)


def _middle_warnings(middle: str, birth_date: date, sex: Sex) -> list[NikWarning]:
    day, month, year = int(middle[:2]), int(middle[2:4]), int(middle[4:])
    says_woman = day > WOMAN
    day -= WOMAN if says_woman else 0
    if not _date_exists(day, month, year):
        # A date that does not exist differs from every birth date: one warning says enough.
        return [NikWarning.DATE_IMPOSSIBLE]
    found: list[NikWarning] = []
    if (day, month, year) != (birth_date.day, birth_date.month, birth_date.year % 100):
        found.append(NikWarning.BIRTH_DATE_DIFFERS)
    if says_woman != (sex == "p"):
        found.append(NikWarning.SEX_DIFFERS)
    return found


def _date_exists(day: int, month: int, year: int) -> bool:
    """Is there such a day in 19yy or 20yy? (29 February 00 was in 2000, not in 1900.)"""
    return 1 <= month <= 12 and 1 <= day <= max(
        monthrange(century + year, month)[1] for century in (1900, 2000)
    )


def expected_middle(birth_date: date, sex: Sex) -> str:
    """The six digits that usually stand in the middle: `DDMMYY`, the day plus 40 for women."""
    day = birth_date.day + (WOMAN if sex == "p" else 0)
    return f"{day:02}{birth_date.month:02}{birth_date.year % 100:02}"


def groups(nik: str) -> tuple[str, str, str]:
    """The read-back in groups of 6, 6 and 4. Input that is too short leaves the last groups short or empty."""
    return nik[:6], nik[6:12], nik[12:]
