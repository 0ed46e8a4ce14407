"""What people really upload: names and dates beside the numbers, NIKs that Excel has bent, and rows that fit nobody."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest

from app.channels.sheets import xlsx_bytes
from app.models import Application, AuditLine, Draw, Result, ResultFile, ResultPreview, Wave
from app.rules import codes
from app.services import result_files
from tests.conftest import NOW
from tests.pages import Page
from tests.security.rows import everything
from tests.staff import rows
from tests.staff.conftest import Signed
from tests.staff.rows import Officer
from tests.staff.test_races import together


@pytest.fixture
def closed(database: object) -> Wave:
    """Wave 3, closed on 12 November."""
    return rows.wave(3, opens=-30, closes=-10, announce_at=None, quota=2)


def _upload(person: Officer, *lines: str, header: str = "NIK;Nama;Hasil;Tanggal") -> Page:
    data = "\n".join([header, *lines]).encode()
    page = person.visitor.open("/petugas/gelombang/3/hasil")
    return page.submit("Periksa berkas", berkas=(data, "pusat.csv"))


def _problems(page: Page) -> dict[int, str]:
    """Line in the file: what the page says about it."""
    said = {}
    for row in page.parsed.all("tr"):
        cells = [" ".join("".join(cell.itertext()).split()) for cell in row]
        if cells and cells[0].isdigit():
            said[int(cells[0])] = " | ".join(cells[1:])
    return said


# names and dates ----------------------------------------------------------------------------------


def test_the_name_must_fit_the_number(signed: Signed, closed: Wave) -> None:
    rows.many(4, closed)
    page = _upload(
        signed("verifier"),
        f"{rows.nik(1)};ORANG NOMOR 1;lolos;",
        f"{rows.nik(2)};Orang Nomor 3;lolos;",
        f"{rows.nik(3)};;lolos;",
        f"{rows.nik(4)};Nomor 4, S.Pd;lolos;",
    )
    problems = _problems(page)
    assert set(problems) == {3}
    assert 'Nama "Orang Nomor 3" berbeda dari data kami' in problems[3]
    assert "Nomor ini milik Orang Nomor 2." in problems[3]
    assert "Pakai berkas ini" not in [words for form in page.forms for words in form.buttons]


def test_a_date_before_the_closing_belongs_to_another_wave(signed: Signed, closed: Wave) -> None:
    rows.many(4, closed)
    page = _upload(
        signed("verifier"),
        f"{rows.nik(1)};;lolos;12/11/2026",
        f"{rows.nik(2)};;lolos;11 November 2026",
        f"{rows.nik(3)};;lolos;31-02-2026",
        f"{rows.nik(4)};;lolos;2026-11-20",
    )
    problems = _problems(page)
    assert set(problems) == {3, 4}
    assert "Tanggal 11 November 2026 sebelum gelombang ditutup" in problems[3]
    assert 'Tanggal "31-02-2026" tidak terbaca' in problems[4]


def test_an_excel_file_with_true_dates_is_taken(signed: Signed, closed: Wave) -> None:
    (one,) = rows.many(1, closed)
    data = xlsx_bytes(
        ["NIK", "Nama", "Hasil", "Tanggal"], [[rows.nik(1), "Orang Nomor 1", "lolos", "20-11-2026"]]
    )
    page = signed("verifier").visitor.open("/petugas/gelombang/3/hasil")
    page.submit("Periksa berkas", berkas=(data, "pusat.xlsx")).submit("Pakai berkas ini")
    assert (Result.get().application_id, Result.get().dated) == (one.id, "2026-11-20")
    assert ResultFile.get().name.endswith(".xlsx")


# NIKs that were bent on their way -----------------------------------------------------------------


def test_a_nik_whose_end_excel_made_zero_is_named(signed: Signed, closed: Wave) -> None:
    rows.many(1, closed)
    rounded = rows.nik(1)[:15] + "0"
    page = _upload(
        signed("verifier"), f"{rounded};;lolos;", "3508990101900010;;lolos;", header="NIK;Nama;Hasil;Tanggal"
    )
    problems = _problems(page)
    assert "angka terakhir dijadikan 0 oleh Excel" in problems[2]
    assert "Tidak terdaftar di gelombang ini" in problems[3]  # a true number of somebody else


def test_a_slip_in_the_nik_of_a_namesake_is_no_stranger(signed: Signed, closed: Wave) -> None:
    (one,) = rows.many(1, closed)
    right = rows.nik(1)
    swapped = right[:4] + right[5] + right[4] + right[6:]
    page = _upload(
        signed("verifier"),
        f"{swapped};Orang Nomor 1;lolos;",
        f"{swapped};Orang Lain;lolos;",
        f"{swapped};;lolos;",
    )
    problems = _problems(page)
    assert "mirip (angka ke-5 dan ke-6 tertukar)" in problems[2]
    assert f"Mungkin pendaftar {codes.shown(one.ticket)}" in problems[2]
    assert "Tidak terdaftar" in problems[3]
    assert "Tidak terdaftar" in problems[4]
    assert right not in page.html.replace(" ", "")


# rows to download ---------------------------------------------------------------------------------


def test_the_rows_that_were_not_used_are_a_file_that_cannot_compute(signed: Signed, closed: Wave) -> None:
    rows.many(2, closed)
    stranger = "3508990101900001"
    budi = signed("verifier", "budi.satu")
    page = _upload(
        budi,
        f"{rows.nik(1)};=HYPERLINK(1);lolos;",
        f"{stranger};Orang Lain;lolos;",
        f"{rows.nik(2)};;@mungkin;",
    )
    answer = budi.visitor.ask("GET", f"{page.path}/salah.csv")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gelombang-3-baris-salah.csv"'
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.get_data()
    assert body.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert table[0] == ["Jenis", "Baris", "Isi", "Masalah", "Saran"]
    assert [(row[0], row[1]) for row in table[1:]] == [
        ("bermasalah", "2"),
        ("dilewati", "3"),
        ("bermasalah", "4"),
    ]
    assert not any(cell[:1] in "=+-@" for row in table for cell in row if cell)
    assert "NIK 16 angka" in table[2]
    assert stranger[:6] not in body.decode()
    signed("manager", "lain.orang").visitor.open(f"{page.path}/salah.csv", 404)


def test_the_file_has_every_row_and_the_page_the_first(
    signed: Signed, closed: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_files, "MOST_FAULTS", 3)
    rows.many(1, closed)
    budi = signed("verifier", "budi.satu")
    page = _upload(budi, *(f"35089901019{n:05};;lolos;" for n in range(1, 8)))
    assert "Dan 4 baris lagi" in page.main
    table = budi.visitor.ask("GET", f"{page.path}/salah.csv").get_data(as_text=True).splitlines()
    assert len(table) == 1 + 7
    page = page.submit("Pakai berkas ini", status=422)
    assert Result.select().count() == 0


# the file's hash ----------------------------------------------------------------------------------


def test_the_hash_is_shown_to_the_office_at_once_and_to_everybody_after_the_publication(
    signed: Signed, closed: Wave
) -> None:
    rows.many(1, closed)
    text = f"NIK;Nama;Hasil;Tanggal\n{rows.nik(1)};;lolos;"
    budi = signed("verifier", "budi.santoso")
    page = _upload(budi, f"{rows.nik(1)};;lolos;").submit("Pakai berkas ini")
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert page.path == "/petugas/gelombang/3"
    assert f"hasil-{digest[:8]}.csv" in page.main
    assert "pusat.csv" not in page.main
    assert "1 baris, Budi Santoso" in page.main
    assert digest in page.main
    assert digest in signed("auditor").visitor.open("/petugas/gelombang/3").main
    assert result_files.published(Wave.get()) == []
    Wave.update(published_at=NOW).execute()
    (file,) = result_files.published(Wave.get())
    assert (file.sha256, file.rows) == (digest, 1)
    assert file.at == ResultFile.get().at


def test_a_seat_that_was_told_is_not_taken_by_a_file(signed: Signed, closed: Wave) -> None:
    (one,) = rows.many(1, closed)
    budi = signed("verifier")
    _upload(budi, f"{rows.nik(1)};;lolos;").submit("Pakai berkas ini")
    Result.update(published_at=NOW).execute()
    Application.update(state="selected").where(Application.id == one.id).execute()
    problems = _problems(_upload(budi, f"{rows.nik(1)};;tidak lolos;"))
    assert "Sudah diumumkan: Terpilih" in problems[2]
    assert "perlu dua petugas" in problems[2]
    assert Result.get().outcome == "selected"


def test_a_wave_that_is_drawn_takes_no_file(signed: Signed, closed: Wave) -> None:
    rows.many(1, closed)
    budi = signed("verifier")
    page = budi.visitor.open("/petugas/gelombang/3/hasil")
    Draw.create(
        wave=closed,
        promise=b"{}",
        promise_sha256="0" * 64,
        promised_at=NOW,
        promised_by=budi.staff,
        draw_at=NOW,
    )
    file = (f"NIK;Hasil\n{rows.nik(1)};lolos".encode(), "pusat.csv")
    assert "Gelombang ini diundi" in page.submit("Periksa berkas", berkas=file, status=409).main
    assert ResultPreview.select().count() == 0


def test_the_day_of_a_result_is_kept_and_shown(signed: Signed, closed: Wave) -> None:
    one, other = rows.many(2, closed)
    budi = signed("verifier")
    lines = (f"{rows.nik(1)};;lolos;20/11/2026", f"{rows.nik(2)};;tidak lolos;")
    _upload(budi, *lines).submit("Pakai berkas ini")
    assert {row.application_id: row.dated for row in Result.select()} == {one.id: "2026-11-20", other.id: ""}
    assert "Tanggal di berkas: 20 November 2026" in budi.visitor.open(f"/petugas/pendaftar/{one.id}").main
    assert "Tanggal di berkas" not in budi.visitor.open(f"/petugas/pendaftar/{other.id}").main
    page = _upload(budi, *lines)  # the same file again
    assert "Berkas ini tidak mengubah apa pun." in page.main
    page = _upload(budi, f"{rows.nik(1)};;lolos;21/11/2026", lines[1])
    assert "mengganti hasil lama 1" in page.main


def test_the_name_of_a_file_is_nowhere_in_clear(signed: Signed, closed: Wave) -> None:
    rows.many(1, closed)
    budi = signed("verifier")
    data = f"NIK;Hasil\n{rows.nik(1)};lolos".encode()
    page = budi.visitor.open("/petugas/gelombang/3/hasil")
    page = page.submit("Periksa berkas", berkas=(data, "hasil untuk Siti Marlina.csv"))
    assert "hasil untuk Siti Marlina.csv" in page.main  # whoever uploaded it knows it by that name
    assert "Marlina" not in str(everything())
    page = page.submit("Pakai berkas ini")
    assert "Marlina" not in page.main
    assert "Marlina" not in str(everything())


def test_of_two_who_press_publish_at_once_one_does(signed: Signed, closed: Wave) -> None:
    rows.many(2, closed)
    budi = signed("verifier")
    _upload(budi, f"{rows.nik(1)};;lolos;", f"{rows.nik(2)};;tidak lolos;").submit("Pakai berkas ini")
    people = [signed("manager", "hadi.satu"), signed("manager", "sari.dua")]
    pages = [person.visitor.open("/petugas/gelombang/3/umumkan") for person in people]

    def press(page: Page) -> int:
        data = page.form("Jadwalkan pengumuman").values | {"yakin": "y"}
        return int(page.visitor.ask("POST", page.path, data=data).status_code)

    assert sorted(together(*(lambda page=page: press(page) for page in pages))) == [303, 409]
    assert AuditLine.select().where(AuditLine.verb == "wave.publish").count() == 1
    assert Wave.get().publish_by in ("hadi.satu", "sari.dua")
