"""Why a line stands in the ledger of an application: codes in the database, plain Indonesian for its owner.

The words say what happened and never blame; a fault is in the data, not in the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The reason of one ledger line. Codes are stored and never change."""

    SENT_BY_APPLICANT = "sent_by_applicant"
    SENT_WITH_HELP = "sent_with_help"
    EDITED = "edited"
    CONTACT_CHANGED = "contact_changed"
    JOINED_NEXT_WAVE = "joined_next_wave"
    TAKEN_INTO_WAVE = "taken_into_wave"
    CAME_BACK = "came_back"
    OLD_KK = "old_kk"
    NAME_DIFFERS = "name_differs"
    NIK_DIFFERS = "nik_differs"
    BIRTH_DATE_DIFFERS = "birth_date_differs"
    DATA_INCOMPLETE = "data_incomplete"
    DISPUTED_NIK = "disputed_nik"
    DUPLICATE = "duplicate"
    NOT_DUPLICATE = "not_duplicate"
    FIXED_BY_APPLICANT = "fixed_by_applicant"
    FIXED_AT_POSKO = "fixed_at_posko"
    WAVE_CLOSED = "wave_closed"
    DRAWN = "drawn"
    CENTRAL_RESULT = "central_result"
    QUOTA_FULL = "quota_full"
    FAMILY_LIMIT = "family_limit"
    OTHER_AID = "other_aid"
    BARRED_GROUP = "barred_group"
    PAST_RECIPIENT = "past_recipient"
    OUTSIDE_AREA = "outside_area"
    SEAT_OFFERED = "seat_offered"
    SEAT_DECLINED = "seat_declined"
    OFFER_EXPIRED = "offer_expired"
    WAVE_ENDED = "wave_ended"
    ADDED_SEAT = "added_seat"
    SCORED_LATE = "scored_late"
    RESULT_CORRECTED = "result_corrected"
    OBJECTION_UPHELD = "objection_upheld"
    TRAINING_BOUGHT = "training_bought"
    TRAINING_FINISHED = "training_finished"
    DEADLINE_MOVED = "deadline_moved"
    REPORTED_BY_MISTAKE = "reported_by_mistake"
    DEADLINE_MISSED = "deadline_missed"
    DATA_FALSE = "data_false"
    OWN_WISH = "own_wish"


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """`label` for lists at the office, `sentence` for the applicant's ledger, `remedy` what the person can do now."""

    label: str
    sentence: str
    remedy: str = ""


_BRING_KTP_KK = "Bawa KTP dan KK terbaru ke posko mana saja, atau betulkan sendiri di sini."
_NEXT_WAVE = "Anda bisa ikut gelombang berikutnya tanpa mengisi ulang."
_OBJECT = "Merasa ada yang keliru? Ajukan keberatan selama masih bisa, atau datang ke posko."
_AT_CENTRE = "Hasil ini dari pusat. Kalau datanya keliru, bawa KTP dan KK ke posko."

