"""Seats after the draw: every one that moves becomes a public line, every one that is left becomes free.

The ledger calls `follow` with each change of state, so no way of moving somebody can forget perubahan.csv. Rows are
locked in one order everywhere: application, offer, draw, seat, audit.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from peewee import fn

from app.db import locked_for_update, writing
from app.models import (
    Applicant,
    Application,
    Draw,
    Entry,
    FreedSeat,
    Objection,
    Offer,
    Result,
    SeatChange,
    Wave,
)
from app.rules import codes
from app.rules.reasons import Reason
from app.rules.states import State

SEATED = (State.SELECTED, State.IN_TRAINING, State.COMPLETED)
"""Whoever sits on a seat. What happens inside (bought, finished) is nobody else's business."""

WITHOUT = (State.RESERVE, State.NOT_SELECTED, State.REVOKED, State.WITHDRAWN)
UNLISTED = "unlisted"
"""perubahan.csv, column `from`, of somebody who was not in the hat, in the first line about this number."""

LATE = (Reason.ADDED_SEAT, Reason.SCORED_LATE)
"""What becomes of somebody who was not in the hat."""

CHUNK = 500


def follow(
    application: Application,
    before: State,
    reason: Reason,
    now: datetime,
    *,
    held_until: datetime | None = None,
) -> None:
    """Note what a change of state did to seats, inside the caller's transaction; `application` has its new state.

    A line in perubahan.csv where the wave was drawn, a free seat where one was left; `held_until` keeps it from being
    offered while its owner may still object. Before results are told there are no seats.
    """
    after = State(application.state)
    was, is_now = _public(before, reason), _public(after, reason)
    if not was or not is_now or was == is_now:
        return
    draw = _locked_draw(application.wave_id)
    if draw is not None:
        _line(draw, application, was, is_now, reason, now)
    if before in SEATED:
        _free(application, now, held_until or now)
    elif after in SEATED:
        _give_back(application, now)


def _public(state: State, reason: Reason) -> str:
    if state in SEATED:
        return State.SELECTED.value
    if state in WITHOUT:
        return state.value
    return UNLISTED if reason in LATE else ""


def _locked_draw(wave_id: int | None) -> Draw | None:
    """The draw of a wave once it was run, locked: its lines are counted without gaps."""
    run = (Draw.wave == wave_id) & Draw.drawn_at.is_null(False)
    found: Draw | None = locked_for_update(Draw.select(Draw.id).where(run)).first()
    return found


def _line(draw: Draw, application: Application, was: str, is_now: str, reason: Reason, now: datetime) -> None:
    mine = SeatChange.draw == draw.id
    last = SeatChange.select(fn.MAX(SeatChange.n)).where(mine).scalar()
    in_hat = Entry.get_or_none(Entry.application == application.id)
    entry = in_hat.entry if in_hat else codes.shown(application.entry_number)
    known = in_hat is not None or SeatChange.select().where(mine & (SeatChange.entry == entry)).exists()
    SeatChange.create(
        draw=draw.id,
        n=(last or 0) + 1,
        at=now,
        entry=entry,
        before=was if known else UNLISTED,
        after=is_now,
        reason=reason.value,
    )


# free seats -----------------------------------------------------------------------------------------


def _free(application: Application, now: datetime, offered_from: datetime) -> None:
    FreedSeat.create(
        wave=application.wave_id,
        application=application.id,
        via=_via(application),
        freed_at=now,
        offered_from=offered_from,
    )


def _via(application: Application) -> str:
    """How somebody came to the seat: by the draw, or by the offer that was accepted."""
    accepted = (Offer.application == application.id) & (Offer.answer == "accepted")
    offered = Offer.select(Offer.via).where(accepted).order_by(Offer.answered_at.desc()).scalar()
    drawn = Entry.select(Entry.via).where(Entry.application == application.id).scalar()
    return str(offered or drawn or "")


def _give_back(application: Application, now: datetime) -> None:
    """The seat that was held returns to its owner. Where it is gone already, the owner sits on an added one."""
    own = (FreedSeat.application == application.id) & (FreedSeat.outcome == "")
    ids = [row.id for row in locked_for_update(FreedSeat.select(FreedSeat.id).where(own))]
    live = Offer.select(Offer.seat).where(Offer.seat.in_(ids) & Offer.answer.in_(("", "accepted")))
    back = FreedSeat.id.in_(ids) & FreedSeat.id.not_in(live)
    FreedSeat.update(outcome="returned", closed_at=now).where(back).execute()


def freed(wave_id: int | None) -> int:
    """How many seats of a wave became free since its results were told and were not returned: told to who waits."""
    gone = (FreedSeat.wave == wave_id) & (FreedSeat.outcome != "returned")
    return int(FreedSeat.select().where(gone).count())


def disputed() -> Any:
    """Condition on FreedSeat: whoever had it objects and has no answer yet, so nobody else is offered it."""
    open_one = (Objection.application == FreedSeat.application) & Objection.answered_at.is_null()
    return fn.EXISTS(Objection.select(Objection.id).where(open_one))


def at_home(draw: Draw) -> Counter[str]:
    """How many of each labelled household have a seat, an open offer, or a seat that may still be given back."""
    seated = Application.state.in_([state.value for state in SEATED])
    asked = Application.id.in_(Offer.select(Offer.application).where(Offer.answer == ""))
    held = Application.id.in_(FreedSeat.select(FreedSeat.application).where(FreedSeat.outcome == ""))
    held &= Application.state.in_((State.REVOKED.value, State.NOT_SELECTED.value))
    rows = Entry.select(Entry.household).join(Application)
    labelled = (Entry.draw == draw.id) & (Entry.household != "")
    return Counter(row.household for row in rows.where(labelled & (seated | asked | held)))


def of_family(application: Application) -> int:
    """How many others with this family card have a seat, an open offer, or a seat that may still be given back.

    By the card itself: a household that became too large only with this entry has no label in the list.
    """
    seated = Application.state.in_([state.value for state in SEATED])
    asked = Application.id.in_(Offer.select(Offer.application).where(Offer.answer == ""))
    held = Application.id.in_(FreedSeat.select(FreedSeat.application).where(FreedSeat.outcome == ""))
    held &= Application.state.in_((State.REVOKED.value, State.NOT_SELECTED.value))
    others = (Application.wave == application.wave_id) & (Application.id != application.id)
    family = Applicant.kk_index == bytes(application.applicant.kk_index)
    rows = Application.select().join(Applicant).where(others & family & (seated | asked | held))
    return int(rows.count())


# left before the results were told ------------------------------------------------------------------


def note_gone(wave: Wave, now: datetime) -> int:
    """People with a result who withdrew before it was told: their line and their seat, up to CHUNK of them.

    Called when a wave is published, until it returns 0; run again it changes nothing.
    """
    left = (Application.state == State.WITHDRAWN.value) & Result.published_at.is_null()
    query = Result.select(Result, Application).join(Application).where((Result.wave == wave.id) & left)
    with writing():
        rows = list(query.order_by(Result.id).limit(CHUNK))
        for row in rows:
            mine = (Result.id == row.id) & Result.published_at.is_null()
            if Result.update(published_at=now).where(mine).execute():
                follow(row.application, State(row.outcome), Reason.OWN_WISH, now)
        return len(rows)
