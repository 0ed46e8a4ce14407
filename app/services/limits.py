"""How often a secret may be tried: rows counted before anything is hashed (security.md 4.3).

Outsiders can fill every bucket here and still not keep an owner out of a known phone (which counts for itself, in
services/devices.py), nor out of kunci and posko codes (40 bits, so no bucket of theirs is keyed by the NIK alone).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from peewee import fn

from app.crypto import keys
from app.db import writing
from app.models import Attempt, Beat, OneTimeCode

log = logging.getLogger("gelombang.limits")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: How long a sign-in leaves a trace (security.md section 3, retention).
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Limit:
    """So many may go wrong in one bucket within a window (None: until the owner opens the path again).

    path: pin (NIK and PIN on a new phone), kunci, posko (a code from a posko), email (asking for a code), code (typing
    one), and what is counted elsewhere: phone (PIN on a known phone, services/devices.py), mail and reset (codes sent
    and made, services/codes.py), new and open (people who begin to register, networks opened: services/newcomers.py), search (NIKs that nobody has, looked for at the office: services/looking.py), import, draw and export (heavy work at the office: services/heavy.py). per: what the bucket is keyed by. counts: "tries", or "niks" for different NIKs,
    since many honest people share one address.
    """

    path: str
    per: str
    most: int
    window: timedelta | None
    counts: str = "tries"


#: Every limit of the applicants' side; docs/security.md prints this table and a test compares the two.
LIMITS = (
    Limit("pin", "nik", 5, HOUR),
    Limit("pin", "nik", 10, DAY),
    Limit("pin", "nik", 20, None),
    Limit("pin", "network", 20, HOUR, "niks"),
    Limit("pin", "network", 60, DAY, "niks"),
    Limit("pin", "browser", 10, DAY),
    Limit("pin", "system", 1000, HOUR),
    Limit("kunci", "network", 20, HOUR, "niks"),
    Limit("kunci", "network", 60, DAY, "niks"),
    Limit("posko", "network", 20, HOUR, "niks"),
    Limit("posko", "network", 60, DAY, "niks"),
    Limit("email", "network", 20, HOUR, "niks"),
    Limit("email", "network", 60, DAY, "niks"),
    Limit("phone", "phone", 5, None),
    Limit("code", "code", 5, timedelta(minutes=10)),
    Limit("mail", "address", 3, HOUR),
    Limit("mail", "address", 10, DAY),
    Limit("mail", "person", 10, DAY),
    Limit("reset", "officer", 15, DAY),
    Limit("new", "browser", 6, DAY),
    Limit("new", "network", 120, HOUR),
    Limit("new", "network", 600, DAY),
    Limit("open", "officer", 5, DAY),
    Limit("search", "officer", 60, HOUR),
    Limit("search", "officer", 200, DAY),
    Limit("opening", "network", 20, HOUR),
    Limit("import", "account", 20, HOUR),
    Limit("draw", "account", 20, HOUR),
    Limit("export", "account", 30, HOUR),
)
#: A posko's network is shared by everybody whom it helps.
POSKO_FACTOR = 5
#: Where 40 bits protect, a full network closes only NIKs that themselves failed this often from there, so that one
#: stranger behind the same address (CGNAT, a posko's Wi-Fi) cannot shut an owner out.
FORTY_BITS = {"kunci": 5, "posko": 5}
#: Whole system, PIN on new phones: alarm and breaker as multiples of the usual hour, and how long the breaker holds.
ALARM_AT_LEAST, ALARM_TIMES, BREAKER_TIMES, BREAKER_HOLDS = 100, 3, 5, HOUR
#: The usual hour is the median of so many hours: a loud day does not move it.
USUAL_HOURS = 7 * 24


class Closed(Exception):
    """A bucket is full: nothing was checked, and this try counts nowhere."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"after {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True)
class Where:
    """Where a try comes from, as keyed hashes: network (IPv4 or IPv6 /64), browser cookie if any, posko or not."""

    source: bytes
    browser: bytes | None
    posko: bool


def where(network: str, browser: str | None, posko: bool) -> Where:
    """Hash what identifies a place, so that the rows name neither address nor cookie."""
    own = keys().lookup_hash("browser", browser) if browser else None
    return Where(keys().lookup_hash("network", network), own, posko)


def of(path: str, per: str) -> list[Limit]:
    """The limits of one bucket."""
    return [limit for limit in LIMITS if (limit.path, limit.per) == (path, per)]


# one try ------------------------------------------------------------------------------------------


def begin(path: str, subject: bytes, place: Where, now: datetime) -> Attempt:
    """Count a try as wrong before it is checked. Raises Closed when a bucket is full.

    `subject` is the keyed hash of the NIK, whether anybody has it or not. Call it outside a transaction: the row
    is committed first and counted second, so that parallel tries see each other on both databases.
    """
    if path == "pin":
        _refuse_while_broken(now)
    attempt: Attempt = Attempt.create(
        path=path, subject=subject, source=place.source, browser=place.browser, at=now
    )
    for limit in LIMITS:
        if limit.path == path and _is_full(limit, attempt, place, now):
            forget(attempt)
            raise Closed(_seconds(limit))
    return attempt