WORDS: dict[Reason, ReasonWords] = {
    Reason.SENT_BY_APPLICANT: ReasonWords("Dikirim sendiri", "Dikirim dari HP Anda."),
    Reason.SENT_WITH_HELP: ReasonWords("Dikirim dengan bantuan petugas", "Dikirim bersama petugas posko."),
    Reason.EDITED: ReasonWords("Jawaban diubah", "Ada jawaban yang Anda ubah."),
    Reason.CONTACT_CHANGED: ReasonWords(
        "Kontak diganti", "Nomor HP atau email diganti. Bukan Anda? Ganti PIN."
    ),
    Reason.JOINED_NEXT_WAVE: ReasonWords(
        "Ikut dari gelombang sebelumnya", "Jawaban dari gelombang sebelumnya Anda pakai lagi."
    ),
    Reason.TAKEN_INTO_WAVE: ReasonWords(
        "Masuk gelombang", "Gelombang dibuka. Pendaftaran Anda ikut, tidak perlu mendaftar lagi."
    ),
    Reason.CAME_BACK: ReasonWords("Mendaftar kembali", "Anda mendaftar kembali di gelombang ini."),
    Reason.OLD_KK: ReasonWords("KK lama", "Nomor KK yang diisi adalah KK lama.", _BRING_KTP_KK),
    Reason.NAME_DIFFERS: ReasonWords("Nama berbeda", "Nama yang diisi berbeda dari KTP.", _BRING_KTP_KK),
    Reason.NIK_DIFFERS: ReasonWords("NIK berbeda", "NIK yang diisi berbeda dari KTP.", _BRING_KTP_KK),
    Reason.BIRTH_DATE_DIFFERS: ReasonWords(
        "Tanggal lahir berbeda", "Tanggal lahir yang diisi berbeda dari KTP.", _BRING_KTP_KK
    ),
    Reason.DATA_INCOMPLETE: ReasonWords("Data belum lengkap", "Ada data yang belum lengkap.", _BRING_KTP_KK),
    Reason.DISPUTED_NIK: ReasonWords(
        "NIK perlu dicocokkan",
        "NIK ini perlu dicocokkan dengan KTP oleh petugas.",
        "Bawa KTP asli ke posko mana saja. Cukup sekali.",
    ),
    Reason.DUPLICATE: ReasonWords(
        "Terdaftar dua kali",
        "Menurut petugas Anda terdaftar dua kali. Pendaftaran yang ini kami hentikan.",
        "Merasa ada yang keliru? Bawa KTP asli ke posko mana saja.",
    ),
    Reason.NOT_DUPLICATE: ReasonWords(
        "Dilanjutkan lagi", "Pendaftaran ini keliru kami hentikan. Sekarang dilanjutkan lagi."
    ),
    Reason.FIXED_BY_APPLICANT: ReasonWords("Dibetulkan sendiri", "Data sudah Anda betulkan."),
    Reason.FIXED_AT_POSKO: ReasonWords("Dibetulkan di posko", "Data sudah dibetulkan bersama Anda di posko."),
    Reason.WAVE_CLOSED: ReasonWords(
        "Gelombang ditutup", "Pendaftaran ditutup. Nomor Anda ada di daftar peserta."
    ),
    Reason.DRAWN: ReasonWords("Hasil undian", "Ini hasil undian terbuka. Siapa saja bisa memeriksanya."),
    Reason.CENTRAL_RESULT: ReasonWords(
        "Hasil dari pusat", "Hasil ini datang dari pusat, bukan dari undian kami."
    ),
    Reason.QUOTA_FULL: ReasonWords(
        "Kuota penuh", "Semua tempat sudah terisi. Yang mendaftar lebih banyak daripada tempat.", _NEXT_WAVE
    ),
    Reason.FAMILY_LIMIT: ReasonWords(
        "Sudah 2 orang dari satu KK", "Dari KK Anda sudah ada penerima sebanyak batas aturan.", _OBJECT
    ),
    Reason.OTHER_AID: ReasonWords(
        "Tercatat menerima bantuan lain",
        "Menurut pusat, NIK Anda tercatat menerima bantuan lain.",
        _AT_CENTRE,
    ),
    Reason.BARRED_GROUP: ReasonWords(
        "Pekerjaan yang dikecualikan",
        "Menurut pusat, NIK Anda tercatat di pekerjaan yang tidak bisa ikut.",
        _AT_CENTRE,
    ),
    Reason.PAST_RECIPIENT: ReasonWords(
        "Pernah menerima", "Menurut pusat, NIK Anda sudah pernah menerima program ini.", _AT_CENTRE
    ),
    Reason.OUTSIDE_AREA: ReasonWords(
        "Di luar daerah gelombang", "Alamat tinggal Anda di luar daerah gelombang ini.", _NEXT_WAVE
    ),
    Reason.SEAT_OFFERED: ReasonWords(
        "Naik dari cadangan", "Ada tempat kosong. Giliran Anda menurut urutan, dan Anda menerimanya."
    ),
    Reason.SEAT_DECLINED: ReasonWords(
        "Tawaran ditolak", "Anda tidak mengambil tempat yang kami tawarkan.", _NEXT_WAVE
    ),
    Reason.OFFER_EXPIRED: ReasonWords(
        "Tawaran tidak dijawab",
        "Tawaran tempat sudah lewat waktunya dan pindah ke urutan berikutnya.",
        _NEXT_WAVE,
    ),
    Reason.WAVE_ENDED: ReasonWords(
        "Gelombang berakhir", "Gelombang berakhir tanpa tempat kosong lagi untuk cadangan.", _NEXT_WAVE
    ),
    Reason.ADDED_SEAT: ReasonWords(
        "Dapat tempat tambahan",
        "Nomor Anda tertinggal dari daftar. Urutannya dapat tempat, jadi kami tambahkan.",
    ),
    Reason.SCORED_LATE: ReasonWords(
        "Dihitung menyusul",
        "Nomor Anda tertinggal, lalu dihitung dengan kunci undian yang sama. Tidak dapat tempat.",
        _NEXT_WAVE,
    ),
    Reason.RESULT_CORRECTED: ReasonWords(
        "Hasil dibetulkan", "Hasil sebelumnya keliru dan kami betulkan.", _OBJECT
    ),
    Reason.OBJECTION_UPHELD: ReasonWords(
        "Keberatan diterima", "Keberatan Anda benar. Keputusan kami betulkan."
    ),
    Reason.TRAINING_BOUGHT: ReasonWords("Pelatihan dibeli", "Pelatihan pertama sudah dibeli."),
    Reason.TRAINING_FINISHED: ReasonWords("Pelatihan selesai", "Pelatihan sudah selesai."),
    Reason.DEADLINE_MOVED: ReasonWords("Batas waktu diundur", "Batas waktu Anda diundur petugas."),
    Reason.REPORTED_BY_MISTAKE: ReasonWords(
        "Laporan keliru", "Laporan sebelumnya keliru dan sudah dibatalkan."
    ),
    Reason.DEADLINE_MISSED: ReasonWords(
        "Lewat batas waktu", "Sampai batas waktu, pelatihan pertama belum tercatat dibeli.", _OBJECT
    ),
    Reason.DATA_FALSE: ReasonWords(
        "Data tidak benar", "Data yang dikirim ternyata tidak sama dengan KTP atau KK.", _OBJECT
    ),
    Reason.OWN_WISH: ReasonWords(
        "Keinginan sendiri",
        "Anda menarik pendaftaran ini.",
        "Selama gelombang dibuka, Anda bisa mendaftar kembali.",
    ),
}

