"""What a person does with the own application: change, withdraw, come back, join the next wave, report a training."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from app.models import (
    Application,
    ApplicationVersion,
    AuditLine,
    Deadline,
    Draft,
    LedgerEntry,
    Notice,
    Wave,
)
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import joining
from tests import walking
from tests.conftest import NOW
from tests.states import (
    CLOSED,
    DAY,
    NOT_SELECTED,
    RESERVE,
    SELECTED,
    deadline,
    make_wave,
    moved,
    sent,
    stored,
)

TAKEN_BACK = (State.WITHDRAWN, Reason.OWN_WISH)


def reasons(application):
    rows = LedgerEntry.select().where(LedgerEntry.application == application.id).order_by(LedgerEntry.n)
    return [(row.reason, row.actor) for row in rows]


# changing -----------------------------------------------------------------------------------------


def test_answers_can_be_changed_while_the_wave_is_open_and_the_old_ones_are_kept(visitor, wave):
    application = sent(visitor)
    check = visitor.open("/saya").submit("Ubah jawaban")
    assert check.h1 == "Periksa jawaban Anda"
    check = check.click("Ubah Alamat").submit("Lanjut", jalan="Jl. Kenanga 12")
    assert "Ada isian yang belum dikirim." in visitor.open("/saya").main
    check.submit("Kirim perubahan", benar=True)
    assert stored(application)["alamat"]["jalan"] == "Jl. Kenanga 12"
    assert "Dusun Krajan" in ApplicationVersion.get().answers
    assert "Ada jawaban yang Anda ubah." in visitor.open("/saya").main


def test_pressing_change_twice_makes_one_draft(visitor, wave):
    sent(visitor)
    page = visitor.open("/saya")
    page.submit("Ubah jawaban")
    page.submit("Ubah jawaban")
    assert Draft.select().where(Draft.done_at.is_null()).count() == 1


def test_changes_that_were_not_sent_can_be_thrown_away(visitor, wave):
    application = sent(visitor)
    visitor.open("/saya").submit("Ubah jawaban").click("Ubah Alamat").submit("Lanjut", jalan="Lain")
    page = visitor.open("/saya").submit("Buang")
    assert "Perubahan dibuang." in page.main
    assert "belum dikirim" not in page.main
    assert "Dusun Krajan" in stored(application)["alamat"]["jalan"]


def test_the_first_draft_of_a_person_is_not_thrown_away(visitor, wave):
    walking.until(visitor, "alamat")
    token = visitor.ask("GET", "/csrf").json["token"]
    visitor.ask("POST", "/saya/ubah/buang", data={"csrf_token": token})
    assert Draft.select().count() == 1


def test_after_closing_nothing_can_be_changed(visitor, wave, clock):
    sent(visitor)
    page = visitor.open("/saya")
    clock.set(wave.closes_at)
    assert "Ubah jawaban" not in visitor.open("/saya").main
    late = walking.after_pin(page.submit("Ubah jawaban", status=403), status=409)
    assert late.h1 == "Sudah tidak bisa diubah"
    assert Draft.select().where(Draft.done_at.is_null()).count() == 0


# withdrawing --------------------------------------------------------------------------------------


def test_withdrawing_asks_once_more_and_is_told_everywhere(visitor, wave):
    application = sent(visitor)
    ask = visitor.open("/saya").click("Mengundurkan diri Tarik pendaftaran ini")
    assert "Sampai Jumat, 4 Desember 2026, pukul 10.42 WIB Anda bisa daftar lagi" in ask.main
    page = ask.submit("Ya, saya mengundurkan diri", alasan="Sudah dapat kerja")
    assert "Pendaftaran Anda sudah ditarik." in page.main
    assert "Sudah dapat kerja" in page.main
    assert Application.get().state == "withdrawn"
    assert reasons(application)[-1] == ("own_wish", "applicant")
    assert Notice.select().where(Notice.kind == "withdrawn").count() == 1
    assert AuditLine.select().where(AuditLine.verb == "application.withdraw").count() == 1


def test_the_reason_may_be_empty_but_not_endless(visitor, wave):
    sent(visitor)
    ask = visitor.open("/saya/undur")
    wrong = ask.submit("Ya, saya mengundurkan diri", alasan="x" * 201, status=422)
    assert wrong.errors == ["Paling banyak 200 huruf. Singkatkan sedikit."]
    wrong.submit("Ya, saya mengundurkan diri", alasan="")
    assert Application.get().state == "withdrawn"
    assert LedgerEntry.select().order_by(LedgerEntry.n.desc()).get().note is None


def test_withdrawing_twice_is_withdrawing_once(visitor, wave):
    application = sent(visitor)
    ask = visitor.open("/saya/undur")
    ask.submit("Ya, saya mengundurkan diri")
    again = ask.submit("Ya, saya mengundurkan diri")
    assert "Keadaannya sudah berubah." in again.main
    assert [reason for reason, _ in reasons(application)] == ["sent_by_applicant", "own_wish"]
    assert visitor.open("/saya/undur").path == "/saya"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([CLOSED], "Ini tidak bisa dibatalkan."),
        ([CLOSED, SELECTED], "Tempat Anda akan diberikan ke orang lain."),
        ([CLOSED, RESERVE], "Nomor cadangan Anda hilang."),
    ],
)
def test_what_withdrawing_costs_is_said_before(visitor, wave, clock, steps, words):
    moved(sent(visitor), *steps)
    clock.set(wave.closes_at + DAY)
    page = visitor.open("/saya/undur")
    page = page.submit("Lanjut", pin=walking.PIN) if page.path == "/masuk/pin" else page
    assert words in page.main


def test_a_seat_that_is_given_up_has_no_deadline_any_more(visitor, wave):
    application = moved(sent(visitor), CLOSED, SELECTED)
    deadline(application, NOW + 11 * DAY)
    visitor.open("/saya/undur").submit("Ya, saya mengundurkan diri")
    assert Deadline.select().count() == 0
    assert "hari lagi" not in visitor.open("/saya").main


def test_who_withdrew_comes_back_with_the_same_number_while_the_wave_is_open(visitor, wave):
    application = sent(visitor)
    page = visitor.open("/saya/undur").submit("Ya, saya mengundurkan diri")
    page = page.submit("Daftar lagi dengan jawaban yang sama")
    assert "Pendaftaran diterima" in page.main
    assert Application.select().count() == 1
    assert reasons(application)[-1] == ("came_back", "applicant")


def test_after_closing_nobody_comes_back_but_may_join_the_next(visitor, wave, clock):
    moved(sent(visitor), TAKEN_BACK)
    offered = visitor.open("/saya")
    clock.set(wave.closes_at)
    late = offered.submit("Daftar lagi dengan jawaban yang sama")
    assert "Keadaannya sudah berubah." in late.main
    assert Application.get().state == "withdrawn"
    assert "Ikut gelombang berikutnya" in late.main


# joining ------------------------------------------------------------------------------------------


@pytest.fixture
def not_selected(visitor, wave, clock):
    """Not selected in wave 4, which is over; wave 5 is open now."""
    application = moved(sent(visitor), CLOSED, NOT_SELECTED)
    clock.move(13 * DAY)
    make_wave(5, opens_at=clock.now() - DAY, closes_at=clock.now() + 9 * DAY, quota=1200)
    return application


def test_one_tap_joins_the_next_wave_with_the_same_answers(visitor, not_selected):
    page = visitor.open("/saya")
    assert "Gelombang 5 sudah dibuka" in page.main
    assert "Ada 1.200 tempat" in page.main
    page = page.submit("Ikut Gelombang 5")
    assert "Sudah. Anda tidak perlu mendaftar lagi." in page.main
    assert "Pendaftaran diterima" in page.main
    new = Application.get(Application.id != not_selected.id)
    assert new.wave.number == 5
    assert stored(new) == stored(not_selected)
    assert new.ticket != not_selected.ticket
    assert new.entry_number != not_selected.entry_number
    assert bytes(new.__data__["answers"]) != bytes(not_selected.__data__["answers"])
    assert reasons(new) == [("joined_next_wave", "applicant")]
    assert "Anda ikut Gelombang 5" in visitor.open("/saya/kabar").main
    assert Application.get_by_id(not_selected.id).state == "not_selected"
    assert "Gelombang 4" in visitor.open("/saya").main  # the old journey stays readable


def test_two_taps_join_once(visitor, not_selected):
    page = visitor.open("/saya")
    page.submit("Ikut Gelombang 5")
    again = page.submit("Ikut Gelombang 5")
    assert "Keadaannya sudah berubah." in again.main
    assert Application.select().count() == 2
    assert Notice.select().where(Notice.kind == "joined").count() == 1


def test_two_taps_at_once_join_once(app, visitor, not_selected):
    applicant, answers = not_selected.applicant_id, []

    def tap():
        with app.app_context():
            try:
                answers.append(joining.join(applicant, "join-5", app.extensions["clock"].now()).id)
            except joining.NotNow:
                answers.append(None)

    threads = [threading.Thread(target=tap) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len([one for one in answers if one]) == 1
    assert Application.select().where(Application.applicant == applicant).count() == 2


def test_a_button_never_does_something_else_than_it_says(visitor, not_selected):
    page = visitor.open("/saya")
    Wave.update(paused=True).where(Wave.number == 5).execute()
    again = page.submit("Ikut Gelombang 5")
    assert "Keadaannya sudah berubah." in again.main
    assert Application.select().count() == 1


def test_with_no_open_wave_one_tap_waits_for_the_next(visitor, wave, clock):
    old = moved(sent(visitor), CLOSED, NOT_SELECTED)
    clock.move(13 * DAY)
    page = visitor.open("/saya").submit("Ikut gelombang berikutnya")
    assert "Menunggu gelombang berikutnya" in page.main
    new = Application.get(Application.id != old.id)
    assert new.wave is None
    fifth = make_wave(5, opens_at=clock.now(), closes_at=clock.now() + 9 * DAY)
    assert joining.admit_due(clock.now()) == 1
    assert "Gelombang 5" in visitor.open("/saya").main
    assert Application.get_by_id(new.id).wave == fifth


def test_answers_that_no_longer_fit_are_asked_again_instead(visitor, wave, clock):
    """The month of the lost work has left the list after three years: the wizard asks for that page alone."""
    old = moved(sent(visitor), CLOSED, NOT_SELECTED)
    clock.move(13 * DAY)
    answers = stored(old)
    answers["phk"]["bulan"] = "2019-01"
    old.answers = json.dumps(answers)
    old.save()
    make_wave(5, opens_at=clock.now() - DAY, closes_at=clock.now() + 9 * DAY)
    asked = visitor.open("/saya").submit("Ikut Gelombang 5")
    assert asked.path == "/masuk/pin"  # the answers that were sent come into sight: the PIN first
    check = asked.submit("Lanjut", pin=walking.PIN)
    assert check.path == "/daftar/periksa"
    check = check.click("Ubah Tempat kerja terakhir").submit("Lanjut", bulan="lama")
    receipt = check.submit("Kirim pendaftaran", benar=True)
    assert receipt.h1 == "Pendaftaran Anda sudah kami terima"
    assert Application.get(Application.id != old.id).wave.number == 5


@pytest.mark.parametrize("steps", [[], [CLOSED], [CLOSED, SELECTED], [CLOSED, RESERVE]])
def test_whoever_still_has_a_chance_or_a_seat_is_offered_no_other_wave(visitor, wave, clock, steps):
    moved(sent(visitor), *steps)
    clock.move(13 * DAY)
    make_wave(5, opens_at=clock.now() - DAY, closes_at=clock.now() + 9 * DAY)
    assert "Gelombang 5 sudah dibuka" not in visitor.open("/saya").main
    token = visitor.ask("GET", "/csrf").json["token"]
    visitor.ask("POST", "/saya/ikut", data={"csrf_token": token, "pilihan": "join-5"})
    assert Application.select().count() == 1


def test_the_reserve_list_of_a_wave_that_is_over_may_join(visitor, wave, clock):
    moved(sent(visitor), CLOSED, RESERVE)
    clock.move(13 * DAY)
    Wave.update(archived_at=clock.now()).execute()
    make_wave(5, opens_at=clock.now() - DAY, closes_at=clock.now() + 9 * DAY)
    page = visitor.open("/saya")
    assert "Gelombang ini sudah berakhir." in page.main
    page.submit("Ikut Gelombang 5")
    assert Application.select().count() == 2


# training -----------------------------------------------------------------------------------------


def day_of(day: str, month: str, year: str) -> dict[str, str]:
    """What is typed into the three boxes of a date."""
    return {"tanggal": day, "tanggal-b": month, "tanggal-t": year}


def test_training_bought_meets_the_deadline(visitor, wave):
    application = moved(sent(visitor), CLOSED, SELECTED)
    row = deadline(application, NOW + 11 * DAY)
    page = visitor.open("/saya").click("Saya sudah beli pelatihan")
    page = page.submit("Ya, saya sudah beli pelatihan", pelatihan="Menjahit dasar", kapan="kemarin")
    assert "Sedang pelatihan" in page.main
    assert "Menjahit dasar, dibeli 21 November 2026" in page.main
    assert "Beli pelatihan pertama" not in page.main
    assert Deadline.get_by_id(row.id).done_at == NOW
    assert reasons(application)[-1] == ("training_bought", "applicant")


def test_training_bought_twice_is_bought_once(visitor, wave):
    application = moved(sent(visitor), CLOSED, SELECTED)
    ask = visitor.open("/saya/beli")
    said = {"pelatihan": "Menjahit", "kapan": "hari-ini"}
    ask.submit("Ya, saya sudah beli pelatihan", said)
    assert "Keadaannya sudah berubah." in ask.submit("Ya, saya sudah beli pelatihan", said).main
    assert [reason for reason, _ in reasons(application)].count("training_bought") == 1


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"pelatihan": "", "kapan": "hari-ini"}, "Isi nama pelatihan yang Anda beli."),
        ({"pelatihan": "123", "kapan": "hari-ini"}, "Nama pelatihan harus berisi huruf"),
        ({"pelatihan": "x" * 121, "kapan": "hari-ini"}, "Paling banyak 120 huruf"),
        ({"pelatihan": "Menjahit"}, "Pilih kapan Anda beli."),
        ({"pelatihan": "Menjahit", "kapan": "lain"}, "Isi tanggal, bulan, dan tahun beli."),
        ({"pelatihan": "Menjahit", "kapan": "lain", **day_of("31", "2", "2026")}, "Tanggal 31 tidak ada"),
        ({"pelatihan": "Menjahit", "kapan": "lain", **day_of("23", "11", "2026")}, "Tanggal ini belum tiba."),
        ({"pelatihan": "Menjahit", "kapan": "lain", **day_of("1", "11", "2025")}, "sudah lama sekali"),
    ],
)
def test_without_title_and_day_nothing_is_noted_and_what_was_typed_stays(visitor, wave, answers, words):
    application = moved(sent(visitor), CLOSED, SELECTED)
    page = visitor.open("/saya/beli").submit("Ya, saya sudah beli pelatihan", answers, status=422)
    assert page.title.startswith("Error:")
    assert any(words in error for error in page.errors)
    assert Application.get_by_id(application.id).state == "selected"


def test_another_day_stands_in_the_ledger(visitor, wave):
    moved(sent(visitor), CLOSED, SELECTED)
    answers = {"pelatihan": "Las listrik", "kapan": "lain", **day_of("9", "11", "2026")}
    page = visitor.open("/saya/beli").submit("Ya, saya sudah beli pelatihan", answers)
    assert "Las listrik, dibeli 9 November 2026" in page.main


def test_only_selected_people_report_a_training(visitor, wave):
    application = moved(sent(visitor), CLOSED)
    assert visitor.open("/saya/beli").path == "/saya"
    token = visitor.ask("GET", "/csrf").json["token"]
    visitor.ask("POST", "/saya/beli", data={"csrf_token": token})
    assert Application.get_by_id(application.id).state == "in_selection"


# the inbox ----------------------------------------------------------------------------------------


def test_opening_a_notice_counts_once_and_only_by_a_tap(visitor, wave, clock):
    sent(visitor)
    inbox = visitor.open("/saya/kabar")
    assert "Kabar 1 belum dibaca" in inbox.links
    notice = Notice.get()
    letter = visitor.open(f"/saya/kabar/{notice.id}")  # by address, as a push does: reading changes nothing
    assert Notice.get().opened_at is None
    assert "Tandai sudah dibaca" in letter.main
    clock.move(timedelta(minutes=1))
    letter = inbox.submit("Pendaftaran Anda sudah kami terima Baru. Hari ini, 10.42")
    assert letter.h1 == "Pendaftaran Anda sudah kami terima"
    assert "Tandai sudah dibaca" not in letter.main
    opened = Notice.get().opened_at
    clock.move(timedelta(minutes=1))
    inbox.submit("Pendaftaran Anda sudah kami terima Baru. Hari ini, 10.42")
    assert Notice.get().opened_at == opened
    assert "Kabar" in visitor.open("/saya/kabar").links
    assert letter.links["Lihat status saya"] == "/saya"


def test_nobody_opens_a_notice_of_somebody_else(visitor, another_visitor, wave):
    sent(visitor)
    walking.register(another_visitor, walking.changed(identitas={"nik": "359901 570488 0077"}))
    own = Notice.get(Notice.applicant == Application.select().order_by(Application.id).get().applicant_id)
    token = another_visitor.ask("GET", "/csrf").json["token"]
    both = (visitor, another_visitor)
    seen = [v.ask("GET", f"/saya/kabar/{own.id}").status_code for v in both]
    assert sorted(seen) == [200, 404]
    stranger = both[seen.index(404)]
    token = stranger.ask("GET", "/csrf").json["token"]
    answer = stranger.ask("POST", f"/saya/kabar/{own.id}", data={"csrf_token": token})
    assert answer.status_code == 404
    assert Notice.get_by_id(own.id).opened_at is None


def test_many_notices_come_in_pages(visitor, wave):
    application = sent(visitor)
    for n in range(25):
        Notice.create(
            applicant=application.applicant_id,
            kind="deadline",
            key=f"x:{n}",
            title=f"Kabar nomor {n}",
            body="Isi.",
            path="/saya",
            created_at=NOW + n * timedelta(minutes=1),
        )
    first = visitor.open("/saya/kabar")
    assert "Kabar nomor 24" in first.main
    assert "Kabar nomor 4 " not in first.main
    second = first.click("Lebih lama")
    assert "Kabar nomor 4 " in second.main
    assert "Pendaftaran Anda sudah kami terima" in second.main
    assert visitor.open("/saya/kabar?halaman=999").main == second.main
    assert visitor.open("/saya/kabar?halaman=-1").main == first.main


def test_an_address_outside_is_no_button(visitor, wave):
    application = sent(visitor)
    made = Notice.create(
        applicant=application.applicant_id,
        kind="x",
        key="x",
        title="Kabar",
        body="Isi.",
        path="//evil.example/",
        created_at=NOW,
    )
    assert "evil" not in visitor.open(f"/saya/kabar/{made.id}").html
