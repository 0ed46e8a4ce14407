"""Which pushes are due, and who is sending them: the claim of services/delivery.py."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from app.db import database, is_sqlite, redoable
from app.models.base import MomentField
from app.rules import quiet
from app.rules.channels import Channel
from app.services import outbox, preferences, push_services
from app.services.outbox import TRIES

CHANNEL = Channel.PUSH.value
#: Rows that wait for a service come back within this time after its pause, not all at once.
SPREAD = timedelta(seconds=30)

_moment = MomentField().python_value


class Told(NamedTuple):
    """What a push needs of its notice."""

    id: int
    kind: str
    title: str
    path: str


class Phone(NamedTuple):
    """What a push needs of its subscription, sealed as the database holds it."""

    id: int
    endpoint: bytes
    p256dh: bytes
    auth: bytes
    origin: str
    refused_days: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker alone may send until `leased_until`. `attempts` counts this try."""

    id: int
    attempts: int
    leased_until: datetime
    not_after: datetime
    notice: Told
    subscription: Phone


# claiming ---------------------------------------------------------------------------------------


def claim(limit: int, now: datetime, lease: timedelta) -> list[Claimed]:
    """Take up to `limit` due deliveries for the time of `lease`; an empty list says that nothing is due.

    Among rows that are due at the same moment the order is that of their random ids, so it tells a push service
    nothing. On the way, rows that must not be sent are settled: too old, without a subscription, read already, or
    due while their person wants silence or their push service a break (moved to the end of that).
    """
    while True:
        with redoable():
            ids = outbox.lease(CHANNEL, limit, now, now + lease)
        claimed = _sifted(ids, now, now + lease) if ids else []
        if claimed or not ids:
            return claimed


_SQLITE = """
    SELECT d.id, d.attempts, d.not_after, n.id, n.kind, n.title, n.path, n.opened_at,
        s.id, s.endpoint, s.p256dh, s.auth, s.origin, s.refused_days, p.quiet
    FROM delivery AS d JOIN notice AS n ON n.id = d.notice_id
    LEFT JOIN push_subscription AS s ON s.id = d.subscription_id
    LEFT JOIN preference AS p ON p.applicant_id = n.applicant_id
    WHERE d.id IN (SELECT value FROM json_each(?))"""
_POSTGRES = """
    SELECT d.id, d.attempts, d.not_after, n.id, n.kind, n.title, n.path, n.opened_at,
        s.id, s.endpoint, s.p256dh, s.auth, s.origin, s.refused_days, p.quiet
    FROM delivery AS d JOIN notice AS n ON n.id = d.notice_id
    LEFT JOIN push_subscription AS s ON s.id = d.subscription_id
    LEFT JOIN preference AS p ON p.applicant_id = n.applicant_id
    WHERE d.id = ANY(%s::bigint[])"""


class _Row(NamedTuple):
    id: int
    attempts: int
    not_after: int
    notice: int
    kind: str
    title: str
    path: str
    opened_at: int | None
    subscription: int | None
    endpoint: bytes
    p256dh: bytes
    auth: bytes
    origin: str
    refused_days: int
    quiet: str | None


def _read(ids: list[int]) -> list[_Row]:
    """Deliveries with their notices and subscriptions, in the order of `ids`."""
    text = _SQLITE if is_sqlite() else _POSTGRES
    found = {row[0]: _Row(*row) for row in database.execute_sql(text, (outbox.id_list(ids),)).fetchall()}
    return [found[one] for one in ids if one in found]


def _sifted(ids: list[int], now: datetime, until: datetime) -> list[Claimed]:
    """Those of the leased rows that are to be sent now; the others are settled."""
    rows = _read(ids)
    silent = preferences.silences(now)
    pauses = push_services.paused(now)
    verdicts: dict[tuple[str, str], list[int]] = {}
    held: dict[datetime, list[int]] = {}
    mine: list[Claimed] = []
    for row in rows:
        silence = None if row.kind in quiet.AT_ONCE else silent[row.quiet]
        pause = pauses.get(row.origin)
        not_after = _moment(row.not_after) or now
        waits = max(silence or now, pause.until if pause else now)
        verdict = _verdict(row, not_after, waits)
        if verdict is not None:
            verdicts.setdefault(verdict, []).append(row.id)
        elif waits > now:
            held.setdefault(waits, []).append(row.id)
        elif row.subscription is not None:
            told = Told(row.notice, row.kind, row.title, row.path)
            phone = Phone(row.subscription, *row[9:14])
            mine.append(Claimed(row.id, row.attempts, until, not_after, told, phone))
    _settle(verdicts, held, {pause.until for pause in pauses.values()}, now)
    return mine


def _settle(
    verdicts: dict[tuple[str, str], list[int]],
    held: dict[datetime, list[int]],
    ends_of_pauses: set[datetime],
    now: datetime,
) -> None:
    if not verdicts and not held:
        return
    with redoable():
        for (state, reason), ids in verdicts.items():
            outbox.finish(ids, state, reason, now)
        for waits, ids in held.items():
            later = SPREAD * (secrets.randbelow(1000) / 1000) if waits in ends_of_pauses else timedelta(0)
            outbox.set_free(ids, waits + later)


def _verdict(row: _Row, not_after: datetime, earliest: datetime) -> tuple[str, str] | None:
    """State and reason of a row that is not to be sent any more, or None; `earliest` is when it may go."""
    if row.subscription is None:
        return "gone", "unsubscribed"
    if row.opened_at is not None:
        return "opened", "inbox"
    if not_after <= earliest:
        return "failed", "too_late"
    if row.attempts > TRIES:  # each of them took the worker down, or it would have been recorded
        return "failed", "tries"
    return None
