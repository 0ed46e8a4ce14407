"""One-time codes of the office's people: invitations and recovery codes. Only keyed hashes of them are kept.

80 and 40 random bits under a key that the database does not hold; whoever has that key too can read the second
factors themselves, so a slow hash would protect nothing more (ASVS 6.5.2).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.crypto import keys
from app.db import locked_for_update
from app.models import Staff, StaffCode
from app.rules import codes
from app.rules.separators import without_separators

INVITATION_LIFE = timedelta(hours=24)
RECOVERY_CODES = 10
_INVITATION_KEYS = 2
"""An invitation is two keys long: it is looked up without a username."""


class CodeGone(Exception):
    """The invitation is unknown, used or older than 24 hours."""


def _hash(purpose: str, code: str) -> bytes:
    return keys().token_hash(f"staff|{purpose}|{code}")


def _read(typed: str, parts: int) -> str:
    """The stored form of a typed code of so many keys. Raises CodeGone."""
    text = without_separators(typed)
    size = codes.KEY_LENGTH
    if len(text) != size * parts:
        raise CodeGone
    try:
        return "".join(codes.parse_key(text[place : place + size]) for place in range(0, len(text), size))
    except codes.CodeError:
        raise CodeGone from None


def find_invitation(typed: str, now: datetime) -> StaffCode:
    """The invitation that was typed. Raises CodeGone."""
    code_hash = _hash("invitation", _read(typed, _INVITATION_KEYS))
    return usable(StaffCode.get_or_none(StaffCode.code_hash == code_hash), now)


def new_invitation(staff: Staff, now: datetime) -> str:
    """One invitation at a time: an older one stops working."""
    old = (StaffCode.staff == staff) & (StaffCode.kind == "invitation") & StaffCode.used_at.is_null()
    StaffCode.update(used_at=now).where(old).execute()
    code = "".join(codes.new_key() for _ in range(_INVITATION_KEYS))
    StaffCode.create(
        staff=staff,
        kind="invitation",
        code_hash=_hash("invitation", code),
        created_at=now,
        expires_at=now + INVITATION_LIFE,
    )
    return code


def new_recovery_codes(staff: Staff, now: datetime) -> list[str]:
    """Ten fresh ones in place of whatever was left, inside the caller's transaction."""
    StaffCode.delete().where((StaffCode.staff == staff) & (StaffCode.kind == "recovery")).execute()
    made = [codes.new_key() for _ in range(RECOVERY_CODES)]
    for code in made:
        StaffCode.create(
            staff=staff, kind="recovery", code_hash=_hash(f"recovery:{staff.id}", code), created_at=now
        )
    return made


def usable(code: StaffCode | None, now: datetime) -> StaffCode:
    """The code itself, if it is unused, in time and of an open account. Raises CodeGone."""
    if code is None or code.used_at is not None or code.expires_at is None or code.expires_at <= now:
        raise CodeGone
    if not code.staff.active:
        raise CodeGone
    return code


def usable_again(code: StaffCode, now: datetime) -> StaffCode:
    """The row as it is now, locked: two windows cannot both finish. Raises CodeGone."""
    locked = locked_for_update(StaffCode.select().where(StaffCode.id == code.id)).first()
    return usable(locked, now)


def spend(code: StaffCode, now: datetime) -> None:
    """Used up, inside the caller's transaction."""
    StaffCode.update(used_at=now).where(StaffCode.id == code.id).execute()


def use_recovery_code(staff: Staff, typed: str, now: datetime) -> bool:
    """Whether this is one of the person's unused recovery codes; it is spent by asking."""
    try:
        code_hash = _hash(f"recovery:{staff.id}", _read(typed, 1))
    except CodeGone:
        return False
    mine = (StaffCode.staff == staff) & (StaffCode.kind == "recovery") & (StaffCode.code_hash == code_hash)
    spent = StaffCode.update(used_at=now).where(mine & StaffCode.used_at.is_null()).execute()
    return int(spent) == 1


def recovery_codes_left(staff: Staff) -> int:
    """How many ways back in a person still has."""
    mine = (StaffCode.staff == staff) & (StaffCode.kind == "recovery") & StaffCode.used_at.is_null()
    return int(StaffCode.select().where(mine).count())


def shown(code: str) -> str:
    """`ABCDEFGH01234567` as `ABCD-EFGH-0123-4567`."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))
