"""Work, schooling and what the person wants to learn; and the declaration at the end."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from wtforms import Field, ValidationError

from app.forms.fields import Asked, AtMost, Choice, Line, Menu, Tick, Ticks, as_choices
from app.forms.step_form import Answer, Answers, Row, StepForm
from app.rules.local_time import month_words
from app.rules.terms import (
    DISABILITY,
    EDUCATION,
    MODES,
    TRAINING_FIELDS,
    WORK,
    WORK_NOTES,
    WORK_WITH_EMPLOYER,
    Options,
    Terms,
    label,
)

MONTHS_BACK = 36
EARLIER = "lama"
MOST_WISHES = 3


class WorkForm(StepForm):
    """What the person lives on now."""

    chosen_by = ()
    notes = WORK_NOTES

    kerja = Choice("Pilih satu", WORK)

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        return [("Keadaan kerja", label(WORK, said["kerja"]))]


def lost_work(answers: dict[str, Any]) -> bool:
    """Laid off or furloughed: asked for employer and month."""
    return answers.get("pekerjaan", {}).get("kerja") in WORK_WITH_EMPLOYER


@lru_cache(4)
def months_before(today: date) -> Options:
    """The last three years, this month first: ("2026-03", "Maret 2026"). Kept: writing them took longer than the form."""
    first = today.year * 12 + today.month - 1
    months = [date(n // 12, n % 12 + 1, 1) for n in range(first, first - MONTHS_BACK, -1)]
    return tuple((f"{month:%Y-%m}", month_words(month)) for month in months)


class LostWorkForm(StepForm):
    """Employer and month, for people laid off (PHK) or furloughed (dirumahkan)."""

    perusahaan = Line(
        "Nama perusahaan atau tempat kerja",
        validators=[Asked("Isi nama tempat kerja Anda yang terakhir."), AtMost(120)],
    )
    bulan = Menu("Sejak bulan apa?", "Pilih bulannya. Kira-kira juga boleh.")

    def prepare(self) -> None:
        self.bulan.offer((*months_before(self.terms.today), (EARLIER, "Sebelum itu")))

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        since = dict(months_before(terms.today)).get(said["bulan"], "lebih dari 3 tahun lalu")
        return [("Tempat kerja terakhir", f"{said['perusahaan']}, {since}")]


class SchoolForm(StepForm):
    """Last schooling; disability is optional, sealed with the rest and never part of a draw."""

    sekolah = Choice("Sekolah terakhir yang ditamatkan", EDUCATION)
    hambatan = Choice("Hambatan apa?", DISABILITY, "")
    perlu = Line("Bantuan apa yang Anda perlukan?", validators=[AtMost(200)])

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        rows: list[Row] = [("Sekolah terakhir", label(EDUCATION, said["sekolah"]))]
        if said.get("hambatan") not in (None, "", "tidak"):
            rows.append(("Hambatan", label(DISABILITY, said["hambatan"])))
        if said.get("perlu"):
            rows.append(("Bantuan yang diperlukan", said["perlu"]))
        return rows


class WishesForm(StepForm):
    """Fields of training, and online or face to face."""

    chosen_by = ()

    bidang = Ticks("Pilih 1 sampai 3 pelatihan", TRAINING_FIELDS, "Pilih paling sedikit satu.")
    cara = Choice("Belajarnya lebih suka bagaimana?", MODES)

    def prepare(self) -> None:
        self.bidang.choices = as_choices(self.terms.training_fields)

    def validate_bidang(self, field: Field) -> None:
        if len(field.data or []) > MOST_WISHES:
            raise ValidationError(f"Pilih paling banyak {MOST_WISHES}. Hapus dulu salah satu.")

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        chosen = ", ".join(label(terms.training_fields, code) for code in said["bidang"])
        return [("Pelatihan yang diminati", chosen), ("Cara belajar", label(MODES, said["cara"]))]


class DeclarationForm(StepForm):
    """The last page before sending."""

    benar = Tick(
        "Data ini benar, dan milik saya sendiri.",
        validators=[Asked("Beri tanda di kotak pernyataan kalau datanya sudah benar.")],
    )
