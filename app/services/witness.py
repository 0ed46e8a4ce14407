"""What the inspectorate is told while a draw is on its way: hashes that the office can then no longer change unseen.

Written in the transaction of the fact (services/office_mail.py sends it): security.md 5, D3. Without an address
nothing is lost: the rows wait, and the receipts are witnesses too.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from app.models import Draw, SeatChange, Wave
from app.rules import local_time
from app.rules.promise import Promise
from app.services import draw_files, office, office_mail, public_changes


def tell_promise(draw: Draw, now: datetime) -> None:
    """janji_sha256, with what it stands for."""
    made = Promise.from_json(bytes(draw.promise))
    places = local_time.number(made.rules.quota)
    dates = (
        f"Ditutup: {_when(made.closes_at)}",
        f"Daftar dikunci mulai: {_when(made.final_list_by)}",
        f"Undian: {_when(made.draw_at)}",
    )
    lines = (
        f"Undian {_name(draw)} sudah dijanjikan, dan tidak bisa diubah lagi.",
        f"Sidik janji (SHA-256 janji.json):\n{draw.promise_sha256}",
        "\n".join((f"Jumlah tempat: {places}", *dates)),
    )
    _write(draw, f"promise:{draw.id}", f"Sidik janji undian {_name(draw)}", lines, now)


def tell_frozen(draw: Draw, now: datetime) -> None:
    """tickets_sha256, count and root."""
    lines = (
        f"Daftar peserta {_name(draw)} dikunci {_when(now)}. Ada {local_time.number(draw.tickets_count)} nomor.",
        f"Sidik daftar (SHA-256 peserta.csv):\n{draw.tickets_sha256}",
        f"Akar daftar (RFC 9162):\n{draw.tickets_root}",
        f"Undian: {_when(draw.draw_at)}",
    )
    _write(draw, f"frozen:{draw.id}", f"Sidik daftar peserta {_name(draw)}", lines, now)


def tell_moved(draw: Draw, now: datetime) -> None:
    """A late list has moved the draw."""
    lines = (
        f"Daftar peserta {_name(draw)} tidak dikunci 24 jam sebelum undian.",
        f"Karena itu undian mundur ke {_when(draw.draw_at)}.",
    )
    _write(
        draw, f"moved:{draw.id}:{round(draw.draw_at.timestamp())}", f"Undian {_name(draw)} mundur", lines, now
    )


def tell_drawn(draw: Draw, now: datetime) -> None:
    """The round, its signature and results_sha256."""
    lines = (
        f"Undian {_name(draw)} dijalankan {_when(now)}, dengan drand putaran {draw.round}.",
        f"Tanda tangan putaran:\n{draw.signature}",
        f"Sidik hasil (SHA-256 hasil.csv):\n{draw.results_sha256}",
    )
    _write(draw, f"drawn:{draw.id}", f"Sidik hasil undian {_name(draw)}", lines, now)


def tell_published(wave: Wave, now: datetime) -> None:
    """The hash of undian.json, which holds the office to the times that it wrote into it."""
    draw = draw_files.of_wave(wave)
    if draw is None:
        return
    lines = (
        f"Hasil undian {_name(draw)} diumumkan {_when(now)}. Semua berkasnya sekarang terbuka.",
        f"Sidik catatan undian (SHA-256 undian.json):\n{draw_files.draw_json_sha256(draw)}",
    )
    _write(draw, f"published:{draw.id}", f"Sidik catatan undian {_name(draw)}", lines, now)


def tell_end(wave: Wave, now: datetime) -> None:
    """The last state of perubahan.csv, when a drawn wave is over."""
    draw = Draw.get_or_none((Draw.wave == wave.id) & Draw.drawn_at.is_null(False))
    if draw is None:
        return
    count = SeatChange.select().where(SeatChange.draw == draw.id).count()
    digest = hashlib.sha256(public_changes.csv(draw)).hexdigest()
    lines = (
        f"{_name(draw)} sudah berakhir. Sesudah undian ada {local_time.number(count)} perubahan tempat.",
        f"Sidik perubahan (SHA-256 perubahan.csv sampai baris ini):\n{digest}",
    )
    _write(draw, f"ended:{draw.id}", f"{_name(draw)} berakhir", lines, now)


def standing(draw: Draw, fact: str, zone: str) -> str:
    """Whether the inspectorate has a hash, in words; `fact` is promise, frozen or drawn. Empty for a draw of before."""
    state, at = office_mail.state_of(f"{fact}:{draw.id}")
    if state == "sent" and at is not None:
        return f"Dikirim ke inspektorat {local_time.day_clock(at, zone)}."
    words = {
        "queued": "Menunggu dikirim ke inspektorat.",
        "failed": "Email ke inspektorat gagal. Kirim sendiri sidiknya.",
    }
    return words.get(state, "")


def _write(draw: Draw, key: str, subject: str, lines: tuple[str, ...], now: datetime) -> None:
    where = f"Berkas dan alat pemeriksa: {office_mail.SITE}/gelombang/{draw.wave.number}/undian"
    keep = "Simpan email ini. Siapa pun bisa mencocokkan sidik ini dengan berkas umum."
    office_mail.write(office_mail.INSPECTORATE, key, subject, (*lines, where, keep), now)


def _name(draw: Draw) -> str:
    return f"Gelombang {draw.wave.number}"


def _when(moment: datetime) -> str:
    return local_time.day_clock(moment, office.current().zone)
