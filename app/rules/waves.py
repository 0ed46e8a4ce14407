"""In which phase a wave is, and whether its times make sense. All times are aware datetimes."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

LIST_WITHIN = timedelta(hours=24)
"""So soon after closing the list of entrants is public (design section 5, step 2)."""

FROZEN_BEFORE_DRAW = timedelta(hours=24)
"""So long before the draw the list must be final (step 3)."""


class WavePhase(StrEnum):
    """What a wave is doing. A closed or archived wave stays visible."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    ANNOUNCED = "announced"
    ARCHIVED = "archived"


WORDS: dict[WavePhase, str] = {
    WavePhase.DRAFT: "Masih disusun",
    WavePhase.SCHEDULED: "Belum dibuka",
    WavePhase.OPEN: "Sedang dibuka",
    WavePhase.PAUSED: "Dihentikan sementara",
    WavePhase.CLOSED: "Sudah ditutup",
    WavePhase.ANNOUNCED: "Hasil sudah keluar",
    WavePhase.ARCHIVED: "Sudah selesai",
}


def phase(
    *,
    opens_at: datetime | None,
    closes_at: datetime | None,
    paused: bool,
    announced_at: datetime | None,
    archived_at: datetime | None,
    now: datetime,
) -> WavePhase:
    """The phase at `now`. It opens on the instant `opens_at` and is closed from the instant `closes_at` on.

    `announced_at` and `archived_at` are when it happened, or None. A wave without both times is a draft. A pause
    matters only while it would be open: it never hides that a wave has not begun or is over.
    """
    if archived_at is not None and archived_at <= now:
        return WavePhase.ARCHIVED
    if announced_at is not None and announced_at <= now:
        return WavePhase.ANNOUNCED
    if opens_at is None or closes_at is None:
        return WavePhase.DRAFT
    if now < opens_at:
        return WavePhase.SCHEDULED
    if now >= closes_at:
        return WavePhase.CLOSED
    return WavePhase.PAUSED if paused else WavePhase.OPEN


def schedule_problems(
    opens_at: datetime | None,
    closes_at: datetime | None,
    draw_at: datetime | None,
    announce_at: datetime | None,
) -> tuple[tuple[str, str], ...]:
    """What is wrong with the times of a wave: (field, words) pairs, empty when nothing is.

    `draw_at` is None for a wave whose results come from the centre. Missing times of an unfinished draft are no
    problem here; the promise asks for all of them.
    """
    found: list[tuple[str, str]] = []
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        found.append(("closes_at", "Waktu tutup harus sesudah waktu buka."))
    if draw_at is not None and closes_at is not None:
        found += _draw_problems(closes_at, draw_at)
    before = draw_at if draw_at is not None else closes_at
    if announce_at is not None and before is not None and announce_at <= before:
        event = "undian" if draw_at is not None else "tutup"
        found.append(("announce_at", f"Waktu pengumuman harus sesudah waktu {event}."))
    return tuple(found)


def _draw_problems(closes_at: datetime, draw_at: datetime) -> list[tuple[str, str]]:
    if draw_at <= closes_at:
        return [("draw_at", "Waktu undian harus sesudah waktu tutup.")]
    if draw_at < closes_at + LIST_WITHIN + FROZEN_BEFORE_DRAW:
        return [
            (
                "draw_at",
                "Beri jarak paling sedikit 48 jam sesudah tutup: 24 jam untuk daftar peserta, lalu 24 jam daftar terkunci.",
            )
        ]
    return []
