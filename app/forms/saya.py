"""What a registered person types on the own pages: a reason, the name of a training, three optional permissions."""

from __future__ import annotations

from wtforms import Form

from app.forms.eligibility_steps import NoticeForm
from app.forms.fields import AtMost, Line, Tick


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
