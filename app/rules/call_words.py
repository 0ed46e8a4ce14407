"""Why somebody is called, and what an officer says or writes then: no name, no number, no result, nothing personal.

The reason is the kind of the notice that was not opened, or `asked`. Whoever pastes the written words into /cek finds
them known (services/official.py).
"""

from __future__ import annotations

from dataclasses import dataclass

ASKED = "asked"
"""The reason of somebody who pressed "telepon saya"."""
OTHER = "other"
"""Any kind of notice that has no words of its own here."""

WHERE = "Buka {site}, masuk dengan NIK dan PIN, lalu baca halaman Kabar."
NEVER = "Kami tidak pernah meminta PIN, kode, atau uang."
WHEN = "Anda minta kami telepon. Kapan bisa kami telepon?"
CODE = "Kode pesan {code}. Bisa dicek di {check}"
"""Ends what is written about a notice, so that its reader need not believe it."""


@dataclass(frozen=True, slots=True)
class Words:
    """`label` is the reason in the list, `said` what is said about it after the greeting."""

    label: str
    said: str


REASONS: dict[str, Words] = {
    ASKED: Words("Minta ditelepon", "Anda minta kami telepon. Apa yang bisa kami bantu?"),
    "offer": Words("Tawaran belum dijawab", "Ada yang perlu Anda jawab, dan waktunya terbatas."),
    "deadline": Words("Batas waktu dekat", "Ada batas waktu yang sudah dekat."),
    "result": Words("Hasil belum dibuka", "Hasil gelombang Anda sudah keluar."),
    "fix": Words("Data perlu dibetulkan", "Ada data pendaftaran yang perlu Anda betulkan."),
    OTHER: Words("Kabar belum dibuka", "Ada kabar penting untuk Anda."),
}
"""By reason, in the order of the filter: what has the least time first."""

GREETING = "Halo, kami dari {office}."


def reason(why: str, kind: str | None) -> str:
    """The reason of an entry: `why` is asked or notice, `kind` that of its notice."""
    if why == ASKED:
        return ASKED
    return kind if kind in REASONS else OTHER


def spoken(of: str, office: str, site: str) -> tuple[str, ...]:
    """What to say on the telephone, a sentence each."""
    first = (GREETING.format(office=office), REASONS[of].said)
    return first if of == ASKED else (*first, WHERE.format(site=site), NEVER)


def written(of: str, office: str, site: str, code: str) -> str:
    """What to send by WhatsApp; `code` is the notice's as people read it, empty when there is none."""
    if of == ASKED:
        return " ".join((GREETING.format(office=office), WHEN, NEVER))
    ending = (CODE.format(code=code, check=f"{site}/cek/{code}"),) if code else ()
    return " ".join((*spoken(of, office, site), *ending))


def all_words() -> tuple[str, ...]:
    """Every sentence that may be written, with its addresses and codes left out."""
    sentences = [GREETING.format(office=""), WHERE.format(site=""), NEVER, CODE.format(code="", check="")]
    return (
        *sentences,
        "Anda minta kami telepon. Kapan bisa kami telepon?",
        *(w.said for w in REASONS.values()),
    )
