"""What an officer says after a call."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from wtforms import SelectField
from wtforms.validators import StopValidation

from app.forms.fields import Choice, as_choices
from app.forms.staff_form import StaffForm
from app.rules import local_time
from app.rules.terms import Options

RESULTS: Options = (
    ("reached", "Sudah bicara dengan orangnya"),
    ("wrong_number", "Nomor salah, bukan orangnya"),
    ("again", "Tidak diangkat, atau minta ditelepon lagi"),
)
AT = "lain"
TIMES: Options = (
    ("dua-jam", "2 jam lagi"),
    ("besok-pagi", "Besok pukul 09.00"),
    ("besok-sore", "Besok pukul 16.00"),
    (AT, "Waktu lain"),
)
_CLOCK = {"besok-pagi": time(9), "besok-sore": time(16)}
DAYS_AHEAD = 7
HOURS: Options = tuple((f"{hour:02}", f"{hour:02}.00") for hour in range(7, 21))


class CallForm(StaffForm):
    """What came of the call, and when to try again. `today` is the office's day."""

    hasil = Choice("Hasil telepon", RESULTS, "Pilih hasil teleponnya.")
    kapan = Choice("Telepon lagi kapan?", TIMES, "")
    hari = SelectField("Hari", validate_choice=False)
    jam = SelectField("Jam", choices=as_choices(HOURS), validate_choice=False)

    def __init__(self, now: datetime, zone: str, formdata: Any = None, **more: Any) -> None:
        super().__init__(formdata, **more)
        self._now, self._zone = now, zone
        self.hari.choices = as_choices(_days(local_time.local_day(now, zone)))

    def validate_kapan(self, field: Choice) -> None:
        """Only another try needs a time, and one that is still to come."""
        if self.hasil.data != "again":
            return
        if field.data not in dict(TIMES):
            raise StopValidation("Pilih kapan ditelepon lagi.")
        if field.data == AT:
            at = self._at()
            if at is None:
                raise StopValidation("Pilih hari dan jamnya.")
            if at <= self._now:
                raise StopValidation("Jam itu sudah lewat. Pilih jam yang akan datang.")

    def again_at(self) -> datetime:
        """When the next try is due, in UTC; meant for a form that was validated."""
        chosen = self._at() if self.kapan.data == AT else None
        if chosen is not None:
            return chosen
        at = _CLOCK.get(self.kapan.data or "")
        if at is None:
            return self._now + timedelta(hours=2)
        return local_time.at_local(
            local_time.local_day(self._now, self._zone) + timedelta(days=1), at, self._zone
        )

    def _at(self) -> datetime | None:
        days = {choice.value for choice in self.hari.choices}
        if self.hari.data not in days or self.jam.data not in dict(HOURS):
            return None
        day, hour = date.fromisoformat(self.hari.data), time(int(self.jam.data))
        return local_time.at_local(day, hour, self._zone)


def _days(today: date) -> Options:
    days = (today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD))
    names = {0: "Hari ini", 1: "Besok"}
    return tuple(
        (day.isoformat(), names.get((day - today).days) or local_time.long_date_words(day)) for day in days
    )
