"""The call list: whom the posko calls, because a notice was not opened or because they asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from app.db import locked_for_update, writing
from app.models import Applicant, Application, CallTask, Notice
from app.rules.states import State
from app.services import audit, call_list, office
from app.services.call_list import Sieve
from app.services.ledger import Actor

#: Calls that nobody answered before the list gives up.
TRIES = 3
#: Who may ask to be called: whoever has a place to lose.
MAY_ASK = (State.SELECTED.value, State.IN_TRAINING.value)


class Why(StrEnum):
    """Why somebody is on the list."""

    NOTICE = "notice"
    ASKED = "asked"


class Said(StrEnum):
    """What came of a call."""

    REACHED = "reached"
    WRONG_NUMBER = "wrong_number"
    AGAIN = "again"


class Changed(Exception):
    """The entry is not as it was seen: somebody else called, or it is not needed any more."""


# getting on the list ------------------------------------------------------------------------------


def open_for(notice: Notice, now: datetime) -> None:
    """Put the owner of a notice on the list, inside the caller's transaction; who is on it already stays there once."""
    _open(notice.applicant_id, Why.NOTICE, notice.id, now)


def ask(applicant_id: int, now: datetime) -> bool:
    """ "Saya butuh bantuan": call me, and now. False when this person has no place to lose."""
    with writing():
        locked_for_update(Applicant.select(Applicant.id).where(Applicant.id == applicant_id)).get()
        if not may_ask(applicant_id):
            return False
        mine = (CallTask.applicant == applicant_id) & (CallTask.state == "open")
        if not CallTask.update(why=Why.ASKED.value, next_at=now).where(mine).execute():
            _open(applicant_id, Why.ASKED, None, now)
            audit.record("applicant", "call.ask", f"applicant:{applicant_id}", now)
        return True


def may_ask(applicant_id: int) -> bool:
    """Whether this person has a place to lose."""
    mine = (Application.applicant == applicant_id) & Application.state.in_(MAY_ASK)
    return bool(Application.select().where(mine).exists())


def expected(applicant_id: int) -> bool:
    """Whether somebody of the office will call this person, for whatever reason."""
    mine = (CallTask.applicant == applicant_id) & (CallTask.state == "open")
    return bool(CallTask.select().where(mine).exists())


def callers(applicant: Applicant) -> tuple[str, ...]:
    """The numbers from which this person may be called, to read, while somebody is going to; else none."""
    if not expected(applicant.id):
        return ()
    near = [place.phone_shown for place in office.posko() if place.district == applicant.district]
    return tuple(dict.fromkeys(number for number in (*near, office.current().phone_shown) if number))


def waits(applicant_id: int) -> bool:
    """Whether this person will be called because they asked."""
    asked = (CallTask.why == Why.ASKED.value) & (CallTask.state == "open")
    return bool(CallTask.select().where((CallTask.applicant == applicant_id) & asked).exists())


def _open(applicant_id: int, why: Why, notice_id: int | None, now: datetime) -> None:
    row = CallTask(applicant=applicant_id, notice=notice_id, why=why.value, next_at=now, created_at=now)
    CallTask.insert(row.__data__).on_conflict_ignore().execute()


def settle(notice_ids: Sequence[int], now: datetime) -> None:
    """Nobody need be called because of these notices any more, inside the caller's transaction."""
    of_notices = CallTask.notice.in_(list(notice_ids)) & (CallTask.state == "open")
    moot = of_notices & (CallTask.why == Why.NOTICE.value)
    CallTask.update(state="settled", done_at=now).where(moot).execute()


# what came of a call ------------------------------------------------------------------------------


def count_due(district: str | None, now: datetime) -> int:
    """How many are to be called now; of one district, or of all when None."""
    sieve = Sieve(None if district is None else (district,))
    return int(call_list.sifted(sieve, now).where(CallTask.next_at <= now).count())


def find(task_id: int, district: str | None, now: datetime) -> CallTask | None:
    """One open entry with its person and its notice; None when it is not open or belongs to another district."""
    sieve = Sieve(None if district is None else (district,))
    rows = call_list.sifted(sieve, now).where(CallTask.id == task_id)
    return rows.first()  # type: ignore[no-any-return]


def note(task_id: int, seen_tries: int, said: Said, again_at: datetime, actor: Actor, now: datetime) -> str:
    """Write down what came of a call; returns the state of the entry. Raises Changed.

    `again_at` counts only for AGAIN; the third call without an answer ends it (gave_up). Each result is a line of the
    audit trail that the person can read.
    """
    with writing():
        row = locked_for_update(CallTask.select().where(CallTask.id == task_id)).first()
        if row is None or row.state != "open" or row.tries != seen_tries:
            raise Changed
        tries = row.tries + 1
        state = said.value if said is not Said.AGAIN else "gave_up" if tries >= TRIES else "open"
        columns = {"state": state, "tries": tries, "staff": actor.staff}
        columns |= {"taken_by": None, "taken_until": None}
        columns |= {"next_at": again_at} if state == "open" else {"done_at": now}
        CallTask.update(**columns).where(CallTask.id == row.id).execute()
        detail = state if said is not Said.AGAIN else f"no_answer:{tries}"
        audit.record(actor.audit_name, "call.note", f"applicant:{row.applicant_id}", now, detail=detail)
        return state
