"""The regions in the database: filled from app/data, read by every form that asks where somebody lives.

Reads are kept in memory: the rows change only with a release, and every page with a list of places asks for them.
A process that was running while another one loaded shows the old names until it restarts.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from peewee import Database, DatabaseProxy, chunked

from app.models.region import Region
from app.rules import regions as book
from app.rules.terms import Place

#: Rows in one INSERT: 2,000 values, far below the limits of both databases.
CHUNK = 500
#: Lists of places kept: those of one's own province (704 in East Java) and as many of the rest.
LISTS = 1_408
#: Names kept, plain and full: more than a wave of 5,000 applicants shows.
NAMES = 8_192

_COLUMNS = (Region.code, Region.name, Region.kind, Region.parent)


class UnknownRegion(LookupError):
    """The database has no such region, or it is not of the level asked for."""


class Counts(NamedTuple):
    """What `load` found in app/data, and how many rows it wrote: new ones, and ones that had changed."""

    provinces: int
    regencies: int
    districts: int
    villages: int
    added: int
    changed: int


def load(database: Database | DatabaseProxy) -> Counts:
    """Bring the table up to app/data, in one transaction; where nothing changed it writes nothing.

    Codes that app/data no longer has stay: addresses and results of earlier years may name them.
    """
    known = {code: rest for code, *rest in Region.select(*_COLUMNS).tuples().execute(database)}
    regions = list(book.read_all())
    fresh = [region for region in regions if known.get(region.code) != list(region[1:])]
    # The known rows were read before, so the transaction begins with a write: two loaders wait for each other.
    with database.atomic():
        for chunk in chunked(fresh, CHUNK):
            insert = Region.insert_many(chunk, fields=_COLUMNS)
            insert.on_conflict(conflict_target=[Region.code], preserve=_COLUMNS[1:]).execute(database)
    forget()
    levels = Counter(book.level(region.code) for region in regions)
    changed = sum(region.code in known for region in fresh)
    return Counts(
        provinces=levels[book.PROVINCE],
        regencies=levels[book.REGENCY],
        districts=levels[book.DISTRICT],
        villages=levels[book.VILLAGE],
        added=len(fresh) - changed,
        changed=changed,
    )


def forget() -> None:
    """Drop what this process keeps in memory."""
    for kept in (_below, name, full_name):
        kept.cache_clear()


def districts(regency_code: str) -> tuple[Place, ...]:
    """The districts of a kabupaten or kota by name; empty when there is no such regency."""
    return _offered(regency_code, book.REGENCY)


def villages(district_code: str) -> tuple[Place, ...]:
    """The villages of a district by name, no two names alike; empty when there is no such district."""
    return _offered(district_code, book.DISTRICT)


@lru_cache(NAMES)
def name(code: str) -> str:
    """The name by which a region is shown: a regency with its kind, the others without.

    "Jawa Timur", "Kabupaten Lumajang", "Sukodono", "Kutorenon". UnknownRegion when there is none.
    """
    row: Region | None = Region.get_or_none(Region.code == code)
    if row is None:
        raise UnknownRegion(code)
    return book.titled(row.kind, row.name) if book.level(code) == book.REGENCY else row.name


@lru_cache(NAMES)
def full_name(village_code: str) -> str:
    """A village with all that people need to know it: "Desa Kutorenon, Kec. Sukodono, Kabupaten Lumajang".

    UnknownRegion when there is no such village.
    """
    regency, district = village_code[:5], village_code[:8]
    titled = (Place(row.code, book.titled(row.kind, row.name), row.kind) for row in _children(district))
    shown = {place.code: place.name for place in book.told_apart(titled)}
    if village_code not in shown:
        raise UnknownRegion(village_code)
    return f"{shown[village_code]}, Kec. {name(district)}, {name(regency)}"


def _offered(parent: str, level: int) -> tuple[Place, ...]:
    try:
        return _below(parent, level)
    except UnknownRegion:
        return ()


@lru_cache(LISTS)
def _below(parent: str, level: int) -> tuple[Place, ...]:
    """Raises instead of returning nothing: an exception is not cached, so a later `load` elsewhere is seen."""
    try:
        right_level = book.level(parent) == level
    except ValueError:
        right_level = False
    rows = _children(parent) if right_level else []
    if not rows:
        raise UnknownRegion(parent)
    places = book.told_apart(Place(row.code, row.name, row.kind) for row in rows)
    # Sorted here, because the databases differ in how they sort text.
    return tuple(sorted(places, key=lambda place: (place.name.casefold(), place.code)))


def _children(parent: str) -> list[Region]:
    return list(Region.select().where(Region.parent == parent))
