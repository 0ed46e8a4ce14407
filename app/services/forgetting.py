"""Taking out of a record whatever leads to a person, and leaving what is counted.

What stays of an application: wave, state, district, sex, year of birth, work, channel, posko, and the codes and times
of its ledger. So numbers of past waves do not change, and the public files of a draw (which name entry numbers only)
stay as they are, while nothing is left that says whose number that was. Every verb works inside the caller's
transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from peewee import ForeignKeyField

from app.models import (
    ALL,
    Applicant,
    Application,
    Attempt,
    Deadline,
    Draft,
    GroupClaim,
    LedgerEntry,
    Objection,
    Offer,
    Result,
    RetentionDoor,
    Reversal,
)
from app.models.base import Base

#: What a page shows instead of a name.
NOBODY = "(data sudah dihapus)"
#: What a sealed number becomes where the column may not be empty: sixteen digits that no person has.
NO_NUMBER = "0" * 16
#: Tables about an application whose rows stay, because they are counted or published; their words go.
COUNTED: tuple[type[Base], ...] = (Result, Offer, Deadline, GroupClaim, Objection, Reversal)
_APPLICATION = [
    Application.answers,
    Application.ticket,
    Application.entry_number,
    Application.draft_id,
    Application.erased_at,
]
_LETTERS = "BCDFGHJKLMNPQRSTVWXYZ23456789"


@contextmanager
def door(name: str, before: datetime) -> Iterator[None]:
    """Let the law through the triggers of one append-only table until the block ends (models/retention.py)."""
    row = RetentionDoor.create(name=name, before=before)
    yield  # on a fault the transaction takes the row with it
    RetentionDoor.delete().where(RetentionDoor.id == row.id).execute()


def application(row: Application, now: datetime) -> None:
    """Forget what one application says of its person: answers, notes, codes on paper, evidence, words, the draw's salt."""
    for table in _about(Application):
        if table not in COUNTED:
            _delete(table, Application, row.id)
    GroupClaim.update(evidence="").where(GroupClaim.application == row.id).execute()
    Reversal.update(note=None).where(Reversal.application == row.id).execute()
    for objection in Objection.select().where(Objection.application == row.id):
        objection.text, objection.answer = "", None
        objection.save(only=[Objection.text, Objection.answer])
    with door("ledger_entry", now):
        noted = (LedgerEntry.application == row.id) & LedgerEntry.note.is_null(False)
        LedgerEntry.update(note=None).where(noted).execute()
    Draft.delete().where(Draft.application_id == row.id).execute()
    row.answers = "{}"
    row.ticket, row.entry_number, row.draft_id, row.erased_at = _no_code(), _no_code(), None, now
    row.save(only=_APPLICATION)


def person(row: Applicant, now: datetime) -> None:
    """Forget who somebody was: numbers, name, address, ways to sign in, what they were told. All applications are forgotten before."""
    Attempt.delete().where(Attempt.subject == bytes(row.nik_index)).execute()
    for table in _about(Applicant):
        if table is not Application:
            _delete(table, Applicant, row.id)
    row.claim, row.name, row.name_search, row.village = "erased", NOBODY, "", ""
    row.nik = row.kk = NO_NUMBER
    # Chance instead of a hash: it finds nobody, and no two of these rows look like one person.
    row.nik_index, row.kk_index = secrets.token_bytes(32), secrets.token_bytes(32)
    row.birth_date = f"{row.birth_year}-01-01"
    row.phone = row.phone_index = row.email = row.email_index = row.email_proved_at = None
    row.whatsapp, row.nik_flags, row.pin_hash, row.entry_salt = False, "", "", None
    row.kunci_hash, row.kunci_index, row.kunci_set_at = "", None, None
    row.erased_at = now
    row.save()


def _about(owner: type[Base]) -> list[type[Base]]:
    """Every table whose rows go with a row of `owner`, tables to come included; a delivery goes with its notice."""
    return [table for table in ALL if _keys(table, owner) and table is not LedgerEntry]


def _keys(table: type[Base], owner: type[Base]) -> Sequence[ForeignKeyField]:
    return [
        field
        for field in table._meta.sorted_fields
        if isinstance(field, ForeignKeyField) and field.rel_model is owner and field.on_delete == "CASCADE"
    ]


def _delete(table: type[Base], owner: type[Base], key: int) -> None:
    for field in _keys(table, owner):
        table.delete().where(field == key).execute()


def _no_code() -> str:
    """In place of a code on paper: no page finds it, and it is nobody's."""
    return "~" + "".join(secrets.choice(_LETTERS) for _ in range(8))
