"""Who the person is: the data on the KTP, the second look at a doubtful NIK, and the PIN."""

from __future__ import annotations

from datetime import date
from typing import Any

from markupsafe import Markup
from wtforms import Field, StringField, ValidationError

from app.forms.fields import Asked, AtMost, Choice, DateParts, Digits, Line, Tick, refuse_kk, refuse_nik
from app.forms.signing_in import SHARED, TWICE
from app.forms.step_form import Answer, Answers, Row, StepForm
from app.rules import eligibility, nik, pin
from app.rules.eligibility import Bar
from app.rules.local_time import date_words
from app.rules.terms import Terms

SEXES = (("p", "Perempuan"), ("l", "Laki-laki"))
OLDEST_YEAR = 1900


def in_groups(number: str) -> Markup:
    """16 digits as they stand on the card: 6-6-4."""
    return Markup('<span class="nik"><b>%s</b> <b>%s</b> <b>%s</b></span>') % nik.groups(number)


class IdentityForm(StepForm):
    """Exactly as on the KTP. Nothing here is ever called verified: only Dukcapil could say so."""

    nama = Line("Nama lengkap", validators=[Asked("Isi nama lengkap Anda, seperti di KTP."), AtMost(120)])
    nik = Digits("NIK", validators=[refuse_nik])
    kk = Digits("Nomor KK", validators=[refuse_kk])
    lahir = DateParts("Tanggal lahir")
    lahir_tetap = StringField("Tanggal yang dipertahankan")
    jk = Choice("Jenis kelamin", SEXES, "Pilih Perempuan atau Laki-laki.")

    def validate_nama(self, field: Field) -> None:
        if not any(letter.isalpha() for letter in field.data or ""):
            raise ValidationError("Nama harus berisi huruf, seperti di KTP.")

    def validate_lahir(self, field: DateParts) -> None:
        if field.data and not date(OLDEST_YEAR, 1, 1) <= field.data <= self.terms.today:
            field.wrong = {"tahun"}
            raise ValidationError("Tahun lahir ini tidak mungkin. Lihat lagi KTP Anda.")
        if field.data and self.lahir_tetap.data != field.data.isoformat():
            self._ask_about_age(field)

    def _ask_about_age(self, field: DateParts) -> None:
        """A slip of one digit in the year must not end a registration: the rule stops whoever says it twice."""
        born = field.given
        if eligibility.age_bar(born, self.terms.today) is not None:
            field.wrong = {"tahun"}
            raise ValidationError(
                f"Menurut tanggal ini umur Anda {eligibility.age_on(born, self.terms.today)} tahun. Program ini untuk umur "
                "18 sampai 64. Betulkan, atau tekan Lanjut lagi kalau sudah benar."
            )

    @property
    def keep(self) -> str:
        """What goes into the hidden box, so that pressing Lanjut again lets the rule decide."""
        return self.lahir.data.isoformat() if self.lahir.data else ""

    @staticmethod
    def to_fields(answer: dict[str, Any]) -> dict[str, Any]:
        return answer | {"lahir": date.fromisoformat(answer["lahir"]), "lahir_tetap": answer["lahir"]}

    def answer(self) -> dict[str, Any]:
        return {
            "nama": self.nama.data,
            "nik": self.nik.digits,
            "kk": self.kk.digits,
            "lahir": self.lahir.given.isoformat(),
            "jk": self.jk.data,
        }

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        return [
            ("Nama", said["nama"]),
            ("NIK", in_groups(said["nik"])),
            ("Nomor KK", in_groups(said["kk"])),
            ("Tanggal lahir", date_words(date.fromisoformat(said["lahir"]))),
            ("Jenis kelamin", dict(SEXES)[said["jk"]]),
        ]


def age_bars(today: date, answers: dict[str, Any]) -> tuple[Bar, ...]:
    """The age bar by the typed birth date (the first page only asked)."""
    bar = eligibility.age_bar(date.fromisoformat(answers["identitas"]["lahir"]), today)
    return (bar,) if bar else ()


def doubts(answers: dict[str, Any]) -> tuple[nik.NikWarning, ...]:
    """What is odd about the NIK: never a reason to refuse (the NIK is permanent even when its date is wrong)."""
    said = answers.get("identitas")
    if said is None:
        return ()
    return nik.warnings(said["nik"], date.fromisoformat(said["lahir"]), said["jk"])


class SecondLookForm(StepForm):
    """Shown only for a doubtful NIK."""

    empty_shows = None

    cek = Choice(
        "Apakah NIK di atas sama dengan KTP Anda?",
        (("sama", "Sudah sama dengan KTP saya"), ("ubah", "Saya salah ketik")),
        "Cocokkan dengan KTP Anda, lalu pilih salah satu.",
    )

    @property
    def expected_middle(self) -> str:
        """What the middle box would usually be for this birth date and sex."""
        said = self.answers["identitas"]
        return nik.expected_middle(date.fromisoformat(said["lahir"]), said["jk"])

    @property
    def warnings(self) -> list[str]:
        """The oddities in words."""
        return [nik.WARNING_WORDS[warning] for warning in doubts(self.answers)]

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        return [("Cek NIK", "Sudah Anda samakan dengan KTP")]


class PinForm(StepForm):
    """A PIN of six digits or more, typed twice, or made by us. The answer says only that there is one.

    Who uses the phone is asked here because the phone is known from this page on; that is no answer of the registration.
    """

    pin = StringField("PIN")
    pin2 = StringField("Ketik PIN sekali lagi")
    bersama = Tick(SHARED)

    def own_numbers(self) -> dict[str, Any]:
        """What a PIN must not be part of."""
        said = self.answers["identitas"]
        return {
            "nik": said["nik"],
            "kk": said["kk"],
            "phone": self.answers.get("kontak", {}).get("hp", ""),
            "birth_date": date.fromisoformat(said["lahir"]),
        }

    def validate_pin(self, field: Field) -> None:
        if not field.data:
            raise ValidationError("Isi PIN Anda, 6 angka atau lebih.")
        why = pin.refusal(field.data, **self.own_numbers())
        if why is not None:
            raise ValidationError(pin.WORDS[why])

    def validate_pin2(self, field: Field) -> None:
        if field.data != self.pin.data:
            raise ValidationError(TWICE)

    @staticmethod
    def to_fields(answer: dict[str, Any]) -> dict[str, Any]:
        return {}

    def answer(self) -> dict[str, Any]:
        return {"ada": True}

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        return [("PIN", "Sudah dibuat")]
