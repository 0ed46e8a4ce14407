"""What people of the office say about the paper behind a group claim."""

from __future__ import annotations

from typing import Any

from app.forms.fields import Asked, Choice, Tick, as_choices
from app.forms.staff_form import StaffForm
from app.rules.groups import PAPERS, REFUSALS


class SeenForm(StaffForm):
    """Which paper lies in front of the officer."""

    surat = Choice("Surat apa yang Anda lihat?", (), "Pilih suratnya.")
    cocok = Tick(
        "Nama di surat sama dengan KTP.", validators=[Asked("Cocokkan dulu nama di surat dengan KTP.")]
    )

    def __init__(self, group: str, formdata: Any = None) -> None:
        super().__init__(formdata)
        self.surat.choices = as_choices(PAPERS[group])


class SecondForm(StaffForm):
    """What another person found; a claim that is confirmed already can only be refused."""

    putusan = Choice("Sesudah Anda lihat sendiri suratnya", (), "Pilih hasil pemeriksaan Anda.")

    def __init__(self, confirmed: bool, formdata: Any = None) -> None:
        super().__init__(formdata)
        accept = () if confirmed else (("terima", "Benar. Kelompok ini dihitung."),)
        self.putusan.choices = as_choices((*accept, *REFUSALS))
