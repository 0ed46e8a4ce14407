"""Uploaded tables, friendly and hostile, and the tables that we give away."""

from __future__ import annotations

import csv
import io
import os
import re
import resource
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime, time
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from app.channels import sheet_xlsx
from app.channels.sheet_child import Fault, check_zip
from app.channels.sheets import (
    Damaged,
    SheetCode,
    SheetError,
    Table,
    csv_bytes,
    damaged_numbers,
    read_table,
    xlsx_bytes,
)

MIB = 1 << 20


def table(text: str | bytes, **options: int) -> Table:
    return read_table(text if isinstance(text, bytes) else text.encode(), "daftar.csv", **options)


def refused(data: bytes | Path, filename: str = "daftar.xlsx", **options: int) -> SheetError:
    with pytest.raises(SheetError) as fault:
        read_table(data, filename, **options)
    assert re.fullmatch(r"[A-Z][^<>{}]+\.", fault.value.words), fault.value.words
    return fault.value


def workbook(fill: Callable[[Workbook], None]) -> bytes:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        fill(book)
    return out.getvalue()


# The smallest workbook that calamine opens, to be bent by hand

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
SHEET = f'<worksheet xmlns="{MAIN}"><sheetData>{{}}</sheetData></worksheet>'
HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>nik</t></is></c></row>'