FIX_REASONS: tuple[Reason, ...] = (
    Reason.OLD_KK,
    Reason.NAME_DIFFERS,
    Reason.NIK_DIFFERS,
    Reason.BIRTH_DATE_DIFFERS,
    Reason.DATA_INCOMPLETE,
    Reason.DISPUTED_NIK,
)
"""Offered to staff who mark an application as needing a fix."""

RESULT_REASONS: tuple[Reason, ...] = (
    Reason.CENTRAL_RESULT,
    Reason.QUOTA_FULL,
    Reason.FAMILY_LIMIT,
    Reason.OTHER_AID,
    Reason.BARRED_GROUP,
    Reason.PAST_RECIPIENT,
    Reason.OUTSIDE_AREA,
    Reason.DATA_INCOMPLETE,
    Reason.RESULT_CORRECTED,
)
"""Offered to staff who bring in or correct a result (the reasons that the centre shows since 2021, and ours)."""

REVOKE_REASONS: tuple[Reason, ...] = (
    Reason.DEADLINE_MISSED,
    Reason.DATA_FALSE,
    Reason.FAMILY_LIMIT,
    Reason.BARRED_GROUP,
)
"""Offered to staff who revoke a place."""

WITHDRAW_REASONS: tuple[Reason, ...] = (Reason.OWN_WISH,)
"""Offered to staff who withdraw an application for its owner."""
