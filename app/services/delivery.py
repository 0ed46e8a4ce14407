"""The outbox: which pushes are due, who is sending them, and what became of them.

A delivery row is written with its notice in one transaction. A worker claims rows for a while (a lease), sends
without any transaction, and records what happened. A worker that dies leaves only a lease that runs out, so every
push is sent at least once; the tag and the topic let a phone and a push service put a second copy in the first
one's place. docs/decisions/0003-outbox.md and 0032-sending.md have the reasons.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.channels.web_push import MAX_TTL, Kind, Message, Outcome, padded_body
from app.db import writing
from app.models import Delivery, Notice
from app.rules import push_terms
from app.services import calls, outbox, push_receipts, push_services, subscriptions
from app.services.outbox import LONGEST_WAIT, Again, Ended
from app.services.outbox import TRIES as TRIES
from app.services.outbox import waiting_time as waiting_time  # how every channel spreads its tries
from app.services.push_claims import Claimed as Claimed
from app.services.push_claims import claim as claim

#: Shown on the lock screen below the title, for every notice: it must not tell a result.
LOCK_SCREEN = "Ketuk untuk melihat."


# saying -----------------------------------------------------------------------------------------


def prepare(claimed: Claimed, public_url: str, now: datetime) -> Message:
    """What the phone is sent: the notice's title, a sentence that tells nothing, and where a tap leads.

    Every message has the same length whatever it says; urgency and time to live depend on the kind of notice. The topic
    is this delivery's own, so that a push service cannot tell that two phones belong to one person. Raises Unsealable
    or ValueError for a row that can never be sent.
    """
    notice, phone = claimed.notice, claimed.subscription
    words = {
        "title": notice.title,
        "body": LOCK_SCREEN,
        "navigate": public_url + notice.path,
        "tag": f"kabar{notice.id:x}",
        "data": {"token": push_receipts.token(claimed.id)},
    }
    terms = push_terms.of(notice.kind)
    left = min(int((claimed.not_after - now).total_seconds()), int(terms.keep.total_seconds()))
    return Message(
        subscriptions.unsealed(phone.id, phone.endpoint, phone.p256dh, phone.auth),
        padded_body(words),
        ttl=min(max(left, 0), MAX_TTL),
        urgency=terms.urgency,
        topic=f"{claimed.id:x}",
    )


# recording --------------------------------------------------------------------------------------


def record(outcomes: Sequence[tuple[Claimed, Outcome]], now: datetime) -> None:
    """Write down what became of claimed deliveries, in one transaction and a few statements, however many they are.

    A row whose lease ran out meanwhile may be in other hands: that it was sent or that the browser is gone stays
    true and is written, but it is neither put back nor given up.
    """
    of = {kind: [(one, said) for one, said in outcomes if said.kind is kind] for kind in Kind}
    sent, gone = ([one for one, _ in of[kind]] for kind in (Kind.SENT, Kind.GONE))
    with writing():
        outbox.finish([one.id for one in sent], "sent", "", now)
        outbox.finish([one.id for one in gone], "gone", "unsubscribed", now)
        subscriptions.forget(sorted({one.subscription.id for one in gone}), now)
        push_services.note_accepted({one.subscription.origin for one in sent}, now)
        _note_refusals(sent, [one for one, _ in of[Kind.REFUSED]], now)
        ended = [Ended(one.id, one.leased_until, _words(said)) for one, said in of[Kind.FAILED]]
        again: list[Again] = []
        for one, said in of[Kind.RETRY] + of[Kind.REFUSED]:
            row = _next_try(one, said, now)
            if isinstance(row, Again):
                again.append(row)
            else:
                ended.append(row)
        outbox.put_back(again)
        outbox.give_up(ended, now)


def _note_refusals(sent: list[Claimed], refused: list[Claimed], now: datetime) -> None:
    taken = [one.subscription.id for one in sent if one.subscription.refused_days]
    if taken:
        subscriptions.note_taken(taken)
    if refused:
        well = push_services.that_take_others({one.subscription.origin for one in refused}, now)
        subscriptions.note_refused(
            sorted({one.subscription.id for one in refused if one.subscription.origin in well}), now
        )


#: What is not held against a message: its whole service has a break, or it was claimed and its turn did not come.
NOT_TRIED = ("paused", "late")


def _next_try(one: Claimed, said: Outcome, now: datetime) -> Again | Ended:
    """When a message is tried again, or why it is not."""
    after, tried = timedelta(seconds=said.after), said.reason not in NOT_TRIED
    attempts = one.attempts if tried else one.attempts - 1
    if (
        said.kind is Kind.REFUSED
    ):  # perhaps another day will do; if our key is wrong, somebody may mend it until then
        after = LONGEST_WAIT
    at = now + (waiting_time(one.attempts, after) if tried else after * (1 + secrets.randbelow(500) / 1000))
    if attempts >= TRIES:
        return Ended(one.id, one.leased_until, f"tries {_words(said)}")
    if at >= one.not_after:
        return Ended(one.id, one.leased_until, _words(said) if said.kind is Kind.REFUSED else "too_late")
    return Again(one.id, one.leased_until, at, attempts, _words(said))


def _words(said: Outcome) -> str:
    return f"{said.reason} {said.detail}".strip()


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
