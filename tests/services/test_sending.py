"""Sending a registration: once, whoever else sends at the same moment, and on the disk before anybody is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from peewee import IntegrityError

from app import db
from app.clock import SystemClock
from app.config import Settings
from app.models import Applicant, Application, AuditLine, Draft, LedgerEntry, Notice
from app.rules import codes
from app.services import applicants, audit, drafts, kunci, registration
from bench import people
from bench.product import stored
from bench.serving import GUNICORN, Server, serving
from bench.verdict import judge
from bench.walk import Browser, Walk
from bench.wire import LOOPBACK, Answer, Broken, Connection
from tests import build
from tests.conftest import NOW
from tests.security.rows import differences, everything
from tests.staff import rows
from tests.staff.test_races import together
from tests.states import PIN, answers, make_wave, owner, sent

pytestmark = pytest.mark.usefixtures("wave")


def ready(**steps: dict[str, object]) -> Draft:
    """Everything is answered and the PIN was chosen; the last button has not been pressed."""
    said = answers(**steps)
    draft, _ = drafts.start(said, NOW)
    applicants.make_person(draft, said, PIN, "HP Android, Chrome", NOW)
    return draft


def send(draft: Draft) -> registration.Receipt:
    return registration.send(draft.id, drafts.answers(draft), "teks izin", "WIB", NOW)


# once -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [4, None], ids=["in a wave", "waiting"])
def test_the_database_refuses_a_second_application_of_a_person_in_a_wave(number: int | None) -> None:
    one = sent()
    if number is None:
        Application.update(wave=None).execute()
    where = Application.get_by_id(one.id).wave
    with pytest.raises(IntegrityError), db.writing():
        rows.application(owner(one), where)
    assert Application.select().count() == 1
    rows.application(owner(one), make_wave(5))
    assert Application.select().count() == 2, "in another wave it may be"


def test_the_database_refuses_a_second_holder_of_a_nik() -> None:
    one = sent()
    with pytest.raises(IntegrityError), db.writing():
        rows.applicant(str(owner(one).nik))
    rival = rows.applicant(str(owner(one).nik), claim="disputed")
    with pytest.raises(IntegrityError), db.writing():
        Applicant.update(claim="holder").where(Applicant.id == rival.id).execute()
    assert Counter(row.claim for row in Applicant.select()) == {"holder": 1, "disputed": 1}


def test_one_draft_sent_from_many_places_at_once_is_one_application() -> None:
    draft = ready()
    receipts = together(*[partial(send, draft)] * 6)
    assert {type(one) for one in receipts} == {registration.Receipt}
    assert len({one.application.id for one in receipts}) == 1
    shown = [one.kunci for one in receipts if one.kunci]
    assert len(shown) == 1, "one of them holds the kunci"
    assert kunci.is_right(Applicant.get(), codes.parse_key(shown[0]))
    assert (Application.select().count(), LedgerEntry.select().count()) == (1, 1)
    assert Notice.select().where(Notice.kind == "received").count() == 1
    assert AuditLine.select().where(AuditLine.verb == "application.send").count() == 1


def test_of_many_who_claim_a_nik_at_once_one_holds_it() -> None:
    waiting = [ready() for _ in range(6)]
    receipts = together(*[partial(send, draft) for draft in waiting])
    assert {type(one) for one in receipts} == {registration.Receipt}
    assert Counter(row.claim for row in Applicant.select()) == {"holder": 1, "disputed": 5}
    assert Application.select().count() == 6
    assert len({one.application.ticket for one in receipts}) == 6
    assert audit.verify() == (AuditLine.select().count(), None)


def test_somebody_faster_with_the_same_nik_makes_this_claim_disputed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the other sent between the look and the write: what was begun is undone and done anew, whole."""
    slower, faster, is_claimed, looks = ready(), ready(), applicants.is_claimed, []

    def a_moment_too_early(applicant: Applicant) -> bool:
        looks.append(applicant.id)
        return len(looks) > 1 and is_claimed(applicant)

    send(faster)
    monkeypatch.setattr(applicants, "is_claimed", a_moment_too_early)
    receipt = send(slower)
    assert len(looks) == 2
    assert Applicant.get_by_id(slower.applicant_id).claim == "disputed"
    assert receipt.kunci is not None
    assert kunci.is_right(Applicant.get_by_id(slower.applicant_id), codes.parse_key(receipt.kunci))
    assert (Application.select().count(), LedgerEntry.select().count()) == (2, 2)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """drawn(n): from now on the code of an application that is there is drawn n times, then others."""
    real, left = codes.new_code, []
    monkeypatch.setattr(codes, "new_code", lambda: left.pop() if left else real())

    def again(times: int) -> None:
        left.extend([Application.get().ticket] * times)

    return again


def test_a_ticket_that_is_taken_is_drawn_anew(drawn: Callable[[int], None]) -> None:
    first, draft = sent(), ready(identitas={"nik": "3599015704880004"})
    drawn(1)
    made = send(draft).application
    assert made.ticket != first.ticket
    assert Applicant.get_by_id(made.applicant_id).claim == "holder"
    assert (Application.select().count(), LedgerEntry.select().count()) == (2, 2)


