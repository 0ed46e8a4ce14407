"""An offer and an objection as the person meets them: one question on the page, an answer once, in time."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest

from app import db
from app.models import Application, Objection, Offer, Result, Session
from app.rules.reasons import Reason
from app.services import objection_answers, offers
from tests import walking
from tests.conftest import NOW, PUBLIC_URL
from tests.drawn import staff, states
from tests.pages import Visitor
from tests.staff import rows
from tests.states import (
    CLOSED,
    DAY,
    RESERVE,
    SELECTED,
    as_actor,
    make_wave,
    moved,
    officer,
    sent,
    summary_only,
)

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def siti(visitor, office):
    """Siti is number 1 on the reserve list of a wave whose only winner has just left."""
    wave = make_wave(4, closes_at=NOW + DAY)
    application = sent(visitor)
    other = moved(rows.application(rows.applicant(), wave), CLOSED, SELECTED)
    third = moved(rows.application(rows.applicant(rows.nik(7), phone="+628123450007"), wave), CLOSED, RESERVE)
    moved(application, CLOSED, RESERVE)
    for one, outcome, position in (
        (other, "selected", None),
        (application, "reserve", 1),
        (third, "reserve", 2),
    ):
        Result.create(
            application=one.id,
            wave=wave,
            outcome=outcome,
            reason=Reason.CENTRAL_RESULT.value,
            position=position,
            staff=staff("ratna").staff,
            set_at=NOW,
            published_at=NOW,
        )
    wave.published_at, wave.closes_at = NOW, NOW - DAY
    wave.save()
    return application, other, third


@pytest.fixture
def asked(siti):
    moved(siti[1], (rows.State.WITHDRAWN, Reason.OWN_WISH))
    assert offers.expire_due(LATER) == 1
    return Offer.get()


def test_the_place_in_line_is_said_in_words(visitor, siti):
    page = visitor.open("/saya")
    assert "Cadangan nomor 1" in page.main
    assert "Belum ada tempat kosong." in page.main


def test_an_offer_is_the_one_thing_on_the_page(visitor, siti, asked):
    page = visitor.open("/saya")
    assert page.h1 == "Masih mau?"
    assert "Jawab sebelum Rabu, 25 November 2026, pukul 20.00 WIB" in page.main
    assert [b for f in page.forms if page.parsed.inside(f.element, "main") for b in f.buttons] == [
        "Ya, saya mau"
    ]
    page = page.submit("Ya, saya mau")
    assert "Tempat ini sekarang milik Anda." in page.main
    assert "Terpilih" in page.main
    assert "Beli pelatihan pertama" in page.main
    assert states([siti[0]]) == ["selected"]


def test_no_is_asked_once_more(visitor, siti, asked):
    page = visitor.open("/saya").click("Tidak jadi")
    assert "Ini tidak bisa dibatalkan." in page.main
    assert states([siti[0]]) == ["reserve"]
    assert page.click("Kembali, saya pikir dulu").h1 == "Masih mau?"
    page = page.submit("Ya, tidak jadi")
    assert "Tempatnya pindah ke urutan berikutnya." in page.main
    assert "Belum terpilih" in page.main
    assert states([siti[0]]) == ["not_selected"]
    offers.expire_due(LATER)
    assert Offer.get(Offer.answer == "").application_id == siti[2].id


def test_a_second_answer_and_a_late_one(visitor, siti, asked, clock):
    page, again = visitor.open("/saya"), visitor.open("/saya").click("Tidak jadi")
    page.submit("Ya, saya mau")
    assert page.submit("Ya, saya mau", status=409).h1 == "Anda sudah menjawab ya"
    assert again.submit("Ya, tidak jadi", status=409).h1 == "Anda sudah menjawab ya"
    assert states([siti[0]]) == ["selected"]


def test_too_late(visitor, siti, asked, clock):
    page = visitor.open("/saya")
    clock.move(timedelta(days=3, hours=9, minutes=18))
    late = walking.after_pin(page.submit("Ya, saya mau", status=403), status=409)
    assert late.h1 == "Waktu menjawab sudah lewat"
    assert visitor.open("/saya").h1 == "Status pendaftaran saya"
    assert states([siti[0]]) == ["reserve"]


def test_anothers_offer_an_unknown_one_and_a_summary_session(visitor, siti, asked):
    token = visitor.open("/saya").form("Ya, saya mau").values["csrf_token"]
    Offer.update(application=siti[2].id).execute()
    for number in (asked.id, 1, 2**70):
        answer = visitor.ask("POST", f"/saya/tawaran/{number}/ambil", data={"csrf_token": token})
        assert answer.status_code == (409 if number < 2**63 else 404)
    Offer.update(application=siti[0].id).execute()
    summary_only(siti[0])
    page = visitor.open("/saya")
    assert "Jawab paling lambat Rabu, 25 November 2026" in page.main
    answer = visitor.ask("POST", f"/saya/tawaran/{asked.id}/ambil", data={"csrf_token": token})
    assert (answer.status_code, states([siti[0]])) == (303, ["reserve"])
    assert "kunci" in answer.location or "bukti" in answer.location


def test_fifty_taps_at_once_make_one_303(app, visitor, siti, asked):
    token = visitor.open("/saya").form("Ya, saya mau").values["csrf_token"]
    cookies = list(visitor.http._cookies.values())
    said = []

    def tap():
        one = Visitor(app, PUBLIC_URL)
        for cookie in cookies:
            one.http.set_cookie(cookie.key, cookie.value, domain="127.0.0.1")
        start.wait()
        answer = one.ask("POST", f"/saya/tawaran/{asked.id}/ambil", data={"csrf_token": token})
        said.append(answer.status_code)
        db.database.close()

    for _ in range(5):
        start = threading.Barrier(10)
        threads = [threading.Thread(target=tap) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(said) == [303] + [409] * 49
    assert states([siti[0]]) == ["selected"]


# objections -----------------------------------------------------------------------------------------


def test_objecting_from_the_status_page_to_the_answer(visitor, siti, clock):
    page = visitor.open("/saya").click("Ajukan keberatan")
    assert "sampai Minggu, 29 November 2026, pukul 10.42 WIB" in page.main
    page = page.submit("Kirim keberatan", keberatan="Salah.", status=422)
    assert page.errors == ["Tulis paling sedikit 20 huruf, supaya petugas mengerti."]
    page = page.submit("Kirim keberatan", keberatan="Nomor urut saya keliru, ini suratnya.")
    assert "Keberatan Anda sudah kami terima." in page.main
    assert "Dijawab paling lambat Minggu, 29 November 2026" in page.main
    assert "Kirim keberatan" not in page.main
    assert "Keberatan Anda sedang diperiksa." in visitor.open("/saya").main
    made, dewi = Objection.get(), as_actor(officer())
    objection_answers.take(made.id, dewi, LATER)
    assert "Diperiksa oleh petugas Posko Sukodono." in visitor.open("/saya/keberatan").main
    objection_answers.answer(made.id, "Urutannya sudah cocok dengan berkas.", False, dewi, LATER)
    page = visitor.open("/saya/kabar").submit("Keberatan Anda sudah dijawab Baru. Hari ini, 10.43")
    page = visitor.open("/saya/keberatan")
    assert "Keputusan kami tetap" in page.main
    assert "Urutannya sudah cocok dengan berkas." in page.main


def test_a_draft_of_an_answer_is_not_shown(visitor, siti):
    visitor.open("/saya/keberatan").submit(
        "Kirim keberatan", keberatan="Nomor urut saya keliru, ini suratnya."
    )
    made, dewi = Objection.get(), as_actor(officer())
    objection_answers.take(made.id, dewi, LATER)
    objection_answers.answer(made.id, "Anda benar, kami keliru.", True, dewi, LATER)
    assert "kami keliru" not in visitor.open("/saya/keberatan").main


def test_too_late_to_object(visitor, siti, clock):
    page = visitor.open("/saya/keberatan")
    clock.move(timedelta(days=7))
    Session.update(expires_at=NOW + 30 * DAY).execute()
    late = page.submit("Kirim keberatan", keberatan="Nomor urut saya keliru, ini suratnya.", status=409)
    assert "Keberatan ini tidak terkirim." in late.main
    assert "Ajukan keberatan" not in visitor.open("/saya").links
    assert not Objection.select().exists()


def test_nothing_to_object_to(visitor, office):
    make_wave(4)
    application = sent(visitor)
    assert "Belum ada keputusan yang bisa ditanggapi." in visitor.open("/saya/keberatan").main
    assert Application.get_by_id(application.id).state == "submitted"
    assert not re.search("keberatan", visitor.open("/saya").main, re.IGNORECASE)
