"""Emails leave over a few connections at once, several on each; a part of the worker."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from app import db
from app.channels.mail import Conversation, MailSettings
from app.clock import Clock
from app.services import mailing
from app.services.outbox import Due

#: Connections at once; relays of an office allow a few from one address.
LINES = 4
#: Emails that one line takes together, how long each takes at worst (seconds), and for how long they are its own.
MAILS, PATIENCE, LEASE = 20, 10.0, timedelta(minutes=5)
#: What is not begun so long before the lease ends is given back.
MARGIN = timedelta(seconds=2 * PATIENCE)
#: So many messages in a row that found no server: the others wait a while, without a try being counted.
NOBODY_THERE, WAIT = 3, timedelta(minutes=1)

log = logging.getLogger("gelombang.mailer")


def mail_due(
    mail: MailSettings, public_url: str, clock: Clock, stop: Callable[[], bool] = lambda: False
) -> int:
    """Send emails until nothing is due or `stop()`; returns how many were handled. Few go over one connection."""
    with db.working():
        first = mailing.claim(MAILS, clock.now(), LEASE)
    if not first:
        return 0
    line = Line(mail, public_url, clock, stop)
    if len(first) < MAILS:
        return line.run(first)
    with ThreadPoolExecutor(LINES, "mails") as threads:
        lines = [threads.submit(line.run_in_thread, first)]
        lines += [threads.submit(line.run_in_thread, []) for _ in range(LINES - 1)]
        return sum(one.result() for one in lines)


class Line:
    """One connection after the other to the relay, for one thread at a time."""

    def __init__(self, mail: MailSettings, public_url: str, clock: Clock, stop: Callable[[], bool]) -> None:
        self._mail, self._public_url, self._clock, self._stop = mail, public_url, clock, stop

    def run_in_thread(self, claimed: list[Due]) -> int:
        """The same in a thread of its own, whose database connection ends with it."""
        try:
            return self.run(claimed)
        finally:
            db.connection_closed()

    def run(self, claimed: list[Due]) -> int:
        """Send what is claimed, then what else is due; returns how many were handled."""
        handled = 0
        with Conversation(self._mail, PATIENCE) as line:
            while not self._stop():
                if not claimed:
                    with db.working():
                        claimed = mailing.claim(MAILS, self._clock.now(), LEASE)
                if not claimed:
                    break
                done, well = self._send(line, claimed)
                handled += done
                claimed = []
                if not well:
                    break
            self._give_back(claimed)
        return handled

    def _send(self, line: Conversation, claimed: list[Due]) -> tuple[int, bool]:
        """Send these one by one; how many were handled, and whether to go on."""
        lost = 0
        for number, due in enumerate(claimed):
            now = self._clock.now()
            if self._stop() or now > due.leased_until - MARGIN or lost >= NOBODY_THERE:
                self._give_back(claimed[number:], now + WAIT if lost >= NOBODY_THERE else None)
                return number, lost < NOBODY_THERE
            fault = mailing.hand_over(due, line, self._mail, self._public_url, now)
            with db.working():
                mailing.record(due, fault, self._clock.now())
            if fault is not None:
                log.warning("email: %s", fault.reason)
            lost = lost + 1 if fault is not None and fault.reason.startswith("connection") else 0
        return len(claimed), lost < NOBODY_THERE

    def _give_back(self, left: list[Due], not_before: datetime | None = None) -> None:
        if left:
            with db.working():
                mailing.give_back(left, not_before)
