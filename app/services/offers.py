"""A freed seat is offered to the next in line, with a time to answer; unanswered it moves on by itself.

One person at a time per seat, and one seat at a time per person: the database keeps both (offer_one_seat,
offer_one_open). Every answer is one conditional UPDATE, so it counts once and never after its time (threat 24).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import IntegrityError, fn

from app.db import acknowledged, locked_for_update, writing
from app.models import Application, Draw, FreedSeat, Offer, Wave
from app.rules import deadlines, local_time, refill
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, delivery, ledger, notices, office, reserve_line, seats
from app.services.deadlines import begin_buying
from app.services.ledger import APPLICANT, SYSTEM, Actor


class Gone(Exception):
    """This offer is not open (any more): answered already, or its time is over. `answer` is what became of it."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


@dataclass(frozen=True)
class Asked:
    """An open offer as its owner reads it. `buy_days` is how many days there are to buy the first training."""

    id: int
    wave: int
    until: str
    expires_at: datetime
    made_at: datetime
    buy_days: int


def open_for(application: Application | None, now: datetime, zone: str) -> Asked | None:
    """The offer that this application must answer now, or None."""
    if application is None or application.state != State.RESERVE:
        return None
    row = Offer.get_or_none(_open_at(now) & (Offer.application == application.id))
    if row is None or row.wave.archived_at is not None:
        return None
    until = local_time.day_clock(row.expires_at, zone)
    wave = row.wave
    return Asked(row.id, wave.number, until, row.expires_at, row.made_at, wave.buy_within_days)


def _open_at(now: datetime) -> Any:
    return (Offer.answer == "") & (Offer.expires_at > now)


# answering ------------------------------------------------------------------------------------------


def accept(offer_id: int, applicant_id: int, now: datetime) -> Application:
    """Take the seat. Raises Gone (answered, too late, not this person's). On the disk when it returns."""
    with acknowledged():
        offer, application = _answered(offer_id, applicant_id, "accepted", now)
        wave = offer.wave
        if wave.archived_at is not None:
            raise Gone("expired")
        _move(application, State.SELECTED, Reason.SEAT_OFFERED, APPLICANT, now)
        FreedSeat.update(outcome="taken", closed_at=now).where(FreedSeat.id == offer.seat_id).execute()
        begin_buying(application, wave, office.current().zone, now)
        audit.record("applicant", "offer.accept", f"application:{application.id}", now)
        return application


def decline(offer_id: int, applicant_id: int, now: datetime) -> Application:
    """Leave the seat to the next in line. Raises Gone. On the disk when it returns."""
    with acknowledged():
        _, application = _answered(offer_id, applicant_id, "declined", now)
        _move(application, State.NOT_SELECTED, Reason.SEAT_DECLINED, APPLICANT, now)
        audit.record("applicant", "offer.decline", f"application:{application.id}", now)
        return application


def _answered(offer_id: int, applicant_id: int, answer: str, now: datetime) -> tuple[Offer, Application]:
    mine = Application.select(Application.id).where(Application.applicant == applicant_id)
    offer = Offer.get_or_none((Offer.id == offer_id) & Offer.application.in_(mine))
    if offer is None:
        raise Gone("")
    application: Application = _locked(offer.application_id)
    said = Offer.update(answer=answer, answered_at=now).where((Offer.id == offer_id) & _open_at(now))
    if said.execute() != 1:
        raise Gone(Offer.get_by_id(offer_id).answer or "expired")
    delivery.call_off(f"offer:{offer_id}", applicant_id, answer, now)
    return offer, application


def _locked(application_id: int) -> Application:
    found: Application = locked_for_update(Application.select().where(Application.id == application_id)).get()
    return found


def _move(application: Application, to: State, reason: Reason, actor: Actor, now: datetime) -> None:
    try:
        ledger.move(application, to, reason, actor, now)
    except ledger.NotAllowed:  # withdrew, or the office decided something this very moment
        raise Gone("") from None


# the minute -----------------------------------------------------------------------------------------


def expire_due(now: datetime) -> int:
    """End the offers whose time is over, then offer every free seat to the next in line; returns how many of both.

    The worker calls it every minute; killed anywhere and run again it goes on, run twice it changes nothing.
    """
    due = (Offer.answer == "") & ((Offer.expires_at <= now) | (Application.state != State.RESERVE.value))
    rows = Offer.select(Offer.id).join(Application).where(due).order_by(Offer.expires_at, Offer.id)
    ids = [row.id for row in rows]
    ended = sum(_expire(offer_id, now) for offer_id in ids)
    return ended + _offer_free(now)


