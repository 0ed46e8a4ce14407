"""The one place that reads the time. Everything below the views gets `now` as an argument."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that knows the time: aware, UTC, cut to milliseconds (the precision that rows keep)."""

    def now(self) -> datetime: ...


def to_milliseconds(moment: datetime) -> datetime:
    """Cut an aware datetime to whole milliseconds, so that a stored and a fresh time compare equal."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class SystemClock:
    """The server's clock."""

    def now(self) -> datetime:
        return to_milliseconds(datetime.now(UTC))


class FixedClock:
    """A clock that stands still until it is moved: for tests, demos and rehearsals."""

    def __init__(self, moment: datetime) -> None:
        self._moment = to_milliseconds(moment.astimezone(UTC))

    def now(self) -> datetime:
        return self._moment

    def set(self, moment: datetime) -> None:
        self._moment = to_milliseconds(moment.astimezone(UTC))

    def move(self, step: timedelta) -> None:
        self._moment = to_milliseconds(self._moment + step)
