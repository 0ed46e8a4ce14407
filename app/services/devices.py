"""Known phones: browsers that have proved to belong to a person.

A browser's cookie holds up to four tokens, newest first, one for each person who uses that phone: a family that
shares a phone is known on it, each with an own PIN.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from app.crypto import HashingBusy, keys, new_token
from app.db import writing
from app.models import Applicant, Device, PushSubscription, Session
from app.prepared import Prepared
from app.services import limits, sessions

#: Wrong PINs on a known phone before it counts as a new one.
[WRONG_PINS] = [limit.most for limit in limits.of("phone", "phone")]
#: How many people one browser's cookie remembers.
PEOPLE_PER_PHONE = 4
#: How long a phone that a PIN reset put out still hears of it by push, so that its owner can object (4.7).
HEARS_AFTER_RESET = timedelta(hours=24)

#: What a browser says of itself and what people call it; the first that fits counts (order matters).
_PHONES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "HP Android"),
    ("Windows", "Komputer Windows"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Komputer Mac"),
    ("Linux", "Komputer Linux"),
)
_BROWSERS = (
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("UCBrowser/", "UC Browser"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def label_of(user_agent: str) -> str:
    """Plain words for a browser, such as "HP Android, Chrome", at most 40 letters."""
    phone = next((words for sign, words in _PHONES if sign in user_agent), "HP")
    browser = next((words for sign, words in _BROWSERS if sign in user_agent), "")
    return f"{phone}, {browser}" if browser else phone


_by_token: Prepared[Device] = Prepared(lambda token: Device.select().where(Device.token_hash == token))


# the cookie ---------------------------------------------------------------------------------------


def tokens_in(cookie: str | None) -> list[str]:
    """The tokens that a cookie holds, newest first; whatever else stands in it is ignored."""
    return [token for token in (cookie or "").split(".") if token][: PEOPLE_PER_PHONE + 1]


def with_token(cookie: str | None, token: str) -> str:
    """The cookie's new text when one more person is known on this browser.

    When there are too many the oldest drops out, but never the first of all: it is by this one that the browser is
    counted (limits), and mostly its owner.
    """
    *later, first = tokens_in(cookie) or [token]
    if token != first:
        later = [token, *(known for known in later if known != token)]
    return ".".join([*later[: PEOPLE_PER_PHONE - 1], first])


def browser_of(cookie: str | None) -> str | None:
    """What a browser is counted by, whoever is known on it: the first token that it was given; None for a new one."""
    return tokens_in(cookie)[-1] if tokens_in(cookie) else None


# rows ---------------------------------------------------------------------------------------------


def register(applicant: Applicant, label: str, shared: bool, now: datetime, token: str | None = None) -> str:
    """Make this browser a known phone of this person; returns the token for its cookie.

    `token` may be one that the browser already holds for this try, so that it is known even when our answer is
    lost on the way; one that stands for somebody already is not used again. Inside the caller's transaction.
    """
    if token is None or by_token(token) is not None:
        token = new_token()
    Device.create(
        applicant=applicant,
        token_hash=keys().token_hash(token),
        label=label,
        shared=shared,
        created_at=now,
        last_seen_at=now,
    )
    return token


def by_token(token: str) -> Device | None:
    """The phone that holds this token, whosever it is, known or put out."""
    return _by_token.first(keys().token_hash(token))


def find(cookie: str | None, applicant: Applicant) -> Device | None:
    """This person's known phone behind a cookie; None when it was put out or took too many wrong PINs."""
    return cast("Device | None", _live(cookie, Device.applicant == applicant.id).first())


def known(cookie: str | None, nik_index: bytes) -> list[Device]:
    """The known phones behind a cookie that belong to a claim to this NIK, last used first."""
    whose = (Applicant.nik_index == nik_index) & (Applicant.claim != "rejected")
    rows = _live(cookie, whose).order_by(Device.last_seen_at.desc())
    return list(rows)


def list_for(applicant: Applicant) -> list[Device]:
    """The known phones of a person, last used first."""
    mine = (Device.applicant == applicant.id) & Device.revoked_at.is_null() & (Device.wrong_pins < WRONG_PINS)
    return list(Device.select().where(mine).order_by(Device.last_seen_at.desc()))


def is_live(device: Device) -> bool:
    """Whether this phone is still known."""
    alive = Device.revoked_at.is_null() & (Device.wrong_pins < WRONG_PINS)
    return bool(Device.select().where((Device.id == device.id) & alive).exists())


