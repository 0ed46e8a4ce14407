"""The promise (janji): what is fixed before a wave closes, as exact bytes that anybody can hash.

Design section 5, step 1. Canonical JSON: sorted keys, no spaces, ASCII; unknown keys are refused, so that nothing can be
slipped in beside what was promised.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

VERSION = 2
GROUP = re.compile(r"[a-z0-9]{1,12}", re.ASCII)
AREA = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?", re.ASCII)
#: The promise is made at least this long before the wave closes, the list is final at least this long before the draw.
BEFORE_CLOSING = timedelta(days=7)
LIST_BEFORE_DRAW = timedelta(hours=24)
_WHEN = "%Y-%m-%dT%H:%M:%SZ"


class BadPromise(ValueError):
    """These bytes are not a promise; the message names the part that is wrong."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """Seats that go to members of one group: `group` is a code of [a-z0-9]{1,12}."""

    group: str
    seats: int


@dataclass(frozen=True, slots=True)
class Rules:
    """How seats are given. `max_per_household` None means no limit; `scope` lists area codes such as 35.08.

    reserve_order: "first" (reserves take their members before the open seats) or "last". refill: who inherits a freed
    seat, the next in "rank" or the next of the same "group".
    """

    quota: int
    reserves: tuple[Reserve, ...] = ()
    reserve_order: Literal["first", "last"] = "first"
    max_per_household: int | None = None
    refill: Literal["rank", "group"] = "rank"
    scope: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _need(_whole(self.quota, 1), "quota must be 1 or more")
        groups = [reserve.group for reserve in self.reserves]
        _need(all(isinstance(g, str) and GROUP.fullmatch(g) for g in groups), "a group is [a-z0-9]{1,12}")
        _need(len(set(groups)) == len(groups), "a group has one reserve")
        _need("open" not in groups, "no group is called open: it is the word for a seat without a group")
        _need(all(_whole(reserve.seats, 1) for reserve in self.reserves), "a reserve has 1 seat or more")
        _need(
            sum(reserve.seats for reserve in self.reserves) <= self.quota,
            "reserves add up to more than the quota",
        )
        _need(self.reserve_order in ("first", "last"), "reserve_order is first or last")
        _need(
            self.max_per_household is None or _whole(self.max_per_household, 1),
            "max_per_household is 1 or more",
        )
        _need(self.refill in ("rank", "group"), "refill is rank or group")
        _need(
            bool(self.scope) and all(isinstance(a, str) and AREA.fullmatch(a) for a in self.scope),
            "scope has areas",
        )


@dataclass(frozen=True, slots=True)
class Promise:
    """Everything that decides a draw but for the list and the beacon. Times are aware, whole seconds."""

    wave: str
    closes_at: datetime
    final_list_by: datetime
    draw_at: datetime
    chain: str
    rules: Rules

    def __post_init__(self) -> None:
        _need(bool(re.fullmatch(r"[0-9A-Za-z-]{1,20}", self.wave, re.ASCII)), "wave is a short name")
        _need(bool(re.fullmatch(r"[0-9a-f]{64}", self.chain, re.ASCII)), "chain is 64 hex digits")
        for moment in (self.closes_at, self.final_list_by, self.draw_at):
            _need(moment.tzinfo is not None and moment.microsecond == 0, "times are aware whole seconds")
        _need(self.closes_at < self.final_list_by, "the list is final after the wave has closed")
        _need(
            self.draw_at - self.final_list_by >= LIST_BEFORE_DRAW,
            "the list is final 24 hours before the draw",
        )

    def to_json(self) -> bytes:
        """The bytes of janji.json."""
        return canonical(
            {
                "beacon": {"chain": self.chain, "type": "drand"},
                "closes_at": stamp(self.closes_at),
                "draw_at": stamp(self.draw_at),
                "final_list_by": stamp(self.final_list_by),
                "rules": {
                    "max_per_household": self.rules.max_per_household,
                    "quota": self.rules.quota,
                    "refill": self.rules.refill,
                    "reserve_order": self.rules.reserve_order,
                    "reserves": [{"group": r.group, "seats": r.seats} for r in self.rules.reserves],
                    "scope": list(self.rules.scope),
                },
                "version": VERSION,
                "wave": self.wave,
            }
        )

    @property
    def sha256(self) -> bytes:
        """janji_sha256, 32 raw bytes: printed in hex on every receipt made after the promise."""
        return hashlib.sha256(self.to_json()).digest()

    @classmethod
    def from_json(cls, data: bytes) -> Promise:
        """Read janji.json; raises BadPromise unless the bytes are exactly what to_json would write."""
        try:
            raw = json.loads(data)
            promise = cls._read(raw)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadPromise(str(error) or type(error).__name__) from error
        _need(promise.to_json() == data, "not canonical, or with keys that no promise has")
        return promise

    @classmethod
    def _read(cls, raw: dict[str, Any]) -> Promise:
        rules = raw["rules"]
        _need(raw["version"] == VERSION and raw["beacon"]["type"] == "drand", "version 2 with a drand beacon")
        return cls(
            wave=raw["wave"],
            closes_at=_parsed(raw["closes_at"]),
            final_list_by=_parsed(raw["final_list_by"]),
            draw_at=_parsed(raw["draw_at"]),
            chain=raw["beacon"]["chain"],
            rules=Rules(
                quota=rules["quota"],
                reserves=tuple(Reserve(r["group"], r["seats"]) for r in rules["reserves"]),
                reserve_order=rules["reserve_order"],
                max_per_household=rules["max_per_household"],
                refill=rules["refill"],
                scope=tuple(rules["scope"]),
            ),
        )


def canonical(value: Any) -> bytes:
    """Canonical JSON as the design defines it: sorted keys, separators "," and ":", ASCII."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode("ascii")


def _need(holds: bool, otherwise: str) -> None:
    if not holds:
        raise BadPromise(otherwise)


def _whole(value: object, least: int) -> bool:
    return type(value) is int and value >= least


def stamp(moment: datetime) -> str:
    """A time as the public files write it: 2026-12-04T03:00:00Z."""
    return moment.astimezone(UTC).strftime(_WHEN)


def _parsed(text: str) -> datetime:
    return datetime.strptime(text, _WHEN).replace(tzinfo=UTC)
