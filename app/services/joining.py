"""Into the next wave with the same answers: by one tap, or by itself for whoever has been waiting for a wave.

A person has one application per wave and at most one that waits for a wave; the database keeps both, so that two
taps, or a tap and the worker, make one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from peewee import JOIN, IntegrityError, fn

from app.db import acknowledged, locked_for_update, writing
from app.models import Applicant, Application, Draft, Wave
from app.rules import codes, deadlines, local_time
from app.rules.reasons import Reason
from app.rules.states import State
from app.rules.waves import WavePhase
from app.services import audit, group_claims, ledger, notices, office, pairs, waves
from app.services.ledger import APPLICANT, SYSTEM, Actor

CHUNK = 200
"""People taken into a wave in one transaction: short enough that nobody who registers meanwhile waits for it."""


class NotNow(Exception):
    """What the person saw on the page is not on offer any more."""


class Way(StrEnum):
    """What one tap would do: join the open wave, wait for the next one, or come back after withdrawing."""

    JOIN = "join"
    WAIT = "wait"
    COME_BACK = "come_back"


@dataclass(frozen=True)
class Offer:
    """What a person may do now. `wave` is None when there is none to join: then one waits for the next."""

    way: Way
    wave: Wave | None

    @property
    def mark(self) -> str:
        """What the page sends back, so that a tap never does something else than the button said."""
        return f"{self.way.value}-{self.wave.number if self.wave else ''}"


def newest(applicant_id: int) -> Application | None:
    """The application that counts now: the one made last, with its wave."""
    mine = Application.select(Application, Wave).join(Wave, JOIN.LEFT_OUTER)
    order = (Application.submitted_at.desc(), Wave.number.desc(nulls="first"))
    return cast(
        "Application | None", mine.where(Application.applicant == applicant_id).order_by(*order).first()
    )


def offer(applicant: Applicant, application: Application | None, now: datetime) -> Offer | None:
    """What this person may join, given the newest application; None when there is nothing to do."""
    if application is None or applicant.claim == "rejected" or pairs.is_given_up(applicant.id):
        return None
    state, wave = State(application.state), application.wave
    if state is State.WITHDRAWN and (wave is None or waves.phase_of(wave, now) is WavePhase.OPEN):
        return Offer(Way.COME_BACK, wave)
    waiting = wave is None and state is State.SUBMITTED
    if not waiting and not _is_over(state, wave, now):
        return None
    opened = waves.open_wave(now)
    if opened is None:
        return None if waiting else Offer(Way.WAIT, None)
    return None if _is_in(applicant.id, opened) else Offer(Way.JOIN, opened)


def _is_over(state: State, wave: Wave | None, now: datetime) -> bool:
    """No seat can come of this application any more, and none was had: selected people take part once."""
    if state in (State.NOT_SELECTED, State.WITHDRAWN):
        return True
    if state not in (State.SUBMITTED, State.NEEDS_FIX, State.IN_SELECTION, State.RESERVE):
        return False
    return wave is not None and waves.phase_of(wave, now) is WavePhase.ARCHIVED


def _is_in(applicant_id: int, wave: Wave) -> bool:
    there = (Application.applicant == applicant_id) & (Application.wave == wave.id)
    return bool(Application.select().where(there).exists())


def join(applicant_id: int, mark: str, now: datetime) -> Application:
    """Do what the offer with this mark said. Raises NotNow when it is not on offer (any more, or because it is done).

    On the disk when it returns.
    """
    for _ in range(3):  # a ticket that is taken already: among a million people some are drawn twice
        try:
            return _join(applicant_id, mark, now)
        except IntegrityError:
            continue
    raise RuntimeError("no free ticket in three tries")


def _join(applicant_id: int, mark: str, now: datetime) -> Application:
    with acknowledged():
        applicant = locked_for_update(Applicant.select().where(Applicant.id == applicant_id)).get()
        application = newest(applicant_id)
        offered = offer(applicant, application, now)
        if application is None or offered is None or offered.mark != mark:
            raise NotNow
        if offered.way is Way.COME_BACK:
            return _come_back(application, now)
        if offered.wave is not None and application.wave is None and application.state == State.SUBMITTED:
            if not _take_in(application, offered.wave, APPLICANT, now):
                raise NotNow  # the worker was faster
            audit.record("applicant", "application.join", f"application:{application.id}", now)
            return application
        return _copy(application, offered.wave, now)


def _copy(old: Application, wave: Wave | None, now: datetime) -> Application:
    application = Application(
        applicant=old.applicant_id,
        wave=wave,
        ticket=codes.new_code(),
        entry_number=codes.new_code(),
        state=State.SUBMITTED.value,
        work=old.work,
        submitted_at=now,
        changed_at=now,
        posko=old.posko_id,
    )
    application.answers = old.answers  # opened and sealed anew: a seal is bound to its row
    application.save(force_insert=True)
    # Answers not sent would make a second application of this person.
    Draft.delete().where((Draft.applicant == old.applicant_id) & Draft.done_at.is_null()).execute()
    group_claims.claim_for(application)
    ledger.begin(application, Reason.JOINED_NEXT_WAVE, APPLICANT, now)
    audit.record("applicant", "application.join", f"application:{application.id}", now)
    _tell(application, wave, now)
    return application


def _come_back(application: Application, now: datetime) -> Application:
    try:
        ledger.move(application, State.SUBMITTED, Reason.CAME_BACK, APPLICANT, now)
    except ledger.NotAllowed:  # the office decided something this very moment
        raise NotNow from None
    audit.record("applicant", "application.come_back", f"application:{application.id}", now)
    opened = waves.open_wave(now) if application.wave is None else None
    if opened is not None and not _is_in(application.applicant_id, opened):
        _take_in(application, opened, APPLICANT, now)
        return application
    _tell(application, application.wave, now)
    return application


# waiting for a wave -------------------------------------------------------------------------------


def admit_due(now: datetime) -> int:
    """Take everybody who waits into the wave that is open now, if one is; returns how many. The worker's minute."""
    opened = waves.open_wave(now)
    return admit_waiting(opened, now) if opened is not None else 0


