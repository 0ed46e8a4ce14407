"""The whole registration on one screen: what is asked, of whom, in which order, and what ends it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from app.forms.eligibility_steps import EligibilityForm, NoticeForm, eligibility_bars
from app.forms.identity_steps import IdentityForm, PinForm, SecondLookForm, age_bars, doubts
from app.forms.journey import Answers, Journey, Step
from app.forms.place_steps import ContactForm, DistrictForm, StreetForm, VillageForm, outside_area
from app.forms.work_steps import LostWorkForm, SchoolForm, WishesForm, WorkForm, lost_work
from app.rules.eligibility import Bar


@lru_cache(4)
def registration(today: date) -> Journey:
    """The journey on a given day (age is counted on it)."""

    def too_young_or_old(answers: Answers) -> tuple[Bar, ...]:
        return age_bars(today, answers)

    return Journey(
        Step("syarat", "Apakah Anda bisa ikut?", EligibilityForm, stop=eligibility_bars),
        Step("persetujuan", "Data Anda, hak Anda", NoticeForm),
        Step("identitas", "Data di KTP Anda", IdentityForm, stop=too_young_or_old),
        Step(
            "periksa-nik",
            "Cek lagi NIK Anda",
            SecondLookForm,
            when=lambda answers: bool(doubts(answers)),
            about=("identitas",),
        ),
        Step("pin", "Buat PIN", PinForm),
        Step("kecamatan", "Di mana Anda tinggal sekarang?", DistrictForm, stop=outside_area),
        Step("desa", "Desa atau kelurahan Anda", VillageForm, about=("kecamatan",)),
        Step("alamat", "Alamat rumah Anda", StreetForm),
        Step("kontak", "Ke mana kami memberi kabar?", ContactForm),
        Step("pekerjaan", "Bagaimana keadaan kerja Anda sekarang?", WorkForm),
        Step("phk", "Tempat kerja Anda yang terakhir", LostWorkForm, when=lost_work),
        Step("pendidikan", "Sekolah Anda", SchoolForm),
        Step("minat", "Pelatihan yang Anda minati", WishesForm),
    )


#: Headings of the check page and the slugs under each.
SECTIONS = (
    ("Diri Anda", ("identitas", "periksa-nik", "pin")),
    ("Tempat tinggal dan kabar", ("kecamatan", "desa", "alamat", "kontak")),
    ("Kerja dan pelatihan", ("pekerjaan", "phk", "pendidikan", "minat")),
    ("Izin", ("persetujuan",)),
)
