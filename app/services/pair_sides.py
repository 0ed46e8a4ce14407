"""Two records side by side, with what differs marked and named: what two hidden numbers or dates have in common is told,
the numbers and dates themselves are not."""

from __future__ import annotations

from dataclasses import dataclass

from app.models import Applicant, Application, SuspectedPair
from app.rules import codes, likeness, local_time, phone, states
from app.rules.email_address import masked as masked_email
from app.rules.states import State
from app.services import applicant_search, pairs

HIDDEN = "Disembunyikan"


@dataclass(frozen=True)
class Line:
    """One row of the comparison; `note` says how two hidden numbers differ without telling a digit."""

    label: str
    first: str
    second: str
    differs: bool
    note: str = ""


@dataclass(frozen=True)
class Side:
    """The head of one column: the newest application of the record, if there is one."""

    application_id: int | None
    ticket: str
    name: str


def heads(pair: SuspectedPair) -> tuple[Side, Side]:
    """Both columns' heads."""
    return _head(pair.first), _head(pair.second)


def lines(pair: SuspectedPair, zone: str) -> list[Line]:
    """The comparison, what identifies a person first. `zone`: WIB, WITA or WIT."""
    one, other = pair.first, pair.second
    mine, theirs = pairs.newest(one.id), pairs.newest(other.id)
    return [
        Line("Nama", one.name, other.name, one.name_search != other.name_search),
        Line("NIK", HIDDEN, HIDDEN, one.nik != other.nik, likeness.slip_words(one.nik, other.nik)),
        Line(
            "Tahun lahir",
            str(one.birth_year),
            str(other.birth_year),
            one.birth_date != other.birth_date,
            _dates(one, other),
        ),
        Line("Kelamin", _sex(one), _sex(other), one.sex != other.sex),
        Line("KK", HIDDEN, HIDDEN, one.kk != other.kk),
        Line("HP", _phone(one), _phone(other), one.phone != other.phone),
        Line("Email", _email(one), _email(other), one.email != other.email),
        Line(
            "Tinggal di",
            applicant_search.place(one.village),
            applicant_search.place(other.village),
            one.village != other.village,
        ),
        Line("Dikirim", _sent(mine, zone), _sent(theirs, zone), False),
        Line("Keadaan", _state(mine), _state(theirs), False),
    ]


def _head(person: Applicant) -> Side:
    application = pairs.newest(person.id)
    if application is None:
        return Side(None, "Belum dikirim", person.name)
    return Side(application.id, codes.shown(application.ticket), person.name)


def _dates(one: Applicant, other: Applicant) -> str:
    """Whether two hidden birth dates of one year are the same day."""
    if one.birth_year != other.birth_year:
        return ""
    return "Tanggal lahir sama" if one.birth_date == other.birth_date else "Tanggal lahir berbeda"


def _sex(person: Applicant) -> str:
    return {"p": "Perempuan", "l": "Laki-laki"}.get(person.sex, "-")


def _phone(person: Applicant) -> str:
    return phone.masked(person.phone) if person.phone else "-"


def _email(person: Applicant) -> str:
    return masked_email(person.email) if person.email else "Belum punya"


def _sent(application: Application | None, zone: str) -> str:
    return local_time.day_clock(application.submitted_at, zone) if application else "-"


def _state(application: Application | None) -> str:
    if application is None:
        return "-"
    wave = f"Gelombang {application.wave.number}" if application.wave else "Menunggu gelombang"
    return f"{states.WORDS[State(application.state)].label}, {wave}"
