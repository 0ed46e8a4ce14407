"""The outbox: which pushes are due, who is sending them, and what became of them.

A delivery row is written with its notice in one transaction. A worker claims rows for a while (a lease), sends
without any transaction, and records what happened. A worker that dies leaves only a lease that runs out, so every
push is sent at least once; the tag and the topic let a phone and a push service put a second copy in the first
one's place. docs/decisions/0003-outbox.md has the reasons.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN

from app.channels.web_push import MAX_TTL, Kind, Message, Outcome, padded_body
from app.db import is_sqlite, writing
from app.models import Delivery, Notice, PushSubscription
from app.rules import quiet
from app.services import calls, preferences, push_receipts, subscriptions

#: Tries of one push. With these waits the last one is some twelve hours after the first.
TRIES = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
#: Shown on the lock screen below the title, for every notice: it must not tell a result.
LOCK_SCREEN = "Ketuk untuk melihat."
#: Parameters in one statement (older SQLite takes 999).
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker alone may send until `leased_until`. `attempts` counts this try."""

    id: int
    attempts: int
    leased_until: datetime
    not_after: datetime
    notice: Notice
    subscription: PushSubscription


# claiming ---------------------------------------------------------------------------------------


def claim(limit: int, now: datetime, lease: timedelta) -> list[Claimed]:
    """Take up to `limit` due deliveries for the time of `lease`; an empty list says that nothing is due.

    Among rows that are due at the same moment the order is that of their random ids, so it tells a push service
    nothing. On the way, rows that must not be sent are settled: too old, without a subscription, read already, or
    due while their person wants silence (moved to the end of those hours).
    """
    while True:
        with writing():
            due = _due(limit, now)
            silent = preferences.waits({row.notice.applicant_id for row in due}, now)
            claimed = _take(due, now, silent, now + lease)
        if claimed or not due:
            return claimed


def _due(limit: int, now: datetime) -> list[Delivery]:
    free = Delivery.leased_until.is_null() | (Delivery.leased_until <= now)
    waiting = (
        (Delivery.state == "queued") & (Delivery.channel == "push") & (Delivery.not_before <= now) & free
    )
    pick = Delivery.select(Delivery.id).where(waiting).order_by(Delivery.not_before, Delivery.id).limit(limit)
    if not is_sqlite():  # there the writer lock keeps a second worker out; here it takes other rows meanwhile
        pick = pick.for_update(skip_locked=True)
    rows: list[Delivery] = []
    for ids in _chunks([row.id for row in pick]):
        whole = Delivery.select(Delivery, Notice, PushSubscription).join(Notice)
        whole = whole.switch(Delivery).join(PushSubscription, JOIN.LEFT_OUTER)
        rows.extend(whole.where(Delivery.id.in_(ids)).order_by(Delivery.not_before, Delivery.id))
    return rows


def _take(due: list[Delivery], now: datetime, silent: dict[int, datetime], until: datetime) -> list[Claimed]:
    verdicts: dict[tuple[str, str], list[int]] = {}
    held: dict[datetime, list[int]] = {}
    mine: list[Claimed] = []
    for row in due:
        wait = None if row.notice.kind in quiet.AT_ONCE else silent.get(row.notice.applicant_id)
        verdict = _verdict(row, wait or now)
        if verdict is not None:
            verdicts.setdefault(verdict, []).append(row.id)
        elif wait is not None:
            held.setdefault(wait, []).append(row.id)
        elif row.subscription is not None:
            mine.append(Claimed(row.id, row.attempts + 1, until, row.not_after, row.notice, row.subscription))
    for (state, reason), ids in verdicts.items():
        _set(ids, state=state, reason=reason, leased_until=None, done_at=now)
    for wait, ids in held.items():
        _set(ids, not_before=wait, leased_until=None)
    _set([one.id for one in mine], leased_until=until, attempts=Delivery.attempts + 1)
    return mine


def _verdict(row: Delivery, earliest: datetime) -> tuple[str, str] | None:
    """State and reason of a row that is not to be sent any more, or None; `earliest` is when it may go."""
    if row.subscription_id is None:
        return "gone", "unsubscribed"
    if row.notice.opened_at is not None:
        return "opened", "inbox"
    if row.not_after <= earliest:
        return "failed", "too_late"
    if row.attempts >= TRIES:  # each of them took the worker down, or it would have been recorded
        return "failed", "tries"
    return None


# saying -----------------------------------------------------------------------------------------


