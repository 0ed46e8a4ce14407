"""Prepared queries say and do what plain peewee says and does, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import Draft, Office, Wave
from app.prepared import Prepared, insert, update
from tests.conftest import NOW

by_number: Prepared[Wave] = Prepared(lambda number: Wave.select().where(Wave.number == number))
still_open: Prepared[Wave] = Prepared(
    lambda now, paused: Wave.select().where((Wave.closes_at > now) & (Wave.paused == paused)).limit(1)
)
close_now: Prepared[Wave] = Prepared(
    lambda number, now: Wave.update({Wave.closes_at: now}).where(Wave.number == number)
)


@pytest.fixture
def wave(database):
    return Wave.create(
        number=4, opens_at=NOW, closes_at=NOW + timedelta(days=1), quota=3, paused=True, created_at=NOW
    )


def test_a_row_comes_back_as_peewee_would_give_it(wave):
    plain, prepared = Wave.get_by_id(wave.id), by_number.first(4)
    assert prepared == plain
    assert prepared.__data__ == plain.__data__
    assert prepared.closes_at == NOW + timedelta(days=1)
    assert prepared.paused is True
    assert not prepared.dirty_fields


def test_arguments_are_converted_as_peewee_converts_them(wave):
    assert still_open.first(NOW, True) == wave
    assert still_open.first(NOW, False) is None
    assert still_open.first(NOW + timedelta(days=1), True) is None


def test_writing_counts_rows(wave):
    assert close_now.run(4, NOW) == 1
    assert close_now.run(5, NOW) == 0
    assert Wave.get_by_id(wave.id).closes_at == NOW


def test_sealed_columns_are_stored_sealed(database):
    draft = Draft(token_hash=b"t" * 32, created_at=NOW, touched_at=NOW, stored_until=NOW)
    draft.answers = '{"a": 1}'
    insert(draft)
    assert Draft.get_by_id(draft.id).answers == '{"a": 1}'
    draft.answers, draft.touched_at = '{"a": 2}', NOW + timedelta(hours=1)
    update(draft, Draft.answers)
    stored = Draft.get_by_id(draft.id)
    assert stored.answers == '{"a": 2}'
    assert stored.touched_at == NOW


def test_defaults_are_inserted(database):
    office = Office(
        name="N",
        area="35.08",
        zone="WIB",
        address="A",
        phone="P",
        whatsapp="W",
        hours="H",
        privacy_contact="C",
        programme="P",
        programme_site="S",
    )
    insert(office)
    assert Office.get().example is False
