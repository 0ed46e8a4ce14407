"""The worker: what happens by itself. `python -m app.worker` runs it until SIGTERM or SIGINT; run one or more.

huey calls the jobs of services/every_minute.py once a minute; each asks the database what is due, so a missed minute is caught up and a
second run does nothing. Beside them the outbox is emptied every few seconds, over connections that stay open. All
that matters is rows: killed at any moment, the worker loses a lease and nothing else. No other file knows huey.
"""

from __future__ import annotations

# Long because: it is the one file of the process; jobs, pushes and emails end together.
import asyncio
import logging
import os
import signal
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.registry import Message as HueyMessage
from huey.serializer import Serializer
from peewee import OperationalError

from app import crypto, db, logs
from app.channels.mail_settings import MailSettings
from app.channels.web_push import Kind, Outcome, Sender
from app.clock import Clock, SystemClock
from app.config import Settings
from app.services import beats, delivery, mailing, ways
from app.services.delivery import Claimed
from app.services.every_minute import Job, jobs
from app.services.office import NoOffice

#: Pushes that are sent together. All of them are on their way at once (see Sender), so a batch takes 15 s at worst.
BATCH = 256
#: How long a batch belongs to one worker; what a dead worker held is free again after it.
LEASE = timedelta(minutes=1)
#: Emails that one worker takes at once, and for how long: each takes ten seconds at worst.
MAILS = 10
MAIL_LEASE = timedelta(minutes=3)
#: Between two looks into an empty outbox, in seconds.
PAUSE = 2.0
#: How often the outbox gives a sign of life.
BEAT = timedelta(minutes=1)
#: Tries to write down what became of a batch before it is left to its lease (and sent again).
RECORD_TRIES = 3
#: What asks a worker to end.
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

log = logging.getLogger("gelombang.worker")


# the outbox -------------------------------------------------------------------------------------


async def deliver_due(
    sender: Sender, public_url: str, clock: Clock, stop: Callable[[], bool] = lambda: False
) -> int:
    """Send batch after batch until nothing is due or `stop()`; returns how many deliveries were handled."""
    handled = 0
    while not stop():
        with _connection():
            claimed = delivery.claim(BATCH, clock.now(), LEASE)
        if not claimed:
            break
        outcomes = await _send(sender, claimed, public_url, clock.now())
        _record(outcomes, clock.now())
        handled += len(claimed)
    return handled


async def _send(
    sender: Sender, claimed: list[Claimed], public_url: str, now: datetime
) -> list[tuple[Claimed, Outcome]]:
    ready, messages, spoilt = [], [], []
    for one in claimed:
        try:
            messages.append(delivery.prepare(one, public_url, now))
            ready.append(one)
        except (crypto.Unsealable, ValueError):  # one damaged row must not stop the others
            spoilt.append((one, Outcome(Kind.FAILED, "unreadable")))
    said = await sender.send_batch(messages, now)
    return [*zip(ready, said, strict=True), *spoilt]


def _record(outcomes: list[tuple[Claimed, Outcome]], now: datetime) -> None:
    for left in reversed(range(RECORD_TRIES)):
        try:
            with _connection():
                delivery.record(outcomes, now)
            break
        except OperationalError:  # busy, or a deadlock with the other worker
            if not left:
                raise
    failed = any(said.kind is Kind.FAILED for _, said in outcomes)
    counts = Counter(f"{said.kind} {said.reason}" for _, said in outcomes)
    log.log(logging.WARNING if failed else logging.INFO, "pushes: %s", dict(counts))


def mail_due(
    mail: MailSettings, public_url: str, clock: Clock, stop: Callable[[], bool] = lambda: False
) -> int:
    """Send email after email until nothing is due or `stop()`; returns how many were handled."""
    handled = 0
    while not stop():
        with _connection():
            claimed = mailing.claim(MAILS, clock.now(), MAIL_LEASE)
        if not claimed:
            break
        for due in claimed:
            if stop():  # what is left is free again when its lease has run out
                break
            fault = mailing.hand_over(due, mail, public_url, clock.now())
            with _connection():
                mailing.record(due, fault, clock.now())
            handled += 1
            if fault is not None:
                log.warning("email: %s", fault.reason)
    return handled


@contextmanager
def _connection() -> Iterator[None]:
    """A database connection for one piece of work, never held while the network is waited for."""
    db.connection_opened()
    try:
        yield
    finally:
        db.connection_done()


# the minute -------------------------------------------------------------------------------------


