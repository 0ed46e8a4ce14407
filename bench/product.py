"""An installation of the product for a measurement: keys, database, regions, office and one open wave."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from app import crypto, db
from app.clock import SystemClock
from app.make_keys import vapid_private_key
from app.models import Applicant, Application, LedgerEntry, Wave
from app.rules import codes
from app.services import demo, office, regions
from tests import servers

WAVE_OPEN = timedelta(days=30)


@dataclass(frozen=True)
class Product:
    """What a server needs in its environment, and where its log goes."""

    environ: dict[str, str]
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def saved(self) -> Saved:
        """What the database holds now."""
        db.open_database(self.environ["GELOMBANG_DATABASE_URL"])
        with db.database.connection_context():
            tickets = [codes.shown(row.ticket) for row in Application.select(Application.ticket)]
            people = [
                bytes(row.nik_index)
                for row in Applicant.select(Applicant.nik_index).where(Applicant.claim == "holder")
            ]
            lines = LedgerEntry.select().count()
        return Saved(tickets, len(people) - len(set(people)), lines)


@dataclass(frozen=True)
class Saved:
    """Tickets of all applications, how many NIKs stand twice, how many ledger lines there are."""

    tickets: list[str]
    doubled: int
    lines: int


@contextlib.contextmanager
def installed(database: str) -> Iterator[Product]:
    """A fresh installation on "sqlite" or "postgres" (with fsync on), gone afterwards."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="gelombang-bench-")))
        url = f"sqlite:///{folder / 'gelombang.db'}"
        if database == "postgres":
            url = stack.enter_context(servers.postgres(careless=False))
        keys = crypto.Keys.make(vapid_private_key())
        environ = {
            "GELOMBANG_ENVIRONMENT": "test",
            "GELOMBANG_KEYS": keys.to_json(),
            "GELOMBANG_VAR": str(folder),
            "GELOMBANG_DATABASE_URL": url,
            "GELOMBANG_PUBLIC_URL": "http://127.0.0.1",
        }
        _fill(url, keys)
        yield Product(os.environ | environ, folder)


def _fill(url: str, keys: crypto.Keys) -> None:
    crypto.use(keys)
    db.open_database(url)
    db.migrate_up()
    now = SystemClock().now()
    with db.database.connection_context():
        regions.load(db.database)
        office.set_office(now, **demo.OFFICE)
        Wave.create(
            number=1 + secrets.randbelow(90),
            opens_at=now - timedelta(days=1),
            closes_at=now + WAVE_OPEN,
            quota=164,
            created_at=now,
        )
    office.forget()
    if not db.database.is_closed():
        db.database.close()
