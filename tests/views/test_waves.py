"""The public pages of a wave: the chance, the dates, the rules, the five steps, the files, a number looked up."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from datetime import timedelta

import pytest

from app.models import Application, Draw, Entry, GroupClaim, ResultFile, SeatChange, Wave
from app.rules import codes, draw_words, qr
from app.rules.promise import Reserve, Rules
from app.services import draw_lookup, draw_story, drawing, public_changes
from tests import draws, walking
from tests.pages import Visitor
from tests.staff import rows
from tests.states import CLOSED, NOT_SELECTED, moved, sent

BUDGET = 14_600
FILES = ("janji.json", "peserta.csv", "hasil.csv", "perubahan.csv", "undian.json")
HERE = "/gelombang/2/undian"


@pytest.fixture
def at(clock, visitor: Visitor):
    """at(moment) moves the clock and gives a visitor."""

    def move(moment) -> Visitor:
        clock.set(moment)
        return visitor

    return move


def cost(visitor: Visitor, path: str) -> int:
    answer = visitor.ask("GET", path, headers={"Accept-Encoding": "gzip"})
    style = visitor.ask("GET", visitor.open(path).parsed.all("link")[1].get("href"))
    return len(answer.get_data()) + len(gzip.compress(style.get_data(), 9)) + 600


# /gelombang/<n> -------------------------------------------------------------------------------------


def test_an_open_wave(at):
    draws.promised(draws.wave(rules=Rules(4, (Reserve("phk", 2),), "first", 2, scope=("35.08",))), 9)
    page = at(draws.PROMISED + timedelta(days=1)).open("/gelombang/2")
    assert page.h1 == "Gelombang 2"
    assert "4 tempat untuk 9 pendaftar sampai hari ini. Kira-kira 1 dari 2 orang." in page.main
    assert "2 tempat lebih dulu untuk yang kena PHK, paling sedikit." in page.main
    assert "Paling banyak 2 orang dari satu KK." in page.main
    assert "Untuk warga Kabupaten Lumajang." in page.main
    for line in (
        "28 Agustus 2023, 08.00 WIB Pendaftaran dibuka",
        "12 September 2023, 16.00 WIB Pendaftaran ditutup",
        "14 September 2023, 06.00 WIB Daftar peserta dikunci",
        "15 September 2023, 18.00 WIB Undian",
        "18 September 2023, 10.00 WIB Hasil diumumkan",
    ):
        assert line in page.main.replace(" (sudah)", "")
    assert draw_lookup.grouped(Draw.get().promise_sha256) in page.main
    assert page.click("Daftar").path.startswith("/daftar/")
    assert page.click("Bagaimana undian bisa diperiksa?").path == HERE


def test_the_rules_are_told_with_their_meaning_before_joining(at, another_visitor):
    """On the start page, on the page before sending, and where somebody joins with one tap."""
    rules = Rules(164, (Reserve("phk", 40),), "first", 2, scope=("35.08",))
    draws.promised(draws.wave(rules=rules), 9)
    meaning = "Paling sedikit 40 untuk yang kena PHK. Paling banyak 2 orang dari satu KK."
    visitor = at(draws.PROMISED + timedelta(days=1))
    assert f"Ada 164 tempat. {meaning} Sampai sekarang 9 orang mendaftar." in visitor.open("/").main
    page = walking.until(visitor, "periksa", walking.changed(pekerjaan={"kerja": "cari"}))
    assert f"Pendaftaran ini untuk Gelombang 2, 164 tempat. {meaning}" in page.main
    before = rows.wave(1, opens=-40, closes=-30)
    moved(sent(another_visitor), CLOSED, NOT_SELECTED)
    Application.update(wave=before).where(Application.state == "not_selected").execute()
    page = another_visitor.open("/saya")
    assert f"Sampai sekarang tempatnya cukup untuk semua. {meaning}" in page.main
    assert "Dipilih dengan undian terbuka." in page.main


def test_a_reserve_after_the_open_seats_is_an_addition(at):
    draws.wave(rules=Rules(164, (Reserve("phk", 40),), "last", None, scope=("35.08",)))
    page = at(draws.OPENS + timedelta(days=1)).open("/")
    assert "Ada 164 tempat. 40 tambahan untuk yang kena PHK. Sampai sekarang" in page.main


def test_before_and_after(at):
    draws.promised()
    assert "Belum dibuka" in at(draws.OPENS - timedelta(days=1)).open("/gelombang/2").main
    assert "Daftar" not in at(draws.LISTED).open("/gelombang/2").links
    draws.published(draws.attested(draws.drawn(draws.frozen(draws.listed(Draw.get())))))
    page = at(draws.ANNOUNCED).open("/gelombang/2")
    assert "Hasil sudah keluar" in page.main
    assert "3 tempat untuk 9 peserta undian. Kira-kira 1 dari 3 orang." in page.main
    Wave.update(archived_at=draws.ANNOUNCED).execute()
    assert "Sudah selesai" in at(draws.ANNOUNCED).open("/gelombang/2").main


def test_a_wave_without_a_draw(at, clock):
    wave = rows.wave(4)
    page = at(clock.now()).open("/gelombang/4")
    assert "Hasilnya ditentukan pusat" in page.main
    page = page.click("Dari mana hasilnya?")
    assert page.h1 == "Hasil Gelombang 4"
    file = {"name": "hasil.xlsx", "sha256": "ab" * 32, "rows": 3, "staff": draws.actor("ratna").staff}
    ResultFile.create(wave=wave, at=clock.now(), **file)
    assert "abababab" not in at(clock.now()).open("/gelombang/4/undian").main
    Wave.update(published_at=clock.now()).execute()
    page = at(clock.now()).open("/gelombang/4/undian")
    assert "abababab abababab" in page.main
    assert "hasil.xlsx" not in page.main
    page = at(clock.now()).open("/gelombang/4")
    assert "abababab abababab" in page.main
    assert "3 baris, 22 November, 10.42" in page.main


def test_decisions_about_groups_are_counted_day_by_day(at):
    draws.promised()
    staff = draws.actor("budi", "verifier").staff
    claims = [*GroupClaim.select()]
    for application in Application.select().order_by(Application.id):
        if application.id not in {one.application_id for one in claims}:
            claims.append(GroupClaim.create(application=application, group="phk"))
    late = draws.CLOSES - timedelta(hours=16)  # 12 September, 00.00 WIB
    for n, claim in enumerate(claims[:4]):
        state = "refused" if n == 3 else "confirmed"
        moment = late - timedelta(milliseconds=1) if n == 0 else late
        columns = {"state": state, "decided_at": moment, "decided_by": staff}
        GroupClaim.update(columns).where(GroupClaim.id == claim.id).execute()
    page = at(draws.CLOSES).open("/gelombang/2")
    assert "12 September 2023, PHK: 2 diterima, 1 tidak" in page.main
    assert "11 September 2023, PHK: 1 diterima" in page.main
    assert page.main.index("12 September 2023, PHK") < page.main.index("11 September 2023, PHK")


def test_a_wave_that_is_over_stays_with_all_it_has(at):
    draw = draws.published()
    Wave.update(archived_at=draws.ANNOUNCED + timedelta(days=30)).execute()
    visitor = at(draws.ANNOUNCED + timedelta(days=31))
    page = visitor.open("/gelombang/2")
    assert "Gelombang ini sudah berakhir. Semua aturan, hasil, dan berkasnya tetap ada di sini." in page.main
    assert "18 Oktober 2023, 10.00 WIB Gelombang berakhir" in page.main.replace(" (sudah)", "")
    for name in FILES:
        assert visitor.ask("GET", f"{HERE}/{name}").status_code == 200
    assert "Gelombang 2 Sudah selesai." in visitor.open("/gelombang").main
    digest = hashlib.sha256(public_changes.csv(draw)).hexdigest()
    assert draw_lookup.grouped(digest) in visitor.open(HERE).main


def test_a_poster_for_the_wall(at, settings):
    draws.promised(draws.wave(rules=Rules(4, (Reserve("phk", 2),), "first", 2, scope=("35.08",))))
    page = at(draws.PROMISED).open("/gelombang/2").click("Poster untuk dicetak")
    assert page.h1 == "Gelombang 2"
    for words in (
        "Tempat 4",
        "Ditutup Selasa, 12 September 2023, pukul 16.00 WIB",
        "Undian terbuka Jumat, 15 September 2023, pukul 18.00 WIB",
        "2 tempat lebih dulu untuk yang kena PHK, paling sedikit.",
        draw_lookup.grouped(Draw.get().promise_sha256),
        f"{settings.public_host}/gelombang/2",
    ):
        assert words in page.main
    drawn = qr.draw(f"{settings.public_url}/gelombang/2")
    assert f'd="{drawn.path}"' in page.html
    assert cost(page.visitor, "/gelombang/2/poster") < BUDGET


def test_a_poster_of_a_wave_without_a_draw(at, clock):
    rows.wave(4)
    page = at(clock.now()).open("/gelombang/4/poster")
    assert "Hasilnya ditentukan pusat" in page.main
    assert "Sidik janji" not in page.main


@pytest.mark.parametrize(("quota", "people", "words"), [
    (164, 1402, "Kira-kira 1 dari 9 orang."),
    (164, 164, "Sampai sekarang tempatnya cukup untuk semua."),
    (1, 1_000_000, "Kira-kira 1 dari 1.000.000 orang."),
    (10, 11, "Kira-kira 1 dari 1 orang."),
])  # fmt: skip
def test_the_chance_in_words(quota, people, words):
    assert draw_words.chance(quota, people) == words


def test_waves_that_are_not_there(at, clock):
    for number in (7, 10_000, 99_999_999_999):
        at(clock.now()).open(f"/gelombang/{number}", status=404)
        at(clock.now()).open(f"/gelombang/{number}/undian", status=404)


def test_all_waves_stay_in_the_list(at, clock):
    assert "Belum ada gelombang" in at(clock.now()).open("/gelombang").main
    rows.wave(3, opens=-60, closes=-30, archived_at=clock.now())
    rows.wave(4)
    page = at(clock.now()).open("/gelombang")
    order = ("Gelombang 4 Sedang dibuka.", "Gelombang terdahulu", "Gelombang 3 Sudah selesai.")
    assert sorted(order, key=page.main.index) == list(order)
    assert page.visitor.open("/gelombang/4").click("Semua gelombang").path == "/gelombang"


# the five steps and the files -----------------------------------------------------------------------


def test_a_stranger_checks_a_draw_over_http(at, tmp_path):
    draw = draws.published()
    visitor = at(draws.ANNOUNCED)
    page = visitor.open(HERE)
    for name in (*FILES, "periksa.py"):
        link = next(href for words, href in page.links.items() if words.startswith(name))
        answer = visitor.ask("GET", link)
        assert (answer.status_code, answer.headers["Content-Disposition"]) == (
            200,
            f'attachment; filename="{name}"',
        )
        assert answer.headers["Cache-Control"].startswith("public")
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        (tmp_path / name).write_bytes(answer.get_data())
    command = [
        sys.executable,
        "-I",
        str(tmp_path / "periksa.py"),
        str(tmp_path),
        "--sidik",
        draw.promise_sha256,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "COCOK. Gelombang 2: 9 peserta, 3 terpilih." in done.stdout
    assert done.returncode == 0


def test_files_come_one_by_one(at):
    draws.promised()
    steps = (
        (draws.listed, 2),
        (draws.frozen, 2),
        (draws.drawn, 2),
        (draws.attested, 2),
        (draws.published, 5),
    )
    visitor, known = at(draws.PROMISED), 1
    for step, after in ((None, 1), *steps):
        if step is not None:
            step(Draw.get())
            known = after
        page = visitor.open(HERE)
        assert [name for name in FILES if name in page.links] == list(FILES[:known])
        got = [visitor.ask("GET", f"{HERE}/{name}").status_code for name in FILES]
        assert got == [200] * known + [404] * (5 - known)
    answer = visitor.ask("GET", f"{HERE}/hasil.csv")
    again = visitor.ask("GET", f"{HERE}/hasil.csv", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, answer.mimetype) == (304, "text/csv")


def test_a_late_list_is_told(at):
    draw = draws.listed()
    drawing.freeze(draw, draws.actor("ratna"), draws.DRAW_AT - timedelta(hours=5))
    page = at(draws.DRAW_AT).open(HERE)
    assert (
        "Daftar tidak dikunci tepat waktu, jadi undian mundur ke 22 September 2023, 18.00 WIB." in page.main
    )


def test_before_a_promise_there_are_five_names(at):
    draws.wave()
    page = at(draws.OPENS).open(HERE)
    assert all(title in page.main for title in draw_story.TITLES)
    assert not [words for words in page.links if words in FILES]


# looking a number up ---------------------------------------------------------------------------------


def test_a_number_is_looked_up(at):
    draws.published()
    visitor = at(draws.ANNOUNCED)
    for entry in Entry.select():
        typed = entry.entry.lower().replace("-", " ")
        page = visitor.open(HERE).submit("Cari", nomor=typed, status=200)
        assert f"Urutan undian {entry.rank} dari 9" in page.main
        assert f"Baris di daftar peserta {entry.line} dari 9" in page.main
        assert ("Terpilih" in page.main) == bool(entry.via)
        seat = {"phk": "Tempat untuk yang kena PHK", "open": "Tempat umum", "": "Cadangan"}[entry.via]
        assert seat in page.main
        assert entry.entry not in page.url


def test_before_publication_only_the_line_is_told(at):
    draws.attested()
    entry = Entry.select().first()
    page = at(draws.ATTESTED).open(HERE).submit("Cari", nomor=entry.entry, status=200)
    assert "Ada di daftar" in page.main
    assert "Urutan undian" not in page.main
    assert "Terpilih" not in page.main


@pytest.mark.parametrize("most", [0, 20_000])
def test_what_became_of_the_seat_is_told_with_it(at, monkeypatch, most):
    """A number that won and lost its seat again is not left as `Terpilih`; nobody else's change is shown."""
    monkeypatch.setattr(draw_lookup, "MOST_RECOMPUTED", most)
    draw = draws.published()
    seated = [one.entry for one in Entry.select().where(Entry.via != "").order_by(Entry.rank)]
    day = draws.ANNOUNCED + timedelta(days=1)
    for n, (before, after, reason) in enumerate(
        (("selected", "revoked", "data_false"), ("revoked", "selected", "objection_upheld")), 1
    ):
        SeatChange.create(draw=draw, n=n, at=day, entry=seated[0], before=before, after=after, reason=reason)
    visitor = at(draws.ANNOUNCED + timedelta(days=2))
    page = visitor.open(HERE).submit("Cari", nomor=seated[0], status=200)
    told = "Sesudah undian 19 September 2023: tempat dicabut. 19 September 2023: dapat tempat"
    assert told in page.main
    assert "Sesudah undian" not in visitor.open(HERE).submit("Cari", nomor=seated[1], status=200).main


