"""How many people may begin to register from one place (security.md, threat 26): counted before the PIN is hashed.

The figures stand in limits.LIMITS under "new"; why they are what they are: docs/decisions/0046. A try is a row of its own
in `attempt`, written with the person, so whoever is refused fills no bucket. Where many people really do sit behind
one address, an officer opens that network for a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from app.crypto import keys
from app.db import writing
from app.models import Attempt, OpenedNetwork
from app.prepared import Prepared
from app.rules import codes
from app.services import audit, limits
from app.services.ledger import Actor
from app.services.limits import Closed, Where
from app.services.staff_signin import KNOWN_TABLET

PATH = "new"
#: An opening ends by itself; its code may be typed in so many networks (a hall often has more than one).
OPEN_FOR, PLACES_PER_CODE = timedelta(hours=12), 10
[PER_BROWSER] = limits.of(PATH, "browser")
PER_HOUR, PER_DAY = limits.of(PATH, "network")
[PER_OFFICER] = limits.of("open", "officer")
#: Three small counts travel as one number, so that the check is one statement.
BASE = 10_000


class WrongCode(Exception):
    """No officer made this code, or it is over."""


class Enough(Exception):
    """This officer has opened enough for a day, or this code enough networks."""


@dataclass(frozen=True)
class Wait:
    """Nobody may begin here now. `per` is browser or network, `until` when the oldest try no longer counts."""

    per: str
    until: datetime


def _counted(column: Any, value: Any, since: Any, most: int) -> Any:
    """How many tries there are in a bucket; no more are looked at than matter."""
    here = (column == value) & (Attempt.at > since) & (Attempt.path == PATH)
    rows = Attempt.select(Attempt.id).where(here).limit(most).alias("some")
    return fn.COALESCE(Attempt.select(fn.COUNT(rows.c.id)).from_(rows), 0)


_counts: Prepared[Attempt] = Prepared(
    lambda browser, day, source, hour, day_too: Attempt.select(
        fn.ABS(  # a function, because a prepared column needs a name
            _counted(Attempt.browser, browser, day, PER_BROWSER.most)
            + BASE * _counted(Attempt.source, source, hour, PER_HOUR.most)
            + BASE * BASE * _counted(Attempt.source, source, day_too, PER_DAY.most)
        )
    ).from_()
)


# beginning ----------------------------------------------------------------------------------------


def admit(nik: str, place: Where, tablet: str | None, now: datetime) -> Attempt | None:
    """The try to store with the person; None where nothing is counted (an office's tablet, an opened network).

    `tablet` is the cookie of a tablet on which staff sign in. Raises limits.Closed: nothing was hashed yet.
    """
    found = wait(place, tablet, now)
    if found is not None:
        raise Closed(max(1, round((found.until - now).total_seconds())))
    if _is_tablet(tablet, now):
        return None
    subject = keys().lookup_hash("nik", nik)
    return Attempt(path=PATH, subject=subject, source=place.source, browser=place.browser, at=now)


def wait(place: Where, tablet: str | None, now: datetime) -> Wait | None:
    """Whether somebody must wait before beginning here, and until when."""
    full = _full(place, now)
    if full is None or _is_tablet(tablet, now) or _is_open(place, now):
        return None
    per, limit = full
    window = limit.window or limits.DAY
    bucket = Attempt.browser == place.browser if per == "browser" else Attempt.source == place.source
    here = bucket & (Attempt.path == PATH) & (Attempt.at > now - window)
    newest = Attempt.select(Attempt.at).where(here).order_by(Attempt.at.desc())
    oldest = newest.offset(limit.most - 1).limit(1).scalar()
    return Wait(per, (oldest or now) + window)


def _full(place: Where, now: datetime) -> tuple[str, limits.Limit] | None:
    day = now - limits.DAY
    together = int(_counts.value(place.browser, day, place.source, now - limits.HOUR, day))
    browser, hour, whole = together % BASE, together // BASE % BASE, together // BASE // BASE
    if whole >= PER_DAY.most and not place.posko:
        return "network", PER_DAY
    if hour >= PER_HOUR.most and not place.posko:
        return "network", PER_HOUR
    if browser >= PER_BROWSER.most and place.browser is not None:
        return "browser", PER_BROWSER
    return None


def _is_tablet(token: str | None, now: datetime) -> bool:
    """Whether somebody of the office signed in on this browser lately: a cookie alone proves nothing."""
    if not token:
        return False
    here = (Attempt.browser == keys().lookup_hash("browser", token)) & (Attempt.path == "staff")
    return bool(Attempt.select().where(here & ~Attempt.failed & (Attempt.at > now - KNOWN_TABLET)).exists())


def _is_open(place: Where, now: datetime) -> bool:
    here = (OpenedNetwork.source == place.source) & (OpenedNetwork.expires_at > now)
    return bool(OpenedNetwork.select().where(here).exists())


# opening ------------------------------------------------------------------------------------------


def open_network(source: bytes, actor: Actor, now: datetime) -> str:
    """Let many register from the officer's own network for twelve hours; returns the code that opens another.

    Raises Enough (limits.LIMITS, "open").
    """
    code = codes.new_key()
    with writing():
        own = (OpenedNetwork.staff == actor.staff) & (OpenedNetwork.created_at > now - limits.DAY)
        made = OpenedNetwork.select(fn.COUNT(fn.DISTINCT(OpenedNetwork.code_index))).where(own).scalar()
        if made >= PER_OFFICER.most:
            raise Enough
        _open(_index(code), source, actor.staff, now, now + OPEN_FOR)
        audit.record(actor.audit_name, "network.open", "network", now)
    return codes.shown_key(code)


def open_with(code: str, place: Where, now: datetime) -> None:
    """The code of an officer, typed where somebody must wait. `code` is in its stored form.

    Raises WrongCode, Enough, limits.Closed.
    """
    index = _index(code)
    attempt = limits.begin("opening", index, place, now)
    rows = OpenedNetwork.select().where(
        (OpenedNetwork.code_index == index) & (OpenedNetwork.expires_at > now)
    )
    known = list(rows.order_by(OpenedNetwork.created_at))
    if not known:
        raise WrongCode
    with writing():
        limits.succeeded(attempt)
        if any(bytes(row.source) == place.source for row in known):
            return
        if len(known) >= PLACES_PER_CODE:
            raise Enough
        _open(index, place.source, known[0].staff, now, known[0].expires_at)
        audit.record("system", "network.open", "network", now, f"code of staff:{known[0].staff.username}")


def forget(now: datetime) -> int:
    """Delete openings that are over for a day; returns how many (a periodic job)."""
    return int(OpenedNetwork.delete().where(OpenedNetwork.expires_at <= now - limits.DAY).execute())


def _open(index: bytes, source: bytes, staff: Any, now: datetime, until: datetime) -> None:
    OpenedNetwork.create(code_index=index, source=source, staff=staff, created_at=now, expires_at=until)


def _index(code: str) -> bytes:
    return keys().lookup_hash("network code", code)
