"""A verb that breaks leaves nothing behind: ASVS 2.3.3. The power is cut before every single write, one after the other.

Each case is a request through the front door. It is sent again and again: the first time its first write fails, then its
second, until none is left to fail and it succeeds. After each failure every row is as it was. The cases stand in
cases.py; a route that changes something and has none must say why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app import db, hashing
from app.models import Draft
from tests.pages import Visitor
from tests.security.cases import CASES, WITHOUT, Case
from tests.security.rows import Rows, differences, everything
from tests.security.world import MUTATING, World, csrf_token, post
from tests.walking import SITI, until

WRITES = ("INSERT", "UPDATE", "DELETE")
#: What is committed before the rest on purpose, so that it counts even when the rest fails.
COUNTED_FIRST = frozenset(
    {
        ("device", "wrong_pins"),
        ("one_time_code", "wrong"),
        ("session", "last_seen_at"),
        ("session", "wrong_codes"),
        ("staff", "totp_counter"),
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


def asker(world: World, who: str) -> Visitor:
    people = {"new": world.stranger, "full": lambda: world.full, "summary": lambda: world.summary}
    return people[who]() if who in people else world.staff(who)


def test_every_route_that_changes_something_is_tried_or_says_why_not(world: World) -> None:
    routes = {rule.endpoint for method in MUTATING for rule, _ in world.paths(method)}
    tried = {case.route for case in CASES.values()}
    assert routes - tried - WITHOUT.keys() == set(), (
        "a case in cases.py, or a line in WITHOUT that says why none"
    )
    assert (tried | WITHOUT.keys()) - routes == set(), "no such route"
    assert tried & WITHOUT.keys() == set()


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("name", CASES)
def test_each_verb_is_whole_or_nothing(world: World, power: Power, name: str) -> None:
    cut_before_every_write(world, power, CASES[name])


@pytest.mark.only_on("postgres")
@pytest.mark.parametrize(
    "name",
    [
        *("a person is made", "a registration is changed", "a PIN is changed", "a fault is marked"),
        *("a file of results is used", "a place is taken", "a broadcast is sent", "a claim is settled"),
    ],
)
def test_a_transaction_of_postgres_is_one_too(world: World, power: Power, name: str) -> None:
    cut_before_every_write(world, power, CASES[name])


def cut_before_every_write(world: World, power: Power, case: Case) -> None:
    visitor = asker(world, case.who)
    said = case.prepare(world, visitor) or {}
    path = case.path.format(**said)
    fields = {
        name: value.format(**said) if isinstance(value, str) else value for name, value in case.data.items()
    }
    before, failed = everything(), 0
    while True:
        send = request(visitor, case, path, fields)
        with cut(power, failed + 1):
            answer = send()
        if answer.status_code != 500:
            break
        failed += 1
        if case.afterwards and power.done[-1].startswith(case.afterwards):
            break
        assert left(before, everything(), case) == [], f"cut before write {failed}: {power.done[-1]}"
        case.between()
        assert failed < 60
    assert answer.status_code in (500 if case.afterwards else 200, 201, 204, 303), answer.status
    assert failed >= case.least, f"only {failed} writes: {power.done}"
    assert differences(before, everything()) != []
    adapter = world.app.url_map.bind("127.0.0.1")
    assert adapter.match(answer.request.path, method=case.method)[0] == case.route


def request(visitor: Visitor, case: Case, path: str, fields: dict[str, Any]) -> Callable[[], TestResponse]:
    """What a person would send: the form of a page filled in and its button pressed, or bare fields with a token."""
    if not case.button:
        sent = {"json": fields} if case.json else {"data": fields}
        token = {"X-CSRFToken": csrf_token(visitor, path)}
        return lambda: visitor.ask(case.method, path, headers=token, **sent)
    button = next(
        pressed
        for one in visitor.open(path).forms
        for pressed in one.buttons
        if pressed.startswith(case.button)
    )
    form = visitor.open(path).form(button, *fields)
    form.fill(fields)
    return lambda: visitor.ask("POST", form.action_url(button), data=form.data(button))


def left(before: Rows, after: Rows, case: Case) -> list[str]:
    """What a failed request left behind, but for what is counted first on purpose."""
    found = differences(before, after, COUNTED_FIRST)
    return [what for what in found if what.partition(":")[0].partition(".")[0] not in case.may_differ]


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
