"""What the rows of a result file mean: which column is which, and which word is which outcome.

Files come from the central programme and from people, so headings and outcomes are told by words, never by position.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.rules.reasons import RESULT_REASONS, WORDS, Reason
from app.rules.states import State

OUTCOMES = (State.SELECTED, State.RESERVE, State.NOT_SELECTED)

_HEADINGS: dict[str, tuple[str, ...]] = {
    "ticket": (
        *("nomor pendaftaran", "no pendaftaran", "nopendaftaran", "kode pendaftaran", "nomor registrasi"),
        *("no registrasi", "tiket", "nomor tiket", "ticket"),
    ),
    "nik": (
        *("nik", "nomor nik", "no nik", "nomor induk kependudukan", "no induk kependudukan", "nomor induk"),
        *("no ktp", "nomor ktp", "nik ktp", "nik peserta", "nik pendaftar"),
    ),
    "outcome": (
        *(
            "hasil",
            "hasil seleksi",
            "hasil akhir",
            "status",
            "status seleksi",
            "status kelulusan",
            "status hasil",
        ),
        *("keputusan", "result", "outcome"),
    ),
    "name": (
        *("nama", "nama lengkap", "nama peserta", "nama pendaftar", "nama penerima", "nama sesuai ktp"),
        *("nama ktp", "name"),
    ),
    "date": (
        *("tanggal", "tgl", "tanggal hasil", "tgl hasil", "tanggal seleksi", "tanggal penetapan"),
        *("tgl penetapan", "tanggal keputusan", "tanggal pengumuman", "tgl pengumuman", "date"),
    ),
    "reason": ("alasan", "alasan hasil", "sebab", "keterangan", "catatan", "reason"),
    "position": (
        *("urutan", "nomor urut cadangan", "nomor cadangan", "no cadangan", "cadangan ke", "urutan cadangan"),
        *("peringkat", "rank", "position"),
    ),
}

_SELECTED = {"terpilih", "lolos", "lulus", "diterima", "lolos seleksi", "selected", "terpilih program"}
_RESERVE = {"cadangan", "daftar cadangan", "reserve", "waiting list", "daftar tunggu"}
_NOT_SELECTED = {
    *(
        "tidak terpilih",
        "belum terpilih",
        "tidak lolos",
        "belum lolos",
        "tidak lulus",
        "belum lulus",
        "gagal",
    ),
    *("tidak diterima", "ditolak", "tidak lolos seleksi", "not selected", "not_selected"),
}
_POSITION = re.compile(r"(.*?)(?: (?:no|nomor|ke))? (\d{1,6})")

#: A reason that a file tells in other words; the first that is found in the text counts.
_REASON_SIGNS: tuple[tuple[str, Reason], ...] = (
    ("kuota", Reason.QUOTA_FULL),
    ("penuh", Reason.QUOTA_FULL),
    ("pernah", Reason.PAST_RECIPIENT),
    ("bansos", Reason.OTHER_AID),
    ("bantuan", Reason.OTHER_AID),
    ("satu kk", Reason.FAMILY_LIMIT),
    ("keluarga", Reason.FAMILY_LIMIT),
    ("asn", Reason.BARRED_GROUP),
    ("tni", Reason.BARRED_GROUP),
    ("polri", Reason.BARRED_GROUP),
    ("dikecualikan", Reason.BARRED_GROUP),
    ("luar daerah", Reason.OUTSIDE_AREA),
    ("luar wilayah", Reason.OUTSIDE_AREA),
    ("lengkap", Reason.DATA_INCOMPLETE),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of the columns (from 0), None where there is no such column."""

    ticket: int | None
    nik: int | None
    outcome: int
    reason: int | None
    position: int | None
    name: int | None = None
    date: int | None = None


