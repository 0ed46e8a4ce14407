"""Notices by SMS: who may be texted, which texts are due, what each says, what became of it, and what a day may cost.

The same outbox as that of pushes and emails: rows, leases, at least once; the id of the delivery is the gateway's
idempotency key. Only who said yes to SMS gets one. How many may be handed over on one day is counted in a row before
they leave, so a fault of ours cannot send more, however often the worker is killed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from app.channels import sms
from app.channels.push_answer import Kind, Outcome
from app.channels.sms import Text
from app.crypto import Unsealable, new_id
from app.db import is_sqlite, locked_for_update, writing
from app.models import Applicant, Delivery, FormerNumber, Notice, SmsDay
from app.models.notice import QUEUED
from app.rules import codes, local_time, sms_text
from app.rules.channels import Channel
from app.services import consents, office, preferences, reach, ways
from app.services.outbox import Due, waiting_time

log = logging.getLogger("gelombang.sms")

PURPOSE = Channel.SMS.value
#: Tries of one SMS; each may cost.
TRIES = 5
#: How long an SMS that does not get through is tried, unless the notice is worthless before.
KEEP = timedelta(days=1)
#: Texts in one go, and for how long they belong to one worker: a gateway that hangs takes 4 x 60 seconds at worst.
BATCH = 4 * sms.AT_ONCE
LEASE = timedelta(minutes=6)


def who_may_be_texted(applicant_ids: Collection[int]) -> set[int]:
    """Those of these people who gave a number and said yes to SMS; nobody where no gateway is set."""
    ids = list(applicant_ids)
    if not ids or not ways.sms_on():
        return set()
    given = Applicant.id.in_(list(consents.who_gave(ids, PURPOSE)))
    return {row.id for row in Applicant.select(Applicant.id).where(given & Applicant.phone.is_null(False))}


def send_due(now: datetime) -> int:
    """Hand over what is due, until nothing is or the gateway is in trouble (then the next minute asks again).

    Returns how many were handled. No transaction is open while the gateway is waited for.
    """
    way, handled = ways.current(), 0
    while way.gateway is not None:
        due = claim(BATCH, now)
        if not due:
            break
        outcomes = _send(way, due, now)
        record(outcomes, now)
        handled += len(outcomes)
        if any(said.kind is Kind.RETRY for _, said in outcomes):
            break
    return handled


def _send(way: ways.Ways, due: list[Due], now: datetime) -> list[tuple[Due, Outcome]]:
    ready: list[tuple[Due, Text]] = []
    spoilt: list[tuple[Due, Outcome]] = []
    for one in due:
        try:
            ready.append((one, prepare(one, way.site)))
        except sms_text.TooLong:
            spoilt.append((one, Outcome(Kind.FAILED, "too_long")))
        except Unsealable:
            spoilt.append((one, Outcome(Kind.FAILED, "unreadable")))
    assert way.gateway is not None  # the caller looked
    said = sms.send(way.gateway, [text for _, text in ready], now)
    return [*zip((one for one, _ in ready), said, strict=True), *spoilt]


def prepare(due: Due, site: str) -> Text:
    """The SMS of one delivery. Raises Unsealable for a number that cannot be read, sms_text.TooLong for an address."""
    link = f"{site}/cek/{codes.shown(due.notice.code)}"
    former = FormerNumber.get_or_none(FormerNumber.delivery == due.id)
    number = former.number if former else due.applicant.phone
    return Text(f"{due.id:x}", number, sms_text.text(due.notice.title, link))


class NotPossible(Exception):
    """There is no gateway, or nothing is left of the day; the message says which."""


def try_out(to: str, now: datetime) -> Outcome:
    """Send one SMS about nothing to a number (E.164) and return what the gateway said. Raises NotPossible."""
    way = ways.current()
    if way.gateway is None:
        raise NotPossible("GELOMBANG_SMS_URL is not set")
    with writing():
        day = _today(now)
        if day.handed_over >= way.per_day:
            raise NotPossible(f"all {way.per_day} SMS of the day are used")
        SmsDay.update(handed_over=SmsDay.handed_over + 1).where(SmsDay.id == day.id).execute()
    [said] = sms.send(way.gateway, [Text(f"tes{new_id():x}", to, sms_text.TRIAL)], now)
    return said


# claiming -----------------------------------------------------------------------------------------


def claim(limit: int, now: datetime) -> list[Due]:
    """Take up to `limit` due texts within what is left of the day; what must not be sent is settled on the way."""
    while True:
        with writing():
            day = _today(now)
            left = ways.current().per_day - day.handed_over
            rows = _waiting(min(limit, left), now) if left > 0 else []
            taken = _take(rows, now)
            if taken:
                SmsDay.update(handed_over=SmsDay.handed_over + len(taken)).where(
                    SmsDay.id == day.id
                ).execute()
        if taken and len(taken) == left:
            log.error("all %d SMS of the day are used; the rest waits for tomorrow", ways.current().per_day)
        if taken or not rows:
            return taken


def _today(now: datetime) -> SmsDay:
    """The day's own row, locked: two workers count one after the other."""
    name = local_time.local_day(now, office.current().zone).isoformat()
    SmsDay.insert(SmsDay(day=name).__data__).on_conflict_ignore().execute()
    row: SmsDay = locked_for_update(SmsDay.select().where(SmsDay.day == name)).get()
    return row


