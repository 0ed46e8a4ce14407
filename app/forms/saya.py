"""What a registered person types on the own pages: a reason, the name of a training, permissions, how to be told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from wtforms import Form, ValidationError

from app.forms.eligibility_steps import NoticeForm
from app.forms.fields import Asked, AtMost, Choice, DateParts, Line, Tick
from app.rules import notice_texts, quiet


class OwnForm(Form):
    """A form of the own pages: `error_list` is what the error summary prints."""

    def error_list(self) -> list[tuple[str, str]]:
        """(id of the box, words), in the order of the page."""
        return [(field.id, str(field.errors[0])) for field in self._fields.values() if field.errors]


class WithdrawForm(OwnForm):
    """Why somebody withdraws: may stay empty, nobody owes us a reason."""

    alasan = Line("Alasan (boleh dikosongkan)", validators=[AtMost(200)])


class BoughtDay(DateParts):
    """The day of a purchase, asked only when it was neither today nor yesterday."""

    OF, LOOK, YEAR = "beli", "Lihat lagi tanggalnya.", "2026"

    def pre_validate(self, form: Form) -> None:
        """Nothing to look at when a nearer day was picked."""
        if form["kapan"].data == OTHER_DAY:
            super().pre_validate(form)


OTHER_DAY = "lain"
#: How far back a purchase may lie: whoever types an older day has mistaken the year.
OLDEST = timedelta(days=365)


class BoughtForm(OwnForm):
    """Which training was bought, and when. `today` is the office's day."""

    pelatihan = Line("Nama pelatihan", validators=[Asked("Isi nama pelatihan yang Anda beli."), AtMost(120)])
    kapan = Choice(
        "Kapan Anda beli?",
        (("hari-ini", "Hari ini"), ("kemarin", "Kemarin"), (OTHER_DAY, "Hari lain")),
        "Pilih kapan Anda beli.",
    )
    tanggal = BoughtDay("Tanggal beli")

    def __init__(self, today: date, formdata: Any = None, **more: Any) -> None:
        super().__init__(formdata, **more)
        self.today = today

    def validate_pelatihan(self, field: Line) -> None:
        """A name has letters."""
        if not any(letter.isalpha() for letter in field.data or ""):
            raise ValidationError("Nama pelatihan harus berisi huruf. Contoh: Menjahit dasar.")

    def validate_tanggal(self, field: BoughtDay) -> None:
        """Not still to come, and not years ago."""
        if field.data is None:
            return
        if field.data > self.today:
            field.wrong = {"tanggal"}
            raise ValidationError("Tanggal ini belum tiba. Isi tanggal saat Anda membeli.")
        if field.data < self.today - OLDEST:
            field.wrong = {"tahun"}
            raise ValidationError("Tanggal ini sudah lama sekali. Lihat lagi tahunnya.")

    @property
    def day(self) -> date:
        """The day of the purchase; meant for a form that was validated."""
        if self.kapan.data == OTHER_DAY:
            return self.tanggal.given
        return self.today - timedelta(days=1 if self.kapan.data == "kemarin" else 0)

    def error_list(self) -> list[tuple[str, str]]:
        """As of all own forms; a date leads to the box that is wrong."""
        found = super().error_list()
        return [(self.tanggal.first_wrong if at == self.tanggal.id else at, words) for at, words in found]


class ConsentsForm(OwnForm):
    """The optional permissions, with the words that stood beside them in the wizard."""

    push = Tick(NoticeForm.push.args[0])
    wa = Tick(NoticeForm.wa.args[0])
    lpk = Tick(NoticeForm.lpk.args[0])

    def wanted(self) -> dict[str, bool]:
        """{purpose: given} as ticked."""
        return {name: bool(field.data) for name, field in self._fields.items()}


class TellingForm(OwnForm):
    """How a person wants to be told. `offer` takes away the boxes of ways that this person does not have."""

    email = Tick("Email, kalau kabar penting belum saya buka.")
    call = Tick("Telepon dari petugas posko, kalau kabar penting belum juga saya buka.")
    wa = Tick("WhatsApp dari petugas posko.")
    sms = Tick("SMS, kalau kabar penting belum saya buka.")
    jam = Choice(
        "Kapan HP Anda harus diam?",
        tuple((code, hours.label) for code, hours in quiet.CHOICES.items()),
        "Pilih satu jam diam dari daftar.",
    )
    bahasa = Choice(
        "Kata-kata kabar",
        tuple((code, name) for code, (name, _) in notice_texts.LANGUAGES.items()),
        "Pilih satu dari daftar.",
    )
    WAYS = ("email", "call", "wa", "sms")

    def offer(self, purposes: Collection[str]) -> None:
        """Keep only the boxes of these purposes."""
        for name in self.WAYS:
            if name not in purposes and name in self:
                del self[name]

    def wanted(self) -> dict[str, bool]:
        """{purpose: on} as ticked, of the boxes that there are."""
        return {name: bool(self._fields[name].data) for name in self.WAYS if name in self._fields}

    def words(self) -> str:
        """What stands beside the boxes: the text that a consent refers to."""
        return " ".join(str(self._fields[name].label.text) for name in self.WAYS if name in self._fields)
