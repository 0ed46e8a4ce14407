"""The second factor of the office's people: six digits of an authenticator app (RFC 6238), each good for one use."""

from __future__ import annotations

from datetime import datetime

import pyotp

from app.models import Staff

STEP_SECONDS = 30


def new_secret() -> str:
    """160 random bits in base 32 (RFC 4226 section 4 asks for 128 at least)."""
    return str(pyotp.random_base32())


def address(staff: Staff, issuer: str) -> str:
    """What the QR code holds: otpauth://totp/..."""
    return str(pyotp.TOTP(staff.totp_secret).provisioning_uri(name=staff.username, issuer_name=issuer))


def accept(staff: Staff, code: str, now: datetime) -> bool:
    """Whether the code is the one of this half minute, and not used before.

    No neighbouring half minute is taken (ASVS 6.5.5). The counter moves by one conditional UPDATE, so that of two
    requests with the same code only one succeeds (ASVS 6.5.1).
    """
    secret = staff.totp_secret
    if secret is None or not pyotp.TOTP(secret).verify(code, for_time=now, valid_window=0):
        return False
    counter = int(now.timestamp()) // STEP_SECONDS
    changed = Staff.update(totp_counter=counter).where(
        (Staff.id == staff.id) & (Staff.totp_counter < counter)
    )
    return int(changed.execute()) == 1
