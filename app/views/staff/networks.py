"""Many people behind one address: an officer opens the network for half a day."""

from __future__ import annotations

from flask import render_template, url_for
from werkzeug.wrappers import Response

from app import auth
from app.rules import local_time
from app.services import newcomers, office
from app.views import entering
from app.views.staff.area import CASEWORK, actor, pages, refused

Answer = str | Response | tuple[str, int]


@pages.get("/jaringan")
@auth.roles(*CASEWORK)
def ask_network() -> Answer:
    """What opening means, and the button."""
    return _page("")


@pages.post("/jaringan")
@auth.roles(*CASEWORK)
def open_network() -> Answer:
    """Open the network of this tablet; the code opens others."""
    source = entering.place("").source
    try:
        code = newcomers.open_network(source, actor(), auth.now())
    except newcomers.Enough:
        what = f"Anda sudah membuka {newcomers.PER_OFFICER.most} kali dalam satu hari. Minta petugas lain membukanya."
        return refused(429, "Sudah cukup untuk hari ini", what, url_for(".home"), "Ke beranda")
    return _page(code)


def _page(code: str) -> str:
    zone = office.current().zone
    until = auth.now() + newcomers.OPEN_FOR
    return render_template(
        "staff/network.html",
        at="beranda",
        code=code,
        until=local_time.day_clock(until, zone),
        per_hour=newcomers.PER_HOUR.most,
        places=newcomers.PLACES_PER_CODE,
        hours=round(newcomers.OPEN_FOR.total_seconds() / 3600),
    )
