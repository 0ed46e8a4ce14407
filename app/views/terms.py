"""What forms may know of the world on this request: the day, the area, its villages, what can be learnt."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from app import auth
from app.rules import local_time
from app.rules.terms import TRAINING_FIELDS, Terms
from app.services import office, regions, ways
from app.services.office import OfficeFacts


def terms() -> Terms:
    """The terms of this request, the same object while nothing in them changes; lists of places come from memory."""
    here = office.current()
    today, places = local_time.local_day(auth.now(), here.zone), regions.districts(here.area)
    return _made(here, today, ways.sms_on(), id(places))


@lru_cache(4)
def _made(here: OfficeFacts, today: date, sms: bool, _places: int) -> Terms:
    """`_places` says which list of districts it is: comparing two lists takes longer than making terms."""
    return Terms(
        today=today,
        zone=here.zone,
        area_name=here.area_name,
        districts=regions.districts(here.area),
        villages=regions.villages,
        training_fields=TRAINING_FIELDS,
        sms=sms,
    )
