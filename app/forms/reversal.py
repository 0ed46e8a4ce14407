"""Why somebody's place is to be taken."""

from __future__ import annotations

from typing import Any

from wtforms import TextAreaField

from app.forms.fields import Asked, AtMost, Choice, NoIdentityNumber, as_choices
from app.forms.staff_form import StaffForm
from app.rules.reasons import WORDS, Reason


class ReversalForm(StaffForm):
    """A reason that fits, and a note that its owner will read."""

    alasan = Choice("Alasan", (), "Pilih alasannya.")
    catatan = TextAreaField(
        "Apa yang sudah diperiksa?",
        validators=[
            Asked("Tulis apa yang sudah diperiksa. Pendaftar membacanya."),
            AtMost(300),
            NoIdentityNumber(),
        ],
    )

    def __init__(self, reasons: tuple[Reason, ...], formdata: Any = None) -> None:
        super().__init__(formdata)
        self.alasan.choices = as_choices(tuple((one.value, WORDS[one].label) for one in reasons))
