"""What a notice says in the words that its person chose; whatever is missing here is said in plain Indonesian.

A text is found by language and by the kind of the notice. Its places ({by}, {task}, ...) are filled with the values
that the writing service gives; when one is missing the Indonesian text stands. Titles are shown on lock screens, so the
rule of every title holds for these too: they never tell a result. Why Javanese is not among the languages yet, and
what it takes: docs/decisions/0035-preferences.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HOUSE = "id"
"""The house language: every notice has its text in it."""
EASY = "id-mudah"

LANGUAGES: dict[str, tuple[str, str]] = {
    HOUSE: ("Bahasa Indonesia", "Seperti di halaman ini."),
    EASY: ("Bahasa Indonesia yang lebih sederhana", "Kalimat lebih pendek, satu langkah satu kalimat."),
}
"""What can be chosen: code to (name, what it is like)."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in one language; an empty part is said in Indonesian."""

    title: str = ""
    body: str = ""


TEXTS: dict[str, dict[str, Text]] = {
    EASY: {
        "result": Text(
            body="Hasilnya ada di halaman Status. Buka halaman itu. Langkah berikutnya juga ada di sana."
        ),
        "deadline": Text(
            body="Tugas Anda: {task}. Hari terakhir: {by}. {left} {missed} Bingung? Buka halaman Bantuan. "
            "Petugas bisa menelepon Anda."
        ),
        "moved": Text(
            body="Hari terakhir tugas Anda berubah. Tugasnya: {task}. Hari terakhir sekarang: {by}. "
            "Simpan tanggal itu di kalender HP Anda."
        ),
        "offer": Text(
            body="Ada satu tempat kosong untuk Anda. Masih mau? Jawab sebelum {until}. "
            "Buka halaman Status, lalu pilih jawabannya. Kalau Anda tidak menjawab, tempat itu untuk orang lain."
        ),
        "offer_over": Text(
            body="Anda tidak menjawab, jadi tempat itu untuk orang lain. Anda masih bisa ikut gelombang "
            "berikutnya. Tidak perlu mengisi dari awal."
        ),
        "frozen": Text(
            body="Daftar peserta sudah tetap. Tidak bisa diubah lagi. Nomor undian Anda di baris {line}. "
            "Semuanya ada {count} baris. Simpan sidik daftar ini: {digest}. "
            "Kalau daftarnya diganti, sidiknya berubah."
        ),
        "objection": Text(body="Kami sudah menjawab keberatan Anda. Baca jawabannya di halaman Keberatan."),
        "reversal": Text(
            body="Tempat Anda kami cabut. Sebabnya: {reason} Menurut Anda keliru? Tulis keberatan sampai {until}. "
            "Sebelum itu, tempat Anda tidak diberikan ke orang lain."
        ),
    }
}
"""{language: {kind: text}}. The house language has no entry: its texts stand in the services that write them."""


def said(language: str, kind: str, title: str, body: str, values: Mapping[str, str]) -> tuple[str, str]:
    """(title, body) in a language, each falling back to the Indonesian `title` and `body`."""
    text = TEXTS.get(language, {}).get(kind)
    if text is None:
        return title, body
    return _filled(text.title, values) or title, _filled(text.body, values) or body


def _filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its values; empty when one of them is missing."""
    try:
        return text.format_map(values)
    except KeyError:
        return ""
