"""Whom a broadcast is for: the people of a segment as a query, and how they can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import fn

from app.models import Applicant, Application, Consent, Notice, PushSubscription, Wave
from app.rules import push_terms
from app.rules.broadcast import WAITING, Segment, Unopened
from app.rules.states import State
from app.services import reach

#: Claims with a person behind them who registered.
PEOPLE = ("holder", "disputed")


@dataclass(frozen=True, slots=True)
class Reachable:
    """How many people a segment has, each counted once: push (their phone sounds), email (proved, and no push), and
    unreachable (neither: they find it in the inbox when they look)."""

    people: int
    push: int
    email: int

    @property
    def unreachable(self) -> int:
        """Whoever hears nothing and must look."""
        return self.people - self.push - self.email


def of(segment: Segment) -> Any:
    """Query: the ids of everybody in a segment. Behind a claim that was rejected or erased there is nobody to tell."""
    mine = (Application.applicant == Applicant.id) & _fits(segment)
    people = Applicant.select(Applicant.id).where(Applicant.claim.in_(PEOPLE))
    people = people.where(fn.EXISTS(Application.select(Application.id).where(mine)))
    if segment.districts:
        people = people.where(Applicant.district.in_(segment.districts))
    if segment.unopened:
        people = people.where(fn.EXISTS(_unopened(segment)))
    return people


def _fits(segment: Segment) -> Any:
    """The application that a person is judged by: that of the wave, or else the newest."""
    if segment.wave == WAITING:
        fits = Application.wave.is_null()
    elif segment.wave:
        fits = Application.wave.in_(Wave.select(Wave.id).where(Wave.number == int(segment.wave)))
    else:
        other = Application.alias()
        newer = (other.applicant == Application.applicant) & (other.submitted_at > Application.submitted_at)
        fits = ~fn.EXISTS(other.select(other.id).where(newer))
    if segment.states:
        fits &= Application.state.in_(segment.states)
    else:
        fits &= Application.state != State.WITHDRAWN.value
    if segment.posko:
        fits &= Application.posko == int(segment.posko)
    return fits & Application.erased_at.is_null()


def _unopened(segment: Segment) -> Any:
    """The notice that a person has not seen: the result (of the wave), or the newest of all."""
    unseen = (Notice.applicant == Applicant.id) & ~reach.seen()
    if segment.unopened == Unopened.RESULT:
        unseen &= Notice.kind == "result"
        if segment.wave not in ("", WAITING):
            unseen &= Notice.wave.in_(Wave.select(Wave.id).where(Wave.number == int(segment.wave)))
    else:
        other = Notice.alias()
        newer = (other.applicant == Notice.applicant) & (other.created_at > Notice.created_at)
        unseen &= ~fn.EXISTS(other.select(other.id).where(newer))
    return Notice.select(Notice.id).where(unseen)


def after(segment: Segment, last: int, most: int) -> list[int]:
    """The next people of a segment by the order of their (random) ids."""
    rows = of(segment).where(Applicant.id > last).order_by(Applicant.id).limit(most)
    return [row.id for row in rows]


def count(segment: Segment) -> int:
    """How many people a segment has."""
    return int(of(segment).count())


def reachable(segment: Segment) -> Reachable:
    """How many there are, and how they can be reached now."""
    everybody = of(segment)
    rings = fn.EXISTS(
        PushSubscription.select(PushSubscription.id).where(
            (PushSubscription.applicant == Applicant.id)
            & (PushSubscription.refused_days < push_terms.REFUSED_DAYS)
        )
    )
    return Reachable(
        people=int(everybody.count()),
        push=int(everybody.where(rings).count()),
        email=int(everybody.where(~rings & _written_to()).count()),
    )


def _written_to() -> Any:
    """Whoever proved an address and did not say no since (the newest word counts)."""
    later = Consent.alias()
    mine = (Consent.applicant == Applicant.id) & (Consent.purpose == "email")
    newer = (later.applicant == Consent.applicant) & (later.purpose == "email") & (later.at > Consent.at)
    said_no = Consent.select(Consent.id).where(
        mine & ~Consent.given & ~fn.EXISTS(later.select(later.id).where(newer))
    )
    proved = Applicant.email_proved_at.is_null(False) & Applicant.email.is_null(False)
    return proved & ~fn.EXISTS(said_no)
