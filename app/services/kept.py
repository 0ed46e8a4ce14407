"""What many ask for and what may be some seconds old: counting a large wave for each visitor costs more than its page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from app.db import database

T = TypeVar("T")


class Kept(Generic[T]):
    """Answers by the id of what they are about, each kept for `age` in this process if it is `worth` it."""

    def __init__(self, age: timedelta, worth: Callable[[T], bool] = lambda _: True) -> None:
        self._age, self._worth = age, worth
        self._found: dict[tuple[int, int], tuple[datetime, T]] = {}

    def get(self, about: int, now: datetime, count: Callable[[], T]) -> T:
        """The answer about this row, counted anew when there is none or it is too old."""
        key = (id(database.obj), about)
        known = self._found.get(key)
        if known is not None and known[0] <= now < known[0] + self._age:
            return known[1]
        fresh = count()
        if self._worth(fresh):
            self._found[key] = (now, fresh)
        return fresh
