"""Whom a row of a result file is about: the people of a wave by ticket and by NIK."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.channels.sheets import Damaged
from app.crypto import keys
from app.models import Applicant, Application, Result, Wave
from app.rules import codes, likeness, names, nik
from app.rules.result_words import Columns
from app.rules.states import State


@dataclass(frozen=True)
class Person:
    """What is known of one application of the wave."""

    id: int
    ticket: str
    state: State
    disputed: bool
    name: str


class Wrong(Exception):
    """This row cannot be used; args are `what` and `hint`."""


class Skip(Exception):
    """This row changes nothing; args are `what` and `hint`."""


class People:
    """The people of a wave by ticket and by NIK, and the results that they have."""

    def __init__(self, wave: Wave) -> None:
        columns = (
            Application.id,
            Application.ticket,
            Application.state,
            Applicant.claim,
            Applicant.nik_index,
            Applicant.name,
            Applicant.name_search,
        )
        query = Application.select(*columns).join(Applicant).where(Application.wave == wave.id)
        rows: list[Any] = list(query.tuples())
        self.by_ticket: dict[str, Person] = {}
        self.by_nik: dict[bytes, Person] = {}
        self.names: set[str] = set()
        for row_id, ticket, state, claim, nik_index, name, name_search in rows:
            person = Person(row_id, ticket, State(state), claim != "holder", name)
            self.names.add(name_search)
            self.by_ticket[ticket] = person
            if not person.disputed or bytes(nik_index) not in self.by_nik:
                self.by_nik[bytes(nik_index)] = person
        self.results = {row.application_id: row for row in Result.select().where(Result.wave == wave.id)}

    def of_nik(self, digits: str) -> Person | None:
        """Whoever has this NIK; an undisputed claim before another."""
        forms = keys().lookup_variants(keys().lookup_hash("nik", digits))
        found = [self.by_nik[form] for form in forms if form in self.by_nik]
        return min(found, key=lambda person: person.disputed, default=None)


def whose(row: Sequence[str], columns: Columns, people: People) -> Person:
    """The person of a row, by ticket or by NIK, of the name that the row gives. Raises Wrong, Skip."""
    name = row[columns.name] if columns.name is not None else ""
    ticket = row[columns.ticket] if columns.ticket is not None else ""
    number = row[columns.nik] if columns.nik is not None else ""
    if not ticket and not number:
        raise Wrong("Nomor pendaftaran dan NIK kosong", "Isi salah satu, atau hapus baris ini.")
    by_ticket = _by_ticket(ticket, people) if ticket else None
    by_nik = _by_nik(number, people, needed=by_ticket is None) if number else None
    if by_ticket and by_nik and by_ticket.id != by_nik.id:
        raise Wrong("Nomor pendaftaran dan NIK milik dua orang", "Cocokkan lagi dengan daftar pendaftar.")
    found = by_ticket or by_nik
    if found is None:
        _refuse_a_slip(nik.clean_digits(number), name, people)
        raise Skip("Tidak terdaftar di gelombang ini", "Dilewati. Bisa jadi ia mendaftar di kantor lain.")
    if name and not likeness.same_name(name, found.name):
        raise Wrong(
            f'Nama "{name[:40]}" berbeda dari data kami',
            f"Nomor ini milik {found.name}. Cocokkan nomornya, atau betulkan namanya di berkas.",
        )
    return found


def _refuse_a_slip(digits: str, name: str, people: People) -> None:
    """A number that fits nobody is not skipped in silence when it is one slip away from a namesake, or when its end
    looks as Excel leaves it (every digit after the 15th becomes 0). Raises Wrong.
    """
    if name and names.search_key(name) in people.names:
        for other in likeness.slips(digits):
            near = people.of_nik(other)
            if near is not None and likeness.same_name(name, near.name):
                where = likeness.slip_words(digits, other).lower()
                hint = f"Mungkin pendaftar {codes.shown(near.ticket)}. Cocokkan dengan berkas asli."
                raise Wrong(f"NIK tidak terdaftar, tetapi mirip ({where})", hint)
    if digits.endswith("0") and any(people.of_nik(digits[:-1] + last) for last in "123456789"):
        raise Wrong(
            "NIK mungkin rusak: angka terakhir dijadikan 0 oleh Excel",
            "Ambil lagi berkas asli dengan kolom NIK sebagai teks.",
        )


def _by_ticket(text: str, people: People) -> Person:
    try:
        found = people.by_ticket.get(codes.parse(text))
    except codes.CodeError:
        raise Wrong("Nomor pendaftaran salah tulis", _nearest(text, people)) from None
    if found is None:
        raise Wrong("Nomor pendaftaran ini bukan dari gelombang ini", "Periksa nomor dan gelombangnya.")
    return found


def _nearest(text: str, people: People) -> str:
    """The one ticket of the wave that is a single slip away, if there is exactly one."""
    typed = nik.clean_digits(text).upper()
    close = {ticket for ticket in _slips(typed) if ticket in people.by_ticket}
    if len(close) == 1:
        return f"Mungkin {codes.shown(close.pop())}."
    return "Nomor ini 9 huruf dan angka. Cocokkan lagi."


def _slips(typed: str) -> Iterator[str]:
    """Every text that is one wrong symbol or one swap away."""
    if len(typed) != codes.CODE_LENGTH:
        return
    for place in range(len(typed)):
        yield from (typed[:place] + symbol + typed[place + 1 :] for symbol in codes.CODE_SYMBOLS)
        if place:
            yield typed[: place - 1] + typed[place] + typed[place - 1] + typed[place + 1 :]


def _by_nik(text: str, people: People, *, needed: bool) -> Person | None:
    if isinstance(text, Damaged):
        if not needed:
            return None
        raise Wrong(
            "NIK rusak: angkanya sudah dibulatkan Excel",
            "Ambil lagi berkas asli dengan kolom NIK sebagai teks.",
        )
    digits = nik.clean_digits(text)
    if nik.refusal(digits) is not None:
        count = sum(c.isdigit() for c in digits)
        hint = (
            "Excel memotong angka depan atau belakang. Jadikan kolom NIK teks."
            if count == 15
            else "Cocokkan lagi."
        )
        raise Wrong(f"NIK harus 16 angka, di sini {count}", hint)
    return people.of_nik(digits)
