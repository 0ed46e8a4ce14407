"""Tables from and for spreadsheets. What comes in is hostile until proved otherwise; what goes out cannot compute.

Reading: `read_table` (type by content, never by name). Writing: `csv_bytes`, `xlsx_bytes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.channels.sheet_cells import Damaged, SheetCode, SheetError
from app.channels.sheet_csv import parse_csv
from app.channels.sheet_writer import csv_bytes, xlsx_bytes
from app.channels.sheet_xlsx import parse_xlsx, too_many_rows, too_wide

__all__ = [
    "Damaged",
    "SheetCode",
    "SheetError",
    "Table",
    "csv_bytes",
    "damaged_numbers",
    "read_table",
    "xlsx_bytes",
]

MAX_BYTES = 5 << 20
MAX_ROWS = 20_000
MAX_COLUMNS = 200

Kind = Literal["csv", "xlsx"]

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls before 2007, and every workbook with a password
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_OTHER_TEXT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<|%PDF-|\{\\rtf)"
)  # HTML and XML, often called .xls; PDF; RTF


@dataclass(frozen=True)
class Table:
    """A table as read. Every row is as wide as the header; rows without any content are left out.

    lines[i]: where rows[i] stands in the file, counted as a spreadsheet counts (the header is usually 1).
    unread: further sheets of the workbook that hold something and were not read; tell the person.
    Cells are text; a cell that lost digits is a `Damaged`.
    """

    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    lines: list[int]
    kind: Kind
    unread: tuple[str, ...] = ()


def damaged_numbers(row: Sequence[str]) -> tuple[int, ...]:
    """Positions (from 0) of the cells in a row whose digits cannot be trusted."""
    return tuple(place for place, cell in enumerate(row) if isinstance(cell, Damaged))


def read_table(
    source: Path | bytes, filename: str, *, max_bytes: int = MAX_BYTES, max_rows: int = MAX_ROWS
) -> Table:
    """Read the one table of an uploaded CSV or XLSX file: a header row, then at most `max_rows` rows.

    filename: as uploaded; only its ending is used, and only in words. Raises SheetError. May take up to 30 s and a
    child process of 512 MB for an evil XLSX: call it in the worker, or behind a limit.
    """
    data = _bounded(source, max_bytes)
    kind = _kind(data, filename)
    unread: tuple[str, ...] = ()
    records: Iterable[tuple[int, list[str]]]
    if kind == "xlsx":
        sheet = parse_xlsx(data, max_rows + 1, MAX_COLUMNS)
        records, unread = sheet.rows, sheet.unread
    else:
        records = parse_csv(data)
    return _table(records, kind, max_rows, unread)


def _bounded(source: Path | bytes, max_bytes: int) -> bytes:
    if isinstance(source, bytes):
        data = source
    else:
        with source.open("rb") as file:
            data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        limit = f"{max_bytes / (1 << 20):.1f}".removesuffix(".0").replace(".", ",")
        raise SheetError(SheetCode.TOO_LARGE, f"Berkas lebih dari {limit} MB. Bagi menjadi beberapa berkas.")
    return data


def _kind(data: bytes, filename: str) -> Kind:
    """What the bytes are (ASVS 5.2.2); raises SheetError for all that is neither."""
    if data.startswith(_ZIP):
        return "xlsx"
    if data.startswith(_OLE):
        words = "Berkas ini Excel lama (.xls) atau dikunci kata sandi. Simpan sebagai .xlsx tanpa kata sandi, lalu unggah."
        raise SheetError(SheetCode.NOT_A_SHEET, words)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SheetError(
            SheetCode.NOT_A_SHEET, "Simpan berkas ini sebagai CSV UTF-8 atau .xlsx, lalu unggah lagi."
        )
    if _NOT_TEXT.search(data) or _OTHER_TEXT.match(data):
        raise SheetError(SheetCode.NOT_A_SHEET, _not_a_sheet_words(filename))
    return "csv"


def _not_a_sheet_words(filename: str) -> str:
    ending = re.search(r"\.(xlsx|xls|csv|tsv|txt)\Z", filename, re.IGNORECASE)
    although = f", walau namanya berakhir {ending[0].lower()}" if ending else ""
    return f"Isi berkas ini bukan tabel{although}. Unggah berkas Excel (.xlsx) atau CSV."


def _table(
    records: Iterable[tuple[int, list[str]]], kind: Kind, max_rows: int, unread: tuple[str, ...]
) -> Table:
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, cells in records:
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if len(cells) > MAX_COLUMNS:
            raise SheetError(SheetCode.TOO_WIDE, too_wide(MAX_COLUMNS))
        if not header:
            header = cells
            continue
        if len(rows) >= max_rows:
            raise SheetError(SheetCode.TOO_MANY_ROWS, too_many_rows(max_rows))
        if kind == "csv" and len(cells) > len(header):
            raise SheetError(SheetCode.RAGGED, _ragged_words(line, len(cells), len(header)))
        rows.append(cells)
        lines.append(line)
    if not rows:
        words = "Tabel ini hanya berisi judul kolom." if header else "Tabel ini kosong."
        raise SheetError(SheetCode.EMPTY, words)
    width = max(len(header), *(len(row) for row in rows))  # a note beside an XLSX list has no header
    filled = [tuple(row + [""] * (width - len(row))) for row in (header, *rows)]
    return Table(filled[0], filled[1:], lines, kind, unread)


def _ragged_words(line: int, found: int, wanted: int) -> str:
    return f"Baris {line} berisi {found} kolom, judulnya {wanted}. Periksa tanda pemisah di baris itu, lalu unggah lagi."
