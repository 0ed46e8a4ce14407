"""XLSX, opened in a child process with little memory and little time (sheet_child.py says why)."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from app.channels.sheet_cells import UNREADABLE_WORDS, SheetCode, SheetError, number_cell, text_cell

CHILD = Path(__file__).with_name("sheet_child.py")
WALL_SECONDS = 30.0


@dataclass(frozen=True)
class Sheet:
    """The first visible sheet with content. rows: (row number in Excel, cells); unread: names of further sheets."""

    rows: list[tuple[int, list[str]]]
    unread: tuple[str, ...]


def parse_xlsx(data: bytes, max_rows: int, max_columns: int) -> Sheet:
    """Read a workbook of up to `max_rows` non-empty rows, header included; raises SheetError.

    This process only moves the bytes and reads JSON that the child made.
    """
    command = [sys.executable, "-I", "-S", str(CHILD), _calamine(), str(max_rows), str(max_columns)]
    try:
        # env={}: the parser of a stranger's file has no business with our keys and passwords.
        done = subprocess.run(
            command, input=data, capture_output=True, env={}, cwd="/", timeout=WALL_SECONDS, check=True
        )
        first, *rest = (json.loads(line) for line in done.stdout.splitlines())
    except (subprocess.SubprocessError, ValueError) as error:
        raise SheetError(SheetCode.UNREADABLE, UNREADABLE_WORDS) from error
    if "fault" in first:
        raise _refusal(SheetCode(first["fault"]), max_rows, max_columns)
    rows = [(number, [_cell(cell) for cell in cells]) for number, cells in rest]
    return Sheet(rows, tuple(first["unread"]))


def _calamine() -> str:
    """The folder to import python-calamine from: found, not imported, so that it is loaded only over there."""
    found = importlib.util.find_spec("python_calamine")
    assert found is not None
    assert found.origin is not None
    return str(Path(found.origin).parent.parent)


def _cell(value: str | float) -> str:
    return text_cell(value) if isinstance(value, str) else number_cell(value)


def _refusal(code: SheetCode, max_rows: int, max_columns: int) -> SheetError:
    words = {
        SheetCode.TOO_LARGE: "Isi berkas ini terlalu besar. Salin tabelnya saja ke berkas Excel baru, lalu unggah.",
        SheetCode.NOT_A_SHEET: "Berkas ini bukan tabel Excel. Unggah berkas .xlsx atau CSV.",
        SheetCode.EMPTY: "Tabel ini kosong. Pastikan daftarnya ada di lembar yang tampak.",
        SheetCode.TOO_MANY_ROWS: too_many_rows(max_rows - 1),
        SheetCode.TOO_WIDE: too_wide(max_columns),
    }
    return SheetError(code, words.get(code, UNREADABLE_WORDS))


def too_many_rows(limit: int) -> str:
    """Words for a list of more than `limit` people."""
    return f"Tabel ini lebih dari {limit:,} baris. Bagi menjadi beberapa berkas.".replace(",", ".")


def too_wide(limit: int) -> str:
    """Words for a table of more than `limit` columns."""
    return f"Tabel ini lebih dari {limit} kolom. Hapus kolom yang tidak perlu, lalu unggah lagi."
