"""Statements about hundreds of rows: the same rows as peewee would write, whatever stands in them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from peewee import IntegrityError

from app import bulk, db
from app.crypto import new_ids
from app.models import Application, Deadline, LedgerEntry
from tests.conftest import NOW
from tests.staff import rows

pytestmark = pytest.mark.usefixtures("office")

ODD = ["%s ? {ids}", "'; DROP TABLE wave; --", 'Ünal 😀 \\ "x"', ""]
EACH = (LedgerEntry.id, LedgerEntry.application, LedgerEntry.n, LedgerEntry.told, LedgerEntry.note)


def lines(application: Application, texts: list[str]) -> list[tuple[Any, ...]]:
    ids = new_ids(len(texts))
    return [
        (own, application.id, n, text, None) for n, (own, text) in enumerate(zip(ids, texts, strict=True), 10)
    ]


def test_rows_are_those_that_peewee_would_have_written() -> None:
    application = rows.many(1, rows.wave(3))[0]
    same = {LedgerEntry.to_state: "submitted", LedgerEntry.reason: "r%s", LedgerEntry.actor: "system"}
    written = lines(application, ODD)
    bulk.insert(LedgerEntry, EACH, written, {**same, LedgerEntry.at: NOW})
    one = LedgerEntry(application=application.id, n=99, to_state="submitted", reason="r%s", actor="system")
    one.at = NOW
    one.save(force_insert=True)
    kept = {row.told: row for row in LedgerEntry.select().where(LedgerEntry.n >= 10)}
    assert set(kept) - {""} == set(ODD) - {""}
    own = {"id", "n", "told"}
    expected = {k: v for k, v in LedgerEntry.get(LedgerEntry.n == 99).__data__.items() if k not in own}
    for row in LedgerEntry.select().where(LedgerEntry.n.between(10, 98)):
        assert {k: v for k, v in row.__data__.items() if k not in own} == expected
        assert row.told == ODD[row.n - 10]


def test_a_row_that_is_refused_takes_all_with_it_or_is_left_out() -> None:
    application = rows.many(1, rows.wave(3))[0]
    given = {Deadline.kind: "k", Deadline.due_at: NOW, Deadline.created_at: NOW}
    each = (Deadline.id, Deadline.application)
    twice = [(own, application.id) for own in new_ids(2)]
    with pytest.raises(IntegrityError), bulk.database.atomic():
        bulk.insert(Deadline, each, twice, given)
    assert Deadline.select().count() == 0
    bulk.insert(Deadline, each, twice, given, or_ignore=True)
    assert Deadline.select().count() == 1
    bulk.insert(Deadline, each, [], given)


def test_lists_of_ids_and_of_texts_find_just_those_rows() -> None:
    people = rows.many(3, rows.wave(3))
    ids = [people[0].id, people[2].id, 2**62 - 1]
    assert {row[0] for row in bulk.run("SELECT id FROM application WHERE id {ids}", ids)} == set(ids[:2])
    assert bulk.run("SELECT id FROM application WHERE id {ids}", []).fetchall() == []
    tickets = [people[1].ticket, *ODD]
    found = bulk.run(
        "SELECT id FROM application WHERE ticket {texts} AND state = ?", tickets, people[1].state
    )
    assert found.fetchall() == [(people[1].id,)]


def test_a_statement_is_run_for_each_row_of_values() -> None:
    people = rows.many(3, rows.wave(3))
    bulk.update(
        "UPDATE application SET work = ? WHERE id = ?", [(f"{n}%", one.id) for n, one in enumerate(people)]
    )
    assert [Application.get_by_id(one.id).work for one in people] == ["0%", "1%", "2%"]


def test_a_column_that_draws_its_own_value_must_be_named() -> None:
    with pytest.raises(TypeError, match="id needs a value"):
        bulk.insert(Deadline, (Deadline.application,), [(1,)], {})


def test_the_gap_between_two_chunks_fits_whoever_waits(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite: as long as the pause of somebody who has waited since the chunk began; nobody waits so on PostgreSQL."""
    gaps: list[float] = []
    now = [0.0]
    monkeypatch.setattr(db, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=gaps.append))
    for held, gap in ((0.001, 0.010), (0.02, 0.020), (0.1, 0.025), (0.15, 0.05), (0.5, 0.11)):
        with db.writing():
            now[0] += held
        db.let_others_write()
        assert [round(one, 3) for one in gaps] == ([gap] if backend == "sqlite" else [])
        gaps.clear()
    with db.writing():
        db.let_others_write()
    assert gaps == [], "inside a transaction a pause gives nobody room"
