"""What became of the example's people after their results: what they did, and what their phones answered.

As in `demo`, people act by the verbs of the product. Only the phones are made up: no push service is asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.models import Application, Delivery, Notice, Staff, Wave
from app.rules import ladder
from app.rules.deadlines import Deadline
from app.rules.reasons import Reason
from app.services import calls, casework, deadlines, reversals
from app.services.ledger import APPLICANT, Actor

#: How far the push of every seventh notice came; "" for people whom no push reaches.
ANSWERS = ("opened", "opened", "shown", "opened", "sent", "opened", "")
#: The place in ANSWERS of whom no push reaches, and how many of them are to be called.
NOBODY, CALLED = ANSWERS.index(""), 6
#: How many of the newest selected bought a training.
BUYERS = 5


def live_on(drawn: int, imported: int, now: datetime) -> None:
    """The two told waves (their numbers): some finished, some bought, some missed the date."""
    first, second = (Wave.get(Wave.number == number) for number in (drawn, imported))
    for n, application in enumerate(_selected(first)):
        if n % 6 == 5:
            _revoke(application, first.published_at + timedelta(days=40))
            continue
        bought = first.published_at + timedelta(days=2 + n % 9)
        deadlines.mark_done(application.id, Deadline.BUY_FIRST_TRAINING, APPLICANT, bought)
        deadlines.mark_done(application.id, Deadline.FINISH_TRAINING, APPLICANT, bought + timedelta(days=30))
        deadlines.mark_done(application.id, Deadline.WRITE_REVIEW, APPLICANT, bought + timedelta(days=31))
    for application in _selected(second)[:BUYERS]:
        deadlines.mark_done(application.id, Deadline.BUY_FIRST_TRAINING, APPLICANT, now - timedelta(days=3))
    for notice in Notice.select().where(Notice.wave.in_([first, second])).order_by(Notice.id):
        _answered(notice, ANSWERS[notice.applicant_id % len(ANSWERS)])
    _to_be_called(second, now)


def _selected(wave: Wave) -> list[Application]:
    return list(Application.select().where((Application.wave == wave.id) & (Application.state == "selected")))


def _revoke(application: Application, at: datetime) -> None:
    """Missed the date: one manager proposes, another confirms an hour later."""
    hadi, ratna = (
        Actor("staff", Staff.get(Staff.username == name)) for name in ("hadi.purnomo", "ratna.wulandari")
    )
    seen = len(casework.lines(application))
    proposal = reversals.propose(application.id, Reason.DEADLINE_MISSED, "", seen, hadi, at)
    reversals.confirm(proposal.id, ratna, at + timedelta(hours=1))


def _to_be_called(wave: Wave, now: datetime) -> None:
    """Whom nothing reached stands on the call list by now, and somebody with a place asked to be called."""
    unreached = Notice.select().where((Notice.wave == wave) & (Notice.kind == "result"))
    silent = [row for row in unreached.order_by(Notice.id) if row.applicant_id % len(ANSWERS) == NOBODY]
    for n, notice in enumerate(silent[:CALLED]):
        calls.open_for(notice, now - timedelta(hours=3 * n + 1))
        Notice.update(rung=ladder.CALL, climb_at=None).where(Notice.id == notice.id).execute()
    for application in _selected(wave)[:1]:
        calls.ask(application.applicant_id, now - timedelta(minutes=20))


def _answered(notice: Notice, state: str) -> None:
    """A push of this notice that went so far; opened means that its person read it too."""
    if not state:
        return
    sent, later = notice.created_at + timedelta(seconds=20), notice.created_at + timedelta(hours=2)
    Delivery.create(
        notice=notice,
        channel="push",
        state=state,
        attempts=1,
        not_before=notice.created_at,
        not_after=notice.created_at + timedelta(days=3),
        created_at=notice.created_at,
        done_at=sent,
        shown_at=sent if state in ("shown", "opened") else None,
        opened_at=later if state == "opened" else None,
    )
    if state == "opened":
        Notice.update(opened_at=later).where(Notice.id == notice.id).execute()
