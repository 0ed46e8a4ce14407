"""Why an entry should have been in the hat."""

from __future__ import annotations

from wtforms import TextAreaField

from app.forms.fields import Asked, AtMost, NoIdentityNumber
from app.forms.staff_form import StaffForm


class LateEntryForm(StaffForm):
    """What was looked at, for the second person."""

    catatan = TextAreaField(
        "Mengapa tertinggal dari daftar?",
        validators=[
            Asked("Tulis apa yang sudah diperiksa, untuk petugas kedua."),
            AtMost(300),
            NoIdentityNumber(),
        ],
    )
