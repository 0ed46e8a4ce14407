"""Rows for tests, made by functions with defaults: name only what the test is about."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from app import db
from app.models import Posko, Region, Wave
from app.rules import regions as book
from app.services import office as offices

#: Kabupaten Lumajang with everything below it, and its province: enough for every list that a page offers.
AREA = "35.08"
FACTS = {
    "name": "Dinas Tenaga Kerja Kabupaten Lumajang",
    "area": AREA,
    "zone": "WIB",
    "address": "Jalan Contoh 1, Lumajang",
    "phone": "+62334555014",
    "whatsapp": "+6281200004455",
    "hours": "Senin sampai Jumat, pukul 08.00-15.00",
    "privacy_contact": "privasi@example.org",
    "programme": "Program Contoh",
    "programme_site": "program.example.org",
    "example": True,
}


@cache
def _around() -> list[book.Region]:
    return [r for r in book.read_all() if r.code.startswith(AREA) or AREA.startswith(r.code)]


def regions() -> None:
    """Fill the region table with the office's area."""
    with db.writing():
        Region.insert_many(_around()).execute()


def office(now: datetime, **facts: Any) -> offices.OfficeFacts:
    """The example office with its regions and two posko."""
    regions()
    offices.set_office(now, **FACTS | facts)
    made = offices.current()
    posko(made, "Posko Sukodono", "35.08.15")
    posko(made, "Posko Lumajang", "35.08.14")
    return made


def posko(office: offices.OfficeFacts, name: str, district: str, **columns: Any) -> Posko:
    return Posko.create(office=office.id, name=name, district=district, address="Jalan Contoh 2", **columns)


def wave(now: datetime, **columns: Any) -> Wave:
    """Wave 4, open since six days, for twelve more, told four days later."""
    facts = {
        "number": 4,
        "opens_at": now - timedelta(days=6),
        "closes_at": now + timedelta(days=12),
        "announce_at": now + timedelta(days=16),
        "quota": 164,
        "created_at": now,
    }
    return Wave.create(**facts | columns)
