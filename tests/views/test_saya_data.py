"""Everything that is stored about a person, for that person alone; and the permissions, as easy to take back as to give."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from app.crypto import fingerprint
from app.models import ALL, AuditLine, Consent, Delivery, Device, LedgerEntry, PushSubscription, Session
from app.rules.states import State
from app.services import audit, casework, notices
from app.views.privacy import NOTICE
from tests.conftest import NOW
from tests.states import (
    CLOSED,
    SELECTED,
    answers,
    as_actor,
    deadline,
    moved,
    officer,
    secret_result,
    sent,
    subscribe,
    summary_only,
)


def download(visitor):
    answer = visitor.ask("GET", "/saya/data.json")
    assert answer.status_code == 200
    return answer, json.loads(answer.get_data(as_text=True))


def without_sessions(visitor):
    """The record but for the part that reading it changes."""
    return {part: rows for part, rows in download(visitor)[1].items() if part != "masuk"}


# reading and taking along ---------------------------------------------------------------------------


def test_the_file_is_a_download_that_nothing_keeps(visitor, wave):
    sent(visitor)
    answer, _ = download(visitor)
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="data-saya-2026-11-22.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


def test_everything_is_there(visitor, wave, clock):
    application = sent(visitor)
    visitor.open("/saya").submit("Ubah jawaban").click("Ubah Alamat").submit(
        "Lanjut", jalan="Jl. Kenanga 12"
    ).submit("Kirim perubahan", benar=True)
    moved(application, CLOSED, SELECTED)
    deadline(application, NOW + timedelta(days=11))
    subscribe(application.applicant_id)
    _, record = download(visitor)
    [person] = record["diri"]
    assert person["nik"] == "3599015704880003"
    assert person["kk"] == "3599011207150021"
    assert person["lahir"] == "1988-04-17"
    assert person["hp"] == "0812-3456-7713"
    assert person["tempat_tinggal"].endswith("Kec. Sukodono, Kabupaten Lumajang")
    [one] = record["pendaftaran"]
    assert one["nomor_pendaftaran"].replace("-", "") == application.ticket
    assert one["jawaban"]["alamat"]["jalan"] == "Jl. Kenanga 12"
    assert one["jawaban_sebelumnya"][0]["jawaban"]["alamat"]["jalan"] == "Dusun Krajan, dekat masjid"
    assert [line["alasan"] for line in one["riwayat"]] == [
        "sent_by_applicant",
        "edited",
        "wave_closed",
        "central_result",
    ]
    assert one["batas_waktu"][0]["tugas"] == "Beli pelatihan pertama"
    assert one["dikirim"] == "2026-11-22T10:42:00+07:00"
    assert {(row["untuk"], row["diizinkan"]) for row in record["izin"]} == {
        ("push", False),
        ("wa", True),
        ("lpk", False),
    }
    assert record["kabar"][0]["judul"] == "Pendaftaran Anda sudah kami terima"
    assert record["hp"][0]["nama"] == "HP Android, Chrome"
    assert record["kabar_hp"][0]["lewat"] == "https://push.example"
    assert record["masuk"][0]["jenis"] == "full"
    assert [act["apa"] for act in record["jejak"]] == ["Mengubah jawaban", "Mengirim pendaftaran"]


def test_an_unfinished_draft_is_there_too(visitor, wave):
    sent(visitor)
    visitor.open("/saya").submit("Ubah jawaban")
    _, record = download(visitor)
    assert record["isian"][0]["jawaban"]["pekerjaan"] == {"kerja": "phk"}


def test_no_secret_is_given_out(visitor, wave):
    application = sent(visitor)
    subscribe(application.applicant_id)
    answer, record = download(visitor)
    text = answer.get_data(as_text=True)
    person = application.applicant
    for secret in ("argon2", person.pin_hash, person.kunci_hash, "geheim", "send/1"):
        assert secret not in text
    for row in [*Session.select(), *Device.select()]:
        assert bytes(row.token_hash).hex() not in text
    assert "PIN dan kunci" in record["tidak_disertakan"]


def test_the_page_says_in_words_what_the_file_has(visitor, wave):
    sent(visitor)
    page = visitor.open("/saya/data")
    for words in (
        "359901 570488 0003",
        "17 April 1988",
        "0812-3456-7713",
        "PT Benang Elok, Maret 2026",
        "Memasak dan membuat kue, Menjahit dan busana",
        "HP Android, Chrome",
        "Dihubungi lewat WhatsApp",
    ):
        assert words in page.main, words


def test_what_was_changed_is_shown_as_it_was(visitor, wave):
    sent(visitor)
    visitor.open("/saya").submit("Ubah jawaban").click("Ubah Alamat").submit(
        "Lanjut", jalan="Jl. Kenanga 12"
    ).submit("Kirim perubahan", benar=True)
    page = visitor.open("/saya/data")
    assert page.main.count("Dusun Krajan") == 1
    assert page.main.count("Jl. Kenanga 12") == 1
    assert "Sebelum diubah" in page.main


# who opened what ------------------------------------------------------------------------------------


def test_whoever_opens_the_full_numbers_is_named_to_their_owner(visitor, wave, clock):
    application = sent(visitor)
    casework.open_numbers(application.id, "call", as_actor(officer()), NOW)
    casework.open_numbers(application.id, "ktp", as_actor(officer("sri", "Sri Rahayu")), NOW)
    _, record = download(visitor)
    assert [(act["oleh"], act["apa"]) for act in record["jejak"][:2]] == [
        (
            "Sri Rahayu, petugas Posko Sukodono",
            "Membuka NIK, nomor KK, dan tanggal lahir lengkap: mencocokkan dengan KTP Anda",
        ),
        (
            "Budi Santoso, petugas Posko Sukodono",
            "Membuka NIK, nomor KK, dan tanggal lahir lengkap: Anda menelepon atau menulis",
        ),
    ]
    page = visitor.open("/saya/data").main
    assert "Sri Rahayu, petugas Posko Sukodono" in page
    assert "Budi Santoso, petugas Posko Sukodono" in page


def test_a_result_that_is_not_published_leaves_no_trace(visitor, wave):
    application = moved(sent(visitor), CLOSED)
    before = without_sessions(visitor)
    staff = officer()
    result = secret_result(application, staff, State.SELECTED)
    audit.record("staff:budi", "result.set", f"application:{application.id}", NOW, "selected")
    assert without_sessions(visitor) == before
    assert "hasil" not in visitor.open("/saya/data").main.lower().replace("hasil atau", "")
    result.published_at = NOW
    result.save()
    published = download(visitor)[1]
    assert published["pendaftaran"][0]["hasil"] == "Terpilih"
    assert published["jejak"][0]["apa"] == "Mengisi hasil"


def test_a_disputed_claim_is_not_told(visitor, another_visitor, wave):
    """Whoever types a neighbour's NIK learns nothing from the own data (security threat 4)."""
    first = sent(visitor)
    second = sent(another_visitor, answers(identitas={"nama": "Orang Lain", "kk": "3599011207150022"}))
    assert (first.applicant.claim, second.applicant.claim) == ("holder", "disputed")
    casework.open_numbers(second.id, "dispute", as_actor(officer()), NOW)
    for one in (visitor, another_visitor):
        answer, _ = download(one)
        for text in (answer.get_data(as_text=True), one.open("/saya/data").html, one.open("/saya").html):
            assert "disput" not in text
            assert "sengketa" not in text
            assert "dua pendaftar" not in text


