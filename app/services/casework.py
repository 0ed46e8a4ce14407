"""What the office does with one applicant: look, ask for a fix, close it, open the full numbers, settle a dispute.

Every verb is one transaction with its ledger line, its notice and its audit line. `seen` is the number of ledger lines
that the officer saw: whoever acts on an old page is told so instead of overruling a colleague.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.db import locked_for_update, writing
from app.models import Applicant, Application, AuditLine, LedgerEntry
from app.rules import states
from app.rules.reasons import FIX_REASONS, Reason
from app.rules.states import State
from app.services import audit, devices, ledger, list_lock, notices, sessions
from app.services.ledger import Actor
from app.services.wave_control import NotNow

OPENS_A_DAY = 60
"""Full numbers that one person may open within 24 hours (security threat 7)."""

OPEN_REASONS: dict[str, str] = {
    "ktp": "Mencocokkan dengan KTP di depan saya",
    "fix": "Membetulkan data bersama orangnya",
    "call": "Orangnya menelepon atau menulis",
    "dispute": "Memeriksa dua pendaftar untuk satu NIK",
}
"""Why somebody opens a full NIK: the code stands in the audit line, the words are shown to the applicant too."""


class Changed(Exception):
    """Somebody was faster: what the person looked at is not what is there now."""


class TooManyOpens(Exception):
    """This person has opened as many full numbers as one may in a day."""


class CannotSettle(Exception):
    """The claim cannot be decided here, because the other one already has a result."""


@dataclass(frozen=True)
class Numbers:
    """NIK, KK number and birth date in full: shown once, on the answer to the request, and kept nowhere."""

    nik: str
    kk: str
    born: date


# looking ------------------------------------------------------------------------------------------


def find(application_id: int) -> Application | None:
    """An application with its person."""
    query = Application.select(Application, Applicant).join(Applicant)
    found: Application | None = query.where(Application.id == application_id).first()
    return found


def lines(application: Application) -> list[LedgerEntry]:
    """Its ledger, newest first."""
    own = LedgerEntry.select().where(LedgerEntry.application == application.id)
    return list(own.order_by(LedgerEntry.n.desc()))


def others_of_person(application: Application) -> list[Application]:
    """The same person's applications to other waves, newest first."""
    mine = (Application.applicant == application.applicant_id) & (Application.id != application.id)
    return list(Application.select().where(mine).order_by(Application.submitted_at.desc()))


def other_claims(person: Applicant) -> list[Application]:
    """The newest application of every other claim to the same NIK; none once this claim was rejected."""
    if person.claim == "rejected":
        return []
    rivals = (Applicant.nik_index == person.nik_index) & (Applicant.id != person.id)
    open_claim = Applicant.claim.in_(("holder", "disputed"))
    query = Application.select(Application, Applicant).join(Applicant).where(rivals & open_claim)
    newest: dict[int, Application] = {}
    for one in query.order_by(Application.submitted_at.desc()):
        newest.setdefault(one.applicant_id, one)
    return list(newest.values())


def opens_left(actor: Actor, now: datetime) -> int:
    """How many full numbers this person may still open within 24 hours."""
    mine = (AuditLine.verb == "nik.open") & (AuditLine.actor == actor.audit_name)
    done = AuditLine.select().where(mine & (AuditLine.at > now - timedelta(days=1))).count()
    return max(0, OPENS_A_DAY - int(done))


def open_numbers(application_id: int, why: str, actor: Actor, now: datetime) -> Numbers:
    """The full numbers, with the line that their owner reads in /saya. Raises TooManyOpens, KeyError for `why`."""
    OPEN_REASONS[why]
    with writing():
        person = Application.get_by_id(application_id).applicant
        # The line first: writing it makes parallel requests queue up, so that the count is right.
        audit.record(actor.audit_name, "nik.open", f"applicant:{person.id}", now, why)
        mine = (AuditLine.verb == "nik.open") & (AuditLine.actor == actor.audit_name)
        if AuditLine.select().where(mine & (AuditLine.at > now - timedelta(days=1))).count() > OPENS_A_DAY:
            raise TooManyOpens
        return Numbers(person.nik, person.kk, date.fromisoformat(person.birth_date))


# deciding -----------------------------------------------------------------------------------------


