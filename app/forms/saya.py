"""What a registered person types on the own pages: a reason, the name of a training, permissions, how to be told."""

from __future__ import annotations

from collections.abc import Collection

from wtforms import Form

from app.forms.eligibility_steps import NoticeForm
from app.forms.fields import AtMost, Choice, Line, Tick
from app.rules import notice_texts, quiet


class OwnForm(Form):
    """A form of the own pages: `error_list` is what the error summary prints."""

    def error_list(self) -> list[tuple[str, str]]:
        """(id of the box, words), in the order of the page."""
        return [(field.id, str(field.errors[0])) for field in self._fields.values() if field.errors]


class WithdrawForm(OwnForm):
    """Why somebody withdraws: may stay empty, nobody owes us a reason."""

    alasan = Line("Alasan (boleh dikosongkan)", validators=[AtMost(200)])


class BoughtForm(OwnForm):
    """Which training was bought: may stay empty."""

    pelatihan = Line("Nama pelatihan (boleh dikosongkan)", validators=[AtMost(120)])


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
