"""A verb that breaks leaves nothing behind: ASVS 2.3.3. The power is cut before every single write, one after the other.

Each case is a request through the front door. It is sent again and again: the first time its first write fails, then its
second, until none is left to fail and it succeeds. After each failure every row is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from app import db, hashing
from app.models import Application, Draft
from tests.pages import Visitor
from tests.security.rows import Rows, differences, everything
from tests.security.world import NIK, World, csrf_token, post
from tests.walking import PIN, SITI, until
from tests.worker.phones import Phone
from tests.worker.test_push_pages import as_json

WRITES = ("INSERT", "UPDATE", "DELETE")
#: What is committed before the rest on purpose, so that it counts even when the rest fails.
COUNTED_FIRST = frozenset(
    {
        ("device", "wrong_pins"),
        ("one_time_code", "wrong"),
        ("session", "last_seen_at"),
        ("session", "wrong_codes"),
    }
)


class PowerCut(Exception):
    """Raised instead of a write."""


@dataclass
class Power:
    """Counts writes; cuts the power before write number `at` (0: never)."""

    at: int = 0
    seen: int = 0
    done: list[str] = field(default_factory=list)


@pytest.fixture
def power(monkeypatch: pytest.MonkeyPatch) -> Iterator[Power]:
    made = Power()
    kind = type(db.database.obj)
    execute = kind.execute_sql

    def watched(self: Any, sql: str, *args: Any, **kwargs: Any) -> Any:
        if sql.startswith(WRITES):
            made.seen += 1
            if made.seen == made.at:
                made.done.append(sql[:60])
                raise PowerCut(sql[:60])
        return execute(self, sql, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(kind, "execute_sql", watched)
        yield made


@contextmanager
def cut(power: Power, at: int) -> Iterator[None]:
    power.at, power.seen = at, 0
    yield
    power.at = 0


Act = Callable[[World, Visitor], Any]


@dataclass(frozen=True)
class Case:
    """Who does what: `path` and `data` of the request, after `prepare`; at least so many writes belong together."""

    who: str
    path: str | Act
    data: dict[str, Any]
    least: int
    prepare: Act = lambda world, visitor: None
    json: bool = False
    may_differ: tuple[str, ...] = ()


def until_pin(world: World, visitor: Visitor) -> None:
    until(visitor, "pin")


def until_check(world: World, visitor: Visitor) -> None:
    until(visitor, "periksa")


def change_begun(world: World, visitor: Visitor) -> None:
    assert post(visitor, "/saya/ubah").status_code == 303


def case_of(name: str) -> Act:
    return lambda world, visitor: f"/petugas/pendaftar/{Application.get().id}/{name}"


CASES: dict[str, Case] = {
    "a person is made": Case("new", "/daftar/pin", SITI["pin"], 4, until_pin),
    "a registration is sent": Case("new", "/daftar/periksa", {"benar": "y"}, 7, until_check),
    "a registration is changed": Case("full", "/daftar/periksa", {"benar": "y"}, 5, change_begun),
    "a summary is opened": Case(
        "new", "/masuk", {"nik": NIK, "pin": PIN}, 3, lambda world, _: world.full, may_differ=("attempt",)
    ),
    "a PIN is changed": Case(
        "full", "/saya/pin", {"pin": "layang-merah-58", "pin2": "layang-merah-58", "lain": "y"}, 5
    ),
    "a kunci is made anew": Case("full", "/saya/kunci", {}, 2),
    "other phones are put out": Case(
        "full", "/saya/perangkat", {"semua": "ya"}, 1, lambda world, _: world.summary
    ),
    "a permission is given": Case("full", "/saya/izin", {"lpk": "y"}, 1),
    "a phone wants to hear": Case("full", "/saya/kabar/langganan", as_json(Phone()), 3, json=True),
    "somebody withdraws": Case("full", "/saya/undur", {"alasan": "pindah"}, 4),
    "a number is opened": Case("officer", case_of("nik"), {"alasan": "ktp"}, 1, lambda world, _: world.full),
    "a fault is marked": Case(
        "officer", case_of("betulkan"), {"alasan": "old_kk", "seen": "1"}, 4, lambda world, _: world.full
    ),
    "a code for a PIN is made": Case("officer", case_of("pin"), {"ktp": "y"}, 3, lambda world, _: world.full),
    "a wave is closed by hand": Case(
        "manager",
        lambda world, visitor: f"/petugas/gelombang/{world.wave.number}/tutup",
        {},
        2,
        lambda world, _: world.full,
    ),
}


def asker(world: World, who: str) -> Visitor:
    if who == "new":
        return world.stranger()
    return world.full if who == "full" else world.staff(who)


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("name", CASES)
def test_each_verb_is_whole_or_nothing(world: World, power: Power, name: str) -> None:
    cut_before_every_write(world, power, name)


@pytest.mark.only_on("postgres")
@pytest.mark.parametrize(
    "name", ["a person is made", "a registration is changed", "a PIN is changed", "a fault is marked"]
)
def test_a_transaction_of_postgres_is_one_too(world: World, power: Power, name: str) -> None:
    cut_before_every_write(world, power, name)


def cut_before_every_write(world: World, power: Power, name: str) -> None:
    case = CASES[name]
    visitor = asker(world, case.who)
    case.prepare(world, visitor)
    path = case.path if isinstance(case.path, str) else case.path(world, visitor)
    data = dict(case.data) | (_marks(visitor, path) if case.who == "manager" else {})
    before, failed = everything(), 0
    while True:
        token = {"X-CSRFToken": csrf_token(visitor, path)}
        with cut(power, failed + 1):
            sent: dict[str, Any] = {"json": data} if case.json else {"data": data}
            answer = visitor.ask("POST", path, headers=token, **sent)
        if answer.status_code != 500:
            break
        failed += 1
        assert left(before, everything(), case) == [], f"cut before write {failed}: {power.done[-1]}"
        assert failed < 60
    assert answer.status_code in (200, 201, 303), answer.status
    assert failed >= case.least, f"only {failed} writes: {power.done}"
    assert differences(before, everything()) != []


def left(before: Rows, after: Rows, case: Case) -> list[str]:
    """What a failed request left behind, but for what is counted first on purpose."""
    found = differences(before, after, COUNTED_FIRST)
    return [what for what in found if what.partition(":")[0].partition(".")[0] not in case.may_differ]


def _marks(visitor: Visitor, path: str) -> dict[str, str]:
    """What the page sends along so that nobody overrules a faster colleague."""
    form = visitor.open(path).form(None, "seen")
    return {key: str(value) for key, value in form.data(None).items() if key != "csrf_token"}


@pytest.mark.only_on("sqlite")
def test_a_busy_server_at_the_pin_step_leaves_the_question_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No person was made, so the wizard must not go on as if there were one."""
    visitor = world.stranger()
    until(visitor, "pin")
    with monkeypatch.context() as busy:
        busy.setattr(hashing, "_gate", hashing.HashingGate(at_once=1, patience=0.0))
        with hashing._gate:
            assert post(visitor, "/daftar/pin", data=SITI["pin"]).status_code == 503
    assert '"pin"' not in Draft.get().answers
    assert visitor.open("/daftar/").path == "/daftar/pin"
    assert post(visitor, "/daftar/pin", data=SITI["pin"]).status_code == 303
