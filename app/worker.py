"""The worker: what happens by itself. `python -m app.worker` runs it until SIGTERM or SIGINT; run one or more.

huey calls the jobs of services/every_minute.py once a minute; each asks the database what is due, so a missed minute is caught up and a
second run does nothing. Beside them emails are sent every few seconds, and processes of their own send the pushes
(app/sender.py): the worker starts them, starts them again, and ends with them. All that matters is rows: killed at any
moment, the worker loses a lease and nothing else. No other file knows huey.
"""

from __future__ import annotations

# Long because: it is the one file of the process; jobs, senders and emails end together.
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.registry import Message as HueyMessage
from huey.serializer import Serializer

from app import crypto, db, logs, mailer, sender
from app.channels.mail_settings import MailSettings
from app.clock import Clock, SystemClock
from app.config import Settings, SettingsProblem
from app.services import beats, office_mail, ways
from app.services.every_minute import Job, jobs
from app.services.office import NoOffice

#: Between two looks into an empty outbox, in seconds.
PAUSE = 2.0
#: A sender that ends by itself is started again after so long (seconds), twice as long each time, up to the second figure.
START_AGAIN = (1.0, 60.0)
#: A sender that ran so long (seconds) was well.
WELL = 120.0
#: Which group of the scheduler a session is, and how nice.
AUTOGROUP = Path("/proc/self/autogroup")
#: How a sender is started.
SENDER = (sys.executable, "-m", "app.sender", sender.WITH_WORKER)
#: What asks a worker to end.
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

log = logging.getLogger("gelombang.worker")


# the minute -------------------------------------------------------------------------------------


def run_job(job: Job, clock: Clock) -> None:
    """Run one job and note that it ran; a fault is logged and does not hinder the other jobs."""
    now = clock.now()
    try:
        with db.working():
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
    for job in jobs(settings):

        @made.periodic_task(crontab(), name=job.name)  # type: ignore[untyped-decorator]
        def act(job: Job = job) -> None:
            run_job(job, clock)

    return made


# the process ------------------------------------------------------------------------------------


class Senders:
    """The processes that send pushes. Each ends by itself when our end of its standard input closes, also by our death."""

    def __init__(self, count: int, command: Sequence[str]) -> None:
        self._command = list(command)
        self._running: list[subprocess.Popen[bytes] | None] = [None] * count
        self._started = [0.0] * count
        self._wait = [0.0] * count

    def look_after(self) -> None:
        """Start what does not run; one that ends again and again is left alone longer each time."""
        now = time.monotonic()
        for place, process in enumerate(self._running):
            if process is not None and process.poll() is None:
                continue
            if process is not None:
                self._bury(place, process, now)
            if now - self._started[place] >= self._wait[place]:
                self._started[place] = now
                self._running[place] = subprocess.Popen(self._command, stdin=subprocess.PIPE)

    def _bury(self, place: int, process: subprocess.Popen[bytes], now: float) -> None:
        first, longest = START_AGAIN
        well = now - self._started[place] > WELL
        self._wait[place] = first if well else min(max(first, self._wait[place] * 2), longest)
        log.error("sender %d ended by itself with %d", process.pid, process.returncode)
        self._part(process)
        self._running[place] = None

    def stop(self) -> None:
        """Ask all to finish what is under way, and wait."""
        alive = [process for process in self._running if process is not None]
        for process in alive:
            self._part(process)
        for process in alive:
            process.wait()

    def _part(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None  # it was asked for
        process.stdin.close()


class Worker:
    """One process: a thread each for jobs and emails, the senders, and a main thread that looks after them."""

    def __init__(self, settings: Settings, clock: Clock, command: Sequence[str] = SENDER) -> None:
        self._settings = settings
        self._clock = clock
        self._stop = threading.Event()
        self._senders = Senders(settings.senders, command)
        self._mails = threading.Thread(target=self._mail, daemon=True)

    def run(self) -> int:
        """Work until a signal asks for the end; what is under way is finished first. Returns the exit status."""
        # Blocked and waited for: huey would break off what is under way at SIGTERM, and a handler that sets an
        # event can find the event's lock taken by the very thread that it interrupted.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        consumer = queue(self._settings, self._clock).create_consumer(workers=1, worker_type="thread")
        consumer.start()
        self._mails.start()
        log.info("worker %d is running", os.getpid())
        asked = None
        while asked is None:
            self._senders.look_after()
            consumer.check_worker_health()
            asked = signal.sigtimedwait(ENDS, PAUSE)
        for signum in ENDS:  # asked a second time it ends at once; nothing is lost
            signal.signal(signum, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
        self._stop.set()
        consumer.stop(graceful=True)
        self._senders.stop()
        self._mails.join()
        log.info("worker %d has stopped", os.getpid())
        return 0

    def _mail(self) -> None:
        given = self._settings
        mail = MailSettings.from_url(given.mail_url, given.mail_sender)
        while not self._stop.wait(PAUSE):
            try:
                office_mail.send_due(mail, given, self._clock.now)  # few, and before many
                mailer.mail_due(mail, given.public_url, self._clock, self._stop.is_set)
            except NoOffice:
                pass
            except Exception as fault:
                log.error("emails: %s", type(fault).__name__, exc_info=fault)


def below_the_pages() -> None:
    """Where Linux shares processors out by session (sched(7), autogroup), nice of a process counts inside its session only.

    So the whole session is made nicer where it is the worker's own, as a service manager starts it.
    """
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # there is none on this machine
            AUTOGROUP.write_text(str(sender.NICENESS))


def main(
    settings: Settings | None = None, clock: Clock | None = None, command: Sequence[str] = SENDER
) -> int:
    """Run a worker in the foreground with the settings of the environment; returns its exit status."""
    settings = settings or Settings.from_env(os.environ)
    crypto.use(settings.keys)
    ways.use(settings)
    db.open_database(settings.database_url)
    logging.getLogger("huey").parent = logs.to_standard_error()  # its warnings go our way
    logging.getLogger("huey").setLevel(logging.WARNING)
    below_the_pages()
    return Worker(settings, clock or SystemClock(), command).run()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SettingsProblem as problem:
        sys.exit(f"Gelombang does not start: {problem}")
