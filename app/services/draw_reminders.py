"""What the office must do next for its draws: shown on its first page, and mailed to who runs waves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.models import Draw, Wave
from app.rules import draw_agenda, local_time
from app.rules.draw_agenda import Duty, Facts
from app.services import draw_files, office, office_mail
from app.services.draw_steps import TITLES
from app.services.drawing import promise_of

DO = {
    "janji": "Buat janji undian",
    "daftar": "Terbitkan daftar peserta",
    "kunci": "Kunci daftar peserta",
    "jalan": "Jalankan undian",
    "sah": "Periksa dan sahkan undian",
    "umumkan": "Jadwalkan pengumuman",
}
OTHERWISE = {
    "janji": "Sesudah itu gelombang ini tidak bisa diundi.",
    "daftar": "Peserta perlu waktu untuk memeriksa nomornya.",
    "kunci": "Kalau terlambat, undian mundur satu minggu, dan itu terlihat oleh umum.",
    "jalan": "Angka acaknya sudah ada. Siapa pun bisa menghitungnya sebelum kantor.",
    "sah": "Harus orang lain daripada yang menjalankan undian.",
    "umumkan": "Harus orang lain daripada yang mengesahkan.",
}
SECOND_PERSON = frozenset({"sah"})
"""Steps that a verifier may take too."""


@dataclass(frozen=True)
class Reminder:
    """One step that is due: what, of which wave, until when, how long that is, and what happens otherwise."""

    wave: int
    slug: str
    what: str
    until: str
    left: str
    otherwise: str
    late: bool


def due(now: datetime) -> list[Reminder]:
    """The steps whose reminders have begun, the most urgent first."""
    zone = office.current().zone
    found = [(duty, wave) for wave, duty in _duties(now) if draw_agenda.moments(duty)[0] <= now]
    return [_shown(wave, duty, now, zone) for duty, wave in sorted(found, key=lambda one: one[0].due)]


def remind_due(now: datetime) -> int:
    """Write the reminders whose moment has come, each once; returns how many. The worker calls it every minute."""
    zone, written = office.current().zone, 0
    for wave, duty in _duties(now):
        passed = [at for at in draw_agenda.moments(duty) if at <= now]
        if passed:
            written += _write(_shown(wave, duty, now, zone), duty, passed[-1], now)
    return written


def _duties(now: datetime) -> list[tuple[Wave, Duty]]:
    open_ones = Wave.published_at.is_null() & Wave.archived_at.is_null() & (Wave.selection == "draw")
    found = [
        (wave, draw_agenda.duty(_facts(wave, draw_files.of_wave(wave))))
        for wave in Wave.select().where(open_ones)
    ]
    return [(wave, duty) for wave, duty in found if duty is not None and not _is_hopeless(duty, now)]


def _is_hopeless(duty: Duty, now: datetime) -> bool:
    """A promise that was not made in time cannot be made any more: nothing to remind of."""
    return duty.slug == "janji" and now > duty.due + draw_agenda.PATIENCE


def _facts(wave: Wave, draw: Draw | None) -> Facts:
    if draw is None:
        return Facts(wave.closes_at, wave.announce_at, promised=False)
    return Facts(
        wave.closes_at,
        wave.announce_at,
        promised=True,
        listed=draw.listed_at is not None,
        final_list_by=promise_of(draw).final_list_by,
        frozen=draw.frozen_at is not None,
        draw_at=draw.draw_at,
        drawn_at=draw.drawn_at,
        attested_at=draw.attested_at,
        planned=wave.publish_at is not None,
    )


def _shown(wave: Wave, duty: Duty, now: datetime, zone: str) -> Reminder:
    what = f"{DO[duty.slug]} Gelombang {wave.number}"
    until = local_time.day_clock(duty.due, zone)
    if now < duty.begins:
        what = f"Siapkan: {TITLES[duty.slug].lower()} mulai {local_time.day_clock(duty.begins, zone)}"
    left = draw_agenda.left(now, duty.due)
    return Reminder(wave.number, duty.slug, what, until, left, OTHERWISE[duty.slug], late=now > duty.due)


def _write(one: Reminder, duty: Duty, moment: datetime, now: datetime) -> bool:
    """One mail for this moment of this step; worthless once the next one speaks."""
    later = [at for at in draw_agenda.moments(duty) if at > moment]
    lines = (
        f"{one.what}: paling lambat {one.until}, {one.left}.",
        one.otherwise,
        f"Buka {office_mail.SITE}/petugas/gelombang/{one.wave}/undian",
    )
    key = f"remind:{one.wave}:{one.slug}:{round(moment.timestamp())}"
    subject = f"{DO[one.slug]} Gelombang {one.wave}, {one.left}"
    until = later[0] if later else moment + draw_agenda.PATIENCE
    return office_mail.write(office_mail.MANAGERS, key, subject, lines, now, not_after=until)
