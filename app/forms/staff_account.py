"""What managers type about the accounts of the office."""

from __future__ import annotations

from typing import Any

from wtforms import StringField

from app.forms.fields import Asked, AtMost, Choice, Line, Menu, as_choices
from app.forms.staff_form import StaffForm
from app.rules.terms import Options

OFFICE = "kantor"
"""The value for "at no help post"."""


class ProvedForm(StaffForm):
    """Whoever acts on an account proves with six digits who they are; asked last on the page."""

    kode = StringField(
        "Kode 6 angka dari aplikasi kode Anda", validators=[Asked("Isi kode dari aplikasi kode Anda.")]
    )

    #: The boxes from top to bottom.
    ON_PAGE = ("nama", "pengguna", "peran", "posko", "kode")

    def error_list(self) -> list[tuple[str, str]]:
        """In the order of the page, with the code last."""
        return sorted(super().error_list(), key=lambda one: self.ON_PAGE.index(one[0]))


class AccountForm(ProvedForm):
    """What a person may do, and where."""

    peran = Choice("Peran", (), "Pilih perannya.")
    posko = Menu("Bertugas di", "Pilih tempatnya.")

    def __init__(
        self, roles: Options, posts: Options, formdata: Any = None, role: str = "", post: str = ""
    ) -> None:
        super().__init__(formdata, data={"peran": role, "posko": post or OFFICE})
        self.peran.choices = as_choices(roles)
        self.posko.choices = as_choices(((OFFICE, "Kantor, bukan posko"), *posts))

    @property
    def post(self) -> str:
        """The name of the help post; empty for the office."""
        return "" if self.posko.data == OFFICE else str(self.posko.data)


class InviteForm(AccountForm):
    """A new person."""

    nama = Line("Nama lengkap", validators=[Asked("Isi nama lengkapnya."), AtMost(120)])
    pengguna = Line("Nama pengguna", validators=[Asked("Isi nama penggunanya. Contoh: dewi.anggraini.")])
