"""Fields that people type into: whatever was typed is kept and shown again."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from wtforms import Field, Form, RadioField, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import StopValidation

from app.rules import kk, nik
from app.rules.terms import Options

Formdata = Any


@lru_cache(128)
def as_choices(options: Options) -> list[SelectChoice]:
    """(code, label) pairs in the shape WTForms 3.3 wants."""
    return [SelectChoice(code, label) for code, label in options]


def clean_text(value: str | None) -> str:
    """One line without control characters or doubled spaces, composed (NFC): how names are compared and printed."""
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in value or "")
    return unicodedata.normalize("NFC", " ".join(kept.split()))


class Asked:
    """Refuses an empty answer with words that say what to do."""

    field_flags = {"required": True}

    def __init__(self, words: str) -> None:
        self.words = words

    def __call__(self, _form: Form, field: Field) -> None:
        if not field.data:
            raise StopValidation(self.words)


class AtMost:
    """Refuses a longer text."""

    def __init__(self, letters: int) -> None:
        self.letters = letters

    def __call__(self, _form: Form, field: Field) -> None:
        if field.data and len(field.data) > self.letters:
            raise StopValidation(f"Paling banyak {self.letters} huruf. Singkatkan sedikit.")


class NoIdentityNumber:
    """Refuses a note with a number of 16 digits in it: what an officer writes is read by others."""

    def __call__(self, _form: Form, field: Field) -> None:
        if nik.stands_in(field.data or ""):
            raise StopValidation(
                "Ada nomor 16 angka, seperti NIK atau nomor KK. Hapus nomornya, lalu simpan lagi."
            )


class OneOf:
    """Refuses a value that was not offered (WTForms' own words are English)."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __call__(self, _form: Form, field: Any) -> None:
        offered = {choice.value for choice in field.choices or ()}
        picked = field.data if isinstance(field.data, list) else [field.data] if field.data else []
        if not set(picked) <= offered or (not picked and self.words):
            raise StopValidation(self.words or "Pilih dari daftar.")


class Line(StringField):
    """One line of text."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = clean_text(valuelist[0]) if valuelist else ""


class Digits(StringField):
    """16 digits as typed, kept with their spaces; `digits` is what the rules see."""

    @property
    def digits(self) -> str:
        return nik.clean_digits(self.data or "")


class Choice(RadioField):
    """One of a few."""

    def __init__(self, label: str, options: Options, words: str = "Pilih salah satu.", **kwargs: Any) -> None:
        super().__init__(
            label, choices=as_choices(options), validators=[OneOf(words)], validate_choice=False, **kwargs
        )


class Menu(SelectField):
    """One of many, in a list that the phone itself shows well."""

    def __init__(self, label: str, words: str = "Pilih dari daftar.", **kwargs: Any) -> None:
        super().__init__(label, choices=[], validators=[OneOf(words)], validate_choice=False, **kwargs)

    def offer(self, options: Options) -> None:
        """Fill the list; the first line asks."""
        self.choices = as_choices((("", "Pilih"), *options))


class Ticks(SelectMultipleField):
    """Any number of a few."""

    def __init__(self, label: str, options: Options, words: str = "", **kwargs: Any) -> None:
        super().__init__(
            label, choices=as_choices(options), validators=[OneOf(words)], validate_choice=False, **kwargs
        )


class Tick(Field):
    """One box, ticked or not."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = bool(valuelist and valuelist[0] in ("y", "on", "1"))


class DateParts(Field):
    """Day, month and year in three boxes. `data` is a date or None; what was typed stays in the boxes.

    `wrong` names the parts (tanggal, bulan, tahun) to look at; each part's id is its field name.
    """

    PARTS = (("tanggal", ""), ("bulan", "-b"), ("tahun", "-t"))
    #: What the date is of, where to look it up, and a year for the hint: in the words of a fault.
    OF, LOOK, YEAR = "lahir Anda", "Lihat lagi KTP Anda.", "1985"

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.day = self.month = self.year = ""
        self.wrong: set[str] = set()

    def part_id(self, part: str) -> str:
        """The name and id of one box; the first has the field's own."""
        return f"{self.name}{dict(self.PARTS)[part]}"

    @property
    def given(self) -> date:
        """The date of a field that passed validation."""
        assert self.data is not None
        return self.data

    @property
    def first_wrong(self) -> str:
        """The id of the box that the error summary should lead to."""
        return next((self.part_id(part) for part, _ in self.PARTS if part in self.wrong), str(self.name))

    def process(self, formdata: Formdata, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors: list[str] = []
        self.object_data = self.data = data if isinstance(data, date) else None
        if self.data:
            self.day, self.month, self.year = str(self.data.day), str(self.data.month), str(self.data.year)
        if formdata is not None and any(self.part_id(part) in formdata for part, _ in self.PARTS):
            self.day, self.month, self.year = (
                clean_text(formdata.get(self.part_id(part), "")) for part, _ in self.PARTS
            )
            self.data = None

    def pre_validate(self, _form: Form) -> None:
        """Say which boxes are wrong, and how each is filled."""
        checks: tuple[tuple[str, str, Callable[[str], bool], str], ...] = (
            (
                "tanggal",
                self.day,
                lambda t: t.isascii() and t.isdigit() and len(t) <= 2 and 1 <= int(t) <= 31,
                "angka 1 sampai 31",
            ),
            (
                "bulan",
                self.month,
                lambda t: t.isascii() and t.isdigit() and len(t) <= 2 and 1 <= int(t) <= 12,
                "angka 1 sampai 12",
            ),
            (
                "tahun",
                self.year,
                lambda t: t.isascii() and t.isdigit() and len(t) == 4,
                f"4 angka, contoh {self.YEAR}",
            ),
        )
        wrong = [(part, what) for part, typed, fits, what in checks if not fits(typed)]
        self.wrong = {part for part, _ in wrong}
        if wrong:
            if not (self.day or self.month or self.year):
                raise StopValidation(f"Isi tanggal, bulan, dan tahun {self.OF}.")
            (part, what), *others = wrong
            also = "".join(f" {other.capitalize()}: {how}." for other, how in others)
            raise StopValidation(f"Isi {part} {self.OF}, {what}.{also}")
        try:
            self.data = date(int(self.year), int(self.month), int(self.day))
        except ValueError:
            self.wrong = {"tanggal"}
            raise StopValidation(f"Tanggal {self.day} tidak ada di bulan itu. {self.LOOK}") from None


def refuse_nik(form: Any, field: Digits) -> None:
    """Only what cannot be a NIK is refused; everything doubtful is asked about on the next page."""
    other = nik.clean_digits(form.kk.data or "") if "kk" in form else ""
    why = nik.refusal(field.digits, other)
    if why is not None:
        raise ValidationError(nik.refusal_words(field.digits, why))


def refuse_kk(_form: Any, field: Digits) -> None:
    """The same for the number of the family card."""
    why = kk.refusal(field.digits)
    if why is not None:
        raise ValidationError(kk.refusal_words(field.digits, why))
