"""The process that opens a stranger's XLSX, started by sheet_xlsx.py as a program of its own.

A file of 5 KB can make the parser ask for 549 GB and abort the whole process, which no `except` catches. So
it happens here, where memory, time and files are rationed and nothing secret is at hand. Imports nothing of ours: it
runs by path, without site or environment.

Arguments: the folder of python-calamine, most rows, most columns. Standard input: the file. Standard output:
one line of JSON about the sheet, then one `[row number, [cells]]` a line; or a single line `{"fault": code}`.
"""

from __future__ import annotations

import datetime
import io
import json
import resource
import struct
import sys
import zipfile
import zlib
from typing import Any

MEMORY = 512 << 20  # bytes of address space
CPU_SECONDS = 20
MAX_ENTRIES = 100
MAX_INFLATED = 50 << 20  # bytes, all zip entries together
MAX_ANSWER = 32 << 20  # bytes of JSON: a shared string of 32 KB may stand in every cell


class Fault(Exception):
    """The file is refused; the argument is a SheetCode."""


def confine() -> None:
    """Give this process limits that it cannot lift; no core file, which would hold a list of people."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def check_zip(data: bytes) -> None:
    """Refuse what is no workbook or inflates beyond MAX_INFLATED, by inflating it piece by piece and keeping nothing.

    The sizes that a zip declares are the sender's word, and the parser does not keep to them.
    """
    # Counted before zipfile reads the directory: 5 MB hold 100,000 entries.
    if data.count(b"PK\x01\x02") > MAX_ENTRIES:
        raise Fault("TOO_LARGE")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if "xl/workbook.xml" not in names:
        raise Fault("NOT_A_SHEET")
    if len(set(names)) < len(names):
        raise Fault("UNREADABLE")  # two readers would see two different workbooks
    left = MAX_INFLATED
    for entry in entries:
        left -= _inflated_size(data, entry, left)


def _inflated_size(data: bytes, entry: zipfile.ZipInfo, left: int) -> int:
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Fault("UNREADABLE")
    signature, name, extra = struct.unpack_from("<4s22xHH", data, entry.header_offset)
    start = entry.header_offset + 30 + name + extra
    packed = data[start : start + entry.compress_size]
    if signature != b"PK\x03\x04" or len(packed) < entry.compress_size:
        raise Fault("UNREADABLE")
    size = len(packed)
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        size, inflate = 0, zlib.decompressobj(-15)
        while not inflate.eof and size <= left:
            piece = inflate.decompress(packed, 1 << 16)
            packed = inflate.unconsumed_tail
            size += len(piece)
            if not piece and not packed:
                break
    if size > left:
        raise Fault("TOO_LARGE")
    if size != entry.file_size:
        raise Fault("UNREADABLE")
    return size


def read(data: bytes, max_rows: int, max_columns: int) -> list[str]:
    """Lines of the answer for the first visible sheet that holds anything; rows without content are left out."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    lines: list[str] = []
    unread: list[str] = []
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_name(about.name)
        if not lines:
            lines = _rows(sheet, max_rows, max_columns)
        elif sheet.start is not None:
            unread.append(about.name)
    if not lines:
        raise Fault("EMPTY")
    return [json.dumps({"unread": unread}), *lines]


def _rows(sheet: Any, max_rows: int, max_columns: int) -> list[str]:
    lines: list[str] = []
    size = 0
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        while cells and cells[-1] == "":
            cells.pop()
        if not cells:
            continue
        if len(cells) > max_columns:
            raise Fault("TOO_WIDE")
        if len(lines) >= max_rows:
            raise Fault("TOO_MANY_ROWS")
        lines.append(json.dumps([number, [_plain(cell) for cell in cells]]))
        size += len(lines[-1])
        if size > MAX_ANSWER:
            raise Fault("TOO_LARGE")
    return lines


def _plain(cell: Any) -> str | float:
    """Dates to ISO 8601; numbers stay numbers, because the other side must know which cells were numbers."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return float(cell)
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "seconds")
    if isinstance(cell, datetime.time):
        return cell.isoformat("seconds")
    return str(cell)  # text; a date, which writes itself as ISO; a duration


def main() -> None:
    """Read, confine first, answer; anything unforeseen ends the process with a code that is not 0."""
    confine()
    libraries, max_rows, max_columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    sys.path.append(libraries)
    data = sys.stdin.buffer.read()
    try:
        check_zip(data)
        lines = read(data, max_rows, max_columns)
    except Fault as fault:
        lines = [json.dumps({"fault": fault.args[0]})]
    sys.stdout.write("\n".join(lines))


if __name__ == "__main__":
    main()