def bent(rows: str | Iterable[str], extra: dict[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (PARTS | (extra or {})).items():
            archive.writestr(name, content)
        start, end = SHEET.split("{}")
        with archive.open("xl/worksheets/sheet1.xml", "w") as file:
            for piece in chain([start], [rows] if isinstance(rows, str) else rows, [end]):
                file.write(piece.encode())
    return out.getvalue()


def cell_at(column: str, row: int) -> str:
    return f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row>'


# Reading XLSX


def test_a_workbook_becomes_text() -> None:
    def fill(book: Workbook) -> None:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        hour = book.add_format({"num_format": "hh:mm"})
        sheet = book.add_worksheet()
        for column, name in enumerate(["nomor", "nama", "lahir", "dilihat", "jam", "nilai", "lulus", "hp"]):
            sheet.write_string(1, column, name)
        sheet.write_number(3, 0, 12)
        sheet.write_string(3, 1, "  Siti\u00a0\n ")
        sheet.write_datetime(3, 2, date(1979, 3, 4), day)
        sheet.write_datetime(3, 3, datetime(2026, 12, 4, 16, 5), day)
        sheet.write_datetime(3, 4, time(16, 5), hour)
        sheet.write_number(3, 5, 82.5)
        sheet.write_boolean(3, 6, True)
        sheet.write_number(3, 7, 81234567890)
        sheet.write_string(4, 1, "'0812\x00\x07")
        sheet.write_formula(4, 5, "=1+1", value=2)

    got = read_table(workbook(fill), "hasil.xlsx")
    assert got.kind == "xlsx"
    assert got.header == ("nomor", "nama", "lahir", "dilihat", "jam", "nilai", "lulus", "hp")
    assert got.rows == [
        ("12", "Siti", "1979-03-04", "2026-12-04 16:05:00", "16:05:00", "82.5", "TRUE", "81234567890"),
        ("", "0812", "", "", "", "2", "", ""),
    ]
    assert got.lines == [4, 5]
    assert [damaged_numbers(row) for row in got.rows] == [(), ()]


@pytest.mark.parametrize(
    ("number", "text", "damaged"),
    [
        ("3508010101010001", "3508010101010001", True),
        ("3.50801010101E+15", "3508010101010000", True),
        ("9508010101010007", "9508010101010008", True),
        ("1000000000000000", "1000000000000000", True),
        ("999999999999999", "999999999999999", False),
        ("-0", "0", False),
        ("0.1", "0.1", False),
        ("-12", "-12", False),
        ("1E400", "inf", True),
    ],
)
def test_a_number_cell_that_cannot_hold_a_nik_is_marked(number: str, text: str, damaged: bool) -> None:
    got = read_table(bent(HEAD + f'<row r="2"><c r="A2"><v>{number}</v></c></row>'), "x.xlsx")
    [row] = got.rows
    assert row == (text,)
    assert damaged_numbers(row) == ((0,) if damaged else ())
    assert isinstance(row[0], Damaged) is damaged


def test_a_nik_in_a_text_cell_is_whole() -> None:
    [row] = read_table(xlsx_bytes(["nik"], [["3508010101010001"]]), "x.xlsx").rows
    assert (row, damaged_numbers(row)) == (("3508010101010001",), ())


def test_the_first_visible_sheet_with_content_is_read_and_the_others_are_named() -> None:
    def fill(book: Workbook) -> None:
        for name, text in (
            ("Rahasia", "x"),
            ("Kosong", ""),
            ("Hasil", "nik"),
            ("Lama", "nik"),
            ("Akhir", ""),
        ):
            sheet = book.add_worksheet(name)
            sheet.write_column(0, 0, [text, text and "1"])
            if name == "Rahasia":
                sheet.hide()
        book.get_worksheet_by_name("Hasil").activate()
        book.get_worksheet_by_name("Hasil").set_first_sheet()

    got = read_table(workbook(fill), "x.xlsx")
    assert (got.header, got.rows, got.unread) == (("nik",), [("1",)], ("Lama",))


def test_a_note_beside_the_list_is_kept_and_empty_rows_are_not() -> None:
    rows = HEAD + cell_at("A", 2) + cell_at("C", 9000) + '<row r="1048576"><c r="A1048576" s="0"/></row>'
    got = read_table(bent(rows), "x.xlsx")
    assert got.header == ("nik", "", "")
    assert (got.rows, got.lines) == ([("1", "", ""), ("", "", "1")], [2, 9000])


# XLSX that means harm (security.md threat 13, ASVS 5.2.3)


@pytest.fixture
def _parent_stays_small() -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KiB
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 600 * 1024


@pytest.mark.usefixtures("_parent_stays_small")
@pytest.mark.parametrize(
    ("column", "row"),
    [("XFD", 1_048_576), ("BXX", 20_000)],  # 549 GB; 1.3 GB: the first aborts any process, the second many
)
def test_two_cells_far_apart_kill_the_child_only(column: str, row: int) -> None:
    bomb = bent(HEAD + cell_at("A", 2) + cell_at(column, row))
    assert len(bomb) < 6_000
    assert refused(bomb).code == SheetCode.UNREADABLE
    assert read_table(xlsx_bytes(["a"], [["1"]]), "x.xlsx").rows == [("1",)]


@pytest.mark.usefixtures("_parent_stays_small")
def test_a_small_zip_with_much_in_it_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    row = "<row>" + '<c t="str"><v>Budi dan Siti</v></c>' * 100 + "</row>"
    bomb = tmp_path / "bom.xlsx"
    bomb.write_bytes(bent(row * 250 for _ in range(600)))  # 590 MB of XML
    assert MIB < bomb.stat().st_size < 5 * MIB
    assert refused(bomb).code == SheetCode.TOO_LARGE
    assert refused(lying_about_size(bomb.read_bytes(), above=MIB)).code == SheetCode.TOO_LARGE


def test_the_inflated_sum_counts_all_entries_and_is_exact() -> None:
    def filled(size: int) -> bytes:
        return bent(HEAD + cell_at("A", 2), {"a": "a" * (size // 2), "b": "b" * (size // 2)})

    frame = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(filled(0))).infolist())
    room = 50 * MIB - frame - frame % 2
    assert read_table(filled(room), "x.xlsx").rows == [("1",)]
    assert refused(filled(room + 2)).code == SheetCode.TOO_LARGE


@pytest.mark.usefixtures("_parent_stays_small")
def test_a_string_repeated_in_every_cell_is_refused() -> None:
    strings = f'<sst xmlns="{MAIN}"><si><t>{"x" * 30_000}</t></si></sst>'
    relation = f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    relations = PARTS["xl/_rels/workbook.xml.rels"].replace("</Rel", relation + "</Rel")
    parts = {"xl/sharedStrings.xml": strings, "xl/_rels/workbook.xml.rels": relations}
    row = "<row>" + '<c t="s"><v>0</v></c>' * 100 + "</row>"
    assert read_table(bent(row * 10, parts), "x.xlsx").rows[0][99] == "x" * 30_000
    assert refused(bent(row * 12, parts)).code == SheetCode.TOO_LARGE  # 36 MB


def lying_about_size(data: bytes, above: int = 0) -> bytes:
    """The same zip, but entries of more than `above` bytes declare 10, in local headers and in the directory."""
    out = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        for found in re.finditer(re.escape(signature), data):
            if struct.unpack_from("<I", data, found.start() + offset)[0] > above:
                struct.pack_into("<I", out, found.start() + offset, 10)
    return bytes(out)


def test_a_declared_size_that_is_not_true_is_refused_even_when_it_is_small() -> None:
    check_zip(GOOD)
    with pytest.raises(Fault, match="UNREADABLE"):
        check_zip(lying_about_size(GOOD))


def encrypted(data: bytes) -> bytes:
    out = bytearray(data)
    for found in re.finditer(b"PK\x01\x02", data):
        out[found.start() + 8] |= 1
    return bytes(out)


def with_a_double(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/workbook.xml", PARTS["xl/workbook.xml"])
    return out.getvalue()


GOOD = bent(HEAD + cell_at("A", 2))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: lying_about_size(GOOD), SheetCode.UNREADABLE),
        (lambda: encrypted(GOOD), SheetCode.UNREADABLE),
        (lambda: with_a_double(GOOD), SheetCode.UNREADABLE),
        (lambda: GOOD[: len(GOOD) // 2], SheetCode.UNREADABLE),
        (lambda: GOOD.replace(b"\x03\x04", b"\x03\x05", 4).replace(b"\x03\x05", b"\x03\x04", 1), SheetCode.UNREADABLE),
        (lambda: b"PK\x03\x04" + os.urandom(500), SheetCode.UNREADABLE),
        (lambda: bent(HEAD, {f"x{n}": "" for n in range(96)}), SheetCode.TOO_LARGE),
        (lambda: bent("<row><c><v>1</v>"), SheetCode.UNREADABLE),
        (lambda: bent("<a>" * 500_000), SheetCode.EMPTY),
        (lambda: bent(""), SheetCode.EMPTY),
        (lambda: bent(HEAD), SheetCode.EMPTY),
        (lambda: bent(HEAD + "<row>" + "<c><v>1</v></c>" * 201 + "</row>"), SheetCode.TOO_WIDE),
    ],
    ids=["size-lie", "encrypted", "double", "cut", "bent-headers", "noise", "entries", "broken-xml", "deep", "empty", "header-only", "wide"],
)  # fmt: skip
def test_a_bent_workbook_is_refused(make: Callable[[], bytes], code: SheetCode) -> None:
    assert refused(make()).code == code


def test_entries_at_the_limit_are_read() -> None:
    assert read_table(bent(HEAD + cell_at("A", 2), {f"x{n}": "" for n in range(95)}), "x.xlsx").rows == [
        ("1",)
    ]


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255), cut=st.integers(0, 3))
def test_the_zip_check_ends_in_a_verdict_whatever_byte_is_bent(at: int, value: int, cut: int) -> None:
    data = bytearray(GOOD)
    data[at] = value
    # In the child any exception is a refusal; what must not happen is an endless loop or a crash.
    with suppress(Fault, zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, ValueError):
        check_zip(bytes(data[: len(data) - cut]))


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    endless = tmp_path / "child.py"
    endless.write_text("while True: pass")
    monkeypatch.setattr(sheet_xlsx, "CHILD", endless)
    monkeypatch.setattr(sheet_xlsx, "WALL_SECONDS", 0.3)
    assert refused(GOOD).code == SheetCode.UNREADABLE


@pytest.mark.parametrize("answer", ["", "nonsense", "[1", "import sys; sys.exit(3)", "import os; os.abort()"])
def test_a_child_that_talks_nonsense_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str
) -> None:
    odd = tmp_path / "child.py"
    odd.write_text(answer if answer.startswith("import") else f"print({answer!r})")
    monkeypatch.setattr(sheet_xlsx, "CHILD", odd)
    assert refused(GOOD).code == SheetCode.UNREADABLE


