"""Made-up applicants for the example office: believable names, and numbers that belong to nobody.

Phone numbers have the block 0000 after the operator's prefix. NIK and KK numbers end in a serial that no card reaches: it
counts the people of one day, sex and district (families of one day and district), who are never that many.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from app.rules import nik
from app.rules.terms import EDUCATION, MODES, TRAINING_FIELDS, WORK
from app.services import regions

T = TypeVar("T")
NOBODYS = 9000
"""Serials from here on belong to nobody; real ones begin at 0001 and stay far below."""
Answers = dict[str, dict[str, Any]]

WOMEN = (
    "Siti Sri Dewi Rina Yuliana Nur Endang Ratna Wulan Fitri Lestari Ani "
    "Maria Kartini Suminah Halimah Indah Puji Tutik Winarsih Mulyani Aisyah Rukmini Eka"
)
MEN = (
    "Agus Budi Slamet Ahmad Joko Muhammad Hendra Eko Suparman Wahyu Bambang Dimas "
    "Sutrisno Komarudin Yusuf Andi Rudi Teguh Imam Sugeng Fajar Dwi Kasiyanto Anton"
)
SECOND = (
    "Marlina Rahayu Santoso Wijaya Hidayat Setiawan Astuti Utami Susanto Fauzi Anggraini "
    "Prasetyo Kurniawan Handayani Maulana Saputra Wahyuni Purnomo Hasanah Firmansyah Suryani Nugroho "
    "Permata Yulianto Safitri Ramadhan Kusuma Widodo Aminah Pratiwi Hariyanto"
)
EMPLOYERS = ("PT Benang Elok", "Toko Sinar Jaya", "CV Kayu Lestari", "Pabrik Gula Candi", "Hotel Semeru Asri")
STREETS = (
    "Dusun Krajan",
    "Jl. Kenanga",
    "Jl. Melati",
    "Dusun Sumberejo",
    "Gang Mangga",
    "Jl. Semeru",
    "Dusun Kebonan",
)


def pick(options: Sequence[T]) -> T:
    """One of them, each as likely."""
    return secrets.choice(options)


def answers(area: str, today: date) -> Answers:
    """What a made-up person would have answered on every page, in the form in which the wizard stores it."""
    sex: nik.Sex = "p" if secrets.randbelow(3) else "l"
    born = today - timedelta(days=19 * 365 + secrets.randbelow(38 * 365))
    district = pick(regions.districts(area))
    work = pick(tuple(code for code, _ in WORK))
    card = f"{area.replace('.', '')}{district.code[-2:]}"
    given: Answers = _person(sex, born, card) | {
        "kecamatan": {"kecamatan": district.code},
        "desa": {"desa": pick(regions.villages(district.code)).code},
        "alamat": {
            "jalan": f"{pick(STREETS)} {secrets.randbelow(80) + 1}",
            "rt": f"{secrets.randbelow(9) + 1:02}",
            "rw": "",
        },
        "kontak": {
            "hp": f"+628120000{secrets.randbelow(10_000):04}",
            "wa": "ya",
            "punya": "belum",
            "email": "",
        },
        "pekerjaan": {"kerja": work},
        "pendidikan": {"sekolah": pick(EDUCATION)[0], "hambatan": None, "perlu": ""},
        "minat": {"bidang": [pick(TRAINING_FIELDS)[0]], "cara": pick(MODES)[0]},
    }
    if work in ("phk", "dirumahkan"):
        given["phk"] = lost_job(today)
    return given


def lost_job(today: date) -> dict[str, str]:
    """Where and when: four months ago."""
    return {"perusahaan": pick(EMPLOYERS), "bulan": f"{today - timedelta(days=120):%Y-%m}"}


def _person(sex: nik.Sex, born: date, card: str) -> Answers:
    issued = f"{1 + secrets.randbelow(28):02}{1 + secrets.randbelow(12):02}15"
    return {
        "syarat": {"umur": "ya", "sekolah": "tidak", "jabatan": "tidak", "kk2": pick(("tidak", "tahu"))},
        "persetujuan": {"push": pick((True, False)), "wa": pick((True, False)), "lpk": pick((True, False))},
        "identitas": {
            "nama": f"{pick((WOMEN if sex == 'p' else MEN).split())} {pick(SECOND.split())}",
            "nik": f"{card}{nik.expected_middle(born, sex)}{_serial()}",
            "kk": f"{card}{issued}{_serial()}",
            "lahir": born.isoformat(),
            "jk": sex,
        },
        "pin": {"ada": True},
    }


def _serial() -> str:
    return str(NOBODYS + secrets.randbelow(10_000 - NOBODYS))


def with_odd_nik(given: Answers) -> Answers:
    """The same person with a NIK whose date does not fit: an old card, perhaps."""
    said = given["identitas"]
    other = nik.expected_middle(date.fromisoformat(said["lahir"]) + timedelta(days=31), said["jk"])
    odd = said | {"nik": said["nik"][:6] + other + said["nik"][12:]}
    return given | {"identitas": odd, "periksa-nik": {"cek": "sama"}}
