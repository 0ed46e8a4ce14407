"""/saya/undian: the own number in a draw, a proof that it was in the hat, and what ties it to its owner."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, make_response
from werkzeug.wrappers import Response

from app import auth
from app.models import Entry
from app.rules import codes, local_time
from app.rules.promise import canonical
from app.services import (
    day_lists,
    draw_files,
    draw_lookup,
    draw_proofs,
    draw_rules,
    draw_story,
    joining,
    office,
)
from app.views.proof import fresh_pin
from app.views.saya import me, page

pages = Blueprint("my_entry", __name__, url_prefix="/saya")


@pages.get("/undian")
@auth.full_session
def own_number() -> str:
    """The number, where it stands in the list and, once published, in the draw."""
    application, entry = joining.newest(me()[1].id), _entry()
    if application is None:
        abort(404)
    draw = entry.draw if entry else draw_files.of_wave(application.wave) if application.wave else None
    is_listed = entry is not None and entry.draw.listed_at is not None
    is_published = entry is not None and entry.draw.published_at is not None
    count = Entry.select().where(Entry.draw == entry.draw_id).count() if entry and is_listed else 0
    wave = draw.wave if draw else application.wave
    listed_by = draw_story.listed_by(wave, draw) if wave and draw else None
    return page(
        "undian",
        number=entry.entry if entry else codes.shown(application.entry_number),
        wave=wave.number if wave else 0,
        drawn=wave is not None and wave.selection == "draw",
        day=day_lists.day_of(application),
        line=local_time.number(entry.line or 0) if entry and is_listed else "",
        count=local_time.number(draw.tickets_count if draw and draw.frozen_at else count),
        listed_by=local_time.day_clock(listed_by, office.current().zone) if listed_by else "",
        missing=entry is None and draw is not None and draw.listed_at is not None,
        frozen=draw is not None and draw.frozen_at is not None,
        rank=local_time.number(entry.rank) if entry and is_published and entry.rank else "",
        via=draw_lookup.via_words(entry.via) if entry and is_published and entry.via else "",
        groups=[draw_rules.GROUPS.get(code, code) for code in entry.groups.split()]
        if entry and is_listed
        else [],
    )


@pages.get("/bukti-undian.json")
@auth.full_session
def proof() -> Response:
    """The proof that `periksa.py --bukti` reads. It names nobody and may be shown to anybody."""
    entry = _entry()
    return _download(draw_proofs.proof(entry, auth.now()) if entry else None, "bukti-undian.json")


@pages.get("/bukti-harian.json")
@auth.full_session
def day_proof() -> Response:
    """The proof that the number was there from a certain day on, long before the list."""
    application = joining.newest(me()[1].id)
    return _download(day_lists.proof(application) if application else None, "bukti-harian.json")


def _download(made: dict[str, Any] | None, name: str) -> Response:
    if made is None:
        abort(404)
    response = make_response(canonical(made))
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@pages.get("/undian/rahasia")
@fresh_pin
def secret() -> str:
    """The salt behind `bind`, for its owner alone."""
    entry = _entry()
    if entry is None or entry.draw.listed_at is None:
        abort(404)
    return page("undian_rahasia", salt=entry.salt, bound=entry.bound, number=entry.entry)


def _entry() -> Entry | None:
    """The newest draw that this person was in."""
    return draw_files.newest_entry(me()[1].id)
