"""Deciding whether two records are one person: by people, with a reason, undone with a reason, never by itself.

Neither of the two is ever told anything of the other (security threats 4 and 5).
"""

from __future__ import annotations

from datetime import datetime

from app.db import locked_for_update, writing
from app.models import Application, Draw, Entry, Result, SuspectedPair
from app.rules import codes, states
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, casework, ledger, notices, pairs
from app.services.casework import Changed
from app.services.ledger import Actor

SAME = ("first", "second")
DIFFERENT = "different"


class NeedsKtp(Exception):
    """Two claims to one NIK are settled with the card in hand, not here."""


class HasResult(Exception):
    """The record that would end has a result, or is in a list that is locked: taking that away needs two people."""


def decide_different(pair_id: int, reason: str, seen: str, actor: Actor, now: datetime) -> None:
    """Two people: nothing changes for either. `reason` is for the office. Raises Changed, NeedsKtp."""
    with writing():
        pair = _as_seen(pair_id, seen)
        _decide(pair, DIFFERENT, reason, actor, now)


def decide_same(pair_id: int, stays: str, reason: str, seen: str, actor: Actor, now: datetime) -> None:
    """One person: the record `stays` ("first" or "second") goes on, the other is withdrawn and its owner told.

    Neither is told anything of the other. Raises Changed, NeedsKtp, HasResult.
    """
    if stays not in SAME:
        raise ValueError(stays)
    with writing():
        pair = _as_seen(pair_id, seen)
        _decide(pair, stays, reason, actor, now)
        _end(pair.second_id if stays == "first" else pair.first_id, actor, now)


def undo(pair_id: int, reason: str, seen: str, actor: Actor, now: datetime) -> int:
    """Open a decided pair again; what the decision had withdrawn goes on, unless its wave was published meanwhile.

    Returns how many applications go on. Raises Changed.
    """
    with writing():
        pair = _locked(pair_id)
        if not pair.decision or pairs.mark(pair) != seen:
            raise Changed
        ended = {"first": pair.second_id, "second": pair.first_id}.get(pair.decision)
        audit.record(actor.audit_name, "pair.undo", f"pair:{pair.id}", now, pair.decision)
        opened = {"decision": "", "reason": reason, "decided_by": actor.staff, "decided_at": now}
        SuspectedPair.update(opened).where(SuspectedPair.id == pair.id).execute()
        return _resume(ended, actor, now) if ended else 0


def _locked(pair_id: int) -> SuspectedPair:
    pair: SuspectedPair | None = locked_for_update(
        SuspectedPair.select().where(SuspectedPair.id == pair_id)
    ).first()
    if pair is None:
        raise Changed
    return pair


def _as_seen(pair_id: int, seen: str) -> SuspectedPair:
    pair = _locked(pair_id)
    if pair.decision or pairs.mark(pair) != seen:
        raise Changed
    if is_for_ktp(pair):
        raise NeedsKtp
    return pair


def is_for_ktp(pair: SuspectedPair) -> bool:
    """Whether both claim one NIK now: then the KTP decides, on the page for that."""
    return bytes(pair.first.nik_index) == bytes(pair.second.nik_index)


def _decide(pair: SuspectedPair, decision: str, reason: str, actor: Actor, now: datetime) -> None:
    kept = {"decision": decision, "reason": reason, "decided_by": actor.staff, "decided_at": now}
    SuspectedPair.update(kept).where(SuspectedPair.id == pair.id).execute()
    audit.record(actor.audit_name, "pair.decide", f"pair:{pair.id}", now, decision)


def _end(applicant_id: int, actor: Actor, now: datetime) -> None:
    for application in locked_for_update(Application.select().where(Application.applicant == applicant_id)):
        state = State(application.state)
        if state not in casework.UNDECIDED or _is_locked(application):
            raise HasResult
        if not states.withdrawable(state):
            continue
        ledger.move(application, State.WITHDRAWN, Reason.DUPLICATE, actor, now, told="kabar")
        _tell(application, "Ada kabar tentang pendaftaran Anda", Reason.DUPLICATE, now)
        audit.record(actor.audit_name, "application.duplicate", f"application:{application.id}", now)


def _is_locked(application: Application) -> bool:
    """In the selection, and its outcome is set or can no longer be kept from being drawn: not one person's to end."""
    if application.state != State.IN_SELECTION:
        return False
    frozen = Draw.select(Draw.id).where((Draw.wave == application.wave_id) & Draw.frozen_at.is_null(False))
    in_hat = Entry.select(Entry.id).where((Entry.application == application.id) & Entry.draw.in_(frozen))
    has_result = Result.select(Result.id).where(Result.application == application.id)
    return bool(in_hat.exists() or has_result.exists())


def _resume(applicant_id: int, actor: Actor, now: datetime) -> int:
    count = 0
    for application in locked_for_update(Application.select().where(Application.applicant == applicant_id)):
        last = casework.lines(application)[0]
        if (last.to_state, last.reason) != (State.WITHDRAWN.value, Reason.DUPLICATE.value):
            continue
        if application.wave is not None and application.wave.published_at is not None:
            continue  # its owner joins the next wave; this one is over
        before = next(
            (one for one in casework.lines(application)[1:] if one.to_state == last.from_state), None
        )
        ledger.move(application, State.SUBMITTED, Reason.NOT_DUPLICATE, actor, now, told="kabar")
        if before is not None and before.to_state == State.NEEDS_FIX:
            ledger.move(application, State.NEEDS_FIX, Reason(before.reason), actor, now, told="kabar")
        _tell(application, "Pendaftaran Anda dilanjutkan", Reason.NOT_DUPLICATE, now)
        audit.record(actor.audit_name, "application.restore", f"application:{application.id}", now)
        count += 1
    return count


def _tell(application: Application, title: str, reason: Reason, now: datetime) -> None:
    words = states.REASON_WORDS[reason]
    notices.write(
        applicant_id=application.applicant_id,
        application=application,
        wave_id=application.wave_id,
        kind="fix",
        key=f"{reason.value}:{application.id}:{round(now.timestamp())}",
        title=title,
        body=f"Nomor pendaftaran {codes.shown(application.ticket)}. {words.sentence} {words.remedy}".strip(),
        path="/saya",
        now=now,
    )
