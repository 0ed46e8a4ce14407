"""Where the person lives now and how we reach them. Nothing is derived from the NIK: people move."""

from __future__ import annotations

import re
from typing import Any

from wtforms import Field, ValidationError

from app.forms.fields import Asked, AtMost, Choice, Line, Menu
from app.forms.step_form import Answer, Answers, Row, StepForm
from app.rules import email_address, phone
from app.rules.eligibility import Bar
from app.rules.terms import Place, Terms

ELSEWHERE = "luar"
YES_NO = (("ya", "Ya"), ("tidak", "Tidak"))
HAS_EMAIL = (
    ("belum", "Belum punya email"),
    ("lupa", "Punya, tapi lupa kata sandinya"),
    ("punya", "Punya dan bisa dibuka"),
)


def _name_of(code: str, places: tuple[Place, ...]) -> str:
    return next((place.name for place in places if place.code == code), "?")


class DistrictForm(StepForm):
    """The district, from the office's own area."""

    chosen_by = ()

    kecamatan = Menu("Kecamatan", "Pilih kecamatan tempat Anda tinggal sekarang.")

    def prepare(self) -> None:
        districts = tuple((place.code, place.name) for place in self.terms.districts)
        self.kecamatan.offer((*districts, (ELSEWHERE, f"Di luar {self.terms.area_name}")))

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        return [("Kecamatan", f"{_name_of(said['kecamatan'], terms.districts)}, {terms.area_name}")]


def outside_area(answers: dict[str, Any]) -> tuple[Bar, ...]:
    """This office serves its own area."""
    return (Bar.OUTSIDE_AREA,) if answers["kecamatan"]["kecamatan"] == ELSEWHERE else ()


class VillageForm(StepForm):
    """The village of the chosen district: a page of its own instead of a script that fills a second list."""

    chosen_by = ("kecamatan",)
    empty_shows = ("kecamatan",)

    desa = Menu("Desa atau kelurahan", "Pilih desa atau kelurahan Anda.")

    def prepare(self) -> None:
        villages = self.terms.villages(self.answers["kecamatan"]["kecamatan"])
        self.desa.offer(tuple((place.code, place.name) for place in villages))

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        villages = terms.villages(answers["kecamatan"]["kecamatan"])
        return [("Desa atau kelurahan", _name_of(said["desa"], villages))]


class StreetForm(StepForm):
    """Street, RT and RW; many villages have no street names, so a landmark will do."""

    jalan = Line(
        "Jalan, dusun, atau gang",
        validators=[Asked("Isi jalan, dusun, atau patokan rumah Anda."), AtMost(150)],
    )
    rt = Line("RT")
    rw = Line("RW")

    def _three_digits(self, field: Field) -> None:
        if field.data and not re.fullmatch(r"[0-9]{1,3}", field.data):
            raise ValidationError(f"{field.label.text} berisi angka saja, contoh 03. Boleh dikosongkan.")

    validate_rt = validate_rw = _three_digits

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        parts = [said["jalan"], *(f"{box.upper()} {said[box]}" for box in ("rt", "rw") if said.get(box))]
        return [("Alamat", ", ".join(parts))]


class ContactForm(StepForm):
    """A mobile number. No email is a normal answer; the guide takes it up later."""

    hp = Line("Nomor HP")
    wa = Choice("Nomor ini ada WhatsApp?", YES_NO, "Pilih Ya atau Tidak.")
    punya = Choice("Anda punya email?", HAS_EMAIL)
    email = Line("Alamat email")
    email_tetap = Line("Alamat yang dipertahankan")

    def prepare(self) -> None:
        self._number = ""

    def validate_hp(self, field: Field) -> None:
        try:
            self._number = phone.parse(field.data or "")
        except phone.PhoneError as error:
            raise ValidationError(phone.WORDS[error.code]) from error

    def validate_email(self, field: Field) -> None:
        """Checked only when the person says to have one: where `:has()` is missing, the box shows always."""
        if self.punya.data != "punya":
            return
        try:
            address = email_address.parse(field.data or "")
        except email_address.EmailError as error:
            raise ValidationError(email_address.WORDS[error.code]) from error
        better = email_address.suggestion(address)
        if better and self.email_tetap.data != field.data:
            raise ValidationError(
                f"Mungkin maksud Anda {better}? Betulkan, atau tekan Lanjut lagi kalau sudah benar."
            )

    @property
    def keep(self) -> str:
        """What goes into the hidden box, so that pressing Lanjut again keeps an unusual address."""
        return str(self.email.data or "") if self.email.errors else str(self.email_tetap.data or "")

    @staticmethod
    def to_fields(answer: dict[str, Any]) -> dict[str, Any]:
        return answer | {"hp": phone.shown(answer["hp"]), "email_tetap": answer["email"]}

    def answer(self) -> dict[str, Any]:
        has_email = self.punya.data == "punya"
        return {
            "hp": self._number,
            "wa": self.wa.data,
            "punya": self.punya.data,
            "email": email_address.parse(self.email.data or "") if has_email else "",
        }

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        mail = said["email"] if said["punya"] == "punya" else "Belum ada. Nanti kami pandu."
        has_wa = "ada WhatsApp" if said["wa"] == "ya" else "tanpa WhatsApp"
        return [("Nomor HP", f"{phone.shown(said['hp'])}, {has_wa}"), ("Email", mail)]
