"""/gelombang: what a wave offers and how its draw can be checked, for anybody; nothing here is about a person."""

from __future__ import annotations

import hashlib

from flask import Blueprint, abort, make_response, render_template, request
from werkzeug.wrappers import Response

from app import auth
from app.models import Draw, ResultFile, Wave
from app.rules import local_time
from app.rules.codes import CodeError
from app.rules.waves import WORDS, WavePhase
from app.services import draw_files, draw_lookup, draw_rules, draw_story, drawing, office, regions, waves
from app.services.draw_lookup import Place

pages = Blueprint("waves", __name__, url_prefix="/gelombang")

Answer = str | Response | tuple[str, int]

HIGHEST = 9_999
MOST_LISTED = 100
KINDS = {
    "janji.json": "application/json",
    "peserta.csv": "text/csv",
    "hasil.csv": "text/csv",
    "perubahan.csv": "text/csv",
    "undian.json": "application/json",
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
    rows = [
        (
            row.number,
            f"{WORDS[waves.phase_of(row, now)]}. Ditutup {local_time.day_clock(row.closes_at, zone)}.",
        )
        for row in Wave.select().order_by(Wave.number.desc()).limit(MOST_LISTED)
    ]
    response = make_response(render_template("waves/list.html", rows=rows))
    response.headers["Cache-Control"] = A_MINUTE
    return response


@pages.get("/<int:number>")
def wave(number: int) -> Response:
    """What the wave offers, how big the chance is, when what happens, and by which rules."""
    row, now, zone = _wave(number), auth.now(), office.current().zone
    draw = draw_files.light(row)
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
            chance=draw_story.chance(row.quota, people),
            dates=draw_story.timeline(row, draw, now, zone),
            drawn=row.selection == "draw",
            rules=draw_rules.in_words(rules),
            area=_area(rules.scope),
            promise=draw_lookup.grouped(draw.promise_sha256) if draw else "",
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
    return _draw_page(row, draw_files.light(row))


@pages.post("/<int:number>/undian")
def look_up(number: int) -> Answer:
    """Where a number stands. A POST, so that it stays out of histories; with scripts the phone computes it itself."""
    row = _wave(number)
    made = draw_files.light(row)
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
    files = ResultFile.select().where(ResultFile.wave == row.id).order_by(ResultFile.at)
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
        shown=local_time.number,
        files=[draw_lookup.grouped(file.sha256) for file in files] if row.published_at else [],
        promise=made.promise_sha256 if made else "",
    )


@pages.get(
    "/<int:number>/undian/<any('janji.json','peserta.csv','hasil.csv','perubahan.csv','undian.json','periksa.py'):name>"
)
def file(number: int, name: str) -> Response:
    """A public file as its exact bytes."""
    made = draw_files.light(_wave(number))
    if name == "periksa.py":
        data: bytes | None = draw_files.VERIFIER.read_bytes()
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
