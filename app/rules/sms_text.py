"""What an SMS says: the notice's title, where it can be checked, and what we never ask for; one segment, never a result.

One segment is 160 septets of the GSM 7-bit alphabet (3GPP TS 23.038 section 6.2.1). One other letter would make it
70 characters of UCS-2 and cost two or three times as much, so a title with one is left out.
"""

from __future__ import annotations

from app.rules import notice_words

SEGMENT = 160
"""Septets of one SMS."""

TRIAL = (
    "Tes dari Gelombang. SMS ini dikirim petugas untuk mencoba. Kami tidak pernah minta PIN, kode, atau uang."
)
"""What `flask sms test` sends."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")


class TooLong(ValueError):
    """Even the shortest words do not fit beside this address."""


def septets(text: str) -> int | None:
    """How much of a segment a text takes; None when the GSM alphabet lacks one of its letters."""
    if not all(letter in _BASIC or letter in _EXTENDED for letter in text):
        return None
    return sum(2 if letter in _EXTENDED else 1 for letter in text)


def text(title: str, link: str) -> str:
    """The words of an SMS about a notice. `link` is the address of its code (/cek/<code>). Raises TooLong."""
    where, never = (line.format(check=link) for line in notice_words.SMS)
    for said in (
        f"{title}. {where} {never}",
        f"{notice_words.SMS_TITLE}. {where} {never}",
        f"{notice_words.SMS_TITLE}. {where}",
    ):
        size = septets(said)
        if size is not None and size <= SEGMENT:
            return said
    raise TooLong(f"{len(link)} characters of address leave no room")
