"""KK: the 16-digit number of the family card, area of issue (6), date of recording (6), serial (4).

The date is not a birth date and there is no +40, so there is nothing in it to compare with. The number changes on a
move, a marriage, a divorce or a new head of family: always ask for the newest card.
"""

from __future__ import annotations

from enum import StrEnum

from app.rules.nik import LENGTH, count_words, is_digits


class KkRefusal(StrEnum):
    """Why a text cannot be a KK number."""

    NOT_16_DIGITS = "not_16_digits"
    ALL_SAME = "all_same"


def refusal(kk: str) -> KkRefusal | None:
    """Why this cannot be a KK number, or None. Takes the text as `nik.clean_digits` left it."""
    if not is_digits(kk, LENGTH):
        return KkRefusal.NOT_16_DIGITS
    if len(set(kk)) == 1:
        return KkRefusal.ALL_SAME
    return None


def refusal_words(kk: str, why: KkRefusal) -> str:
    """What to tell the person; counts the digits typed so far."""
    if why is KkRefusal.ALL_SAME:
        return "Nomor KK tidak mungkin satu angka semua. Lihat lagi Kartu Keluarga Anda."
    return count_words("Nomor KK", kk, "Lihat lagi Kartu Keluarga Anda.")