class HeadingProblem(ValueError):
    """The headings do not tell what is needed; `words` says what to write."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def _plain(text: str) -> str:
    """Lower case, signs become single spaces: how headings and outcomes are compared."""
    return " ".join(re.sub(r"[^0-9a-z_]+", " ", text.casefold()).split())


def columns(header: Sequence[str]) -> Columns:
    """Which column is which, told by the headings. Raises HeadingProblem."""
    plain = [_plain(heading) for heading in header]
    found: dict[str, int] = {}
    for meaning, headings in _HEADINGS.items():
        places = [place for place, heading in enumerate(plain) if heading in headings]
        if len(places) > 1 and meaning == "date":
            continue  # several dates in a list are usual, and none of them is needed
        if len(places) > 1:
            twice = " dan ".join(f'"{header[place]}"' for place in places[:2])
            raise HeadingProblem(f"Kolom {twice} berarti sama. Sisakan satu saja.")
        if places:
            found[meaning] = places[0]
    if "outcome" not in found:
        raise HeadingProblem(
            'Tidak ada kolom hasil. Beri judul "Hasil" pada kolom yang berisi terpilih atau tidak terpilih.'
        )
    if "ticket" not in found and "nik" not in found:
        raise HeadingProblem('Tidak ada kolom orangnya. Beri judul "Nomor pendaftaran" atau "NIK".')
    rest = {name: found.get(name) for name in ("ticket", "nik", "reason", "position", "name", "date")}
    return Columns(outcome=found["outcome"], **rest)


def outcome(text: str) -> tuple[State, int | None] | None:
    """What a cell of the outcome column means, with the number of a reserve ("cadangan 12"); None when unclear."""
    plain = _plain(text)
    numbered = _POSITION.fullmatch(plain)
    if numbered and numbered[1] in _RESERVE:
        return State.RESERVE, int(numbered[2])
    for words, state in (
        (_NOT_SELECTED, State.NOT_SELECTED),
        (_RESERVE, State.RESERVE),
        (_SELECTED, State.SELECTED),
    ):
        if plain in words:
            return state, None
    return None


def reason(text: str, state: State) -> Reason | None:
    """The reason that a cell tells, the central result where it is empty; None when it is none that we know."""
    plain = _plain(text)
    if not plain or state is not State.NOT_SELECTED:
        return Reason.CENTRAL_RESULT
    for known in RESULT_REASONS:
        if plain in (_plain(WORDS[known].label), known.value):
            return known
    return next((known for sign, known in _REASON_SIGNS if sign in plain), None)


def position(text: str) -> int | None:
    """A number on the reserve list from its cell; None when it is empty. ValueError when it is no such number."""
    if not text.strip():
        return None
    digits = text.strip().removesuffix(".")
    if not (digits.isascii() and digits.isdigit() and 1 <= int(digits[:7]) <= 999_999):
        raise ValueError(text)
    return int(digits)


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan", "feb", "mar", "apr", "mei may", "jun", "jul", "agu ags agt aug", "sep"),
            *("okt oct", "nov nop", "des dec"),
        ),
        1,
    )
    for name in names.split()
}
_DATE_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ t].*)?")
_DATE_WRITTEN = re.compile(r"(\d{1,2})[-/. ]+(\d{1,2}|[a-z]{3,9})[-/. ]+(\d{4})(?: .*)?")


def day(text: str) -> date | None:
    """The date of a result from its cell; None when it is empty. ValueError when it is none.

    As XLSX gives it (2026-12-04) or as people write it: 4/12/2026, 4-12-2026, 4 Des 2026. Never month first.
    """
    plain = text.strip().casefold()
    if not plain:
        return None
    if found := _DATE_ISO.fullmatch(plain):
        return date(int(found[1]), int(found[2]), int(found[3]))
    found = _DATE_WRITTEN.fullmatch(plain)
    month = (_MONTHS.get(found[2][:3]) or (int(found[2]) if found[2].isdigit() else 0)) if found else 0
    if not found or not month:
        raise ValueError(text)
    return date(int(found[3]), month, int(found[1]))


def reasons_for(state: State) -> tuple[Reason, ...]:
    """The reasons that staff may choose for an outcome."""
    if state is State.NOT_SELECTED:
        return tuple(known for known in RESULT_REASONS if known is not Reason.RESULT_CORRECTED)
    return (Reason.CENTRAL_RESULT,)
