"""The pages that anybody may open: the start page and the posko."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from flask import Blueprint, current_app, render_template

from app import auth
from app.models import Wave
from app.rules import local_time
from app.services import drafts, office, waves

pages = Blueprint("start", __name__)


@dataclass(frozen=True)
class OpenWave:
    """The open wave in words."""

    number: int
    days: int
    closes: str
    announce: str
    quota: str
    joined: str
    draw: bool
    meaning: str


@pages.get("/")
def start() -> str:
    """What this is, whose it is, and one button."""
    now, zone = auth.now(), office.current().zone
    wave = waves.open_wave(now)
    coming = None if wave else waves.next_wave(now)
    return render_template(
        "start/start.html",
        wave=_words(wave, zone) if wave else None,
        coming=local_time.day_clock(coming.opens_at, zone) if coming else "",
        coming_number=coming.number if coming else 0,
        public_host=current_app.extensions["settings"].public_host,
        share=_share(current_app.extensions["settings"].public_url),
    )


def _share(public_url: str) -> str:
    """A WhatsApp link for whoever wants to tell a relative: the same for everybody, so it carries no token of anyone."""
    words = f"Daftar pelatihan kerja, gratis, dibantu {office.current().name}: {public_url}/"
    return f"https://wa.me/?text={quote(words, safe='')}"


def _words(wave: Wave, zone: str) -> OpenWave:
    return OpenWave(
        number=wave.number,
        days=local_time.days_left(auth.now(), wave.closes_at, zone),
        closes=local_time.day_clock(wave.closes_at, zone),
        announce=local_time.short_day(wave.announce_at, zone) if wave.announce_at else "",
        quota=local_time.number(wave.quota),
        joined=local_time.number(waves.joined(wave, auth.now())),
        draw=wave.selection == "draw",
        meaning=waves.meaning(wave),
    )


@pages.get("/posko")
def posko() -> str:
    """Where people help in person; the posko of the own district first, when it is known."""
    district = _own_district()
    places = office.posko(near=district)
    has_near = any(place.district == district for place in places)
    return render_template("start/posko.html", posko=places, near=district if has_near else "")


def _own_district() -> str | None:
    """Where whoever asks lives, as far as that was said and may be shown: a guessed PIN must not tell it."""
    who = auth.principal()
    if who is None or who.kind != "full":
        return None
    if who.applicant.district:
        return str(who.applicant.district)
    draft = drafts.of(who.applicant_id, auth.now())
    said = drafts.answers(draft).get("kecamatan") if draft else None
    return str(said["kecamatan"]) if said else None
