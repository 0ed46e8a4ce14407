"""Results: one by one and by file, checked whole, published by another person, told exactly once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.channels.sheets import MAX_BYTES, xlsx_bytes
from app.clock import FixedClock
from app.models import (
    Applicant,
    Application,
    AuditLine,
    Deadline,
    LedgerEntry,
    Notice,
    Result,
    ResultFile,
    ResultPreview,
    Wave,
)
from app.rules import codes
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import announcing, audit, result_entry, results, wave_control
from app.services.ledger import Actor
from app.services.result_entry import Outcome
from tests.pages import Page
from tests.staff import rows
from tests.staff.conftest import Signed
from tests.staff.rows import Officer


@pytest.fixture
def closed(database: object) -> Wave:
    """Wave 3, closed ten days ago."""
    return rows.wave(3, opens=-30, closes=-10, announce_at=None, quota=2)


def _csv(*lines: str, header: str = "Nomor Pendaftaran;Hasil") -> tuple[bytes, str]:
    return "\n".join([header, *lines]).encode(), "hasil.csv"


def _upload(person: Officer, file: tuple[bytes, str], status: int | None = None) -> Page:
    page = person.visitor.open("/petugas/gelombang/3/hasil")
    return page.submit("Periksa berkas", berkas=file, status=status)


def _outcomes() -> dict[int, str]:
    return {row.application_id: row.outcome for row in Result.select()}


def _actor(person: Officer) -> Actor:
    return Actor("staff", person.staff)


def _decide(people: list[Application], setter: Officer, clock: FixedClock) -> None:
    """First selected, second reserve 1, the rest not selected."""
    for n, one in enumerate(people):
        outcome = Outcome(State.NOT_SELECTED, Reason.QUOTA_FULL)
        if n < 2:
            outcome = Outcome([State.SELECTED, State.RESERVE][n], Reason.CENTRAL_RESULT, [None, 1][n])
        result_entry.set_one(one.id, outcome, "", _actor(setter), clock.now())


# one by one ---------------------------------------------------------------------------------------


def test_a_result_is_set_and_nobody_is_told(signed: Signed, closed: Wave) -> None:
    (one,) = rows.many(1, closed)
    budi = signed("verifier")
    page = budi.visitor.open(f"/petugas/pendaftar/{one.id}").click("Isi hasil")
    page.submit("Simpan hasil", status=422)
    page.submit("Simpan hasil", hasil="not_selected", status=422)
    page.submit("Simpan hasil", hasil="reserve", urutan="satu", status=422)
    page = page.submit("Simpan hasil", hasil="reserve", urutan="12")
    assert "Cadangan, nomor urut 12" in page.main
    row = Result.get()
    assert (row.outcome, row.position, row.published_at) == ("reserve", 12, None)
    assert Application.get_by_id(one.id).state == State.IN_SELECTION
    assert Notice.select().count() == 0
    page = page.click("Isi hasil").submit(
        "Simpan hasil", hasil="not_selected", alasan="quota_full", urutan=""
    )
    assert (Result.get().outcome, Result.get().reason, Result.get().position) == (
        "not_selected",
        "quota_full",
        None,
    )


def test_the_slower_of_two_verifiers_is_told(signed: Signed, closed: Wave) -> None:
    (one,) = rows.many(1, closed)
    first, second = signed("verifier", "v.satu"), signed("verifier", "v.dua")
    pages = [person.visitor.open(f"/petugas/pendaftar/{one.id}/hasil") for person in (first, second)]
    pages[0].submit("Simpan hasil", hasil="selected")
    pages[1].submit("Simpan hasil", hasil="not_selected", alasan="quota_full", status=409)
    assert Result.get().outcome == "selected"


def test_no_result_before_the_wave_is_closed(signed: Signed) -> None:
    wave = rows.wave(4)
    one = rows.application(rows.applicant(), wave, State.IN_SELECTION)
    page = signed("verifier").visitor.open(f"/petugas/pendaftar/{one.id}/hasil")
    assert "masih dibuka" in page.submit("Simpan hasil", hasil="selected", status=409).main
    assert "sesudah gelombang ditutup" in signed("manager").visitor.open("/petugas/gelombang/4").main


# a file -------------------------------------------------------------------------------------------


def test_a_file_is_checked_first_and_then_used_as_a_whole(signed: Signed, closed: Wave) -> None:
    one, two, three = rows.many(3, closed)
    budi = signed("verifier", "budi.santoso")
    file = _csv(
        f"{codes.shown(one.ticket)};TERPILIH",
        f"{two.ticket.lower()};Cadangan 4",
        f"{codes.shown(three.ticket)};tidak lolos",
    )
    page = _upload(budi, file)
    assert "3 hasil baru" in page.main or "hasil baru 3" in page.main
    assert _outcomes() == {}
    page = page.submit("Pakai berkas ini")
    assert page.path == "/petugas/gelombang/3"
    assert _outcomes() == {one.id: "selected", two.id: "reserve", three.id: "not_selected"}
    assert Result.get(Result.application == two.id).position == 4
    assert ResultFile.get().rows == 3
    assert ResultPreview.select().count() == 0
    line = AuditLine.select().order_by(AuditLine.id.desc()).get()
    assert (line.verb, line.actor) == ("result.file", "staff:budi.santoso")
    assert ResultFile.get().sha256 in line.detail
    assert Application.select().where(Application.state == "in_selection").count() == 3


def test_the_same_file_twice_changes_nothing(signed: Signed, closed: Wave) -> None:
    one, two = rows.many(2, closed)
    budi = signed("verifier")
    file = _csv(f"{one.ticket};terpilih", f"{two.ticket};gagal")
    _upload(budi, file).submit("Pakai berkas ini")
    before = sorted(Result.select().tuples()), AuditLine.select().count()
    page = _upload(budi, file)
    assert "tidak mengubah apa pun" in page.main
    assert "Pakai berkas ini" not in [words for form in page.forms for words in form.buttons]
    assert (sorted(Result.select().tuples()), AuditLine.select().count()) == before
    assert ResultFile.select().count() == 1


def test_an_excel_file_with_niks_reasons_and_other_columns(signed: Signed, closed: Wave) -> None:
    one, two = rows.many(2, closed)
    data = xlsx_bytes(
        ["No", "Nama", "N I K".replace(" ", ""), "Hasil Seleksi", "Alasan"],
        [
            ["1", "ORANG NOMOR 1", rows.nik(1), "lolos", ""],
            ["2", "Nomor Orang 2", rows.nik(2), "tidak lolos", "Kuota penuh"],
        ],
    )
    _upload(signed("verifier"), (data, "pusat.xlsx")).submit("Pakai berkas ini")
    assert _outcomes() == {one.id: "selected", two.id: "not_selected"}
    assert Result.get(Result.application == two.id).reason == "quota_full"


def test_every_fault_is_named_with_its_line_and_nothing_is_used(signed: Signed, closed: Wave) -> None:
    good, fix, twice, gone = rows.many(4, closed)
    Application.update(state="needs_fix").where(Application.id == fix.id).execute()
    Application.update(state="withdrawn").where(Application.id == gone.id).execute()
    good.ticket = "K7RM4TXP" + codes.check_symbol("K7RM4TXP")
    Application.update(ticket=good.ticket).where(Application.id == good.id).execute()
    other = codes.new_code()
    faults = {
        2: (f"7K{good.ticket[2:]};terpilih", "salah tulis"),
        3: (f"{fix.ticket};terpilih", "masih perlu dibetulkan"),
        4: (f"{twice.ticket};terpilih", ""),
        5: (f"{twice.ticket};tidak lolos", "sudah ada di baris 4"),
        6: (f"{good.ticket};mungkin", 'Hasil "mungkin" tidak dikenal'),
        7: (f"{good.ticket};", "Kolom hasil kosong"),
        8: (";terpilih", "kosong"),
        9: (f"{other};terpilih", "bukan dari gelombang ini"),
        10: (f"{gone.ticket};terpilih", "sudah mengundurkan diri"),
    }
    page = _upload(signed("verifier"), _csv(*(line for line, _ in faults.values())))
    for line, (_, words) in faults.items():
        assert words in page.main, line
    assert f"Mungkin {codes.shown(good.ticket)}" in page.main
    assert "Berkas ini belum bisa dipakai" in page.main
    preview = ResultPreview.get()
    token = page.forms[0].values["csrf_token"]
    answer = page.visitor.ask("POST", page.path, data={"csrf_token": token, "lewati": "y"})
    assert answer.status_code == 422
    assert _outcomes() == {}
    assert page.click("Unggah yang sudah dibetulkan").path == "/petugas/gelombang/3/hasil"
    page.submit("Buang berkas ini")
    assert ResultPreview.get_or_none(ResultPreview.id == preview.id) is None


def test_niks_that_excel_rounded_match_nobody(signed: Signed, closed: Wave) -> None:
    rows.many(1, closed)
    file = _csv("3.50801E+15;terpilih", f"{rows.nik(1)[:15]};terpilih", header="NIK;Hasil")
    page = _upload(signed("verifier"), file)
    assert "dibulatkan Excel" in page.main
    assert "di sini 15" in page.main
    assert "Belum bisa dipakai" in page.main or "belum bisa dipakai" in page.main


def test_people_of_other_offices_are_skipped_after_a_yes(signed: Signed, closed: Wave) -> None:
    (one,) = rows.many(1, closed)
    stranger = "3508990101900001"
    page = _upload(signed("verifier"), _csv(f"{rows.nik(1)};lolos", f"{stranger};lolos", header="NIK;Status"))
    assert "Tidak terdaftar di gelombang ini" in page.main
    assert "NIK 16 angka" in page.main
    assert stranger[:6] not in page.html.replace(" ", "")
    page.submit("Pakai berkas ini", status=422)
    page.submit("Pakai berkas ini", lewati=True)
    assert _outcomes() == {one.id: "selected"}


def test_whoever_is_not_in_the_file_may_be_not_selected(signed: Signed, closed: Wave) -> None:
    one, two, three = rows.many(3, closed)
    budi = signed("verifier")
    page = _upload(budi, _csv(f"{one.ticket};terpilih"))
    assert "2 orang dalam seleksi tidak ada di berkas" in page.main
    page.submit("Pakai berkas ini")
    assert _outcomes() == {one.id: "selected"}
    page = _upload(budi, _csv(f"{one.ticket};terpilih")).submit("Pakai berkas ini", sisanya=True)
    assert _outcomes() == {one.id: "selected", two.id: "not_selected", three.id: "not_selected"}


def test_the_rest_by_one_press(signed: Signed, closed: Wave) -> None:
    one, two = rows.many(2, closed)
    budi = signed("verifier")
    _upload(budi, _csv(f"{one.ticket};terpilih")).submit("Pakai berkas ini")
    page = budi.visitor.open("/petugas/gelombang/3").click("Sisanya belum terpilih")
    late = rows.application(rows.applicant(rows.nik(50)), closed, State.IN_SELECTION)
    page.submit("Tandai 1 orang", status=409)  # one more than was shown
    budi.visitor.open("/petugas/gelombang/3/sisanya").submit("Tandai 2 orang")
    assert _outcomes() == {one.id: "selected", two.id: "not_selected", late.id: "not_selected"}


def test_a_change_between_check_and_use_stops_the_file(signed: Signed, closed: Wave) -> None:
    one, two = rows.many(2, closed)
    page = _upload(signed("verifier"), _csv(f"{one.ticket};terpilih", f"{two.ticket};terpilih"))
    Application.update(state="withdrawn").where(Application.id == two.id).execute()
    assert "Unggah lagi" in page.submit("Pakai berkas ini", status=409).main
    assert _outcomes() == {}


def test_a_preview_is_its_uploaders_and_lives_a_day(signed: Signed, closed: Wave, clock: FixedClock) -> None:
    (one,) = rows.many(1, closed)
    budi, ratna = signed("verifier", "budi.satu"), signed("verifier", "ratna.dua")
    page = _upload(budi, _csv(f"{one.ticket};terpilih"))
    ratna.visitor.open(page.path, 404)
    sealed = ResultPreview.select(ResultPreview.checked).dicts().get()["checked"]
    assert b"selected" not in bytes(sealed)
    clock.move(timedelta(days=1))
    budi.sign_in()
    budi.visitor.open(page.path, 404)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ((b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "hasil.xlsx"), "bukan tabel"),
        ((b"<html><body>x</body></html>", "hasil.csv"), "bukan tabel"),
        ((b"Nama;Alamat\nSiti;Lumajang\n", "hasil.csv"), "Tidak ada kolom hasil"),
        ((b"Nama;Hasil\nSiti;lolos\n", "hasil.csv"), "Tidak ada kolom orangnya"),
        ((b"NIK;Hasil;Status\n1;a;b\n", "hasil.csv"), "berarti sama"),
        ((b"NIK;Hasil\n", "hasil.csv"), "hanya berisi judul"),
        ((b"", "hasil.csv"), "kosong"),
    ],
)
@pytest.mark.only_on("sqlite")
def test_a_file_that_is_no_list_is_refused(
    signed: Signed, closed: Wave, file: tuple[bytes, str], words: str
) -> None:
    page = _upload(signed("verifier"), file, 422)
    assert words in page.errors[0]
    assert ResultPreview.select().count() == 0


def _body(token: str, size: int) -> bytes:
    """A multipart form as bytes: the test client would leave a temporary file behind for one of this size."""
    rest = b"NIK;Hasil\n" + b"1;x\n" * (size // 4)
    parts = (("csrf_token", "", token.encode()), ("berkas", '; filename="besar.csv"', rest[:size]))
    body = b"".join(
        f'--grens\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"
        for name, more, value in parts
    )
    return body + b"--grens--\r\n"


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize(
    ("role", "size", "status"),
    [
        ("verifier", 70_000, 303),
        ("verifier", MAX_BYTES, 422),
        ("verifier", MAX_BYTES + 1, 422),
        ("verifier", MAX_BYTES + 20_000, 413),
        ("officer", 70_000, 413),  # no larger body for whoever may not upload
    ],
)
def test_five_megabytes_and_not_one_byte_more(
    signed: Signed, closed: Wave, role: str, size: int, status: int
) -> None:
    person = signed(role)
    token = person.visitor.open("/petugas").forms[0].values["csrf_token"]
    answer = person.visitor.ask(
        "POST",
        "/petugas/gelombang/3/hasil",
        data=_body(token, size),
        content_type="multipart/form-data; boundary=grens",
    )
    assert answer.status_code == status
    if size == MAX_BYTES + 1:
        assert "lebih dari 5 MB" in answer.get_data(as_text=True)
    if size == MAX_BYTES:
        assert "lebih dari 5 MB" not in answer.get_data(as_text=True)


# publication --------------------------------------------------------------------------------------


def test_another_person_publishes_at_a_time(signed: Signed, closed: Wave, clock: FixedClock) -> None:
    people = rows.many(4, closed)
    budi, ratna = signed("manager", "budi.setter"), signed("manager", "ratna.lain")
    _decide(people, budi, clock)
    own = budi.visitor.open("/petugas/gelombang/3")
    assert "Umumkan" not in own.links
    assert "Anda ikut mengisi hasil ini. Karena itu pengelola lain yang mengumumkannya." in own.main
    own = budi.visitor.open("/petugas/gelombang/3/umumkan")
    assert "harus pengelola lain" in own.main
    data = {"umum": "2026-11-23", "umum_jam": "10.00", "yakin": "y"}
    data |= {"csrf_token": own.forms[0].values["csrf_token"], "seen": wave_control.mark(Wave.get())}
    assert budi.visitor.ask("POST", own.path, data=data).status_code == 403
    page = ratna.visitor.open("/petugas/gelombang/3")
    assert "Anda ikut mengisi" not in page.main
    page = page.click("Umumkan")
    page.submit("Jadwalkan pengumuman", status=422)
    page = page.submit("Jadwalkan pengumuman", umum="2026-11-23", umum_jam="10.00", yakin=True)
    assert "Senin, 23 November 2026, pukul 10.00 WIB, oleh Ratna Lain." in page.main
    assert "Belum ditentukan" not in page.main
    assert results.publish_due(clock.now()) == 0
    clock.move(timedelta(days=1))
    assert results.publish_due(clock.now()) == 4
    states = [Application.get_by_id(one.id).state for one in people]
    assert states == ["selected", "reserve", "not_selected", "not_selected"]
    assert {(n.title, n.body) for n in Notice.select()} == {
        ("Hasil Gelombang 3 sudah keluar", Notice.get().body)
    }  # nothing in a notice tells one outcome from another
    deadline = Deadline.get()
    assert deadline.application_id == people[0].id
    assert deadline.due_at.isoformat() == "2026-12-08T16:59:59.999000+00:00"
    verbs = [line.verb for line in AuditLine.select().order_by(AuditLine.id)]
    assert verbs[-1] == "wave.published"
    assert "wave.publish" in verbs
    assert audit.verify() == (len(verbs), None)
    ratna.sign_in()
    assert "Hasil sudah keluar" in ratna.visitor.open("/petugas/gelombang/3").main


def test_publishing_twice_tells_once(signed: Signed, closed: Wave, clock: FixedClock) -> None:
    _published(signed, closed, clock, 3)
    before = (
        sorted(LedgerEntry.select().tuples(), key=str),
        Notice.select().count(),
        Deadline.select().count(),
    )
    for _ in range(3):
        clock.move(timedelta(minutes=1))
        assert results.publish_due(clock.now()) == 0
    assert before == (
        sorted(LedgerEntry.select().tuples(), key=str),
        Notice.select().count(),
        Deadline.select().count(),
    )


def _published(signed: Signed, wave: Wave, clock: FixedClock, count: int) -> list[Application]:
    people = rows.many(count, wave)
    _decide(people, signed("verifier", "yang.mengisi"), clock)
    publisher = signed("manager", "yang.umumkan")
    results.schedule_publication(Wave.get_by_id(wave.id), clock.now(), _actor(publisher), clock.now())
    assert results.publish_due(clock.now()) == count
    return people


@pytest.mark.parametrize(
    "place", ["ledger.move_all", "notice_chunks.write_all", "begin_buying_all", "audit.record"]
)
@pytest.mark.parametrize("at", [1, 2, 4])
def test_killed_anywhere_it_goes_on_and_tells_everybody_once(
    signed: Signed, closed: Wave, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, place: str, at: int
) -> None:
    people = rows.many(7, closed)
    setter, publisher = signed("verifier"), signed("manager")
    for one in people:
        result_entry.set_one(
            one.id, Outcome(State.SELECTED, Reason.CENTRAL_RESULT), "", _actor(setter), clock.now()
        )
    left = rows.application(rows.applicant(rows.nik(90)), closed, State.NEEDS_FIX)
    results.schedule_publication(Wave.get_by_id(closed.id), clock.now(), _actor(publisher), clock.now())
    monkeypatch.setattr(announcing, "CHUNK", 2)
    with monkeypatch.context() as patch:
        _dies(patch, f"app.services.announcing.{place}", at)
        if place != "audit.record" or at == 1:
            with pytest.raises(_PowerCut):
                results.publish_due(clock.now())
        else:
            results.publish_due(clock.now())
    told = Notice.select().count()
    assert told == LedgerEntry.select().where(LedgerEntry.actor == "system").count()  # whole chunks only
    results.publish_due(clock.now())
    assert Application.select().where(Application.state == "selected").count() == 7
    assert Application.get_by_id(left.id).state == "not_selected"
    assert (Notice.select().count(), Deadline.select().count()) == (8, 7)
    assert LedgerEntry.select().where(LedgerEntry.actor == "system").count() == 8
    assert Result.select().where(Result.published_at.is_null()).count() == 0
    assert AuditLine.select().where(AuditLine.verb == "wave.published").count() == 1


class _PowerCut(BaseException):
    """Not an Exception: nothing may catch it."""


def _dies(patch: pytest.MonkeyPatch, target: str, at: int) -> None:
    """Let the at-th call of a function never come back."""
    from importlib import import_module

    module = import_module("app.services.announcing")
    owner_name, _, name = target.removeprefix("app.services.announcing.").rpartition(".")
    owner = getattr(module, owner_name) if owner_name else module
    real: Callable[..., object] = getattr(owner, name)
    calls = []

    def dying(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == at:
            raise _PowerCut
        return real(*args, **kwargs)

    patch.setattr(owner, name, dying)


def test_not_before_everybody_has_a_result(signed: Signed, closed: Wave, clock: FixedClock) -> None:
    people = rows.many(2, closed)
    budi, ratna = signed("verifier"), signed("manager")
    _decide(people[:1], budi, clock)
    wave = ratna.visitor.open("/petugas/gelombang/3")
    assert "Umumkan" not in wave.links
    assert "Baru bisa diumumkan kalau semua orang punya hasil" in wave.main
    page = ratna.visitor.open("/petugas/gelombang/3/umumkan")
    assert "1 orang tanpa hasil" in page.submit("Jadwalkan pengumuman", yakin=True, status=409).main


def test_a_result_that_changes_voids_the_plan(signed: Signed, closed: Wave, clock: FixedClock) -> None:
    people = rows.many(2, closed)
    budi, ratna = signed("verifier"), signed("manager", "ratna.lain")
    _decide(people, budi, clock)
    later = clock.now() + timedelta(hours=1)
    results.schedule_publication(Wave.get_by_id(closed.id), later, _actor(ratna), clock.now())
    seen = result_entry.mark(result_entry.of(people[1].id))
    result_entry.set_one(
        people[1].id, Outcome(State.SELECTED, Reason.CENTRAL_RESULT), seen, _actor(budi), clock.now()
    )
    assert Wave.get_by_id(closed.id).publish_at is None
    clock.set(later)
    assert results.publish_due(later) == 0
    assert AuditLine.select().where(AuditLine.verb == "wave.publish_void").count() == 1


def test_a_plan_is_taken_back_before_its_time_only(signed: Signed, closed: Wave, clock: FixedClock) -> None:
    people = rows.many(2, closed)
    _decide(people, signed("verifier"), clock)
    ratna = signed("manager")
    page = ratna.visitor.open("/petugas/gelombang/3/umumkan")
    page = page.submit("Jadwalkan pengumuman", umum="2026-11-22", umum_jam="12:00", yakin=True)
    again = page
    page = page.submit("Batalkan jadwal")
    assert Wave.get_by_id(closed.id).publish_at is None
    again.submit("Batalkan jadwal", status=409)
    page = page.click("Umumkan").submit(
        "Jadwalkan pengumuman", umum="2026-11-22", umum_jam="10:00", yakin=True
    )
    assert "sedang diumumkan" in page.main  # its time is past: the worker begins within a minute
    one = people[0]
    seen = result_entry.mark(result_entry.of(one.id))
    with pytest.raises(wave_control.NotNow):
        result_entry.set_one(
            one.id, Outcome(State.RESERVE, Reason.CENTRAL_RESULT), seen, _actor(ratna), clock.now()
        )


def test_two_managers_cannot_plan_over_each_other(signed: Signed, closed: Wave, clock: FixedClock) -> None:
    _decide(rows.many(2, closed), signed("verifier"), clock)
    one, two = signed("manager", "satu.m"), signed("manager", "dua.m")
    pages = [person.visitor.open("/petugas/gelombang/3/umumkan") for person in (one, two)]
    pages[0].submit("Jadwalkan pengumuman", umum="2026-11-25", umum_jam="10:00", yakin=True)
    pages[1].submit("Jadwalkan pengumuman", umum="2026-11-24", umum_jam="10:00", yakin=True, status=409)
    assert Wave.get_by_id(closed.id).publish_by == "satu.m"


def test_who_withdrew_or_is_disputed_is_left_alone(signed: Signed, closed: Wave, clock: FixedClock) -> None:
    people = rows.many(3, closed)
    _decide(people, signed("verifier"), clock)
    disputed = rows.applicant(rows.nik(1), claim="disputed")
    waiting = rows.application(disputed, closed)
    Application.update(state="withdrawn").where(Application.id == people[0].id).execute()
    publisher = _actor(signed("manager"))
    results.schedule_publication(Wave.get_by_id(closed.id), clock.now(), publisher, clock.now())
    assert results.publish_due(clock.now()) == 2
    assert Application.get_by_id(people[0].id).state == "withdrawn"
    assert Application.get_by_id(waiting.id).state == "submitted"
    assert Notice.select().count() == 2
    assert Deadline.select().count() == 0


def test_a_late_entrant_is_published_later_by_two_people(
    signed: Signed, closed: Wave, clock: FixedClock
) -> None:
    _published(signed, closed, clock, 2)
    late = rows.application(rows.applicant(rows.nik(70)), closed, State.IN_SELECTION)
    clock.move(timedelta(hours=1))
    assert results.publish_due(clock.now()) == 0
    setter, publisher = signed("verifier", "lagi.isi"), signed("manager", "lagi.umum")
    result_entry.set_one(
        late.id, Outcome(State.SELECTED, Reason.CENTRAL_RESULT), "", _actor(setter), clock.now()
    )
    assert results.publish_due(clock.now()) == 0
    results.schedule_publication(Wave.get_by_id(closed.id), clock.now(), _actor(publisher), clock.now())
    assert results.publish_due(clock.now()) == 1
    assert Application.get_by_id(late.id).state == "selected"


def test_at_night_the_phones_stay_silent(signed: Signed, closed: Wave, clock: FixedClock) -> None:
    from app.crypto import keys
    from app.models import Delivery, PushSubscription

    people = rows.many(1, closed)
    _decide(people, signed("verifier"), clock)
    push = PushSubscription(
        applicant=people[0].applicant,
        endpoint_hash=b"1",
        p256dh=b"2",
        origin="https://push.example",
        created_at=clock.now(),
        refreshed_at=clock.now(),
    )
    push.endpoint, push.auth = "https://push.example/1", "x"
    push.save(force_insert=True)
    results.schedule_publication(
        Wave.get_by_id(closed.id), clock.now(), _actor(signed("manager")), clock.now()
    )
    night = clock.now().replace(hour=16, minute=0)  # 23.00 WIB
    assert results.publish_due(night) == 1
    assert Delivery.get().not_before.isoformat() == "2026-11-22T23:00:00+00:00"  # 06.00 WIB
    assert Applicant.get_by_id(people[0].applicant_id).nik_index == keys().lookup_hash("nik", rows.nik(1))


def test_what_was_published_is_not_changed_by_a_file(signed: Signed, closed: Wave, clock: FixedClock) -> None:
    people = _published(signed, closed, clock, 3)
    budi = signed("verifier", "isi.lagi")
    page = _upload(budi, _csv(f"{people[0].ticket};terpilih", f"{people[2].ticket};terpilih"))
    assert "Sudah diumumkan: Belum terpilih" in page.main
    page = _upload(budi, _csv(f"{people[0].ticket};terpilih", f"{people[2].ticket};gagal"))
    assert "tidak mengubah apa pun" in page.main
