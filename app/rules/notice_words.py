"""What may be said to anybody about a kind of notice: its name, and a body that is the same for everybody.

The title of a notice stands on lock screens and is chosen so that it tells nothing; its body is its owner's alone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KindWords:
    """`label` names the kind, `body` is the public text in place of the personal one."""

    label: str
    body: str


LOCK_SCREEN = "Ketuk untuk melihat."
"""Shown on the lock screen below every title."""

MAIL = (
    "Buka {inbox}, masuk dengan NIK dan PIN, lalu baca kabarnya.",
    "Kode pesan {code}. Siapa saja bisa mengeceknya: {check}",
    "Kami tidak pernah meminta PIN, kode, atau uang lewat email.",
    "Tidak mau email seperti ini lagi? Buka {stop}",
)
"""The lines of a mail after its title; whoever pastes one into /cek finds them known."""

SMS_TITLE = "Ada kabar untuk Anda di Gelombang"
"""Said instead of a title that does not fit into an SMS."""
SMS = ("Lihat {check} lalu Masuk.", "Kami tidak pernah minta PIN, kode, atau uang.")
"""The sentences of an SMS after its title."""

SMS_WORDS = tuple(line.format(check="") for line in SMS)
MAIL_WORDS = tuple(line.format(inbox="", code="", check="", stop="") for line in MAIL)

_FOR_OWNER = "Isinya hanya untuk pemiliknya, di halaman Kabar setelah masuk."

KINDS: dict[str, KindWords] = {
    "received": KindWords("Bukti pendaftaran", f"Pendaftaran sudah kami terima. {_FOR_OWNER}"),
    "joined": KindWords("Ikut gelombang", f"Pendaftaran ikut gelombang. {_FOR_OWNER}"),
    "withdrawn": KindWords("Pendaftaran ditarik", f"Pendaftaran ditarik. {_FOR_OWNER}"),
    "fix": KindWords("Data perlu dilihat", f"Ada kabar tentang data pendaftaran. {_FOR_OWNER}"),
    "frozen": KindWords("Daftar dikunci", f"Daftar peserta gelombang sudah dikunci. {_FOR_OWNER}"),
    "result": KindWords("Hasil gelombang", f"Hasil gelombang sudah keluar. {_FOR_OWNER}"),
    "offer": KindWords("Tawaran tempat", f"Ada yang perlu dijawab. {_FOR_OWNER}"),
    "offer_over": KindWords("Tawaran tempat", f"Waktu menjawab sudah lewat. {_FOR_OWNER}"),
    "late": KindWords("Hasil susulan", f"Ada kabar tentang hasil. {_FOR_OWNER}"),
    "ended": KindWords("Gelombang berakhir", f"Gelombang sudah berakhir. {_FOR_OWNER}"),
    "reversal": KindWords("Keputusan", f"Ada keputusan tentang pendaftaran. {_FOR_OWNER}"),
    "objection": KindWords("Keberatan", f"Ada kabar tentang keberatan. {_FOR_OWNER}"),
    "group": KindWords("Bukti", f"Ada kabar tentang bukti. {_FOR_OWNER}"),
    "deadline": KindWords("Batas waktu", f"Ada batas waktu yang perlu diingat. {_FOR_OWNER}"),
    "moved": KindWords("Batas waktu", f"Ada batas waktu yang diubah. {_FOR_OWNER}"),
    "broadcast": KindWords("Siaran kantor", "Kabar dari kantor untuk banyak orang."),
    "security": KindWords("Keamanan akun", f"Ada kabar tentang keamanan akun. {_FOR_OWNER}"),
    "test": KindWords("Kabar percobaan", "Kabar ini diminta pemilik HP sendiri, untuk mencoba."),
}

_OTHER = KindWords("Kabar", _FOR_OWNER)


def of(kind: str) -> KindWords:
    """The words for a kind of notice; general ones for a kind that is not in the table."""
    return KINDS.get(kind, _OTHER)
