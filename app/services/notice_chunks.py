"""One fact told to many people: the notices and the pushes of a chunk in a handful of statements.

What a notice is, and how it comes to its person, is said in services/notices.py; what stands here must write the same
rows (tests/services/test_announcing.py compares them).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from peewee import Field

from app import bulk
from app.crypto import new_id, new_ids
from app.models import Delivery, Notice
from app.rules import ladder, notice_texts, push_terms
from app.rules.codes import new_codes
from app.services import preferences, ways
from app.services.notices import KEEP
from app.services.preferences import NOTHING, Chosen

#: Draws of a code that is taken (8 characters; among millions of notices some are) before something else is wrong.
DRAWS = 5


class To(NamedTuple):
    """One person who is told: `key` names the fact, as in notices.write. `own` are values only for this person's words."""

    applicant_id: int
    application_id: int | None
    key: str
    own: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What everybody is told, in the words of the house; `words` are the values for a text in other words.

    The body may have places ({line}) for the own values of each person.
    """

    kind: str
    title: str
    body: str
    path: str
    wave_id: int | None
    words: tuple[tuple[str, str], ...] = ()
    broadcast_id: int | None = None


class _Way(NamedTuple):
    """What is the same for everybody who chose the same: when it may ring, when it is looked at, and the words."""

    begin: datetime
    climb_at: tuple[datetime | None, datetime | None]
    title: str
    body: str


_EACH: tuple[Field, ...] = (
    *(Notice.id, Notice.applicant, Notice.application, Notice.key, Notice.code),
    *(Notice.title, Notice.body, Notice.climb_at),
)


def write_all(people: Sequence[To], said: Said, not_before: datetime | None, now: datetime) -> int:
    """Put the notices in the inboxes and queue their pushes, inside the caller's transaction; returns how many are new.

    At most some hundred people, each of them once, in an order that tells nothing: they are sent in it. Whoever has
    the fact already is left alone.
    """
    ids = [one.applicant_id for one in people]
    chosen, phones = preferences.of_many(ids), _phones(ids)
    ways_of = {own: _way(own, said, not_before, now) for own in {NOTHING, *chosen.values()}}
    written = _insert(people, said, chosen, phones, ways_of, now)
    pushes = [
        (notice_id, phone, ways_of[chosen.get(one.applicant_id, NOTHING)].begin)
        for notice_id, one in written
        for phone in phones.get(one.applicant_id, ())
    ]
    _queue(pushes, now)
    return len(written)


def _phones(ids: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    # As in notices.write.
    text = "SELECT applicant_id, id FROM push_subscription WHERE applicant_id {ids} AND refused_days < ?"
    for applicant_id, phone in bulk.run(text, ids, push_terms.REFUSED_DAYS).fetchall():
        found[applicant_id].append(phone)
    return found


def _way(chosen: Chosen, said: Said, not_before: datetime | None, now: datetime) -> _Way:
    begin = preferences.begin(chosen, not_before, now)
    looks = [ladder.first_look(said.kind, begin, has_push, ways.hours()) for has_push in (False, True)]
    return _Way(begin, (looks[0], looks[1]), *_words(chosen, said, ()))


def _words(chosen: Chosen, said: Said, own: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    values = dict((*said.words, *own))
    body = said.body.format_map(values) if own else said.body
    return notice_texts.said(chosen.language, said.kind, said.title, body, values)


def _insert(
    people: Sequence[To],
    said: Said,
    chosen: dict[int, Chosen],
    phones: Collection[int],
    ways_of: dict[Chosen, _Way],
    now: datetime,
) -> list[tuple[int, To]]:
    """The notices with their ids, without those of people who have the fact already. A code that is taken is drawn anew."""
    same: dict[Any, Any] = {
        Notice.wave: said.wave_id,
        Notice.broadcast: said.broadcast_id,
        Notice.kind: said.kind,
        Notice.path: said.path,
        Notice.created_at: now,
    }
    moment = Notice.climb_at.db_value
    missing, written = list(zip(new_ids(len(people)), people, strict=True)), []
    for _ in range(DRAWS):
        rows = []
        for (notice_id, one), code in zip(missing, new_codes(len(missing)), strict=True):
            own = chosen.get(one.applicant_id, NOTHING)
            way = ways_of[own]
            title, body = _words(own, said, one.own) if one.own else (way.title, way.body)
            climb_at = moment(way.climb_at[one.applicant_id in phones])
            rows.append(
                (notice_id, one.applicant_id, one.application_id, one.key, code, title, body, climb_at)
            )
        bulk.insert(Notice, _EACH, rows, same, or_ignore=True)
        ids = [notice_id for notice_id, _ in missing]
        there = {row[0] for row in bulk.run("SELECT id FROM notice WHERE id {ids}", ids).fetchall()}
        written += [pair for pair in missing if pair[0] in there]
        missing = _without_the_fact([one for notice_id, one in missing if notice_id not in there])
        if not missing:
            return written
    raise RuntimeError(f"{len(missing)} notices found no free code")


def _without_the_fact(people: list[To]) -> list[tuple[int, To]]:
    """Those of these people who have not been told yet, each with a fresh id."""
    if not people:
        return []
    text = "SELECT applicant_id, key FROM notice WHERE applicant_id {ids} AND key {texts}"
    rows = bulk.run(text, [one.applicant_id for one in people], [one.key for one in people]).fetchall()
    told = {(row[0], row[1]) for row in rows}
    return [(new_id(), one) for one in people if (one.applicant_id, one.key) not in told]


def _queue(pushes: list[tuple[int, int, datetime]], now: datetime) -> None:
    moment = Delivery.not_before.db_value
    rows = [
        (push_id, notice_id, phone, moment(begin), moment(begin + KEEP))
        for push_id, (notice_id, phone, begin) in zip(new_ids(len(pushes)), pushes, strict=True)
    ]
    each = (Delivery.id, Delivery.notice, Delivery.subscription, Delivery.not_before, Delivery.not_after)
    bulk.insert(Delivery, each, rows, {Delivery.channel: "push", Delivery.created_at: now})
