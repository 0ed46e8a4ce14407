"""Finding applicants: by ticket, NIK, phone or name. Rows show no number but the ticket; what was typed is kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from peewee import JOIN

from app.crypto import keys
from app.models import Applicant, Application, Wave
from app.rules import codes, names, nik, phone
from app.rules.states import State
from app.services import regions

MOST = 50
"""Rows of one answer: whoever needs more has asked too little."""


class Kind(StrEnum):
    """What a search text turned out to be."""

    TICKET = "ticket"
    NIK = "nik"
    PHONE = "phone"
    NAME = "name"


class NotASearch(ValueError):
    """The text is nothing that can be searched for; `words` says what to type."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True)
class Found:
    """The newest applications of the people found; `more` says that there are others than these.

    `elsewhere` are those of other districts, where the own one goes first.
    """

    kind: Kind
    ids: tuple[int, ...]
    more: bool
    elsewhere: tuple[int, ...] = ()


@dataclass(frozen=True)
class Row:
    """One line of a list: who, born in which year, where from, and where the application stands.

    Never the birth date nor a part of the NIK: together they give the rest (rules/nik.py, `expected_middle`).
    """

    id: int
    name: str
    ticket: str
    born: int
    place: str
    state: State
    wave: int | None
    disputed: bool


def understand(text: str) -> tuple[Kind, str]:
    """What somebody searches for, and its stored form. Raises NotASearch."""
    digits = nik.clean_digits(text)
    if not digits:
        raise NotASearch("Isi nama, nomor pendaftaran, NIK, atau nomor HP.")
    try:
        return Kind.TICKET, codes.parse(text)
    except codes.CodeError as error:
        slip = error.code
    if not any(c.isalpha() for c in digits):
        return _number(digits)
    if any(c.isdigit() for c in digits):
        raise NotASearch(codes.WORDS[slip])
    if not names.searchable(text):
        raise NotASearch("Ketik paling sedikit 3 huruf dari satu nama.")
    return Kind.NAME, names.search_key(text)


def _number(digits: str) -> tuple[Kind, str]:
    if nik.is_digits(digits, nik.LENGTH):
        return Kind.NIK, digits
    try:
        return Kind.PHONE, phone.parse(digits)
    except phone.PhoneError:
        count = sum(c.isdigit() for c in digits)
        raise NotASearch(f"Ini {count} angka. NIK selalu 16 angka, nomor HP mulai dengan 08.") from None


def find(text: str, district: str | None = None) -> Found:
    """Search the whole area of the office. By name, people of `district` go before the others. Raises NotASearch."""
    kind, value = understand(text)
    if kind is Kind.TICKET:
        return _found(kind, Application.ticket == value)
    if kind is Kind.NAME:
        named = [Applicant.name_search.contains(word) for word in _words(value)]
        if district is None:
            return _found(kind, *named)
        near = _found(kind, *named, Applicant.district == district)
        far = _found(kind, *named, Applicant.district != district)
        return Found(kind, near.ids, near.more or far.more, far.ids)
    index = Applicant.nik_index if kind is Kind.NIK else Applicant.phone_index
    return _found(kind, index == keys().lookup_hash(kind.value, value))


def _words(search_key: str) -> list[str]:
    """Each word with the space before it: found at the beginning of a word only."""
    return [f" {word}" for word in search_key.split()]


def _found(kind: Kind, *wanted: Any) -> Found:
    """Each person once, by the newest application (tickets: that very one)."""
    query = Application.select(Application.id, Application.applicant).join(Applicant).where(*wanted)
    order = (Applicant.name_search, Applicant.id, Application.submitted_at.desc())
    rows = query.order_by(*order).limit(MOST * 4)
    newest: dict[int, int] = {}
    for row in rows:
        newest.setdefault(row.applicant_id, row.id)
    ids = tuple(newest.values())
    return Found(kind, ids[:MOST], len(ids) > MOST or len(rows) == MOST * 4)


# what needs doing ---------------------------------------------------------------------------------


class Task(StrEnum):
    """A list of work; the value stands in its address."""

    NEEDS_FIX = "perlu-dibetulkan"
    NIK_FLAG = "cocokkan-nik"
    DISPUTED = "dua-pendaftar"


_OPEN = (State.SUBMITTED.value, State.NEEDS_FIX.value)
_TASKS: dict[Task, Any] = {
    Task.NEEDS_FIX: Application.state == State.NEEDS_FIX.value,
    Task.NIK_FLAG: (Applicant.nik_flags != "") & Application.state.in_(_OPEN) & (Applicant.claim == "holder"),
    Task.DISPUTED: (Applicant.claim == "disputed") & Application.state.in_(_OPEN),
}


def to_do(task: Task, district: str | None) -> Found:
    """The longest waiting first; only of one district, or of all when None."""
    rows = list(_of_district(task, district).order_by(Application.changed_at, Application.id).limit(MOST + 1))
    return Found(Kind.NAME, tuple(row.id for row in rows[:MOST]), len(rows) > MOST)


def counts(district: str | None) -> dict[Task, int]:
    """How many of each wait."""
    return {task: int(_of_district(task, district).count()) for task in Task}


def _of_district(task: Task, district: str | None) -> Any:
    query = Application.select(Application.id).join(Applicant).where(_TASKS[task])
    return query if district is None else query.where(Applicant.district == district)


# rows ---------------------------------------------------------------------------------------------


def rows(ids: Sequence[int]) -> list[Row]:
    """Lines for these applications, in this order; ones that are gone are left out."""
    columns = (Application, Applicant, Wave)
    query = Application.select(*columns).join(Applicant).switch(Application).join(Wave, JOIN.LEFT_OUTER)
    found = {one.id: one for one in query.where(Application.id.in_(list(ids)))} if ids else {}
    return [_row(found[one]) for one in ids if one in found]


def _row(application: Application) -> Row:
    person = application.applicant
    return Row(
        id=application.id,
        name=person.name,
        ticket=codes.shown(application.ticket),
        born=person.birth_year,
        place=place(person.village),
        state=State(application.state),
        wave=application.wave.number if application.wave else None,
        disputed=person.claim == "disputed",
    )


def place(village: str) -> str:
    """`Kutorenon, Kec. Sukodono`; a dash where it is not known."""
    try:
        return f"{regions.name(village)}, Kec. {regions.name(village.rpartition('.')[0])}"
    except (regions.UnknownRegion, ValueError):
        return "-"
