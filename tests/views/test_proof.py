"""The PIN once more where a person changes, sends or answers something: asked in its place, nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.datastructures import MultiDict

from app.clock import FixedClock
from app.models import Applicant, Application, Device, Draft, Session, Wave
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import sessions
from tests import walking
from tests.pages import Page, Visitor
from tests.security.rows import differences, everything
from tests.states import moved, sent, stored, summary_only

STALE = sessions.FRESH
KK_OF_HERS = "359901 120715 0099"


@pytest.fixture
def siti(visitor: Visitor, wave: Wave) -> Application:
    return sent(visitor)


def opened(visitor: Visitor) -> Page:
    """The check page of somebody who changes what was sent."""
    return visitor.open("/saya").submit("Ubah jawaban")


# the entry ----------------------------------------------------------------------------------------


def test_a_fresh_pin_is_not_asked_for_again(visitor: Visitor, siti: Application) -> None:
    assert opened(visitor).h1 == "Periksa jawaban Anda"


def test_the_pin_is_asked_once_and_leads_straight_to_the_answers(
    visitor: Visitor, siti: Application, clock: FixedClock
) -> None:
    clock.move(STALE)
    asked = visitor.open("/saya").submit("Ubah jawaban", status=403)
    assert Draft.select().where(Draft.done_at.is_null()).count() == 0
    check = walking.after_pin(asked)
    assert check.h1 == "Periksa jawaban Anda"
    kk = check.click("Ubah Nomor KK").submit("Lanjut", kk=KK_OF_HERS)
    kk.submit("Kirim perubahan", benar=True)
    assert stored(siti)["identitas"]["kk"] == KK_OF_HERS.replace(" ", "")


def test_a_needed_fix_goes_from_the_notice_through_the_pin_to_done(
    visitor: Visitor, siti: Application, clock: FixedClock
) -> None:
    moved(siti, (State.NEEDS_FIX, Reason.OLD_KK))
    clock.move(timedelta(days=2))
    check = walking.after_pin(visitor.open("/saya").submit("Betulkan sekarang", status=403))
    check.click("Ubah Nomor KK").submit("Lanjut", kk=KK_OF_HERS).submit("Kirim perubahan", benar=True)
    assert Application.get().state == "submitted"


def test_a_wrong_pin_asks_again_and_five_end_the_session(
    visitor: Visitor, siti: Application, clock: FixedClock
) -> None:
    clock.move(STALE)
    page = visitor.open("/saya").submit("Ubah jawaban", status=403)
    for n in range(4):
        page = page.submit("Lanjut", pin_lagi=f"99911{n}", status=422)
        assert page.errors == ["PIN belum cocok. Coba lagi pelan-pelan."]
    assert page.submit("Lanjut", pin_lagi="999119").h1 == "Masuk"
    assert Draft.select().where(Draft.done_at.is_null()).count() == 0


def test_an_empty_pin_is_said_so(visitor: Visitor, siti: Application, clock: FixedClock) -> None:
    clock.move(STALE)
    page = visitor.open("/saya").submit("Ubah jawaban", status=403)
    assert page.submit("Lanjut", pin_lagi="", status=422).errors == ["Isi PIN Anda."]
    assert Device.get().wrong_pins == 0


# on the way ---------------------------------------------------------------------------------------


def test_what_was_typed_too_slowly_is_kept_through_the_pin(
    visitor: Visitor, siti: Application, clock: FixedClock
) -> None:
    """Ten minutes over one page: the PIN is asked for there, and the answer is in the draft afterwards."""
    form = opened(visitor).click("Ubah Alamat")
    clock.move(timedelta(minutes=10))
    before = everything()
    asked = form.submit("Lanjut", jalan="Jl. Kenanga 12 <b>", rt="07", status=403)
    assert differences(before, everything()) == ["session.last_seen_at"]
    check = walking.after_pin(asked)
    assert check.h1 == "Periksa jawaban Anda"
    assert "Jl. Kenanga 12 <b>" in check.main


def test_boxes_with_several_ticks_are_carried_too(
    visitor: Visitor, siti: Application, clock: FixedClock
) -> None:
    opened(visitor)
    form = visitor.open("/daftar/minat")
    clock.move(STALE)
    check = walking.after_pin(form.submit("Lanjut", bidang=["boga", "bengkel"], status=403))
    sent_now = check.submit("Kirim perubahan", benar=True)
    assert sent_now.h1
    assert stored(siti)["minat"]["bidang"] == ["boga", "bengkel"]


def test_sending_asks_and_keeps_the_tick(visitor: Visitor, siti: Application, clock: FixedClock) -> None:
    check = opened(visitor).click("Ubah Alamat").submit("Lanjut", jalan="Jl. Kenanga 12")
    clock.move(STALE)
    asked = check.submit("Kirim perubahan", benar=True, status=403)
    assert "Dusun Krajan" in stored(siti)["alamat"]["jalan"]
    walking.after_pin(asked)
    assert stored(siti)["alamat"]["jalan"] == "Jl. Kenanga 12"


@pytest.mark.parametrize("path", ["/daftar/", "/daftar/periksa", "/daftar/kontak", "/daftar/identitas"])
def test_what_was_sent_is_not_read_with_an_old_pin(
    visitor: Visitor, siti: Application, clock: FixedClock, path: str
) -> None:
    opened(visitor)
    clock.move(STALE)
    page = visitor.open(path)
    assert page.path == "/masuk/pin"
    assert "Krajan" not in page.html
    back = page.submit("Lanjut", pin=walking.PIN)
    assert back.path == (path if path != "/daftar/" else "/daftar/periksa")


def test_a_first_registration_is_never_interrupted(visitor: Visitor, wave: Wave, clock: FixedClock) -> None:
    """Nobody has sent anything yet: an hour over the wizard, and no PIN but the one that was made."""
    page = walking.until(visitor, "kecamatan")
    while (slug := walking.slug_of(page)) != "periksa":
        clock.move(timedelta(minutes=10))
        page = page.submit("Lanjut", walking.SITI[slug])
    clock.move(timedelta(minutes=10))
    page.submit("Kirim pendaftaran", benar=True)
    assert Application.select().count() == 1


def test_the_pin_itself_is_changed_on_its_own_page(visitor: Visitor, siti: Application) -> None:
    opened(visitor)
    assert visitor.open("/daftar/pin").h1 == "Ganti PIN"
    token = visitor.ask("GET", "/csrf").json["token"]
    before = Applicant.get().pin_hash
    answer = visitor.ask("POST", "/daftar/pin", data={"csrf_token": token, "pin": "730846", "pin2": "730846"})
    assert (answer.status_code, answer.location) == (303, "/saya/pin")
    assert Applicant.get().pin_hash == before


# who never can ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/daftar/periksa", "/daftar/kontak", "/daftar/phk"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_summary_session_neither_reads_nor_sends_a_change(
    visitor: Visitor, siti: Application, method: str, path: str
) -> None:
    """Begun on the own phone: whoever knows NIK and PIN on another phone cannot go on with it, with any PIN."""
    opened(visitor).click("Ubah Alamat").submit("Lanjut", jalan="Jl. Kenanga 12")
    summary_only(siti)
    token = visitor.ask("GET", "/csrf").json["token"]
    before = everything()
    data = MultiDict({"csrf_token": token, "benar": "y", "pin_lagi": walking.PIN})
    answer = visitor.ask(method, path, data=data if method == "POST" else None)
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/masuk/bukti")
    assert differences(before, everything()) == []


def test_a_pin_given_with_the_act_makes_a_new_session(
    visitor: Visitor, siti: Application, clock: FixedClock
) -> None:
    clock.move(STALE)
    before = Session.get()
    walking.after_pin(visitor.open("/saya").submit("Ubah jawaban", status=403))
    assert Session.get_by_id(before.id).revoked_at == clock.now()
    fresh = Session.get(Session.revoked_at.is_null())
    assert (fresh.kind, fresh.device_id) == ("full", before.device_id)
