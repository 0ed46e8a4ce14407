"""A registration as a person types it, page by page: what most tests begin with."""

from __future__ import annotations

from typing import Any

from tests.pages import Page, Visitor

PIN = "482913"

#: What Siti types. The order of the pages is the product's business; the walk only answers what it is asked.
SITI: dict[str, dict[str, Any]] = {
    "syarat": {"umur": "ya", "sekolah": "tidak", "jabatan": "tidak", "kk2": "tahu"},
    "persetujuan": {"wa": True},
    "identitas": {
        "nama": "Siti Marlina",
        "nik": "359901 570488 0003",
        "kk": "359901 120715 0021",
        "lahir": "17",
        "lahir-b": "4",
        "lahir-t": "1988",
        "jk": "p",
    },
    "periksa-nik": {"cek": "sama"},
    "pin": {"pin": PIN, "pin2": PIN},
    "kecamatan": {"kecamatan": "35.08.15"},
    "desa": {"desa": "35.08.15.2001"},
    "alamat": {"jalan": "Dusun Krajan, dekat masjid", "rt": "03", "rw": "05"},
    "kontak": {"hp": "0812-3456-7713", "wa": "ya", "punya": "belum"},
    "pekerjaan": {"kerja": "phk"},
    "phk": {"perusahaan": "PT Benang Elok", "bulan": "2026-03"},
    "pendidikan": {"sekolah": "smp"},
    "minat": {"bidang": ["jahit", "boga"], "cara": "tatap"},
}


def changed(**steps: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Siti's answers with other values on some pages: changed(identitas={"nik": ...})."""
    return {slug: answers | steps.get(slug.replace("-", "_"), {}) for slug, answers in SITI.items()}


def slug_of(page: Page) -> str:
    """Which question a page asks."""
    return page.path.rstrip("/").rsplit("/", 1)[-1]


def until(visitor: Visitor, stop: str, answers: dict[str, dict[str, Any]] = SITI) -> Page:
    """Answer every page until the one called `stop` is shown (a step, or "periksa")."""
    page = visitor.open("/daftar/")
    for _ in range(len(answers) + 1):
        slug = slug_of(page)
        if slug == stop:
            return page
        page = page.submit("Simpan PIN" if slug == "pin" else "Lanjut", answers[slug])
    raise AssertionError(f"{stop} was never shown; the walk ended at {page.path}")


def register(visitor: Visitor, answers: dict[str, dict[str, Any]] = SITI) -> Page:
    """The whole way to the receipt."""
    return until(visitor, "periksa", answers).submit("Kirim pendaftaran", benar=True)


def after_pin(page: Page, status: int | None = None) -> Page:
    """The page asked for the PIN before going on: give it."""
    assert page.h1 == "Ketik PIN sekali lagi", page.h1
    return page.submit("Lanjut", pin_lagi=PIN, status=status)
