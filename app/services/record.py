"""How a stored thing is told to its owner: as facts that read well on a page and stand as they are in a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.rules import local_time


@dataclass(frozen=True)
class Fact:
    """One stored value: `code` names it in the file, `label` on the page. A page leaves out lists and empty labels.

    `shown` is how the page writes it, where the stored form reads badly.
    """

    code: str
    label: str
    value: Any
    shown: str = ""

    def plain(self, zone: str) -> Any:
        """The value as JSON has it; a time carries the offset of the office."""
        if isinstance(self.value, datetime):
            return local_time.local(self.value, zone).isoformat()
        return self.value

    def words(self, zone: str) -> str:
        """The value as a person reads it; empty when the page does not show it."""
        if self.value is None or not self.label or isinstance(self.value, list | dict):
            return ""
        if self.shown:
            return self.shown
        if isinstance(self.value, datetime):
            return local_time.day_clock(self.value, zone)
        if isinstance(self.value, bool):
            return "Ya" if self.value else "Tidak"
        return str(self.value)


@dataclass(frozen=True)
class Item:
    """One row of something stored; `id` is there where the page needs it."""

    title: str
    facts: tuple[Fact, ...]
    id: int = 0


@dataclass(frozen=True)
class Section:
    """All rows of one kind."""

    code: str
    title: str
    items: tuple[Item, ...]
