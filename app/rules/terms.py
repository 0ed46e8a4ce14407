"""What the forms need to know of the world: handed in by the views, so that a form asks no database.

Also the codes and labels that the wizard offers. Codes are stored and never change; labels may.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

Options = tuple[tuple[str, str], ...]
"""(code, label) pairs in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Place:
    """A region: `code` by Kemendagri (35.08.01), `name`, `kind` (kabupaten, kota, kecamatan, kelurahan, desa)."""

    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The day, the zone (WIB, WITA, WIT) and the area of the office, and what it offers.

    `sms` says whether the office has an SMS gateway. `villages` takes the code of a district and gives its villages, or an empty tuple for a code it does not know.
    """

    today: date
    zone: str
    area_name: str
    districts: tuple[Place, ...]
    villages: Callable[[str], tuple[Place, ...]]
    training_fields: Options
    sms: bool = False


WORK: Options = (
    ("cari", "Sedang cari kerja"),
    ("phk", "Kena PHK"),
    ("dirumahkan", "Dirumahkan"),
    ("pmi", "Pulang dari kerja di luar negeri"),
    ("usaha", "Punya usaha kecil"),
    ("karyawan", "Masih bekerja dan butuh keahlian"),
)

WORK_NOTES: dict[str, str] = {"dirumahkan": "Masih terdaftar di perusahaan, tapi tidak bekerja."}

WORK_WITH_EMPLOYER: tuple[str, ...] = ("phk", "dirumahkan")
"""Whoever chose one of these is asked for the employer and the month."""

EDUCATION: Options = (
    ("tidak", "Tidak tamat SD"),
    ("sd", "SD atau Paket A"),
    ("smp", "SMP atau Paket B"),
    ("sma", "SMA atau Paket C"),
    ("smk", "SMK"),
    ("d1", "D1 sampai D3"),
    ("s1", "D4 atau S1"),
    ("s2", "S2 atau S3"),
)

TRAINING_FIELDS: Options = (
    ("komputer", "Komputer dan kantor"),
    ("jualan", "Jualan dan jualan online"),
    ("usaha", "Memulai dan mengatur usaha"),
    ("boga", "Memasak dan membuat kue"),
    ("jahit", "Menjahit dan busana"),
    ("rias", "Rambut dan rias wajah"),
    ("bengkel", "Bengkel motor dan mobil"),
    ("listrik", "Listrik, AC, dan servis HP"),
    ("bangunan", "Bangunan, las, dan kayu"),
    ("tani", "Tani, ternak, dan ikan"),
    ("layanan", "Hotel, wisata, dan layanan"),
    ("rawat", "Merawat anak dan lansia"),
    ("bahasa", "Bahasa asing"),
    ("desain", "Desain, foto, dan video"),
)
"""Offered where the office has not named its own."""

DISABILITY: Options = (
    ("tidak", "Tidak"),
    ("lihat", "Sulit melihat"),
    ("dengar", "Sulit mendengar"),
    ("bicara", "Sulit bicara"),
    ("gerak", "Sulit berjalan atau memakai tangan"),
    ("pikir", "Sulit mengingat, belajar, atau tenang"),
    ("lain", "Yang lain"),
    ("rahasia", "Tidak mau menjawab"),
)
"""Groups of UU 8/2016 Pasal 4 in plain words. Always optional; never leaves the person's record."""

MODES: Options = (
    ("online", "Online, lewat HP"),
    ("tatap", "Tatap muka, di kelas"),
    ("dua", "Dua-duanya boleh"),
)


def label(options: Options, code: str) -> str:
    """The label of a code; the code itself when it is no longer offered, so that an old record stays readable."""
    return dict(options).get(code, code)
