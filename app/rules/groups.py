"""Groups that may own seats in a draw: who says to belong to one, what shows it, and what people are told. Pure.

A label doubles somebody's chance where few have it (reference/security.md, D9): it counts only after two people of the
office have seen a paper, and its owner reads at every moment where that stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.rules.terms import Options

OF_WORK: dict[str, str] = {"phk": "phk", "dirumahkan": "rumah", "pmi": "pmi", "usaha": "umi"}
"""Which group an answer to the question about work makes somebody say to belong to."""

NAMES: dict[str, str] = {
    "phk": "PHK",
    "rumah": "dirumahkan",
    "pmi": "pulang dari luar negeri",
    "umi": "usaha kecil",
}

_OTHER = ("lain", "Surat lain yang sah")
PAPERS: dict[str, Options] = {
    "phk": (
        ("surat", "Surat PHK dari perusahaan"),
        ("jkp", "Bukti klaim JKP dari BPJS Ketenagakerjaan"),
        ("paklaring", "Surat keterangan berhenti kerja"),
        ("risalah", "Risalah mediasi atau putusan"),
        _OTHER,
    ),
    "rumah": (("surat", "Surat dirumahkan dari perusahaan"), _OTHER),
    "pmi": (
        ("paspor", "Paspor dengan cap pulang"),
        ("kontrak", "Kontrak kerja di luar negeri"),
        ("bp3mi", "Surat dari BP3MI atau perwakilan RI"),
        _OTHER,
    ),
    "umi": (("nib", "NIB"), ("sku", "Surat keterangan usaha dari desa"), _OTHER),
}
"""What an officer may have seen. Only its name is kept, never a copy (design section 8)."""

BRING: dict[str, str] = {
    "phk": "surat PHK",
    "rumah": "surat dari perusahaan",
    "pmi": "paspor atau kontrak kerja",
    "umi": "NIB atau surat usaha dari desa",
}

REFUSALS: Options = (
    ("nama", "Nama di surat berbeda"),
    ("lama", "Suratnya sudah terlalu lama"),
    ("isi", "Isi suratnya bukan tentang ini"),
    ("ragu", "Keaslian surat belum jelas"),
)


class Standing(StrEnum):
    """How far a claim has come. Stored in GroupClaim.state."""

    CLAIMED = "claimed"
    SEEN = "seen"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


LABELS: dict[Standing, str] = {
    Standing.CLAIMED: "Belum dilihat",
    Standing.SEEN: "Menunggu petugas kedua",
    Standing.CONFIRMED: "Sudah diperiksa",
    Standing.REFUSED: "Tidak diterima",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What the owner of a claim reads: a `title` with where it stands, a `text` with what to do now."""

    title: str
    text: str


def words(group: str, standing: Standing, *, locked: bool, why: str = "") -> Words:
    """For the applicant. `locked`: the list is frozen and nothing changes any more; `why`: words of a refusal."""
    name = NAMES[group]
    if standing is Standing.CONFIRMED:
        return Words(f"Bukti {name}: sudah diperiksa.", "Anda ikut tempat khusus untuk kelompok ini.")
    if locked:
        return Words(
            f"Bukti {name}: tidak ikut dihitung.", "Daftar sudah dikunci. Anda tetap ikut tempat umum."
        )
    if standing is Standing.SEEN:
        return Words(
            f"Bukti {name}: sudah dilihat.", "Petugas kedua akan memeriksa. Anda tidak perlu apa-apa."
        )
    if standing is Standing.REFUSED:
        because = f"{why}. " if why else ""
        return Words(
            f"Bukti {name}: belum diterima.",
            f"{because}Punya surat lain? Bawa ke posko. Tanpa itu Anda tetap ikut tempat umum.",
        )
    return Words(
        f"Bukti {name}: belum diperiksa.",
        f"Bawa {BRING[group]} ke posko. Tanpa itu Anda tetap ikut tempat umum.",
    )
