"""What all senders know about each push service: until when it is left alone, and when it last took a message."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from app.channels.push_gate import Pause
from app.crypto import new_id
from app.models import PushService

log = logging.getLogger("gelombang.push")

#: A service that took a message within this time accepts our key: one that it refuses is about that subscription.
LATELY = timedelta(days=1)
#: How exactly it is known when a service last took a message.
GRAIN = timedelta(minutes=1)


def paused(now: datetime) -> dict[str, Pause]:
    """The services that are left alone now, by origin."""
    rows = PushService.select().where(PushService.paused_until > now)
    return {row.origin: Pause(row.paused_until, row.why) for row in rows}


def pause(news: Mapping[str, Pause]) -> None:
    """Tell all senders, inside the caller's transaction; the longer pause holds."""
    for origin, one in sorted(news.items()):
        log.log(
            logging.ERROR if one.why == "key" else logging.WARNING,
            "push service %s: %s, left alone until %s",
            origin,
            {"key": "it refuses our key", "silent": "no answers", "busy": "it asks for a break"}[one.why],
            one.until.isoformat(),
        )
        _make_sure(origin)
        shorter = PushService.paused_until.is_null() | (PushService.paused_until < one.until)
        mine = (PushService.origin == origin) & shorter
        PushService.update(paused_until=one.until, why=one.why).where(mine).execute()


def note_accepted(origins: Iterable[str], now: datetime) -> None:
    """These services have just taken messages; written once a minute."""
    known = {row.origin: row.accepted_at for row in PushService.select()}
    for origin in sorted(set(origins)):
        last = known.get(origin)
        if last is None or last <= now - GRAIN:
            _make_sure(origin)
            older = PushService.accepted_at.is_null() | (PushService.accepted_at < now)
            PushService.update(accepted_at=now).where((PushService.origin == origin) & older).execute()


def that_take_others(origins: Iterable[str], now: datetime) -> set[str]:
    """Those of these services that took somebody's message lately: our key is not wrong there."""
    listed = list(set(origins))
    rows = PushService.select(PushService.origin).where(
        PushService.origin.in_(listed) & (PushService.accepted_at > now - LATELY)
    )
    return {row.origin for row in rows} if listed else set()


def _make_sure(origin: str) -> None:
    PushService.insert(id=new_id(), origin=origin).on_conflict_ignore().execute()
