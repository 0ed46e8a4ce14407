"""Signing in: NIK and PIN, on a known phone, on a new one, with kunci, or with a code to a proved email.

What each way is worth stands in security.md 4.2. Unknown NIK, wrong secret and closed path raise the same Refused
after the same number of hashes, so that neither words nor time tell whether a NIK is registered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.crypto import HashingBusy, keys, new_id
from app.db import writing
from app.models import Applicant, Device, OneTimeCode
from app.services import claims, codes, devices, kunci, limits, sessions
from app.services.claims import Refused


@dataclass(frozen=True)
class Phone:
    """The browser that asks. `cookie` holds the tokens it is known by.

    `token` is the one it will be known by; the browser holds it before it asks, so that a phone in a dead spot is
    known even when our answer never arrived. A tablet of the office (`is_offices`) is never known, and always shared.
    """

    place: limits.Where
    cookie: str | None
    token: str
    label: str
    shared: bool = False
    is_offices: bool = False

    def known_as(self, nik_index: bytes) -> list[Device]:
        """This browser as a known phone of claims to a NIK."""
        both = "" if self.is_offices else f"{self.token}.{self.cookie or ''}"
        return devices.known(both, nik_index)[: claims.TRIED]


@dataclass(frozen=True)
class Opened:
    """A sign-in: the session's token, its kind (full or summary), the token of a phone that is known from now on, and
    a new kunci (as shown, once) when the old one was used."""

    session_token: str
    kind: str
    device_token: str | None = None
    kunci: str | None = None


@dataclass(frozen=True)
class Asked:
    """An email code that was asked for. `issued` is None when nothing is to be sent, which nobody is told."""

    id: int
    issued: codes.Issued | None


_OTHER_PHONE = "{}. Bukan Anda? Buka daftar HP Anda, keluarkan HP itu, lalu ganti PIN."


# NIK and PIN --------------------------------------------------------------------------------------


def with_pin(nik: str, pin: str, phone: Phone, now: datetime) -> Opened:
    """A known phone opens a full session, a new one a summary session. Raises Refused, HashingBusy."""
    nik_index = keys().lookup_hash("nik", nik)
    known = phone.known_as(nik_index)
    if known:
        return _on_known_phone(known, pin, phone, now)
    try:
        attempt = limits.begin("pin", nik_index, phone.place, now)
    except limits.Closed:
        raise Refused from None
    there = claims.of_nik(nik_index)
    open_ones = [
        claim for claim in there if not limits.is_exhausted(nik_index, claims.open_since(claim), more=1)
    ]
    _take_as_long(nik_index, len(there), now)
    try:
        found = claims.first_right(pin, [(claim.id, claim.pin_hash) for claim in open_ones])
    except HashingBusy:
        limits.forget(attempt)
        raise
    if found is None:
        _tell_whose_path_closed(open_ones, now)
        _take_as_long(nik_index, len(open_ones), now)
        raise Refused
    applicant = open_ones[found]
    with writing():
        claims.lock_unchanged(applicant)
        limits.succeeded(attempt)
        token = sessions.open_session("summary", now, applicant=applicant, shared=phone.shared)
        claims.tell(
            applicant,
            f"summary:{now:%Y%m%d}",
            "Status Anda dibuka di HP lain",
            _OTHER_PHONE.format(phone.label),
            now,
        )
    claims.refresh_pin_hash(applicant, pin)
    return Opened(token, "summary")


def _on_known_phone(known: list[Device], pin: str, phone: Phone, now: datetime) -> Opened:
    for device in known:
        if devices.is_right_pin(device, device.applicant, pin):
            return _welcome_back(device, pin, phone, now)
    raise Refused


def _welcome_back(device: Device, pin: str, phone: Phone, now: datetime) -> Opened:
    applicant, shared = device.applicant, phone.shared or device.shared
    token = _token_of(device, phone)
    # The answer that held the new kunci never arrived: make another, the lost one is worth nothing to its owner.
    is_lost = token == phone.token and applicant.kunci_set_at == device.created_at
    fresh = kunci.make(applicant.id, now) if is_lost else None
    with writing():
        claims.lock_unchanged(applicant)
        devices.used(device, shared, now)
        if fresh:
            Applicant.update(**fresh.columns).where(Applicant.id == applicant.id).execute()
        session = sessions.open_session("full", now, applicant=applicant, device=device, shared=shared)
    claims.refresh_pin_hash(applicant, pin)
    return Opened(session, "full", token, fresh.shown if fresh else None)


def _token_of(device: Device, phone: Phone) -> str:
    held = [*devices.tokens_in(phone.cookie), phone.token]
    return next(token for token in held if keys().token_hash(token) == bytes(device.token_hash))


# kunci --------------------------------------------------------------------------------------------


def with_kunci(nik: str, pin: str, key: str, phone: Phone, now: datetime) -> Opened:
    """NIK, PIN and kunci together make a new phone known and open a full session; the kunci is replaced.

    `key` is the kunci in its stored form (rules.codes.parse_key). Raises Refused, limits.Closed, HashingBusy.
    """
    nik_index = keys().lookup_hash("nik", nik)
    known = phone.known_as(nik_index)
    if known:
        return _on_known_phone(known, pin, phone, now)
    attempt = limits.begin("kunci", nik_index, phone.place, now)
    try:
        applicant = _whose_kunci(nik_index, pin, key)
        fresh = kunci.make(applicant.id, now) if applicant else None
    except HashingBusy:
        limits.forget(attempt)
        raise
    if applicant is None or fresh is None:
        raise Refused
    with writing():
        claims.lock_unchanged(applicant)
        unused = (Applicant.id == applicant.id) & (Applicant.kunci_hash == applicant.kunci_hash)
        if Applicant.update(**fresh.columns).where(unused).execute() != 1:
            raise Refused  # the same kunci was used a moment ago
        limits.succeeded(attempt)
        opened = open_on_new_phone(applicant, phone, now, fresh.shown)
    claims.refresh_pin_hash(applicant, pin)
    return opened


def _whose_kunci(nik_index: bytes, pin: str, key: str) -> Applicant | None:
    """The claim whose kunci and PIN both fit; one slow hash whatever is wrong."""
    likely = claims.of_nik(nik_index, kunci.may_be(key))
    claim = next((claim for claim in likely if kunci.is_right(claim, key)), None)
    owner, stored = (claim.id, claim.pin_hash) if claim else (0, keys().dummy_hash)
    return claim if keys().verify_secret(owner, pin, stored) else None


# a code to a proved email -------------------------------------------------------------------------


def ask_email_code(nik: str, address: str, place: limits.Where, now: datetime) -> Asked:
    """Make a code when this NIK has proved this address; otherwise do as if. Raises limits.Closed, HashingBusy."""
    nik_index = keys().lookup_hash("nik", nik)
    attempt = limits.begin("email", nik_index, place, now)
    proved = claims.of_nik(nik_index, Applicant.email_proved_at.is_null(False))
    try:
        for claim in proved:
            if (claim.email or "").casefold() == address.casefold():
                issued = codes.issue(claim, codes.EMAIL_SIGN_IN, address, now)
                return Asked(issued.id, issued)
        claims.first_right("", [], 1)
    except codes.TooManyCodes:
        pass
    except HashingBusy:
        limits.forget(attempt)
        raise
    return Asked(new_id(), None)


def with_email_code(code_id: int, typed: str, phone: Phone, now: datetime) -> Opened:
    """The code from the mail opens a full session and makes the phone known. Raises Refused, HashingBusy."""
    try:
        attempt = limits.begin("code", keys().lookup_hash("code", str(code_id)), phone.place, now)
    except limits.Closed:
        raise Refused from None
    row = OneTimeCode.get_or_none((OneTimeCode.id == code_id) & (OneTimeCode.purpose == codes.EMAIL_SIGN_IN))
    applicant: Applicant | None = row.applicant if row else None
    if applicant is not None and (applicant.claim == "rejected" or applicant.email_proved_at is None):
        applicant = None
    address = applicant.email if applicant else None
    code = codes.right(applicant, codes.EMAIL_SIGN_IN, typed, now, address=address, code_id=code_id)
    with writing():
        if applicant is None or code is None or not codes.use(code, now):  # or it was used a moment ago
            raise Refused
        limits.succeeded(attempt)
        return open_on_new_phone(applicant, phone, now)


# the parts ----------------------------------------------------------------------------------------


def open_on_new_phone(
    applicant: Applicant, phone: Phone, now: datetime, new_kunci: str | None = None
) -> Opened:
    """Make the phone known, open a full session, tell the owner on the other phones. In the caller's transaction."""
    words = _OTHER_PHONE.format(phone.label)
    claims.tell(applicant, f"phone:{new_id()}", "Ada HP baru masuk ke akun Anda", words, now)
    if phone.is_offices:
        token, device = None, None
    else:
        token = devices.register(applicant, phone.label, phone.shared, now, phone.token)
        device = devices.find(token, applicant)
    session = sessions.open_session("full", now, applicant=applicant, device=device, shared=phone.shared)
    return Opened(session, "full", token, new_kunci)


def _take_as_long(nik_index: bytes, asked: int, now: datetime) -> None:
    """Ask the database as often for a NIK that nobody has as for one with as many claims as are tried (4.5)."""
    for _ in range(claims.TRIED - asked):
        limits.is_exhausted(nik_index, now)


def _tell_whose_path_closed(tried: list[Applicant], now: datetime) -> None:
    for claim in tried:
        since = claims.open_since(claim)
        if limits.is_exhausted(claim.nik_index, since):
            words = (
                "PIN Anda salah diketik berkali-kali di HP lain. HP ini tetap bisa dipakai. HP baru sekarang perlu "
                "kunci. Kalau itu Anda sendiri, buka lagi di daftar HP."
            )
            with writing():
                claims.tell(
                    claim, f"closed:{since:%Y%m%d%H%M%S}", "Masuk dari HP baru kami tutup", words, now
                )
