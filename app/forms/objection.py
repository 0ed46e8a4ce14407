"""What a person writes who thinks that a decision is wrong, and what the office answers."""

from __future__ import annotations

from wtforms import TextAreaField
from wtforms.validators import StopValidation

from app.forms.fields import Asked, AtMost, Choice, NoIdentityNumber
from app.forms.saya import OwnForm
from app.forms.staff_form import StaffForm

SHORTEST, LONGEST = 20, 1000


class ObjectionForm(OwnForm):
    """The own words, long enough to say what is wrong."""

    keberatan = TextAreaField(
        "Apa yang keliru, dan apa buktinya?",
        validators=[Asked("Tulis dulu apa yang keliru."), AtMost(LONGEST)],
    )

    def validate_keberatan(self, field: TextAreaField) -> None:
        """Spaces are no words."""
        if len((field.data or "").strip()) < SHORTEST:
            raise StopValidation(f"Tulis paling sedikit {SHORTEST} huruf, supaya petugas mengerti.")


class AnswerForm(StaffForm):
    """Right or not, and why."""

    putusan = Choice(
        "Putusan",
        (("tidak", "Keputusan kami tetap"), ("ya", "Keberatan ini benar")),
        "Pilih putusannya.",
    )
    jawaban = TextAreaField(
        "Jawaban untuk pendaftar",
        validators=[Asked("Tulis jawabannya. Pendaftar membacanya."), AtMost(LONGEST), NoIdentityNumber()],
    )

    def validate_jawaban(self, field: TextAreaField) -> None:
        """Words, not a dash."""
        if len((field.data or "").strip()) < SHORTEST:
            raise StopValidation(f"Tulis paling sedikit {SHORTEST} huruf: apa yang diperiksa, dan hasilnya.")
