"""Waves from a plan to their closing, with two managers at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

from app.clock import FixedClock
from app.models import Application, AuditLine, LedgerEntry, Notice, Office, Staff, Wave
from app.rules.reasons import Reason
from app.rules.states import State
from app.rules.waves import WavePhase
from app.services import ledger, wave_control, waves
from app.services import office as offices
from app.services.ledger import APPLICANT, Actor
from tests.conftest import NOW
from tests.pages import Page, Visitor
from tests.staff import rows
from tests.staff.conftest import Signed
from tests.staff.test_races import together
from tests.walking import until

PLAN = {
    "nomor": "5",
    "buka": "2026-12-10",
    "buka_jam": "08:00",
    "tutup": "2026-12-24",
    "tutup_jam": "16:00",
    "umum": "2026-12-30",
    "umum_jam": "10:00",
    "kuota": "1.000",
    "hari": "15",
}


def _plan(page: Page, status: int | None = None, /, **changes: str) -> Page:
    return page.submit("Simpan", PLAN | changes, status=status)


def _phase(number: int, clock: FixedClock) -> WavePhase:
    return waves.phase_of(Wave.get(Wave.number == number), clock.now())


# planning -----------------------------------------------------------------------------------------


def test_a_wave_is_planned_on_the_offices_clock(signed: Signed) -> None:
    page = signed("manager").visitor.open("/petugas/gelombang").click("Rencanakan gelombang")
    page = _plan(page)
    assert page.path == "/petugas/gelombang/5"
    assert "Kamis, 10 Desember 2026, pukul 08.00 WIB" in page.main
    wave = Wave.get()
    assert wave.opens_at == datetime(2026, 12, 10, 1, 0, tzinfo=UTC)
    assert wave.closes_at == datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
    assert (wave.quota, wave.buy_within_days, wave.selection) == (1000, 15, "import")
    line = AuditLine.select().order_by(AuditLine.id.desc()).get()
    assert (line.verb, line.subject) == ("wave.create", "wave:5")


@pytest.mark.parametrize(("zone", "offset"), [("WIB", 7), ("WITA", 8), ("WIT", 9)])
def test_eight_is_eight_where_the_office_is(
    signed: Signed, clock: FixedClock, another_visitor: Visitor, zone: str, offset: int
) -> None:
    """From the form through the start page to the minute of closing, in each of the three zones."""
    Office.update(zone=zone).execute()
    offices.forget()
    page = _plan(signed("manager").visitor.open("/petugas/gelombang/baru"))
    assert f"Kamis, 10 Desember 2026, pukul 08.00 {zone}" in page.main
    assert f"Kamis, 24 Desember 2026, pukul 16.00 {zone}" in page.main
    form = page.click("Ubah rencana").form("Simpan").values
    assert {name: form[name] for name in ("buka", "buka_jam", "tutup", "tutup_jam")} == {
        name: PLAN[name] for name in ("buka", "buka_jam", "tutup", "tutup_jam")
    }
    eight, four = datetime(2026, 12, 10, 8, tzinfo=UTC), datetime(2026, 12, 24, 16, tzinfo=UTC)
    opens, closes = eight - timedelta(hours=offset), four - timedelta(hours=offset)
    wave, moment = Wave.get(), timedelta(milliseconds=1)
    assert (wave.opens_at, wave.closes_at) == (opens, closes)
    clock.set(opens - moment)
    assert f"Gelombang 5 dibuka Kamis, 10 Desember 2026, pukul 08.00 {zone}" in another_visitor.open("/").main
    clock.set(opens)
    said = another_visitor.open("/").main
    assert f"Gelombang 5 dibuka. Ditutup Kamis, 24 Desember 2026, pukul 16.00 {zone}" in said
    assert "14 hari lagi" in said
    one = rows.application(rows.applicant(), wave)
    clock.set(closes - moment)
    assert "Hari ini hari terakhir" in another_visitor.open("/").main
    assert wave_control.close_due(clock.now()) == 0
    clock.set(closes)
    assert "Belum ada gelombang yang dibuka" in another_visitor.open("/").main
    assert wave_control.close_due(clock.now()) == 1
    assert Application.get_by_id(one.id).state == "in_selection"


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tutup": "2026-12-10", "tutup_jam": "08:00"}, "sesudah waktu buka"),
        ({"umum": "2026-12-24", "umum_jam": "16:00"}, "sesudah waktu tutup"),
        ({"buka": "2026-10-01", "tutup": "2026-10-02"}, "sudah lewat"),
        ({"buka": "2026-13-01"}, "Isi tanggal, contoh"),
        ({"buka": ""}, "Isi tanggal buka"),
        ({"buka_jam": "25:00"}, "Isi jam, contoh"),
        ({"umum_jam": ""}, "Isi jam pengumuman"),
        ({"umum": ""}, "tanggal pengumuman"),
        ({"kuota": "0"}, "Jumlah tempat: isi angka 1 sampai 1.000.000."),
        ({"kuota": "banyak"}, "angka 1 sampai"),
        ({"hari": "366"}, "angka 1 sampai 365"),
        ({"nomor": "4"}, "Gelombang 4 sudah ada"),
        ({"buka": "2026-12-01"}, "bertumpuk dengan Gelombang 4"),
    ],
)
def test_a_plan_that_makes_no_sense_is_kept_and_explained(
    signed: Signed, changes: dict[str, str], words: str
) -> None:
    rows.wave(4)
    page = _plan(signed("manager").visitor.open("/petugas/gelombang/baru"), 422, **changes)
    assert words in " ".join(page.errors)
    assert Wave.select().count() == 1


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("day", "at"), [("10-12-2026", "08.00"), ("10/12/2026", "8:00"), ("2026-12-10", "08:00:00")]
)
def test_days_and_times_are_read_as_people_write_them(signed: Signed, day: str, at: str) -> None:
    _plan(signed("manager").visitor.open("/petugas/gelombang/baru"), buka=day, buka_jam=at)
    assert Wave.get().opens_at == datetime(2026, 12, 10, 1, 0, tzinfo=UTC)


def test_a_new_wave_says_what_comes_next(signed: Signed, clock: FixedClock) -> None:
    page = _plan(signed("manager").visitor.open("/petugas/gelombang/baru"))
    assert "Buat janjinya paling lambat" in page.main
    Wave.update(closes_at=clock.now() + timedelta(days=7)).execute()
    assert "Buat janjinya paling lambat" in page.visitor.open(page.path).main
    Wave.update(closes_at=clock.now() + timedelta(days=7, milliseconds=-1)).execute()
    assert "Waktu untuk menjanjikan undian sudah lewat" in page.visitor.open(page.path).main


def test_a_plan_is_changed_until_it_opens(signed: Signed, clock: FixedClock) -> None:
    boss = signed("manager")
    page = _plan(boss.visitor.open("/petugas/gelombang/baru"))
    page = page.click("Ubah rencana").submit("Simpan", kuota="200", umum="", umum_jam="")
    assert (Wave.get().quota, Wave.get().announce_at) == (200, None)
    form = page.click("Ubah rencana")
    clock.set(Wave.get().opens_at)
    boss.sign_in()
    assert "Ubah rencana" not in boss.visitor.open("/petugas/gelombang/5").links
    form = boss.visitor.open("/petugas/gelombang/5/ubah")
    assert "sudah dibuka" in form.submit("Simpan", kuota="300", status=409).main


def test_of_two_managers_the_slower_is_told(signed: Signed) -> None:
    one, two = signed("manager", "ratna.satu"), signed("manager", "hadi.dua")
    _plan(one.visitor.open("/petugas/gelombang/baru"))
    first = one.visitor.open("/petugas/gelombang/5/ubah")
    second = two.visitor.open("/petugas/gelombang/5/ubah")
    closing = two.visitor.open("/petugas/gelombang/5/buka")
    first.submit("Simpan", kuota="200")
    page = second.submit("Simpan", kuota="300", status=409)
    assert "Orang lain baru saja" in page.main
    assert page.click("Lihat Gelombang 5").path == "/petugas/gelombang/5"
    closing.submit("Buka sekarang", status=409)
    assert Wave.get().quota == 200


# opening and closing ------------------------------------------------------------------------------


def test_opened_paused_resumed_and_closed_by_hand(signed: Signed, clock: FixedClock) -> None:
    boss = signed("manager")
    page = _plan(boss.visitor.open("/petugas/gelombang/baru"))
    steps = (
        ("Buka sekarang", WavePhase.OPEN),
        ("Hentikan sementara", WavePhase.PAUSED),
        ("Lanjutkan", WavePhase.OPEN),
        ("Tutup sekarang", WavePhase.CLOSED),
    )
    for words, phase in steps:
        page = page.click(words).submit(words)
        assert page.path == "/petugas/gelombang/5"
        assert _phase(5, clock) is phase
    verbs = [line.verb for line in AuditLine.select().order_by(AuditLine.id)][-5:]
    assert verbs == ["wave.create", "wave.open", "wave.pause", "wave.resume", "wave.close"]
    assert not {"Buka sekarang", "Lanjutkan", "Tutup sekarang"} & set(page.links)
    assert boss.visitor.open("/petugas/gelombang/5/tutup").path == "/petugas/gelombang/5"


def test_pressing_twice_does_it_once(signed: Signed) -> None:
    rows.wave(4)
    page = signed("manager").visitor.open("/petugas/gelombang/4/tutup")
    page.submit("Tutup sekarang")
    page.submit("Tutup sekarang", status=409)
    assert AuditLine.select().where(AuditLine.verb == "wave.close").count() == 1


def test_two_waves_are_never_open_at_once(signed: Signed) -> None:
    rows.wave(4)
    rows.wave(5, opens=20, closes=30)
    page = signed("manager").visitor.open("/petugas/gelombang/5/buka").submit("Buka sekarang", status=409)
    assert "Gelombang 4 masih dibuka" in page.main


# what closing does --------------------------------------------------------------------------------


def test_a_closed_wave_takes_its_people_into_the_selection(signed: Signed, clock: FixedClock) -> None:
    wave = rows.wave(4, closes=1)
    inside = rows.application(rows.applicant(rows.nik(1)), wave)
    unfinished = rows.application(rows.applicant(rows.nik(2)), wave, State.NEEDS_FIX)
    disputed = rows.application(rows.applicant(rows.nik(1), claim="disputed"), wave)
    waiting = rows.application(rows.applicant(rows.nik(4)), None)
    assert wave_control.close_due(clock.now()) == 0
    clock.move(timedelta(days=1))
    assert wave_control.close_due(clock.now()) == 1
    assert wave_control.close_due(clock.now()) == 0

    def states() -> list[str]:
        return [Application.get_by_id(one.id).state for one in (inside, unfinished, disputed, waiting)]

    assert states() == ["in_selection", "needs_fix", "submitted", "submitted"]
    line = (
        LedgerEntry.select().where(LedgerEntry.application == inside.id).order_by(LedgerEntry.n.desc()).get()
    )
    assert (line.n, line.reason, line.actor) == (2, "wave_closed", "system")
    # mended late, and a dispute that was settled: taken in by the next minute
    Application.update(state="submitted").where(Application.id == unfinished.id).execute()
    disputed.applicant.nik_index = b"another"
    disputed.applicant.claim = "holder"
    disputed.applicant.save()
    assert wave_control.close_due(clock.now()) == 2
    assert states() == ["in_selection", "in_selection", "in_selection", "submitted"]


def test_closing_goes_on_where_it_stopped(
    signed: Signed, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave = rows.wave(4, closes=1)
    rows.many(7, wave, State.SUBMITTED)
    clock.move(timedelta(days=1))
    monkeypatch.setattr(wave_control, "CHUNK", 3)
    real, calls = ledger.move_all, []

    def power_cut(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("power cut")

    monkeypatch.setattr(ledger, "move_all", power_cut)
    with pytest.raises(RuntimeError):
        wave_control.close_due(clock.now())
    assert Application.select().where(Application.state == "in_selection").count() == 3  # whole chunks only
    assert wave_control.close_due(clock.now()) == 4
    assert LedgerEntry.select().where(LedgerEntry.reason == "wave_closed").count() == 7


def test_whoever_withdraws_meanwhile_stays_out(
    signed: Signed, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    wave = rows.wave(4, closes=1)
    one, two = rows.many(2, wave, State.SUBMITTED)
    clock.move(timedelta(days=1))
    real = wave_control.writing

    def just_before() -> Any:
        fresh = Application.get_by_id(one.id)
        if fresh.state == "submitted":
            ledger.move(fresh, State.WITHDRAWN, Reason.OWN_WISH, APPLICANT, clock.now())
        return real()

    monkeypatch.setattr(wave_control, "writing", just_before)
    assert wave_control.close_due(clock.now()) == 1
    assert Application.get_by_id(one.id).state == "withdrawn"
    assert Application.get_by_id(two.id).state == "in_selection"


def test_a_mark_changes_with_everything_that_staff_can_change(signed: Signed, clock: FixedClock) -> None:
    wave = rows.wave(4)
    boss = Actor("staff", signed("manager").staff)
    seen = wave_control.mark(wave)
    wave_control.pause(4, seen, boss, clock.now())
    with pytest.raises(wave_control.Changed):
        wave_control.resume(4, seen, boss, clock.now())
    wave_control.resume(4, wave_control.mark(Wave.get()), boss, clock.now())
    assert wave_control.mark(Wave.get()) == seen  # nothing is different from what was seen
    assert Wave.get().closes_at > NOW


def test_a_wave_closed_in_the_moment_of_a_submit(signed: Signed, another_visitor: Visitor) -> None:
    """Either in the wave or waiting for the next one, and told which; nothing in between."""
    wave = rows.wave(4)
    boss = signed("manager")
    closing = boss.visitor.open("/petugas/gelombang/4/tutup").form("Tutup sekarang").values
    page = until(another_visitor, "periksa")
    sending = page.form("Kirim pendaftaran").values | {"benar": "y"}
    answers = together(
        lambda: boss.visitor.ask("POST", "/petugas/gelombang/4/tutup", data=closing).status_code,
        lambda: another_visitor.ask("POST", "/daftar/periksa", data=sending).status_code,
    )
    assert answers == [303, 303]
    one = Application.get()
    assert one.wave_id in (wave.id, None)
    receipt = another_visitor.open("/daftar/selesai").text
    assert ("Gelombang 4" if one.wave_id else "Menunggu gelombang berikutnya") in receipt
    wave_control.close_due(boss.clock.now())
    assert Application.get().state == ("in_selection" if one.wave_id else "submitted")
    assert Notice.select().where(Notice.kind == "received").count() == 1


# from the command line ----------------------------------------------------------------------------


def test_every_verb_has_a_command(runner: FlaskCliRunner, office: object) -> None:
    rows.wave(5, opens=20, closes=30)
    Staff.create(username="ratna", name="Ratna", role="manager", created_at=NOW)
    Staff.create(username="budi", name="Budi", role="verifier", created_at=NOW)

    def say(*words: str, status: int = 0) -> str:
        result = runner.invoke(args=["wave", *words])
        assert result.exit_code == status, result.output
        return result.output

    assert "not an active manager" in say("open", "5", "--by", "budi", status=1)
    assert "no wave 9" in say("open", "9", "--by", "ratna", status=1)
    for verb, said in (("open", "Sedang dibuka"), ("pause", "sementara"), ("resume", "Sedang dibuka")):
        assert said in say(verb, "5", "--by", "ratna")
    assert "Sudah ditutup" in say("close", "5", "--by", "ratna")
    assert "sudah lain" in say("pause", "5", "--by", "ratna", status=1)
    assert "belum diumumkan" in say("archive", "5", "--by", "ratna", status=1)
    Wave.update(published_at=NOW).execute()
    assert "Sudah selesai" in say("archive", "5", "--by", "ratna")
    assert "    5 Sudah selesai" in say("list")
