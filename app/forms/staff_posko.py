"""What managers type about a help post."""

from __future__ import annotations

from typing import Any

from app.forms.fields import Line, Menu
from app.forms.staff_form import StaffForm
from app.rules.posko import Facts
from app.rules.terms import Place

#: Fields of a problem and the box that it is about.
BOXES = {"name": "nama", "district": "kecamatan", "address": "alamat", "phone": "telepon", "hours": "jam"}


class PoskoForm(StaffForm):
    """Name, place, number and hours. What is wrong with them only rules/posko.py says, to the terminal too."""

    nama = Line("Nama posko")
    kecamatan = Menu("Kecamatan")
    alamat = Line("Alamat")
    telepon = Line("Nomor telepon, boleh kosong")
    jam = Line("Jam buka, boleh kosong")

    def __init__(
        self, districts: tuple[Place, ...], formdata: Any = None, known: Facts | None = None
    ) -> None:
        said = {box: getattr(known, field) for field, box in BOXES.items()} if known else None
        super().__init__(formdata, data=said)
        self.kecamatan.offer(tuple((place.code, place.name) for place in districts))

    def facts(self) -> Facts:
        """What was typed."""
        return Facts(**{field: self._fields[box].data or "" for field, box in BOXES.items()})
