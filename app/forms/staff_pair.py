"""What people of the office decide about two records that may be one person."""

from __future__ import annotations

from typing import Any

from wtforms import StringField

from app.forms.fields import Asked, AtMost, Choice, NoIdentityNumber, as_choices
from app.forms.staff_form import StaffForm
from app.rules.terms import Options


class DecideForm(StaffForm):
    """One person or two, and why."""

    putusan = Choice("Apa putusannya?", (), "Pilih putusannya.")
    alasan = StringField(
        "Alasan",
        validators=[
            Asked("Tulis alasannya, misalnya: KTP keduanya sudah dilihat."),
            AtMost(200),
            NoIdentityNumber(),
        ],
    )

    def __init__(self, options: Options, formdata: Any = None) -> None:
        super().__init__(formdata)
        self.putusan.choices = as_choices(options)


class UndoForm(StaffForm):
    """Why a decision is taken back."""

    alasan = StringField("Alasan", validators=[Asked("Tulis alasannya."), AtMost(200), NoIdentityNumber()])
