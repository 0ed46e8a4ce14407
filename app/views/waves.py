"""/gelombang: what a wave offers and how its draw can be checked, for anybody; nothing here is about a person."""

from __future__ import annotations

import hashlib
from datetime import datetime

from flask import Blueprint, abort, current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from app import auth
from app.models import Draw, Wave
from app.rules import draw_words, groups, local_time, qr
from app.rules.codes import CodeError
from app.rules.waves import WORDS, WavePhase
from app.services import (
    day_lists,
    draw_files,
    draw_lookup,
    draw_rules,
    draw_story,
    drawing,
    group_claims,
    office,
    public_changes,
    regions,
    result_files,
    waves,
)
from app.services.draw_lookup import Place

pages = Blueprint("waves", __name__, url_prefix="/gelombang")

Answer = str | Response | tuple[str, int]

HIGHEST = 9_999
MOST_LISTED = 100
MOST_COUNTS = 60
"""Lines of decisions about groups that the page of a wave shows: a month of two groups."""
KINDS = {
    "janji.json": "application/json",
    "peserta.csv": "text/csv",
    "hasil.csv": "text/csv",
    "perubahan.csv": "text/csv",
    "undian.json": "application/json",
    "harian.csv": "text/csv",
    "periksa.py": "text/x-python",
}
A_MINUTE, A_DAY = "public, max-age=60", "public, max-age=86400"


def _wave(number: int) -> Wave:
    row = waves.find(number) if number <= HIGHEST else None
    if row is None:
        abort(404)
    return row


@pages.get("")
def every_wave() -> Response:
    """All waves that were announced, the newest first: a closed one stays."""
    now, zone = auth.now(), office.current().zone
    rows: list[tuple[int, str]] = []
    past: list[tuple[int, str]] = []
    for row in Wave.select().order_by(Wave.number.desc()).limit(MOST_LISTED):
        phase = waves.phase_of(row, now)
        said = (row.number, f"{WORDS[phase]}. Ditutup {local_time.day_clock(row.closes_at, zone)}.")
        (past if phase is WavePhase.ARCHIVED else rows).append(said)
    response = make_response(render_template("waves/list.html", rows=rows, past=past))
    response.headers["Cache-Control"] = A_MINUTE
    return response


@pages.get("/<int:number>")
def wave(number: int) -> Response:
    """What the wave offers, how big the chance is, when what happens, and by which rules."""
    row, now, zone = _wave(number), auth.now(), office.current().zone
    draw = draw_files.of_wave(row)
    phase = waves.phase_of(row, now)
    rules = drawing.promise_of(draw).rules if draw else draw_rules.of(row)
    people = draw.tickets_count if draw and draw.frozen_at else waves.joined(row, now)
    response = make_response(
        render_template(
            "waves/wave.html",
            number=number,
            phase=WORDS[phase],
            open=phase is WavePhase.OPEN,
            scheduled=phase is WavePhase.SCHEDULED,
            days=local_time.days_left(now, row.closes_at, zone),
            opens=local_time.day_clock(row.opens_at, zone),
            closes=local_time.day_clock(row.closes_at, zone),
            quota=local_time.number(row.quota),
            people=local_time.number(people),
            listed=draw is not None and draw.frozen_at is not None,
            chance=draw_words.chance(row.quota, people, still_open=row.closes_at > now),
            dates=draw_story.timeline(row, draw, now, zone),
            drawn=row.selection == "draw",
            rules=draw_rules.in_words(rules),
            area=_area(rules.scope),
            promise=draw_lookup.grouped(draw.promise_sha256) if draw else "",
            over=phase is WavePhase.ARCHIVED,
            counts=_group_counts(row, now) if rules.reserves else [],
            files=_files(row, zone),
            shown=local_time.number,
        )
    )
    response.headers["Cache-Control"] = A_MINUTE
    return response


def _group_counts(row: Wave, now: datetime) -> list[tuple[str, str, int, int]]:
    """(day, group, confirmed, refused) for everybody to see, the newest first (security.md 5, D9)."""
    counts = group_claims.shown_counts(row, now)[-MOST_COUNTS:]
    return [
        (local_time.date_words(one.day), groups.NAMES.get(one.group, one.group), one.confirmed, one.refused)
        for one in reversed(counts)
    ]


def _files(row: Wave, zone: str) -> list[tuple[str, str, str]]:
    """(hash in groups, rows, when) of the files that results came from, once they were told (D14)."""
    return [
        (draw_lookup.grouped(file.sha256), local_time.number(file.rows), local_time.short(file.at, zone))
        for file in result_files.published(row)
    ]


