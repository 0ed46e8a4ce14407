"""Who opened full numbers, day by day, for the auditor and the managers."""

from __future__ import annotations

from datetime import date, timedelta

from flask import render_template, request

from app import auth
from app.rules import local_time
from app.services import office, openings
from app.views.staff.area import ROLE_WORDS, WATCHERS, pages


@pages.get("/pembukaan")
@auth.roles(*WATCHERS)
def openings_of_day() -> str:
    """Yesterday, or the day that is asked for."""
    zone = office.current().zone
    today = local_time.local_day(auth.now(), zone)
    day = _asked(today)
    return render_template(
        "staff/openings.html",
        at="beranda",
        rows=openings.of_day(day, zone),
        roles=ROLE_WORDS,
        day=local_time.long_date_words(day),
        before=(day - timedelta(days=1)).isoformat(),
        after=(day + timedelta(days=1)).isoformat() if day < today else "",
    )


def _asked(today: date) -> date:
    try:
        day = date.fromisoformat(request.args.get("hari", ""))
    except ValueError:
        return today - timedelta(days=1)
    return day if date(2020, 1, 1) <= day <= today else today - timedelta(days=1)
