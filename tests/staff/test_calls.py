"""The posko's call list: who stands on it, what an officer sees and says, what came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

import pytest

from app.clock import FixedClock
from app.models import Applicant, AuditLine, CallTask, Consent, Notice
from app.rules import call_words
from app.rules.states import State
from app.services import call_list, calls, ladder, sessions
from app.services.calls import Why
from tests.conftest import NOW, PUBLIC_URL
from tests.pages import Visitor, text_of
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
    return page_of.open(f"{LIST}/{task}").submit("Catat saja", answers, status=status)


# the list -----------------------------------------------------------------------------------------


def test_a_notice_that_nobody_opened_ends_on_the_list(signed: Signed, clock: FixedClock):
    tell(rows.applicant(), now=NOW)
    ladder.climb_due(NOW)
    clock.move(timedelta(hours=48))
    ladder.climb_due(clock.now())
    page = signed("officer", posko="Posko Sukodono").visitor.open("/petugas")
    page = page.click("Perlu ditelepon 1 orang")
    assert "Siti Marlina" in page.main
    assert "Hasil belum dibuka" in page.main
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
    assert (
        "Pilih hasil teleponnya" in officer.open(f"{LIST}/{task}").submit("Catat saja", {}, status=422).main
    )
    assert "Pilih kapan" in noted(officer, task, "again", status=422).main
    assert row().tries == 0


def test_two_officers_do_not_both_count_one_call(signed: Signed):
    task = on_the_list()
    first, second = (signed("officer", name).visitor.open(f"{LIST}/{task}") for name in ("a.satu", "b.dua"))
    first.submit("Catat saja", {"hasil": "again", "kapan": "dua-jam"})
    assert "Orang lain baru saja" in second.submit("Catat saja", {"hasil": "reached"}, status=409).main
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


# the words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["result", "offer", "deadline", "fix", "broadcast"])
def test_each_reason_has_words_of_its_own_that_cek_knows(signed: Signed, visitor: Visitor, kind: str):
    task = on_the_list()
    notice = tell(Applicant.get(), kind=kind, now=NOW)
    CallTask.update(notice=notice.id).execute()
    Consent.create(applicant=Applicant.get(), purpose="wa", given=True, text_sha256="0" * 64, at=NOW)
    page = signed("officer").visitor.open(f"{LIST}/{task}")
    words = call_words.REASONS[call_words.reason("notice", kind)]
    assert words.label in page.main
    assert words.said in page.main
    [wa] = [a.get("href") for a in page.parsed.all("a") if "wa.me" in str(a.get("href"))]
    said = unquote(wa.partition("text=")[2])
    assert f"{PUBLIC_URL}/cek/" in said
    assert "terpilih" not in said.lower()
    assert "Ini pesan dari kami" in visitor.open("/cek").submit("Cek pesan", status=200, pesan=said).main
    wrong = said.replace("tidak pernah meminta", "sekarang meminta")
    assert "Bukan dari kami" in visitor.open("/cek").submit("Cek pesan", status=200, pesan=wrong).main


def test_who_asked_is_asked_what_they_need(signed: Signed):
    task = on_the_list(why="asked")
    rows.application(Applicant.get(), rows.wave(), State.SELECTED)
    page = signed("officer").visitor.open(f"{LIST}/{task}")
    assert "Apa yang bisa kami bantu?" in page.main
    assert "Siti Marlina" in page.click("Buka halaman pendaftar").main


# filters and counts -------------------------------------------------------------------------------


def chips(page) -> set[str]:
    return {text_of(a) for nav in page.parsed.with_class("chips") for a in nav.iter("a")}


def many_reasons() -> dict[str, int]:
    """Four people: one asked, two did not open a result (one in another district), one a deadline."""
    tasks = {"asked": on_the_list(1, "Ani Asked", why="asked", district="35.08.15")}
    for number, (name, kind, district) in enumerate(
        [("Budi", "result", "35.08.15"), ("Cici", "result", "35.08.01"), ("Dodo", "deadline", "35.08.15")], 2
    ):
        tasks[name] = on_the_list(number, name, district=district)
        person = Applicant.get(Applicant.name == name)
        row = tell(person, kind=kind, now=NOW)
        CallTask.update(notice=row.id, created_at=NOW - timedelta(hours=number)).where(
            CallTask.id == tasks[name]
        ).execute()
    return tasks


def test_it_is_filtered_by_reason_and_counted(signed: Signed):
    many_reasons()
    page = signed("manager").visitor.open(LIST)
    assert {"Semua sebab4", "Minta ditelepon1", "Hasil belum dibuka2", "Batas waktu dekat1"} <= chips(page)
    page = page.click("Hasil belum dibuka2")
    assert "Budi" in page.main
    assert "Cici" in page.main
    assert "Dodo" not in page.main
    assert "Ani" not in page.main
    assert "2 orang sekarang" in page.main


def test_it_is_filtered_by_posko_and_stands_below_headings(signed: Signed):
    many_reasons()
    page = signed("manager").visitor.open(LIST)
    assert [text_of(one) for one in page.parsed.all("tr") if one.get("class") == "of"] == [
        "Kec. Tempursari, belum ada posko",
        "Posko Sukodono",
    ]
    mine = page.submit("Tampilkan", posko="35.08.15")
    assert "Cici" not in mine.main
    assert "Budi" in mine.main
    without = page.submit("Tampilkan", posko="tanpa")
    assert "Cici" in without.main
    assert "Budi" not in without.main
    assert "Cici" in page.visitor.open(f"{LIST}?posko=99.99.99&alasan=x&siapa=y&halaman=0").main


def test_the_longest_waiting_stands_first(signed: Signed):
    many_reasons()
    main = signed("officer", posko="Posko Sukodono").visitor.open(LIST).main
    assert main.index("Dodo") < main.index("Budi") < main.index("Ani")


def test_my_calls_are_those_that_i_took_or_noted(signed: Signed):
    tasks = many_reasons()
    officer, other = signed("officer", "a.satu"), signed("officer", "b.dua")
    noted(officer.visitor, tasks["Budi"], "again", "dua-jam")
    noted(other.visitor, tasks["Cici"], "again", "dua-jam")
    call_list.take(tasks["Dodo"], officer.staff.id, NOW)
    page = officer.visitor.open(LIST).click("Panggilan saya2")
    assert "Budi" in page.main
    assert "Dodo" in page.main
    assert "Cici" not in page.main


def test_nobody_falls_out_whom_no_call_reached(signed: Signed):
    tasks = many_reasons()
    officer = signed("officer").visitor
    noted(officer, tasks["Budi"], "wrong_number")
    noted(officer, tasks["Cici"], "reached")
    page = officer.open(LIST).click("Tidak tersambung1")
    assert "Budi" in page.main
    assert "Nomor salah" in page.main
    assert "Cici" not in page.main
    Notice.update(opened_at=NOW).execute()  # Budi has looked at it
    assert "Tidak ada yang tertinggal" in officer.open(f"{LIST}?siapa=gagal").main


# one person after another -------------------------------------------------------------------------


def test_the_next_person_follows_the_last_within_the_filter(signed: Signed):
    many_reasons()
    page = signed("manager").visitor.open(f"{LIST}?alasan=result").submit("Mulai menelepon")
    assert page.h1 == "Telepon Cici"  # waits longer
    page = page.submit("Catat, lalu orang berikutnya", hasil="reached")
    assert page.h1 == "Telepon Budi"
    page = page.submit("Catat, lalu orang berikutnya", hasil="reached")
    assert page.h1 == "Perlu ditelepon"
    assert "Tidak ada lagi yang menunggu" in page.text
    assert page.path.endswith("?alasan=result") or "alasan=result" in page.url


def test_two_officers_get_two_people(signed: Signed):
    many_reasons()
    first, second = (signed("officer", name).visitor for name in ("a.satu", "b.dua"))
    one = first.open(LIST).submit("Mulai menelepon")
    two = second.open(LIST).submit("Mulai menelepon")
    assert one.h1 != two.h1
    assert "A Satu sedang menelepon" in second.open(LIST).main
    assert "A Satu sedang menelepon" in second.open(urlsplit(one.url).path).main


def test_a_call_that_was_taken_by_another_is_refused_until_it_is_free_again(
    signed: Signed, clock: FixedClock
):
    task = on_the_list()
    first, second = signed("officer", "a.satu"), signed("officer", "b.dua")
    page = second.visitor.open(LIST)
    assert call_list.take(task, first.staff.id, clock.now())
    assert "A Satu sedang menelepon orang ini" in page.submit("Siti Marlina", status=409).main
    clock.move(call_list.HOLD)
    second.sign_in()  # a tablet left lying was signed out meanwhile
    assert page.visitor.open(LIST).submit("Siti Marlina").h1 == "Telepon Siti Marlina"


def test_skipping_lets_go_and_goes_on(signed: Signed):
    many_reasons()
    visitor = signed("officer", posko="Posko Sukodono").visitor
    page = visitor.open(LIST).submit("Mulai menelepon")
    assert page.h1 == "Telepon Dodo"
    page = page.submit("Lewati")
    assert page.h1 == "Telepon Budi"
    held = {row.applicant.name for row in CallTask.select() if row.taken_until}
    assert held == {"Budi"}


def test_whoever_comes_back_finds_the_call_they_hold(signed: Signed):
    many_reasons()
    visitor = signed("officer", posko="Posko Sukodono").visitor
    assert visitor.open(LIST).submit("Mulai menelepon").h1 == "Telepon Dodo"
    assert visitor.open(LIST).submit("Mulai menelepon").h1 == "Telepon Dodo"


def test_a_look_takes_nothing(signed: Signed):
    task = on_the_list()
    visitor = signed("officer").visitor
    for path in (LIST, f"{LIST}/{task}", f"{LIST}?siapa=saya"):
        visitor.open(path)
    assert row().taken_by_id is None


def test_call_again_at_a_chosen_time(signed: Signed):
    task = on_the_list()
    answers = {"hasil": "again", "kapan": "lain", "hari": "2026-11-25", "jam": "13"}
    signed("officer").visitor.open(f"{LIST}/{task}").submit("Catat saja", answers)
    assert row().next_at == datetime(2026, 11, 25, 6, tzinfo=UTC)  # 13.00 WIB


@pytest.mark.parametrize(
    ("hari", "jam", "words"),
    [
        ("2026-11-22", "07", "Jam itu sudah lewat"),
        ("2026-12-25", "13", "Pilih hari dan jamnya"),
        ("2026-11-25", "03", "Pilih hari dan jamnya"),
        ("x", "y", "Pilih hari dan jamnya"),
    ],
)
def test_a_time_that_is_none_is_refused(signed: Signed, hari: str, jam: str, words: str):
    task = on_the_list()
    visitor = signed("officer").visitor
    form = visitor.open(f"{LIST}/{task}").form("Catat saja")
    data = {"csrf_token": form.values["csrf_token"], "seen": "0", "hasil": "again", "kapan": "lain"}
    answer = visitor.ask("POST", f"{LIST}/{task}", data=data | {"hari": hari, "jam": jam})
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert row().tries == 0


# what the person reads ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["full", "summary"])
def test_whoever_will_be_called_reads_it_and_what_is_never_asked(siti: Visitor, visitor: Visitor, kind: str):
    assert "Petugas akan menelepon" not in siti.open("/saya").main
    rows.call(Applicant.get())
    with visitor.http.session_transaction(base_url=visitor.base_url) as cookie:
        cookie["_user_id"] = sessions.open_session(kind, NOW, applicant=Applicant.get())
    main = visitor.open("/saya").main
    assert "Petugas akan menelepon Anda" in main
    assert "0334-881505" in main or "telepon balik" in main
    assert "PIN" in main
    assert "OTP" in main
    CallTask.update(state="reached").execute()
    assert "Petugas akan menelepon" not in visitor.open("/saya").main
