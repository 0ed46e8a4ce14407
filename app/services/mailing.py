"""Notices by email: which are due, what each says, and what became of it.

The same outbox as that of the pushes (services/delivery.py): rows, leases, at least once. A second copy has the same
Message-ID, so a mailbox shows one. Only proved addresses are written to.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from peewee import JOIN

from app.channels.mail import Conversation, MailError, MailSettings, Message
from app.crypto import Unsealable, fingerprint, keys
from app.db import locked_for_update, writing
from app.models import Applicant, Broadcast, Consent, Delivery, Notice
from app.rules import codes
from app.services import audit, letters, office, outbox, preferences, reach
from app.services.outbox import TRIES, Due, waiting_time

CHANNEL = "email"
PURPOSE = "email"
#: How long an email that does not get through is tried, unless the notice is worthless before.
KEEP = timedelta(days=2)
#: What the page says on which a person stops the mails; the consent keeps its hash.
ASKED = "Berhenti menerima kabar lewat email? Semua kabar tetap ada di halaman Kabar."


# who is written to --------------------------------------------------------------------------------


def who_may_be_written(applicant_ids: Collection[int]) -> set[int]:
    """Those of these people who proved an address and did not ask for silence."""
    ids = list(applicant_ids)
    if not ids:
        return set()
    proved = Applicant.select(Applicant.id).where(
        Applicant.id.in_(ids) & Applicant.email_proved_at.is_null(False) & Applicant.email.is_null(False)
    )
    said = Consent.select().where(Consent.applicant.in_(ids) & (Consent.purpose == PURPOSE))
    newest = {row.applicant_id: bool(row.given) for row in said.order_by(Consent.at, Consent.id)}
    return {row.id for row in proved if newest.get(row.id, True)}


def stop_token(applicant: Applicant) -> str:
    """What stops mails to this person at this address: the id and 128 bits of a keyed hash. It opens nothing else."""
    return _stop_tokens(applicant)[-1]


def _stop_tokens(applicant: Applicant) -> list[str]:
    """The token, and while the look-up key changes the older one (over the older hash of the address) before it."""
    address = keys().lookup_variants(bytes(applicant.email_index or b""))
    macs = [
        keys().lookup_variants(keys().lookup_hash("stop mail", f"{applicant.id:x}|{a.hex()}"))
        for a in address
    ]
    chosen = [macs[0][0], macs[-1][-1]] if len(address) > 1 else [macs[0][-1]]
    return [f"{applicant.id:x}.{mac[:16].hex()}" for mac in chosen]


def owner_of(said: str) -> Applicant | None:
    """The person whose mails this token stops; None when it is wrong or the address is another one now."""
    number = said.partition(".")[0]
    if len(said) > 49 or not said.isascii() or not number or set(number) - set("0123456789abcdef"):
        return None
    whole = int(number, 16)
    found = Applicant.get_or_none(Applicant.id == whole) if whole < 2**63 else None
    if found is None or not any(hmac.compare_digest(one, said) for one in _stop_tokens(found)):
        return None
    return found


def stop(said: str, now: datetime) -> bool:
    """Write to this person no more (RFC 8058, UU 27/2022 Ps. 9); False when the token is wrong. The inbox goes on."""
    owner = owner_of(said)
    if owner is None:
        return False
    with writing():
        locked_for_update(Applicant.select(Applicant.id).where(Applicant.id == owner.id)).get()
        if who_may_be_written({owner.id}):
            words = fingerprint(ASKED)
            Consent.create(
                applicant=owner.id, purpose=PURPOSE, given=False, text_sha256=words, at=now, channel="email"
            )
            audit.record("applicant", "email.off", f"applicant:{owner.id}", now)
    return True


# claiming -----------------------------------------------------------------------------------------


def claim(limit: int, now: datetime, lease: timedelta) -> list[Due]:
    """Take up to `limit` due emails; what must not be sent any more is settled on the way."""
    while True:
        with writing():
            ids = outbox.lease(CHANNEL, limit, now, now + lease)
        taken = _sifted(ids, now, now + lease) if ids else []
        if taken or not ids:
            return taken


def _sifted(ids: list[int], now: datetime, until: datetime) -> list[Due]:
    """Those of the leased rows that are to be sent now; the others are settled."""
    whole = Delivery.select(Delivery, Notice, Applicant, Broadcast).join(Notice).join(Applicant)
    # With its broadcast, whose code it names: the mail is made without a connection.
    whole = whole.switch(Notice).join(Broadcast, JOIN.LEFT_OUTER)
    rows = list(whole.where(Delivery.id.in_(ids)).order_by(Delivery.id))
    written = who_may_be_written({row.notice.applicant_id for row in rows})
    of_rows = Notice.id.in_([row.notice_id for row in rows])
    seen = {row.id for row in Notice.select(Notice.id).where(of_rows & reach.seen())}
    silent = preferences.waits({row.notice.applicant_id for row in rows}, now)
    verdicts: dict[tuple[str, str], list[int]] = {}
    held: dict[datetime, list[int]] = {}
    taken = []
    for row in rows:
        verdict = _verdict(row, written, seen, now)
        if verdict is not None:
            verdicts.setdefault(verdict, []).append(row.id)
        elif row.notice.applicant_id in silent:  # tried again, or left lying, until its person wants silence
            held.setdefault(silent[row.notice.applicant_id], []).append(row.id)
        else:
            taken.append(Due(row.id, row.attempts, until, row.not_after, row.notice, row.notice.applicant))
    if verdicts or held:
        with writing():
            for (state, reason), some in verdicts.items():
                outbox.finish(some, state, reason, now)
            for end, some in held.items():
                outbox.set_free(some, end)
    return taken


def _verdict(row: Delivery, written: set[int], seen: set[int], now: datetime) -> tuple[str, str] | None:
    """State and reason of a row that is not to be sent any more, or None."""
    if row.notice_id in seen:
        return "opened", "inbox"
    if row.notice.applicant_id not in written:
        return "gone", "unsubscribed"
    if row.not_after <= now:
        return "failed", "too_late"
    return ("failed", "tries") if row.attempts > TRIES else None


# saying and recording -----------------------------------------------------------------------------


def prepare(due: Due, settings: MailSettings, public_url: str, now: datetime) -> Message:
    """The email of one delivery. Raises Unsealable when the address cannot be read any more."""
    to_many = due.notice.broadcast if due.notice.broadcast_id is not None else None
    return letters.notice_waits(
        settings,
        due.applicant.email,
        due.notice.title,
        codes.shown(due.notice.code if to_many is None else to_many.code),
        due.id,
        office.current().name,
        public_url,
        f"{public_url}/email/berhenti/{stop_token(due.applicant)}",
        now,
    )


def hand_over(
    due: Due, line: Conversation, settings: MailSettings, public_url: str, now: datetime
) -> MailError | None:
    """Send one email now, in bounded time; returns what went wrong, or None. No transaction is open meanwhile."""
    try:
        line.send(prepare(due, settings, public_url, now))
    except MailError as fault:
        return fault
    except Unsealable:
        return MailError(True, "unreadable")
    return None


def record(due: Due, fault: MailError | None, now: datetime) -> None:
    """Write down what became of one email; put back what may pass later (a lost lease changes nothing but "sent").

    Each by itself, and at once: an email that is sent twice annoys more than a statement costs.
    """
    with writing():
        if fault is None:
            outbox.finish([due.id], "sent", "", now)
            return
        again = now + waiting_time(due.attempts, timedelta(0))
        if fault.permanent or due.attempts >= TRIES or again >= due.not_after:
            outbox.give_up([outbox.Ended(due.id, due.leased_until, fault.reason)], now)
        else:
            outbox.put_back([outbox.Again(due.id, due.leased_until, again, due.attempts, fault.reason)])


def give_back(left: Iterable[Due], not_before: datetime | None = None) -> None:
    """Free emails that were claimed and whose turn did not come."""
    with writing():
        outbox.set_free([one.id for one in left], not_before)
