"""The schema that the migrations make is the one that the models describe; forth, back, and twice at once.

Each test makes databases of its own: a fresh SQLite file, or a database beside the tests' one in their PostgreSQL.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from peewee import Database, ForeignKeyField, IndexMetadata
from playhouse.schema_diff import diff_models

from app import crypto, db
from app.models import ALL, Draw, DrawFile, Entry, Staff
from app.services import audit, draw_files
from tests import build
from tests.conftest import KEYS, NOW, _let_go, _libpq
from tests.security.rows import everything
from tests.staff import rows
from tests.states import ANSWERS, owner, sent, stored, subscribe
from tests.worker.phones import tell

ROOT = Path(__file__).parent.parent
Make = Callable[[str], str]


@pytest.fixture
def make(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Make]:
    """make("name") gives the URL of an empty database."""
    made: list[str] = []

    def sqlite(name: str) -> str:
        return f"sqlite:///{tmp_path / name}.db"

    def postgres(name: str) -> str:
        server = request.getfixturevalue("postgres_server")
        full = f"gelombang_{name}_{os.getpid()}"
        with psycopg.connect(**_libpq(server), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {full}")
        made.append(full)
        return urlsplit(server)._replace(path=f"/{full}").geturl()

    crypto.use(KEYS)
    yield sqlite if backend == "sqlite" else postgres
    _let_go()
    for name in made:
        with psycopg.connect(
            **_libpq(request.getfixturevalue("postgres_server")), autocommit=True
        ) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


# what stands in a database ----------------------------------------------------------------------------


def tables(made: Database) -> list[str]:
    return sorted(set(made.get_tables()) - {db.HISTORY})


def schema(made: Database) -> dict[str, Any]:
    """Everything that a database keeps of its own shape, table by table, in a form that can be compared."""
    return {table: _shape(made, table) for table in tables(made)} | {"guards": guards(made)}


def _shape(made: Database, table: str) -> dict[str, Any]:
    return {
        "columns": {c.name: (c.data_type.lower(), c.null, c.primary_key) for c in made.get_columns(table)},
        "indexes": sorted(_index(index) for index in made.get_indexes(table)),
        "foreign keys": sorted(_foreign_keys(made, table)),
    }


def _index(index: IndexMetadata) -> tuple[str, tuple[str, ...], bool, str]:
    """(name, columns, unique, condition); automatic names are left out, for the databases choose them."""
    condition = (index.sql or "").upper().partition(" WHERE ")[2].strip("() ")
    name = "" if index.name.startswith("sqlite_autoindex") else index.name
    return name, tuple(str(column) for column in index.columns), bool(index.unique), condition


def _foreign_keys(made: Database, table: str) -> Iterator[tuple[str, str, str, str]]:
    """(column, table it points to, column there, what happens when that row goes)."""
    if db.is_sqlite():
        for row in made.execute_sql(f'PRAGMA foreign_key_list("{table}")').fetchall():
            yield str(row[3]), str(row[2]), str(row[4]), str(row[6])
        return
    words = {"c": "CASCADE", "n": "SET NULL", "r": "RESTRICT", "a": "NO ACTION", "d": "SET DEFAULT"}
    rows = made.execute_sql(
        "SELECT a.attname, c.confrelid::regclass::text, f.attname, c.confdeltype FROM pg_constraint c "
        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
        "JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1] "
        "WHERE c.contype = 'f' AND c.conrelid = %s::regclass",
        (table,),
    ).fetchall()
    for column, there, other, act in rows:
        yield column, there.strip('"'), other, words[act.decode() if isinstance(act, bytes) else act]


def guards(made: Database) -> list[str]:
    """The triggers: what the database itself refuses."""
    if db.is_sqlite():
        rows = made.execute_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        return sorted(" ".join(str(sql).split()) for _, sql in rows)
    rows = made.execute_sql("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal").fetchall()
    return sorted(str(row[0]) for row in rows)


# the models -------------------------------------------------------------------------------------------


def test_the_models_describe_what_the_migrations_make(make: Make) -> None:
    made = db.open_database(make("up"))
    db.migrate_up()
    assert str(diff_models(made, ALL)) == ""
    assert tables(made) == sorted(model._meta.table_name for model in ALL)


def test_types_nulls_conditions_and_what_happens_to_children_are_the_same_too(make: Make) -> None:
    """diff_models looks at names. Here the tables that peewee would make are compared with ours, in full."""
    ours = db.open_database(make("ours"))
    db.migrate_up()
    migrated = schema(ours)
    _let_go()
    theirs = db.open_database(make("theirs"))
    theirs.create_tables(ALL)
    described = schema(theirs)
    assert migrated.pop("guards")
    assert described.pop("guards") == []
    for table, shape in described.items():
        assert migrated[table]["columns"] == shape["columns"], table
        assert migrated[table]["foreign keys"] == shape["foreign keys"], table
        assert _unnamed(migrated[table]) == _unnamed(shape), table
    assert migrated.keys() == described.keys()


def _unnamed(shape: dict[str, Any]) -> list[tuple[tuple[str, ...], bool, str]]:
    """Indexes by what they do: peewee names those of its own otherwise than a hand does."""
    return sorted((columns, unique, condition) for _, columns, unique, condition in shape["indexes"])


def test_every_foreign_key_says_what_happens_when_its_row_goes() -> None:
    silent = [
        f"{model.__name__}.{field.name}"
        for model in ALL
        for field in model._meta.sorted_fields
        if isinstance(field, ForeignKeyField) and not field.on_delete
    ]
    assert silent == []


# forth and back ---------------------------------------------------------------------------------------


def test_down_undoes_everything_and_up_makes_the_same_again(make: Make) -> None:
    made = db.open_database(make("updown"))
    names = db.migrate_up()
    first = schema(made)
    assert [name for name, applied in db.migration_status() if applied] == names
    for name in reversed(names):
        assert db.migrate_down() == [name]
    assert tables(made) == []
    assert guards(made) == []
    assert not any(applied for _, applied in db.migration_status())
    assert db.migrate_up() == names
    assert schema(made) == first
    assert db.migrate_up() == []


def test_each_step_down_and_up_alone(make: Make) -> None:
    """A release that must be taken back goes one step back, not to the beginning."""
    made = db.open_database(make("steps"))
    names = db.migrate_up()
    last = schema(made)
    for count in range(1, len(names)):
        for _ in range(count):
            db.migrate_down()
        assert db.migrate_up() == names[-count:]
        assert schema(made) == last


def test_rows_survive_the_newest_migrations(make: Make) -> None:
    """Up is what runs in production: with rows in every table that a registration fills, none is lost or changed.

    A column that is younger than the first migration is empty after the way back, so those that it made are compared.
    """
    made = db.open_database(make("rows"))
    names = db.migrate_up()
    build.office(NOW)
    build.wave(NOW, selection="draw", rules='{"reserves": [{"group": "phk", "seats": 40}]}')
    application = sent()
    subscribe(application.applicant_id)
    tell(owner(application))
    before = everything()
    filled = {table for table, rows in before.items() if rows}
    assert filled == FILLED
    for _ in names[1:]:
        db.migrate_down()
    first = {table: {column.name for column in made.get_columns(table)} for table in tables(made)}
    assert filled <= first.keys()
    db.migrate_up()
    after = everything()
    for table in filled:
        assert _only(after[table], first[table]) == _only(before[table], first[table]), table
    assert audit.verify() == (len(before["audit_line"]), None)
    assert stored(application) == ANSWERS
    assert owner(application).nik == ANSWERS["identitas"]["nik"]


#: What somebody's registration puts rows into, with a phone that rings and a first notice; and the office's own.
FILLED = {
    *("office", "posko", "wave", "audit_line"),
    *("draft", "applicant", "device", "session", "consent", "application", "ledger_entry", "group_claim"),
    *("push_subscription", "notice", "delivery"),
}


def _only(rows: list[dict[str, Any]], columns: set[str]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name in columns} for row in rows]


def test_a_draw_keeps_its_list_and_its_files_forth_and_back(make: Make) -> None:
    """Rows and files of the list that counts, when a release is taken back and set up again; nothing else counts then."""
    made = db.open_database(make("draws"))
    names = db.migrate_up()
    build.office(NOW)
    where = rows.wave(4, opens=-6, closes=-3)
    ratna = Staff.create(username="ratna", name="Ratna", role="manager", created_at=NOW)
    given = {"promise": b"{}", "promise_sha256": "0" * 64, "promised_at": NOW, "promised_by": ratna}
    draw = Draw.create(wave=where, draw_at=NOW, listed_at=NOW, listing=5, **given)
    files = {"peserta.csv": b"\x00list", "hasil.csv": b"\xffresults"}
    for name, data in files.items():
        DrawFile.create(draw=draw, listing=5, name=name, data=data)
    DrawFile.create(draw=draw, listing=6, name="peserta.csv", data=b"never switched to")
    person = rows.many(1, where)[0]
    for listing, entry in ((5, "counts"), (6, "does not")):
        row = Entry(draw=draw, application=person, listing=listing, entry=entry, bound="0" * 64)
        row.salt = "00" * 16
        row.save(force_insert=True)
    for _ in names[names.index("0055_staged_lists") :]:
        db.migrate_down()
    kept = made.execute_sql("SELECT entrants, results FROM draw").fetchone()
    assert [bytes(data) for data in kept] == list(files.values())
    assert made.execute_sql("SELECT entry FROM entry").fetchall() == [("counts",)]
    db.migrate_up()
    fresh = Draw.get_by_id(draw.id)
    assert {name: draw_files.stored(fresh, name) for name in files} == files
    assert [(row.entry, row.salt) for row in Entry.select()] == [("counts", "00" * 16)]
    assert DrawFile.select().count() == 2


# several at once --------------------------------------------------------------------------------------


def test_two_starts_at_once_both_succeed(make: Make, tmp_path: Path) -> None:
    """Two real processes, as two servers that are started together: `flask db up` in each."""
    url = make("twice")
    environ = {
        "PATH": os.environ["PATH"],
        "FLASK_APP": "wsgi",
        "GELOMBANG_ENVIRONMENT": "test",
        "GELOMBANG_KEYS": KEYS.to_json(),
        "GELOMBANG_VAR": str(tmp_path),
        "GELOMBANG_DATABASE_URL": url,
    }
    command = [sys.executable, "-m", "flask", "db", "up"]
    both = [
        subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    made = db.open_database(url)
    names = [name for name, applied in db.migration_status() if applied]
    assert sorted(out for out, _ in said) == sorted(
        ["nothing to do\n", "".join(f"applied {name}\n" for name in names)]
    )
    assert str(diff_models(made, ALL)) == ""
