"""What the office's people type to sign in and to enrol."""

from __future__ import annotations

from typing import Any

from wtforms import PasswordField, StringField
from wtforms.validators import StopValidation

from app.forms.fields import Asked
from app.forms.staff_form import StaffForm
from app.rules import password


class SignInForm(StaffForm):
    """First page: who, and the password."""

    nama = StringField("Nama pengguna", validators=[Asked("Isi nama pengguna Anda.")])
    sandi = PasswordField("Kata sandi", validators=[Asked("Isi kata sandi Anda.")])


class CodeForm(StaffForm):
    """Second page: six digits of the app, or a recovery code."""

    kode = StringField(
        "Kode 6 angka dari aplikasi kode", validators=[Asked("Isi kode dari aplikasi kode Anda.")]
    )


class InvitationForm(StaffForm):
    """The one-time code that came with the invitation."""

    kode = StringField("Kode undangan", validators=[Asked("Isi kode undangan. Contoh: ABCD-EFGH-JKMN-PQRS.")])


class PasswordForm(StaffForm):
    """A password of one's own, twice. Built for a username, which it may not contain."""

    sandi = PasswordField("Kata sandi baru", validators=[Asked("Isi kata sandi baru.")])
    ulang = PasswordField(
        "Kata sandi baru, sekali lagi", validators=[Asked("Isi kata sandi yang sama sekali lagi.")]
    )

    def __init__(self, username: str, formdata: Any = None) -> None:
        self.username = username
        super().__init__(formdata)

    def validate_sandi(self, field: PasswordField) -> None:
        """Long, and not one that everybody tries first."""
        why = password.problem(password.normalised(field.data or ""), self.username)
        if why is not None:
            raise StopValidation(password.WORDS[why])

    def validate_ulang(self, field: PasswordField) -> None:
        """Typed twice alike."""
        if not self.sandi.errors and field.data != self.sandi.data:
            raise StopValidation("Kedua kata sandi belum sama. Ketik lagi dua-duanya.")


class NewPasswordForm(PasswordForm):
    """Invited again: the second factor of before must prove the new password."""

    kode = StringField(
        "Kode 6 angka dari aplikasi kode", validators=[Asked("Isi kode dari aplikasi kode Anda.")]
    )