# other people ---------------------------------------------------------------------------------------


def test_a_household_of_two_sees_one_each(visitor, another_visitor, wave):
    """Same family card, same phone number, same street: the file of one has nothing of the other."""
    hers = sent(visitor)
    alone = without_sessions(visitor)
    his_answers = answers(
        identitas={"nama": "Joko Widagdo", "nik": "3599010101850009", "lahir": "1985-01-01", "jk": "l"},
        alamat={"jalan": "Dusun Krajan, rumah biru"},
    )
    his = sent(another_visitor, his_answers)
    staff = as_actor(officer())
    casework.open_numbers(his.id, "call", staff, NOW)
    subscribe(his.applicant_id)
    mine = (
        download(visitor)[0].get_data(as_text=True)
        + visitor.open("/saya/data").html
        + visitor.open("/saya").html
    )
    foreign = ("Joko", "3599010101850009", "359901 010185 0009", "rumah biru", "Budi")
    assert not re.search(r"(?<!\d)1985(?!\d)", mine)  # a random id may hold these digits
    for text in (
        *foreign,
        his.ticket,
        f"{his.ticket[:4]}-{his.ticket[4:8]}",
        str(his.id),
        str(his.applicant_id),
    ):
        assert text not in mine, text
    assert without_sessions(visitor) == alone
    theirs = download(another_visitor)[0].get_data(as_text=True)
    assert "Joko" in theirs
    assert "Siti" not in theirs
    assert "3599015704880003" not in theirs
    assert hers.ticket[:4] + "-" not in theirs


