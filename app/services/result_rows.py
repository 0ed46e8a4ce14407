"""Judging the rows of a result file against the people of its wave. Reads only; nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from app.channels.sheets import Table
from app.models import Wave
from app.rules import local_time, nik, result_words
from app.rules.reasons import WORDS as REASON_WORDS
from app.rules.reasons import Reason
from app.rules.result_words import Columns
from app.rules.states import WORDS, State
from app.services import office
from app.services.result_entry import Outcome
from app.services.result_people import People, Person, Skip, Wrong, whose


@dataclass(frozen=True)
class Fault:
    """One row that needs a look: where it stands in the file, how its person is named there (a ticket, or that it was a
    NIK), what is wrong, what to do.
    """

    line: int
    shown: str
    what: str
    hint: str

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """As it stands in a table."""
        return str(self.line), self.shown, self.what, self.hint


@dataclass
class Checked:
    """A whole file, judged: `outcomes` by application id; `same` are as they are already; faults block the file.

    `skipped` rows are about people whom this file cannot or need not change; they must be confirmed.
    """

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    same: int = 0
    changed: int = 0
    faults: list[Fault] = field(default_factory=list)
    skipped: list[Fault] = field(default_factory=list)


def check(wave: Wave, table: Table) -> Checked:
    """Judge every row. Raises result_words.HeadingProblem when the columns cannot be told."""
    columns = result_words.columns(table.header)
    people = People(wave)
    closed = local_time.local_day(wave.closes_at, office.current().zone)
    checked = Checked()
    before: dict[int, tuple[int, Outcome]] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        try:
            person = whose(row, columns, people)
            outcome = replace(_outcome(row, columns), dated=_day(row, columns, closed))
            _refuse_a_double(person, outcome, line, before)
            _fits(person, outcome)
            _take(person, outcome, people, checked)
        except Wrong as wrong:
            checked.faults.append(Fault(line, _shown(row, columns), *wrong.args))
        except Skip as skip:
            checked.skipped.append(Fault(line, _shown(row, columns), *skip.args))
    return checked


def _take(person: Person, outcome: Outcome, people: People, checked: Checked) -> None:
    known = people.results.get(person.id)
    if known is None:
        if person.state is not State.IN_SELECTION:
            raise Wrong(f"Sudah ada hasil: {WORDS[person.state].label}", "Tidak diubah lewat berkas.")
        checked.outcomes[person.id] = outcome
        return
    said = (outcome.state, outcome.reason, outcome.position, outcome.dated or known.dated)
    if (known.outcome, known.reason, known.position, known.dated) == said:
        checked.same += 1
        return
    if known.published_at is not None:
        if known.outcome == outcome.state:
            checked.same += 1
            return
        label = WORDS[State(known.outcome)].label
        hint = "Hasil yang sudah diumumkan tidak diubah lewat berkas."
        if known.outcome == State.SELECTED:
            hint = "Mengambil kembali tempat perlu dua petugas, alasan, dan kabar ke orangnya. Tidak lewat berkas."
        raise Wrong(f"Sudah diumumkan: {label}", hint)
    checked.changed += 1
    checked.outcomes[person.id] = outcome


def _outcome(row: Sequence[str], columns: Columns) -> Outcome:
    text = row[columns.outcome]
    read = result_words.outcome(text)
    if read is None:
        what = "Kolom hasil kosong" if not text else f'Hasil "{text[:40]}" tidak dikenal'
        raise Wrong(what, "Isi: terpilih, cadangan, atau tidak terpilih.")
    state, position = read
    told = row[columns.reason] if columns.reason is not None else ""
    reason = result_words.reason(told, state)
    if reason is None:
        labels = ", ".join(_labels(result_words.reasons_for(state)))
        raise Wrong(f'Alasan "{told[:40]}" tidak dikenal', f"Kosongkan, atau isi salah satu: {labels}.")
    if columns.position is not None and state is State.RESERVE and position is None:
        try:
            position = result_words.position(row[columns.position])
        except ValueError:
            raise Wrong("Nomor urut cadangan bukan angka", "Isi angka 1, 2, 3, dan seterusnya.") from None
    return Outcome(state, reason, position)


def _day(row: Sequence[str], columns: Columns, closed: date) -> str:
    """The day of the result as 2026-12-04, empty without one. From before the wave was closed it is another wave's."""
    text = row[columns.date] if columns.date is not None else ""
    try:
        day = result_words.day(text)
    except ValueError:
        raise Wrong(f'Tanggal "{text[:40]}" tidak terbaca', "Isi tanggal, contoh 4-12-2026.") from None
    if day is not None and day < closed:
        raise Wrong(
            f"Tanggal {local_time.date_words(day)} sebelum gelombang ditutup",
            "Mungkin ini hasil gelombang lain. Periksa lagi berkasnya.",
        )
    return day.isoformat() if day is not None else ""


def _labels(reasons: Iterable[Reason]) -> list[str]:
    return [REASON_WORDS[reason].label for reason in reasons]


def _refuse_a_double(
    person: Person, outcome: Outcome, line: int, before: dict[int, tuple[int, Outcome]]
) -> None:
    first, earlier = before.setdefault(person.id, (line, outcome))
    if earlier != outcome:
        raise Wrong(
            f"Orang ini sudah ada di baris {first} dengan hasil lain", "Sisakan satu baris yang benar."
        )
    if first != line:
        raise Skip(f"Sama seperti baris {first}", "Dilewati.")


def _fits(person: Person, outcome: Outcome) -> None:
    """Whether this person can have this result now."""
    good = outcome.state is not State.NOT_SELECTED
    if person.state is State.WITHDRAWN:
        raise Skip("Orang ini sudah mengundurkan diri", "Dilewati.")
    if person.state is State.NEEDS_FIX:
        if good:
            raise Wrong(
                "Datanya masih perlu dibetulkan", 'Buka orangnya, tandai "Sudah lengkap", lalu unggah lagi.'
            )
        raise Skip("Datanya masih perlu dibetulkan", "Dilewati. Saat diumumkan ia otomatis belum terpilih.")
    if person.disputed:
        if good:
            raise Wrong("Ada dua pendaftar untuk NIK ini", "Selesaikan dulu dengan KTP asli di posko.")
        raise Skip("Ada dua pendaftar untuk NIK ini", "Dilewati.")
    if person.state is State.SUBMITTED:
        raise Wrong("Belum masuk seleksi", "Tunggu satu menit sesudah gelombang ditutup, lalu unggah lagi.")


def _shown(row: Sequence[str], columns: Columns) -> str:
    """What the row says of its person, without showing a NIK."""
    ticket = row[columns.ticket].strip() if columns.ticket is not None else ""
    if ticket:
        return ticket[:20]
    digits = nik.clean_digits(row[columns.nik]) if columns.nik is not None else ""
    return f"NIK {len(digits)} angka" if digits else "(kosong)"
