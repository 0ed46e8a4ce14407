"""The search box of the office."""

from __future__ import annotations

from wtforms import StringField

from app.forms.fields import AtMost
from app.forms.staff_form import StaffForm


class SearchForm(StaffForm):
    """One box for names and numbers; what the text means is found out by the service."""

    q = StringField("Nama, nomor pendaftaran, NIK, atau nomor HP", validators=[AtMost(100)])
