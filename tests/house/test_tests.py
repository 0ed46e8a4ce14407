"""What the tests rest on: an empty database each time, a clock that stands, no way out to the network."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from flask import Flask
from peewee import DatabaseProxy

from app import db
from app.clock import FixedClock
from app.models import ALL, AuditLine, Posko
from app.services.office import OfficeFacts
from tests import build
from tests.conftest import NOW, missing


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_starts_with_empty_tables(database: DatabaseProxy, turn: str) -> None:
    assert {model.__name__: model.select().count() for model in ALL if model.select().exists()} == {}
    build.office(NOW)
    assert Posko.select().count() == 2
    assert AuditLine.select().count() == 1  # append-only for the application, not for the broom


def test_both_databases_are_really_used(database: DatabaseProxy, backend: str) -> None:
    assert db.is_sqlite() == (backend == "sqlite")


def test_the_application_has_the_clock_of_the_test(
    app: Flask, clock: FixedClock, office: OfficeFacts
) -> None:
    clock.move(timedelta(days=2))
    assert app.extensions["clock"].now() == NOW + timedelta(days=2)


def test_nothing_reaches_the_network() -> None:
    with socket.socket() as way_out, pytest.raises(AssertionError, match="put something of its own there"):
        way_out.connect(("192.0.2.1", 443))


def test_what_is_missing_is_skipped_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI_STRICT", raising=False)
    with pytest.raises(pytest.skip.Exception, match="install it"):
        missing("no such thing: install it")
    monkeypatch.setenv("CI_STRICT", "1")
    with pytest.raises(pytest.fail.Exception, match="install it"):
        missing("no such thing: install it")