@pages.get("/<int:number>/poster")
def poster(number: int) -> Response:
    """A sheet of A4 for the wall of a posko: dates, places, rules, the promise's hash, and where all this can be read."""
    row, zone = _wave(number), office.current().zone
    draw = draw_files.of_wave(row)
    rules = drawing.promise_of(draw).rules if draw else draw_rules.of(row)
    settings = current_app.extensions["settings"]
    response = make_response(
        render_template(
            "waves/poster.html",
            number=number,
            quota=local_time.number(row.quota),
            opens=local_time.day_clock(row.opens_at, zone),
            closes=local_time.day_clock(row.closes_at, zone),
            draws=local_time.day_clock(draw.draw_at, zone) if draw else "",
            announce=local_time.day_clock(row.announce_at, zone) if row.announce_at else "",
            drawn=row.selection == "draw",
            rules=draw_rules.in_words(rules),
            area=_area(rules.scope),
            promise=draw_lookup.grouped(draw.promise_sha256) if draw else "",
            qr=qr.draw(f"{settings.public_url}/gelombang/{number}"),
            host=settings.public_host,
        )
    )
    response.headers["Cache-Control"] = A_MINUTE
    return response


def _area(scope: tuple[str, ...]) -> str:
    names = [regions.name(code) for code in scope]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, dan {names[-1]}"


@pages.get("/<int:number>/undian")
def draw(number: int) -> Answer:
    """The five steps of the draw with their files, and a box to look a number up."""
    row = _wave(number)
    return _draw_page(row, draw_files.of_wave(row))


@pages.post("/<int:number>/undian")
def look_up(number: int) -> Answer:
    """Where a number stands. A POST, so that it stays out of histories; with scripts the phone computes it itself."""
    row = _wave(number)
    made = draw_files.of_wave(row)
    typed = request.form.get("nomor", "")[:40]
    if made is None or made.listed_at is None:
        return _draw_page(row, made, typed=typed, wrong="Daftar peserta belum terbit."), 422
    try:
        place = draw_lookup.find(made, typed)
    except CodeError:
        return _draw_page(row, made, typed=typed, wrong="Periksa lagi nomornya, contoh K7RM-4TXP-N."), 422
    if place is None:
        words = "Nomor ini tidak ada di daftar peserta gelombang ini."
        return _draw_page(row, made, typed=typed, wrong=words), 422
    return _draw_page(row, made, typed=place.entry, place=place)


def _draw_page(
    row: Wave, made: Draw | None, typed: str = "", wrong: str = "", place: Place | None = None
) -> str:
    zone = office.current().zone
    changes = public_changes.csv(made) if made is not None and made.published_at is not None else b""
    return render_template(
        "waves/draw.html",
        number=row.number,
        drawn=row.selection == "draw",
        steps=draw_story.steps(made, zone),
        listed=made is not None and made.listed_at is not None,
        published=made is not None and made.published_at is not None,
        groups=draw_rules.GROUPS,
        typed=typed,
        errors=[("nomor", wrong)] if wrong else [],
        place=place,
        via=draw_lookup.via_words(place.via) if place and place.via else "",
        words=draw_lookup.SINCE,
        since=_since(place, zone) if place else [],
        shown=local_time.number,
        files=_files(row, zone),
        promise=made.promise_sha256 if made else "",
        changes=draw_lookup.grouped(hashlib.sha256(changes).hexdigest()) if changes else "",
        zone=local_time.zone(zone).key,
        days=day_lists.last(row),
    )


def _since(place: Place, zone: str) -> list[str]:
    """`28 Oktober 2023: tempat dicabut`."""
    days = [
        (local_time.local_day(datetime.fromisoformat(at), zone), draw_lookup.SINCE.get(state, state))
        for at, state in place.since
    ]
    return [f"{local_time.date_words(day)}: {state}" for day, state in days]


@pages.get(
    "/<int:number>/undian/<any('janji.json','peserta.csv','hasil.csv','perubahan.csv','undian.json','harian.csv','periksa.py'):name>"
)
def file(number: int, name: str) -> Response:
    """A public file as its exact bytes."""
    row = _wave(number)
    made = draw_files.of_wave(row)
    if name == "periksa.py":
        data: bytes | None = draw_files.VERIFIER.read_bytes()
    elif name == day_lists.NAME:
        data = day_lists.csv(row)
    else:
        data = draw_files.read(made, name) if made else None
    if data is None or made is None:
        abort(404)
    response = make_response(data)
    response.content_type = f"{KINDS[name]}; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    still = name == "janji.json" or (made.published_at is not None and name != "perubahan.csv")
    response.headers["Cache-Control"] = A_DAY if still else A_MINUTE
    response.set_etag(hashlib.sha256(data).hexdigest()[:24], weak=True)
    response.make_conditional(request)
    return response
