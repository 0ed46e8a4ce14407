"""What forms may know of the world on this request: the day, the area, its villages, what can be learnt."""

from __future__ import annotations

from app import auth
from app.rules import local_time
from app.rules.terms import TRAINING_FIELDS, Terms
from app.services import office, regions, ways


def terms() -> Terms:
    """The terms of this request; lists of places come from memory."""
    here = office.current()
    return Terms(
        today=local_time.local_day(auth.now(), here.zone),
        zone=here.zone,
        area_name=here.area_name,
        districts=regions.districts(here.area),
        villages=regions.villages,
        training_fields=TRAINING_FIELDS,
        sms=ways.sms_on(),
    )