def test_the_child_is_confined_and_has_none_of_our_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GELOMBANG_KEYS", "secret")
    spy = tmp_path / "child.py"
    spy.write_text(
        "import json, os, resource, runpy, sys\n"
        f"runpy.run_path({str(sheet_xlsx.CHILD)!r})['confine']()\n"
        "names = ['AS', 'CPU', 'FSIZE', 'CORE']\n"
        "limits = [resource.getrlimit(getattr(resource, 'RLIMIT_' + n))[1] for n in names]\n"
        "print(json.dumps({'unread': []}))\n"
        "print(json.dumps([1, [str(n) for n in limits]]))\n"
        "print(json.dumps([2, ['GELOMBANG_KEYS' in os.environ and 'leaked' or 'clean', 'x', 'x', 'x']]))\n"
    )
    monkeypatch.setattr(sheet_xlsx, "CHILD", spy)
    got = read_table(GOOD, "x.xlsx")
    assert got.header == (str(512 * MIB), "20", "0", "0")
    assert got.rows[0][0] == "clean"


def test_the_parser_never_comes_into_this_process() -> None:
    read_table(GOOD, "x.xlsx")
    assert "python_calamine" not in sys.modules


# Type by content (ASVS 5.2.2), size (5.2.1)

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"


def other_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    return out.getvalue()


