"""What people type to sign in, and to look after their PIN."""

from __future__ import annotations

from typing import Any

from wtforms import Form, StringField, ValidationError

from app.forms.fields import Asked, AtMost, Digits, Line, Tick, refuse_nik
from app.rules import codes, email_address, nik, pin
from app.rules.pin import PinRefusal

SHARED = "HP ini dipakai bersama keluarga"
TWICE = "Dua PIN ini belum sama. Ketik PIN yang sama dua kali."


class Refusable(Form):
    """A form that a service may refuse too, in one sentence that blames no field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refused: list[tuple[str, str]] = []

    def refuse(self, words: str, name: str = "") -> None:
        """Put a sentence into the error summary, leading to a field (the first one when none is named)."""
        self.refused = [(name or next(iter(self._fields)), words)]

    def error_list(self) -> list[tuple[str, str]]:
        """(id of the box, words) for the error summary."""
        found = [(field.id, str(field.errors[0])) for field in self._fields.values() if field.errors]
        return found or self.refused


class Key(Line):
    """A kunci or a posko code as typed; `key` is its stored form once the form is valid."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.key = ""

    def post_validate(self, _form: Form, _stopped: bool) -> None:
        """Read it as generously as it was written down: any case, spaces, dashes, O for 0."""
        try:
            self.key = codes.parse_key(self.data or "")
        except codes.CodeError as error:
            words, called = codes.KEY_WORDS[error.code], self.label.text
            raise ValidationError(words.replace("kunci", called.lower()).replace("Kunci", called)) from None


class PinSignIn(Refusable):
    """NIK and PIN: all that most people ever need."""

    nik = Digits("NIK", validators=[refuse_nik])
    pin = StringField("PIN", validators=[Asked("Isi PIN Anda."), AtMost(pin.LONGEST)])
    bersama = Tick(SHARED)


class KunciSignIn(PinSignIn):
    """The same with the kunci from the receipt, for a new phone."""

    kunci = Key("Kunci")


class MoreProof(Refusable):
    """PIN and kunci of somebody whose NIK is known from the summary session."""

    pin = StringField("PIN", validators=[Asked("Isi PIN Anda."), AtMost(pin.LONGEST)])
    kunci = Key("Kunci")


class EmailAsk(Refusable):
    """Where to send a code. Whether the two belong together is never told."""

    nik = Digits("NIK", validators=[refuse_nik])
    email = StringField("Email")

    def validate_email(self, field: StringField) -> None:
        try:
            field.data = email_address.parse(field.data or "")
        except email_address.EmailError as error:
            raise ValidationError(email_address.WORDS[error.code]) from None


class EmailCode(Refusable):
    """The six digits from the mail."""

    kode = Digits("Kode dari email")
    bersama = Tick(SHARED)

    def validate_kode(self, field: Digits) -> None:
        if not nik.is_digits(field.digits, 6):
            raise ValidationError("Isi kode 6 angka dari email terbaru.")


class NewPin(Refusable):
    """A PIN chosen twice. Rules that need the person's own numbers are checked by the service."""

    pin = StringField("PIN baru")
    pin2 = StringField("Ketik PIN baru sekali lagi")

    def own_nik(self) -> str:
        """The NIK as far as the form knows it."""
        return ""

    def validate_pin(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError("Isi PIN baru Anda, 6 angka atau lebih.")
        why = pin.refusal(field.data, nik=self.own_nik())
        if why is not None:
            raise ValidationError(pin.WORDS[why])

    def validate_pin2(self, field: StringField) -> None:
        if field.data != self.pin.data:
            raise ValidationError(TWICE)

    def refuse_pin(self, why: PinRefusal) -> None:
        """The service found an own number in the PIN."""
        self.pin.errors = [pin.WORDS[why]]


class ChangePin(NewPin):
    """A new PIN from a full session."""

    lain = Tick("Keluarkan juga HP lain dari akun saya")


class PoskoCode(NewPin):
    """A one-time code from a posko and the new PIN that it buys."""

    nik = Digits("NIK", validators=[refuse_nik])
    kode = Key("Kode")
    bersama = Tick(SHARED)

    def own_nik(self) -> str:
        return self.nik.digits

    def error_list(self) -> list[tuple[str, str]]:
        """NIK and code stand above the PIN on the page."""
        order = ["nik", "kode", "pin", "pin2"]
        return sorted(super().error_list(), key=lambda error: order.index(error[0]))


class NetworkCode(Refusable):
    """The code of an officer who lets many people register from one network."""

    kode = Key("Kode dari petugas")


class PinAgain(Refusable):
    """The PIN once more, before something that matters."""

    pin = StringField("PIN", validators=[Asked("Isi PIN Anda."), AtMost(pin.LONGEST)])


class PinHere(Refusable):
    """The same on a page that holds an act that was asked for; that act's form has no field of this name."""

    pin_lagi = StringField("PIN", validators=[Asked("Isi PIN Anda."), AtMost(pin.LONGEST)])
