"""Who can take part: the programme's own bars, and which rule each rests on.

The rules are those of the central programme. This office only reads them out before it asks for personal data; the
answers are the person's word and are not checked against any register.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

Answer = Literal["ya", "tidak", "tahu"]
"""Yes, no, "saya tidak tahu"."""

YOUNGEST, OLDEST = 18, 64
"""Whole years, both included (Perpres 113/2022 and Permenko 17/2022; 18 already in Perpres 36/2020 Pasal 3)."""

BARRED_OFFICES: tuple[str, ...] = (
    "Pejabat negara",
    "anggota DPR atau DPRD",
    "ASN (PNS atau PPPK)",
    "TNI",
    "Polri",
    "kepala desa atau perangkat desa",
    "direksi atau pengawas BUMN atau BUMD",
)
"""Perpres 76/2020 Pasal 3 ayat (5), in the words of the page, which lists them in one sentence."""


class Bar(StrEnum):
    """Why somebody cannot take part."""

    AGE = "age"
    IN_SCHOOL = "in_school"
    BARRED_OFFICE = "barred_office"
    FAMILY_FULL = "family_full"
    OUTSIDE_AREA = "outside_area"


@dataclass(frozen=True, slots=True)
class StopWords:
    """What a stop page says. `answered` follows "Anda menjawab:" (or what else told us); `remedy_title` heads `remedy`."""

    title: str
    rule: str
    source: str
    remedy: str
    answered: str
    remedy_title: str


@dataclass(frozen=True, slots=True)
class Claims:
    """The answers of the eligibility page, as typed. None is a question not answered yet and bars nobody."""

    in_age_range: Answer | None = None
    in_school: Answer | None = None
    barred_office: Answer | None = None
    family_full: Answer | None = None


def bars(answers: Claims) -> tuple[Bar, ...]:
    """Every bar that the answers raise, in the order of the questions. Not knowing is not a bar."""
    raised = (
        (Bar.AGE, answers.in_age_range == "tidak"),
        (Bar.IN_SCHOOL, answers.in_school == "ya"),
        (Bar.BARRED_OFFICE, answers.barred_office == "ya"),
        (Bar.FAMILY_FULL, answers.family_full == "ya"),
    )
    return tuple(bar for bar, is_raised in raised if is_raised)


def age_on(birth_date: date, day: date) -> int:
    """Whole years of age on `day`; negative for a day before birth.

    Somebody born on 29 February becomes a year older on 1 March in a year without that day: only then has a whole
    year passed.
    """
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def age_bar(birth_date: date, on: date) -> Bar | None:
    """Bar.AGE when the person is younger than 18 or older than 64 on that day."""
    return None if YOUNGEST <= age_on(birth_date, on) <= OLDEST else Bar.AGE


_TITLE = "Maaf, Anda belum bisa ikut gelombang ini"

WORDS: dict[Bar, StopWords] = {
    Bar.AGE: StopWords(
        title=_TITLE,
        answered="umur bukan 18 sampai 64 tahun.",
        rule="Program ini untuk orang berumur 18 sampai 64 tahun.",
        source="Perpres 36 Tahun 2020 jo. Perpres 113 Tahun 2022, Pasal 3",
        remedy_title="Sebentar lagi 18 tahun?",
        remedy="Anda bisa mendaftar mulai hari ulang tahun ke-18. Lewat 64 tahun? Tanya posko tentang pelatihan lain.",
    ),
    Bar.IN_SCHOOL: StopWords(
        title=_TITLE,
        answered="masih sekolah atau kuliah.",
        rule="Program ini untuk orang yang tidak sedang sekolah atau kuliah.",
        source="Perpres 76 Tahun 2020, Pasal 3",
        remedy_title="Sudah lulus atau berhenti?",
        remedy="Ada yang sudah berhenti, tapi masih tercatat sebagai pelajar. Mintalah sekolah atau kampus memperbarui "
        "data. Setelah itu Anda bisa mendaftar.",
    ),
    Bar.BARRED_OFFICE: StopWords(
        title=_TITLE,
        answered="memegang salah satu jabatan di daftar.",
        rule="Program ini bukan untuk pejabat negara, anggota DPR atau DPRD, ASN, TNI, Polri, kepala desa atau perangkat "
        "desa, dan direksi atau pengawas BUMN atau BUMD.",
        source="Perpres 76 Tahun 2020, Pasal 3 ayat (5)",
        remedy_title="Sudah tidak menjabat?",
        remedy="Anda bisa mendaftar setelah jabatan itu selesai. Siapkan surat berhenti atau surat purnatugas.",
    ),
    Bar.FAMILY_FULL: StopWords(
        title=_TITLE,
        answered="di KK saya sudah ada 2 penerima.",
        rule="Dari satu KK, paling banyak 2 orang bisa menerima bantuan ini.",
        source="Syarat pendaftaran Program Kartu Prakerja, 2021 sampai 2024",
        remedy_title="KK Anda sudah baru?",
        remedy="Kalau Anda menikah atau pindah dan punya KK baru, hitung lagi dari KK yang baru. Lalu Anda bisa mendaftar.",
    ),
    Bar.OUTSIDE_AREA: StopWords(
        title=_TITLE,
        answered="tinggal di luar daerah gelombang ini.",
        rule="Kantor ini melayani orang yang tinggal di daerahnya sendiri.",
        source="Aturan gelombang, diumumkan sebelum pendaftaran ditutup",
        remedy_title="Sudah pindah ke sini?",
        remedy="Isi alamat tempat tinggal Anda sekarang, bukan alamat di KTP. Masih di luar daerah? Tanya dinas "
        "tenaga kerja di tempat Anda.",
    ),
}
