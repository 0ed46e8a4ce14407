"""A person's PIN after the first day: asked again, changed, set anew with a posko code; and the kunci and the path
for new phones that go with it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from app.crypto import HashingBusy, keys
from app.db import locked_for_update, writing
from app.models import Applicant, OneTimeCode, Session
from app.rules import pin as rule
from app.services import audit, claims, codes, devices, kunci, limits, sessions
from app.services.claims import Refused
from app.services.signing_in import Opened, Phone, open_on_new_phone


class SessionOver(Exception):
    """Too many wrong PINs in an open session: it was ended, and the phone is a new one now."""


class BadPin(Exception):
    """The new PIN is easily guessed; `why` is the rule."""

    def __init__(self, why: rule.PinRefusal) -> None:
        super().__init__(why.value)
        self.why = why


def own_numbers(applicant: Applicant) -> dict[str, Any]:
    """What a PIN of this person must not be part of, as rules.pin takes it."""
    return {
        "nik": applicant.nik,
        "kk": applicant.kk,
        "phone": applicant.phone or "",
        "birth_date": date.fromisoformat(applicant.birth_date),
    }


def _owner(session: Session) -> Applicant:
    return cast(Applicant, session.applicant)


def again(session: Session, pin: str, now: datetime) -> str:
    """The PIN once more before a sensitive act: a new session takes the place of the old one (its token is returned).

    Raises Refused; SessionOver after five wrong ones; HashingBusy.
    """
    applicant, device = _owner(session), session.device
    if not _is_right(session, pin):
        if _tries_left(session):
            raise Refused
        sessions.revoke(session, now)
        raise SessionOver
    with writing():
        claims.lock_unchanged(applicant)
        if device is not None:
            devices.used(device, session.shared, now)
        sessions.revoke(session, now)
        token = sessions.open_session("full", now, applicant=applicant, device=device, shared=session.shared)
    claims.refresh_pin_hash(applicant, pin)
    return token


def _is_right(session: Session, pin: str) -> bool:
    """Counted on the known phone, or on the session of a tablet that is never known."""
    applicant = _owner(session)
    if session.device is not None:
        return devices.is_right_pin(session.device, applicant, pin)
    mine = (Session.id == session.id) & (Session.wrong_codes < devices.WRONG_PINS)
    if Session.update(wrong_codes=Session.wrong_codes + 1).where(mine).execute() != 1:
        return False
    try:
        return keys().verify_secret(applicant.id, pin, applicant.pin_hash)
    except HashingBusy:  # nobody looked at it
        Session.update(wrong_codes=Session.wrong_codes - 1).where(Session.id == session.id).execute()
        raise


def _tries_left(session: Session) -> bool:
    if session.device is not None:
        return devices.is_live(session.device)
    return bool(Session.get_by_id(session.id).wrong_codes < devices.WRONG_PINS)


def change(session: Session, pin: str, others_out: bool, now: datetime) -> str:
    """A new PIN from a full session: every session ends, a new one opens here (its token is returned).

    `others_out` also makes every other phone unknown. Raises BadPin, HashingBusy.
    """
    applicant, device = _owner(session), session.device
    why = rule.refusal(pin, **own_numbers(applicant))
    if why is not None:
        raise BadPin(why)
    pin_hash = keys().hash_secret(applicant.id, pin)
    with writing():
        list(locked_for_update(Applicant.select(Applicant.id).where(Applicant.id == applicant.id)))
        Applicant.update(pin_hash=pin_hash, pin_set_at=now).where(Applicant.id == applicant.id).execute()
        claims.tell(applicant, f"pin:{session.id}", "PIN Anda sudah diganti", _CHANGED, now)
        codes.void_posko_codes(applicant, now)
        sessions.revoke_others(now, applicant=applicant)
        if others_out:
            devices.revoke_others(applicant, device, now)
        audit.record("applicant", "pin.change", f"applicant:{applicant.id}", now)
        return sessions.open_session("full", now, applicant=applicant, device=device, shared=session.shared)


def set_with_posko_code(nik: str, code: str, pin: str, phone: Phone, now: datetime) -> Opened:
    """A code from a posko, on the own phone: new PIN, new kunci, and whoever was signed in before is out.

    `code` is in its stored form (rules.codes.parse_key). Raises Refused, BadPin (the code stays good),
    limits.Closed, HashingBusy.
    """
    nik_index = keys().lookup_hash("nik", nik)
    attempt = limits.begin("posko", nik_index, phone.place, now)
    try:
        row = _whose_code(nik_index, code, now)
        if row is None:
            raise Refused
        applicant = row.applicant
        why = rule.refusal(pin, **own_numbers(applicant))
        if why is not None:
            limits.forget(attempt)
            raise BadPin(why)
        pin_hash, fresh = keys().hash_secret(applicant.id, pin), kunci.make(applicant.id, now)
    except HashingBusy:
        limits.forget(attempt)
        raise
    with writing():
        claims.lock_unchanged(applicant)
        if not codes.use(row, now):
            raise Refused  # the same code was used a moment ago
        limits.succeeded(attempt)
        renewed = fresh.columns | {"pin_hash": pin_hash, "pin_set_at": now, "reopened_at": now}
        Applicant.update(**renewed).where(Applicant.id == applicant.id).execute()
        words = _RESET.format(codes.place_of(row))
        claims.tell(applicant, f"reset:{row.id}", "PIN Anda diganti dengan kode posko", words, now)
        devices.revoke_after_reset(applicant, now)
        sessions.revoke_others(now, applicant=applicant)
        audit.record("applicant", "pin.reset", f"applicant:{applicant.id}", now)
        return open_on_new_phone(applicant, phone, now, fresh.shown)


def _whose_code(nik_index: bytes, code: str, now: datetime) -> OneTimeCode | None:
    rows = codes.live_posko_codes(nik_index, now)[: claims.TRIED]
    found = claims.first_right(code, [(row.id, row.code_hash) for row in rows])
    return None if found is None else rows[found]


def renew_kunci(applicant: Applicant, now: datetime) -> str:
    """A new kunci for one that was lost or seen by others; returns it as shown. Raises HashingBusy."""
    made = kunci.make(applicant.id, now)
    with writing():
        Applicant.update(**made.columns).where(Applicant.id == applicant.id).execute()
        audit.record("applicant", "kunci.renew", f"applicant:{applicant.id}", now)
    return made.shown


def is_closed_on_new_phones(applicant: Applicant) -> bool:
    """Whether NIK + PIN on new phones is closed for this person until it is opened again."""
    return limits.is_exhausted(applicant.nik_index, claims.open_since(applicant))


def open_on_new_phones(applicant: Applicant, now: datetime) -> None:
    """The owner opens NIK + PIN on new phones again."""
    with writing():
        Applicant.update(reopened_at=now).where(Applicant.id == applicant.id).execute()
        audit.record("applicant", "pin.open", f"applicant:{applicant.id}", now)


_CHANGED = "Sejak sekarang pakai PIN yang baru. Bukan Anda yang menggantinya? Segera hubungi kantor kami."
_RESET = (
    "PIN diganti dengan kode dari {}. HP yang dulu dipakai sudah keluar. Bukan Anda yang meminta? Segera hubungi "
    "kantor kami."
)
