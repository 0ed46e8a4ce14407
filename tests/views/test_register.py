"""The wizard through the front door: every page, both databases, scripts off."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.crypto import keys
from app.models import Applicant, Application, AuditLine, Consent, Draft, LedgerEntry, Notice, Session
from tests import walking
from tests.security.rows import differences, everything
from tests.walking import SITI, changed, register, until

KUNCI = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b(?!-)")
MISSED = "Kunci belum Anda tulis?"


def test_from_the_start_page_to_the_receipt(visitor, wave):
    start = visitor.open("/")
    assert "Gelombang 4 dibuka" in start.text
    first = start.click("Daftar")
    assert first.h1 == "Apakah Anda bisa ikut?"
    receipt = register(visitor)
    assert receipt.h1 == "Pendaftaran Anda sudah kami terima"
    application = Application.get()
    assert application.wave == wave
    assert application.state == "submitted"
    assert application.applicant.claim == "holder"
    assert application.applicant.nik == "3599015704880003"
    assert application.applicant.email is None
    assert [line.reason for line in application.ledger] == ["sent_by_applicant"]
    assert Notice.get().kind == "received"
    assert {(row.purpose, row.given) for row in Consent.select()} == {
        ("push", False),
        ("wa", True),
        ("lpk", False),
    }
    assert Draft.get().answers == "{}"


def test_the_kunci_is_shown_for_a_quarter_of_an_hour_and_never_stored(visitor, wave, clock):
    receipt = register(visitor)
    assert "Kunci Anda, tampil 15 menit saja" in receipt.text
    assert MISSED not in receipt.text
    clock.move(timedelta(minutes=16))
    later = visitor.open("/daftar/selesai")
    assert "Kunci Anda" not in later.text
    assert MISSED not in later.text
    assert later.click("Buat kunci baru").h1 == "Kunci"


def resent(visitor, page, button, answers):
    """The answer to this page is lost in a dead spot: the browser has its old cookies and sends the page again."""
    before = dict(visitor.http._cookies)
    page.submit(button, answers)
    visitor.http._cookies.clear()
    visitor.http._cookies.update(before)
    return page.submit(button, answers)


def test_a_lost_answer_to_the_last_page_costs_no_kunci(visitor, another_visitor, wave):
    """Only the lost answer held the kunci: the receipt says that it is not there, and a new one is one tap away."""
    receipt = resent(visitor, until(visitor, "periksa"), "Kirim pendaftaran", {"benar": True})
    assert receipt.h1 == "Pendaftaran Anda sudah kami terima"
    assert MISSED in receipt.main
    assert KUNCI.findall(receipt.main) == []
    made = receipt.submit("Buat kunci baru")
    [shown] = KUNCI.findall(made.main)
    back = made.click("Sudah saya tulis")
    assert (back.path, KUNCI.findall(back.main)) == ("/daftar/selesai", [shown])
    assert MISSED not in back.main
    assert AuditLine.select().where(AuditLine.verb == "kunci.renew").count() == 1
    nik = SITI["identitas"]["nik"]
    there = another_visitor.open("/masuk/kunci").submit("Masuk", nik=nik, pin=walking.PIN, kunci=shown)
    assert there.h1 == "Kunci baru Anda"
    assert Application.select().count() == 1


def test_a_new_kunci_instead_of_a_lost_one_wants_the_pin_when_it_is_old(visitor, wave, clock):
    receipt = resent(visitor, until(visitor, "periksa"), "Kirim pendaftaran", {"benar": True})
    clock.move(timedelta(minutes=6))
    asked = receipt.submit("Buat kunci baru", status=403)
    before = Applicant.get().kunci_hash
    made = walking.after_pin(asked)
    assert made.h1 == "Kunci baru Anda"
    assert Applicant.get().kunci_hash != before
    assert made.click("Sudah saya tulis").path == "/daftar/selesai"


def test_elsewhere_than_on_the_own_phone_the_page_of_the_kunci_asks_first(visitor, wave):
    page = until(visitor, "periksa")
    Session.update(shared=True).execute()
    receipt = resent(visitor, page, "Kirim pendaftaran", {"benar": True})
    assert MISSED not in receipt.main
    made = receipt.click("Buat kunci baru").submit("Buat kunci baru")
    assert made.h1 == "Kunci baru Anda"
    assert made.click("Sudah saya tulis").path == "/daftar/selesai"


def test_nobody_jumps_ahead_by_address(visitor, wave):
    until(visitor, "identitas")
    for slug in ("pin", "minat", "periksa", "tidak-ada"):
        assert walking.slug_of(visitor.open(f"/daftar/{slug}")) == "identitas"
    assert visitor.open("/daftar/syarat").h1 == "Apakah Anda bisa ikut?"


def posted(visitor, slug):
    """A page of the wizard sent by hand, as Siti would have filled it in: (status, where it leads)."""
    token = visitor.ask("GET", "/csrf").json["token"]
    typed = SITI.get(slug, {"benar": True}) | {"csrf_token": token}
    data = {name: "y" if value is True else value for name, value in typed.items()}
    answer = visitor.ask("POST", f"/daftar/{slug}", data=data)
    return answer.status_code, answer.location


@pytest.mark.parametrize(
    "pending", ["syarat", "persetujuan", "identitas", "pin", "kecamatan", "kontak", "minat"]
)
def test_nobody_jumps_ahead_by_sending_a_later_page(visitor, wave, pending):
    """Whatever is sent, the pending page is shown again and not one row is changed."""
    until(visitor, pending)
    slugs = [*SITI, "periksa"]
    before = everything()
    for slug in slugs[slugs.index(pending) + 1 :]:
        assert posted(visitor, slug) == (303, f"/daftar/{pending}"), slug
    assert differences(before, everything()) == []


def test_nothing_is_sent_with_a_hole_in_the_answers(visitor, wave):
    """All but one page is answered: sending leads to that page, and the other answers stay."""
    page = until(visitor, "periksa").click("Ubah Kecamatan").submit("Lanjut", kecamatan="35.08.14")
    assert walking.slug_of(page) == "desa"
    before = everything()
    assert posted(visitor, "periksa") == (303, "/daftar/desa")
    assert differences(before, everything()) == []
    assert Application.select().count() == 0


def test_a_change_from_the_check_page_comes_straight_back(visitor, wave):
    page = until(visitor, "periksa")
    page = page.click("Ubah Alamat").submit("Lanjut", jalan="Jl. Kenanga 12")
    assert walking.slug_of(page) == "periksa"
    assert "Jl. Kenanga 12" in page.text


def test_a_change_that_opens_a_question_asks_it_first(visitor, wave):
    page = until(visitor, "periksa", changed(pekerjaan={"kerja": "cari"}))
    page = page.click("Ubah Keadaan kerja").submit("Lanjut", kerja="dirumahkan")
    assert walking.slug_of(page) == "phk"
    assert walking.slug_of(page.submit("Lanjut", SITI["phk"])) == "periksa"


def test_another_district_asks_for_the_village_again(visitor, wave):
    page = until(visitor, "periksa")
    page = page.click("Ubah Kecamatan").submit("Lanjut", kecamatan="35.08.14")
    assert walking.slug_of(page) == "desa"


def test_sent_twice_and_back_make_one_record(visitor, wave):
    page = until(visitor, "periksa")
    page.submit("Kirim pendaftaran", benar=True)
    again = page.submit("Kirim pendaftaran", benar=True)
    assert again.h1 == "Pendaftaran Anda sudah kami terima"
    assert visitor.open("/daftar/periksa").h1 == "Pendaftaran Anda sudah kami terima"
    assert Application.select().count() == 1
    assert LedgerEntry.select().count() == 1


def test_bad_answers_keep_what_was_typed(visitor, wave):
    page = until(visitor, "identitas")
    page = page.submit(
        "Lanjut", changed(identitas={"nik": "359901 570488 003", "lahir-b": ""})["identitas"], status=422
    )
    assert page.title.startswith("Error: ")
    assert page.errors == [
        "NIK baru 15 angka. NIK selalu 16 angka. Lihat lagi KTP Anda.",
        "Isi bulan lahir Anda, angka 1 sampai 12.",
    ]


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ({"umur": "tidak"}, "18 sampai 64"),
        ({"sekolah": "ya"}, "tidak sedang sekolah"),
        ({"jabatan": "ya"}, "ASN"),
        ({"kk2": "ya"}, "2"),
    ],
)
def test_a_bar_is_explained_and_nothing_is_kept(visitor, wave, answer, rule):
    page = visitor.open("/daftar/").submit("Lanjut", SITI["syarat"] | answer)
    assert page.path == "/daftar/berhenti"
    assert rule in page.main
    assert Draft.select().count() == 0
    assert walking.slug_of(page.click("Jawaban saya keliru, ubah")) == "syarat"


def test_a_child_leaves_no_trace(visitor, wave):
    page = until(visitor, "identitas")
    page = page.submit("Lanjut", changed(identitas={"lahir-t": "2009"})["identitas"], status=422)
    page = page.submit("Lanjut")
    assert page.path == "/daftar/berhenti"
    assert "Menurut tanggal lahir yang Anda isi" in page.main
    assert "2009" not in Draft.get().answers


def test_a_slip_in_the_year_of_birth_loses_nothing(visitor, wave):
    """One digit wrong is asked about first: the rule would throw name, NIK and KK away."""
    page = until(visitor, "identitas")
    page = page.submit("Lanjut", changed(identitas={"lahir-t": "2018"})["identitas"], status=422)
    assert page.errors[0].startswith("Menurut tanggal ini umur Anda ")
    page = page.submit("Lanjut", {"lahir-t": "2017"}, status=422)  # another date is asked about again
    assert walking.slug_of(page.submit("Lanjut", {"lahir-t": "1988"})) == "pin"
    assert "Siti Marlina" in until(visitor, "periksa").main


def test_every_wrong_part_of_a_date_is_told_at_once(visitor, wave):
    page = until(visitor, "identitas")
    typed = changed(identitas={"lahir-b": "13", "lahir-t": "88"})["identitas"]
    page = page.submit("Lanjut", typed, status=422)
    assert page.errors == ["Isi bulan lahir Anda, angka 1 sampai 12. Tahun: 4 angka, contoh 1985."]
    page = page.submit("Lanjut", {"lahir": "", "lahir-b": "", "lahir-t": ""}, status=422)
    assert page.errors == ["Isi tanggal, bulan, dan tahun lahir Anda."]


def test_the_receipt_never_tells_what_is_over(visitor, wave, clock):
    """Whoever opens the receipt later reads no date that has passed, and after the result where the newer news is."""
    register(visitor)
    assert "ditutup. Sampai saat itu" in visitor.open("/daftar/selesai").main
    assert "Simpan tanggal" in visitor.open("/daftar/selesai").links
    clock.set(wave.closes_at)
    assert "ditutup" not in visitor.open("/daftar/selesai").main
    Application.update(state="selected").execute()
    page = visitor.open("/daftar/selesai")
    assert "Lihat status saya" in page.main
    assert "Simpan tanggal" not in page.links
    assert "Buka panduan" not in page.main
    assert "Selanjutnya" not in visitor.open("/daftar/bukti").main


def test_a_new_phone_goes_on_without_a_kunci_that_nobody_has_yet(visitor, another_visitor, wave):
    """Before anything was sent there is no kunci: the page offers to go on, and the last page says what is hidden."""
    until(visitor, "alamat")
    summary = another_visitor.open("/masuk").submit("Masuk", nik=SITI["identitas"]["nik"], pin=walking.PIN)
    assert "Pakai HP yang pertama" in summary.main
    page = summary.click("Buka semuanya")
    assert (page.h1, "kunci" in page.main.lower()) == ("Satu bukti lagi", False)
    assert walking.slug_of(page.click("Lanjutkan")) == "alamat"
    check = until(another_visitor, "periksa")
    assert "tidak tampil di sini" in check.main
    assert "tekan Ubah" not in check.main


def test_what_is_allowed_reads_as_people_write_it(visitor, wave):
    page = until(visitor, "periksa", changed(persetujuan={"push": True, "wa": True}))
    assert "Kabar di HP, WhatsApp" in page.main


def test_outside_the_area(visitor, wave):
    page = until(visitor, "kecamatan").submit("Lanjut", kecamatan="luar")
    assert page.path == "/daftar/berhenti"


def test_a_doubtful_nik_gets_a_second_look_and_a_flag(visitor, wave):
    answers = changed(identitas={"nik": "359901 170488 0003"})
    page = until(visitor, "periksa-nik", answers)
    assert "Ini belum tentu salah" in page.text
    back = page.submit("Lanjut", cek="ubah")
    assert walking.slug_of(back) == "identitas"
    register(visitor, answers)
    assert Applicant.get().nik_flags == "sex_differs"


def test_a_corrected_nik_is_doubted_anew(visitor, wave):
    until(visitor, "pin", changed(identitas={"nik": "359901 170488 0003"}))
    page = visitor.open("/daftar/identitas").submit(
        "Lanjut", SITI["identitas"] | {"nik": "359901 180488 0003"}
    )
    assert walking.slug_of(page) == "periksa-nik"


def test_pin_made_by_us(visitor, wave):
    page = until(visitor, "pin").submit("Buatkan PIN untuk saya", status=200)
    assert "PIN baru untuk Anda" in page.text
    assert walking.slug_of(page.submit("Simpan PIN")) == "kecamatan"


@pytest.mark.parametrize("pin", ["123456", "170488", "111111", "048800", "12345"])
def test_weak_pins_are_refused(visitor, wave, pin):
    page = until(visitor, "pin").submit("Simpan PIN", pin=pin, pin2=pin, status=422)
    assert page.errors


def test_typing_error_in_an_address_is_offered_once(visitor, wave):
    said = SITI["kontak"] | {"punya": "punya", "email": "siti@gmial.com"}
    page = until(visitor, "kontak").submit("Lanjut", said, status=422)
    assert "siti@gmail.com" in page.errors[0]
    assert walking.slug_of(page.submit("Lanjut", said)) == "pekerjaan"


def test_the_email_box_is_ignored_without_an_email(visitor, wave):
    page = until(visitor, "kontak").submit("Lanjut", SITI["kontak"] | {"email": "not an address"})
    assert walking.slug_of(page) == "pekerjaan"


def test_a_known_person_is_led_to_sign_in_only_with_card_and_birth_date(visitor, another_visitor, wave):
    register(visitor)
    page = until(another_visitor, "identitas")
    same = page.submit("Lanjut", SITI["identitas"])
    assert same.h1 == "Anda sudah terdaftar"
    neutral = page.submit("Lanjut", changed(identitas={"kk": "359901 120715 0022"})["identitas"])
    assert walking.slug_of(neutral) == "pin"


@pytest.mark.parametrize("wrong", [{"lahir-t": "1989", "nik": "359901 570489 0003"}, {"lahir": "18"}])
def test_a_neighbour_who_knows_nik_and_family_card_learns_nothing(visitor, another_visitor, wave, wrong):
    """The birth date must be that of the record too, whether the NIK fits it or not."""
    nik = wrong.get("nik", SITI["identitas"]["nik"])
    register(visitor, changed(identitas={"nik": nik}, periksa_nik={"cek": "sama"}))
    page = until(another_visitor, "identitas")
    neutral = page.submit("Lanjut", changed(identitas=wrong)["identitas"])
    if walking.slug_of(neutral) == "periksa-nik":
        neutral = neutral.submit("Lanjut", cek="sama")
    assert walking.slug_of(neutral) == "pin"


def test_whom_the_office_serves_is_said_before_anything_is_asked(visitor, wave):
    """Who lives elsewhere must not learn it after NIK, KK and PIN; where the KTP is from does not matter."""
    start = visitor.open("/")
    assert "Untuk Anda yang tinggal di Kabupaten Lumajang." in start.main
    assert "tinggal di Kabupaten Lumajang. KTP boleh dari daerah lain." in start.click("Daftar").main


def test_a_second_claim_is_disputed_and_told_nothing(visitor, another_visitor, wave):
    register(visitor)
    receipt = register(another_visitor, changed(identitas={"kk": "359901 120715 0022", "nama": "Orang Lain"}))
    assert receipt.h1 == "Pendaftaran Anda sudah kami terima"
    assert "Siti" not in receipt.text
    claims = {row.name: row.claim for row in Applicant.select()}
    assert claims == {"Siti Marlina": "holder", "Orang Lain": "disputed"}


def test_without_an_open_wave_it_waits_and_says_so(visitor, office):
    receipt = register(visitor)
    assert "Menunggu gelombang berikutnya" in receipt.text
    assert "Simpan tanggal" not in receipt.links  # there is none
    assert Application.get().wave is None


def test_a_wave_that_closes_during_the_wizard(visitor, wave, clock):
    page = until(visitor, "periksa")
    clock.set(wave.closes_at)
    receipt = page.submit("Kirim pendaftaran", benar=True)
    assert "Menunggu gelombang berikutnya" in receipt.text


def test_answers_are_judged_again_at_the_end(visitor, wave, clock):
    """A birthday between two visits: too old now, so nothing is sent."""
    born_65_years_ago_tomorrow = {
        "lahir": "24",
        "lahir-b": "11",
        "lahir-t": "1961",
        "nik": "359901 641161 0003",
    }
    page = until(visitor, "periksa", changed(identitas=born_65_years_ago_tomorrow))
    clock.move(timedelta(days=3))
    page.submit("Kirim pendaftaran", benar=True)
    assert Application.select().count() == 0


def test_declaration_is_needed(visitor, wave):
    page = until(visitor, "periksa").submit("Kirim pendaftaran", status=422)
    assert "pernyataan" in page.errors[0]
    assert Application.select().count() == 0


def test_sealed_columns_hold_no_plain_text(visitor, wave):
    register(visitor)
    row = Applicant.select().dicts().get()
    for name in ("nik", "kk", "birth_date", "phone"):
        assert b"3508" not in bytes(row[name])
        assert bytes(row[name])[0] == keys().seal[0][0]


def test_a_lost_answer_to_the_pin_costs_nothing(visitor, wave):
    """A dead spot between our commit and the phone: the page is sent again from the same browser."""
    page = until(visitor, "pin")
    again = resent(visitor, page, "Simpan PIN", SITI["pin"])
    assert walking.slug_of(again) == "kecamatan"
    assert Applicant.select().count() == 1
    assert Draft.select().count() == 1


def test_a_lost_answer_and_another_pin_lead_to_the_door(visitor, wave):
    page = until(visitor, "pin")
    before = dict(visitor.http._cookies)
    page.submit("Simpan PIN", SITI["pin"])
    visitor.http._cookies.clear()
    visitor.http._cookies.update(before)
    assert page.submit("Simpan PIN", pin="593827", pin2="593827").path == "/masuk"
    assert visitor.open("/daftar/").path == "/masuk"


def test_a_guessed_pin_never_ends_with_the_kunci(visitor, another_visitor, wave):
    """NIK and PIN on a new phone may go on and send, but the key to everything stays with the known phone."""
    until(visitor, "alamat")
    page = another_visitor.open("/masuk").submit("Masuk", nik=SITI["identitas"]["nik"], pin=walking.PIN)
    assert page.status == 200
    receipt = register(another_visitor)
    assert receipt.h1 == "Pendaftaran Anda sudah kami terima"
    assert "Kunci tidak tampil di HP baru" in receipt.text
    assert "Tulis di kertas" not in receipt.text
    assert "kunci" not in another_visitor.open("/daftar/bukti").text.lower().replace("kunci tidak tampil", "")
