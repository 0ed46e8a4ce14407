"""An installation of the product for a measurement: keys, database, regions, office and one open wave."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from app import crypto, db
from app.clock import SystemClock
from app.make_keys import vapid_private_key
from app.models import Applicant, Application, Wave
from app.rules import codes
from app.services import demo, office, regions
from bench import people
from bench.verdict import Verdict, judge
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

    def judge(self, acknowledged: dict[int, str]) -> Verdict:
        """Hold what the people were told, {number: ticket}, against the database, person by person."""
        db.open_database(self.environ["GELOMBANG_DATABASE_URL"])
        keys = crypto.Keys.from_json(self.environ["GELOMBANG_KEYS"])
        today = date.today()  # noqa: DTZ011 - the age of a made-up person
        told = {
            keys.lookup_hash("nik", people.nik_of(number, today)[0]): ticket
            for number, ticket in acknowledged.items()
        }
        with db.database.connection_context():
            return judge(told, stored())


def stored() -> list[tuple[bytes, str]]:
    """(hash of the NIK, ticket as shown) of every application in the open database."""
    rows = Application.select(Applicant.nik_index, Application.ticket).join(Applicant).tuples()
    return [(bytes(person), codes.shown(ticket)) for person, ticket in rows]


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
            "GELOMBANG_PROXIES": "1",  # the driver says where each phone is, as a proxy would
            # Everybody comes from this machine: without this the limit on new registrations would stop them.
            "GELOMBANG_POSKO_NETWORKS": "127.0.0.0/8",
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
