"""What is pasted to be checked: a message or a link."""

from __future__ import annotations

import unicodedata

from wtforms import StringField, ValidationError

from app.forms.fields import AtMost
from app.forms.saya import OwnForm
from app.rules.message_check import MOST_LETTERS


def _as_shown(text: str | None) -> str:
    """Without the control characters that a phone does not show; lines stay."""
    lines = (text or "").replace("\r\n", "\n")
    return "".join(c for c in lines if c == "\n" or unicodedata.category(c) != "Cc")


class PastedForm(OwnForm):
    """A message as it came, with its lines."""

    pesan = StringField(
        "Pesan atau tautan",
        filters=[_as_shown],
        validators=[AtMost(MOST_LETTERS)],
    )

    def validate_pesan(self, field: StringField) -> None:
        """Spaces alone are nothing to check."""
        if not (field.data or "").strip():
            raise ValidationError("Tempel dulu pesan atau tautan yang ingin dicek.")
