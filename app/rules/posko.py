"""A help post as the office describes it, and what is wrong with a description."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.rules import phone
from app.rules.phone import PhoneError

LONGEST = {"name": 60, "address": 200, "hours": 80}
"""Letters, by field: what still reads well on a small phone."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the office says about a help post. `district` is a code; `phone` and `hours` may be empty."""

    name: str
    district: str
    address: str
    phone: str = ""
    hours: str = ""

    def cleaned(self) -> Facts:
        """Without doubled spaces, the number as E.164. Of facts without a problem."""
        name, address, hours = (" ".join(text.split()) for text in (self.name, self.address, self.hours))
        number = phone.parse_line(self.phone) if self.phone.strip() else ""
        return Facts(name, self.district, address, number, hours)


def problems(said: Facts, districts: Collection[str]) -> tuple[tuple[str, str], ...]:
    """(field, words) of everything that is wrong; `districts` are the codes of the office's area."""
    return tuple(_problems(said, districts))


def _problems(said: Facts, districts: Collection[str]) -> Iterator[tuple[str, str]]:
    if not said.name.strip():
        yield "name", "Isi nama posko. Contoh: Posko Sukodono."
    if said.district not in districts:
        yield "district", "Pilih kecamatan dari daftar."
    if not said.address.strip():
        yield "address", "Isi alamat posko, supaya orang bisa datang."
    if said.phone.strip():
        try:
            phone.parse_line(said.phone)
        except PhoneError:
            yield "phone", phone.LINE_WORDS
    for field, most in LONGEST.items():
        if len(getattr(said, field)) > most:
            yield field, f"Paling banyak {most} huruf. Singkatkan sedikit."
