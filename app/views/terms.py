"""What forms may know of the world on this request: the day, the area, its villages, what can be learnt."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from app import auth
from app.rules import local_time
from app.rules.terms import TRAINING_FIELDS, Place, Terms
from app.services import office, regions, ways
from app.services.office import OfficeFacts


def terms() -> Terms:
    """The terms of this request, the same object while nothing in them changes; lists of places come from memory."""
    here = office.current()
    today = local_time.local_day(auth.now(), here.zone)
    return _made(here, today, regions.districts(here.area), ways.sms_on())


@lru_cache(4)
def _made(here: OfficeFacts, today: date, districts: tuple[Place, ...], sms: bool) -> Terms:
    return Terms(
        today=today,
        zone=here.zone,
        area_name=here.area_name,
        districts=districts,
        villages=regions.villages,
        training_fields=TRAINING_FIELDS,
        sms=sms,
    )
