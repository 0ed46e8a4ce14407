"""The database: one proxy for SQLite and PostgreSQL, how to open it, and how to write to it safely."""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from peewee import Database, DatabaseProxy, SqliteDatabase
from playhouse.db_url import connect, register_database
from playhouse.migrations import Runner

database = DatabaseProxy()

MIGRATIONS = Path(__file__).parent.parent / "migrations"
HISTORY = "schema_migration"
#: Any number will do as long as nobody else in this database uses it for an advisory lock.
MIGRATION_LOCK = 0x67656C6F
#: SQLite releases without the WAL-reset bug of 3.7.0 to 3.51.2 (fix announced in March 2026).
SAFE_SQLITE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))

log = logging.getLogger("gelombang.db")


def open_database(url: str) -> Database:
    """Make the database that `url` names the one that every model uses.

    SQLite runs on the engine that cysqlite ships (WAL without the WAL-reset bug); with an older engine WAL
    is not used. PostgreSQL runs on psycopg 3 with a pool.
    """
    scheme = urlsplit(url).scheme
    made = _sqlite(url.partition("///")[2]) if scheme == "sqlite" else _postgres(url)
    database.initialize(made)
    return made


def is_sqlite() -> bool:
    """Whether the open database is SQLite (rules of locking and durability differ)."""
    return isinstance(database.obj, SqliteDatabase)


def _sqlite(path: str) -> Database:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pragmas: dict[str, Any] = {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "cache_size": -16_000,
        "temp_store": 2,
        "secure_delete": 1,
        "wal_autocheckpoint": 4_000,  # 16 MB: a page that changes often is copied back once, not each time
    }
    try:
        from playhouse.cysqlite_ext import CySqliteDatabase as Engine
    except ImportError:
        Engine = SqliteDatabase
    made: Database = Engine(path, pragmas=pragmas, timeout=10)
    if not _wal_is_safe(tuple(made.server_version)):
        log.warning("SQLite %s has the WAL-reset bug; using a rollback journal instead", made.server_version)
        made.init(path, pragmas=pragmas | {"journal_mode": "truncate"}, timeout=10)
    return made


def _wal_is_safe(version: tuple[int, ...]) -> bool:
    return version >= SAFE_SQLITE[0] or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in SAFE_SQLITE
    )


def _postgres(url: str) -> Database:
    from app.postgres_pool import Pool

    register_database(Pool, "postgres", "postgresql", "psycopg3")
    made: Database = connect(url, max_connections=32, timeout=10, stale_timeout=300)
    return made


def connection_opened() -> None:
    """Before work: SQLite keeps one connection per thread, PostgreSQL takes one from the pool."""
    database.connect(reuse_if_open=True)


def connection_done() -> None:
    """After work: give a pooled connection back; undo what a crashed request left open."""
    if database.is_closed():
        return
    if not is_sqlite():
        database.close()
    elif database.in_transaction():
        database.rollback()


def connection_closed() -> None:
    """At the end of a thread: its connection goes with it."""
    if not database.is_closed():
        database.close()


@contextmanager
def working() -> Iterator[None]:
    """A connection for one piece of work outside of a request, never held while the network is waited for."""
    connection_opened()
    try:
        yield
    finally:
        connection_done()


@contextmanager
def writing() -> Iterator[None]:
    """One transaction for a verb that reads before it writes.

    SQLite needs BEGIN IMMEDIATE for that: two readers that both want to write would otherwise fail at once.
    Inside another `writing` block this is a savepoint.
    """
    if is_sqlite() and not database.in_transaction():
        with database.atomic("IMMEDIATE"):
            began = time.monotonic()
            yield
        _held.seconds = time.monotonic() - began
    else:
        with database.atomic():
            yield


#: Whoever waits for the lock of SQLite looks again after pauses that grow with the wait (its busy timeout: 1 ms at first,
#: 100 ms at last): (has waited so long, so long may the next pause be), in seconds.
PAUSES = ((0.008, 0.010), (0.033, 0.020), (0.103, 0.025), (0.178, 0.050))
LONGEST_PAUSE = 0.110


class _Held(threading.local):
    """For how long the last transaction of this thread kept others from writing, in seconds."""

    seconds = 0.0


_held = _Held()


def let_others_write() -> None:
    """Between two chunks of a long job: SQLite has one writer and no queue, so whoever waits must find a gap.

    It is as long as the pause of whoever came when the last chunk began.
    """
    if is_sqlite() and not database.in_transaction():
        fits = (pause for held, pause in PAUSES if _held.seconds <= held)
        time.sleep(next(fits, LONGEST_PAUSE))


@contextmanager
def acknowledged() -> Iterator[None]:
    """A transaction whose end a person is told of: it is on the disk, not only in the log, when it returns.

    SQLite: synchronous=FULL around this one transaction (drafts live with NORMAL). PostgreSQL's default does so.
    """
    outermost = is_sqlite() and not database.in_transaction()
    if outermost:
        database.execute_sql("PRAGMA synchronous=FULL")
    try:
        with writing():
            yield
    finally:
        if outermost:
            database.execute_sql("PRAGMA synchronous=NORMAL")


@contextmanager
def redoable() -> Iterator[None]:
    """One transaction whose work is simply done again when a power cut undoes it: its end does not wait for the disk.

    PostgreSQL: synchronous_commit off for this one transaction, at the outermost only. SQLite never waits but in `acknowledged`.
    """
    with writing():
        if not is_sqlite():
            database.execute_sql("SET LOCAL synchronous_commit TO OFF")
        yield


def locked_for_update(query: Any) -> Any:
    """Lock the selected rows until the transaction ends (PostgreSQL); SQLite's writer lock already does."""
    return query if is_sqlite() else query.for_update()


# migrations ------------------------------------------------------------------------------------


@contextmanager
def _migration_lock() -> Iterator[None]:
    """Two processes that start at once must both succeed: the second waits and finds nothing to do."""
    if is_sqlite():
        with Path(f"{database.database}.migration-lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with database.connection_context():
        database.execute_sql("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        try:
            yield
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(%s)", (MIGRATION_LOCK,))


def _runner() -> Runner:
    return Runner(database.obj, str(MIGRATIONS), HISTORY)


def migrate_up() -> list[str]:
    """Apply what is missing; returns the names applied."""
    with _migration_lock():
        return [str(name) for name in _runner().up()]


def migrate_down() -> list[str]:
    """Undo the newest migration; returns its name."""
    with _migration_lock():
        return [str(name) for name in _runner().down()]


def migration_status() -> list[tuple[str, bool]]:
    """(name, applied) for every migration, oldest first."""
    with _migration_lock():
        return [(row.name, row.applied is not None) for row in _runner().status()]


def known_migrations() -> list[str]:
    """The names of all migrations of this version, oldest first."""
    return sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))


def missing_migrations() -> list[str]:
    """Migrations that this version has and the database has not, without waiting for a lock."""
    if HISTORY not in database.get_tables():
        return known_migrations()
    applied = {row[0] for row in database.execute_sql("SELECT name FROM schema_migration").fetchall()}
    return [name for name in known_migrations() if name not in applied]
