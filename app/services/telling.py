"""How one person is told, all of it on one page: channels, hours of silence, kind of words; and changing that at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.db import writing
from app.models import Applicant
from app.rules import email_address, phone
from app.services import consents, preferences, subscriptions
from app.services.preferences import Chosen


@dataclass(frozen=True, slots=True)
class Phone:
    """A browser that hears of the notices; `here` is the one in the hand."""

    id: int
    label: str
    here: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds now. `email` and `number` are masked; empty where there is none (an email counts once proved).

    `open` are the ways besides push by their purpose (services/consents.py), `sms` whether this office has an SMS
    gateway, `whatsapp` whether the number has WhatsApp.
    """

    phones: tuple[Phone, ...]
    email: str
    number: str
    whatsapp: bool
    sms: bool
    open: dict[str, bool]
    chosen: Chosen

    @property
    def offered(self) -> tuple[str, ...]:
        """The purposes that this person can switch here, in the order of the page."""
        there = {
            "email": bool(self.email),
            "call": bool(self.number),
            "wa": self.whatsapp and bool(self.number),
            "sms": self.sms and bool(self.number),
        }
        return tuple(purpose for purpose, is_there in there.items() if is_there)

    @property
    def on(self) -> tuple[str, ...]:
        """Those of them that are on."""
        return tuple(purpose for purpose in self.offered if self.open[purpose])


def of(applicant: Applicant, device_id: int | None, sms: bool) -> Standing:
    """How this person is told now; `device_id` is the phone that asks."""
    return Standing(
        phones=tuple(
            Phone(row.id, row.label or "HP", device_id is not None and row.device_id == device_id)
            for row in subscriptions.list_for(applicant.id)
        ),
        email=email_address.masked(applicant.email) if applicant.email and applicant.email_proved_at else "",
        number=phone.masked(applicant.phone) if applicant.phone else "",
        whatsapp=applicant.whatsapp,
        sms=sms,
        open=consents.ways(applicant.id),
        chosen=preferences.of(applicant.id),
    )


def change(applicant_id: int, wanted: dict[str, bool], chosen: Chosen, shown: str, now: datetime) -> bool:
    """Keep everything of the page in one transaction; False when nothing changed.

    `wanted` holds the purposes that the page offered, `shown` the words beside them.
    """
    with writing():
        changed = consents.change(applicant_id, wanted, shown, now)
        return preferences.keep(applicant_id, chosen, now) or bool(changed)