@pytest.mark.parametrize("filename", ["hasil.xlsx", "hasil.csv", "hasil", "../../etc/<b>.xlsx"])
@pytest.mark.parametrize(
    "data",
    [
        PNG, b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", b"GIF89a\x01\x00", b"%PDF-1.7\nnik,nama\n1,2", b"{\\rtf1 nik}",
        b"<!doctype html><table><tr><td>nik</td></tr></table>", b"\xef\xbb\xbf\r\n <html><body>", b"<?xml version='1.0'?>",
        b"nik,nama\n1,Bu\x00di", b"nik,nama\n1,Bu\x07di", b"\x1f\x8b\x08\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
        "nik;nama\n1;2".encode("utf-16"), other_zip(),
    ],
    ids=["png", "jpeg", "gif", "pdf", "rtf", "html", "bom-html", "xml", "nul", "bell", "gzip", "xls", "utf-16", "docx"],
)  # fmt: skip
def test_what_is_no_table_is_refused_whatever_its_name(data: bytes, filename: str) -> None:
    assert refused(data, filename).code == SheetCode.NOT_A_SHEET


def test_the_refusal_explains_a_misleading_name_and_repeats_nothing_else() -> None:
    assert "walau namanya berakhir .xlsx" in refused(PNG, "Foto Siti 3508010101010001.XLSX").words
    assert "3508" not in refused(PNG, "Foto Siti 3508010101010001.XLSX").words
    assert "walau" not in refused(PNG, "a.<script>").words


def test_a_true_table_is_read_whatever_its_name() -> None:
    assert read_table(GOOD, "hasil.csv").kind == "xlsx"
    assert read_table(b"nik\n1", "hasil.xlsx").kind == "csv"


def test_size_and_rows_are_counted_exactly(tmp_path: Path) -> None:
    data = b"nik\n" + b"1\n" * 10
    path = tmp_path / "daftar.csv"
    path.write_bytes(data)
    for source in (data, path):
        assert len(read_table(source, "x.csv", max_bytes=len(data), max_rows=10).rows) == 10
        assert refused(source, max_bytes=len(data) - 1).code == SheetCode.TOO_LARGE
        assert refused(source, max_rows=9).code == SheetCode.TOO_MANY_ROWS
    book = xlsx_bytes(["nik"], [["1"]] * 10)
    assert len(read_table(book, "x.xlsx", max_rows=10).rows) == 10
    assert refused(book, max_rows=9).code == SheetCode.TOO_MANY_ROWS
    assert "5 MB" in refused(bytes(5 * MIB + 1)).words
    assert "20.000 baris" in refused(b"a\n" + b"1\n" * 20_001).words


@pytest.mark.usefixtures("_parent_stays_small")
def test_a_huge_file_is_not_read_to_see_that_it_is_huge(tmp_path: Path) -> None:
    path = tmp_path / "besar.csv"
    with path.open("wb") as file:
        file.truncate(4 << 30)
    assert refused(path).code == SheetCode.TOO_LARGE


# Reading CSV

SAME = Table(("nomor", "nama"), [("7", "Bu Siti"), ("8", "Pak Budi")], [2, 3], "csv")