def run_job(job: Job, clock: Clock) -> None:
    """Run one job and note that it ran; a fault is logged and does not hinder the other jobs."""
    now = clock.now()
    try:
        with _connection():
            done = job.act(now)
            beats.note(job.name, now)
    except NoOffice:
        return  # an empty database: nothing can be due
    except Exception as fault:
        log.error("job %s: %s", job.name, type(fault).__name__, exc_info=fault)
    else:
        if done:
            log.info("job %s: %d", job.name, done)


class NamesOnly(Serializer):
    """Puts the name of a job into the store and nothing else: huey's own pickles would run whatever lies there."""

    def _serialize(self, data: HueyMessage) -> bytes:
        return str(data.name).encode()

    def _deserialize(self, data: bytes) -> HueyMessage:
        return HueyMessage(
            id=str(uuid.uuid4()), name=bytes(data).decode(), retries=0, retry_delay=0, args=(), kwargs={}
        )


def queue(settings: Settings, clock: Clock) -> Huey:
    """The minute's queue in Redis or in a file of its own (an exclusive lock per look must not stop the pages)."""
    names = NamesOnly()
    if settings.redis_url:
        made = RedisHuey("gelombang", results=False, serializer=names, url=settings.redis_url)
    else:
        # No WAL: whichever SQLite Python was built with may have the WAL-reset bug (see db.py).
        path = str(settings.var / "queue.db")
        made = SqliteHuey(
            "gelombang", results=False, serializer=names, filename=path, journal_mode="truncate", fsync=False
        )
    for job in jobs():

        @made.periodic_task(crontab(), name=job.name)  # type: ignore[untyped-decorator]
        def act(job: Job = job) -> None:
            run_job(job, clock)

    return made


# the process ------------------------------------------------------------------------------------


class Worker:
    """One process: a thread each for jobs, pushes and emails, and a main thread that waits for the end."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._stop = threading.Event()
        self._beat: datetime | None = None
        self._outbox = threading.Thread(target=lambda: asyncio.run(self._deliver()), daemon=True)
        self._mails = threading.Thread(target=self._mail, daemon=True)

    def run(self) -> int:
        """Work until a signal asks for the end; what is under way is finished first. Returns the exit status."""
        # Blocked and waited for: huey would break off what is under way at SIGTERM, and a handler that sets an
        # event can find the event's lock taken by the very thread that it interrupted.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        consumer = queue(self._settings, self._clock).create_consumer(workers=1, worker_type="thread")
        consumer.start()
        self._outbox.start()
        self._mails.start()
        log.info("worker %d is running", os.getpid())
        asked = None
        while asked is None and self._outbox.is_alive():
            asked = signal.sigtimedwait(ENDS, 10)
            consumer.check_worker_health()
        for signum in ENDS:  # asked a second time it ends at once; nothing is lost
            signal.signal(signum, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
        self._stop.set()
        consumer.stop(graceful=True)
        self._outbox.join()
        self._mails.join()
        log.info("worker %d has stopped", os.getpid())
        return 1 if asked is None else 0

    async def _deliver(self) -> None:
        given, loopback = self._settings, self._settings.push_loopback
        made = Sender(given.keys.vapid, given.push_contact, given.push_hosts, allow_loopback=loopback)
        async with made as sender:
            while not self._stop.is_set():
                try:
                    await deliver_due(sender, given.public_url, self._clock, self._stop.is_set)
                    self._note_beat()
                except NoOffice:
                    pass
                except Exception as fault:
                    log.error("outbox: %s", type(fault).__name__, exc_info=fault)
                # In another thread, so that the loop goes on and sees when a push service hangs up.
                await asyncio.to_thread(self._stop.wait, PAUSE)

    def _mail(self) -> None:
        given = self._settings
        mail = MailSettings.from_url(given.mail_url, given.mail_sender)
        while not self._stop.wait(PAUSE):
            try:
                mail_due(mail, given.public_url, self._clock, self._stop.is_set)
            except NoOffice:
                pass
            except Exception as fault:
                log.error("emails: %s", type(fault).__name__, exc_info=fault)

    def _note_beat(self) -> None:
        now = self._clock.now()
        if self._beat is None or now - self._beat >= BEAT:
            with _connection():
                beats.note("deliver", now)
            self._beat = now


def main(settings: Settings | None = None, clock: Clock | None = None) -> int:
    """Run a worker in the foreground with the settings of the environment; returns its exit status."""
    settings = settings or Settings.from_env(os.environ)
    crypto.use(settings.keys)
    ways.use(settings)
    db.open_database(settings.database_url)
    logging.getLogger("huey").parent = logs.to_standard_error()  # its warnings go our way
    logging.getLogger("huey").setLevel(logging.WARNING)
    return Worker(settings, clock or SystemClock()).run()


if __name__ == "__main__":
    sys.exit(main())
