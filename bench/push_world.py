"""People with phones for the bench of sending: one subscription and one due delivery each, written straight into the tables.

How fast notices are written is measured elsewhere; here they are only to be there.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.crypto import keys, new_id
from app.db import database, is_sqlite, writing
from app.models import Applicant, Delivery, Notice, PushSubscription
from app.rules import quiet
from app.rules.codes import new_code
from app.services import office
from bench.wire import LOOPBACK

#: Different browsers' keys: a message is encrypted as dearly for a key that was met before.
BROWSERS = 500
CHUNK = 5_000


@dataclass(frozen=True)
class Browser:
    """The public key (65 bytes) and secret (16 bytes) of a browser."""

    p256dh: bytes
    auth: bytes


def browsers(count: int = BROWSERS) -> list[Browser]:
    """So many browsers."""
    form = (Encoding.X962, PublicFormat.UncompressedPoint)
    made = [ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*form) for _ in range(count)]
    return [Browser(one, os.urandom(16)) for one in made]


def fill(count: int, port: int, due: datetime, now: datetime) -> str:
    """So many people with a phone each at the sink, and a delivery that is due at `due`; returns the kind of notice.

    At night only a test makes phones ring, so then it is tests.
    """
    kind = "test" if quiet.until(quiet.chosen(quiet.HOUSE), due, office.current().zone) else "result"
    people, codes = cycle(browsers()), _codes()
    left = count
    while left:
        some = min(left, CHUNK)
        _fill(list(islice(people, some)), port, due, now, kind, codes)
        left -= some
    if is_sqlite():
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.execute_sql("ANALYZE")
    return kind


def _codes() -> Iterator[str]:
    """No code twice: of 200,000 two are the same in every fourth run."""
    met: set[str] = set()
    while True:
        code = new_code()
        if code not in met:
            met.add(code)
            yield code


def _fill(
    some: list[Browser], port: int, due: datetime, now: datetime, kind: str, codes: Iterator[str]
) -> None:
    ids = [(new_id(), new_id(), new_id(), new_id()) for _ in some]
    person = Applicant(
        claim="holder", name="Siti Marlina", name_search="siti marlina", birth_year=1988, sex="p"
    )
    person.nik = person.kk = person.birth_date = "3508011234567890"
    person.kk_index, person.pin_hash, person.pin_set_at, person.created_at = b"kk", "none", now, now
    phone = PushSubscription(label="HP Android", created_at=now, refreshed_at=now)
    phone.origin = f"https://{LOOPBACK}:{port}"
    notice = Notice(
        kind=kind, key="result:bench", title="Hasil Gelombang 4 sudah keluar", body="Ada kabar.", path="/saya",
        created_at=now, climb_at=due + timedelta(hours=6),
    )  # fmt: skip
    delivery = Delivery(channel="push", not_before=due, not_after=due + timedelta(days=3), created_at=now)
    with writing():
        _insert(person, (_different(a) for a, *_ in ids))
        _insert(phone, _phones(ids, some, phone.origin))
        _insert(notice, ({"id": c, "applicant": a, "code": next(codes)} for a, _, c, _ in ids))
        _insert(delivery, ({"id": d, "notice": c, "subscription": b} for _, b, c, d in ids))


def _different(row_id: int) -> dict[str, Any]:
    """What must differ between people, or the job that looks for doubles has its own work to do."""
    name = secrets.token_hex(8)
    known = {"nik_index": secrets.token_bytes(32), "kk_index": secrets.token_bytes(32)}
    return known | {"id": row_id, "name": name, "name_search": name, "birth_year": 1960 + row_id % 45}


def _phones(
    ids: list[tuple[int, int, int, int]], some: list[Browser], origin: str
) -> Iterator[dict[str, Any]]:
    seal, table = keys().seal_text, "push_subscription"
    for (person, row, _, _), browser in zip(ids, some, strict=True):
        endpoint = f"{origin}/wpush/v2/{secrets.token_urlsafe(120)}"
        yield {
            "id": row,
            "applicant": person,
            "endpoint": seal(endpoint, f"{table}.endpoint:{row}"),
            "endpoint_hash": secrets.token_bytes(32),
            "p256dh": browser.p256dh,
            "auth": seal(base64.urlsafe_b64encode(browser.auth).decode(), f"{table}.auth:{row}"),
        }


def _insert(model: Any, rows: Iterator[dict[str, Any]]) -> None:
    """Rows that are like `model` except for the given columns, without making an object of each."""
    meta = type(model)._meta
    fields = meta.sorted_fields
    usual = {field.name: field.db_value(model.__data__.get(field.name)) for field in fields}
    lines = [tuple((usual | row)[field.name] for field in fields) for row in rows]
    _write(meta.table_name, [field.column_name for field in fields], lines)


def _write(table: str, columns: Sequence[str], lines: list[tuple[Any, ...]]) -> None:
    cursor, listed = database.cursor(), ", ".join(columns)
    if is_sqlite():
        marks = ", ".join("?" * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", lines)
        return
    with cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
        for line in lines:
            copy.write_row([bytes(one) if isinstance(one, bytes) else one for one in line])
