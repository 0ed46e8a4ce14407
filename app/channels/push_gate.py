"""When a whole push service is left alone for a while: it asked for a break, or it is in trouble.

Each sender has a gate of its own and tells the others what it decided (`take_news`, `learn`; services/push_services.py
keeps the row between them). Times are passed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.channels.push_answer import Kind, Outcome

MAX_PAUSE = 300.0
"""One 429 may be about one device only, so a whole service is tried again after five minutes at the latest."""

STREAK = 20
"""So many messages in a row without an answer (or refused as not ours) say that it is not about the message."""

PROBES = 3
"""So many messages may find out whether a service that was in trouble is well again; the others wait for what they say."""

PROBE_WAIT = 20.0
"""How long the others wait (seconds): a little more than a message takes that gets no answer."""

_TROUBLE = {"timeout": "silent", "network": "silent", "401": "key", "403": "key"}


@dataclass(frozen=True, slots=True)
class Pause:
    """Until when a service is left alone, and why: "busy" (429, 503), "silent", "key" (it refuses our key)."""

    until: datetime
    why: str


class OriginGate:
    """A circuit breaker for each push service, by its origin."""

    def __init__(self) -> None:
        self._pauses: dict[str, Pause] = {}
        self._streaks: dict[str, tuple[str, int]] = {}
        #: Services that were in trouble: how many probes are on their way.
        self._probed: dict[str, int] = {}
        self._news: dict[str, Pause] = {}

    def wait(self, origin: str, now: datetime) -> float:
        """Return how many seconds this service is still to be left alone; 0.0 means go (and is one probe, if it is tried)."""
        pause = self._pauses.get(origin)
        if pause is None:
            return 0.0
        left = (pause.until - now).total_seconds()
        if left > 0:
            return left
        if origin not in self._probed:
            return 0.0
        if self._probed[origin] >= PROBES:
            return PROBE_WAIT
        self._probed[origin] += 1
        return 0.0

    def note(self, origin: str, outcome: Outcome, now: datetime) -> None:
        """Learn from one outcome.

        429 and 503 pause the service. So do 20 timeouts or network errors in a row (a dead service would hold
        every open place for 15 s each), and 20 answers in a row that refuse our key (a wrong key must not burn
        the whole queue). After that, one probe that fares no better pauses it again, and one that does opens it.
        """
        if outcome.kind is Kind.SENT:  # nearly always
            self._streaks.pop(origin, None)
            self._probed.pop(origin, None)
            return
        if outcome.reason in ("429", "503"):
            self._pause(origin, outcome.after, "busy", now)
        trouble = _TROUBLE.get(outcome.reason, "")
        kind, count = self._streaks.get(origin, ("", 0))
        count = count + 1 if trouble and trouble == kind else 1
        self._streaks[origin] = (trouble, count)
        if not trouble:
            if outcome.kind is not Kind.RETRY:
                self._probed.pop(origin, None)
            return
        if count >= STREAK or origin in self._probed:
            self._pause(origin, MAX_PAUSE, trouble, now)
            self._probed[origin] = 0
            self._streaks.pop(origin)

    def learn(self, pauses: dict[str, Pause]) -> None:
        """Take over what other senders decided; the longer pause holds."""
        for origin, pause in pauses.items():
            known = self._pauses.get(origin)
            if known is None or known.until < pause.until:
                self._pauses[origin] = pause
                if pause.why != "busy":
                    self._probed[origin] = 0

    def take_news(self) -> dict[str, Pause]:
        """What this gate decided since it was last asked."""
        news, self._news = self._news, {}
        return news

    def _pause(self, origin: str, seconds: float, why: str, now: datetime) -> None:
        until = now + timedelta(seconds=min(seconds, MAX_PAUSE))
        known = self._pauses.get(origin)
        if known is None or known.until < until:
            self._pauses[origin] = self._news[origin] = Pause(until, why)
