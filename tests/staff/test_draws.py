"""A draw through the office's front door: rules, promise, list, freeze, the one run, attest, publish, by three people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.models import Draw, Result, Wave
from app.services import draw_lookup, draw_publication, drawing, results
from app.services.ledger import Actor
from tests import draws
from tests.staff.conftest import Signed

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
    page = boss.visitor.open(f"{HERE}/janji").submit(
        "Umumkan janji", TIME | {"undi": "2023-09-12"}, status=409
    )
    assert "Janji ini belum bisa dibuat" in page.main


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
