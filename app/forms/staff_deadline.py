"""Moving a deadline: which one, by how many days, and why."""

from __future__ import annotations

from typing import Any

from wtforms import TextAreaField

from app.forms.fields import Asked, AtMost, Choice, NoIdentityNumber, as_choices
from app.forms.staff_form import StaffForm
from app.rules.terms import Options


class MoveForm(StaffForm):
    """`tasks` and `days` are what may be chosen."""

    tugas = Choice("Batas waktu yang mana?", (), "Pilih batas waktunya.")
    hari = Choice("Diundur berapa lama?", (), "Pilih berapa hari.")
    alasan = TextAreaField(
        "Alasan, dibaca pendaftar", validators=[Asked("Tulis alasannya."), AtMost(300), NoIdentityNumber()]
    )

    def __init__(self, tasks: Options, days: Options, formdata: Any = None, **more: Any) -> None:
        super().__init__(formdata, **more)
        self.tugas.choices = as_choices(tasks)
        self.hari.choices = as_choices(days)
