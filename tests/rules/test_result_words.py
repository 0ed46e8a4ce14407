"""What headings and words of a result file mean."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import result_words
from app.rules.reasons import Reason
from app.rules.result_words import Columns, HeadingProblem
from app.rules.states import State


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Nomor Pendaftaran", "Hasil"], Columns(0, None, 1, None, None)),
        (["NO", "Nama", "NIK", "STATUS", "Alasan", "Urutan"], Columns(None, 2, 3, 4, 5, name=1)),
        (["NIK", "NAMA LENGKAP", "Hasil", "Tgl. Penetapan"], Columns(None, 0, 2, None, None, 1, 3)),
        (["NIK", "Hasil", "Tanggal", "Tanggal pengumuman", "Tanggal lahir"], Columns(None, 0, 1, None, None)),
        (["No. Pendaftaran", "Nomor Induk Kependudukan", "Hasil Seleksi"], Columns(0, 1, 2, None, None)),
        (["ticket", "result", "reason"], Columns(0, None, 1, 2, None)),
        (["  no.  KTP ", "Keputusan", "Cadangan ke-"], Columns(None, 0, 1, None, 2)),
    ],
)
def test_columns_are_told_by_their_headings(header: list[str], expected: Columns) -> None:
    assert result_words.columns(header) == expected


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["NIK", "Nama"], "kolom hasil"),
        (["Nama", "Hasil"], "kolom orangnya"),
        (["NIK", "Hasil", "Status"], '"Hasil" dan "Status" berarti sama'),
        (["NIK", "No KTP", "Hasil"], "berarti sama"),
        (["NIK", "Nama", "Nama lengkap", "Hasil"], "berarti sama"),
        ([], "kolom hasil"),
    ],
)
def test_headings_that_do_not_tell_are_refused(header: list[str], words: str) -> None:
    with pytest.raises(HeadingProblem) as problem:
        result_words.columns(header)
    assert words in problem.value.words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Terpilih", (State.SELECTED, None)),
        ("LOLOS", (State.SELECTED, None)),
        (" lulus ", (State.SELECTED, None)),
        ("tidak  terpilih", (State.NOT_SELECTED, None)),
        ("Tidak Lolos", (State.NOT_SELECTED, None)),
        ("GAGAL", (State.NOT_SELECTED, None)),
        ("belum terpilih", (State.NOT_SELECTED, None)),
        ("cadangan", (State.RESERVE, None)),
        ("Cadangan 12", (State.RESERVE, 12)),
        ("cadangan no. 3", (State.RESERVE, 3)),
        ("cadangan ke-4", (State.RESERVE, 4)),
        ("terpilih 3", None),
        ("tidak", None),
        ("ya", None),
        ("mungkin terpilih", None),
        ("", None),
    ],
)
def test_an_outcome_is_told_by_its_word(text: str, expected: tuple[State, int | None] | None) -> None:
    assert result_words.outcome(text) == expected


@given(st.text(max_size=60))
def test_no_outcome_is_guessed(text: str) -> None:
    """Whatever is not exactly a known word means nothing: a wrong "selected" is worse than a question."""
    read = result_words.outcome(text)
    if read is not None:
        assert result_words.outcome(f"{text} atau tidak") is None


@pytest.mark.parametrize(
    ("text", "state", "expected"),
    [
        ("", State.NOT_SELECTED, Reason.CENTRAL_RESULT),
        ("Kuota penuh", State.NOT_SELECTED, Reason.QUOTA_FULL),
        ("quota_full", State.NOT_SELECTED, Reason.QUOTA_FULL),
        ("Tidak lolos karena kuota terbatas", State.NOT_SELECTED, Reason.QUOTA_FULL),
        ("penerima bansos", State.NOT_SELECTED, Reason.OTHER_AID),
        ("sudah pernah menerima", State.NOT_SELECTED, Reason.PAST_RECIPIENT),
        ("entahlah", State.NOT_SELECTED, None),
        ("entahlah", State.SELECTED, Reason.CENTRAL_RESULT),
    ],
)
def test_a_reason_is_known_or_asked_for(text: str, state: State, expected: Reason | None) -> None:
    assert result_words.reason(text, state) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        (" 12 ", 12),
        ("12.", 12),
        ("0", "x"),
        ("-1", "x"),
        ("dua", "x"),
        ("9999999", "x"),
        ("１２", "x"),
    ],
)
def test_a_position_is_a_number_from_one(text: str, expected: object) -> None:
    if expected == "x":
        with pytest.raises(ValueError):
            result_words.position(text)
    else:
        assert result_words.position(text) == expected


def test_only_a_no_offers_reasons() -> None:
    assert result_words.reasons_for(State.SELECTED) == (Reason.CENTRAL_RESULT,)
    assert Reason.QUOTA_FULL in result_words.reasons_for(State.NOT_SELECTED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("  ", None),
        ("2026-12-04", date(2026, 12, 4)),
        ("2026-12-04 13:30:00", date(2026, 12, 4)),
        ("2026-12-04T13:30:00", date(2026, 12, 4)),
        ("4/12/2026", date(2026, 12, 4)),
        ("04-12-2026", date(2026, 12, 4)),
        ("4 Des 2026", date(2026, 12, 4)),
        ("4 Desember 2026", date(2026, 12, 4)),
        ("17 AGUSTUS 2026 10:00", date(2026, 8, 17)),
    ],
)
def test_days_as_files_write_them(text: str, expected: date | None) -> None:
    assert result_words.day(text) == expected


@pytest.mark.parametrize(
    "text", ["kemarin", "31-02-2026", "12/13/2026", "4-12-26", "2026-13-01", "4 Xyz 2026", "46346"]
)
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ValueError):
        result_words.day(text)


@given(st.text(max_size=30))
def test_any_cell_is_a_day_or_none_or_refused(text: str) -> None:
    try:
        found = result_words.day(text)
    except ValueError:
        return
    assert found is None or isinstance(found, date)
