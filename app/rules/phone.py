"""Indonesian mobile numbers: 10 to 13 digits when written with the leading 0.

The number plan comes from libphonenumber (mobile = 8, then 1-3 or 5-9, then 7 to 10 digits; 84 is not mobile).
Accepted as people write them: 0812.., 812.., 62812.., +62812.., +620812.., with spaces, dashes, dots and brackets.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote

import phonenumbers

from app.rules.separators import without_separators

_COUNTRY = "62"
_SHORTEST, _LONGEST = 9, 12
"""Digits of a mobile number without the country code and the leading 0."""


class PhoneProblem(StrEnum):
    """Why a text is not an Indonesian mobile number."""

    EMPTY = "empty"
    NOT_A_NUMBER = "not_a_number"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_MOBILE = "not_mobile"
    NOT_INDONESIAN = "not_indonesian"


WORDS: dict[PhoneProblem, str] = {
    PhoneProblem.EMPTY: "Isi nomor HP Anda.",
    PhoneProblem.NOT_A_NUMBER: "Nomor HP hanya berisi angka. Contoh: 0812-3456-7890.",
    PhoneProblem.TOO_SHORT: "Nomor HP ini kurang angka. Nomor HP 10 sampai 13 angka, mulai dengan 08.",
    PhoneProblem.TOO_LONG: "Nomor HP ini kelebihan angka. Nomor HP 10 sampai 13 angka, mulai dengan 08.",
    PhoneProblem.NOT_MOBILE: "Ini bukan nomor HP. Nomor HP mulai dengan 08. Contoh: 0812-3456-7890.",
    PhoneProblem.NOT_INDONESIAN: "Pakai nomor HP Indonesia, yang mulai dengan 08 atau +62.",
}

LINE_WORDS = "Nomor telepon ini belum benar. Contoh: 0334-555-014 atau 0812-3456-7890. Boleh kosong."
"""What is said of a number that is neither a mobile phone nor a landline."""


class PhoneError(ValueError):
    """The text is not an Indonesian mobile number; `code` says why."""

    def __init__(self, code: PhoneProblem) -> None:
        super().__init__(code.value)
        self.code = code


def parse(text: str) -> str:
    """The number as E.164, `+6281234567890`. Raises PhoneError."""
    digits, international = _digits(text)
    number = _national(digits, international=international)
    if not number.startswith("8"):
        raise PhoneError(PhoneProblem.NOT_MOBILE)
    if len(number) < _SHORTEST:
        raise PhoneError(PhoneProblem.TOO_SHORT)
    if len(number) > _LONGEST:
        raise PhoneError(PhoneProblem.TOO_LONG)
    parsed = phonenumbers.parse(f"+{_COUNTRY}{number}")
    if phonenumbers.number_type(parsed) != phonenumbers.PhoneNumberType.MOBILE:
        raise PhoneError(PhoneProblem.NOT_MOBILE)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def parse_line(text: str) -> str:
    """A number under which a house is called, mobile or landline, as E.164. Raises PhoneError."""
    try:
        parsed = phonenumbers.parse(without_separators(text, also=".()[]/"), "ID")
    except phonenumbers.NumberParseException:
        raise PhoneError(PhoneProblem.NOT_A_NUMBER) from None
    if str(parsed.country_code) != _COUNTRY:
        raise PhoneError(PhoneProblem.NOT_INDONESIAN)
    if not phonenumbers.is_valid_number(parsed):
        raise PhoneError(PhoneProblem.NOT_A_NUMBER)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(256)
def line_shown(e164: str) -> str:
    """`(0334) 555014` or `0812-3456-7890`; what is no number stays as it was written."""
    try:
        return shown(parse(e164))
    except PhoneError:
        pass
    try:
        parsed = phonenumbers.parse(parse_line(e164))
    except PhoneError:
        return e164
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def _digits(text: str) -> tuple[str, bool]:
    """The bare digits, and whether a + or 00 says that a country code comes first."""
    kept = without_separators(text, also=".()[]/")
    if not kept:
        raise PhoneError(PhoneProblem.EMPTY)
    international = kept.startswith(("+", "00"))
    digits = kept.removeprefix("+") if kept.startswith("+") else kept.removeprefix("00")
    if not (digits.isascii() and digits.isdigit()):
        raise PhoneError(PhoneProblem.NOT_A_NUMBER)
    return digits, international


def _national(digits: str, *, international: bool) -> str:
    """The number without country code and leading 0."""
    if digits.startswith(_COUNTRY):
        return digits.removeprefix(_COUNTRY).removeprefix("0")
    if international:
        raise PhoneError(PhoneProblem.NOT_INDONESIAN)
    return digits.removeprefix("0")


def _written(e164: str) -> str:
    """`+6281234567890` as `081234567890`."""
    return "0" + e164.removeprefix(f"+{_COUNTRY}")


def shown(e164: str) -> str:
    """`0812-3456-7890`, the way people read a number aloud."""
    number = _written(e164)
    return f"{number[:4]}-{number[4:8]}-{number[8:]}"


def masked(e164: str) -> str:
    """`0812-••••-7890`: enough to know the own number, too little to call it."""
    number = _written(e164)
    return f"{number[:4]}-••••-{number[8:][-4:]}"


def wa_link(e164: str, text: str) -> str:
    """A link that opens WhatsApp with this number and this text, for a person to press send."""
    return f"https://wa.me/{e164.removeprefix('+')}?text={quote(text, safe='')}"
