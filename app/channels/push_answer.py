"""What a push service's answer means for the message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

DEFAULT_WAIT = 60.0
MAX_WAIT = 3600.0
"""A message never waits longer than this (seconds) on a service's word; the outbox asks again then."""

_REASON = re.compile(rb""""(?:reason|errno)"\s*:\s*"?([A-Za-z0-9_-]{1,40})["\s,}]""")


class Kind(StrEnum):
    """The five things that can become of a message."""

    SENT = "sent"
    GONE = "gone"
    RETRY = "retry"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message.

    - sent: the service took it. That is not yet "shown".
    - gone: the browser unsubscribed (404, 410); delete the subscription.
    - retry: try again after at least `after` seconds and never past the message's own time to live. `reason` is
      429, a 5xx, "timeout", "network", "paused", or "error" for a fault of ours, which is logged. Says nothing about
      the subscription: never delete it for this.
    - refused: 401 or 403, the service does not accept our key for this subscription. When it refuses everybody, our
      key or clock is wrong; when it takes others, this subscription may be dead, which some days will show.
    - failed: trying again would not help. `reason` is the status (400, 413, ...), "redirect", or a code of `Refused`.
    `detail` is the service's own short word for a failure (Apple's "BadJwtToken"), or "".
    """

    kind: Kind
    reason: str
    after: float = 0.0
    detail: str = ""


def outcome_of(status: int, retry_after: str | None, body: bytes, now: datetime) -> Outcome:
    """Read an answer: HTTP status, its Retry-After header if any, the first bytes of its body (RFC 8030, 8292)."""
    if 200 <= status < 300:
        return Outcome(Kind.SENT, str(status))
    if status in (404, 410):
        return Outcome(Kind.GONE, str(status))
    if status in (408, 425, 429) or status >= 500:
        wait = waiting_time(retry_after, now)
        return Outcome(Kind.RETRY, str(status), DEFAULT_WAIT if wait is None else wait)
    if 300 <= status < 400:
        return Outcome(Kind.FAILED, "redirect")
    kind = Kind.REFUSED if status in (401, 403) else Kind.FAILED
    return Outcome(kind, str(status), detail=_word(body))


def waiting_time(retry_after: str | None, now: datetime) -> float | None:
    """Return Retry-After in seconds, 1 to 3600: a number or an HTTP date (RFC 9110 section 10.2.3). None: unusable."""
    text = (retry_after or "").strip()
    if re.fullmatch(r"[0-9]+", text):
        seconds = float(text[:12])
    else:
        try:
            until = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 1.0), MAX_WAIT)


def _word(body: bytes) -> str:
    """Pick the reason out of a JSON answer (Apple: reason, Mozilla: errno) if it is one harmless word.

    Not parsed: the answer is a stranger's, and 4 KB of brackets are enough to exhaust the JSON parser's stack.
    """
    found = _REASON.search(body)
    return found[1].decode() if found else ""
