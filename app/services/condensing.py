"""Deliveries that are long over are deleted one by one and kept as what they are still asked for.

Each notice keeps how far it came (services/reach.py counts people by that, and lists who is left), and a sum says how
many deliveries of a wave, a broadcast and a kind ended how, which stays when the people themselves are forgotten.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from app.crypto import new_id
from app.db import is_sqlite, writing
from app.models import Delivery, DeliverySum, Notice
from app.services.reach import Reach

#: So long a delivery is kept after it ended: whoever asks why a message did not come asks within that time.
KEEP = timedelta(days=90)
#: Deliveries in one transaction, and transactions in one minute: the queue of pushes goes first.
CHUNK, ROUNDS = 500, 40

_REACH = {"sent": Reach.SENT, "shown": Reach.SHOWN, "opened": Reach.OPENED}


class Sum(NamedTuple):
    """What is counted together."""

    wave: int | None
    broadcast: int | None
    kind: str
    channel: str
    state: str
    reason: str

    @property
    def key(self) -> str:
        return ":".join(str(part or 0) if part is None or isinstance(part, int) else part for part in self)


def condense_due(now: datetime) -> int:
    """Delete what ended more than 90 days ago, after it was counted; returns how many deliveries."""
    done = 0
    for _ in range(ROUNDS):
        with writing():
            some = _condense(now - KEEP)
        done += some
        if some < CHUNK:
            break
    return done


def of_broadcast(broadcast_id: int) -> list[tuple[str, str, str, int]]:
    """(channel, state, reason, how many) of a broadcast's deliveries that are deleted."""
    rows: Any = DeliverySum.select(
        DeliverySum.channel, DeliverySum.state, DeliverySum.reason, DeliverySum.deliveries
    )
    return list(rows.where(DeliverySum.broadcast_number == broadcast_id).tuples())


def _condense(before: datetime) -> int:
    over = Delivery.select(Delivery.id).where((Delivery.done_at <= before) & (Delivery.state != "queued"))
    over = over.order_by(Delivery.done_at).limit(CHUNK)
    if not is_sqlite():  # another worker takes others
        over = over.for_update(skip_locked=True)
    ids = [row.id for row in over]
    if not ids:
        return 0
    columns = (Notice.wave, Notice.broadcast, Notice.kind, Delivery.channel, Delivery.state, Delivery.reason)
    rows: Any = Delivery.select(Delivery.notice, *columns).join(Notice).where(Delivery.id.in_(ids)).tuples()
    sums: Counter[Sum] = Counter()
    reached: dict[Reach, set[int]] = {reach: set() for reach in _REACH.values()}
    for notice, *parts in rows:
        sums[Sum(*parts)] += 1
        if parts[4] in _REACH:
            reached[_REACH[parts[4]]].add(notice)
    for reach, notices in sorted(reached.items()):
        lower = Notice.id.in_(sorted(notices)) & (Notice.reached < reach.value)
        Notice.update(reached=reach.value).where(lower).execute()
    for one, count in sorted(sums.items(), key=lambda item: item[0].key):
        _add(one, count)
    return int(Delivery.delete().where(Delivery.id.in_(ids)).execute())


def _add(one: Sum, count: int) -> None:
    columns = {
        "wave": one.wave,
        "broadcast_number": one.broadcast,
        "kind": one.kind,
        "channel": one.channel,
        "state": one.state,
        "reason": one.reason,
    }
    DeliverySum.insert(id=new_id(), key=one.key, deliveries=0, **columns).on_conflict_ignore().execute()
    more = DeliverySum.update(deliveries=DeliverySum.deliveries + count)
    more.where(DeliverySum.key == one.key).execute()
