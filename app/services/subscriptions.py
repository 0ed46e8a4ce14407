"""Where push can reach a person: one row per browser, taken, refreshed, moved to the next owner, given up."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

from peewee import IntegrityError

from app.channels.web_push import Subscription, origin_of
from app.crypto import fingerprint, keys
from app.db import locked_for_update, writing
from app.models import Applicant, Consent, Delivery, Device, Notice, PushSubscription
from app.services import audit, notices

#: Browsers per person (security.md threat 15); one more replaces the one that was silent longest.
MOST = 5
#: Test notices per person and hour: enough to try twice, too few to annoy a push service.
TESTS_PER_HOUR = 3
PURPOSE = "push"
#: What stands on the card that asks (templates/parts.html, macro push); the consent keeps its hash.
CARD = (
    "Mau dikabari di HP ini? Saat ada hasil atau batas waktu, HP Anda berbunyi. "
    "Isi kabarnya tidak terlihat di layar kunci."
)


class NoPhone(Exception):
    """The person has not switched push on anywhere."""


class TooManyTests(Exception):
    """Three test notices were sent within the last hour."""


def opt_in(
    applicant_id: int, offered: Subscription, *, device_id: int | None, label: str, now: datetime
) -> PushSubscription:
    """Keep a browser's (checked) subscription for this person; told again, it only counts as refreshed.

    An endpoint that belonged to somebody else moves: the last sign-in wins, and what was still queued for the
    earlier owner never reaches this screen. Nothing that was written before is sent to a new subscription.
    """
    try:
        with writing():
            return _put(applicant_id, offered, device_id, label, now)
    except IntegrityError:  # the same browser told us twice at once, and the other one was faster
        with writing():
            return _put(applicant_id, offered, device_id, label, now)


def _put(
    applicant_id: int, offered: Subscription, device_id: int | None, label: str, now: datetime
) -> PushSubscription:
    # One at a time for each person, or two phones at once could both be the fifth.
    locked_for_update(Applicant.select(Applicant.id).where(Applicant.id == applicant_id)).get()
    known = PushSubscription.get_or_none(PushSubscription.endpoint_hash == _hash(offered.endpoint))
    if known is not None and known.applicant_id != applicant_id:
        forget([known.id], now)
        _hush(Device.id == known.device_id)  # its earlier owner is asked anew
        known = None
    was_on, before = is_on(applicant_id, device_id), _earlier(applicant_id, device_id, offered.endpoint)
    row = known or _fresh(applicant_id, offered.endpoint, before, now)
    if known is None or bytes(row.p256dh) != offered.p256dh:  # subscribed anew, perhaps with our key of now
        row.refused_days, row.refused_at = 0, None
    row.p256dh = offered.p256dh
    row.auth = base64.urlsafe_b64encode(offered.auth).decode()
    row.device_id, row.label, row.refreshed_at = device_id, label, now
    row.save(force_insert=known is None)
    if before and known is None:  # what still waits for this phone rings on it
        waiting = (Delivery.subscription == before[0]) & (Delivery.state == "queued")
        Delivery.update(subscription=row.id).where(waiting).execute()
    forget(before, now)
    if not was_on:
        Device.update(rings=True).where(Device.id == device_id).execute()
        _note_consent(applicant_id, True, now)
        audit.record("applicant", "push.on", f"applicant:{applicant_id}", now)
    return row


def _earlier(applicant_id: int, device_id: int | None, endpoint: str) -> list[int]:
    """The rows that this phone had before its browser subscribed anew, last refreshed first: a phone has one."""
    if device_id is None:
        return []
    other = _of_device(applicant_id, device_id) & (PushSubscription.endpoint_hash != _hash(endpoint))
    found = PushSubscription.select(PushSubscription.id).where(other)
    return [row.id for row in found.order_by(PushSubscription.refreshed_at.desc())]


def _fresh(applicant_id: int, endpoint: str, before: list[int], now: datetime) -> PushSubscription:
    others = [row.id for row in list_for(applicant_id) if row.id not in before]
    forget(others[MOST - 1 :], now)
    row = PushSubscription(applicant=applicant_id, endpoint_hash=_hash(endpoint), created_at=now)
    row.endpoint = endpoint
    row.origin = origin_of(endpoint)
    return row


def opened(row: PushSubscription) -> Subscription:
    """The subscription as the sender takes it; raises Unsealable when its key is lost."""
    return unsealed(row.id, row.__data__["endpoint"], row.p256dh, row.__data__["auth"])


def unsealed(row_id: int, endpoint: bytes, p256dh: bytes, auth: bytes) -> Subscription:
    """The same of a row's columns as the database holds them; the sender reads too many rows to make objects of them."""
    table = PushSubscription._meta.table_name
    address = keys().open_text(bytes(endpoint), f"{table}.endpoint:{row_id}")
    secret = keys().open_text(bytes(auth), f"{table}.auth:{row_id}")
    return Subscription(address, bytes(p256dh), base64.urlsafe_b64decode(secret))


