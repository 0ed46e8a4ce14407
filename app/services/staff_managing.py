"""The accounts of the office in a manager's hands: what the terminal can do, and whom it may not be done to.

Whoever acts is an active manager at that moment and acts on somebody else. So one manager is always left, also when two
switch each other off at once: both ask for the same rows, and the second is none any more.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from app.db import locked_for_update, writing
from app.models import Staff
from app.services import audit, staff_accounts
from app.services.ledger import Actor
from app.services.wave_control import Changed


class OwnAccount(Exception):
    """Nobody switches off, changes or resets the own account here."""


def find(staff_id: int) -> Staff | None:
    """The account of this id, or None."""
    return Staff.get_or_none(Staff.id == staff_id)


def mark(staff: Staff) -> str:
    """A short name for everything that a manager can change: two equal marks, nothing happened between."""
    values = (staff.role, staff.posko_id, staff.active, staff.enrolled_at)
    return hashlib.sha256("|".join(map(str, values)).encode()).hexdigest()[:16]


def invite(username: str, name: str, role: str, posko: str, actor: Actor, now: datetime) -> str:
    """A new account, and the code for its owner. Raises Changed, staff_accounts.AccountProblem."""
    with writing():
        _still_manager(actor)
        return staff_accounts.invite(username, name, role, posko, now, actor)


def change(staff_id: int, role: str, posko: str, seen: str, actor: Actor, now: datetime) -> None:
    """Another role or help post; acts at the next click. Raises Changed, OwnAccount, staff_accounts.AccountProblem."""
    with writing():
        staff = _of_another(staff_id, seen, actor)
        stays = staff.posko is not None and staff.posko.name == posko  # also where it was closed
        staff.role, staff.posko = role, staff.posko if stays else staff_accounts.open_posko(posko)
        staff.save(only=[Staff.role, Staff.posko])
        audit.record(actor.audit_name, "staff.change", f"staff:{staff.id}", now, detail=role)


def switch_off(staff_id: int, seen: str, actor: Actor, now: datetime) -> None:
    """Shut the account with its sessions and codes. Raises Changed, OwnAccount."""
    with writing():
        staff = _of_another(staff_id, seen, actor)
        if not staff.active:
            raise Changed
        staff_accounts.disable(staff.username, now, actor)


def switch_on(staff_id: int, seen: str, actor: Actor, now: datetime) -> None:
    """Open it again: password and second factor are those of before. Raises Changed, OwnAccount."""
    with writing():
        staff = _of_another(staff_id, seen, actor)
        if staff.active:
            raise Changed
        Staff.update(active=True).where(Staff.id == staff.id).execute()
        audit.record(actor.audit_name, "staff.enable", f"staff:{staff.id}", now)


def invite_again(staff_id: int, seen: str, actor: Actor, now: datetime, *, new_phone: bool) -> str:
    """A code for a new password, or for a whole new start. Raises Changed, OwnAccount."""
    with writing():
        staff = _of_another(staff_id, seen, actor)
        if not staff.active:
            raise Changed
        return staff_accounts.invite_again(staff.username, now, new_phone=new_phone, by=actor)


def _of_another(staff_id: int, seen: str, actor: Actor) -> Staff:
    """The account, locked until the transaction ends, if it is as the manager saw it."""
    _still_manager(actor)
    staff = locked_for_update(Staff.select().where(Staff.id == staff_id)).first()
    if staff is None or mark(staff) != seen:
        raise Changed
    if staff.id == actor.officer().id:
        raise OwnAccount
    return staff  # type: ignore[no-any-return]


def _still_manager(actor: Actor) -> None:
    managers = Staff.select().where((Staff.role == "manager") & Staff.active).order_by(Staff.id)
    if actor.officer().id not in {row.id for row in locked_for_update(managers)}:
        raise Changed
