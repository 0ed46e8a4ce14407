"""What a cell of an uploaded table becomes, and how a table is refused: shared by the CSV and the XLSX reader."""

from __future__ import annotations

import math
import re
from enum import StrEnum

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)  # PostgreSQL stores no NUL, and nobody means the others
_EDGES = " \t\n\u00a0\u200b\u200c\u200d\u2060\ufeff"  # what copying out of WhatsApp or a PDF brings along
# What Excel shows, and therefore saves as CSV, for a long number (3.50801E+15) or a narrow column (####).
_SHOWN_NOT_STORED = re.compile(r"-?\d(?:[.,]\d+)?E\+\d{2,3}|#{3,}", re.IGNORECASE)
#: A double holds 15 decimal digits for certain, and Excel sets every digit after the 15th to 0.
SAFE_DIGITS = 15


class SheetCode(StrEnum):
    """Why a table was refused; `SheetError.words` says it to the person."""

    TOO_LARGE = "TOO_LARGE"
    NOT_A_SHEET = "NOT_A_SHEET"
    UNREADABLE = "UNREADABLE"
    EMPTY = "EMPTY"
    TOO_MANY_ROWS = "TOO_MANY_ROWS"
    TOO_WIDE = "TOO_WIDE"
    RAGGED = "RAGGED"


class SheetError(Exception):
    """The table cannot be taken. code: for programs and logs; words: plain Indonesian for the person."""

    def __init__(self, code: SheetCode, words: str) -> None:
        super().__init__(code.value)
        self.code = code
        self.words = words


UNREADABLE_WORDS = "Berkas tidak bisa dibaca. Buka di Excel, simpan sebagai .xlsx, lalu unggah lagi."


class Damaged(str):
    """A number that has lost digits on its way: show it, but match nobody by it.

    A NIK (16 digits) in a number cell of Excel is the usual case. Every number cell of more than 15 digits counts,
    because nothing in the file tells which of them another program had kept whole.
    """

    __slots__ = ()


def text_cell(text: str) -> str:
    """A cell's text without edges, control characters and the leading ' that marks text in Excel."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip(_EDGES)
    text = text.removeprefix("'").strip(_EDGES)
    return Damaged(text) if _SHOWN_NOT_STORED.fullmatch(text) else text


def number_cell(number: float) -> str:
    """A number cell's text: 12.0 is `12`; longer than 15 digits it is `Damaged`."""
    if not math.isfinite(number):
        return Damaged(str(number))
    if not number.is_integer():
        return repr(number)
    text = str(int(number))
    return Damaged(text) if abs(number) >= 10**SAFE_DIGITS else text