def test_when_no_ticket_is_free_nothing_was_sent(drawn: Callable[[int], None]) -> None:
    sent()
    draft = ready(identitas={"nik": "3599015704880004"})
    before = everything()
    drawn(6)  # three tries, each with a ticket and an entry number
    with pytest.raises(RuntimeError, match="no free ticket"):
        send(draft)
    assert differences(before, everything()) == []
    drawn(0)
    assert send(draft).kunci


# on the disk ------------------------------------------------------------------------------------------

#: How much a commit waits for: on PostgreSQL that it is in the log of its own disk, on SQLite that the log is synced.
WAITS, USUAL = {"sqlite": "2", "postgres": "on"}, {"sqlite": "1", "postgres": "on"}


def waits() -> str:
    """What this connection waits for now."""
    asked = "PRAGMA synchronous" if db.is_sqlite() else "SHOW synchronous_commit"
    return str(db.database.execute_sql(asked).fetchone()[0])


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch, database: object) -> list[str]:
    """What the connection waits for whenever a line of the audit is written, which is in the transaction."""
    if not db.is_sqlite():
        db.database.execute_sql(
            "SET synchronous_commit TO on"
        )  # the tests' own server does not wait unless told to
    seen: list[str] = []
    record = audit.record

    def watched(*given: object, **more: object) -> object:
        assert db.database.in_transaction()
        seen.append(waits())
        return record(*given, **more)

    monkeypatch.setattr(audit, "record", watched)
    return seen


@pytest.mark.only_on("postgres")
def test_a_page_of_the_wizard_does_not_wait_and_what_comes_after_it_does(noted: list[str]) -> None:
    draft = ready()
    with (
        db.database.atomic()
    ):  # a page's only statement is a transaction of its own; here it can be looked at
        drafts.save(draft, drafts.answers(draft), NOW)
        assert waits() == "off"
    assert waits() == "on"
    drafts.save(draft, drafts.answers(draft) | {"alamat": {"jalan": "Jalan Baru 7"}}, NOW)
    assert drafts.answers(Draft.get())["alamat"] == {"jalan": "Jalan Baru 7"}
    assert waits() == "on"


def test_whoever_is_told_sent_waits_for_the_disk(noted: list[str], backend: str) -> None:
    draft = ready()
    noted.clear()
    assert waits() == USUAL[backend], "a page of the wizard does not"
    application = send(draft).application
    assert set(noted) == {WAITS[backend]}
    assert waits() == USUAL[backend]
    noted.clear()
    reopened = drafts.to_change(application, NOW)
    registration.send(reopened.id, answers(alamat={"jalan": "Jalan Baru 7"}), "teks izin", "WIB", NOW)
    assert set(noted) == {WAITS[backend]}, "nor does a change"
    assert waits() == USUAL[backend]


def test_what_breaks_on_the_way_leaves_the_connection_as_it_was(
    noted: list[str], backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = ready()

    def broken(*_: object, **__: object) -> None:
        noted.append(waits())
        raise RuntimeError("power cut")

    noted.clear()
    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        send(draft)
    assert (noted, waits()) == ([WAITS[backend]], USUAL[backend])
    assert Application.select().count() == 0


# killed -----------------------------------------------------------------------------------------------


class KilledAfterSending:
    """A connection to a server that is killed with -9 as soon as the last page of the wizard is answered."""

    def __init__(self, server: Server) -> None:
        self._server, self._wire = server, Connection(server.port)
        self.killed, self.close = False, self._wire.close

    def exchange(self, request: bytes) -> Answer:
        answer = self._wire.exchange(request)
        if request.startswith(b"POST /daftar/periksa ") and not self.killed:
            assert answer.status == 303
            self._server.kill()
            self._wire.close()
            self.killed = True
        return answer


def test_killed_right_after_the_answer_the_registration_is_there(
    office: object, settings: Settings, tmp_path: Path
) -> None:
    """The office's server dies between the 303 of the last page and the receipt, and is started again."""
    today = date.today()
    build.wave(SystemClock().now(), number=5)
    environ = {
        "GELOMBANG_ENVIRONMENT": "test",
        "GELOMBANG_KEYS": settings.keys.to_json(),
        "GELOMBANG_VAR": str(tmp_path / "served"),
        "GELOMBANG_DATABASE_URL": settings.database_url,
        "GELOMBANG_PUBLIC_URL": f"http://{LOOPBACK}",
    }
    with serving(GUNICORN, "wsgi:app", environ, tmp_path / "server.log") as server:
        walk = Walk(8, people.answers(8, today))
        wire = KilledAfterSending(server)
        browser = Browser(wire, f"{LOOPBACK}:{server.port}", lambda _: None)
        with pytest.raises(Broken):
            walk.run(browser)
        assert (wire.killed, walk.acknowledged, walk.ticket) == (True, True, "")
        person = settings.keys.lookup_hash("nik", people.nik_of(8, today)[0])
        assert judge({person: ""}, stored()).holds
        server.start()
        walk.run(browser)
        wire.close()
    assert walk.ticket
    verdict = judge({person: walk.ticket}, stored())
    assert (verdict.holds, verdict.stored) == (True, 1)
