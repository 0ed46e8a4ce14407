"""Results before they are told: set one by one, or for all who are left; counted for the page of their wave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import fn

from app.db import locked_for_update, writing
from app.models import Applicant, Application, Entry, Result, ResultFile, Staff, Wave
from app.prepared import insert_all
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit
from app.services.ledger import Actor
from app.services.wave_control import Changed, NotNow, is_promised


@dataclass(frozen=True)
class Outcome:
    """One result: state is selected, reserve or not_selected; position counts the reserve list from 1.

    `dated` is the day that a file gives for it, as 2026-12-04; empty when it gives none.
    """

    state: State
    reason: Reason
    position: int | None = None
    dated: str = ""


@dataclass(frozen=True)
class Summary:
    """Where the results of a wave stand.

    `undecided` are disputed claims, `pending` results are set and not yet told, `missing` people are in the selection
    and have no result.
    """

    received: int
    in_selection: int
    needs_fix: int
    undecided: int
    selected: int
    reserve: int
    not_selected: int
    pending: int
    missing: int


def of(application_id: int) -> Result | None:
    """The result of one application, told or not."""
    return Result.get_or_none(Result.application == application_id)


def pending(wave: Wave) -> Any:
    """Query: results that are set and not yet told, of people who are still in the selection."""
    return (
        Result.select(Result.id)
        .join(Application)
        .where(
            (Result.wave == wave.id)
            & Result.published_at.is_null()
            & (Application.state == State.IN_SELECTION.value)
        )
    )


def missing(wave: Wave) -> Any:
    """Query: applications in the selection that have no result.

    Where a draw was promised only people in the hat count: whoever was settled after the list was frozen waits for an
    added seat and holds nobody up (design section 5).
    """
    has_one = Result.select(Result.id).where(Result.application == Application.id)
    in_selection = (Application.wave == wave.id) & (Application.state == State.IN_SELECTION.value)
    if is_promised(wave):
        in_hat = Entry.select(Entry.id).where(Entry.application == Application.id)
        in_selection &= fn.EXISTS(in_hat)
    return Application.select(Application.id).where(in_selection & ~fn.EXISTS(has_one))


def summary(wave: Wave) -> Summary:
    """Count everything of a wave."""
    alive = (Application.wave == wave.id) & (Application.state != State.WITHDRAWN.value)
    counted: Any = Application.select(Application.state, fn.COUNT(Application.id)).where(alive)
    states: dict[str, int] = dict(counted.group_by(Application.state).tuples())
    results: Any = Result.select(Result.outcome, fn.COUNT(Result.id)).join(Application).where(alive)
    outcomes: dict[str, int] = dict(results.group_by(Result.outcome).tuples())
    disputed = (
        Application.select(Application.id).join(Applicant).where(alive & (Applicant.claim == "disputed"))
    )
    return Summary(
        received=sum(states.values()),
        in_selection=states.get(State.IN_SELECTION.value, 0),
        needs_fix=states.get(State.NEEDS_FIX.value, 0),
        undecided=int(disputed.count()),
        selected=outcomes.get(State.SELECTED.value, 0),
        reserve=outcomes.get(State.RESERVE.value, 0),
        not_selected=outcomes.get(State.NOT_SELECTED.value, 0),
        pending=int(pending(wave).count()),
        missing=int(missing(wave).count()),
    )


def set_one(application_id: int, outcome: Outcome, seen: str, actor: Actor, now: datetime) -> None:
    """Set or replace the result of one person in the selection of a closed wave.

    `seen` is `mark` of the result that the person looked at. Raises Changed, NotNow.
    """
    with writing():
        application = locked_for_update(Application.select().where(Application.id == application_id)).first()
        if application is None or application.wave is None or mark(of(application_id)) != seen:
            raise Changed
        if application.state != State.IN_SELECTION:
            raise NotNow("Hasil hanya bisa diisi untuk orang yang masuk seleksi.")
        lock_for_results(application.wave_id, actor, now)
        store(application.wave_id, {application.id: outcome}, None, actor, now)
        audit.record(
            actor.audit_name, "result.set", f"application:{application.id}", now, outcome.state.value
        )


def fill_missing(number: int, expected: int, actor: Actor, now: datetime) -> int:
    """Everybody in the selection who has no result is not selected. Returns how many.

    `expected` is the number that the person confirmed. Raises Changed, NotNow.
    """
    with writing():
        wave = Wave.get(Wave.number == number)
        lock_for_results(wave.id, actor, now)
        ids = [row.id for row in missing(wave)]
        if len(ids) != expected:
            raise Changed
        rest = Outcome(State.NOT_SELECTED, Reason.CENTRAL_RESULT)
        store(wave.id, dict.fromkeys(ids, rest), None, actor, now)
        audit.record(actor.audit_name, "result.fill", f"wave:{number}", now, f"{expected} not selected")
        return len(ids)


def mark(result: Result | None) -> str:
    """A short name for a result as somebody saw it."""
    return (
        "" if result is None else f"{result.outcome}.{result.reason}.{result.position}.{result.published_at}"
    )


def refuse_now(wave: Wave, now: datetime) -> None:
    """Raises NotNow when this wave takes no results by hand or by file: it is drawn, or still open."""
    if is_promised(wave):
        raise NotNow("Gelombang ini diundi. Hasilnya hanya dari undian, tidak bisa diisi.")
    if wave.closes_at > now:
        raise NotNow("Gelombang ini masih dibuka. Hasil diisi sesudah ditutup.")


def lock_for_results(wave_id: int, actor: Actor, now: datetime) -> Wave:
    """Lock the wave for a change of results, inside the caller's transaction. Raises NotNow.

    A publication that was planned on the old results no longer holds: another person must plan it again.
    """
    wave: Wave = locked_for_update(Wave.select().where(Wave.id == wave_id)).get()
    refuse_now(wave, now)
    has_begun = wave.publish_at is not None and wave.publish_at <= now and wave.published_at is None
    if has_begun or wave.telling_since is not None:
        raise NotNow("Hasil gelombang ini sedang diumumkan. Tunggu sampai selesai.")
    if wave.publish_at is not None:
        Wave.update(publish_at=None, publish_by="").where(Wave.id == wave.id).execute()
        if wave.published_at is None:
            audit.record(actor.audit_name, "wave.publish_void", f"wave:{wave.number}", now)
    return wave


def store(
    wave_id: int, outcomes: dict[int, Outcome], file: ResultFile | None, actor: Actor, now: datetime
) -> None:
    """Write results by application id, replacing ones that were not told yet, inside the caller's transaction."""
    known = {row.application_id: row.id for row in Result.select().where(Result.wave == wave_id)}
    fresh = []
    for application_id, outcome in outcomes.items():
        columns: dict[str, Any] = {
            "outcome": outcome.state.value,
            "reason": outcome.reason.value,
            "position": outcome.position,
            "dated": outcome.dated,
            "file": file,
            "staff": actor.staff,
            "set_at": now,
        }
        if application_id in known:
            unpublished = (Result.id == known[application_id]) & Result.published_at.is_null()
            if Result.update(**columns).where(unpublished).execute() != 1:
                raise Changed
        else:
            # The id of its application: so results lie in the order in which they are told.
            fresh.append(Result(id=application_id, application=application_id, wave=wave_id, **columns))
    insert_all(fresh)


def authors(wave: Wave) -> list[Staff]:
    """Whoever set a result of this wave that was not told yet."""
    # Asked of each officer, which ends at the first such result: the results of a wave may be a million. The sum keeps
    # the databases from reading them all for whoever has none.
    own = (Result.staff == Staff.id) & (Result.wave + 0 == wave.id) & Result.published_at.is_null()
    waiting = Result.select(Result.id).join(Application).where(own)
    waiting = waiting.where(Application.state == State.IN_SELECTION.value)
    return list(Staff.select().where(fn.EXISTS(waiting)).order_by(Staff.name))