def used(device: Device, shared: bool, now: datetime) -> None:
    """Note a sign-in with the right PIN: the count of wrong ones starts again. A shared phone gets no push."""
    seen = {"last_seen_at": now, "wrong_pins": 0, "shared": shared} | ({"rings": False} if shared else {})
    Device.update(**seen).where(Device.id == device.id).execute()
    if shared:
        PushSubscription.delete().where(PushSubscription.device == device.id).execute()


def is_right_pin(device: Device, applicant: Applicant, pin: str) -> bool:
    """Compare the PIN, counted on this phone alone: no outsider can use up its tries. Raises HashingBusy.

    The try is counted before it is checked, so that parallel tries all count; `used` starts the count again.
    """
    alive = Device.revoked_at.is_null() & (Device.wrong_pins < WRONG_PINS)
    counted = Device.update(wrong_pins=Device.wrong_pins + 1).where((Device.id == device.id) & alive)
    if counted.execute() != 1:
        return False
    try:
        return keys().verify_secret(applicant.id, pin, applicant.pin_hash)
    except HashingBusy:  # nobody looked at it
        Device.update(wrong_pins=Device.wrong_pins - 1).where(Device.id == device.id).execute()
        raise


def of(applicant: Applicant, id_text: str) -> Device | None:
    """A known phone of this person by the id that a page printed; None for anybody else's."""
    if not (id_text.isascii() and id_text.isdigit() and len(id_text) < 20):
        return None
    return next((device for device in list_for(applicant) if device.id == int(id_text)), None)


def share(session: Session, shared: bool) -> None:
    """Say that the phone of this session is the family's, or not any more; short limits hold at once."""
    with writing():
        Device.update(shared=shared).where(Device.id == session.device).execute()
        Session.update(shared=shared).where(Session.id == session.id).execute()
        if shared:
            PushSubscription.delete().where(PushSubscription.device == session.device).execute()


def count_summaries(applicant: Applicant, now: datetime) -> int:
    """How many phones that are not known have the summary open."""
    mine = (Session.applicant == applicant.id) & (Session.kind == "summary") & Session.revoked_at.is_null()
    return int(Session.select().where(mine & (Session.expires_at > now)).count())


def put_out(device: Device, now: datetime) -> None:
    """`revoke` as a verb of its own."""
    with writing():
        revoke(device, now)


def put_others_out(session: Session, now: datetime) -> None:
    """Leave this phone in and sign everybody else out, known or not."""
    applicant = cast(Applicant, session.applicant)
    with writing():
        revoke_others(applicant, session.device, now)
        sessions.revoke_others(now, applicant=applicant, keep=session)


def revoke(device: Device, now: datetime) -> None:
    """Make a phone unknown: it is signed out and hears nothing more. Inside the caller's transaction."""
    _put_out([device.id], now)
    PushSubscription.delete().where(PushSubscription.device == device.id).execute()


def revoke_others(applicant: Applicant, keep: Device | None, now: datetime) -> int:
    """Put out every phone of a person but one; returns how many were put out."""
    ids = _ids(applicant, keep)
    _put_out(ids, now)
    if ids:
        PushSubscription.delete().where(PushSubscription.device.in_(ids)).execute()
    return len(ids)


def revoke_after_reset(applicant: Applicant, now: datetime) -> None:
    """Put out every phone, but let each hear of the reset for a day: whoever lost the account must be able to object."""
    _put_out(_ids(applicant, None), now)


def forget_old_subscriptions(now: datetime) -> int:
    """Delete the push subscriptions of phones that were put out a day ago; returns how many (a periodic job)."""
    gone = Device.select(Device.id).where(Device.revoked_at <= now - HEARS_AFTER_RESET)
    return int(PushSubscription.delete().where(PushSubscription.device.in_(gone)).execute())


def _ids(applicant: Applicant, keep: Device | None) -> list[int]:
    rows = Device.select(Device.id).where((Device.applicant == applicant.id) & Device.revoked_at.is_null())
    return [row.id for row in rows if keep is None or row.id != keep.id]


def _put_out(ids: list[int], now: datetime) -> None:
    if not ids:
        return
    Device.update(revoked_at=now).where(Device.id.in_(ids)).execute()
    Session.update(revoked_at=now).where(Session.device.in_(ids) & Session.revoked_at.is_null()).execute()


def _live(cookie: str | None, whose: Any) -> Any:
    hashes = [keys().token_hash(token) for token in tokens_in(cookie)]
    alive = Device.revoked_at.is_null() & (Device.wrong_pins < WRONG_PINS)
    return (
        Device.select(Device, Applicant).join(Applicant).where(Device.token_hash.in_(hashes) & alive & whose)
    )
