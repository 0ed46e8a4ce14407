"""Reminding selected people of what they must do by when, once each, and noting that they did it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app import bulk
from app.crypto import new_ids
from app.db import locked_for_update, writing
from app.models import Application, Deadline, Notice, Wave
from app.rules import deadlines as rules
from app.rules import local_time, states
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, delivery, ledger, notices, office
from app.services.ledger import Actor

#: Who still has something to lose. Whoever withdrew or was revoked is left in peace.
REMINDED = (State.SELECTED, State.IN_TRAINING, State.COMPLETED)
#: Deadlines that are looked at in one transaction.
CHUNK = 200
#: The first reminder goes out so long before the due day; a day more than that, because it goes at 08:00.
AHEAD = timedelta(days=max(rules.REMINDER_DAYS) + 1)

_DONE: dict[str, tuple[State, Reason]] = {
    rules.Deadline.BUY_FIRST_TRAINING: (State.IN_TRAINING, Reason.TRAINING_BOUGHT),
    rules.Deadline.FINISH_TRAINING: (State.COMPLETED, Reason.TRAINING_FINISHED),
}


def remind_due(now: datetime) -> int:
    """Write the reminders that have come up and were not written yet; returns how many.

    Asked every minute. What was missed while nothing ran is caught up by the latest reminder alone. The key of the
    notice (deadline, due day, number of the reminder) makes each exactly one, also with two workers; a deadline
    that was moved has other keys, so its reminders start anew.
    """
    zone = office.current().zone
    soon = Deadline.done_at.is_null() & (Deadline.due_at >= now) & (Deadline.due_at <= now + AHEAD)
    rows = Deadline.select(Deadline.id, Deadline.due_at, Deadline.created_at, Application.applicant)
    rows = rows.join(Application).where(soon & Application.state.in_([state.value for state in REMINDED]))
    come_up: list[tuple[int, int, str, int]] = []
    for row in rows.order_by(Deadline.id):
        days = rules.reminders_due(row.due_at, now, zone, (), row.created_at)
        if days is not None:
            come_up.append((row.id, row.application.applicant_id, _key(row, days, zone), days))
    written = 0
    for start in range(0, len(come_up), CHUNK):
        written += _write_missing(come_up[start : start + CHUNK], zone, now)
    return written


def _write_missing(come_up: list[tuple[int, int, str, int]], zone: str, now: datetime) -> int:
    people, names = {row[1] for row in come_up}, [row[2] for row in come_up]
    told = Notice.select(Notice.key).where(Notice.applicant.in_(people) & Notice.key.in_(names))
    known = {notice.key for notice in told}
    missing = [row for row in come_up if row[2] not in known]
    if not missing:
        return 0
    written = 0
    with writing():
        for deadline_id, _, key, days in missing:
            # Read again: the person may have pressed "sudah" or the office moved the day a moment ago.
            row = Deadline.get_or_none((Deadline.id == deadline_id) & Deadline.done_at.is_null())
            if row is not None and _key(row, days, zone) == key:
                written += _remind(row, key, days, zone, now)
    return written


def _remind(row: Deadline, key: str, days: int, zone: str, now: datetime) -> bool:
    application = row.application
    words = rules.WORDS[rules.Deadline(row.kind)]
    day = local_time.long_day(row.due_at, zone)
    by = local_time.day_clock(row.due_at, zone)
    left = _days_left(local_time.days_left(now, row.due_at, zone))
    written = notices.write(
        applicant_id=application.applicant_id,
        application=application,
        wave_id=application.wave_id,
        kind="deadline",
        key=key,
        title=f"Batas waktu Anda: {day}",  # on the lock screen: a date, and not for what
        body=f"{words.task} paling lambat {by}. {left} {words.missed}",
        path="/saya",
        words={"task": words.task, "by": by, "left": left, "missed": words.missed},
        now=now,
        # Worthless once the next one speaks; then a phone that was off hears one and not five.
        not_after=_next_moment(row.due_at, days, zone),
    )
    return written is not None


def _key(row: Deadline, days: int, zone: str) -> str:
    return f"deadline:{row.id}:{local_time.local_day(row.due_at, zone).isoformat()}:{days}"


def _days_left(days: int) -> str:
    if days == 0:
        return "Hari ini hari terakhir."
    return "Besok hari terakhir." if days == 1 else f"Tinggal {days} hari."


def _next_moment(due: datetime, days: int, zone: str) -> datetime:
    after = [rules.reminder_at(due, fewer, zone) for fewer in rules.REMINDER_DAYS if fewer < days]
    return min([*after, due])


def mark_done(application_id: int, kind: str, actor: Actor, now: datetime) -> bool:
    """Note that the task is done: reminders stop, the ledger moves on. False when there was nothing open.

    Buying the first training begins the training, finishing it completes the application; a review changes no
    state. `kind` is one of rules.deadlines.Deadline.
    """
    with writing():
        mine = (Deadline.application == application_id) & (Deadline.kind == kind) & Deadline.done_at.is_null()
        row = locked_for_update(Deadline.select().where(mine)).first()
        if row is None:
            return False
        Deadline.update(done_at=now).where(Deadline.id == row.id).execute()
        application = Application.get_by_id(application_id)
        delivery.call_off(f"deadline:{row.id}:", application.applicant_id, "done", now)
        to = _DONE.get(kind)
        if to is not None and states.may(State(application.state), to[0]):
            ledger.move(application, to[0], to[1], actor, now)
        audit.record(actor.audit_name, "deadline.done", f"application:{application_id}", now, detail=kind)
        begin_next(application, kind, now)
        return True


def begin_buying(application: Application, wave: Wave, zone: str, now: datetime) -> None:
    """Whoever is selected now has the days of the wave to buy the first training; told twice it stays as it is."""
    _begin(application, rules.Deadline.BUY_FIRST_TRAINING, wave.buy_within_days, zone, now)


def begin_buying_all(application_ids: Sequence[int], wave: Wave, zone: str, now: datetime) -> None:
    """As `begin_buying`, for some hundred people at once."""
    due = rules.due_at(now, wave.buy_within_days, zone)
    same = {
        Deadline.kind: rules.Deadline.BUY_FIRST_TRAINING.value,
        Deadline.due_at: due,
        Deadline.created_at: now,
    }
    rows = list(zip(new_ids(len(application_ids)), application_ids, strict=True))
    bulk.insert(Deadline, (Deadline.id, Deadline.application), rows, same, or_ignore=True)


def begin_next(application: Application, kind: str, now: datetime) -> None:
    """After a task comes the next one, when the wave has days for it: bought, then finished, then the review."""
    wave = application.wave
    if wave is None:
        return
    zone = office.current().zone
    if kind == rules.Deadline.BUY_FIRST_TRAINING:
        _begin(application, rules.Deadline.FINISH_TRAINING, wave.finish_within_days, zone, now)
    elif kind == rules.Deadline.FINISH_TRAINING:
        _begin(application, rules.Deadline.WRITE_REVIEW, wave.review_within_days, zone, now)


def _begin(
    application: Application, kind: rules.Deadline, days: int | None, zone: str, now: datetime
) -> None:
    if days is None:
        return
    due = rules.due_at(now, days, zone)
    row = Deadline(application=application, kind=kind.value, due_at=due, created_at=now)
    Deadline.insert(row.__data__).on_conflict_ignore().execute()


def end_open(application: Application, why: str, now: datetime) -> None:
    """Whoever lost or left the seat is reminded of nothing any more. `why` stands in the deliveries."""
    mine = (Deadline.application == application.id) & Deadline.done_at.is_null()
    for row in Deadline.select(Deadline.id).where(mine):
        delivery.call_off(f"deadline:{row.id}:", application.applicant_id, why, now)
    Deadline.delete().where(mine).execute()
