"""The senders' own loop keeps the hours in which a person wants silence: a real push service, a clock that is moved."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from app import flow
from app.channels.web_push import Sender
from app.clock import FixedClock
from app.services import preferences
from app.services.preferences import Chosen
from tests.conftest import KEYS, NOW
from tests.worker.phones import Sink, somebody, tell
from tests.worker.test_delivery import at

pytestmark = pytest.mark.usefixtures("office")


def looked(clock: FixedClock, moment: datetime) -> None:
    """The senders look into the outbox at this moment."""
    clock.move(moment - clock.now())

    async def run() -> int:
        async with Sender(KEYS.vapid, "mailto:ops@example.org", (), allow_loopback=True) as made:
            return await flow.deliver_due(made, "https://gelombang.example.org", clock)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("code", "moments", "sounds"),
    [
        ("21-06", [at(23), at(5, 59, day=23), at(6, day=23)], at(6, day=23)),
        ("19-07", [at(23), at(6, 30, day=23), at(7, day=23)], at(7, day=23)),
        ("08-16", [at(22, 1), at(23)], at(22, 1)),
        ("kapan-saja", [at(22, 1), at(23)], at(22, 1)),
    ],
)
def test_nothing_sounds_before_its_hour(app, clock, code, moments, sounds):
    heard: list[datetime] = []
    with Sink() as sink:
        phone = sink.phone()
        person = somebody(phone)
        preferences.keep(person.id, Chosen(quiet=code), NOW)
        tell(person, now=at(22))
        for moment in moments:
            before = len(sink.received)
            looked(clock, moment)
            heard += [moment] * (len(sink.received) - before)
    assert heard == [sounds]
    assert phone.read(sink.received[0].body)["body"] == "Ketuk untuk melihat."
