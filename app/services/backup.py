"""A backup of everything in the database, sealed to a key that is not here, and its way back into an empty one.

SQLite is copied by VACUUM INTO (a consistent copy while people go on writing, without what was deleted); PostgreSQL by
its own pg_dump. Neither keys nor mail nor queue are in it. The file before stays until the new one is whole.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from peewee import OperationalError

from app import db, sealed_file
from app.channels import postgres_programs
from app.channels.postgres_programs import ProgramFailed
from app.crypto import Unsealable
from app.models import Applicant, AuditCut, AuditLine
from app.sealed_file import NotOurs
from app.services import audit


class BackupProblem(Exception):
    """It cannot be done; the message says why and what to do, in one line."""


@dataclass(frozen=True)
class Made:
    """What a backup holds: bytes of the file, migrations applied, audit lines and the newest one's mac."""

    size: int
    migrations: int
    lines: int
    head: str


@dataclass(frozen=True)
class Restored:
    """What came back: when it was made, migrations applied since, audit lines that fit, the mac of the newest."""

    made_at: str
    migrated: list[str]
    lines: int
    head: str


# making -------------------------------------------------------------------------------------------


def make(path: Path, public: str, url: str, now: datetime) -> Made:
    """Write a backup to `path`, replacing the one before only when the new one is whole and on the disk."""
    if not public:
        raise BackupProblem(
            "no key to seal to: make one (python -m app.make_keys --backup FILE) and set BACKUP_TO"
        )
    newest, names = audit.newest(), [name for name, applied in db.migration_status() if applied]
    kind = "sqlite" if db.is_sqlite() else "postgresql"
    said = {"lines": newest.lines, "head": newest.mac}
    head = {"kind": kind, "made_at": now.isoformat(), "migrations": names, "audit": said}
    part = path.with_name(path.name + ".part")
    try:
        with _alone(part) as file:
            try:
                writer = sealed_file.Writer(file, public, head)
            except ValueError:
                raise BackupProblem(
                    "BACKUP_TO is no key: it must be the line that make_keys printed"
                ) from None
            for text in _copied() if db.is_sqlite() else postgres_programs.dump(url):
                writer.write(text)
            writer.finish()
            size = file.tell()
            os.replace(part, path)
            _to_disk(path.parent)
    except (OSError, OperationalError, ProgramFailed) as error:
        part.unlink(missing_ok=True)
        raise BackupProblem(f"{_in_words(error)}; {_still_there(path)}") from error
    except BackupProblem:
        part.unlink(missing_ok=True)
        raise
    return Made(size, len(names), newest.lines, newest.mac)


def _still_there(path: Path) -> str:
    return f"the backup before, {path.name}, is untouched" if path.exists() else "no backup was made"


def _in_words(error: Exception) -> str:
    if isinstance(error, BlockingIOError):
        return "another backup into this file is under way"
    if isinstance(error, OSError):
        return f"it could not be written ({error.strerror})"
    return str(error).rpartition("] ")[2]  # without the statement, where the database quotes one


@contextmanager
def _alone(part: Path) -> Iterator[BinaryIO]:
    """The unfinished file, readable by its owner only, held by one backup at a time; what a killed one left is emptied."""
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.truncate()
        yield file


def _copied() -> Iterator[bytes]:
    """A consistent copy of the SQLite database, checked, in pieces; it lies beside the database for so long."""
    copy = Path(f"{db.database.database}.copying")
    copy.unlink(missing_ok=True)
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        db.database.execute_sql("VACUUM INTO ?", (str(copy),))
        _checked(copy)
        with copy.open("rb") as file:
            while text := file.read(sealed_file.PIECE):
                yield text
    finally:
        copy.unlink(missing_ok=True)


def _checked(path: Path) -> None:
    """Raises BackupProblem when SQLite finds a fault in a file."""
    engine: Any = type(db.database.obj)
    looked = engine(str(path))
    try:
        said = [str(row[0]) for row in looked.execute_sql("PRAGMA integrity_check").fetchall()]
    except Exception as error:
        said = [str(error)]
    finally:
        looked.close()
    if said != ["ok"]:
        raise BackupProblem(f"SQLite finds the database damaged: {said[0]}")


def _to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# the way back -------------------------------------------------------------------------------------


def restore(path: Path, private: str, url: str) -> Restored:
    """Bring a backup into the empty database of this installation, migrate it up, and check the audit chain.

    The whole file is proved before anything is touched. Raises BackupProblem; the database is then as it was, but for
    the last checks, which say that something came back that does not fit the keys of this installation.
    """
    try:
        with path.open("rb") as file:
            head = _fits(file)
            for _ in sealed_file.pieces(file, private):
                pass
            if db.database.get_tables():
                raise BackupProblem("the database is not empty: restore into a fresh one")
            text = sealed_file.pieces(file, private)
            if db.is_sqlite():
                _put_in_place(text)
            else:
                db.database.close()
                postgres_programs.restore(url, text)
    except NotOurs as fault:
        raise BackupProblem(str(fault)) from None
    except ProgramFailed as fault:
        raise BackupProblem(f"{fault}; nothing was restored") from None
    except (OSError, OperationalError) as fault:
        raise BackupProblem(f"{_in_words(fault)}; nothing was restored") from None
    migrated = db.migrate_up()
    lines = _proved(head)
    return Restored(str(head["made_at"]), migrated, lines, audit.head())


def _fits(file: BinaryIO) -> dict[str, Any]:
    """The head of a backup that this version can bring back here."""
    head, _ = sealed_file.head_of(file)
    kind = "sqlite" if db.is_sqlite() else "postgresql"
    if head.get("kind") != kind:
        raise BackupProblem(f"this is a backup of {head.get('kind')}; DATABASE_URL names {kind}")
    known = set(db.known_migrations())
    strange = [name for name in head["migrations"] if name not in known]
    if strange:
        raise BackupProblem(f"the backup is of a newer version (it has {strange[-1]}): install that first")
    return head


def _put_in_place(text: Iterator[bytes]) -> None:
    target = Path(str(db.database.database))
    arriving = Path(f"{target}.arriving")
    try:
        with os.fdopen(os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            for piece in text:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        _checked(arriving)
        db.database.close()
        for tail in ("-wal", "-shm"):  # of the empty database that it replaces
            Path(f"{target}{tail}").unlink(missing_ok=True)
        os.replace(arriving, target)
        _to_disk(target.parent)
    finally:
        arriving.unlink(missing_ok=True)


def _proved(head: dict[str, Any]) -> int:
    """How many audit lines fit. Raises BackupProblem when the chain or the keys do not."""
    lines, wrong = audit.verify()
    if wrong is not None:
        raise BackupProblem(
            f"restored, but audit line {wrong} does not fit: other keys (KEYS), or it was altered before the backup"
        )
    said = head["audit"]
    line = AuditLine.get_or_none(AuditLine.id == said["lines"]) or AuditCut.get_or_none()
    if said["lines"] and (line is None or bytes(line.mac).hex() != said["head"]):
        raise BackupProblem("restored, but the audit chain ends before the line that the backup names")
    try:
        some = Applicant.select().first()
        _ = some and some.nik
    except Unsealable:
        raise BackupProblem(
            "restored, but the keys of this installation (KEYS) do not open the data"
        ) from None
    return lines
