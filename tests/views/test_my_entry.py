"""The own number in a draw: where it stands, a proof that others can check, and the secret that ties it to a person."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import timedelta

import pytest

from app.models import Application, Draw, Entry, Session, Wave
from app.services import day_lists, draw_files, draw_lookup, drawing
from tests import draws
from tests.pages import Visitor
from tests.states import sent

PROOF, SECRET = "/saya/bukti-undian.json", "/saya/undian/rahasia"
DAY_PROOF = "/saya/bukti-harian.json"


@pytest.fixture
def siti(visitor: Visitor, clock):
    """Siti, registered in a wave whose draw is promised, among nine others."""
    clock.set(draws.PROMISED)
    draws.promised()
    return sent(visitor, now=draws.PROMISED)


@pytest.fixture
def later(clock, visitor: Visitor):
    """later(moment) moves the clock; the session is kept alive, which is not what these tests are about."""

    def move(moment):
        clock.set(moment)
        Session.update(last_seen_at=moment, proved_at=moment, expires_at=moment + timedelta(days=1)).execute()

    return move


def listed() -> Draw:
    return draws.listed(Draw.get())


def own() -> Entry:
    """Siti's: the only one of them who sent the answers herself, with a phone."""
    return Entry.get(Entry.application == Session.get().applicant.applications.get().id)


def test_before_the_list(siti, visitor):
    page = visitor.open("/saya").click("Lihat nomor undian")
    assert "belum terbit" in page.main
    assert visitor.ask("GET", PROOF).status_code == 404


def test_long_before_the_list_a_proof_of_the_day(siti, visitor, another_visitor, later, tmp_path):
    """The number was there that night, whatever the list will say: downloaded, and read by the verifier."""
    assert visitor.ask("GET", DAY_PROOF).status_code == 404
    assert "Tercatat sejak" not in visitor.open("/saya/undian").main
    Application.update(submitted_at=draws.PROMISED).execute()
    night = draws.PROMISED + timedelta(days=1)
    day_lists.note_due(night)
    later(night)
    page = visitor.open("/saya/undian")
    assert "Tercatat sejak 28 Agustus 2023" in page.main
    answer = visitor.ask("GET", page.links["Unduh bukti harian"])
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bukti-harian.json"'
    (tmp_path / "bukti.json").write_bytes(answer.get_data())
    public = another_visitor.open("/gelombang/2/undian")
    assert "Sampai akhir 28 Agustus 2023 ada 10 nomor." in public.main
    link = next(href for words, href in public.links.items() if words.startswith("harian.csv"))
    file = another_visitor.ask("GET", link)
    assert (file.mimetype, file.headers["Cache-Control"]) == ("text/csv", "public, max-age=60")
    (tmp_path / "harian.csv").write_bytes(file.get_data())
    command = [sys.executable, "-S", str(draw_files.VERIFIER), "--bukti", "bukti.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, "tercatat di daftar harian 2023-08-28" in done.stdout) == (0, True)


def test_from_the_list_to_the_result(siti, visitor, later):
    later(draws.LISTED)
    listed()
    page = visitor.open("/saya/undian")
    entry = own()
    assert f"Ada di daftar peserta Gelombang 2: nomor {entry.line} dari 10." in page.main
    assert visitor.ask("GET", PROOF).status_code == 404
    later(draws.FROZEN)
    draws.frozen(Draw.get())
    assert f"yang dikunci: nomor {entry.line} dari 10" in visitor.open("/saya/undian").main
    draws.attested(draws.drawn(Draw.get()))
    assert "Urutan undian" not in visitor.open("/saya/undian").main
    draws.published(Draw.get())
    later(draws.ANNOUNCED)
    assert f"Urutan undian {own().rank} dari 10" in visitor.open("/saya/undian").main


def test_the_proof_is_read_by_the_verifier(siti, visitor, later, tmp_path):
    later(draws.ANNOUNCED)
    draw = draws.published(draws.attested(draws.drawn(draws.frozen(listed()))))
    for name in draw_files.names(draw):
        (tmp_path / name).write_bytes(draw_files.read(draw, name))
    answer = visitor.ask("GET", PROOF)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    (tmp_path / "bukti.json").write_bytes(answer.get_data())
    assert json.loads(answer.get_data())["row"].startswith(own().entry)
    command = [
        sys.executable,
        "-I",
        str(draw_files.VERIFIER),
        str(tmp_path),
        "--bukti",
        str(tmp_path / "bukti.json"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert f"Bukti cocok: nomor {own().entry} ada di daftar yang dikunci." in done.stdout


def test_the_secret_and_the_nik_give_what_the_list_says(siti, visitor, later):
    later(draws.LISTED)
    listed()
    entry = own()
    page = visitor.open(SECRET)
    assert entry.salt in page.main
    assert entry.salt not in visitor.open("/saya/undian").main
    nik = entry.application.applicant.nik
    bound = hashlib.sha256(b"gelombang/bind/1\0" + bytes.fromhex(entry.salt) + nik.encode()).hexdigest()
    assert bound in page.main


def test_the_own_copy_names_the_same_number(siti, visitor, later):
    later(draws.LISTED)
    listed()
    assert own().entry in visitor.open("/saya/undian").main
    assert json.dumps(own().entry) in visitor.ask("GET", "/saya/data.json").get_data(as_text=True)


def test_somebody_else_sees_none_of_it(siti, another_visitor, later):
    later(draws.FROZEN)
    draws.frozen(listed())
    for path in (PROOF, SECRET, "/saya/undian"):
        answer = another_visitor.ask("GET", path)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/masuk")


def test_the_promise_stands_on_every_receipt_after_it(visitor, clock):
    clock.set(draws.PROMISED)
    wave = draws.wave()
    sent(visitor, now=draws.PROMISED)
    for path in ("/daftar/selesai", "/daftar/bukti"):
        assert "Sidik janji undian" not in visitor.open(path).main
    drawing.promise(Wave.get_by_id(wave.id), draws.DRAW_AT, draws.actor("ratna"), draws.PROMISED)
    for path in ("/daftar/selesai", "/daftar/bukti", "/daftar/bukti?kertas=struk"):
        assert draw_lookup.grouped(Draw.get().promise_sha256) in visitor.open(path).main
