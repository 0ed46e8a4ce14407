"""Who heard: each person of a wave once per kind, by the best of all channels; live on the wave's page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.models import Applicant, Delivery, Notice, Session, Wave
from app.rules.states import State
from app.services import notices, reach, sessions, subscriptions
from app.services.reach import Reach
from tests.conftest import NOW
from tests.staff import rows
from tests.staff.conftest import Signed
from tests.worker.phones import Phone

pytestmark = pytest.mark.usefixtures("office")


def told(
    wave: Wave, number: int, *states: str, kind: str = "result", key: str = "", **columns: object
) -> Notice:
    """Somebody of the wave with a notice whose deliveries stand in these states."""
    person = Applicant.get_or_none(Applicant.name == f"Orang {number}")
    if person is None:
        person = rows.applicant(rows.nik(number), f"Orang {number}", phone=f"+62812345{number:05}", **columns)
        rows.application(person, wave, State.SELECTED)
    for _ in states:
        subscriptions.opt_in(person.id, Phone().subscription, device_id=None, label="HP", now=NOW)
    notice = notices.write(
        applicant_id=person.id,
        kind=kind,
        key=f"{kind}:{key}",
        title="Hasil",
        body="Buka.",
        path="/saya",
        wave_id=wave.id,
        now=NOW,
    )
    assert notice is not None
    found = Delivery.select(Delivery.id).where(Delivery.notice == notice.id).order_by(Delivery.id)
    for row, state in zip(found, states, strict=True):
        Delivery.update(state=state).where(Delivery.id == row.id).execute()
    return notice


def counts(wave: Wave, kind: str = "result") -> dict[str, int]:
    [one] = [one for one in reach.of_wave(wave.id, NOW) if one.kind == kind]
    assert sum(one.counts.values()) == one.total
    return {state.name: count for state, count in one.counts.items() if count}


@pytest.mark.parametrize(
    ("states", "best"),
    [
        ((), "UNREACHABLE"),
        (("failed",), "UNREACHABLE"),
        (("gone",), "UNREACHABLE"),
        (("queued",), "QUEUED"),
        (("sent",), "SENT"),
        (("shown",), "SHOWN"),
        (("opened",), "OPENED"),
        (("gone", "queued"), "QUEUED"),
        (("queued", "sent", "failed"), "SENT"),
        (("sent", "shown", "gone"), "SHOWN"),
        (("opened", "shown"), "OPENED"),
    ],
)
def test_a_person_counts_once_by_the_best_of_all_phones(states, best):
    wave = rows.wave()
    told(wave, 1, *states)
    assert counts(wave) == {best: 1}


def test_who_opened_it_without_any_push_has_opened_it():
    wave = rows.wave()
    Notice.update(opened_at=NOW).where(Notice.id == told(wave, 1).id).execute()
    assert counts(wave) == {"OPENED": 1}


@pytest.mark.parametrize(
    ("kind", "later", "best"),
    [("full", 1, "OPENED"), ("full", -1, "SENT"), ("summary", 1, "SENT")],
)
def test_who_was_signed_in_fully_afterwards_has_seen_it(kind, later, best):
    wave = rows.wave()
    notice = told(wave, 1, "sent")
    sessions.open_session(kind, NOW, applicant=Applicant.get())
    Session.update(last_seen_at=NOW + timedelta(minutes=later)).execute()
    assert notice.created_at == NOW
    assert counts(wave) == {best: 1}


def test_several_reminders_of_one_person_are_one_person():
    wave = rows.wave()
    for key, state in (("14", "sent"), ("7", "shown"), ("3", "failed")):
        told(wave, 1, state, kind="deadline", key=key) if key == "14" else _again(wave, key, state)
    assert counts(wave, "deadline") == {"SHOWN": 1}


def _again(wave: Wave, key: str, state: str) -> None:
    notice = notices.write(
        applicant_id=Applicant.get().id,
        kind="deadline",
        key=f"deadline:{key}",
        title="B",
        body="B",
        path="/saya",
        wave_id=wave.id,
        now=NOW,
    )
    assert notice is not None
    Delivery.update(state=state).where(Delivery.notice == notice.id).execute()


def test_waves_and_kinds_are_kept_apart_and_own_acts_left_out():
    four, five = rows.wave(4), rows.wave(5, opens=20, closes=30)
    told(four, 1, "sent")
    told(five, 2, "shown")
    told(four, 3, "opened", kind="fix")
    told(four, 4, "sent", kind="security")
    assert [(one.kind, one.total) for one in reach.of_wave(four.id, NOW)] == [("result", 1), ("fix", 1)]
    assert counts(five) == {"SHOWN": 1}


def test_the_shares_of_a_wave():
    wave = rows.wave()
    for number in range(4):
        told(wave, number, "shown" if number else "sent")
    [one] = reach.of_wave(wave.id, NOW)
    assert (one.percent(Reach.SENT), one.percent(Reach.SHOWN), one.percent(Reach.OPENED)) == (25, 75, 0)


def test_a_large_wave_is_counted_every_ten_seconds_and_a_small_one_each_time(monkeypatch):
    wave = rows.wave()
    told(wave, 1, "sent")
    assert counts(wave) == {"SENT": 1}
    monkeypatch.setattr(reach, "LARGE", 0)
    assert counts(wave) == {"SENT": 1}
    Delivery.update(state="shown").execute()
    assert counts(wave) == {"SENT": 1}
    [later] = reach.of_wave(wave.id, NOW + reach.KEPT)
    assert later.counts[Reach.SHOWN] == 1


# who is left --------------------------------------------------------------------------------------


def test_the_list_of_who_is_left_begins_with_the_worst_reached():
    wave = rows.wave()
    for number, states in enumerate([("sent",), (), ("opened",), ("shown",)]):
        told(wave, number, *states)
    people, total = reach.left(wave.id, "result", None, 1)
    assert total == 3
    assert [(one.name, one.reach.name) for one in people] == [
        ("Orang 1", "UNREACHABLE"),
        ("Orang 0", "SENT"),
        ("Orang 3", "SHOWN"),
    ]


def test_the_list_has_pages(monkeypatch):
    monkeypatch.setattr(reach, "PAGE", 2)
    wave = rows.wave()
    for number in range(5):
        told(wave, number)
    pages = [reach.left(wave.id, "result", None, page) for page in (1, 2, 3, 4)]
    assert [len(people) for people, _ in pages] == [2, 2, 1, 0]
    assert len({one.name for people, _ in pages for one in people}) == 5


def test_an_officer_of_a_posko_sees_the_own_district(signed: Signed):
    wave = rows.wave()
    told(wave, 1, district="35.08.15")
    told(wave, 2, district="35.08.01")
    mine = signed("officer", posko="Posko Sukodono").visitor.open("/petugas/gelombang/4/kabar/result")
    assert "1 orang belum membuka" in mine.main
    assert "Orang 1" in mine.main
    assert "Orang 2" not in mine.main
    assert {"Semua1", "Tidak sampai1", "Terkirim0"} <= set(mine.links)
    assert "2 orang belum membuka" in signed("auditor").visitor.open("/petugas/gelombang/4/kabar/result").main


def test_the_list_is_filtered_by_how_far_it_came(signed: Signed):
    wave = rows.wave()
    for number, states in enumerate([("sent",), (), ("opened",), ("shown",), ("queued",)]):
        told(wave, number, *states)
    visitor = signed("auditor").visitor
    for words, name in (("Terkirim", "Orang 0"), ("Tidak sampai", "Orang 1"), ("Menunggu", "Orang 4")):
        page = visitor.open("/petugas/gelombang/4/kabar/result").click(f"{words}1")
        assert "1 orang belum membuka" in page.main
        assert name in page.main
    assert "4 orang" in visitor.open("/petugas/gelombang/4/kabar/result?sampai=dibuka").main
    page = visitor.open("/petugas/gelombang/4")
    [link] = [a for a in page.parsed.all("a") if a.get("aria-label") == "Tidak sampai: 1 orang"]
    assert "Orang 1" in visitor.open(str(link.get("href"))).main


def test_the_bar_leads_to_the_call_list(signed: Signed):
    wave = rows.wave()
    rows.call(Applicant.get_by_id(told(wave, 1).applicant_id), notice=Notice.get())
    page = signed("manager").visitor.open("/petugas/gelombang/4").click("1 di daftar telepon")
    assert "Orang 1" in page.main
    assert page.parsed.with_class("chips")


# the page -----------------------------------------------------------------------------------------


def test_the_page_of_a_wave_shows_a_bar_that_is_fetched_anew(signed: Signed):
    wave = rows.wave()
    for number in range(8):
        told(wave, number, *(("opened",) if number < 4 else ("sent",) if number < 6 else ()))
    visitor = signed("auditor").visitor
    page = visitor.open("/petugas/gelombang/4")
    assert "8 orang. Dihitung" in page.main
    assert "Dibuka 50 persen, tampil di HP 0 persen, terkirim 25 persen" in page.html
    [live] = [e for e in page.parsed.all("div") if e.get("data-live")]
    piece = visitor.ask("GET", live.get("data-live"))
    assert piece.status_code == 200
    assert piece.get_data(as_text=True).strip() in page.html
    assert "<html" not in piece.get_data(as_text=True)
    assert 'style="' not in piece.get_data(as_text=True)
    Delivery.update(state="opened").where(Delivery.state == "sent").execute()
    assert "Dibuka 75 persen" in visitor.ask("GET", live.get("data-live")).get_data(as_text=True)
    assert (
        "2 orang belum membuka"
        in page.click("4 orang belum membuka").visitor.open("/petugas/gelombang/4/kabar/result").main
    )


def test_a_wave_that_nobody_was_told_of_shows_no_bar(signed: Signed):
    rows.wave()
    page = signed("auditor").visitor.open("/petugas/gelombang/4")
    assert not page.parsed.with_class("meter")
    assert "Belum ada kabar tentang gelombang ini." in page.main


def test_when_everybody_has_opened_it_the_bar_says_so_and_is_full(signed: Signed):
    wave = rows.wave()
    told(wave, 1, "opened")
    page = signed("auditor").visitor.open("/petugas/gelombang/4")
    assert "Semua sudah membuka." in page.main
    assert 'width="100.0%"' in page.html


def test_a_kind_that_there_is_not_is_not_found(signed: Signed):
    rows.wave()
    assert signed("auditor").visitor.ask("GET", "/petugas/gelombang/4/kabar/security").status_code == 404
