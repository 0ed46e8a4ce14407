"""A draw through the office's front door: rules, promise, list, freeze, the one run, attest, publish, by three people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.models import (
    Application,
    AuditLine,
    Draw,
    DrawFile,
    GroupClaim,
    OfficeMail,
    Result,
    SuspectedPair,
    Wave,
)
from app.services import draw_lookup, draw_publication, drawing, results, wave_control
from app.services.ledger import Actor
from tests import draws
from tests.security.rows import differences, everything
from tests.staff import rows
from tests.staff.conftest import Signed
from tests.staff.test_races import together

PLAN = {
    "nomor": "2",
    "buka": "2023-08-28",
    "buka_jam": "08.00",
    "tutup": "2023-09-12",
    "tutup_jam": "16.00",
    "umum": "2023-09-18",
    "umum_jam": "10.00",
    "kuota": "3",
    "hari": "15",
}
RULES = {"kursi_phk": "1", "urutan": "first", "batas": "1", "pewaris": "rank"}
TIME = {"undi": "2023-09-15", "undi_jam": "18.00", "yakin": True}
HERE = "/petugas/gelombang/2/undian"


@pytest.fixture
def early(clock):
    """A week before the wave opens."""
    clock.set(draws.OPENS - timedelta(days=7))
    return clock


def until(person, clock, moment):
    """Sign in again at another time (sessions of the office are short)."""
    clock.set(moment)
    person.sign_in()
    return person.visitor.open(HERE)


def test_from_rules_to_publication(early, signed: Signed):
    ratna = signed("manager", "ratna.satu")
    budi, hadi = signed("verifier", "budi.satu"), signed("manager", "hadi.satu")
    page = ratna.visitor.open("/petugas/gelombang/baru").submit("Simpan", PLAN)
    page = ratna.visitor.open(HERE).click("Ubah aturan").submit("Simpan aturan", RULES)
    assert "1 tempat lebih dulu untuk yang kena PHK" in page.main
    page = page.click("Buat janji undian").submit("Umumkan janji", TIME)
    assert Draw.get().draw_at == draws.DRAW_AT
    assert draw_lookup.grouped(Draw.get().promise_sha256) in page.main
    assert "Daftar dibuat sesudah gelombang ditutup" in page.main
    assert "Alamat email inspektorat belum diatur." in page.main

    draws.people(9, Wave.get())
    page = until(ratna, early, draws.LISTED).click("Terbitkan daftar peserta").submit("Terbitkan daftar")
    assert "9 nomor." in page.main
    assert "Daftar dikunci mulai Kamis, 14 September 2023, pukul 06.00 WIB" in page.main
    page = until(ratna, early, draws.FROZEN).click("Kunci daftar peserta").submit("Kunci daftar")
    assert "drand putaran 657413" in page.main

    page = until(ratna, early, draws.DRAWN).click("Jalankan undian")
    typo = draws.SIGNATURE[:-1] + "c"
    page = page.submit("Pakai tanda tangan ini", tanda=typo, status=422)
    assert page.errors == [
        "Ini bukan tanda tangan drand untuk putaran 657413. Periksa lagi, lalu tempel ulang."
    ]
    page = page.submit("Pakai tanda tangan ini", tanda=f" {draws.SIGNATURE.upper()}\n")
    assert "Langkah berikutnya dilakukan petugas lain" in page.main
    assert "sah" not in " ".join(page.links)

    page = until(budi, early, draws.ATTESTED).click("Periksa dan sahkan").submit("Hitung ulang dan sahkan")
    assert "Langkah berikutnya dilakukan petugas lain" in page.main
    page = until(hadi, early, draws.ATTESTED + timedelta(minutes=2)).click("Umumkan hasil")
    page = page.submit("Jadwalkan pengumuman", yakin=True)
    assert "Dijadwalkan Senin, 18 September 2023, pukul 10.00 WIB, oleh hadi.satu" in page.main
    assert "Umumkan hasil" not in page.links
    results.publish_due(draws.ANNOUNCED)
    draw_publication.note_published_due(draws.ANNOUNCED)
    assert Result.select().where(Result.published_at.is_null(False)).count() == 9
    assert Draw.get().published_at == draws.ANNOUNCED


def test_reserves_are_not_more_than_the_places(early, signed: Signed):
    boss = signed("manager")
    boss.visitor.open("/petugas/gelombang/baru").submit("Simpan", PLAN)
    page = boss.visitor.open(f"{HERE}/aturan")
    page = page.submit("Simpan aturan", RULES | {"kursi_phk": "2", "kursi_umi": "2"}, status=422)
    assert page.errors == ["Tempat khusus 4, lebih banyak daripada 3 tempat."]
    assert Wave.get().rules == "{}"


def test_of_two_managers_the_slower_promises_nothing_unseen(early, signed: Signed):
    one, two = signed("manager", "ratna.satu"), signed("manager", "hadi.dua")
    one.visitor.open("/petugas/gelombang/baru").submit("Simpan", PLAN)
    promise = one.visitor.open(f"{HERE}/janji")
    two.visitor.open(f"{HERE}/aturan").submit("Simpan aturan", RULES)
    assert "Orang lain baru saja" in promise.submit("Umumkan janji", TIME, status=409).main
    assert not Draw.select().exists()


def test_a_draw_before_the_list_can_be_final(early, signed: Signed):
    boss = signed("manager")
    boss.visitor.open("/petugas/gelombang/baru").submit("Simpan", PLAN)
    for day, words in (
        ("2023-09-12", "Undian paling cepat 48 jam sesudah gelombang ditutup."),
        ("2023-09-19", "Undian harus sebelum waktu hasil diumumkan."),
    ):
        page = boss.visitor.open(f"{HERE}/janji").submit("Umumkan janji", TIME | {"undi": day}, status=422)
        assert page.errors == [words]
        assert page.form("Umumkan janji").values["undi"] == day
    assert not Draw.select().exists()


@pytest.mark.parametrize("step", ["daftar", "kunci", "jalan", "sah", "umumkan"])
def test_a_step_that_is_not_due_says_which_comes_first(early, signed: Signed, step):
    """Opened or sent: a reason and a link to what stands in the way, which is there."""
    boss = signed("manager")
    boss.visitor.open("/petugas/gelombang/baru").submit("Simpan", PLAN)
    before = everything()
    page = boss.visitor.open(f"{HERE}/{step}", status=409)
    assert "Langkah sebelumnya belum selesai: Janji undian diumumkan." in page.main
    there = page.links["Lihat undian Gelombang 2"]
    assert there == f"{HERE}#janji"
    assert 'id="janji"' in boss.visitor.open(there.partition("#")[0]).html
    token = boss.visitor.open("/petugas/gelombang/2/ubah").forms[0].values["csrf_token"]
    answer = boss.visitor.ask("POST", f"{HERE}/{step}", data={"csrf_token": token, "tanda": "00"})
    assert answer.status_code == 409
    assert f"{HERE}#" in answer.get_data(as_text=True)
    assert differences(before, everything()) in ([], ["attempt: a row more"])  # the try is counted


def test_what_a_step_waits_for_is_linked(early, signed: Signed):
    boss = signed("manager")
    boss.visitor.open("/petugas/gelombang/baru").submit("Simpan", PLAN)
    boss.visitor.open(f"{HERE}/janji").submit("Umumkan janji", TIME)
    page = boss.visitor.open(f"{HERE}/sah", status=409)
    assert "Langkah sebelumnya belum selesai" not in page.main
    assert "Daftar dibuat sesudah gelombang ditutup" in page.main
    token = boss.visitor.open("/petugas/gelombang/2/ubah").forms[0].values["csrf_token"]
    answer = boss.visitor.ask("POST", f"{HERE}/daftar", data={"csrf_token": token}).get_data(as_text=True)
    assert "masih dibuka" in answer
    assert "Lihat waktu Gelombang 2" in answer


def test_what_is_promised_is_not_planned_anew(early, signed: Signed):
    boss = signed("manager")
    boss.visitor.open("/petugas/gelombang/baru").submit("Simpan", PLAN)
    boss.visitor.open(f"{HERE}/janji").submit("Umumkan janji", TIME)
    page = boss.visitor.open("/petugas/gelombang/2/ubah")
    page = page.submit("Simpan", kuota="4", tutup="2023-09-13", status=422)
    assert page.errors == [
        "Waktu tutup sudah dijanjikan. Tidak bisa diubah lagi.",
        "Jumlah tempat sudah dijanjikan. Tidak bisa diubah lagi.",
    ]
    early.set(draws.OPENS + timedelta(days=1))
    boss.sign_in()
    assert "Tutup sekarang" not in boss.visitor.open("/petugas/gelombang/2").links
    page = boss.visitor.open("/petugas/gelombang/2/tutup").submit("Tutup sekarang", status=409)
    assert "sudah dijanjikan" in page.main
    assert boss.visitor.open(f"{HERE}/aturan").path == HERE
    assert boss.visitor.open(f"{HERE}/janji").path == HERE


def test_without_a_relay_that_answers_it_can_be_pasted(app, signed: Signed, clock):
    app.extensions["settings"] = replace(app.extensions["settings"], drand_relays=("http://127.0.0.1:1",))
    clock.set(draws.DRAWN)
    boss = signed("manager")
    draws.frozen()
    page = boss.visitor.open(f"{HERE}/jalan").submit("Ambil dari drand", status=422)
    assert page.errors == [
        "Belum ada relai drand yang memberi tanda tangan putaran 657413. Coba lagi, atau tempel sendiri."
    ]
    page.submit("Pakai tanda tangan ini", tanda=draws.SIGNATURE)
    assert Draw.get().drawn_by == boss.staff


def test_who_attested_does_not_publish(signed: Signed, clock):
    clock.set(draws.ATTESTED)
    boss = signed("manager")
    drawing.attest(draws.drawn(), Actor("staff", boss.staff), draws.ATTESTED)
    page = boss.visitor.open(f"{HERE}/umumkan")
    assert "Yang mengumumkan harus pengelola lain" in page.main
    assert "Perlu petugas lain" in page.submit("Jadwalkan pengumuman", yakin=True, status=403).main
    assert not Result.select().exists()


def test_who_drew_is_not_offered_to_attest(signed: Signed, clock):
    clock.set(draws.ATTESTED)
    boss = signed("manager")
    Draw.update(drawn_by=boss.staff).where(Draw.id == draws.drawn().id).execute()
    assert "Periksa dan sahkan" not in boss.visitor.open(HERE).links
    page = boss.visitor.open(f"{HERE}/sah").submit("Hitung ulang dan sahkan", status=403)
    assert "Perlu petugas lain" in page.main


# what is due, and what the list does not know --------------------------------------------------------


def test_the_first_page_counts_down_to_the_next_step(signed: Signed, clock):
    clock.set(draws.DRAW_AT - timedelta(hours=30))
    draws.listed()
    boss, verifier = signed("manager"), signed("verifier")
    page = boss.visitor.open("/petugas")
    assert "Kunci daftar peserta Gelombang 2: tinggal 5 jam." in page.main
    assert "Kalau terlambat, undian mundur satu minggu" in page.main
    assert page.click("Buka undian Gelombang 2").path == HERE
    assert "Kunci daftar peserta" not in verifier.visitor.open("/petugas").main
    draws.drawn(draws.frozen(Draw.get()))
    clock.set(draws.DRAWN)
    boss.sign_in(), verifier.sign_in()
    for person in (boss, verifier):
        assert (
            "Periksa dan sahkan undian Gelombang 2: tinggal 2 hari." in person.visitor.open("/petugas").main
        )


def test_the_office_sees_whether_the_inspectorate_has_the_hash(signed: Signed, clock):
    clock.set(draws.FROZEN)
    draw = draws.frozen()
    boss = signed("manager")
    assert boss.visitor.open(HERE).main.count("Menunggu dikirim ke inspektorat.") == 2
    sent, lost = OfficeMail.key == f"promise:{draw.id}", OfficeMail.key == f"frozen:{draw.id}"
    OfficeMail.update(state="sent", done_at=draws.PROMISED).where(sent).execute()
    OfficeMail.update(state="failed", done_at=draws.FROZEN).where(lost).execute()
    page = boss.visitor.open(HERE)
    assert "Dikirim ke inspektorat Senin, 28 Agustus 2023, pukul 09.00 WIB." in page.main
    assert "Email ke inspektorat gagal. Kirim sendiri sidiknya." in page.main
    assert "1 email ke inspektorat tidak sampai." in boss.visitor.open("/petugas").main


def test_freezing_warns_of_what_the_list_does_not_know(signed: Signed, clock):
    clock.set(draws.FROZEN)
    draws.listed()
    boss = signed("manager")
    assert "belum memuat semua putusan" not in boss.visitor.open(f"{HERE}/kunci").main
    one, other = Application.select().order_by(Application.id).limit(2)
    later = draws.LISTED + timedelta(hours=1)
    claim = GroupClaim.select().first()
    GroupClaim.update(decided_at=later).where(GroupClaim.id == claim.id).execute()
    rows.pair(one.applicant, other.applicant)
    SuspectedPair.update(decision="different", decided_at=later).execute()
    Application.update(changed_at=later).where(Application.id == one.id).execute()
    page = boss.visitor.open(HERE)
    assert "Ada putusan yang lebih baru daripada daftar yang terbit." in page.main
    page = boss.visitor.open(f"{HERE}/kunci")
    assert "1 putusan bukti kelompok." in page.main
    assert "1 putusan pasangan yang mungkin satu orang." in page.main
    assert "1 pendaftar yang keadaannya berubah." in page.main
    page = page.click("Perbarui daftar dulu").submit("Terbitkan daftar")
    assert "lebih baru daripada daftar" not in page.main
    page = page.click("Kunci daftar peserta")
    assert "belum memuat semua putusan" not in page.main


# what does not fit, through the front door: a clear message, the right code, no half state -------------


def test_fewer_places_than_reserved_seats(early, signed: Signed):
    boss = signed("manager")
    boss.visitor.open("/petugas/gelombang/baru").submit("Simpan", PLAN)
    boss.visitor.open(f"{HERE}/aturan").submit("Simpan aturan", RULES | {"kursi_phk": "2"})
    page = boss.visitor.open("/petugas/gelombang/2/ubah").submit("Simpan", kuota="1", status=422)
    assert page.errors == ["Tempat khusus sudah 2. Jumlah tempat tidak bisa kurang dari itu."]
    assert Wave.get().quota == 3
    assert boss.visitor.open("/gelombang/2").status == 200


def test_a_draw_time_is_not_moved_after_the_list_froze(signed: Signed, clock):
    clock.set(draws.FROZEN)
    boss = signed("manager")
    draw = draws.frozen()
    before = everything()
    token = boss.visitor.open(HERE).forms[0].values["csrf_token"]
    sent = TIME | {"undi": "2023-09-22", "yakin": "y", "csrf_token": token}
    answer = boss.visitor.ask("POST", f"{HERE}/janji", data=sent)
    assert answer.status_code == 409
    assert "Janji harus dibuat paling lambat 7 hari" in answer.get_data(as_text=True)
    plan = PLAN | {"tutup": "2023-09-13", "csrf_token": token, "seen": wave_control.mark(Wave.get())}
    plan |= {"selesai": "60", "ulasan": "7", "tenggang": "3"}
    assert boss.visitor.ask("POST", "/petugas/gelombang/2/ubah", data=plan).status_code == 409
    for step, status in (("daftar", 409), ("kunci", 409), ("aturan", 409)):
        data = RULES | {"csrf_token": token, "seen": wave_control.mark(Wave.get())}
        assert boss.visitor.ask("POST", f"{HERE}/{step}", data=data).status_code == status, step
    assert differences(before, everything()) == []
    assert Draw.get().draw_at == draw.draw_at


@pytest.mark.parametrize("what", ["list", "promise"])
def test_a_file_that_was_changed_is_not_drawn(signed: Signed, clock, what):
    clock.set(draws.DRAWN)
    boss = signed("manager")
    draw = draws.frozen()
    if what == "list":
        draws.tampered(draw, "peserta.csv", b"phk", b"umi")
    else:
        Draw.update(promise=bytes(draw.promise).replace(b"phk", b"umi", 1)).execute()
    page = boss.visitor.open(f"{HERE}/jalan")
    page = page.submit("Pakai tanda tangan ini", tanda=draws.SIGNATURE, status=422)
    assert "sudah" in page.errors[0]
    assert "Jangan diundi; laporkan." in page.errors[0]
    assert Draw.get().drawn_at is None
    assert [row.name for row in DrawFile.select()] == ["peserta.csv"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("peserta.csv", "Jangan diundi; laporkan."), ("hasil.csv", "Jangan diumumkan; laporkan.")],
)
def test_a_file_that_was_changed_is_not_attested(signed: Signed, clock, name, words):
    clock.set(draws.ATTESTED)
    verifier = signed("verifier")
    draw = draws.drawn()
    draws.tampered(draw, name, b"\n", b"x\n")
    page = verifier.visitor.open(f"{HERE}/sah").submit("Hitung ulang dan sahkan", status=409)
    assert words in page.main
    assert Draw.get().attested_at is None


def test_a_file_that_was_changed_is_not_published(signed: Signed, clock):
    clock.set(draws.ATTESTED)
    boss = signed("manager")
    draw = draws.attested()
    draws.tampered(draw, "hasil.csv", b"reserve", b"selectd")
    page = boss.visitor.open(f"{HERE}/umumkan").submit("Jadwalkan pengumuman", yakin=True, status=409)
    assert "Jangan diumumkan; laporkan." in page.main
    assert not Result.select().exists()
    assert Wave.get().publish_at is None


def test_two_people_press_publish_in_the_same_moment(app, signed: Signed, clock):
    clock.set(draws.ATTESTED)
    people = [signed("manager", "hadi.satu"), signed("manager", "sari.dua")]
    draws.attested()
    pages = [person.visitor.open(f"{HERE}/umumkan") for person in people]

    def press(page) -> int:
        data = page.form("Jadwalkan pengumuman").values | {"yakin": "y"}
        return int(page.visitor.ask("POST", f"{HERE}/umumkan", data=data).status_code)

    answers = together(*(lambda page=page: press(page) for page in pages))
    assert sorted(answers) == [303, 409]
    assert Result.select().count() == 9
    assert AuditLine.select().where(AuditLine.verb == "wave.publish").count() == 1
    assert Wave.get().publish_by in ("hadi.satu", "sari.dua")


def test_people_in_a_frozen_list_stay_who_they_are(signed: Signed, clock):
    """A winning ghost cannot be corrected into a friend (D4): no fix is asked for, so no answer is changed."""
    clock.set(draws.FROZEN)
    officer = signed("officer")
    draws.listed()
    one = Application.select().order_by(Application.id).first()
    asked = officer.visitor.open(f"/petugas/pendaftar/{one.id}").click("Perlu dibetulkan")
    draws.frozen(Draw.get())
    page = asked.submit("Tandai dan kabari", alasan="nik_differs", catatan="", status=409)
    assert "sudah dikunci" in page.main
    assert "Perlu dibetulkan" not in officer.visitor.open(f"/petugas/pendaftar/{one.id}").links
    assert Application.get_by_id(one.id).state == "in_selection"
