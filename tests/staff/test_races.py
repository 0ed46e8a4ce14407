"""Two at once: workers, officers, browsers. Each of these must happen once, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pyotp
import pytest
from flask import Flask

from app import db
from app.clock import FixedClock
from app.models import Application, AuditLine, Deadline, LedgerEntry, Notice, Result, Staff, Wave
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import (
    announcing,
    audit,
    casework,
    result_entry,
    results,
    staff_accounts,
    totp,
    wave_control,
)
from app.services.ledger import Actor, NotAllowed
from app.services.office import OfficeFacts
from app.services.result_entry import Outcome
from tests.staff import rows
from tests.staff.rows import Officer


def together(*acts: Callable[[], object]) -> list[object]:
    """Run all at the same moment, each on a connection of its own; what each returned or raised."""
    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        start.wait()
        try:
            answers[place] = act()
        except Exception as error:
            answers[place] = type(error)
        finally:
            db.database.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.fixture
def closed(office: OfficeFacts) -> Wave:
    return rows.wave(3, opens=-30, closes=-10, announce_at=None)


@pytest.fixture
def budi(app: Flask, office: OfficeFacts, clock: FixedClock) -> Officer:
    return rows.officer(app, clock, "budi.santoso", "verifier")


@pytest.fixture
def ratna(app: Flask, office: OfficeFacts, clock: FixedClock) -> Officer:
    return rows.officer(app, clock, "ratna.wulandari", "manager")


def test_four_workers_publish_once(
    closed: Wave, budi: Officer, ratna: Officer, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = rows.many(24, closed)
    chosen = Outcome(State.SELECTED, Reason.CENTRAL_RESULT)
    for one in people:
        result_entry.set_one(one.id, chosen, "", Actor("staff", budi.staff), clock.now())
    results.schedule_publication(Wave.get(), clock.now(), Actor("staff", ratna.staff), clock.now())
    monkeypatch.setattr(announcing, "CHUNK", 5)
    now = clock.now()
    answers = together(*[lambda: results.publish_due(now)] * 4)
    assert Counter(map(type, answers)) == {int: 4}
    assert sum(answers) == 24
    assert Application.select().where(Application.state == "selected").count() == 24
    assert (Notice.select().count(), Deadline.select().count()) == (24, 24)
    assert LedgerEntry.select().where(LedgerEntry.reason == "central_result").count() == 24
    assert AuditLine.select().where(AuditLine.verb == "wave.published").count() == 1
    assert audit.verify() == (AuditLine.select().count(), None)


def test_four_workers_close_once(closed: Wave, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    rows.many(24, closed, State.SUBMITTED)
    monkeypatch.setattr(wave_control, "CHUNK", 5)
    answers = together(*[lambda: wave_control.close_due(clock.now())] * 4)
    assert sum(answers) == 24
    assert LedgerEntry.select().where(LedgerEntry.reason == "wave_closed").count() == 24


def test_one_of_many_officers_marks_the_fault(closed: Wave, budi: Officer, clock: FixedClock) -> None:
    one = rows.application(rows.applicant(), closed)
    actor = Actor("staff", budi.staff)
    act = lambda: casework.ask_for_fix(one.id, Reason.OLD_KK, "", 1, actor, clock.now())  # noqa: E731
    answers = together(*[act] * 8)
    assert Counter(answers)[None] == 1
    assert set(answers) <= {None, casework.Changed, NotAllowed}
    assert LedgerEntry.select().count() == 2
    assert Notice.select().count() == 1


def test_one_of_many_verifiers_sets_the_result(closed: Wave, budi: Officer, clock: FixedClock) -> None:
    one = rows.application(rows.applicant(), closed, State.IN_SELECTION)
    actor = Actor("staff", budi.staff)
    reasons = [Reason.QUOTA_FULL, Reason.OTHER_AID, Reason.PAST_RECIPIENT, Reason.FAMILY_LIMIT]
    acts = [
        lambda reason=reason: result_entry.set_one(
            one.id, Outcome(State.NOT_SELECTED, reason), "", actor, clock.now()
        )
        for reason in reasons
    ]
    answers = together(*acts)
    assert Counter(answers) == {None: 1, wave_control.Changed: 3}
    assert Result.select().count() == 1


def test_one_of_many_managers_closes_the_wave(ratna: Officer, clock: FixedClock) -> None:
    seen = wave_control.mark(rows.wave(4))
    actor = Actor("staff", ratna.staff)
    answers = together(*[lambda: wave_control.close_now(4, seen, actor, clock.now())] * 8)
    assert Counter(answers) == {None: 1, wave_control.Changed: 7}
    assert AuditLine.select().where(AuditLine.verb == "wave.close").count() == 1


def test_a_code_opens_one_of_many_doors(budi: Officer, clock: FixedClock) -> None:
    digits = budi.digits
    staff = Staff.get_by_id(budi.staff.id)
    answers = together(*[lambda: totp.accept(staff, digits, clock.now())] * 8)
    assert Counter(answers) == {True: 1, False: 7}


def test_an_invitation_makes_one_account(office: OfficeFacts, clock: FixedClock) -> None:
    code = staff_accounts.invite("dewi", "Dewi", "officer", "", clock.now())
    invitation = staff_accounts.invitation(code, clock.now())
    staff_accounts.choose_password(invitation, rows.PASSWORD, clock.now())
    digits = pyotp.TOTP(str(Staff.get().totp_secret)).at(clock.now())
    answers = together(*[lambda: staff_accounts.finish(invitation, digits, clock.now())] * 6)
    assert Counter(map(type, answers)) == {list: 1, type: 5}


def test_sixty_opens_also_at_once(closed: Wave, budi: Officer, clock: FixedClock) -> None:
    one = rows.application(rows.applicant(), closed)
    actor = Actor("staff", budi.staff)
    for _ in range(57):
        casework.open_numbers(one.id, "ktp", actor, clock.now())
    answers = together(*[lambda: casework.open_numbers(one.id, "ktp", actor, clock.now())] * 8)
    assert Counter(answers)[casework.TooManyOpens] == 5
    assert AuditLine.select().where(AuditLine.verb == "nik.open").count() == 60
