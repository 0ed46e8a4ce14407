"""What managers type about waves: days and times on the office's own clock."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from wtforms import FileField, StringField
from wtforms.validators import StopValidation

from app.forms.fields import Asked, Tick
from app.forms.staff_form import StaffForm
from app.rules.local_time import at_local, local
from app.rules.local_time import number as shown_number

_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_TIME = re.compile(r"(\d{1,2})[.:](\d{2})(?::\d{2})?")


def read_day(text: str) -> date | None:
    """A day as the browser's own picker sends it (2026-12-04) or as people write it (4-12-2026)."""
    iso, written = _ISO_DAY.fullmatch(text.strip()), _DAY.fullmatch(text.strip())
    parts = [int(part) for part in (iso.groups() if iso else written.groups()[::-1] if written else ())]
    try:
        return date(*parts) if parts else None
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """A time: 16:00 or 16.00."""
    found = _TIME.fullmatch(text.strip())
    try:
        return time(int(found[1]), int(found[2])) if found else None
    except ValueError:
        return None


class DayField(StringField):
    """A day; `data` keeps what was typed, `day` is what it means."""

    day: date | None = None

    def pre_validate(self, form: Any) -> None:
        """Read it; an empty one is left to the other validators."""
        self.day = read_day(self.data or "")
        if self.data and self.day is None:
            raise StopValidation("Isi tanggal, contoh 4-12-2026.")


class TimeField(StringField):
    """A time of day; `data` keeps what was typed, `at` is what it means."""

    at: time | None = None

    def pre_validate(self, form: Any) -> None:
        """Read it; an empty one is left to the other validators."""
        self.at = read_time(self.data or "")
        if self.data and self.at is None:
            raise StopValidation("Isi jam, contoh 16.00.")


class NumberField(StringField):
    """A whole number within limits; `number` is what it means."""

    number: int = 0

    def __init__(self, label: str, least: int, most: int, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(label, **kwargs)

    def pre_validate(self, form: Any) -> None:
        """Digits only: 1.000 is as good as 1000."""
        digits = (self.data or "").replace(".", "").strip()
        if not (digits.isascii() and digits.isdigit() and self.least <= int(digits[:9]) <= self.most):
            what = self.label.text
            raise StopValidation(f"{what}: isi angka {self.least} sampai {shown_number(self.most)}.")
        self.number = int(digits)


def shown_moment(moment: datetime, zone: str) -> tuple[str, str]:
    """Day and time in the form that the browser's pickers take."""
    there = local(moment, zone)
    return there.strftime("%Y-%m-%d"), there.strftime("%H:%M")


class WaveForm(StaffForm):
    """Number, times, places."""

    nomor = NumberField("Nomor gelombang", 1, 9_999)
    buka = DayField("Dibuka", validators=[Asked("Isi tanggal buka.")])
    buka_jam = TimeField("Jam buka", validators=[Asked("Isi jam buka.")])
    tutup = DayField("Ditutup", validators=[Asked("Isi tanggal tutup.")])
    tutup_jam = TimeField("Jam tutup", validators=[Asked("Isi jam tutup.")])
    umum = DayField("Hasil diumumkan, boleh kosong")
    umum_jam = TimeField("Jam pengumuman")
    kuota = NumberField("Jumlah tempat", 1, 1_000_000)
    hari = NumberField("Batas beli pelatihan pertama, dalam hari", 1, 365)
    selesai = NumberField("Batas menyelesaikan pelatihan, dalam hari", 0, 365)
    ulasan = NumberField("Batas menulis ulasan, dalam hari", 0, 365)
    tenggang = NumberField("Masa tenggang sesudah batas, dalam hari", 0, 60)

    def validate_umum_jam(self, field: TimeField) -> None:
        """Both or neither."""
        if self.umum.data and not field.data:
            raise StopValidation("Isi jam pengumuman.")
        if field.data and not self.umum.data:
            raise StopValidation("Isi tanggal pengumuman, atau kosongkan jamnya.")

    def moment(self, name: str, zone: str) -> datetime | None:
        """`buka`, `tutup` or `umum` as an aware time; None when it is open."""
        day, at = self._fields[name].day, self._fields[f"{name}_jam"].at
        return at_local(day, at, zone) if day is not None and at is not None else None


class PublishForm(StaffForm):
    """When the results are told."""

    umum = DayField("Tanggal", validators=[Asked("Isi tanggal pengumuman.")])
    umum_jam = TimeField("Jam", validators=[Asked("Isi jam pengumuman.")])
    yakin = Tick("Jumlahnya sudah saya cocokkan.", validators=[Asked("Cocokkan dulu jumlahnya.")])

    def moment(self, zone: str) -> datetime:
        """When, as an aware time; after validation only."""
        if self.umum.day is None or self.umum_jam.at is None:
            raise ValueError("not validated")
        return at_local(self.umum.day, self.umum_jam.at, zone)


class UploadForm(StaffForm):
    """A file of results."""

    berkas = FileField("Berkas hasil, Excel (.xlsx) atau CSV")


class ApplyForm(StaffForm):
    """What is done with the rows that do not fit and the people who have none."""

    lewati = Tick("Lewati baris-baris itu")
    sisanya = Tick("Yang tidak ada di berkas: belum terpilih")
