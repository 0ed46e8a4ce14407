"""What an officer says after a call."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from wtforms.validators import StopValidation

from app.forms.fields import Choice
from app.forms.staff_form import StaffForm
from app.rules import local_time
from app.rules.terms import Options

RESULTS: Options = (
    ("reached", "Sudah bicara dengan orangnya"),
    ("again", "Tidak diangkat, atau minta ditelepon lagi"),
    ("wrong_number", "Nomor salah, bukan orangnya"),
)
TIMES: Options = (
    ("dua-jam", "2 jam lagi"),
    ("besok-pagi", "Besok pukul 09.00"),
    ("besok-sore", "Besok pukul 16.00"),
)
_CLOCK = {"besok-pagi": time(9), "besok-sore": time(16)}


class CallForm(StaffForm):
    """What came of the call, and when to try again."""

    hasil = Choice("Hasil telepon", RESULTS, "Pilih hasil teleponnya.")
    kapan = Choice("Telepon lagi kapan?", TIMES, "")

    def validate_kapan(self, field: Choice) -> None:
        """Only another try needs a time."""
        if self.hasil.data == "again" and field.data not in dict(TIMES):
            raise StopValidation("Pilih kapan ditelepon lagi.")

    def again_at(self, now: datetime, zone: str) -> datetime:
        """When the next try is due, in UTC; meant for a form that was validated."""
        at = _CLOCK.get(self.kapan.data or "")
        if at is None:
            return now + timedelta(hours=2)
        return local_time.at_local(local_time.local_day(now, zone) + timedelta(days=1), at, zone)