def ask_for_fix(
    application_id: int, reason: Reason, note: str, seen: int, actor: Actor, now: datetime
) -> None:
    """Mark data that must be corrected, and tell the person what and how.

    Not of somebody in a frozen list: from then on identities stand. Raises Changed, NotNow, ledger.NotAllowed.
    """
    if reason not in FIX_REASONS:
        raise ValueError(reason)
    with writing():
        application = as_seen(application_id, seen)
        list_lock.hold(application)
        if list_lock.is_locked(application):
            raise NotNow(list_lock.LOCKED)
        ledger.move(application, State.NEEDS_FIX, reason, actor, now, note=note or None, told="kabar")
        words = states.REASON_WORDS[reason]
        _tell(
            application, "Ada data yang perlu dibetulkan", f"{words.sentence} {words.remedy}", seen + 1, now
        )
        audit.record(actor.audit_name, "application.fix", f"application:{application.id}", now, reason.value)


def mark_complete(application_id: int, seen: int, actor: Actor, now: datetime) -> None:
    """Corrected together at the posko: back among those who wait. Raises Changed, ledger.NotAllowed."""
    with writing():
        application = as_seen(application_id, seen)
        ledger.move(application, State.SUBMITTED, Reason.FIXED_AT_POSKO, actor, now, told="kabar")
        _tell(
            application,
            "Data Anda sudah lengkap",
            "Data sudah dibetulkan. Anda tidak perlu apa-apa lagi.",
            seen + 1,
            now,
        )
        audit.record(actor.audit_name, "application.complete", f"application:{application.id}", now)


def nik_matches(application_id: int, seen: int, actor: Actor, now: datetime) -> None:
    """The odd NIK is the one on the KTP: take the flag off. Raises Changed."""
    with writing():
        application = as_seen(application_id, seen)
        person = application.applicant
        if not person.nik_flags:
            raise Changed
        audit.record(actor.audit_name, "nik.match", f"applicant:{person.id}", now, person.nik_flags)
        Applicant.update(nik_flags="").where(Applicant.id == person.id).execute()


UNDECIDED = frozenset(
    {State.SUBMITTED, State.NEEDS_FIX, State.IN_SELECTION, State.NOT_SELECTED, State.WITHDRAWN}
)
"""States of a rival application that a settled dispute may end; a place in the programme takes more than this."""


def settle(application_id: int, seen: int, actor: Actor, second: Actor | None, now: datetime) -> None:
    """The person with the KTP is the one this claim belongs to: every other claim to the NIK ends.

    When this takes the NIK from an undisputed holder, a second officer must have confirmed (`second`). The others are
    signed out everywhere. Raises Changed, CannotSettle.
    """
    with writing():
        application = as_seen(application_id, seen)
        person = application.applicant
        rivals = _rivals(person)
        if not rivals or person.claim not in ("holder", "disputed"):
            raise Changed
        overturns = any(rival.claim == "holder" for rival in rivals)
        if overturns and (second is None or second.audit_name == actor.audit_name):
            raise CannotSettle
        for rival in rivals:
            _reject(rival, actor, now)
        Applicant.update(claim="holder").where(Applicant.id == person.id).execute()
        confirmed = f"confirmed by {second.audit_name}" if second else ""
        audit.record(actor.audit_name, "claim.settle", f"applicant:{person.id}", now, confirmed)


def _rivals(person: Applicant) -> list[Applicant]:
    same = (Applicant.nik_index == person.nik_index) & (Applicant.id != person.id)
    return list(
        locked_for_update(Applicant.select().where(same & Applicant.claim.in_(("holder", "disputed"))))
    )


def _reject(rival: Applicant, actor: Actor, now: datetime) -> None:
    for application in Application.select().where(Application.applicant == rival.id):
        if State(application.state) not in UNDECIDED:
            raise CannotSettle
        if states.withdrawable(State(application.state)):
            ledger.move(application, State.WITHDRAWN, Reason.DATA_FALSE, actor, now, told="kabar")
    Applicant.update(claim="rejected").where(Applicant.id == rival.id).execute()
    sessions.revoke_others(now, applicant=rival)
    devices.revoke_others(rival, None, now)
    audit.record(actor.audit_name, "claim.reject", f"applicant:{rival.id}", now)


def as_seen(application_id: int, seen: int) -> Application:
    """The application, locked, if its ledger is as long as it was on the officer's page. Raises Changed."""
    application = locked_for_update(Application.select().where(Application.id == application_id)).first()
    if application is None or len(lines(application)) != seen:
        raise Changed
    return application  # type: ignore[no-any-return]


def _tell(application: Application, title: str, body: str, n: int, now: datetime) -> None:
    notices.write(
        applicant_id=application.applicant_id,
        application=application,
        wave_id=application.wave_id,
        kind="fix",
        key=f"fix:{application.id}:{n}",
        title=title,
        body=body.strip(),
        path="/saya",
        now=now,
    )
