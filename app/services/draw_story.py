"""A wave and its draw as anybody may read them: the chance, the dates, the five steps with their files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from app.models import Draw, Wave
from app.rules import local_time
from app.rules.promise import Promise
from app.rules.waves import LIST_WITHIN
from app.services import draw_files, drawing
from app.services.draw_lookup import grouped


@dataclass(frozen=True)
class Moment:
    """A line of the timeline; `state` is done, now (the latest that is over) or empty."""

    iso: str
    when: str
    title: str
    state: str = ""


@dataclass(frozen=True)
class PublicStep:
    """One of the five steps: sentences, hashes as (label, digest in groups), files that are open now."""

    title: str
    done: bool
    said: tuple[str, ...] = ()
    hashes: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()


def listed_by(wave: Wave, draw: Draw) -> datetime:
    """When the list of entrants was or will at the latest be public."""
    due: datetime = min(wave.closes_at + LIST_WITHIN, drawing.promise_of(draw).final_list_by)
    return draw.listed_at or due


def timeline(wave: Wave, draw: Draw | None, now: datetime, zone: str) -> list[Moment]:
    """The dates of a wave in order; with a promise also those of its draw."""
    dates = [(wave.opens_at, "Pendaftaran dibuka"), (wave.closes_at, "Pendaftaran ditutup")]
    if draw is not None:
        made = drawing.promise_of(draw)
        dates.append((listed_by(wave, draw), "Daftar peserta terbit, tanpa nama"))
        dates.append((draw.frozen_at or made.final_list_by, "Daftar peserta dikunci"))
        dates.append((draw.draw_at, "Undian"))
    if wave.published_at or wave.announce_at:
        dates.append((wave.published_at or wave.announce_at, "Hasil diumumkan"))
    if wave.archived_at:
        dates.append((wave.archived_at, "Gelombang berakhir"))
    over = [at for at, _ in dates if at <= now]
    return [
        Moment(
            at.isoformat(),
            _when(at, zone),
            title,
            "now" if over and at == over[-1] else "done" if at <= now else "",
        )
        for at, title in dates
    ]


def steps(draw: Draw | None, zone: str) -> list[PublicStep]:
    """The five steps as far as they went. Before a promise there are only their names."""
    if draw is None:
        return [PublicStep(title, False) for title in TITLES]
    made = drawing.promise_of(draw)
    return [
        _promise(draw, zone),
        _list(draw, made, zone),
        _freeze(draw, made, zone),
        _run(draw, zone),
        _end(draw, zone),
    ]


TITLES = (
    "Janji undian diumumkan",
    "Daftar peserta terbit",
    "Daftar peserta dikunci",
    "Diundi dengan angka acak dari luar",
    "Diperiksa dua orang, lalu diumumkan",
)


def _promise(draw: Draw, zone: str) -> PublicStep:
    said = (
        f"{_when(draw.promised_at, zone)}.",
        "Aturan, jumlah tempat, dan waktu undian dijanjikan sebelum pendaftaran ditutup, dan tidak bisa diubah.",
    )
    return PublicStep(
        TITLES[0], True, said, (("Sidik janji", grouped(draw.promise_sha256)),), ("janji.json",)
    )


def _list(draw: Draw, made: Promise, zone: str) -> PublicStep:
    if draw.listed_at is None:
        last = _when(made.closes_at + LIST_WITHIN, zone)
        return PublicStep(TITLES[1], False, (f"Paling lambat {last}.",))
    said = [f"{_when(draw.listed_at, zone)}. Isinya nomor undian saja, tidak ada nama."]
    if draw.left_out:
        left = local_time.number(draw.left_out)
        said.append(
            f"{left} orang belum diputuskan. Mereka tidak ikut diundi dan berhak atas tempat tambahan."
        )
    return PublicStep(TITLES[1], True, tuple(said), (), ("peserta.csv",))


def _freeze(draw: Draw, made: Promise, zone: str) -> PublicStep:
    if draw.frozen_at is None:
        said = f"Mulai {_when(made.final_list_by, zone)}. Sampai saat itu peserta boleh mengajukan keberatan."
        return PublicStep(TITLES[2], False, (said, *_moves(draw, zone)))
    counted = f"{_when(draw.frozen_at, zone)}. Ada {local_time.number(draw.tickets_count)} nomor."
    hashes = (("Sidik daftar", grouped(draw.tickets_sha256)), ("Akar daftar", grouped(draw.tickets_root)))
    return PublicStep(TITLES[2], True, (counted, *_moves(draw, zone)), hashes)


def _moves(draw: Draw, zone: str) -> list[str]:
    moved = [datetime.fromisoformat(move["to"]) for move in json.loads(draw.moves)]
    return [
        f"Daftar tidak dikunci tepat waktu, jadi undian mundur ke {_when(to, zone)}." for to in moved[-1:]
    ]


def _run(draw: Draw, zone: str) -> PublicStep:
    number = drawing.round_of(draw)
    if draw.published_at is None or draw.drawn_at is None:
        said = f"Sesudah {_when(draw.draw_at, zone)}, dengan angka acak drand putaran {number}. Sebelum itu tidak ada yang tahu angkanya."
        return PublicStep(TITLES[3], draw.drawn_at is not None, (said,))
    said = f"{_when(draw.drawn_at, zone)}. Angka acaknya dari drand, putaran {number}. Tidak ada yang bisa menebaknya."
    hashes = (("Sidik catatan undian", grouped(draw_files.draw_json_sha256(draw))),)
    return PublicStep(TITLES[3], True, (said,), hashes, ("undian.json",))


def _end(draw: Draw, zone: str) -> PublicStep:
    if draw.published_at is None:
        return PublicStep(TITLES[4], False)
    hashes = (("Sidik hasil", grouped(draw.results_sha256)),)
    files = ("hasil.csv", "perubahan.csv")
    return PublicStep(TITLES[4], True, (f"{_when(draw.published_at, zone)}.",), hashes, files)


def _when(moment: datetime, zone: str) -> str:
    """`4 Desember 2026, 16.00 WIB`."""
    return f"{local_time.date_words(local_time.local_day(moment, zone))}, {local_time.clock(moment, zone)}"
