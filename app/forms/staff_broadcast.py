"""What managers write to many: the text, for whom, and when it goes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms.validators import StopValidation

from app.forms.fields import AtMost, Choice, Line, Menu, Tick, Ticks, as_choices
from app.forms.staff_form import StaffForm
from app.forms.staff_waves import DayField, TimeField
from app.rules import broadcast
from app.rules.broadcast import ANY, WAITING, Segment, Unopened
from app.rules.local_time import at_local
from app.rules.own_address import Site
from app.rules.states import WORDS
from app.rules.terms import Options

NOW, LATER = "sekarang", "nanti"
#: Far more than fits: what is longer is refused in the words of the rule, with its count.
LONGEST = 5_000


class BroadcastForm(StaffForm):
    """Text and segment. `offer` says which waves, districts and posko there are, and where we are."""

    judul = Line("Judul", validators=[AtMost(LONGEST)])
    teks = Line("Isi", validators=[AtMost(LONGEST)])
    gelombang = Menu("Gelombang")
    keadaan = Ticks(
        "Keadaan pendaftaran",
        tuple((state.value, WORDS[state].label) for state in broadcast.STATES),
        words="",
    )
    belum = Choice(
        "Sudah membuka kabar?",
        (
            (Unopened.NO_MATTER.value or "semua", "Semua, sudah atau belum"),
            (Unopened.RESULT.value, "Hanya yang belum membuka hasil"),
            (Unopened.LAST.value, "Hanya yang belum membuka kabar terakhirnya"),
        ),
    )
    kecamatan = Ticks("Kecamatan tempat tinggal", (), words="")
    posko = Menu("Didaftarkan di posko")

    site: Site | None = None

    def offer(self, waves: Options, districts: Options, posko: Options, site: Site) -> None:
        """Fill the lists."""
        self.gelombang.choices = as_choices(
            (("semua", "Semua gelombang"), *waves, (WAITING, "Menunggu gelombang berikutnya"))
        )
        self.kecamatan.choices = as_choices(tuple(districts))
        self.posko.choices = as_choices((("semua", "Di mana saja, juga yang mendaftar sendiri"), *posko))
        self.site = site

    def validate_judul(self, field: Line) -> None:
        """The rule of lock screens."""
        _refuse(broadcast.title_problem(field.data or "", self._site()))

    def validate_teks(self, field: Line) -> None:
        """Links of ours only, no number of a person."""
        _refuse(broadcast.body_problem(field.data or "", self._site()))

    def _site(self) -> Site:
        if self.site is None:
            raise ValueError("nothing was offered")
        return self.site

    def segment(self) -> Segment:
        """Whom it is for; after validation only."""
        return Segment(
            wave=_or_all(self.gelombang.data, ANY),
            states=tuple(self.keadaan.data or ()),
            districts=tuple(self.kecamatan.data or ()),
            posko=_or_all(self.posko.data, ""),
            unopened=_or_all(self.belum.data, Unopened.NO_MATTER.value),
        )

    @staticmethod
    def said(segment: Segment) -> dict[str, Any]:
        """What stands in the boxes for a segment."""
        return {
            "gelombang": segment.wave or "semua",
            "keadaan": list(segment.states),
            "kecamatan": list(segment.districts),
            "posko": segment.posko or "semua",
            "belum": segment.unopened or "semua",
        }


def _or_all(said: str | None, everybody: str) -> str:
    return everybody if said in (None, "semua") else str(said)


def _refuse(words: str | None) -> None:
    if words is not None:
        raise StopValidation(words)


class SendForm(StaffForm):
    """When it goes."""

    kapan = Choice("Kapan dikirim?", ((NOW, "Sekarang"), (LATER, "Nanti, pada waktu ini")), "Pilih waktunya.")
    tanggal = DayField("Tanggal")
    jam = TimeField("Jam")
    malam = Tick("Tetap kirim di jam diam. HP baru berbunyi sesudahnya.")

    def validate_tanggal(self, field: DayField) -> None:
        """Asked only when it goes later."""
        if self.kapan.data == LATER and not field.data:
            raise StopValidation("Isi tanggal kirim.")

    def validate_jam(self, field: TimeField) -> None:
        """Asked only when it goes later."""
        if self.kapan.data == LATER and not field.data:
            raise StopValidation("Isi jam kirim.")

    def moment(self, zone: str) -> datetime | None:
        """The planned time; None for now. After validation only."""
        if self.kapan.data == NOW:
            return None
        if self.tanggal.day is None or self.jam.at is None:
            raise ValueError("not validated")
        return at_local(self.tanggal.day, self.jam.at, zone)
