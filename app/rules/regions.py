"""The official regions of Indonesia: codes, kinds and names.

Codes and names follow Kepmendagri 300.2.2-2430 of 2025; they are Kemendagri codes, not BPS codes. A code carries its
parents and its kind: 35 Jawa Timur, 35.08 Kabupaten Lumajang, 35.08.15 Sukodono, 35.08.15.2005 Desa Kutorenon.
Some provinces have words of their own (Distrik, Nagari, Gampong); the decree does not tell them, so nor does this.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

from app.rules.terms import Place

Kind = Literal["province", "regency", "city", "district", "kelurahan", "desa", "desa_adat"]

PROVINCE, REGENCY, DISTRICT, VILLAGE = 1, 2, 3, 4

_TABLE = Path(__file__).parent.parent / "data" / "regions.csv.gz"
_CODE = re.compile(r"[0-9]{2}(?:\.[0-9]{2}){0,2}|[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}")
_LEVELS = {2: PROVINCE, 5: REGENCY, 8: DISTRICT, 13: VILLAGE}
_VILLAGE_KINDS: dict[str, Kind] = {"1": "kelurahan", "2": "desa", "3": "desa_adat"}
_LABELS: dict[Kind, str] = {
    "province": "Provinsi",
    "regency": "Kabupaten",
    "city": "Kota",
    "district": "Kecamatan",
    "kelurahan": "Kelurahan",
    "desa": "Desa",
    "desa_adat": "Desa Adat",
}
#: Kinds whose names the table writes with the kind in front, as the decree does.
_KIND_IN_TABLE = frozenset({"regency", "city", "desa_adat"})


class Region(NamedTuple):
    """One region; `name` is without its kind ("Lumajang"), `parent` is None for a province."""

    code: str
    name: str
    kind: Kind
    parent: str | None


def level(code: str) -> int:
    """1 province, 2 regency or city, 3 district, 4 village. ValueError when it is not written as a code."""
    if not _CODE.fullmatch(code):
        raise ValueError(f"not a region code: {code!r}")
    return _LEVELS[len(code)]


def parent_of(code: str) -> str | None:
    """The code of the region around it, None for a province. ValueError when it is not written as a code."""
    level(code)
    return code.rpartition(".")[0] or None


def kind_of(code: str) -> Kind:
    """The kind that the code tells: regency numbers from 71 up are cities, the first digit of a village is its kind.

    ValueError when it is not written as a code, or a village number begins with none of 1, 2, 3.
    """
    depth = level(code)
    if depth == PROVINCE:
        return "province"
    if depth == REGENCY:
        return "city" if code[3:] >= "71" else "regency"
    if depth == DISTRICT:
        return "district"
    if code[9] not in _VILLAGE_KINDS:
        raise ValueError(f"not a kind of village: {code!r}")
    return _VILLAGE_KINDS[code[9]]


def kind_label(kind: str) -> str:
    """The word people see: "Kabupaten", "Kota", "Kecamatan", "Desa", ... KeyError for an unknown kind."""
    return _LABELS[kind]  # type: ignore[index]  # rows from the database carry the kind as plain text


def titled(kind: str, name: str) -> str:
    """Kind and name: "Kabupaten Lumajang", "Kota Malang". 26 names belong to a kabupaten and to a kota."""
    return f"{kind_label(kind)} {name}"


def told_apart(places: Iterable[Place]) -> tuple[Place, ...]:
    """The same places in the same order, with names that differ.

    16 districts hold two villages of one name: then the kind is added ("Oesao (Desa)"), and where that is the
    same too, the end of the code ("Tounelet Satu (kode 2003)").
    """
    given = tuple(places)
    names = Counter(place.name.casefold() for place in given)
    kinds = Counter((place.name.casefold(), place.kind) for place in given)

    def shown(place: Place) -> str:
        if names[place.name.casefold()] == 1:
            return place.name
        if kinds[place.name.casefold(), place.kind] == 1:
            return f"{place.name} ({kind_label(place.kind)})"
        return f"{place.name} (kode {place.code.rpartition('.')[2]})"

    return tuple(replace(place, name=shown(place)) for place in given)


def read_all() -> Iterator[Region]:
    """Every region of app/data, ordered by code, so a parent comes before its children. Takes 0.15 s.

    ValueError when the table holds what is no region code, or a name without the kind that its code tells.
    """
    with gzip.open(_TABLE, "rt", encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        next(rows)
        for code, name in rows:
            kind = kind_of(code)
            yield Region(code, _bare(name, kind), kind, parent_of(code))


def _bare(name: str, kind: Kind) -> str:
    if kind not in _KIND_IN_TABLE:
        return name
    bare = name.removeprefix(kind_label(kind) + " ")
    if bare == name:
        raise ValueError(f"{name!r} should begin with {kind_label(kind)!r}")
    return bare
