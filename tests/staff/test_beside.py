"""Beside the data of a person: until when something is to be done, what was told, and the way back to the list."""

from __future__ import annotations

from datetime import timedelta

from app.models import CallTask, Consent, Deadline, Delivery, Notice
from app.rules.states import State
from app.services import deadlines, notices, offers, withdrawal
from tests.conftest import NOW
from tests.drawn import Person, drawn_wave
from tests.staff import rows


def _open(signed, application, role="officer"):
    return signed(role).visitor.open(f"/petugas/pendaftar/{application.id}")


def test_the_officer_reads_until_when_it_must_be_bought(signed):
    wave = rows.wave(4, opens=-30, closes=-20)
    one = rows.application(rows.applicant(), wave, State.SELECTED)
    assert "Batas waktu" not in _open(signed, one, "auditor").main.split()
    deadlines.begin_buying(one, wave, "WIB", NOW)
    page = _open(signed, one)
    assert "Beli pelatihan pertama" in page.main
    assert "pukul 23.59 WIB" in page.main
    Deadline.update(due_at=NOW - timedelta(days=1)).execute()
    assert "Lewat" in _open(signed, one, "verifier").main
    Deadline.update(done_at=NOW).execute()
    main = _open(signed, one, "manager").main
    assert "Selesai" in main
    assert "Lewat" not in main


def test_the_officer_reads_how_far_the_last_notices_came(signed):
    one = rows.application(rows.applicant(), rows.wave())
    for n, (title, state) in enumerate([("Kabar lama", "opened"), ("Kabar dua", ""), ("Kabar tiga", "sent")]):
        notice = notices.write(
            applicant_id=one.applicant_id,
            kind="fix",
            key=f"n{n}",
            title=title,
            body="B",
            path="/saya",
            now=NOW,
        )
        assert notice is not None
        Notice.update(created_at=NOW + timedelta(minutes=n), climb_at=None).where(
            Notice.id == notice.id
        ).execute()
        if state:
            Delivery.create(
                notice=notice.id, channel="push", state=state, not_before=NOW, not_after=NOW, created_at=NOW
            )
    main = _open(signed, one).main
    told = main[main.index("Kabar terakhir") :]
    assert told.index("Kabar tiga") < told.index("Kabar dua") < told.index("Kabar lama")
    for title, word in (("Kabar tiga", "Terkirim"), ("Kabar dua", "Tidak sampai"), ("Kabar lama", "Dibuka")):
        assert word in told[told.index(title) :].split("Kabar ")[1]


def test_whatsapp_is_offered_only_with_permission(signed):
    one = rows.application(rows.applicant(whatsapp=True), rows.wave())
    page = _open(signed, one)
    assert "Kirim pesan" not in page.links
    assert "belum mengizinkan pesan" in page.main
    Consent.create(applicant=one.applicant, purpose="wa", given=True, text_sha256="0" * 64, at=NOW)
    assert "Kirim pesan" in _open(signed, one, "manager").links


def test_the_list_of_work_is_found_again_after_each_person(signed):
    one = rows.application(rows.applicant(), rows.wave(), State.NEEDS_FIX)
    other = rows.application(rows.applicant(rows.nik(2), "Rina"), rows.wave(5), State.NEEDS_FIX)
    page = signed().visitor.open("/petugas").click("Perlu dibetulkan 2 orang")
    assert "Sudah lengkap" in page.main
    page = page.click("Siti Marlina").click("Kode ganti PIN").click("Batal").submit("Sudah lengkap")
    assert "Pendaftar sudah dikabari" in page.main
    page = page.click("Perlu dibetulkan")
    assert "Rina" in page.main
    assert "Siti" not in page.main
    assert (one.id, other.id) != (0, 0)


def test_a_list_that_there_is_not_is_no_way_back(signed):
    one = rows.application(rows.applicant(), rows.wave())
    page = signed().visitor.open(f"/petugas/pendaftar/{one.id}?dari=//elsewhere.example")
    assert "elsewhere" not in page.html
    assert "Cari pendaftar" in page.links


def test_whom_no_call_reached_can_be_opened(signed):
    person = rows.applicant()
    older = rows.application(
        person, rows.wave(3, opens=-40, closes=-30), State.NOT_SELECTED, at=NOW - timedelta(days=35)
    )
    newer = rows.application(person, rows.wave(4))
    task = rows.call(person)
    CallTask.update(state="wrong_number", done_at=NOW).where(CallTask.id == task).execute()
    page = signed().visitor.open("/petugas/telepon?siapa=gagal").click("Siti Marlina")
    assert page.path.endswith(str(newer.id))
    assert older.id != newer.id


def test_a_seat_that_is_offered_stands_there_with_its_time(signed, office, clock):
    _, people = drawn_wave(1, [Person() for _ in range(2)])
    clock.move(timedelta(hours=2))
    withdrawal.withdraw(people[0].applicant_id, "", clock.now())
    offers.expire_due(clock.now())
    main = _open(signed, people[1]).main
    assert "Menjawab tawaran tempat" in main
    assert "pukul 20.00 WIB" in main
