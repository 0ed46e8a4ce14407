"""Mails to the inspectorate and to who runs a draw: written with the fact, sent by the worker, tried for days.

The same outbox as that of the notices (services/mailing.py): leases, at least once, one Message-ID for every copy.
The addresses are settings and stand in no row. Where there is none, the rows wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.channels.mail import MailError, MailSettings, Message
from app.channels.mail_settings import sender_address
from app.config import Settings
from app.db import connection_done, connection_opened, is_sqlite, writing
from app.models import OfficeMail
from app.prepared import insert
from app.services import letters, office

INSPECTORATE, MANAGERS = "inspectorate", "managers"
SITE = "{alamat}"
"""Stands in a body for our public address, which is a setting."""

TRIES = 12
FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=12)
"""With these waits the last of the tries is some four days after the first."""

AT_ONCE = 5
LEASE = timedelta(minutes=10)
"""How many mails one worker takes at once, and for how long: a server that hangs costs ten seconds for each reader."""

log = logging.getLogger("gelombang.office_mail")

Readers = Mapping[str, Sequence[str]]
"""Who reads: the addresses of each reader."""


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that this worker alone may send until `leased_until`. `attempts` counts this try."""

    row: OfficeMail
    attempts: int
    leased_until: datetime


def write(
    reader: str,
    key: str,
    subject: str,
    lines: Sequence[str],
    now: datetime,
    not_after: datetime | None = None,
) -> bool:
    """Put a mail into the outbox, inside the caller's transaction. The same fact again writes nothing: False."""
    body = "\n\n".join((*lines, office.current().name)) + "\n"
    row = OfficeMail(
        reader=reader,
        key=key,
        subject=subject,
        body=body,
        created_at=now,
        not_before=now,
        not_after=not_after,
    )
    insert(row, or_ignore=True)
    return bool(OfficeMail.select().where(OfficeMail.id == row.id).exists())


def send_due(mail: MailSettings, given: Settings, clock: Callable[[], datetime]) -> int:
    """Send what is due now, a few mails at a time; returns how many were handled. The worker calls it again and again.

    No transaction and no connection is held while a mail server is waited for.
    """
    readers = {INSPECTORATE: given.inspectorate_email, MANAGERS: given.managers_email}
    with _connection():
        claimed = claim(AT_ONCE, readers, clock(), LEASE)
    for due in claimed:
        fault = hand_over(due, mail, readers, given.public_url)
        with _connection():
            record(due, fault, clock())
        if fault is not None:
            log.warning("office mail: %s", fault.reason)
    return len(claimed)


@contextmanager
def _connection() -> Iterator[None]:
    connection_opened()
    try:
        yield
    finally:
        connection_done()


def claim(limit: int, readers: Readers, now: datetime, lease: timedelta) -> list[Due]:
    """Take up to `limit` due mails of readers who have an address; late and hopeless ones are settled on the way."""
    known = [reader for reader, addresses in readers.items() if addresses]
    free = OfficeMail.leased_until.is_null() | (OfficeMail.leased_until <= now)
    due = (OfficeMail.state == "queued") & (OfficeMail.not_before <= now) & OfficeMail.reader.in_(known)
    with writing():
        pick = (
            OfficeMail.select().where(due & free).order_by(OfficeMail.not_before, OfficeMail.id).limit(limit)
        )
        rows = list(pick if is_sqlite() else pick.for_update(skip_locked=True))
        return [taken for row in rows if (taken := _take(row, now, now + lease)) is not None]


def _take(row: OfficeMail, now: datetime, until: datetime) -> Due | None:
    late = row.not_after is not None and row.not_after <= now
    if late or row.attempts >= TRIES:
        _set(row, state="failed", reason="too_late" if late else "tries", leased_until=None, done_at=now)
        return None
    _set(row, leased_until=until, attempts=row.attempts + 1)
    return Due(row, row.attempts + 1, until)


def hand_over(due: Due, settings: MailSettings, readers: Readers, site: str) -> MailError | None:
    """Send one mail to each of its readers now; returns the first thing that went wrong, or None.

    No transaction is open meanwhile. After a fault everybody gets it again: one Message-ID, so mailboxes show one.
    """
    name = f"<kantor.{due.row.id}@{sender_address(settings.sender).domain}>"
    body = due.row.body.replace(SITE, site)
    for address in readers[due.row.reader]:
        headers = {"Message-ID": name}
        message = Message(
            to=address, subject=due.row.subject, text=body, at=due.row.created_at, headers=headers
        )
        try:
            letters.post(settings, message)
        except MailError as fault:
            return fault
    return None


def record(due: Due, fault: MailError | None, now: datetime) -> None:
    """Write down what became of one mail; put back what may pass later."""
    with writing():
        if fault is None:
            _set(due.row, state="sent", reason="", leased_until=None, done_at=now)
            return
        wait = min(FIRST_WAIT * 2 ** (due.attempts - 1), LONGEST_WAIT)
        columns: dict[str, Any] = {"reason": fault.reason[:60], "leased_until": None}
        if fault.permanent or due.attempts >= TRIES:
            columns |= {"state": "failed", "done_at": now}
        else:
            columns["not_before"] = now + wait
        _set(due.row, **columns)


def state_of(key: str) -> tuple[str, datetime | None]:
    """What became of the mail about this fact (queued, sent, failed; empty without one), and when that was."""
    row = OfficeMail.get_or_none(OfficeMail.key == key)
    return (row.state, row.done_at) if row is not None else ("", None)


def failed() -> int:
    """How many mails to the inspectorate were given up: somebody must send them by hand."""
    gone = (OfficeMail.reader == INSPECTORATE) & (OfficeMail.state == "failed")
    return int(OfficeMail.select().where(gone).count())


def _set(row: OfficeMail, **columns: Any) -> None:
    mine = (OfficeMail.id == row.id) & (OfficeMail.state == "queued")
    OfficeMail.update(**columns).where(mine).execute()