# permissions ----------------------------------------------------------------------------------------


def test_the_boxes_show_what_holds_and_each_change_is_a_row(visitor, wave, clock):
    sent(visitor)
    page = visitor.open("/saya/izin")
    assert {name: page.form("Simpan").values.get(name) for name in ("push", "wa", "lpk")} == {
        "push": None,
        "wa": "y",
        "lpk": None,
    }
    clock.move(timedelta(minutes=1))
    page = page.submit("Simpan", wa=False, lpk=True)
    assert "Sudah kami simpan." in page.main
    rows = Consent.select().where(Consent.at == clock.now())
    assert {(row.purpose, row.given, row.text_sha256) for row in rows} == {
        ("wa", False, fingerprint(NOTICE)),
        ("lpk", True, fingerprint(NOTICE)),
    }
    assert Consent.select().count() == 5
    assert {
        (line.verb, line.detail) for line in AuditLine.select().where(AuditLine.verb.startswith("consent"))
    } == {
        ("consent.no", "wa"),
        ("consent.yes", "lpk"),
    }
    clock.move(timedelta(minutes=1))
    page.submit("Simpan", lpk=True)
    assert Consent.select().count() == 5  # nothing changed, nothing written


def test_taking_push_back_silences_every_phone_in_the_same_request(visitor, wave, clock):
    application = sent(visitor)
    clock.move(timedelta(minutes=1))
    page = visitor.open("/saya/izin").submit("Simpan", push=True)
    subscribe(application.applicant_id)
    notices.write(
        applicant_id=application.applicant_id,
        kind="deadline",
        key="x",
        title="Kabar",
        body="Isi.",
        path="/saya",
        now=clock.now(),
    )
    assert Delivery.get().state == "queued"
    clock.move(timedelta(minutes=1))
    page.submit("Simpan", push=False)
    assert PushSubscription.select().count() == 0
    assert Delivery.get().state == "gone"
    rows = Consent.select().where((Consent.purpose == "push") & (Consent.at == clock.now()))
    assert [row.given for row in rows] == [False]


def test_a_summary_session_reads_none_of_it(visitor, wave):
    summary_only(sent(visitor))
    for path in ("/saya/data", "/saya/data.json", "/saya/izin"):
        assert visitor.ask("GET", path).location.startswith("/masuk/bukti")


def test_reading_changes_nothing(visitor, wave, clock):
    """Every page of the signed-in area is read; every table is as it was (but for when a session was last seen)."""
    application = moved(sent(visitor), CLOSED, SELECTED)
    deadline(application, NOW + timedelta(days=11))

    def rows():
        return {
            model.__name__: sorted(map(str, model.select().tuples()))
            for model in ALL
            if model not in (Session,)
        }

    before = rows()
    for path in (
        "",
        "/kabar",
        "/data",
        "/data.json",
        "/izin",
        "/undur",
        "/beli",
        "/bantuan",
        "/kalender.ics",
    ):
        assert visitor.ask("GET", f"/saya{path}").status_code == 200, path
        assert visitor.ask("HEAD", f"/saya{path}").status_code == 200, path
    assert rows() == before
    assert LedgerEntry.select().count() == 3
