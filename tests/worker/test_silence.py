"""The worker's own loop keeps the hours in which a person wants silence."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from app import worker
from app.channels.web_push import Kind, Outcome
from app.services import preferences
from app.services.preferences import Chosen
from tests.conftest import NOW
from tests.worker.phones import Phone, somebody, tell
from tests.worker.test_delivery import at

pytestmark = pytest.mark.usefixtures("office")


class Far:
    """A push service that takes everything and notes when."""

    def __init__(self) -> None:
        self.taken: list[datetime] = []

    async def send_batch(self, messages: list[object], now: datetime) -> list[Outcome]:
        self.taken.extend(now for _ in messages)
        return [Outcome(Kind.SENT, "201") for _ in messages]


@pytest.mark.parametrize(
    ("code", "looks", "sounds"),
    [
        ("21-06", [at(23), at(5, 59, day=23), at(6, day=23)], at(6, day=23)),
        ("19-07", [at(23), at(6, 30, day=23), at(7, day=23)], at(7, day=23)),
        ("08-16", [at(22, 1)], at(22, 1)),
        ("kapan-saja", [at(22, 1)], at(22, 1)),
    ],
)
def test_nothing_sounds_before_its_hour(app, clock, code, looks, sounds):
    person = somebody(Phone())
    preferences.keep(person.id, Chosen(quiet=code), NOW)
    far = Far()
    tell(person, now=at(22))
    for moment in looks:
        clock.move(moment - clock.now())
        asyncio.run(worker.deliver_due(far, "http://127.0.0.1:8000", clock))
    assert far.taken == [sounds]
    assert clock.now() - sounds < timedelta(minutes=1)
