"""How a person wants to be told: hours of silence and the kind of words. They hold from the next notice on.

Every writer of notices and every sender asks here, by person and in one query for many. Which channels a person allows
is a consent (services/consents.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from app import bulk
from app.db import locked_for_update, writing
from app.models import Applicant, Delivery, Notice, Preference
from app.prepared import Prepared
from app.rules import notice_texts, quiet
from app.rules.quiet import Quiet
from app.services import audit, office


@dataclass(frozen=True, slots=True)
class Chosen:
    """What one person chose, by the codes of rules/quiet.py and rules/notice_texts.py."""

    quiet: str = quiet.HOUSE
    language: str = notice_texts.HOUSE

    @property
    def hours(self) -> Quiet:
        """The hours of silence."""
        return quiet.chosen(self.quiet)


NOTHING = Chosen()
"""What holds for whoever chose nothing."""
_of: Prepared[Preference] = Prepared(
    lambda owner: Preference.select(Preference.quiet, Preference.language).where(
        Preference.applicant == owner
    )
)


def of(applicant_id: int) -> Chosen:
    """What one person chose."""
    row = _of.first(applicant_id)
    return NOTHING if row is None else Chosen(row.quiet, row.language)


def of_many(applicant_ids: Collection[int]) -> dict[int, Chosen]:
    """What those of these people chose who chose anything; at most some hundred people at a time."""
    text = "SELECT applicant_id, quiet, language FROM preference WHERE applicant_id {ids}"
    rows = bulk.run(text, list(applicant_ids)).fetchall() if applicant_ids else ()
    return {applicant_id: Chosen(hours, language) for applicant_id, hours, language in rows}


def waits(applicant_ids: Iterable[int], now: datetime) -> dict[int, datetime]:
    """Whose phone must stay silent now, and until when (UTC); who is missing may be rung."""
    people = set(applicant_ids)
    zone, chosen = office.current().zone, of_many(people)
    night = quiet.until(NOTHING.hours, now, zone)
    found = {one: chosen[one].hours for one in chosen}
    until = {one: quiet.until(found[one], now, zone) if one in found else night for one in people}
    return {one: end for one, end in until.items() if end is not None}


def silences(now: datetime) -> defaultdict[str | None, datetime | None]:
    """Until when a phone must stay silent now, by the stored code of its person's hours; None: by the house's."""
    zone = office.current().zone
    night = quiet.until(NOTHING.hours, now, zone)
    known: dict[str | None, datetime | None] = {
        code: quiet.until(hours, now, zone) for code, hours in quiet.CHOICES.items()
    }
    return defaultdict(lambda: night, known)


def begin(chosen: Chosen, not_before: datetime | None, now: datetime) -> datetime:
    """When a notice that is written now may first make this person's phone sound.

    `not_before` is when the fact itself may be told; most writers name the end of the house's night, which counts as
    now here: everybody has hours of their own.
    """
    zone = office.current().zone
    house = quiet.until(NOTHING.hours, now, zone)
    first = now if not_before is None or not_before == house else not_before
    return quiet.until(chosen.hours, first, zone) or first


def _ring_by(applicant_id: int, before: Quiet, after: Quiet, now: datetime) -> None:
    """What waits for the end of the old hours waits for that of the new ones, or goes now."""
    zone = office.current().zone
    was = quiet.until(before, now, zone)
    if was is None:
        return
    mine = Notice.select(Notice.id).where(Notice.applicant == applicant_id)
    held = Delivery.notice.in_(mine) & (Delivery.state == "queued") & (Delivery.not_before == was)
    first = quiet.until(after, now, zone) or now
    Delivery.update(not_before=first).where(held & Delivery.leased_until.is_null()).execute()


def keep(applicant_id: int, chosen: Chosen, now: datetime) -> bool:
    """Write down what a person chose; False when it is what holds already. ValueError for an unknown code."""
    if chosen.quiet not in quiet.CHOICES or chosen.language not in notice_texts.LANGUAGES:
        raise ValueError("not on the list")
    with writing():
        locked_for_update(Applicant.select(Applicant.id).where(Applicant.id == applicant_id)).get()
        before = of(applicant_id)
        if before == chosen:
            return False
        columns = {"quiet": chosen.quiet, "language": chosen.language, "changed_at": now}
        mine = Preference.applicant == applicant_id
        if not Preference.update(**columns).where(mine).execute():
            Preference.create(applicant=applicant_id, **columns)
        _ring_by(applicant_id, before.hours, chosen.hours, now)
        detail = f"{chosen.quiet} {chosen.language}"
        audit.record("applicant", "preference.set", f"applicant:{applicant_id}", now, detail)
        return True