def succeeded(attempt: Attempt) -> None:
    """The secret was right: this try fills no bucket. Inside the caller's transaction."""
    Attempt.update(failed=False).where(Attempt.id == attempt.id).execute()


def forget(attempt: Attempt) -> None:
    """The secret was not looked at (full bucket, busy server): this try counts nowhere."""
    Attempt.delete().where(Attempt.id == attempt.id).execute()


def purge(now: datetime) -> int:
    """Delete tries and one-time codes after 90 days (retention); returns how many rows were touched.

    A wrong PIN stays, without its place: it counts until the owner opens the path again, however long that takes.
    """
    old = Attempt.at <= now - KEPT
    counts_on = (Attempt.path == "pin") & Attempt.failed
    with writing():
        gone = Attempt.delete().where(old & ~counts_on).execute()
        gone += Attempt.update(source=b"", browser=None).where(old & (Attempt.source != b"")).execute()
        gone += OneTimeCode.delete().where(OneTimeCode.created_at <= now - KEPT).execute()
    return int(gone)


def is_exhausted(subject: bytes, since: datetime, more: int = 0) -> bool:
    """Whether NIK + PIN on new phones is closed for a claim until its owner opens it: 20 wrong since `since`.

    `since` is when the claim was made or opened again, so that what happened before is not held against it.
    `more` tries that are being checked now are not counted.
    """
    [most] = [limit.most for limit in of("pin", "nik") if limit.window is None]
    tries = _wrong("pin", since).where(Attempt.subject == subject).count()
    return bool(tries - more >= most)


# buckets ------------------------------------------------------------------------------------------


def _is_full(limit: Limit, attempt: Attempt, place: Where, now: datetime) -> bool:
    """Whether this try is one too many; its own row is among those counted."""
    if limit.window is None or (limit.per == "browser" and place.browser is None):
        return False
    wrong = _wrong(limit.path, now - limit.window)
    if limit.per == "system":
        return _breaks(limit, wrong.count(), now)
    if limit.per == "network":
        return _is_network_full(limit, wrong, attempt, place)
    bucket = (
        Attempt.browser == place.browser if limit.per == "browser" else Attempt.subject == attempt.subject
    )
    return bool(wrong.where(bucket).count() > limit.most)


def _is_network_full(limit: Limit, wrong: Any, attempt: Attempt, place: Where) -> bool:
    here = wrong.where(Attempt.source == place.source)
    niks = here.select(fn.COUNT(fn.DISTINCT(Attempt.subject))).scalar()
    if niks <= limit.most * (POSKO_FACTOR if place.posko else 1):
        return False
    own = FORTY_BITS.get(limit.path)
    return own is None or here.where(Attempt.subject == attempt.subject).count() > own


def _wrong(path: str, since: datetime) -> Any:
    return Attempt.select().where((Attempt.path == path) & Attempt.failed & (Attempt.at > since))


def _seconds(limit: Limit) -> int:
    return round((limit.window or DAY).total_seconds())


# the whole system -----------------------------------------------------------------------------------


def _breaks(limit: Limit, count: int, now: datetime) -> bool:
    """Raise the alarm at three times the usual hour; close NIK + PIN on new phones at five times."""
    if count <= ALARM_AT_LEAST:
        return False
    usual = _usual_hour(now)
    if count > max(limit.most, BREAKER_TIMES * usual):
        if _once("pin_breaker", BREAKER_HOLDS, now):
            log.error(
                "breaker: %d wrong PINs on new phones in an hour, usually %d; closed for an hour",
                count,
                usual,
            )
        return True
    if count > ALARM_TIMES * usual and _once("pin_alarm", HOUR, now):
        log.warning("alarm: %d wrong PINs on new phones in an hour, usually %d", count, usual)
    return False


def _refuse_while_broken(now: datetime) -> None:
    beat = Beat.get_or_none((Beat.name == "pin_breaker") & (Beat.at > now - BREAKER_HOLDS))
    if beat is not None:
        raise Closed(max(1, round((beat.at + BREAKER_HOLDS - now).total_seconds())))


def _usual_hour(now: datetime) -> int:
    """The median of wrong PINs on new phones an hour, over the last week; the running hour is left out."""
    hour = Attempt.at / 3_600_000
    week = _wrong("pin", now - HOUR - USUAL_HOURS * HOUR).where(Attempt.at <= now - HOUR)
    counts = [row[0] for row in week.select(fn.COUNT(Attempt.id)).group_by(hour).tuples()]
    return int(median(counts + [0] * max(0, USUAL_HOURS - len(counts))))


def _once(name: str, rest: timedelta, now: datetime) -> bool:
    """True for the first process that asks, then not again for a while: an alarm is one line."""
    with writing():
        Beat.insert(name=name, at=now - rest).on_conflict_ignore().execute()
        claimed = Beat.update(at=now).where((Beat.name == name) & (Beat.at <= now - rest)).execute()
    return bool(claimed == 1)
