"""What people type to prove an email address."""

from __future__ import annotations

from wtforms import StringField, ValidationError

from app.forms.fields import Digits
from app.forms.signing_in import Refusable
from app.rules import email_address, nik


class AddressForm(Refusable):
    """The address that a code goes to. A likely slip (gmial.com) is asked about once; sending it again keeps it."""

    email = StringField("Alamat email")
    email_tetap = StringField("Alamat yang dipertahankan")

    def validate_email(self, field: StringField) -> None:
        """`address` is what we may write to, once this passed."""
        try:
            self.address = email_address.parse(field.data or "")
        except email_address.EmailError as error:
            raise ValidationError(email_address.WORDS[error.code]) from None
        better = email_address.suggestion(self.address)
        if better and self.email_tetap.data != field.data:
            raise ValidationError(
                f"Mungkin maksud Anda {better}? Betulkan, atau tekan tombol Kirim kode sekali lagi kalau sudah benar."
            )

    @property
    def keep(self) -> str:
        """What goes into the hidden box, so that sending once more keeps an unusual address."""
        return str(self.email.data or "") if self.email.errors else ""


class ProofForm(Refusable):
    """The six digits from the mail."""

    kode = Digits("Kode dari email")

    def validate_kode(self, field: Digits) -> None:
        """Six digits, typed with any spaces."""
        if not nik.is_digits(field.digits, 6):
            raise ValidationError("Isi kode 6 angka dari email terbaru.")
