"""pg_dump and pg_restore: PostgreSQL's own programs, fed and read piece by piece."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

PIECE = 64 * 1024
#: Where Debian keeps one set of programs for each version of the server.
VERSIONS = Path("/usr/lib/postgresql")
#: What a database URL may say beside its parts, and the variable by which PostgreSQL's programs are told.
OPTIONS = {
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


class ProgramFailed(Exception):
    """The program is missing or gave up; the message says which and what it said."""


def dump(url: str) -> Iterator[bytes]:
    """The whole database in pg_dump's custom format, without owners and rights. Raises ProgramFailed."""
    command = [_found("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--no-password"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=_environment(url), stdout=subprocess.PIPE, stderr=said)
        try:
            assert process.stdout is not None
            while text := process.stdout.read(PIECE):
                yield text
            _ended("pg_dump", process.wait(), said)
        finally:
            _end(process)


def restore(url: str, text: Iterator[bytes]) -> None:
    """Bring a dump into an empty database, all of it or nothing. Raises ProgramFailed, and what `text` raises."""
    name = unquote(urlsplit(url).path.lstrip("/"))
    command = [_found("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner"]
    command += ["--no-privileges", "--no-password", f"--dbname={name}"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, env=_environment(url), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        )
        try:
            assert process.stdin is not None
            try:
                for piece in text:
                    process.stdin.write(piece)
                process.stdin.close()
            except BrokenPipeError:
                pass  # it gave up; its words say why
            _ended("pg_restore", process.wait(), said)
        finally:
            _end(process)


def _ended(program: str, code: int, said: object) -> None:
    if code:
        said.seek(0)  # type: ignore[attr-defined]
        lines = said.read().decode(errors="replace").strip().splitlines()  # type: ignore[attr-defined]
        raise ProgramFailed(lines[0] if lines else f"{program} ended with {code}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Whatever happened, no program stays behind: one that is stopped half way commits nothing."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def _found(program: str) -> str:
    """Debian keeps one of each version off the PATH; the newest can read every older server."""
    kept = sorted(VERSIONS.glob(f"*/bin/{program}"), key=lambda p: float(p.parts[-3]))
    found = str(kept[-1]) if kept else shutil.which(program)
    if found is None:
        raise ProgramFailed(f"{program} is missing: install postgresql-client, at least the server's version")
    return found


def _environment(url: str) -> dict[str, str]:
    """How the programs are told where the database is: never on the command line, which everybody can read."""
    parts = urlsplit(url)
    told = {
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
    }
    told |= {OPTIONS[name]: value for name, value in parse_qsl(parts.query) if name in OPTIONS}
    return {**os.environ, **{name: value for name, value in told.items() if value}}
