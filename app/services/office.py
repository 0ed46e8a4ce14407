"""The office that every page speaks for: read once per process, since it changes by command only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.db import database, writing
from app.models import Office, Posko
from app.rules import phone
from app.services import audit, regions


class NoOffice(Exception):
    """`flask office set` (or `flask demo`) has not been run yet."""


@dataclass(frozen=True)
class OfficeFacts:
    """What pages print. `short_name` fits beside the mark; phone numbers come ready to read and to dial."""

    id: int
    name: str
    short_name: str
    area: str
    area_name: str
    zone: str
    address: str
    phone: str
    phone_shown: str
    whatsapp: str
    hours: str
    privacy_contact: str
    programme: str
    programme_site: str
    example: bool


#: What an error page prints when the office itself cannot be read.
UNKNOWN = OfficeFacts(
    **dict.fromkeys(("name", "short_name"), "Kantor tenaga kerja"),
    **dict.fromkeys(("area", "area_name", "address", "phone", "phone_shown", "whatsapp"), ""),
    **dict.fromkeys(("privacy_contact", "programme", "programme_site"), ""),
    hours="pada jam kerja",
    zone="WIB",
    id=0,
    example=False,
)

_known: dict[int, OfficeFacts] = {}


def current() -> OfficeFacts:
    """The one office of this installation; raises NoOffice on an empty database."""
    facts = _known.get(id(database.obj))
    if facts is None:
        row = Office.select().first()
        if row is None:
            raise NoOffice
        facts = _known[id(database.obj)] = _facts(row)
    return facts


def forget() -> None:
    """Read the office anew next time (after a change, and between tests)."""
    _known.clear()


def _facts(row: Office) -> OfficeFacts:
    return OfficeFacts(
        id=row.id,
        name=row.name,
        short_name=row.name.replace("Kabupaten ", "Kab. "),
        area=row.area,
        area_name=regions.name(row.area),
        zone=row.zone,
        address=row.address,
        phone=row.phone,
        phone_shown=_readable(row.phone),
        whatsapp=row.whatsapp.lstrip("+"),
        hours=row.hours,
        privacy_contact=row.privacy_contact,
        programme=row.programme,
        programme_site=row.programme_site,
        example=row.example,
    )


def _readable(number: str) -> str:
    try:
        return phone.shown(phone.parse(number))
    except phone.PhoneError:
        return number.replace("+62", "0", 1)  # a landline


def set_office(now: datetime, **facts: str | bool) -> None:
    """Create or change the office; keys are the columns of models.Office."""
    with writing():
        row = Office.select().first()
        if row is None:
            Office.create(**facts)
        else:
            Office.update(**facts).where(Office.id == row.id).execute()
        audit.record("system", "office.set", "office", now)
    forget()


def posko(near: str | None = None) -> list[Posko]:
    """The help posts that are open, by name; those of the district `near` first."""
    found = Posko.select().where(Posko.active).order_by(Posko.name)
    return sorted(found, key=lambda place: near is not None and place.district != near)
