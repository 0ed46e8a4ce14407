"""The end of a wave and the entries that were missing from its list, by people of the office at their tablets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import Application, DayList, LateEntry, Wave
from app.rules import codes
from app.rules import draw as rules
from app.rules.states import State
from app.services import objections
from tests.conftest import NOW
from tests.drawn import Person, drawn_wave
from tests.staff import rows

OVER = NOW + timedelta(days=8)


@pytest.fixture
def wave(office) -> Wave:
    return drawn_wave(2, [Person() for _ in range(4)])[0]


@pytest.fixture
def stray(wave, monkeypatch) -> Application:
    monkeypatch.setattr(rules, "score", lambda key, entry: b"b" if entry.startswith("E0") else b"a")
    sent = wave.closes_at - timedelta(days=1)
    return rows.application(rows.applicant(rows.nik(70), "Sri Tertinggal"), wave, State.IN_SELECTION, at=sent)


# missing from the list -------------------------------------------------------------------------------


def test_one_brings_it_in_and_another_agrees(wave, stray, signed):
    manager, verifier = signed("manager"), signed("verifier")
    page = manager.visitor.open("/petugas/gelombang/4").click("Tertinggal dari daftar, 1")
    assert "Sri Tertinggal" in page.main
    assert "Isi hasil" not in page.click("Sri Tertinggal").links  # what is drawn is not filled in
    page = page.click("Hitung")
    assert codes.shown(stray.entry_number) not in page.html  # the office need not know whose number it is
    assert "Urutan 1 kalau ikut diundi bersama 4 nomor. Dapat tempat tambahan." in page.main
    assert page.submit("Catat", catatan="", status=422).errors == [
        "Tulis apa yang sudah diperiksa, untuk petugas kedua."
    ]
    assert "Tercatat di daftar harian tidak ada" in page.main
    page = page.submit("Catat", catatan="KTP dicocokkan 20 November.")
    assert "Berlaku kalau petugas lain setuju." in page.main
    page = page.click("Lihat usulan")
    assert "Anda yang mencatat." in page.main
    assert "Setuju" not in [button for form in page.forms for button in form.buttons]
    token = page.form("Batalkan").values["csrf_token"]
    answer = manager.visitor.ask("POST", f"{page.path}/setuju", data={"csrf_token": token})
    assert answer.status_code == 403
    page = verifier.visitor.open("/petugas/gelombang/4/susulan").click("Menunggu petugas kedua")
    assert "KTP dicocokkan 20 November." in page.main
    entries = f"F829-7J5D-V\n{codes.shown(stray.entry_number)}".encode()
    DayList.create(
        wave=wave, day="2026-10-20", count=2, root="0" * 64, entries=entries, made_at=wave.opens_at
    )
    page = verifier.visitor.open(page.path)
    assert "Tercatat di daftar harian 20 Oktober 2026" in page.main
    page = page.submit("Setuju")
    assert "Dapat tempat tambahan. Pendaftar dikabari." in page.main
    assert Application.get_by_id(stray.id).state == "selected"
    assert "Tidak ada yang tertinggal." in verifier.visitor.open("/petugas/gelombang/4/susulan").main


def test_dropped_and_too_late(wave, stray, signed):
    manager, verifier = signed("manager"), signed("verifier")
    manager.visitor.open(f"/petugas/pendaftar/{stray.id}/susulan").submit("Catat", catatan="KTP dicocokkan.")
    again = verifier.visitor.open(f"/petugas/pendaftar/{stray.id}/susulan")
    assert "Sudah dicatat petugas lain." in again.main
    assert again.submit("Catat", catatan="Juga saya.", status=409).h1 == "Sudah berubah"
    page = verifier.visitor.open(f"/petugas/susulan/{LateEntry.get().id}")
    page.submit("Batalkan")
    assert page.submit("Setuju", status=409).h1 == "Sudah berubah"
    in_hat = Application.get(Application.state == "reserve")
    page = manager.visitor.open(f"/petugas/pendaftar/{in_hat.id}/susulan", status=409)
    assert "jalannya keberatan" in page.main
    assert "Hitung menyusul" not in manager.visitor.open(f"/petugas/pendaftar/{in_hat.id}").links


# the end of a wave -----------------------------------------------------------------------------------


def test_a_wave_is_ended(wave, signed, clock):
    clock.set(OVER)
    page = signed("manager").visitor.open("/petugas/gelombang/4").click("Akhiri gelombang")
    assert "Masih cadangan 2 orang" in page.main
    page = page.submit("Akhiri gelombang")
    assert "Yang masih cadangan dikabari dalam satu menit." in page.main
    assert "Sudah selesai" in page.main
    assert "Akhiri gelombang" not in page.links


def test_what_stands_in_the_way_has_a_link(wave, stray, signed, clock):
    manager = signed("manager")
    early = manager.visitor.open("/petugas/gelombang/4/akhiri")
    assert "Peserta masih boleh mengajukan keberatan sampai" in early.main
    one = Application.get(Application.state == "reserve")
    objections.make(one.applicant_id, "Nomor urut saya keliru sekali.", NOW)
    clock.set(OVER)
    manager.sign_in()
    page = manager.visitor.open("/petugas/gelombang/4/akhiri")
    assert "Belum bisa diakhiri." in page.main
    assert page.click("Jawab keberatan").path == "/petugas/keberatan"
    assert page.click("Hitung yang tertinggal").path == "/petugas/gelombang/4/susulan"
    assert "Akhiri gelombang" not in [button for form in page.forms for button in form.buttons]
    token = page.forms[0].values["csrf_token"]
    answer = manager.visitor.ask("POST", page.path, data={"csrf_token": token, "seen": "x"})
    assert answer.status_code == 409
    assert Wave.get().archived_at is None


def test_blocked_at_the_last_moment_says_why(wave, signed, clock):
    clock.set(OVER)
    manager = signed("manager")
    page = manager.visitor.open("/petugas/gelombang/4/akhiri")
    one = Application.get(Application.state == "selected")
    rows.reversal(one)
    page = page.submit("Akhiri gelombang", status=409)
    assert page.h1 == "Gelombang 4 belum bisa diakhiri"
    assert page.click("Lihat usulan cabut tempat").path == "/petugas/cabut"
    assert Wave.get().archived_at is None


def test_a_wave_that_was_not_told_has_no_end(office, signed):
    rows.wave(3, opens=-30, closes=-10)
    manager = signed("manager")
    assert "Akhiri gelombang" not in manager.visitor.open("/petugas/gelombang/3").links
    assert manager.visitor.open("/petugas/gelombang/3/akhiri").path == "/petugas/gelombang/3"
