"""/petugas: the office's side. One guarded blueprint; each module adds the pages of one area to it."""

from __future__ import annotations

from app.views.staff import (
    accounts,
    applicant,
    calls,
    case,
    deadlines,
    draw_plans,
    draws,
    enrolment,
    groups,
    home,
    ktp,
    late_entries,
    objections,
    pairs,
    plans,
    networks,
    reach,
    results,
    search,
    seats,
    waves,
)
from app.views.staff.area import pages

__all__ = [
    "accounts",
    "applicant",
    "calls",
    "case",
    "deadlines",
    "draw_plans",
    "draws",
    "enrolment",
    "groups",
    "home",
    "ktp",
    "late_entries",
    "objections",
    "pages",
    "pairs",
    "plans",
    "reach",
    "results",
    "networks",
    "search",
    "seats",
    "waves",
]