def note_refused(ids: list[int], now: datetime) -> None:
    """A service that takes others refused our key for these today; a day counts once (UTC). Inside a transaction."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    earlier = PushSubscription.refused_at.is_null() | (PushSubscription.refused_at < today)
    counted = PushSubscription.update(refused_days=PushSubscription.refused_days + 1, refused_at=now)
    counted.where(PushSubscription.id.in_(ids) & earlier).execute()


def note_taken(ids: list[int]) -> None:
    """These were refused before and take our messages again."""
    PushSubscription.update(refused_days=0, refused_at=None).where(PushSubscription.id.in_(ids)).execute()


def is_on(applicant_id: int, device_id: int | None) -> bool:
    """Whether this person wants push on this phone: said yes on it and did not take that back.

    Also while the phone is deaf: a push service that says 404 or 410 ends a subscription, not the wish, so the next page
    signs the phone up again. For a browser that is not a known phone (None) nothing but its row remembers the wish.
    """
    if device_id is None:
        return bool(PushSubscription.select().where(_of_device(applicant_id, None)).exists())
    rings = (Device.id == device_id) & (Device.applicant == applicant_id) & Device.rings
    return bool(Device.select().where(rings).exists())


def list_for(applicant_id: int) -> list[PushSubscription]:
    """The browsers that hear of this person's notices, last refreshed first."""
    mine = PushSubscription.select().where(PushSubscription.applicant == applicant_id)
    return list(mine.order_by(PushSubscription.refreshed_at.desc()))


def remove_endpoint(applicant_id: int, endpoint: str, now: datetime) -> int:
    """Switch push off for the browser with this endpoint, if it is this person's; returns how many rows went."""
    mine = PushSubscription.applicant == applicant_id
    return _remove(applicant_id, mine & (PushSubscription.endpoint_hash == _hash(endpoint)), now)


def remove_device(applicant_id: int, device_id: int | None, now: datetime) -> int:
    """Switch push off on this phone; returns how many rows went."""
    return _remove(applicant_id, _of_device(applicant_id, device_id), now, Device.id == device_id)


def remove_one(applicant_id: int, subscription_id: int, now: datetime) -> int:
    """Switch push off for one row of the person's list; returns how many rows went."""
    mine = PushSubscription.applicant == applicant_id
    return _remove(applicant_id, mine & (PushSubscription.id == subscription_id), now)


def remove_all(applicant_id: int, now: datetime) -> int:
    """Take the permission back: no browser hears anything more (UU PDP Pasal 9); returns how many rows went."""
    mine = Device.applicant == applicant_id
    return _remove(applicant_id, PushSubscription.applicant == applicant_id, now, mine)


def _remove(applicant_id: int, which: Any, now: datetime, phones: Any = None) -> int:
    """Delete rows and what their phones remember; `phones` are switched off also where no row is left."""
    with writing():
        rows = list(PushSubscription.select(PushSubscription.id, PushSubscription.device).where(which))
        forget([row.id for row in rows], now)
        theirs = Device.id.in_([row.device_id for row in rows])
        hushed = _hush((Device.applicant == applicant_id) & (theirs if phones is None else theirs | phones))
        if rows or hushed:
            audit.record("applicant", "push.off", f"applicant:{applicant_id}", now)
            if not list_for(applicant_id):
                _hush(Device.applicant == applicant_id)
                _note_consent(applicant_id, False, now)
        return len(rows)


def _hush(which: Any) -> int:
    """Let these phones forget that push was wanted on them; returns how many remembered it."""
    return int(Device.update(rings=False).where(which & Device.rings).execute())


def forget(ids: list[int], now: datetime) -> None:
    """Delete subscriptions and give up what is still queued for them, inside the caller's transaction."""
    if not ids:
        return
    waiting = Delivery.subscription.in_(ids) & (Delivery.state == "queued")
    gone = {"state": "gone", "reason": "unsubscribed", "leased_until": None, "done_at": now}
    Delivery.update(**gone).where(waiting).execute()
    PushSubscription.delete().where(PushSubscription.id.in_(ids)).execute()


def send_test(applicant_id: int, now: datetime) -> Notice:
    """Send this person's phones one notice the whole way that a real one takes.

    Raises NoPhone when push is on nowhere, TooManyTests after three within an hour.
    """
    with writing():
        locked_for_update(Applicant.select(Applicant.id).where(Applicant.id == applicant_id)).get()
        if not list_for(applicant_id):
            raise NoPhone
        recent = (Notice.applicant == applicant_id) & (Notice.kind == "test")
        if (
            Notice.select().where(recent & (Notice.created_at > now - timedelta(hours=1))).count()
            >= TESTS_PER_HOUR
        ):
            raise TooManyTests
        written = notices.write(
            applicant_id=applicant_id,
            kind="test",
            key=f"test:{round(now.timestamp() * 1000)}",
            title="Ini kabar percobaan",
            body="Kalau muncul juga di layar HP, kabar di HP itu sudah menyala.",
            path="/saya/kabar",
            now=now,
            not_after=now + timedelta(minutes=10),
        )
        if written is None:  # pressed twice within a millisecond
            raise TooManyTests
        return written


def _hash(endpoint: str) -> bytes:
    return keys().lookup_hash("endpoint", endpoint)


def _of_device(applicant_id: int, device_id: int | None) -> Any:
    return (PushSubscription.applicant == applicant_id) & (PushSubscription.device == device_id)


def _note_consent(applicant_id: int, given: bool, now: datetime) -> None:
    """Write what changed; a yes to the same words is not written twice."""
    mine = (Consent.applicant == applicant_id) & (Consent.purpose == PURPOSE)
    last = Consent.select().where(mine).order_by(Consent.at.desc()).first()
    shown = fingerprint(CARD)
    if last is not None and last.given == given and (not given or last.text_sha256 == shown):
        return
    Consent.create(applicant=applicant_id, purpose=PURPOSE, given=given, text_sha256=shown, at=now)
