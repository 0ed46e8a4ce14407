"""The ways to a person, in the order of the ladder: the one list of them.

`Delivery.channel` holds one of these codes (a call is an entry of the call list and no delivery), and the consent that
opens or closes a way has the same code as its purpose.
"""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """A way to a person."""

    PUSH = "push"
    EMAIL = "email"
    SMS = "sms"
    CALL = "call"


SMS_ASKED = "SMS ke nomor HP saya, kalau kabar penting belum saya buka."
"""The words beside the box in the wizard; the consent keeps their hash."""

WORDS: dict[Channel, str] = {
    Channel.PUSH: "Kabar di HP",
    Channel.EMAIL: "Email",
    Channel.SMS: "SMS",
    Channel.CALL: "Telepon dari posko",
}
"""What each is called on a page."""
