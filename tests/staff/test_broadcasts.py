"""Broadcasts through the front door: written, looked at, sent, confirmed, stopped; and every way in which one is refused."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app import db
from app.channels.mail_settings import MailSettings
from app.models import Applicant, AuditLine, Broadcast, Delivery, Notice, Posko
from app.rules import codes
from app.rules.broadcast import Segment, Sent
from app.rules.ladder import with_hours
from app.rules.states import State
from app.services import (
    broadcast_people,
    broadcast_sending,
    broadcasts,
    consents,
    delivery,
    inbox,
    ladder,
    mailing,
    preferences,
    subscriptions,
    ways,
)
from app.services.ledger import Actor
from app.services.preferences import Chosen
from tests.conftest import NOW
from tests.pages import Page, Visitor
from tests.staff import rows
from tests.staff.conftest import Signed
from tests.states import sent as registered
from tests.views.test_telling import prove_email
from tests.worker.phones import Phone

pytestmark = pytest.mark.usefixtures("office")

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TITLE = "Posko buka hari Sabtu"
BODY = "Sabtu ini posko buka pukul 08.00 sampai 12.00. Bawa KTP dan nomor pendaftaran Anda."


def people(count: int, state: State = State.IN_SELECTION, number: int = 4) -> list[Applicant]:
    wave = rows.wave(number)
    return [one.applicant for one in rows.many(count, wave, state)]


def ring(person: Applicant) -> None:
    subscriptions.opt_in(person.id, Phone().subscription, device_id=None, label="HP", now=NOW)


def written(manager: rows.Officer, **answers: object) -> Page:
    """A draft, as its page shows it."""
    said = {"judul": TITLE, "teks": BODY} | answers
    page = manager.visitor.open("/petugas/siaran").click("Tulis siaran")
    return page.submit("Lihat contoh dan jumlah", **said)


def send(page: Page, **answers: object) -> Page:
    return page.submit(kapan="sekarang", **answers)


def opened(visitor: Visitor) -> Page:
    """The broadcast in the inbox, tapped."""
    page = visitor.open("/saya/kabar")
    [button] = [b for form in page.forms for b in form.buttons if b.startswith(TITLE)]
    return page.submit(button)


def claimed_by(now: datetime) -> list[int]:
    """Whose pushes may go now."""
    return [Notice.get_by_id(one.notice.id).applicant_id for one in delivery.claim(10, now, MINUTE)]


def ordered(count: int = 3) -> Broadcast:
    """A broadcast that one person ordered for now."""
    people(count)
    row = Broadcast.get_by_id(rows.broadcast())
    actor = Actor("staff", row.written_by)
    broadcasts.order(row.id, None, False, broadcasts.mark(row), 500, actor, NOW)
    return Broadcast.get_by_id(row.id)


def verbs() -> list[str]:
    return [
        row.verb
        for row in AuditLine.select().where(AuditLine.verb.startswith("broadcast.")).order_by(AuditLine.id)
    ]


# writing ------------------------------------------------------------------------------------------


def test_written_looked_at_sent_and_told(signed: Signed):
    everybody = people(3)
    ring(everybody[0])
    prove_email(everybody[1].id)
    manager = signed("manager")
    page = written(manager)
    assert page.h1 == TITLE
    assert "Konsep" in page.main
    for said in ("Di layar kunci HP", "Ketuk untuk melihat.", "Di halaman Kabar", BODY, "Perihal: " + TITLE):
        assert said in page.main
    assert "3 orang" in page.main.replace("orang 3", "3 orang")
    assert Notice.select().where(Notice.kind == "broadcast").count() == 0
    page = send(page)
    assert "Pengiriman mulai dalam satu menit." in page.main
    assert broadcast_sending.send_due(manager.clock.now()) == 3
    rows_of = list(Notice.select().where(Notice.kind == "broadcast"))
    assert {row.applicant_id for row in rows_of} == {one.id for one in everybody}
    assert {(row.title, row.body, row.path) for row in rows_of} == {(TITLE, BODY, "/saya/kabar")}
    assert Delivery.select().where(Delivery.channel == "push").count() == 1
    page = manager.visitor.open(page.path)
    assert "3 dari 3 orang" in page.main
    assert broadcast_sending.send_due(manager.clock.now()) == 0
    assert Broadcast.get().state == Sent.DONE
    assert "Selesai" in manager.visitor.open(page.path).main
    assert verbs() == ["broadcast.write", "broadcast.send", "broadcast.done"]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"judul": "Anda terpilih"}, 'Hapus kata "terpilih"'),
        ({"judul": "J" * 61}, "Sekarang 61"),
        ({"judul": ""}, "paling sedikit 8 huruf"),
        ({"teks": "I" * 601}, "Sekarang 601"),
        ({"teks": BODY + " NIK 3599010101900001"}, "16 angka"),
        ({"teks": BODY + " Buka https://bit.ly/abc"}, "bukan alamat kami"),
        ({"teks": BODY + " Buka http://127.0.0.1:8000/saya?kode=1"}, "tanda tanya"),
    ],
)
def test_words_that_must_not_go_out_are_refused_and_kept_in_their_box(signed: Signed, answers, words):
    people(1)
    page = signed("manager").visitor.open("/petugas/siaran/baru")
    said = {"judul": TITLE, "teks": BODY} | answers
    page = page.submit("Lihat contoh dan jumlah", said, status=422)
    assert any(words in error for error in page.errors), page.errors
    assert Broadcast.select().count() == 0


def test_a_list_that_was_tampered_with_is_refused(signed: Signed):
    visitor = signed("manager").visitor
    token = visitor.open("/petugas/siaran/baru").form("Lihat contoh dan jumlah", "judul").values["csrf_token"]
    data = {
        "csrf_token": token,
        "judul": TITLE,
        "teks": BODY,
        "gelombang": "99",
        "posko": "1 OR 1=1",
        "belum": "x",
    }
    data |= {"keadaan": "withdrawn", "kecamatan": "11.01.01"}
    assert visitor.ask("POST", "/petugas/siaran/baru", data=data).status_code == 422
    assert Broadcast.select().count() == 0


@pytest.mark.parametrize(
    ("states", "warned"),
    [([], False), (["selected"], True), (["selected", "submitted"], False), (["in_selection"], False)],
)
def test_whoever_writes_only_to_people_with_a_result_is_warned(signed: Signed, states, warned):
    people(1)
    page = written(signed("manager"), keadaan=states)
    assert ("Yang menerimanya saja sudah berarti." in page.main) is warned


def test_a_draft_is_changed_and_thrown_away(signed: Signed):
    people(2)
    manager = signed("manager")
    page = written(manager).click("Ubah")
    assert page.form("Lihat contoh dan jumlah", "judul").values["judul"] == TITLE
    page = page.submit("Lihat contoh dan jumlah", judul="Posko tutup hari Sabtu", keadaan=["selected"])
    assert (page.h1, "Terpilih" in page.main) == ("Posko tutup hari Sabtu", True)
    page = page.submit("Buang konsep ini")
    assert "Konsep dibuang." in page.main
    assert Broadcast.select().count() == 0
    assert verbs() == ["broadcast.write", "broadcast.edit", "broadcast.drop"]


def test_who_changes_a_text_that_somebody_changed_is_told(signed: Signed):
    people(2)
    manager = signed("manager")
    draft = written(manager)
    editing = draft.click("Ubah")
    editing.submit("Lihat contoh dan jumlah", judul="Posko tutup hari Sabtu")
    late = editing.submit("Lihat contoh dan jumlah", judul="Posko pindah ke balai desa", status=409)
    assert late.h1 == "Sudah berubah"
    assert draft.submit(kapan="sekarang", status=409).h1 == "Sudah berubah"
    assert (Broadcast.get().title, Broadcast.get().state) == ("Posko tutup hari Sabtu", Sent.DRAFT)


def test_the_text_of_an_old_one_is_taken_up_again(signed: Signed):
    people(1)
    manager = signed("manager")
    page = send(written(manager)).click("Tulis siaran baru dari teks ini")
    assert page.form("Lihat contoh dan jumlah", "judul").values["teks"] == BODY


def test_from_the_list_of_those_who_have_not_opened_it(signed: Signed):
    from tests.worker.phones import tell

    [one, other] = people(2)
    wave = rows.Wave.get(rows.Wave.number == 4)
    for person in (one, other):
        tell(person, key="result:4", wave_id=wave.id)
    inbox.mark_opened(one.id, Notice.get(Notice.applicant == one.id).id, NOW)
    manager = signed("manager")
    page = manager.visitor.open("/petugas/gelombang/4/kabar/result").click("Tulis siaran untuk mereka")
    form = page.form("Lihat contoh dan jumlah", "judul")
    assert (form.values["gelombang"], form.values["belum"]) == ("4", "result")
    page = page.submit("Lihat contoh dan jumlah", judul=TITLE, teks=BODY)
    assert "Gelombang 4, belum membuka hasil" in page.main
    assert "Kirim ke 1 orang" in page.main
    officer = signed("officer").visitor.open("/petugas/gelombang/4/kabar/result")
    assert "Tulis siaran" not in officer.main


def test_an_address_that_asks_for_nonsense_is_an_empty_page(signed: Signed):
    page = signed("manager").visitor.open("/petugas/siaran/baru?gelombang=x&belum=%27&dari=-5")
    assert page.form("Lihat contoh dan jumlah", "judul").values["judul"] == ""


# refused ------------------------------------------------------------------------------------------


def test_nobody_fits_and_nothing_is_sent(signed: Signed):
    people(2)
    page = written(signed("manager"), keadaan=["completed"])
    assert "Tidak ada orang yang cocok." in page.main
    page = page.submit(kapan="sekarang", status=422)
    assert page.errors == ["Tidak ada orang yang cocok. Ubah dulu untuk siapa kabar ini."]
    assert Broadcast.get().state == Sent.DRAFT


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"tanggal": "2026-11-22", "jam": "10:00"}, "Waktu ini sudah lewat."),
        ({"tanggal": "2026-11-21", "jam": "12:00"}, "Waktu ini sudah lewat."),
        ({"tanggal": "", "jam": "12:00"}, "Isi tanggal kirim."),
        ({"tanggal": "2026-11-23", "jam": ""}, "Isi jam kirim."),
        ({"tanggal": "31-2-2026", "jam": "12:00"}, "Isi tanggal"),
        ({"tanggal": "2026-11-23", "jam": "25:00"}, "Isi jam"),
        ({"tanggal": "2026-11-23", "jam": "22:00"}, "jam diam"),
        ({"tanggal": "2026-11-23", "jam": "05:59"}, "jam diam"),
    ],
)
def test_times_that_do_not_fit_are_refused(signed: Signed, answers, words):
    people(2)
    page = written(signed("manager"))
    page = page.submit(kapan="nanti", **answers, status=422)
    assert any(words in error for error in page.errors), page.errors
    assert (Broadcast.get().state, Broadcast.get().send_at) == (Sent.DRAFT, None)


def test_at_night_only_when_it_is_confirmed_and_then_phones_still_wait(signed: Signed):
    [one, other] = people(2)
    for person in (one, other):
        ring(person)
    preferences.keep(other.id, Chosen(quiet="kapan-saja"), NOW)
    manager = signed("manager")
    page = written(manager)
    at = {"kapan": "nanti", "tanggal": "2026-11-22", "jam": "22:00"}
    page = page.submit(**at, malam=True)
    assert "Minggu, 22 November 2026, pukul 22.00 WIB" in page.main
    night = datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert broadcast_sending.send_due(night - MINUTE) == 0
    assert broadcast_sending.send_due(night) == 2
    assert claimed_by(night) == [other.id]
    morning = night + 8 * HOUR
    assert one.id in claimed_by(morning)


@pytest.mark.parametrize(("zone", "hour"), [("WIB", 5), ("WITA", 4), ("WIT", 3)])
def test_the_time_is_that_of_the_office(signed: Signed, zone, hour):
    from app.models import Office
    from app.services import office

    Office.update(zone=zone).execute()
    office.forget()
    people(1)
    page = written(signed("manager")).submit(kapan="nanti", tanggal="2026-11-23", jam="12:00")
    assert f"pukul 12.00 {zone}" in page.main
    assert Broadcast.get().send_at == datetime(2026, 11, 23, hour, tzinfo=UTC)


def test_pressed_twice_it_is_sent_once(signed: Signed):
    people(3)
    manager = signed("manager")
    page = written(manager)
    send(page)
    again = page.submit(kapan="sekarang", status=409)
    assert again.h1 == "Tidak bisa lagi"
    assert "sudah dijadwalkan" in again.main
    broadcast_sending.send_due(manager.clock.now())
    assert Notice.select().where(Notice.kind == "broadcast").count() == 3
    assert verbs().count("broadcast.send") == 1


def test_ordered_by_two_at_the_same_moment_it_is_ordered_once(app: Flask):
    people(2)
    row = Broadcast.get_by_id(rows.broadcast())
    actor, start, said = Actor("staff", row.written_by), threading.Barrier(3), []

    def press() -> None:
        db.connection_opened()
        start.wait()
        try:
            broadcasts.order(row.id, None, False, broadcasts.mark(row), 500, actor, NOW)
            said.append("ordered")
        except broadcasts.NotNow:
            said.append("not now")
        finally:
            db.connection_done()
            db.database.close()

    threads = [threading.Thread(target=press) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said) == ["not now", "not now", "ordered"]


def test_after_the_end_nothing_can_be_stopped_or_changed(signed: Signed):
    ordered()
    for _ in range(2):
        broadcast_sending.send_due(NOW)
    visitor, row = signed("manager").visitor, Broadcast.get()
    token = visitor.open("/petugas/siaran/baru").form("Lihat contoh dan jumlah", "judul").values["csrf_token"]
    for verb in ("hentikan", "setujui", "buang", "kirim"):
        answer = visitor.ask("POST", f"/petugas/siaran/{row.id}/{verb}", data={"csrf_token": token})
        assert answer.status_code == 409, verb
        assert "sudah selesai" in answer.get_data(as_text=True)
    assert visitor.ask("GET", f"/petugas/siaran/{row.id}/ubah").status_code == 409
    assert Broadcast.get().__data__ == row.__data__


def test_what_is_not_there_is_not_found(signed: Signed):
    visitor = signed("manager").visitor
    for path in ("/petugas/siaran/1", "/petugas/siaran/99999999999999999999999"):
        assert visitor.ask("GET", path).status_code == 404


# two people ---------------------------------------------------------------------------------------


@pytest.fixture
def few_alone(app: Flask) -> None:
    """One person may address two people."""
    from dataclasses import replace

    app.extensions["settings"] = replace(app.extensions["settings"], broadcast_alone=2)


@pytest.mark.usefixtures("few_alone")
def test_more_than_so_many_need_a_second_person(signed: Signed):
    people(3)
    manager, second = signed("manager"), signed("verifier")
    page = written(manager)
    assert "Perlu orang kedua." in page.main
    page = send(page)
    assert "orang kedua harus menyetujui dulu" in page.main
    assert "Setujui" not in page.main
    assert broadcast_sending.send_due(manager.clock.now()) == 0
    assert Notice.select().where(Notice.kind == "broadcast").count() == 0
    home = second.visitor.open("/petugas")
    assert "1 menunggu orang kedua" in home.main
    page = second.visitor.open(page.path)
    assert "Anda orang kedua." in page.main
    assert BODY in page.main
    page = page.submit("Setujui")
    assert "Disetujui." in page.main
    assert broadcast_sending.send_due(second.clock.now()) == 3
    assert (Broadcast.get().confirmed_by_id, Broadcast.get().written_by_id) == (
        second.staff.id,
        manager.staff.id,
    )
    assert verbs()[:3] == ["broadcast.write", "broadcast.send", "broadcast.confirm"]


@pytest.mark.usefixtures("few_alone")
def test_nobody_confirms_the_own_broadcast(signed: Signed):
    people(3)
    manager = signed("manager")
    page = send(written(manager))
    token = (
        manager.visitor.open("/petugas/siaran/baru")
        .form("Lihat contoh dan jumlah", "judul")
        .values["csrf_token"]
    )
    data = {"csrf_token": token, "seen": broadcasts.mark(Broadcast.get())}
    answer = manager.visitor.ask("POST", f"{page.path}/setujui", data=data)
    assert (answer.status_code, "Harus orang kedua" in answer.get_data(as_text=True)) == (409, True)
    assert Broadcast.get().state == Sent.WAITING


@pytest.mark.usefixtures("few_alone")
def test_confirmed_twice_is_told_and_changes_nothing(signed: Signed):
    people(3)
    page = send(written(signed("manager")))
    second, third = signed("verifier"), signed("manager", username="manager.dua")
    seen, late = second.visitor.open(page.path), third.visitor.open(page.path)
    seen.submit("Setujui")
    assert late.submit("Setujui", status=409).h1 == "Tidak bisa lagi"
    assert Broadcast.get().confirmed_by_id == second.staff.id


@pytest.mark.usefixtures("few_alone")
def test_a_confirmation_that_comes_after_its_time_sends_now(signed: Signed):
    people(3)
    manager = signed("manager")
    page = written(manager).submit(kapan="nanti", tanggal="2026-11-22", jam="11:00")
    manager.clock.move(2 * HOUR)
    second = signed("verifier")
    page = second.visitor.open(page.path)
    assert "Begitu Anda setujui, langsung dikirim." in page.main
    page.submit("Setujui")
    assert broadcast_sending.send_due(manager.clock.now()) == 3


def test_a_segment_that_grew_beyond_one_person_waits_for_the_second():
    people(2)
    row = Broadcast.get_by_id(rows.broadcast())
    at = NOW + HOUR
    broadcasts.order(row.id, at, False, broadcasts.mark(row), 2, Actor("staff", row.written_by), NOW)
    rows.application(rows.applicant("3599010101900077", "Satu Lagi", phone="+6281299999999"))
    assert broadcast_sending.send_due(at) == 0
    assert (Broadcast.get().state, Broadcast.get().people) == (Sent.WAITING, 3)
    assert verbs()[-1] == "broadcast.wait"


# whom ---------------------------------------------------------------------------------------------


def names(segment: Segment) -> set[str]:
    ids = [row.id for row in broadcast_people.of(segment)]
    return {row.name for row in Applicant.select().where(Applicant.id.in_(ids))} if ids else set()


@pytest.fixture
def town() -> dict[str, Applicant]:
    """Six people: in two waves, waiting, withdrawn, rejected, in two districts."""
    four, three = rows.wave(4), rows.wave(3, opens=-60, closes=-40)
    made = {}
    for n, (name, wave, state, district, claim) in enumerate(
        [
            ("Ana", four, State.SUBMITTED, "35.08.15", "holder"),
            ("Budi", four, State.SELECTED, "35.08.14", "holder"),
            ("Cici", three, State.NOT_SELECTED, "35.08.15", "holder"),
            ("Dodi", None, State.SUBMITTED, "35.08.15", "disputed"),
            ("Edi", four, State.WITHDRAWN, "35.08.15", "holder"),
            ("Feri", four, State.SUBMITTED, "35.08.15", "rejected"),
        ],
        1,
    ):
        person = rows.applicant(rows.nik(n), name, claim, district=district, phone=f"+62812000000{n}")
        rows.application(person, wave, state)
        made[name] = person
    rows.application(made["Ana"], three, State.NOT_SELECTED, at=NOW - timedelta(days=50))
    rows.applicant(rows.nik(9), "Tanpa Pendaftaran", "draft", phone="+6281200000099")
    return made


@pytest.mark.parametrize(
    ("segment", "who"),
    [
        (Segment(), {"Ana", "Budi", "Cici", "Dodi"}),
        (Segment(wave="4"), {"Ana", "Budi"}),
        (Segment(wave="3"), {"Ana", "Cici"}),
        (Segment(wave="0"), {"Dodi"}),
        (Segment(wave="7"), set()),
        (Segment(states=("not_selected",)), {"Cici"}),  # Ana's newest is another one
        (Segment(wave="3", states=("not_selected",)), {"Ana", "Cici"}),
        (Segment(states=("selected", "submitted")), {"Ana", "Budi", "Dodi"}),
        (Segment(districts=("35.08.15",)), {"Ana", "Cici", "Dodi"}),
        (Segment(wave="4", districts=("35.08.14",)), {"Budi"}),
    ],
)
def test_a_segment_has_these_people(town, segment, who):
    assert names(segment) == who
    assert broadcast_people.count(segment) == len(who)


def test_whoever_was_forgotten_is_not_told(town):
    from app.models import Application
    from app.services import forgetting

    with db.writing():
        for row in Application.select().where(Application.applicant == town["Ana"].id):
            forgetting.application(row, NOW)
        for row in Application.select().where(Application.applicant == town["Cici"].id):
            forgetting.application(row, NOW)
        forgetting.person(Applicant.get_by_id(town["Cici"].id), NOW)
    assert names(Segment()) == {"Budi", "Dodi"}


def test_by_the_posko_that_registered_them(town):
    from app.models import Application

    posko = Posko.get(Posko.name == "Posko Sukodono")
    Application.update(posko=posko.id).where(Application.applicant == town["Ana"].id).execute()
    assert names(Segment(posko=str(posko.id))) == {"Ana"}


def test_who_has_not_opened_the_result_or_the_last_notice(town):
    from tests.worker.phones import tell

    wave = rows.Wave.get(rows.Wave.number == 4)
    for name in ("Ana", "Budi"):
        tell(town[name], key="result:4", wave_id=wave.id)
    first = tell(town["Cici"], kind="received", key="r")
    assert names(Segment(unopened="result")) == {"Ana", "Budi"}
    assert names(Segment(wave="3", unopened="result")) == set()
    inbox.mark_opened(town["Ana"].id, Notice.get(Notice.applicant == town["Ana"].id).id, NOW)
    assert names(Segment(unopened="result")) == {"Budi"}
    assert names(Segment(unopened="last")) == {"Budi", "Cici"}
    inbox.mark_opened(town["Cici"].id, first.id, NOW)
    assert names(Segment(unopened="last")) == {"Budi"}
    tell(town["Cici"], kind="joined", key="j", now=NOW + HOUR)
    assert names(Segment(unopened="last")) == {"Budi", "Cici"}


def test_how_they_can_be_reached(town):
    ring(town["Ana"])
    ring(town["Ana"])
    for name in ("Ana", "Budi", "Cici"):
        prove_email(town[name].id, f"{name.lower()}@example.org")
    consents.change(town["Cici"].id, {"email": False}, "teks", NOW)
    found = broadcast_people.reachable(Segment())
    assert (found.people, found.push, found.email, found.unreachable) == (4, 1, 1, 2)
    consents.change(town["Cici"].id, {"email": True}, "teks", NOW + HOUR)
    assert broadcast_people.reachable(Segment()).email == 2


# what people see ----------------------------------------------------------------------------------


def test_it_climbs_to_an_email_and_to_no_call():
    people(1)
    person = prove_email(Applicant.get().id)
    ring(person)
    row = Broadcast.get_by_id(rows.broadcast())
    broadcasts.order(row.id, None, False, broadcasts.mark(row), 500, Actor("staff", row.written_by), NOW)
    broadcast_sending.send_due(NOW)
    for hours in (0, 7, 30, 80):
        ladder.climb_due(NOW + hours * HOUR)
    assert sorted(one.channel for one in Delivery.select()) == ["email", "push"]
    assert Notice.get().climb_at is None


def test_the_email_names_the_code_of_the_text(app: Flask):
    people(1)
    prove_email(Applicant.get().id)
    row = Broadcast.get_by_id(rows.broadcast())
    broadcasts.order(row.id, None, False, broadcasts.mark(row), 500, Actor("staff", row.written_by), NOW)
    broadcast_sending.send_due(NOW)
    ladder.climb_due(NOW)
    [due] = mailing.claim(10, NOW, MINUTE)
    settings = app.extensions["settings"]
    mail = mailing.prepare(
        due, MailSettings.from_url(settings.mail_url, settings.mail_sender), settings.public_url, NOW
    )
    assert mail.subject == TITLE
    assert f"Kode pesan {codes.shown(row.code)}" in mail.text


def test_its_owner_reads_it_and_anybody_can_check_its_code(visitor, wave, another_visitor):
    registered(visitor)
    row = Broadcast.get_by_id(rows.broadcast(body=BODY + " Alamat di http://127.0.0.1:8000/posko"))
    assert another_visitor.ask("GET", f"/cek/{row.code}").status_code == 404  # a draft is not official
    broadcasts.order(row.id, None, False, broadcasts.mark(row), 500, Actor("staff", row.written_by), NOW)
    assert another_visitor.ask("GET", f"/cek/{row.code}").status_code == 404
    broadcast_sending.send_due(NOW)
    page = opened(visitor)
    assert (page.h1, BODY in page.main) == (TITLE, True)
    assert "Isinya sama untuk semua orang." in page.main
    check = another_visitor.open(page.links[page.main.split("Kode pesan ")[1].split(".")[0]])
    assert (check.h1, BODY in check.main) == ("Pesan ini dari kami", True)
    own = Notice.get(Notice.broadcast == row.id)
    assert BODY in another_visitor.open(f"/cek/{own.code}").main
    pasted = f"{TITLE}\n{row.body}\nKode pesan {row.code}"
    assert (
        "Ini pesan dari kami"
        in another_visitor.open("/cek").submit("Cek pesan", pesan=pasted, status=200).main
    )
    forged = pasted.replace("Bawa KTP", "Bawa uang 50.000")
    assert (
        "Bukan dari kami" in another_visitor.open("/cek").submit("Cek pesan", pesan=forged, status=200).main
    )


def test_no_link_of_it_names_a_person(signed: Signed):
    everybody = people(2)
    for person in everybody:
        ring(person)
    send(written(signed("manager"), teks=BODY + " Lihat http://127.0.0.1:8000/posko"))
    broadcast_sending.send_due(NOW + HOUR)
    paths = {row.path for row in Notice.select().where(Notice.kind == "broadcast")}
    assert paths == {"/saya/kabar"}
    assert len({row.body for row in Notice.select().where(Notice.kind == "broadcast")}) == 1


# stopping -----------------------------------------------------------------------------------------


def test_stopped_in_the_middle_the_rest_is_not_told(signed: Signed, monkeypatch):
    monkeypatch.setattr(broadcast_sending, "CHUNK", 2)
    monkeypatch.setattr(broadcast_sending, "MOST", 4)
    everybody = people(9)
    for person in everybody:
        ring(person)
    manager = signed("manager")
    page = send(written(manager))
    now = manager.clock.now()
    assert broadcast_sending.send_due(now) == 4
    [first] = delivery.claim(1, now, MINUTE)
    delivery.record([(first, rows_outcome())], now)
    page = manager.visitor.open(page.path)
    assert "4 dari 9 orang" in page.main
    page = page.submit("Hentikan")
    assert "Dihentikan. Yang belum dikirim tidak dikirim." in page.main
    assert "4 orang sudah punya kabar ini di halaman Kabar." in page.main
    assert "5 orang tidak jadi dikabari. 3 pengiriman ke HP atau email dibatalkan." in page.main
    assert "Sudah dikirim: 1 ke HP." in page.main
    assert broadcast_sending.send_due(now + MINUTE) == 0
    assert delivery.claim(10, now + MINUTE, MINUTE) == []
    assert Notice.select().where(Notice.kind == "broadcast").count() == 4
    assert Notice.select().where(Notice.climb_at.is_null(False)).count() == 0
    row = Broadcast.get()
    assert (row.state, row.told, row.stopped_by_id) == (Sent.STOPPED, 4, manager.staff.id)
    assert row.over_at is not None
    assert verbs() == ["broadcast.write", "broadcast.send", "broadcast.stop"]


def rows_outcome():
    from app.channels.web_push import Kind, Outcome

    return Outcome(Kind.SENT, "201")


def test_who_has_a_stopped_one_is_told_so(visitor, wave, another_visitor):
    registered(visitor)
    row = Broadcast.get_by_id(rows.broadcast())
    actor = Actor("staff", row.written_by)
    broadcasts.order(row.id, None, False, broadcasts.mark(row), 500, actor, NOW)
    broadcast_sending.send_due(NOW)
    Broadcast.update(state=Sent.RUNNING.value).execute()
    broadcasts.stop(row.id, actor, NOW)
    page = opened(visitor)
    assert "Kabar ini kami hentikan." in page.main
    assert "Kabar ini kami hentikan." in another_visitor.open(f"/cek/{row.code}").main
    pasted = f"{row.title}. {row.body} Kode pesan {row.code}"
    found = another_visitor.open("/cek").submit("Cek pesan", pesan=pasted, status=200)
    assert "Ini pesan dari kami" in found.main
    assert "Sudah kami hentikan" in found.main


def test_the_hours_until_the_email_are_those_of_the_ladder(signed: Signed, monkeypatch: pytest.MonkeyPatch):
    people(1)
    manager = signed("manager")
    assert "Yang lain 6 jam kemudian" in written(manager).main
    monkeypatch.setattr(ways, "_now", ways.Ways(with_hours("broadcast=9,-,-")))
    assert "Yang lain 9 jam kemudian" in written(manager).main


def test_stopped_before_it_began_nobody_is_told(signed: Signed):
    people(2)
    manager = signed("manager")
    page = written(manager).submit(kapan="nanti", tanggal="2026-11-23", jam="08:00")
    assert "Tidak ada yang menerima siaran ini" in page.main
    page.submit("Hentikan")
    assert broadcast_sending.send_due(manager.clock.now() + 48 * HOUR) == 0
    assert Notice.select().where(Notice.kind == "broadcast").count() == 0
    assert Broadcast.get().over_at is not None


def test_stopped_twice_is_told_and_changes_nothing(signed: Signed):
    people(2)
    page = send(written(signed("manager")))
    page.submit("Hentikan")
    assert page.submit("Hentikan", status=409).h1 == "Tidak bisa lagi"
    assert verbs().count("broadcast.stop") == 1


def test_what_a_sender_holds_at_the_stop_is_settled_by_the_worker_later(signed: Signed):
    [person] = people(1)
    ring(person)
    manager = signed("manager")
    page = send(written(manager))
    now = manager.clock.now()
    broadcast_sending.send_due(now)
    Broadcast.update(state=Sent.RUNNING.value, over_at=None).execute()
    [held] = delivery.claim(1, now, MINUTE)
    page.submit("Hentikan")
    assert (Delivery.get().state, Broadcast.get().over_at) == ("queued", None)
    delivery.record([(held, rows_outcome())], now)
    broadcast_sending.send_due(now + MINUTE)
    assert (Delivery.get().state, Broadcast.get().over_at) == ("sent", now + MINUTE)


# live ---------------------------------------------------------------------------------------------


def test_the_live_part_is_fetched_alone(signed: Signed):
    for person in people(4):
        ring(person)
    manager = signed("manager")
    page = send(written(manager))
    broadcast_sending.send_due(manager.clock.now())
    page = manager.visitor.open(page.path)
    [live] = [e for e in page.parsed.all("div") if e.get("data-live")]
    piece = manager.visitor.ask("GET", live.get("data-live"))
    html = piece.get_data(as_text=True)
    assert piece.status_code == 200
    assert "<html" not in html
    assert 'style="' not in html
    assert "menunggu 100 persen" in html
    Delivery.update(state="opened").execute()
    assert "Dibuka 100 persen" in manager.visitor.ask("GET", live.get("data-live")).get_data(as_text=True)


def test_an_auditor_looks_and_can_do_nothing(signed: Signed):
    people(2)
    page = written(signed("manager"))
    seen = signed("auditor").visitor.open(page.path)
    assert BODY in seen.main
    assert [form.buttons for form in seen.forms if "/siaran" in form.action_url(None)] == []