@pytest.mark.parametrize(
    "text",
    [
        "nomor,nama\n7,Bu Siti\n8,Pak Budi\n",
        "nomor;nama\r\n7;Bu Siti\r\n8;Pak Budi",
        "nomor\tnama\r7\tBu Siti\r8\tPak Budi\r",
        "\ufeffnomor;nama\r\n7;Bu Siti\r\n8;Pak Budi\r\n",
        '\ufeff"nomor","nama"\r\n"7","Bu Siti"\r\n"8","Pak Budi"\r\n;;\r\n'.replace(";;", ",,,"),
        'nomor , nama\n 7, "Bu Siti"\n\'8,\u200bPak Budi\u00a0\n\n\n',
    ],
)
def test_csv_of_every_habit_reads_the_same(text: str) -> None:
    assert table(text) == SAME


@pytest.mark.parametrize(
    ("text", "header", "row"),
    [
        ("nik;alamat\n1;Jl. Mawar, RT 2, RW 3, Lumajang", ("nik", "alamat"), ("1", "Jl. Mawar, RT 2, RW 3, Lumajang")),
        ('nik,alamat\n1,"Jl. ""A"";\nLumajang"', ("nik", "alamat"), ("1", 'Jl. "A";\nLumajang')),
        ('nik,alamat\r\n1,"Jl. A\r\nLumajang"', ("nik", "alamat"), ("1", "Jl. A\nLumajang")),
        ("nama\nBudi, S.Pd", ("nama",), ("Budi, S.Pd",)),
        ("sep=,\r\nnik,a;b\r\n1,2;3", ("nik", "a;b"), ("1", "2;3")),
        ("a,b,c\n1", ("a", "b", "c"), ("1", "", "")),
        (",nik,\n,1,\n", ("", "nik"), ("", "1")),
    ],
)  # fmt: skip
def test_the_separator_is_told_from_what_stands_in_the_cells(
    text: str, header: tuple[str, ...], row: tuple[str, ...]
) -> None:
    got = table(text)
    assert (got.header, got.rows) == (header, [row])


def test_lines_are_counted_as_a_spreadsheet_counts() -> None:
    assert table('nik,alamat\n\n1,"a\nb"\n,\n2,c').lines == [3, 5]
    assert table("sep=;\nnik;a\n1;2").lines == [3]


def test_windows_letters_are_read() -> None:
    assert table("nama;kota\nJosé – ‘Aini’;é".encode("cp1252")).rows == [("José – ‘Aini’", "é")]
    assert refused(b"nama\n\x81\x8d").code == SheetCode.UNREADABLE


@pytest.mark.parametrize(
    ("text", "damaged"),
    [
        ("3.50801E+15", True), ("3,50801E+15", True), ("3E+15", True), ("8.12346e+11", True), ("########", True),
        ("3508010101010001", False), ("3508010101010000", False), ("12E5", False), ("E+15", False), ("#1", False),
        ("K7E+123", False), ("", False),
    ],
)  # fmt: skip
def test_what_excel_showed_instead_of_a_number_is_marked(text: str, damaged: bool) -> None:
    for data in (f"nik;x\n{text};y".encode(), xlsx_bytes(["nik", "x"], [[text, "y"]])):
        [row] = read_table(data, "x").rows
        assert row == (text, "y")
        assert damaged_numbers(row) == ((0,) if damaged else ())


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('nik,nama\n1,a\n2,"Budi\n3,c\n4,d', SheetCode.UNREADABLE, "mulai baris 3"),
        ('nik,nama\n1,"Bu"di', SheetCode.UNREADABLE, "mulai baris 2"),
        ("nik,alamat\n1,Jl. A\n2,Jl. B, No 3", SheetCode.RAGGED, "Baris 3 berisi 3 kolom, judulnya 2"),
        ("", SheetCode.EMPTY, "kosong"),
        (" \r\n;;\n", SheetCode.EMPTY, "Tabel ini"),
        ("nik,nama\n,\n", SheetCode.EMPTY, "hanya berisi judul"),
        (",".join("a" * 201) + "\n1", SheetCode.TOO_WIDE, "200 kolom"),
    ],
)
def test_a_broken_list_is_refused_with_the_place(text: str, code: SheetCode, words: str) -> None:
    fault = refused(text.encode(), "x.csv")
    assert fault.code == code
    assert words in fault.words


