"""Where the processor's time of a registration goes: samples of one process that answers itself, no socket between.

Each sample weighs the CPU time since the one before, so that a long call into C (a PIN hash) counts in full.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from datetime import date
from types import FrameType

from bench import people, product
from bench.inside import Inside
from bench.table import busy, out
from bench.walk import Browser, Walk
from bench.wire import LOOPBACK

EVERY = 0.001
#: Part of a file's path -> what it is called in the table; the innermost frame that fits counts.
PLACES = (
    ("app/hashing", "Argon2id of the PIN"),
    ("app/crypto", "sealing and keyed hashes"),
    ("cysqlite", "SQLite"),
    ("psycopg", "PostgreSQL driver"),
    ("peewee", "peewee and SQLite"),
    ("app/prepared", "prepared queries"),
    ("/templates/", "templates (Jinja)"),
    ("jinja2", "templates (Jinja)"),
    ("markupsafe", "templates (Jinja)"),
    ("wtforms", "forms (WTForms)"),
    ("app/forms", "forms (ours)"),
    ("flask_wtf", "CSRF and cookies"),
    ("itsdangerous", "CSRF and cookies"),
    ("app/cookies", "CSRF and cookies"),
    ("flask_login", "sign-in (flask-login)"),
    ("app/connection", "gzip"),
    ("werkzeug", "Flask and Werkzeug"),
    ("/flask/", "Flask and Werkzeug"),
    ("app/rules", "rules"),
    ("app/services", "services"),
    ("app/views", "views"),
    ("/app/", "other code of ours"),
    ("bench/", "the driver"),
)


class Sampler:
    """Adds CPU seconds up by place while it is on (a block)."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._last = 0.0

    def __enter__(self) -> Sampler:
        self._last = time.process_time()
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)

    def _sample(self, _signal: int, frame: FrameType | None) -> None:
        now = time.process_time()
        self.seconds[place_of(frame)] += now - self._last
        self._last = now


def place_of(frame: FrameType | None) -> str:
    """What the innermost frame with a known place belongs to."""
    while frame is not None:
        path = frame.f_code.co_filename
        for part, name in PLACES:
            if part in path:
                return name
        frame = frame.f_back
    return "elsewhere"


def run(walks: int) -> None:
    """Print the shares of so many registrations on SQLite."""
    from app import create_app
    from app.config import Settings

    with product.installed("sqlite") as installation:
        application = create_app(Settings.from_env(installation.environ))
        wire = Inside(application.wsgi_app)
        today = date.today()  # noqa: DTZ011 - the age of a made-up person

        def walk(number: int) -> None:
            browser = Browser(wire, LOOPBACK, lambda _: None, people.address_of(number))
            Walk(number, people.answers(number, today)).run(browser)

        for number in range(5):
            walk(number)
        with Sampler() as sampler:
            for number in range(5, 5 + walks):
                walk(number)
    total = sum(sampler.seconds.values())
    out(f"\n## where the time goes: {walks} registrations in one process, sqlite, no web server; {busy()}")
    out(f"{total / walks * 1000:.1f} ms CPU per registration, of which")
    for name, seconds in sampler.seconds.most_common():
        out(f"{name:<26}{seconds / walks * 1000:7.1f} ms  {seconds / total:6.1%}")
