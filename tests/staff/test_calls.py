"""The posko's call list: who stands on it, what an officer sees and says, what came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest

from app.clock import FixedClock
from app.models import Applicant, AuditLine, CallTask, Consent, Notice
from app.rules.states import State
from app.services import calls, ladder, sessions
from app.services.calls import Why
from tests.conftest import NOW
from tests.pages import Visitor
from tests.staff import rows
from tests.staff.conftest import Signed
from tests.worker.phones import tell

pytestmark = pytest.mark.usefixtures("office")

LIST = "/petugas/telepon"


def on_the_list(number: int = 1, name: str = "Siti Marlina", why: str = "notice", **columns: object) -> int:
    phone = f"+62812345{number:05}"
    person = rows.applicant(rows.nik(number), name, **{"phone": phone, "whatsapp": True} | columns)
    return rows.call(person, why=why)


def row() -> CallTask:
    return CallTask.get()


def noted(page_of: Visitor, task: int, hasil: str, kapan: str = "", status: int | None = None):
    answers = {"hasil": hasil} | ({"kapan": kapan} if kapan else {})
    return page_of.open(f"{LIST}/{task}").submit("Catat", answers, status=status)


# the list -----------------------------------------------------------------------------------------


def test_a_notice_that_nobody_opened_ends_on_the_list(signed: Signed, clock: FixedClock):
    tell(rows.applicant(), now=NOW)
    ladder.climb_due(NOW)
    clock.move(timedelta(hours=48))
    ladder.climb_due(clock.now())
    page = signed("officer", posko="Posko Sukodono").visitor.open("/petugas")
    page = page.click("Perlu ditelepon 1 orang")
    assert "Siti Marlina" in page.main
    assert "Belum membuka kabar penting" in page.main
    assert "0812" not in page.text


def test_an_officer_sees_the_own_district_and_the_office_everybody(signed: Signed):
    mine = on_the_list(1, "Siti Marlina", district="35.08.15")
    other = on_the_list(2, "Budi Hartono", district="35.08.01")
    officer = signed("officer", posko="Posko Sukodono").visitor
    assert "Budi" not in officer.open(LIST).main
    assert officer.ask("GET", f"{LIST}/{other}").status_code == 404
    assert officer.ask("GET", f"{LIST}/{mine}").status_code == 200
    page = signed("manager").visitor.open(LIST)
    assert page.main.index("Budi") < page.main.index("Siti")  # by district


def test_the_inspectorate_reads_names_and_gets_no_number(signed: Signed):
    task = on_the_list()
    auditor = signed("auditor").visitor
    assert "Siti Marlina" in auditor.open(LIST).main
    assert auditor.ask("GET", f"{LIST}/{task}").status_code == 404


def test_who_is_due_comes_before_who_waits_for_tomorrow(signed: Signed):
    first, second = on_the_list(1, "Anggun"), on_the_list(2, "Budi")
    CallTask.update(next_at=NOW + timedelta(days=1)).where(CallTask.id == first).execute()
    page = signed("manager").visitor.open(LIST)
    assert page.main.index("Budi") < page.main.index("Anggun")
    assert calls.count_due(None, NOW) == 1
    assert second


# one call -----------------------------------------------------------------------------------------


def test_the_words_name_nobody_and_no_result(signed: Signed):
    task = on_the_list()
    person = Applicant.get()
    Consent.create(applicant=person, purpose="wa", given=True, text_sha256="0" * 64, at=NOW)
    page = signed("officer").visitor.open(f"{LIST}/{task}")
    [tel] = [a.get("href") for a in page.parsed.all("a") if str(a.get("href")).startswith("tel:")]
    [wa] = [a.get("href") for a in page.parsed.all("a") if "wa.me" in str(a.get("href"))]
    assert tel == f"tel:{person.phone}"
    assert wa.startswith(f"https://wa.me/{person.phone.removeprefix('+')}?text=")
    said = unquote(wa.partition("text=")[2])
    assert said in page.main
    for secret in ("Siti", "terpilih", str(person.id), str(task), person.phone[3:]):
        assert secret not in said


def test_without_permission_there_is_no_whatsapp(signed: Signed):
    task = on_the_list()
    assert "wa.me" not in signed("officer").visitor.open(f"{LIST}/{task}").html


def test_without_a_number_it_says_so(signed: Signed):
    task = on_the_list()
    Applicant.update(phone=None).execute()
    assert "Nomor HP tidak ada" in signed("officer").visitor.open(f"{LIST}/{task}").main


@pytest.mark.parametrize("said", ["reached", "wrong_number"])
def test_a_result_ends_it_and_stands_in_the_audit_trail(signed: Signed, said: str):
    task = on_the_list()
    page = noted(signed("officer", "dewi.anggraini").visitor, task, said)
    assert "Tidak ada yang menunggu telepon" in page.main
    assert (row().state, row().tries, row().staff.username) == (said, 1, "dewi.anggraini")
    line = AuditLine.select().order_by(AuditLine.id.desc()).get()
    subject = f"applicant:{row().applicant_id}"
    assert (line.actor, line.verb, line.subject, line.detail) == (
        "staff:dewi.anggraini",
        "call.note",
        subject,
        said,
    )


@pytest.mark.parametrize(
    ("kapan", "due"),
    [
        ("dua-jam", None),
        ("besok-pagi", datetime(2026, 11, 23, 2, tzinfo=UTC)),
        ("besok-sore", datetime(2026, 11, 23, 9, tzinfo=UTC)),
    ],
)
def test_call_again_comes_back_at_its_time(
    signed: Signed, clock: FixedClock, kapan: str, due: datetime | None
):
    task = on_the_list()
    page = noted(signed("officer").visitor, task, "again", kapan)
    assert row().next_at == (due or clock.now() + timedelta(hours=2))
    assert (row().state, row().tries) == ("open", 1)
    assert "1 kali tidak terjawab" in page.main


def test_after_three_calls_without_an_answer_it_is_given_up(signed: Signed):
    task = on_the_list()
    officer = signed("officer").visitor
    for _ in range(3):
        page = noted(officer, task, "again", "dua-jam")
    assert "tidak ditelepon lagi" in page.main
    assert (row().state, row().tries) == ("gave_up", 3)
    assert officer.ask("GET", f"{LIST}/{task}").status_code == 404
    assert AuditLine.select().where(AuditLine.verb == "call.note").count() == 3


def test_what_is_missing_is_asked_for(signed: Signed):
    task = on_the_list()
    officer = signed("officer").visitor
    assert "Pilih hasil teleponnya" in officer.open(f"{LIST}/{task}").submit("Catat", {}, status=422).main
    assert "Pilih kapan" in noted(officer, task, "again", status=422).main
    assert row().tries == 0


def test_two_officers_do_not_both_count_one_call(signed: Signed):
    task = on_the_list()
    first, second = (signed("officer", name).visitor.open(f"{LIST}/{task}") for name in ("a.satu", "b.dua"))
    first.submit("Catat", {"hasil": "again", "kapan": "dua-jam"})
    assert "Orang lain baru saja" in second.submit("Catat", {"hasil": "reached"}, status=409).main
    assert (row().state, row().tries) == ("open", 1)


# asked for ----------------------------------------------------------------------------------------


@pytest.fixture
def siti(visitor: Visitor) -> Visitor:
    """Signed in fully; she was selected."""
    person = rows.applicant()
    rows.application(person, rows.wave(), State.SELECTED)
    with visitor.http.session_transaction(base_url=visitor.base_url) as cookie:
        cookie["_user_id"] = sessions.open_session("full", NOW, applicant=person)
    return visitor


def test_who_was_selected_may_ask_to_be_called(siti: Visitor, signed: Signed):
    page = siti.open("/saya/bantuan").submit("Minta petugas menelepon saya")
    assert "Petugas akan menelepon" in page.main
    assert "Minta petugas" not in page.main
    assert (row().why, row().state, row().notice_id) == (Why.ASKED, "open", None)
    assert "Minta ditelepon" in signed("officer").visitor.open(LIST).main


def test_asking_moves_what_waits_already_to_the_front(siti: Visitor):
    rows.call(Applicant.get(), next_at=NOW + timedelta(days=1))
    siti.open("/saya/bantuan").submit("Minta petugas menelepon saya")
    assert (row().why, row().next_at) == ("asked", NOW)


def test_who_asked_is_called_even_after_having_looked(siti: Visitor):
    notice = tell(Applicant.get(), now=NOW)
    task = rows.call(Applicant.get(), notice=notice)
    siti.open("/saya/bantuan").submit("Minta petugas menelepon saya")
    Notice.update(opened_at=NOW).execute()
    ladder.climb_due(NOW + timedelta(hours=1))
    assert (row().id, row().state) == (task, "open")


def test_who_has_no_place_to_lose_is_shown_the_office_s_number(visitor: Visitor):
    person = rows.applicant()
    rows.application(person, rows.wave(), State.IN_SELECTION)
    with visitor.http.session_transaction(base_url=visitor.base_url) as cookie:
        cookie["_user_id"] = sessions.open_session("full", NOW, applicant=person)
    page = visitor.open("/saya/bantuan")
    assert "Minta petugas" not in page.main
    assert not calls.ask(person.id, NOW)
    assert not CallTask.select().exists()
