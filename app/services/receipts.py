"""What a receipt says: the ticket, the wave, and what happens next and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.models import Application, Wave
from app.prepared import Prepared
from app.rules import codes, local_time
from app.rules.states import State
from app.services import draw_files, draw_lookup, group_claims, waves

#: States in which a receipt can still say what comes next.
UNDER_WAY = (State.SUBMITTED.value, State.NEEDS_FIX.value, State.IN_SELECTION.value)
OVERTAKEN = ("Sesudah bukti ini sudah ada kabar baru.", "Lihat keadaan terbaru di halaman Status.")

_newest: Prepared[Application] = Prepared(
    lambda owner: (
        Application.select()
        .where(Application.applicant == owner)
        .order_by(Application.submitted_at.desc())
        .limit(1)
    )
)


@dataclass(frozen=True)
class Receipt:
    """Words and codes ready to print. `steps` are (title, text) in the order in which they will happen; when the registration
    is not `is_under_way` any more (a result, a withdrawal), they only say where the newer news is. `has_dates`: its wave has
    dates to come, to be kept in a calendar.

    `kunci_made` is when the kunci was made that holds now. `promise` is janji_sha256 in groups, once the draw of the wave is
    promised: whoever keeps the receipt is a witness.
    """

    ticket: str
    name: str
    wave: str
    received: str
    steps: tuple[tuple[str, str], ...]
    is_under_way: bool
    has_dates: bool
    kunci_made: datetime | None = None
    promise: str = ""


def of_applicant(applicant_id: int, zone: str, now: datetime) -> Receipt | None:
    """The receipt of the newest registration of a person, or None."""
    application = _newest.first(applicant_id)
    if application is None:
        return None
    wave = application.wave
    is_under_way = application.state in UNDER_WAY
    return Receipt(
        ticket=codes.shown(application.ticket),
        name=application.applicant.name,
        wave=f"Gelombang {wave.number}" if wave else "Menunggu gelombang berikutnya",
        received=local_time.day_clock(application.submitted_at, zone),
        steps=_under_way(application, zone, now) if is_under_way else (OVERTAKEN,),
        is_under_way=is_under_way,
        has_dates=is_under_way and wave is not None and now < (wave.announce_at or wave.closes_at),
        kunci_made=application.applicant.kunci_set_at,
        promise=_promise(wave),
    )


def _promise(wave: Wave | None) -> str:
    draw = draw_files.of_wave(wave) if wave else None
    return draw_lookup.grouped(draw.promise_sha256) if draw else ""


def _under_way(application: Application, zone: str, now: datetime) -> tuple[tuple[str, str], ...]:
    first, *later = _steps(application.wave, zone, now)
    papers = ((words.title, words.text) for words in group_claims.told(application))
    return (first, *papers, *later)


def _steps(wave: Wave | None, zone: str, now: datetime) -> list[tuple[str, str]]:
    steps = [("Sekarang: siapkan dua akun.", "Email dulu, lalu akun program.")]
    if wave is None:
        steps.append(
            (
                "Menunggu gelombang berikutnya.",
                "Pendaftaran Anda kami simpan. Anda tidak perlu mendaftar lagi.",
            )
        )
        return steps
    if now < wave.closes_at:
        steps.append((f"{_when(wave.closes_at, zone)}: ditutup.", "Sampai saat itu data masih bisa diubah."))
    if wave.announce_at is not None and now < wave.announce_at:
        steps.append(
            (f"{_when(wave.announce_at, zone)}: hasil.", "Kami kabari lewat HP. Bisa juga dilihat di sini.")
        )
    else:
        steps.append(("Sesudah itu: hasil.", "Kami kabari lewat HP. Bisa juga dilihat di sini."))
    return steps


def _when(moment: datetime, zone: str) -> str:
    """`4 Desember, pukul 16.00 WIB`."""
    return f"{local_time.short_day(moment, zone)}, pukul {local_time.clock(moment, zone)}"


def words_about_open(wave: Wave | None, zone: str) -> str:
    """One sentence for the check page: which wave this registration will join."""
    if wave is None:
        return "Belum ada gelombang yang dibuka. Pendaftaran Anda kami simpan untuk gelombang berikutnya."
    closes = local_time.day_clock(wave.closes_at, zone)
    places = f"{local_time.number(wave.quota)} tempat. {waves.meaning(wave)}".strip()
    return (
        f"Pendaftaran ini untuk Gelombang {wave.number}, {places} "
        f"Setelah dikirim, data masih bisa diubah sampai {closes}."
    )
