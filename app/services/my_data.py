"""Everything that is stored about one person, for that person: to read and to take along (UU 27/2022 Ps. 7, 13, 32).

Nothing about other people (Ps. 33): rows are taken by their owner's id alone, never by family card, NIK or phone,
because a second claim to the same NIK is another person. For the same reason it is not said whether a claim is
disputed, and a result that was not published yet leaves no trace here.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from app.models import Applicant, Consent, GuideStep
from app.rules import local_time, nik, phone
from app.services import guide, regions
from app.services.my_applications import applications, unsent
from app.services.my_draw import draws
from app.services.my_traces import acts, calls, codes_made, devices, notices, sessions, subscriptions, told
from app.services.record import Fact, Item, Section

#: Kept by us and not given out: whoever held these could be taken for the person.
LEFT_OUT = (
    "PIN dan kunci (kami sendiri hanya menyimpan sidiknya), tanda pengenal HP dan sesi, alamat rahasia untuk "
    "membunyikan HP. Catatan percobaan masuk disimpan per NIK tanpa nama, dan dihapus setelah 90 hari."
)

#: What each purpose of a consent is called.
PERMITTED = {
    "push": "Kabar di HP",
    "wa": "Dihubungi lewat WhatsApp",
    "lpk": "Diberikan ke lembaga pelatihan",
    "email": "Kabar lewat email",
    "sms": "Kabar lewat SMS",
    "call": "Ditelepon petugas",
}


def collect(applicant_id: int, zone: str) -> list[Section]:
    """Everything stored about this person, in the order of the page."""
    applicant = Applicant.get_by_id(applicant_id)
    return [
        Section("diri", "Diri Anda", (_person(applicant),)),
        Section("jejak", "Siapa membukanya", tuple(acts(applicant_id))),
        Section("pendaftaran", "Pendaftaran", tuple(applications(applicant_id, zone))),
        Section("undian", "Undian dan keberatan", tuple(draws(applicant_id))),
        Section("isian", "Isian yang belum dikirim", tuple(unsent(applicant_id))),
        Section("izin", "Izin", tuple(_consents(applicant_id))),
        Section("pengaturan", "Cara dikabari", tuple(told(applicant_id))),
        Section("panduan", "Panduan", tuple(_guide(applicant_id))),
        Section("kabar", "Kabar", tuple(notices(applicant_id))),
        Section("telepon", "Telepon dari petugas", tuple(calls(applicant_id))),
        Section("hp", "HP yang dikenal", tuple(devices(applicant_id))),
        Section("kabar_hp", "HP yang dikabari", tuple(subscriptions(applicant_id))),
        Section("masuk", "Kapan Anda masuk", tuple(sessions(applicant_id))),
        Section("kode", "Kode yang dibuat", tuple(codes_made(applicant_id))),
    ]


def as_json(sections: list[Section], now: datetime, zone: str) -> str:
    """The same as a file: {section: [{code: value}]}, UTF-8, indented."""
    record: dict[str, Any] = {
        "dibuat": local_time.local(now, zone).isoformat(),
        "tidak_disertakan": LEFT_OUT,
    }
    for section in sections:
        record[section.code] = [
            {fact.code: fact.plain(zone) for fact in item.facts} for item in section.items
        ]
    return json.dumps(record, ensure_ascii=False, indent=1)


# the person -------------------------------------------------------------------------------------


def _person(row: Applicant) -> Item:
    facts = (
        Fact("nama", "Nama", row.name),
        Fact("nik", "NIK", row.nik, " ".join(nik.groups(row.nik))),
        Fact("kk", "Nomor KK", row.kk, " ".join(nik.groups(row.kk))),
        Fact(
            "lahir",
            "Tanggal lahir",
            row.birth_date,
            local_time.date_words(date.fromisoformat(row.birth_date)),
        ),
        Fact("jenis_kelamin", "Jenis kelamin", {"p": "Perempuan", "l": "Laki-laki"}.get(row.sex, row.sex)),
        Fact("hp", "Nomor HP", phone.shown(row.phone) if row.phone else None),
        Fact("whatsapp", "Ada WhatsApp", row.whatsapp),
        Fact("email", "Email", row.email),
        Fact("email_dipastikan", "Email dipastikan", row.email_proved_at),
        Fact("tempat_tinggal", "Tempat tinggal", _place(row.village)),
        Fact("catatan_nik", "", row.nik_flags.split(",") if row.nik_flags else []),
        Fact("tercatat_sejak", "Tercatat sejak", row.created_at),
        Fact("pin_dibuat", "PIN dibuat", row.pin_set_at),
        Fact("kunci_dibuat", "Kunci dibuat", row.kunci_set_at),
    )
    return Item("", facts)


def _place(village: str) -> str | None:
    try:
        return regions.full_name(village)
    except (regions.UnknownRegion, ValueError):
        return None


def _consents(applicant_id: int) -> list[Item]:
    return [
        Item(
            PERMITTED.get(row.purpose, row.purpose),
            (
                Fact("untuk", "", row.purpose),
                Fact("diizinkan", "Diizinkan", row.given),
                Fact("pada", "Pada", row.at),
                Fact("lewat", "", row.channel),
                Fact("sidik_teks", "", row.text_sha256),
            ),
        )
        for row in Consent.select().where(Consent.applicant == applicant_id).order_by(Consent.at.desc())
    ]


def _guide(applicant_id: int) -> list[Item]:
    rows = GuideStep.select().where(GuideStep.applicant == applicant_id).order_by(GuideStep.done_at)
    return [
        Item(
            _step(row.step),
            (
                Fact("langkah", "", row.step),
                Fact("bukti", "", row.proof),
                Fact("selesai", "Selesai", row.done_at),
            ),
        )
        for row in rows
    ]


def _step(code: str) -> str:
    step = guide.STEPS.get(code)
    return step.title.replace("{program}", "program") if step else guide.WAYS.get(code, code)