def admit_waiting(wave: Wave, now: datetime) -> int:
    """Take everybody who waits into an open wave, the longest waiting first; returns how many.

    Each chunk is one transaction: killed anywhere and run again it goes on where it stopped. Whoever was asked to
    fix something stays out until it is fixed.
    """
    if waves.phase_of(wave, now) is not WavePhase.OPEN:
        return 0
    total = 0
    while True:
        with writing():
            chunk = list(_waiting_for(wave).limit(CHUNK))
            taken = sum(_take_in(application, wave, SYSTEM, now) for application in chunk)
            if taken:
                audit.record("system", "wave.admit", f"wave:{wave.number}", now, str(taken))
        total += taken
        if len(chunk) < CHUNK:
            return total


def _waiting_for(wave: Wave) -> Any:
    there = Application.alias()
    has_one = there.select(there.id).where(
        (there.applicant == Application.applicant) & (there.wave == wave.id)
    )
    waits = Application.wave.is_null() & (Application.state == State.SUBMITTED.value)
    people = Application.select().join(Applicant).where(waits & (Applicant.claim != "rejected"))
    return people.where(~fn.EXISTS(has_one)).order_by(Application.submitted_at, Application.id)


def _take_in(application: Application, wave: Wave, actor: Actor, now: datetime) -> bool:
    """Put a waiting application into a wave; False when somebody was faster, or its owner withdrew it just now."""
    waits = (Application.wave.is_null()) & (Application.state == State.SUBMITTED.value)
    change = Application.update(wave=wave, changed_at=now).where((Application.id == application.id) & waits)
    if change.execute() != 1:
        return False
    application.wave = wave
    group_claims.claim_for(application)
    ledger.remark(application, Reason.TAKEN_INTO_WAVE, actor, now)
    _tell(application, wave, now)
    return True


def _tell(application: Application, wave: Wave | None, now: datetime) -> None:
    zone = office.current().zone
    if wave is None:
        title = "Anda menunggu gelombang berikutnya"
        body = "Pendaftaran Anda kami simpan. Begitu gelombang dibuka, Anda ikut. Tidak perlu mendaftar lagi."
    else:
        title = f"Anda ikut Gelombang {wave.number}"
        closes = local_time.day_clock(wave.closes_at, zone)
        body = (
            f"Pendaftaran Anda ikut Gelombang {wave.number}. Tidak perlu mendaftar lagi. "
            f"Data masih bisa diubah sampai {closes}."
        )
    notices.write(
        applicant_id=application.applicant_id,
        application=application,
        wave_id=wave.id if wave else None,
        kind="joined",
        key=f"joined:{application.id}:{round(now.timestamp())}",
        title=title,
        body=body,
        path="/saya",
        now=now,
        not_before=deadlines.quiet(now, zone),
    )
