"""Who opened and changed the record of a person: the audit trail as its owner may read it (UU 27/2022 Ps. 7, 32)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.models import Application, AuditLine, Result, Staff
from app.services import history

#: Verbs of the audit trail in plain words. One that is not named here is still shown, as what it is.
WORDS = {
    "application.send": "Mengirim pendaftaran",
    "application.change": "Mengubah jawaban",
    "contact.change": "Mengganti nomor HP atau email",
    "application.join": "Ikut gelombang",
    "application.come_back": "Mendaftar kembali",
    "application.withdraw": "Menarik pendaftaran",
    "application.bought": "Melaporkan sudah beli pelatihan",
    "deadline.done": "Melaporkan tugas selesai",
    "application.finished": "Melaporkan pelatihan selesai",
    "deadline.move": "Mengundurkan batas waktu",
    "consent.yes": "Memberi izin",
    "consent.no": "Menarik izin",
    "preference.set": "Mengatur cara dikabari",
    "pin.change": "Mengganti PIN",
    "pin.reset": "Mengganti PIN dengan kode posko",
    "pin.code": "Membuat kode untuk mengganti PIN",
    "pin.open": "Membuka lagi jalan masuk dari HP baru",
    "kunci.renew": "Membuat kunci baru",
    "session.revoke": "Mengeluarkan dari semua HP",
    "push.on": "Menyalakan kabar di HP",
    "push.off": "Mematikan kabar di HP",
    "email.prove": "Memastikan email",
    "email.off": "Menghentikan kabar lewat email",
    "call.ask": "Minta ditelepon petugas",
    "call.note": "Menelepon Anda dan mencatat hasilnya",
    "nik.open": "Membuka NIK, nomor KK, dan tanggal lahir lengkap",
    "record.open": "Membuka pendaftaran Anda di posko lain",
    "nik.match": "Mencocokkan NIK dengan KTP",
    "claim.settle": "Mencocokkan pendaftaran dengan KTP",
    "claim.reject": "Mencocokkan pendaftaran dengan KTP",
    "application.fix": "Minta data dibetulkan",
    "application.complete": "Menyatakan data lengkap",
    "application.duplicate": "Menghentikan pendaftaran yang dobel",
    "application.restore": "Melanjutkan lagi pendaftaran",
    "group.seen": "Melihat bukti kelompok",
    "group.confirm": "Memeriksa bukti kelompok",
    "group.refuse": "Menolak bukti kelompok",
    "result.set": "Mengisi hasil",
    "offer.make": "Menawarkan tempat kosong",
    "offer.accept": "Mengambil tempat yang ditawarkan",
    "offer.decline": "Melepas tempat yang ditawarkan",
    "objection.make": "Mengajukan keberatan",
    "reversal.propose": "Mengusulkan tempat dicabut",
    "reversal.confirm": "Menyetujui tempat dicabut",
    "reversal.drop": "Membatalkan usulan cabut tempat",
    "late.propose": "Mengusulkan nomor dihitung menyusul",
    "late.confirm": "Menyetujui nomor dihitung menyusul",
    "late.drop": "Membatalkan usulan hitung menyusul",
}
#: Why an officer opened the full numbers, told to their owner. A claim that is disputed is not told of (threat 4).
OPENED_FOR = {
    "ktp": "mencocokkan dengan KTP Anda",
    "fix": "membetulkan data bersama Anda",
    "call": "Anda menelepon atau menulis",
    "dispute": "mencocokkan NIK",
}
#: Lines about a result would tell that there is one; they are shown with the result.
RESULTS = "result."
#: What one officer proposes is told when another has agreed, with the decision and not before it.
PROPOSED = {"reversal.propose": "reversal.confirm", "reversal.drop": "reversal.confirm"}
PROPOSED |= {"late.propose": "late.confirm", "late.drop": "late.confirm"}


@dataclass(frozen=True)
class Act:
    """One line: when, who (a person of the office by name and posko), and what in plain words."""

    at: datetime
    who: str
    what: str


def of(applicant_id: int) -> list[Act]:
    """Every act on this person's record, the newest first. Details of lines are for the office."""
    applications = list(Application.select(Application.id).where(Application.applicant == applicant_id))
    subjects = [f"applicant:{applicant_id}", *(f"application:{row.id}" for row in applications)]
    told = Result.published_at.is_null(False) & Result.application.in_([row.id for row in applications])
    shown = {f"application:{row.application_id}" for row in Result.select(Result.application).where(told)}
    lines = list(AuditLine.select().where(AuditLine.subject.in_(subjects)).order_by(AuditLine.id.desc()))
    decided = {(line.verb, line.subject) for line in lines}
    staff = {f"staff:{row.username}": row for row in Staff.select()}
    return [
        Act(line.at, _who(line.actor, staff), _what(line))
        for line in lines
        if (not line.verb.startswith(RESULTS) or line.subject in shown)
        and (line.verb not in PROPOSED or (PROPOSED[line.verb], line.subject) in decided)
    ]


def _what(line: AuditLine) -> str:
    words = WORDS.get(line.verb, f"Tindakan lain ({line.verb})")
    why = OPENED_FOR.get(line.detail) if line.verb == "nik.open" else None
    return f"{words}: {why}" if why else words


def named(staff: Staff) -> str:
    """`Budi Santoso, petugas Posko Sukodono`."""
    return f"{staff.name}, petugas {history.place_of(staff)}"


def _who(actor: str, staff: dict[str, Staff]) -> str:
    if actor == "applicant":
        return "Anda"
    row = staff.get(actor)
    if row is not None:
        return named(row)
    return "Otomatis" if actor == "system" else "Petugas kantor kami"
