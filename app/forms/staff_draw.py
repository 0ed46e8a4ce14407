"""What managers type about a draw: its rules, its time, the round's signature."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms import StringField
from wtforms.form import FormMeta
from wtforms.validators import StopValidation

from app.forms.fields import Asked, Choice, Tick, Ticks, as_choices
from app.forms.staff_form import StaffForm
from app.forms.staff_waves import DayField, NumberField, TimeField
from app.rules.local_time import at_local, number
from app.rules.promise import Reserve, Rules
from app.rules.terms import Options

MOST = 1_000_000
SEATS = "kursi_"
"""Fields of reserved seats are called this and the code of their group."""


class BlankNumber(NumberField):
    """A whole number that may be left open, which is 0."""

    def pre_validate(self, form: Any) -> None:
        """Open is fine; anything else is a number."""
        if (self.data or "").strip():
            super().pre_validate(form)


class RulesForm(StaffForm):
    """The rules of a draw beside the quota; `with_groups` adds a field for each group that may own seats."""

    urutan = Choice(
        "Kapan tempat khusus dibagi?",
        (
            ("first", "Lebih dulu. Jumlah itu paling sedikit untuk kelompoknya."),
            ("last", "Sesudah tempat umum. Jumlah itu tambahan untuk kelompoknya."),
        ),
        "Pilih kapan tempat khusus dibagi.",
    )
    batas = BlankNumber("Paling banyak orang dari satu KK", 1, 100)
    pewaris = Choice(
        "Kalau ada tempat kosong, siapa yang dapat?",
        (("rank", "Urutan cadangan berikutnya."), ("group", "Cadangan berikutnya dari kelompok yang sama.")),
        "Pilih siapa yang dapat tempat kosong.",
    )
    cakupan = Ticks("Kecamatan yang boleh ikut", ())

    def __init__(self, area: str, districts: Options, quota: int, formdata: Any = None, **said: Any) -> None:
        super().__init__(formdata, **said)
        self.area, self.quota = area, quota
        self.cakupan.choices = as_choices(districts)

    def reserves(self) -> tuple[Reserve, ...]:
        """The reserved seats that were asked for, in the order of the page."""
        fields = [field for field in self._fields.values() if field.name.startswith(SEATS)]
        return tuple(Reserve(f.name.removeprefix(SEATS), f.number) for f in fields if f.number)

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field, then all reserves together: they cannot be more than the places."""
        fits = bool(super().validate(extra_validators))
        seats = sum(reserve.seats for reserve in self.reserves()) if fits else 0
        if seats > self.quota:
            first = next(name for name in self._fields if name.startswith(SEATS))
            self.refuse(
                first, f"Tempat khusus {number(seats)}, lebih banyak daripada {number(self.quota)} tempat."
            )
            return False
        return fits

    def rules(self) -> Rules:
        """What was asked for; after validation only."""
        return Rules(
            quota=self.quota,
            reserves=self.reserves(),
            reserve_order=self.urutan.data,
            max_per_household=self.batas.number or None,
            refill=self.pewaris.data,
            scope=tuple(sorted(self.cakupan.data or ())) or (self.area,),
        )


def with_groups(groups: dict[str, str]) -> type[RulesForm]:
    """The form with a field for each group (code -> who they are)."""
    fields = {
        f"{SEATS}{code}": BlankNumber(f"Tempat khusus untuk {who}", 0, MOST) for code, who in groups.items()
    }
    made: type[RulesForm] = FormMeta("GroupRulesForm", (RulesForm,), fields)
    return made


class DrawTimeForm(StaffForm):
    """When the draw is."""

    undi = DayField("Tanggal undian", validators=[Asked("Isi tanggal undian.")])
    undi_jam = TimeField("Jam undian", validators=[Asked("Isi jam undian.")])
    yakin = Tick(
        "Aturan dan waktunya sudah saya cocokkan. Sesudah dijanjikan tidak bisa diubah.",
        validators=[Asked("Cocokkan dulu aturan dan waktunya.")],
    )

    def moment(self, zone: str) -> datetime:
        """When, as an aware time; after validation only."""
        if self.undi.day is None or self.undi_jam.at is None:
            raise ValueError("not validated")
        return at_local(self.undi.day, self.undi_jam.at, zone)


class SignatureForm(StaffForm):
    """The round's signature, typed or pasted; empty where the relays are asked."""

    tanda = StringField("Tanda tangan putaran itu")
    ambil: bool = False

    def validate_tanda(self, field: StringField) -> None:
        """96 digits and letters; spaces and line ends from pasting do not matter."""
        field.data = "".join((field.data or "").split()).lower()
        if not self.ambil and (len(field.data) != 96 or set(field.data) - set("0123456789abcdef")):
            raise StopValidation("Tempel tanda tangannya: 96 angka dan huruf a sampai f.")