def _waiting(limit: int, now: datetime) -> list[Delivery]:
    free = Delivery.leased_until.is_null() | (Delivery.leased_until <= now)
    due = (Delivery.state == QUEUED) & (Delivery.channel == PURPOSE) & (Delivery.not_before <= now) & free
    pick = Delivery.select(Delivery.id).where(due).order_by(Delivery.not_before, Delivery.id).limit(limit)
    if not is_sqlite():
        pick = pick.for_update(skip_locked=True)
    whole = Delivery.select(Delivery, Notice, Applicant).join(Notice).join(Applicant)
    return list(whole.where(Delivery.id.in_([row.id for row in pick])).order_by(Delivery.id))


def _take(rows: list[Delivery], now: datetime) -> list[Due]:
    people = {row.notice.applicant_id for row in rows}
    texted, silent = who_may_be_texted(people), preferences.waits(people, now)
    of_rows = Notice.id.in_([row.notice_id for row in rows])
    seen = {row.id for row in Notice.select(Notice.id).where(of_rows & reach.seen())} if rows else set()
    seen -= _about_old_numbers(rows)  # whoever changed the number may be the one who saw it
    taken = []
    for row in rows:
        verdict = _verdict(row, texted, seen, now)
        if verdict is not None:
            _set(row.id, state=verdict[0], reason=verdict[1], leased_until=None, done_at=now)
        elif row.notice.applicant_id in silent:
            _set(row.id, not_before=silent[row.notice.applicant_id], leased_until=None)
        else:
            until = now + LEASE
            _set(row.id, leased_until=until, attempts=row.attempts + 1)
            one = Due(row.id, row.attempts + 1, until, row.not_after, row.notice, row.notice.applicant)
            taken.append(one)
    return taken


def _about_old_numbers(rows: list[Delivery]) -> set[int]:
    """The notices among these that go to a number which was replaced."""
    kept = FormerNumber.select(FormerNumber.delivery).where(
        FormerNumber.delivery.in_([row.id for row in rows])
    )
    ids = {one.delivery_id for one in kept} if rows else set()
    return {row.notice_id for row in rows if row.id in ids}


def tell_old_number(notice: Notice, number: str, now: datetime) -> bool:
    """Queue an SMS to the number that was replaced, if there is a gateway and a yes. In the caller's transaction."""
    if not who_may_be_texted([notice.applicant_id]):
        return False
    until = now + KEEP
    row = Delivery.create(notice=notice, channel=PURPOSE, not_before=now, not_after=until, created_at=now)
    former = FormerNumber(delivery=row)
    former.number = number
    former.save(force_insert=True)
    return True


def _verdict(row: Delivery, texted: set[int], seen: set[int], now: datetime) -> tuple[str, str] | None:
    """State and reason of a row that is not to be sent any more, or None."""
    if row.notice_id in seen:
        return "opened", "inbox"
    if row.notice.applicant_id not in texted:
        return "gone", "unsubscribed"
    if row.not_after <= now:
        return "failed", "too_late"
    return ("failed", "tries") if row.attempts >= TRIES else None


# recording ----------------------------------------------------------------------------------------


def record(outcomes: list[tuple[Due, Outcome]], now: datetime) -> None:
    """Write down what became of texts; put back what may pass later (a lost lease changes nothing but "sent")."""
    with writing():
        for one, said in outcomes:
            if said.kind is Kind.SENT:
                _set(one.id, state="sent", reason="", leased_until=None, done_at=now)
                continue
            log.warning("sms: %s %s", said.reason, said.detail)
            again = now + waiting_time(one.attempts, timedelta(seconds=said.after))
            columns: dict[str, Any] = {"state": "failed", "done_at": now}
            if said.kind is Kind.RETRY and one.attempts < TRIES and again < one.not_after:
                columns = {"not_before": again}
            columns |= {"reason": f"{said.reason} {said.detail}".strip()[:60], "leased_until": None}
            still = (Delivery.leased_until == one.leased_until) & (Delivery.state == "queued")
            Delivery.update(**columns).where((Delivery.id == one.id) & still).execute()


def _set(delivery_id: int, **columns: Any) -> None:
    Delivery.update(**columns).where((Delivery.id == delivery_id) & (Delivery.state == "queued")).execute()
