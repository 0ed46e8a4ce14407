"""Tables for people who open them in Excel: nothing in them may compute, dial or lose digits (ASVS 1.2.10)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from xlsxwriter import Workbook

# OWASP's list with its full-width twins. Also after a `;` inside a field: an Excel that separates by `;` splits our
# comma-separated line there, in quotes or not, and what follows would begin a cell.
_FORMULA = re.compile(r'(^|;)(?=[ "]*[=+\-@\t\r\n＝＋－＠])')
_BREAKS = re.compile(r"[\t\r\n]+")  # such an Excel would begin a cell or a row at these too
_MADE = datetime(1980, 1, 1, tzinfo=UTC)  # zip's own zero: the same table gives the same bytes


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]], *, bom: bool = False) -> bytes:
    """A table as CSV: UTF-8, comma, CRLF (RFC 4180), `'` before whatever a spreadsheet could take for a formula,
    and a space for line ends and tabs inside a cell.

    bom: put the mark in front that Excel needs to see UTF-8. Not for the draw's files: those are bytewise exact.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    for row in (header, *rows):
        writer.writerow([_disarmed(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig" if bom else "utf-8")


def _disarmed(cell: str) -> str:
    return _BREAKS.sub(" ", _FORMULA.sub(r"\1'", cell.replace("\0", "")))


def xlsx_bytes(header: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "Data") -> bytes:
    """A table as XLSX with text cells only: no formula, no link, and no digit lost, also when edited in Excel.

    title: name of the sheet, at most 31 characters. Raises ValueError for what XLSX cannot hold (a cell of more
    than 32,767 characters, more than 1,048,576 rows), which XlsxWriter would leave out in silence.
    """
    out = io.BytesIO()
    # in_memory: otherwise the people of the table lie in temporary files for a while.
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": _MADE})
        text = book.add_format({"num_format": "@"})  # a NIK typed into such a cell keeps its 16th digit
        bold = book.add_format({"num_format": "@", "bold": True})
        sheet = book.add_worksheet(title)
        sheet.set_column(0, max(len(header) - 1, 0), 20, text)
        sheet.freeze_panes(1, 0)
        for at, row in enumerate((header, *rows)):
            for column, cell in enumerate(row):
                if sheet.write_string(at, column, cell, text if at else bold) != 0:
                    raise ValueError(f"row {at + 1}, column {column + 1} does not fit into XLSX")
    return out.getvalue()
