"""A wave full of made-up people, written as rows: a million of them in minutes, sealed and indexed as in real life.

Everybody is in the selection of a wave whose draw was promised before they came; every tenth has a phone that is
pushed to, every fifth is in a group that owns seats, every tenth lives in a family of four that takes part.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app import db
from app.crypto import keys, new_id, new_ids
from app.models import (
    Applicant,
    Application,
    GroupClaim,
    LedgerEntry,
    PushSubscription,
    Staff,
    Wave,
)
from app.rules import codes
from app.rules.promise import Reserve, Rules
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import draw_rules, drawing, wave_control
from app.services.ledger import Actor
from bench import people

#: The round of drand that decides (design section 5), and the days around it.
DRAW_AT = datetime(2023, 9, 15, 11, tzinfo=UTC)
SIGNATURE = "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
OPENS, CLOSES = DRAW_AT - timedelta(days=18), DRAW_AT - timedelta(days=3)
LISTED, FROZEN = CLOSES + timedelta(hours=3), DRAW_AT - timedelta(hours=30)
DRAWN = DRAW_AT + timedelta(minutes=5)
GROUPS = ("phk", "rumah", "umi")
NUMBER = 98
CHUNK = 10_000
VILLAGE = "35.08.15.2005"
ANSWERS = json.dumps(people.answers(1, OPENS.date()))


def actor(username: str, role: str = "manager") -> Actor:
    """Somebody of the office, the same one for the same name."""
    made = Staff.get_or_none(Staff.username == username)
    given = {"username": username, "name": username.title(), "role": role, "created_at": OPENS}
    return Actor("staff", made or Staff.create(**given))


def wave(quota: int) -> Wave:
    """The wave with its promise: three reserves own a quarter of the seats, at most 2 of a household."""
    made = Wave.create(number=NUMBER, opens_at=OPENS, closes_at=CLOSES, quota=quota, created_at=OPENS)
    reserves = tuple(Reserve(group, quota // 12) for group in GROUPS)
    rules = Rules(quota, reserves, "first", max_per_household=2, scope=("35.08",))
    draw_rules.change(NUMBER, rules, wave_control.mark(made), actor("ratna"), OPENS)
    drawing.promise(Wave.get_by_id(made.id), DRAW_AT, actor("ratna"), OPENS + timedelta(hours=1))
    return Wave.get_by_id(made.id)


def fill(where: Wave, count: int) -> None:
    """Write so many people, many in a transaction. In the order of their ids, so that it takes minutes and not hours;
    who owns which application is left to chance, as in real life.
    """
    owners = sorted(new_id() for _ in range(count))
    _write_all((_person(number, owner) for number, owner in enumerate(owners)), count)
    owners.sort(key=lambda _: new_id())
    sent = zip(sorted(new_id() for _ in range(count)), owners, strict=True)
    _write_all((_sent(number, own, owner, where) for number, (own, owner) in enumerate(sent)), count)


def _write_all(people: Iterator[Iterator[Any]], count: int) -> None:
    for _ in range(0, count, CHUNK):
        rows: dict[Any, list[Any]] = {}
        for row in itertools.chain.from_iterable(itertools.islice(people, CHUNK)):
            rows.setdefault(type(row), []).append(row)
        for mine in rows.values():
            for row, row_id in zip(mine, new_ids(len(mine)), strict=True):
                if isinstance(row, LedgerEntry | GroupClaim):
                    row.id = row_id
        with db.writing():
            for table, mine in rows.items():
                write(table, [row.__data__ for row in mine])


@contextlib.contextmanager
def careless() -> Iterator[None]:
    """Nothing of the filling must survive a power cut, and nobody else writes meanwhile."""
    if not db.is_sqlite():
        db.database.execute_sql("SET synchronous_commit = off")
        yield
        db.database.execute_sql("SET synchronous_commit = on")
        return
    usual = {"synchronous": 1, "cache_size": -16_000, "wal_autocheckpoint": 4_000}
    for name, value in {"synchronous": 0, "cache_size": -1_000_000, "wal_autocheckpoint": 200_000}.items():
        db.database.execute_sql(f"PRAGMA {name}={value}")
    yield
    db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for name, value in usual.items():
        db.database.execute_sql(f"PRAGMA {name}={value}")


def write(table: Any, data: Sequence[dict[str, Any]]) -> None:
    """insert_many without its price: peewee takes ten times as long to write the text as the database to read it."""
    fields = table._meta.sorted_fields
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    marks = ", ".join([db.database.param] * len(fields))
    text = f'INSERT INTO "{table._meta.table_name}" ({columns}) VALUES ({marks})'
    defaults = {field.name: field.default for field in fields if field.default is not None}
    rows = [
        [field.db_value(row.get(field.name, defaults.get(field.name))) for field in fields] for row in data
    ]
    if db.is_sqlite():
        db.database.cursor().executemany(text, rows)
        return
    with db.database.cursor().copy(f'COPY "{table._meta.table_name}" ({columns}) FROM STDIN') as copy:
        for values in rows:
            copy.write_row(values)


def _person(number: int, owner: int) -> Iterator[Any]:
    family = number // 40 if number % 10 == 0 else -number - 1
    nik, born, sex = people.nik_of(number, OPENS.date())
    kk, phone = f"3508{abs(family):012}", f"+62812{number:08}"
    row = Applicant(id=owner, claim="holder", name=f"Warga {number}", name_search=f"warga {number}", sex=sex)
    row.nik, row.nik_index = nik, keys().lookup_hash("nik", nik)
    row.kk, row.kk_index = kk, keys().lookup_hash("kk", kk)
    row.phone, row.phone_index = phone, keys().lookup_hash("phone", phone)
    row.birth_date, row.birth_year = born.isoformat(), born.year
    row.district, row.village = VILLAGE[:8], VILLAGE
    row.pin_hash, row.pin_set_at, row.created_at = "none", OPENS, OPENS
    yield row
    if number % 10 == 0:
        yield _phone(owner, number)


def _sent(number: int, own: int, owner: int, where: Wave) -> Iterator[Any]:
    row = Application(
        id=own, applicant=owner, wave=where.id, ticket=_fresh_code(), entry_number=_fresh_code()
    )
    row.state, row.work, row.submitted_at = State.IN_SELECTION.value, "phk", OPENS
    row.changed_at, row.answers = CLOSES, ANSWERS
    yield row
    yield _line(own, 1, "", State.SUBMITTED, Reason.SENT_BY_APPLICANT, "applicant")
    yield _line(own, 2, "submitted", State.IN_SELECTION, Reason.WAVE_CLOSED, "system")
    if number % 5 == 0:
        yield GroupClaim(application=own, group=GROUPS[number % 3], state="confirmed")


_given: set[str] = set()


def _fresh_code() -> str:
    """Among a million codes two may be the same; the product draws anew, and so does this."""
    code = codes.new_code()
    while code in _given:
        code = codes.new_code()
    _given.add(code)
    return code


def _line(application: int, n: int, before: str, after: State, reason: Reason, who: str) -> LedgerEntry:
    return LedgerEntry(
        application=application,
        n=n,
        from_state=before,
        to_state=after.value,
        reason=reason.value,
        actor=who,
        at=OPENS if n == 1 else CLOSES,
    )


def _phone(owner: int, number: int) -> PushSubscription:
    row = PushSubscription(applicant=owner, origin="https://fcm.googleapis.com", label="Chrome")
    endpoint = f"https://fcm.googleapis.com/fcm/send/{new_id():x}{number}"
    row.endpoint, row.endpoint_hash = endpoint, keys().lookup_hash("endpoint", endpoint)
    row.p256dh, row.auth = b"\4" + bytes(64), "0" * 22
    row.created_at = row.refreshed_at = OPENS
    return row
