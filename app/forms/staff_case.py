"""What the office's people say about one applicant."""

from __future__ import annotations

from typing import Any

from wtforms import StringField, TextAreaField
from wtforms.validators import StopValidation

from app.forms.fields import Asked, AtMost, Choice, NoIdentityNumber, Tick, as_choices
from app.forms.staff_form import StaffForm
from app.rules import result_words
from app.rules.reasons import FIX_REASONS, WORDS
from app.rules.states import WORDS as STATE_WORDS
from app.rules.states import State
from app.rules.terms import Options


class OpenForm(StaffForm):
    """Why the full NIK is opened."""

    alasan = Choice("Mengapa Anda perlu NIK lengkap?", (), "Pilih alasannya.")

    def __init__(self, options: Options, formdata: Any = None) -> None:
        super().__init__(formdata)
        self.alasan.choices = as_choices(options)


class FixForm(StaffForm):
    """What the person must correct."""

    alasan = Choice(
        "Apa yang perlu dibetulkan?",
        tuple((reason.value, WORDS[reason].label) for reason in FIX_REASONS),
        "Pilih apa yang perlu dibetulkan.",
    )
    catatan = TextAreaField(
        "Catatan untuk pendaftar, boleh kosong", validators=[AtMost(300), NoIdentityNumber()]
    )


class SecondOfficerForm(StaffForm):
    """Another officer confirms with the own name and code; asked only where `needed`."""

    nama = StringField("Nama pengguna petugas kedua")
    kode = StringField("Kode 6 angka petugas kedua")

    def __init__(self, needed: bool, formdata: Any = None) -> None:
        self.needed = needed
        super().__init__(formdata)

    def validate_nama(self, field: StringField) -> None:
        """Needed for people who have something to lose."""
        if self.needed and not field.data:
            raise StopValidation("Isi nama pengguna petugas kedua.")

    def validate_kode(self, field: StringField) -> None:
        """The code of that person's own app."""
        if self.needed and not field.data:
            raise StopValidation("Minta petugas kedua mengetik kodenya.")


class KtpSeenForm(SecondOfficerForm):
    """Nothing about somebody's account is decided without the card in hand: on the page it is asked first."""

    ktp = Tick(
        "KTP asli sudah saya lihat. Nama, foto, dan NIK sama.", validators=[Asked("Lihat dulu KTP aslinya.")]
    )

    def error_list(self) -> list[tuple[str, str]]:
        """The card first, as on the page."""
        return sorted(super().error_list(), key=lambda one: one[0] != self.ktp.id)


class ResultForm(StaffForm):
    """The result of one person."""

    hasil = Choice(
        "Hasil",
        tuple((state.value, STATE_WORDS[state].label) for state in result_words.OUTCOMES),
        "Pilih hasilnya.",
    )
    alasan = Choice(
        "Alasan kalau belum terpilih",
        tuple((reason.value, WORDS[reason].label) for reason in result_words.reasons_for(State.NOT_SELECTED)),
        "",
    )
    urutan = StringField("Nomor urut cadangan, kalau ada")
    position: int | None = None

    def validate_alasan(self, field: Choice) -> None:
        """Only a no needs a reason of its own."""
        if self.hasil.data == State.NOT_SELECTED.value and not field.data:
            raise StopValidation("Pilih alasannya, supaya pendaftar tahu.")

    def validate_urutan(self, field: StringField) -> None:
        """A number, when it is typed."""
        try:
            self.position = result_words.position(field.data or "")
        except ValueError:
            raise StopValidation("Isi angka saja, misalnya 12.") from None
