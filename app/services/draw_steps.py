"""Where a draw stands: its five steps in words for the office, who took them, and what stands in the way of the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.models import AuditLine, Draw, Entry, Staff, Wave
from app.rules import beacon, local_time
from app.rules.promise import BEFORE_CLOSING
from app.services import draw_files, drawing, witness
from app.services.draw_lookup import grouped
from app.services.drawing import promise_of

TITLES = {
    "janji": "Janji undian diumumkan",
    "daftar": "Daftar peserta terbit",
    "kunci": "Daftar peserta dikunci",
    "jalan": "Undian dengan angka acak dari luar",
    "sah": "Disahkan orang kedua",
    "umumkan": "Diumumkan",
}
"""Attesting and announcing are two halves of step 5, by two people."""


@dataclass(frozen=True)
class Step:
    """One step: `said` are sentences about what was done, `hashes` are (label, digest in groups).

    `waits` says what stands in the way, if anything does.
    """

    slug: str
    title: str
    done: bool
    said: tuple[str, ...] = ()
    waits: str = ""
    hashes: tuple[tuple[str, str], ...] = ()


def of(wave: Wave, now: datetime, zone: str) -> tuple[Draw | None, list[Step]]:
    """The draw of a wave (without its large columns) and its steps in order."""
    draw = draw_files.of_wave(wave)
    if draw is None:
        return None, [
            Step("janji", TITLES["janji"], False, waits=_promise_waits(wave, now, zone)),
            *(Step(slug, TITLES[slug], False) for slug in TITLES if slug != "janji"),
        ]
    found = [_promise(draw, zone), _list(draw, now, zone), _freeze(draw, now, zone), _run(draw, now, zone)]
    return draw, [*found, _attest(draw, zone), _publish(draw, wave, zone)]


def in_the_way(steps: list[Step], slug: str) -> Step | None:
    """The step that comes before this one and is not done, or this one when it has to wait for something itself."""
    for step in steps:
        if step.slug == slug:
            return step if step.waits else None
        if not step.done:
            return step
    return None


def next_of(steps: list[Step]) -> Step | None:
    """The first step that is not done, or None when all are."""
    return next((step for step in steps if not step.done), None)


def _promise_waits(wave: Wave, now: datetime, zone: str) -> str:
    last = wave.closes_at - BEFORE_CLOSING
    if now <= last:
        return ""
    return (
        f"Janji harus dibuat paling lambat 7 hari sebelum ditutup, yaitu {local_time.day_clock(last, zone)}. "
        "Undian gelombang ini tidak bisa lagi dijanjikan."
    )


def _promise(draw: Draw, zone: str) -> Step:
    hashes = (("Sidik janji", grouped(draw.promise_sha256)),)
    return Step(
        "janji",
        TITLES["janji"],
        True,
        _told((_by(draw.promised_at, draw.promised_by, zone),), draw, "promise", zone),
        hashes=hashes,
    )


def _list(draw: Draw, now: datetime, zone: str) -> Step:
    if draw.listed_at is not None:
        count = _entries(draw)
        said = [_by(draw.listed_at, _who("draw.list", f"wave:{draw.wave.number}"), zone), f"{count} nomor."]
        if draw.left_out:
            said.append(f"{local_time.number(draw.left_out)} orang belum diputuskan dan tidak ikut.")
        return Step("daftar", TITLES["daftar"], True, tuple(said))
    closes = promise_of(draw).closes_at
    waits = ""
    if now < closes:
        waits = f"Daftar dibuat sesudah gelombang ditutup, {local_time.day_clock(closes, zone)}."
    return Step("daftar", TITLES["daftar"], False, waits=waits)


def _freeze(draw: Draw, now: datetime, zone: str) -> Step:
    if draw.frozen_at is not None:
        said = (
            _by(draw.frozen_at, _who("draw.freeze", f"draw:{draw.id}"), zone),
            f"{local_time.number(draw.tickets_count)} nomor.",
        )
        hashes = (("Sidik daftar", grouped(draw.tickets_sha256)),)
        return Step("kunci", TITLES["kunci"], True, _told(said, draw, "frozen", zone), hashes=hashes)
    final = promise_of(draw).final_list_by
    waits = ""
    if now < final:
        until = local_time.day_clock(final, zone)
        waits = f"Daftar dikunci mulai {until}. Sampai saat itu peserta boleh mengajukan keberatan."
    return Step("kunci", TITLES["kunci"], False, waits=waits)


def _run(draw: Draw, now: datetime, zone: str) -> Step:
    if draw.drawn_at is not None:
        said = (_by(draw.drawn_at, draw.drawn_by, zone), f"drand, putaran {draw.round}.")
        hashes = (("Sidik hasil", grouped(draw.results_sha256)),)
        return Step("jalan", TITLES["jalan"], True, _told(said, draw, "drawn", zone), hashes=hashes)
    number = drawing.round_of(draw, drawing.CHAIN)
    made = datetime.fromtimestamp(beacon.made_at(drawing.CHAIN, number), UTC)
    waits = ""
    if now < made:
        ready = local_time.day_clock(made + timedelta(minutes=1), zone)
        waits = f"Angka acaknya, drand putaran {number}, baru ada {ready}."
    return Step("jalan", TITLES["jalan"], False, waits=waits)


def _attest(draw: Draw, zone: str) -> Step:
    if draw.attested_at is None:
        return Step("sah", TITLES["sah"], False)
    return Step("sah", TITLES["sah"], True, (_by(draw.attested_at, draw.attested_by, zone),))


def _publish(draw: Draw, wave: Wave, zone: str) -> Step:
    if draw.published_at is not None:
        return Step("umumkan", TITLES["umumkan"], True, (local_time.day_clock(draw.published_at, zone),))
    waits = ""
    if wave.publish_at is not None:
        waits = f"Dijadwalkan {local_time.day_clock(wave.publish_at, zone)}, oleh {wave.publish_by}."
    return Step("umumkan", TITLES["umumkan"], False, waits=waits)


def _told(said: tuple[str, ...], draw: Draw, fact: str, zone: str) -> tuple[str, ...]:
    """The same, with whether the inspectorate has the hash."""
    words = witness.standing(draw, fact, zone)
    return (*said, words) if words else said


def _by(moment: datetime, who: Staff | str | None, zone: str) -> str:
    name = who.name if isinstance(who, Staff) else who or ""
    return f"{local_time.day_clock(moment, zone)}{', oleh ' if name else ''}{name}."


def _who(verb: str, subject: str) -> str:
    """The name of who did this last, from the audit trail."""
    line = (
        AuditLine.select(AuditLine.actor)
        .where((AuditLine.verb == verb) & (AuditLine.subject == subject))
        .order_by(AuditLine.id.desc())
        .first()
    )
    if line is None:
        return ""
    person = Staff.get_or_none(Staff.username == line.actor.removeprefix("staff:"))
    return str(person.name) if person else ""


def _entries(draw: Draw) -> str:
    return local_time.number(Entry.select().where(Entry.draw == draw.id).count())