def _expire(offer_id: int, now: datetime) -> int:
    with writing():
        offer = Offer.get_by_id(offer_id)
        application = _locked(offer.application_id)
        left = application.state != State.RESERVE  # withdrew: the seat need not wait for the time
        over = Offer.answer == "" if left else (Offer.answer == "") & (Offer.expires_at <= now)
        ended = Offer.update(answer="expired", answered_at=now).where((Offer.id == offer_id) & over)
        if ended.execute() != 1:
            return 0
        if not left:
            ledger.move(application, State.NOT_SELECTED, Reason.OFFER_EXPIRED, SYSTEM, now, told="kabar")
            _tell_expired(application, offer, now)
        return 1


def _offer_free(now: datetime) -> int:
    """Seats that nobody objects about, of waves that were told and are not over.

    Told to everybody: as long as somebody is still on the way to the reserve list, whose turn it is cannot be said.
    """
    told = Wave.published_at.is_null(False) & Wave.telling_since.is_null() & Wave.archived_at.is_null()
    seats_there = FreedSeat.wave.in_(Wave.select(Wave.id).where(told))
    rows = FreedSeat.select(FreedSeat.id).where(_is_free(now) & seats_there)
    made = 0
    for row in list(rows.order_by(FreedSeat.offered_from, FreedSeat.id)):
        try:
            made += _offer(row.id, now)
        except IntegrityError:  # the other worker was faster; the next minute looks again
            continue
    return made


def _is_free(now: datetime) -> Any:
    return _is_nobodys() & (FreedSeat.offered_from <= now) & ~seats.disputed()


def _is_nobodys() -> Any:
    live = Offer.select(Offer.id).where((Offer.seat == FreedSeat.id) & Offer.answer.in_(("", "accepted")))
    return (FreedSeat.outcome == "") & ~fn.EXISTS(live)


def offerable(wave: Wave) -> int:
    """How many seats are free, or will be when nobody may object any more, and have somebody to be offered to."""
    draw = Draw.get_or_none(Draw.wave == wave.id)
    rows = FreedSeat.select().where((FreedSeat.wave == wave.id) & _is_nobodys())
    return sum(reserve_line.next_for(wave, draw, seat) is not None for seat in list(rows))


def _offer(seat_id: int, now: datetime) -> int:
    with writing():
        wave = FreedSeat.get_by_id(seat_id).wave
        draw = locked_for_update(Draw.select(Draw.id).where(Draw.wave == wave.id)).first()
        query = FreedSeat.select().where((FreedSeat.id == seat_id) & _is_free(now))
        seat = locked_for_update(query).first()
        if seat is None:
            return 0
        chosen = reserve_line.next_for(wave, draw, seat)
        if chosen is None:
            return 0
        zone = office.current().zone
        offer = Offer.create(
            seat=seat,
            application=chosen.who,
            wave=wave,
            via=seat.via,
            made_at=now,
            expires_at=refill.answer_by(now, wave.buy_within_days, zone),
        )
        _tell(offer, wave, zone, now)
        audit.record("system", "offer.make", f"application:{chosen.who}", now)
        return 1


# telling --------------------------------------------------------------------------------------------


def _tell(offer: Offer, wave: Wave, zone: str, now: datetime) -> None:
    until = local_time.day_clock(offer.expires_at, zone)
    notices.write(
        applicant_id=offer.application.applicant_id,
        application=offer.application,
        wave_id=wave.id,
        kind="offer",
        key=f"offer:{offer.id}",
        title=f"Masih mau? Jawab sebelum {until}",
        body=f"Ada tempat kosong di Gelombang {wave.number}, dan sekarang giliran Anda. Jawab sebelum {until}. "
        "Kalau tidak dijawab, tempatnya pindah ke urutan berikutnya.",
        path="/saya",
        words={"until": until},
        now=now,
        not_before=deadlines.quiet(now, zone),
        not_after=offer.expires_at,
    )


def _tell_expired(application: Application, offer: Offer, now: datetime) -> None:
    zone = office.current().zone
    delivery.call_off(f"offer:{offer.id}", application.applicant_id, "expired", now)
    notices.write(
        applicant_id=application.applicant_id,
        application=application,
        wave_id=application.wave_id,
        kind="offer_over",
        key=f"offer_over:{offer.id}",
        title="Waktu menjawab sudah lewat",
        body="Tempat yang kami tawarkan tidak dijawab, jadi pindah ke urutan berikutnya. "
        "Anda bisa ikut gelombang berikutnya tanpa mengisi ulang.",
        path="/saya",
        now=now,
        not_before=deadlines.quiet(now, zone),
    )
