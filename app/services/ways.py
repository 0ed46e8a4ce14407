"""What the ladder has in this installation: the hours of each kind, and the SMS gateway if there is one.

Said once per process by the wiring (`use`), as the keys are; until then the hours are those of the table and SMS is off.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.channels.sms import Gateway
from app.config import PREFIX, Settings, SettingsProblem
from app.rules import ladder
from app.rules.ladder import LADDER, Waits


@dataclass(frozen=True, slots=True)
class Ways:
    """`hours` by kind of notice; `per_day` is how many SMS may be handed over on one day; `site` is our address."""

    hours: dict[str, Waits]
    gateway: Gateway | None = None
    per_day: int = 0
    site: str = ""


_now = Ways(LADDER)


def use(settings: Settings) -> None:
    """Take the hours and the gateway from the settings; raises SettingsProblem when the hours make no sense."""
    global _now
    try:
        hours = ladder.with_hours(settings.ladder)
    except ValueError as problem:
        raise SettingsProblem(f"{PREFIX}LADDER: {problem}") from None
    gateway = None
    if settings.sms_url:
        gateway = Gateway(settings.sms_url, settings.sms_token, settings.sms_sender, settings.sms_timeout)
    _now = Ways(hours, gateway, settings.sms_per_day, settings.public_url)


def current() -> Ways:
    """What holds in this process."""
    return _now


def hours() -> dict[str, Waits]:
    """How long each kind of notice waits for its rungs."""
    return _now.hours


def sms_on() -> bool:
    """Whether this installation has an SMS gateway."""
    return _now.gateway is not None