def prepare(claimed: Claimed, public_url: str, now: datetime) -> Message:
    """What the phone is sent: the notice's title, a sentence that tells nothing, and where a tap leads.

    Every message has the same length and urgency whatever it says. The topic is this delivery's own, so that a
    push service cannot tell that two phones belong to one person. Raises Unsealable or ValueError for a row that
    can never be sent.
    """
    notice = claimed.notice
    words = {
        "title": notice.title,
        "body": LOCK_SCREEN,
        "navigate": public_url + notice.path,
        "tag": f"kabar{notice.id:x}",
        "data": {"token": push_receipts.token(claimed.id)},
    }
    left = int((claimed.not_after - now).total_seconds())
    return Message(
        subscriptions.opened(claimed.subscription),
        padded_body(words),
        ttl=min(max(left, 0), MAX_TTL),
        urgency="high",  # "normal" waits in a sleeping Android for hours
        topic=f"{claimed.id:x}",
    )


# recording --------------------------------------------------------------------------------------


def record(outcomes: Sequence[tuple[Claimed, Outcome]], now: datetime) -> None:
    """Write down what became of claimed deliveries, in one transaction.

    A row whose lease ran out meanwhile may be in other hands: that it was sent or that the browser is gone stays
    true and is written, but it is neither put back nor given up.
    """
    of = {kind: [(one, said) for one, said in outcomes if said.kind is kind] for kind in Kind}
    with writing():
        _set([one.id for one, _ in of[Kind.SENT]], state="sent", reason="", leased_until=None, done_at=now)
        gone = of[Kind.GONE]
        _set([one.id for one, _ in gone], state="gone", reason="unsubscribed", leased_until=None, done_at=now)
        subscriptions.forget(sorted({one.subscription.id for one, _ in gone}), now)
        for one, said in of[Kind.FAILED]:
            _give_up(one, f"{said.reason} {said.detail}".strip(), now)
        for one, said in of[Kind.RETRY]:
            _put_back(one, said, now)


def _put_back(one: Claimed, said: Outcome, now: datetime) -> None:
    # While its whole service has a break a message is not even tried.
    attempts = one.attempts - 1 if said.reason == "paused" else one.attempts
    again = now + waiting_time(one.attempts, timedelta(seconds=said.after))
    if attempts >= TRIES:
        _give_up(one, f"tries {said.reason}", now)
    elif again >= one.not_after:
        _give_up(one, "too_late", now)
    else:
        columns = {"not_before": again, "attempts": attempts, "reason": said.reason, "leased_until": None}
        Delivery.update(**columns).where(_still(one)).execute()


def _give_up(one: Claimed, reason: str, now: datetime) -> None:
    columns = {"state": "failed", "reason": reason[:60], "leased_until": None, "done_at": now}
    Delivery.update(**columns).where(_still(one)).execute()


def _still(one: Claimed) -> Any:
    """The row while it is in the hands of whoever claimed it: a later claim has a later lease."""
    lease = Delivery.leased_until == one.leased_until
    return (Delivery.id == one.id) & (Delivery.state == "queued") & lease


def waiting_time(attempts: int, at_least: timedelta) -> timedelta:
    """How long until the next try: three times longer each time, and spread, so that not all come back at once."""
    grown: timedelta = min(FIRST_WAIT * 3 ** (attempts - 1), LONGEST_WAIT)
    share = 1 + secrets.randbelow(500) / 1000
    return max(grown, at_least) * share


def call_off(keys_start: str, applicant_id: int, reason: str, now: datetime) -> int:
    """Stop what is still queued of this person's notices whose key starts so; returns how many deliveries.

    They climb no further, and nobody is called because of them.
    """
    notices = Notice.select(Notice.id).where(
        (Notice.applicant == applicant_id) & Notice.key.startswith(keys_start)
    )
    waiting = (Delivery.state == "queued") & Delivery.notice.in_(notices)
    off = {"state": "gone", "reason": reason, "leased_until": None, "done_at": now}
    Notice.update(climb_at=None).where(Notice.id.in_([row.id for row in notices])).execute()
    calls.settle([row.id for row in notices], now)
    return int(Delivery.update(**off).where(waiting).execute())


def _set(ids: Iterable[int], **columns: Any) -> None:
    for some in _chunks(list(ids)):
        Delivery.update(**columns).where(Delivery.id.in_(some) & (Delivery.state == "queued")).execute()


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
