"""A backup comes back whole, or not at all: through the commands, on both databases."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from click.testing import Result

from app import create_app, db, sealed_file
from app.channels import postgres_programs
from app.config import Settings
from app.services import audit
from tests.conftest import KEYS, NOW, _let_go, _libpq
from tests.full_disk import small_disk
from tests.security.rows import everything
from tests.states import sent

PRIVATE, PUBLIC = sealed_file.new_pair()
Run = Callable[..., Result]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, backup_to=PUBLIC)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "backup.key"
    path.write_text(PRIVATE + "\n")
    return path


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database to restore into."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'other' / 'gelombang.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"gelombang_restored_{os.getpid()}"
    with psycopg.connect(**_libpq(server), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    _let_go()
    with psycopg.connect(**_libpq(server), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def there(settings: Settings, empty_url: str, clock) -> Run:
    """Run a command in an installation with the same keys and an empty database."""

    def run(*args: object, **others: object) -> Result:
        _let_go()
        made = create_app(replace(settings, database_url=empty_url, **others), clock)
        return made.test_cli_runner().invoke(args=[str(one) for one in args])

    return run


@pytest.fixture
def backup(wave, runner, tmp_path: Path) -> Path:
    """A backup of an office with one registration."""
    sent()
    path = tmp_path / "kept" / "gelombang.backup"
    path.parent.mkdir()
    made = runner.invoke(args=["backup", str(path)])
    assert made.exit_code == 0, made.output
    assert f"head {audit.head()}" in made.output
    return path


def no_tables() -> bool:
    return db.database.get_tables() == []


# there and back -----------------------------------------------------------------------------------


def test_everything_comes_back(backup, key, there):
    before, head, migrations = everything(), audit.head(), db.migration_status()
    said = there("restore", backup, "--key", key)
    assert said.exit_code == 0, said.output
    assert f"fit; head {head}" in said.output
    assert everything() == before
    assert db.migration_status() == migrations
    assert audit.verify(bytes.fromhex(head))[1] is None
    assert backup.stat().st_mode & 0o077 == 0
    assert [path.name for path in backup.parent.iterdir()] == ["gelombang.backup"]


def test_what_came_back_still_guards_its_past(backup, key, there):
    there("restore", backup, "--key", key)
    with pytest.raises(Exception, match="append-only"), db.database.atomic():
        db.database.execute_sql("DELETE FROM audit_line")


def test_the_file_tells_nothing(backup):
    told = backup.read_bytes()
    for word in ("Siti", "Krajan", "SQLite format 3", "PGDMP", "applicant"):
        assert word.encode() not in told


def test_an_older_backup_is_migrated_up(wave, runner, tmp_path, key, there):
    [newest] = db.migrate_down()
    path = tmp_path / "older"
    assert runner.invoke(args=["backup", str(path)]).exit_code == 0
    db.migrate_up()
    said = there("restore", path, "--key", key)
    assert f"applied {newest}\n" in said.output, said.output
    assert said.exit_code == 0


# refused ------------------------------------------------------------------------------------------


def test_a_database_that_is_not_empty_is_left_alone(backup, key, runner):
    before = everything()
    said = runner.invoke(args=["restore", str(backup), "--key", str(key)])
    assert said.exit_code == 1
    assert "the database is not empty" in said.output
    assert everything() == before


@pytest.mark.parametrize("at", [3, 25, 400, -3_000, -1], ids=["magic", "head", "more", "late", "last"])
def test_an_altered_byte_is_found_before_anything_is_touched(backup, key, there, at):
    changed = bytearray(backup.read_bytes())
    changed[at] ^= 1
    backup.write_bytes(changed)
    said = there("restore", backup, "--key", key)
    assert said.exit_code == 1
    assert "Traceback" not in said.output
    assert no_tables()


def test_a_file_that_was_cut_off_is_found(backup, key, there):
    whole = backup.read_bytes()
    for length in (0, 10, 300, len(whole) - 1):
        backup.write_bytes(whole[:length])
        assert there("restore", backup, "--key", key).exit_code == 1
    assert no_tables()


def test_another_key_opens_nothing(backup, tmp_path, there):
    wrong = tmp_path / "wrong.key"
    wrong.write_text(sealed_file.new_pair()[0])
    said = there("restore", backup, "--key", wrong)
    assert said.exit_code == 1
    assert sealed_file.name_of(PUBLIC) in said.output, "it says which key is needed"
    wrong.write_text("this is no key")
    assert "holds no key" in there("restore", backup, "--key", wrong).output
    assert no_tables()


def test_a_newer_version_is_refused(tmp_path, key, there, backend):
    path = tmp_path / "newer"
    kind = {"sqlite": "sqlite", "postgres": "postgresql"}[backend]
    with path.open("wb") as file:
        head = {"kind": kind, "migrations": ["9999_later"], "made_at": "", "audit": {"lines": 0, "head": ""}}
        sealed_file.Writer(file, PUBLIC, head).finish()
    said = there("restore", path, "--key", key)
    assert said.exit_code == 1
    assert "newer version (it has 9999_later)" in said.output
    assert no_tables()


def test_a_backup_of_the_other_database_is_refused(tmp_path, key, there, backend):
    path = tmp_path / "other-kind"
    other = {"sqlite": "postgresql", "postgres": "sqlite"}[backend]
    with path.open("wb") as file:
        sealed_file.Writer(file, PUBLIC, {"kind": other, "migrations": []}).finish()
    assert f"this is a backup of {other}" in there("restore", path, "--key", key).output


def test_other_keys_of_the_installation_are_noticed(backup, key, there):
    said = there("restore", backup, "--key", key, keys=replace(KEYS, audit=b"a" * 32))
    assert said.exit_code == 1
    assert "other keys" in said.output
    _let_go()


@pytest.mark.parametrize("to", ["", "no key"])
def test_without_a_key_there_is_no_backup(app, settings, clock, tmp_path, to):
    made = create_app(replace(settings, backup_to=to), clock)
    said = made.test_cli_runner().invoke(args=["backup", str(tmp_path / "b")])
    assert said.exit_code == 1
    assert "key" in said.output
    assert not (tmp_path / "b").exists()
    assert not (tmp_path / "b.part").exists()


# when something is in the way ----------------------------------------------------------------------


def test_on_a_full_disk_the_backup_before_stays(backup, runner):
    before = backup.read_bytes()
    with small_disk(20_000):
        said = runner.invoke(args=["backup", str(backup)])
    assert said.exit_code == 1
    assert "the backup before, gelombang.backup, is untouched" in said.output
    assert backup.read_bytes() == before
    assert [path.name for path in backup.parent.iterdir()] == ["gelombang.backup"]
    assert not list(Path(db.database.database).parent.glob("*.copying")) if db.is_sqlite() else True
    assert runner.invoke(args=["backup", str(backup)]).exit_code == 0, "with room again it goes on"


@pytest.mark.only_on("sqlite")  # the disk is the server's otherwise
def test_on_a_full_disk_nothing_is_half_restored(backup, key, there):
    with small_disk(100_000):
        said = there("restore", backup, "--key", key)
    assert said.exit_code == 1
    assert "nothing was restored" in said.output
    assert there("restore", backup, "--key", key).exit_code == 0


def test_what_a_killed_backup_left_is_no_hindrance(backup, runner):
    backup.with_name(backup.name + ".part").write_bytes(b"x" * 9_000_000)
    if db.is_sqlite():
        Path(f"{db.database.database}.copying").write_bytes(b"x")
    assert runner.invoke(args=["backup", str(backup)]).exit_code == 0
    assert backup.stat().st_size < 9_000_000
    assert [path.name for path in backup.parent.iterdir()] == ["gelombang.backup"]


def test_two_at_once_do_not_write_into_one_file(backup, runner):
    from app.services.backup import _alone

    with _alone(backup.with_name(backup.name + ".part")):
        said = runner.invoke(args=["backup", str(backup)])
    assert "another backup into this file is under way" in said.output


@pytest.mark.only_on("postgres")
def test_without_the_programs_it_says_what_to_install(backup, runner, monkeypatch, tmp_path):
    monkeypatch.setattr(postgres_programs, "VERSIONS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    said = runner.invoke(args=["backup", str(backup)])
    assert said.exit_code == 1
    assert "pg_dump is missing: install postgresql-client" in said.output
    assert "is untouched" in said.output


@pytest.mark.only_on("postgres")
def test_a_server_that_refuses_is_quoted(backup, runner, settings, clock):
    made = create_app(settings, clock)
    wrong = urlsplit(settings.database_url)._replace(path="/not_there").geturl()
    made.extensions["settings"] = replace(settings, database_url=wrong)
    said = made.test_cli_runner().invoke(args=["backup", str(backup)])
    assert said.exit_code == 1
    assert "not_there" in said.output
    assert "is untouched" in said.output


@pytest.mark.only_on("sqlite")
def test_people_go_on_writing_meanwhile(wave, runner, tmp_path, monkeypatch, key, there):
    """A registration between the copy and the end of the backup is not in it, and nothing of it is half there."""
    really = sealed_file.Writer.finish

    def finish(self: sealed_file.Writer) -> None:
        sent()
        really(self)

    before = everything()
    monkeypatch.setattr(sealed_file.Writer, "finish", finish)
    assert runner.invoke(args=["backup", str(tmp_path / "b")]).exit_code == 0
    assert everything() != before
    assert there("restore", tmp_path / "b", "--key", key).exit_code == 0
    assert everything() == before


def test_the_moment_is_the_clocks(backup):
    with backup.open("rb") as file:
        head, _ = sealed_file.head_of(file)
    assert head["made_at"] == NOW.isoformat()
