"""CSV as Excel, LibreOffice and web systems in Indonesia write it: `;`, `,` or tab, UTF-8 or Windows' cp1252."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from app.channels.sheet_cells import UNREADABLE_WORDS, SheetCode, SheetError, text_cell

SEPARATORS = (";", "\t", ",")  # on a tie the first wins: `;` is what Excel writes with Indonesian settings
_SAMPLE = 50  # records
_SEPARATOR_LINE = re.compile(
    r"\ufeff?sep=([;,\t])\r?\n", re.IGNORECASE
)  # Excel's own hint, shown by no program


def parse_csv(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number as a spreadsheet counts it, cleaned cells) without empty rows; raises SheetError UNREADABLE."""
    text = _decoded(data)
    hint = _SEPARATOR_LINE.match(text)
    if hint:
        text = text[hint.end() :]
    records = _reader(text, hint[1] if hint else _separator(text))
    number = 1 if hint else 0
    while True:
        number += 1
        try:
            record = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            raise SheetError(SheetCode.UNREADABLE, _quote_words(number)) from error
        if any(record):  # before cleaning: 5 MB of bare commas are two million rows
            yield number, [text_cell(cell) for cell in record]


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise SheetError(SheetCode.UNREADABLE, UNREADABLE_WORDS) from error


def _reader(text: str, separator: str) -> Iterator[list[str]]:
    # strict: without it an unclosed quote swallows the rest of the list in silence, results of people and all.
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)


def _separator(text: str) -> str:
    """The separator under which the first records look most like a table as wide as its header.

    csv.Sniffer guesses letters and spaces too; here the choice is among three.
    """

    def likeness(separator: str) -> tuple[bool, int, int]:
        widths: list[int] = []
        with suppress(
            csv.Error
        ):  # what stands before a broken record still tells; reading it will say where it is
            for record in islice(_reader(text, separator), _SAMPLE):
                if any(record):
                    widths.append(len(record))
        first = widths[0] if widths else 0
        return first > 1, widths.count(first), first

    return max(SEPARATORS, key=likeness)


def _quote_words(number: int) -> str:
    return f"Ada tanda kutip yang tidak lengkap mulai baris {number}. Perbaiki baris itu, lalu unggah lagi."