def test_a_long_list_is_read_from_the_file(at, monkeypatch):
    draw = draws.published()
    told = {entry.entry: draw_lookup.find(draw, entry.entry) for entry in Entry.select()}
    monkeypatch.setattr(draw_lookup, "MOST_RECOMPUTED", 0)
    for entry in Entry.select():
        place = draw_lookup.find(draw, entry.entry)
        assert (place.line, place.rank, place.via) == (entry.line, entry.rank, entry.via)
        assert (place.rank, place.via) == (told[entry.entry].rank, told[entry.entry].via)


def test_a_number_with_a_typo_or_of_somebody_else(at):
    draws.published()
    page = at(draws.ANNOUNCED).open(HERE)
    wrong = page.submit("Cari", nomor="K7RM-4TXP", status=422)
    assert wrong.errors == ["Periksa lagi nomornya, contoh K7RM-4TXP-N."]
    wrong = page.submit("Cari", nomor=codes.shown(codes.new_code()), status=422)
    assert wrong.errors == ["Nomor ini tidak ada di daftar peserta gelombang ini."]


def test_the_first_load_fits_one_window(at):
    draws.published()
    for path in ("/gelombang/2", HERE):
        assert cost(at(draws.ANNOUNCED), path) < BUDGET


def test_a_month_of_decisions_still_fits_one_window(at):
    """Sixty lines of counts and the longest rules."""
    reserves = tuple(Reserve(code, 10) for code in draw_words.GROUPS)
    draws.promised(draws.wave(rules=Rules(164, reserves, "first", 2, scope=("35.08",))), 9)
    staff = draws.actor("budi", "verifier").staff
    GroupClaim.delete().execute()
    people = [*Application.select()]
    for n in range(36):
        group, one = list(draw_words.GROUPS)[n % 4], people[n // 4]
        moment = draws.CLOSES - timedelta(days=n, hours=3)
        columns = {"state": "confirmed", "decided_at": moment, "decided_by": staff}
        GroupClaim.create(application=one, group=group, **columns)
    assert at(draws.CLOSES).open("/gelombang/2").main.count(" diterima") >= 36
    assert cost(at(draws.CLOSES), "/gelombang/2") < BUDGET