@settings(deadline=None)
@given(st.binary(max_size=200))
@example(b"PK\x03\x04")
@example(b'"')
def test_any_bytes_give_a_table_or_a_refusal(data: bytes) -> None:
    try:
        got = read_table(data, "x")
    except SheetError:
        return
    assert all(len(row) == len(got.header) for row in got.rows)
    assert all(any(row) for row in (got.header, *got.rows))


# Writing (threat 14, ASVS 1.2.10)

EVIL = {
    "=1+1": "'=1+1", "+62812": "'+62812", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "' =1", "\r=1": "' =1",
    " =1": "' =1", "＝1": "'＝1", "=HYPERLINK(1)": "'=HYPERLINK(1)", "a;=1": "a;'=1", "a; -1": "a;' -1", 'a;"=1': "a;'\"=1",
    "a\n=1": "a =1", "a\r\n\tb": "a b", "\0=1": "'=1",
}  # fmt: skip
HARMLESS = ["", "Siti", "http://jahat.example", "mailto:a@b.id", "{=1}", "0123", "3508010101010001", "a-b", "1,-5", "a;b",
            "<img src=x onerror=alert(1)>\"'"]  # fmt: skip


def test_csv_cells_cannot_compute() -> None:
    written = list(csv.reader(io.StringIO(csv_bytes(list(EVIL), [HARMLESS]).decode(), newline="")))
    assert written == [list(EVIL.values()), HARMLESS]


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.text(alphabet='=+-@\t\r\n;," a1\0＝', max_size=8), min_size=3, max_size=3), max_size=4
    )
)
@example([["a;=1", 'b";=1', 'c;"=\n=1']])
def test_no_spreadsheet_with_either_separator_sees_a_formula(rows: list[list[str]]) -> None:
    text = csv_bytes(["a", "b", "c"], rows).decode()
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            for cell in row:
                assert not re.match(r"\s*[=+\-@＝]", cell), (separator, cell)


def test_csv_is_plain_rfc_4180_and_the_mark_is_a_choice() -> None:
    assert csv_bytes(["a", "b"], [["é", 'x,"y"']]) == 'a,b\r\né,"x,""y"""\r\n'.encode()
    assert csv_bytes(["a"], [], bom=True) == b"\xef\xbb\xbfa\r\n"


def test_xlsx_has_only_text() -> None:
    raw = xlsx_bytes(list(EVIL), [list(EVIL), HARMLESS])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    whole = "".join(parts.values())
    for tag in ("<f>", "<f ", "<hyperlink", "TargetMode", "externalLink", "vbaProject"):
        assert tag not in whole
    sheet = parts["xl/worksheets/sheet1.xml"]
    kinds = set(re.findall(r"<c [^>]*?(t=\"\w+\")?>", sheet))
    assert kinds == {'t="s"'}
    assert 'formatCode="@"' in parts["xl/styles.xml"] or 'numFmtId="49"' in parts["xl/styles.xml"]


def test_the_same_table_gives_the_same_file() -> None:
    assert xlsx_bytes(["a"], [["1"]]) == xlsx_bytes(["a"], [["1"]])


def test_what_xlsx_cannot_hold_is_said_not_left_out() -> None:
    with pytest.raises(ValueError, match="row 2, column 1"):
        xlsx_bytes(["a"], [["x" * 32_768]])


CELLS = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Cf"]), min_size=1, max_size=12
)


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5))
@example([("=1", "'+2", "Bu Siti")])
def test_csv_comes_back_as_it_went_out(rows: list[tuple[str, str, str]]) -> None:
    rows = [
        (a, b, c.replace(";", "")) for a, b, c in rows if ";" not in a + b
    ]  # after a ; a ' may stand for good
    expected = [row for row in (tuple(cell.removeprefix("'") for cell in row) for row in rows) if any(row)]
    assume(expected)
    got = table(csv_bytes(["nik", "nama", "alamat"], rows, bom=True))
    assert got.rows == expected


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=50))
def test_xlsx_comes_back_as_it_went_out(rows: list[tuple[str, str]]) -> None:
    expected = [row for row in (tuple(cell.removeprefix("'") for cell in row) for row in rows) if any(row)]
    assume(expected)
    got = read_table(xlsx_bytes(["nik", "nama"], rows), "x.xlsx")
    assert got.rows == expected
