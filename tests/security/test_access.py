"""Who may open what on the applicants' side: every address against one table (ASVS 8.2.1), and only what is one's own
(8.2.2). The office's side has its table in tests/staff/test_access.py.

An address that is missing from the table fails, so nobody adds a page without saying whom it is for.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.models import Applicant, Application, Device, Draft, Notice, PushSubscription, Session, Staff
from app.services import casework, sessions
from app.services.ledger import Actor
from tests.conftest import NOW
from tests.pages import Visitor
from tests.security.rows import differences, everything
from tests.security.world import MUTATING, NIK, World, post
from tests.staff import rows
from tests.walking import PIN, SITI
from tests.worker.phones import Phone
from tests.worker.test_push_pages import as_json

MOMENT = timedelta(milliseconds=1)
pytestmark = pytest.mark.only_on("sqlite")  # who may open what does not depend on the database

OPEN = "open"  # anybody
SUMMARY = "summary"  # NIK and PIN on any phone
FULL = "full"  # a known phone, kunci, a code
FRESH = "fresh"  # and the PIN within five minutes
PHONE = "phone"  # FULL on a phone of one's own, asked by a script: told in JSON

TABLE = {
    # for everybody
    "GET /": OPEN,
    "GET /posko": OPEN,
    "GET /privasi": OPEN,
    "GET /cek": OPEN,
    "POST /cek": OPEN,
    "GET /cek/<code>": OPEN,
    "GET /cek-pesan": OPEN,
    "GET /gelombang": OPEN,
    "GET /gelombang/<int:number>": OPEN,
    "GET /gelombang/<int:number>/poster": OPEN,
    "GET /gelombang/<int:number>/undian": OPEN,
    "POST /gelombang/<int:number>/undian": OPEN,
    "GET /gelombang/<int:number>/undian/"
    "<any('janji.json','peserta.csv','hasil.csv','perubahan.csv','undian.json','harian.csv','periksa.py'):name>": OPEN,
    "GET /email/berhenti/<token>": OPEN,  # the token of the mail is the proof
    "POST /email/berhenti/<token>": OPEN,
    "GET /luring": OPEN,
    "GET /sw.js": OPEN,
    "GET /manifest.webmanifest": OPEN,
    "GET /hidup": OPEN,
    "GET /csrf": OPEN,
    "POST /push/terima": OPEN,  # the token of a notice is the proof, not a cookie
    "GET /panduan": OPEN,
    "GET /panduan/<code>": OPEN,
    "POST /panduan/<code>": OPEN,
    "GET /panduan/kartu": OPEN,
    "GET /panduan/luring": OPEN,
    # the wizard: whose answers these are is the cookie's business
    "GET /daftar/": OPEN,
    "GET /daftar/<slug>": OPEN,
    "POST /daftar/<slug>": OPEN,
    "GET /daftar/periksa": OPEN,
    "POST /daftar/periksa": OPEN,
    "GET /daftar/berhenti": OPEN,
    "GET /daftar/sudah-terdaftar": OPEN,
    "GET /daftar/tunggu": OPEN,
    "POST /daftar/tunggu": OPEN,
    "GET /daftar/selesai": SUMMARY,
    "GET /daftar/bukti": SUMMARY,
    # doors
    "GET /masuk": OPEN,
    "POST /masuk": OPEN,
    "GET /masuk/kunci": OPEN,
    "POST /masuk/kunci": OPEN,
    "GET /masuk/email": OPEN,
    "POST /masuk/email": OPEN,
    "GET /masuk/email/kode": OPEN,
    "POST /masuk/email/kode": OPEN,
    "GET /masuk/kode-posko": OPEN,
    "POST /masuk/kode-posko": OPEN,
    "GET /lupa-pin": OPEN,
    "GET /keluar": OPEN,
    "POST /keluar": OPEN,
    "GET /masuk/bukti": SUMMARY,
    "POST /masuk/bukti": SUMMARY,
    "GET /masuk/pin": FULL,
    "POST /masuk/pin": FULL,
    # one's own pages
    "GET /saya": SUMMARY,
    "GET /saya/bantuan": SUMMARY,
    "POST /saya/bantuan/telepon": FULL,
    "GET /saya/kalender.ics": FULL,
    "POST /saya/mulai": FULL,
    "GET /saya/ubah": SUMMARY,  # the same page as /saya
    "POST /saya/ubah": FRESH,
    "POST /saya/ubah/buang": FULL,
    "POST /saya/ikut": FULL,
    "GET /saya/beli": FULL,
    "POST /saya/beli": FULL,
    "GET /saya/tugas/<any(selesai,ulasan):task>": FULL,
    "POST /saya/tugas/<any(selesai,ulasan):task>": FULL,
    "GET /saya/undur": FRESH,
    "POST /saya/undur": FRESH,
    "GET /saya/data": FRESH,
    "GET /saya/data.json": FRESH,
    "GET /saya/undian": FULL,
    "GET /saya/undian/rahasia": FRESH,
    "GET /saya/bukti-undian.json": FULL,
    "GET /saya/bukti-harian.json": FULL,
    "GET /saya/keberatan": FULL,
    "POST /saya/keberatan": FULL,
    "POST /saya/tawaran/<int:offer_id>/ambil": FRESH,
    "GET /saya/tawaran/<int:offer_id>/lepas": FULL,
    "POST /saya/tawaran/<int:offer_id>/lepas": FRESH,
    "GET /saya/izin": FULL,
    "POST /saya/izin": FULL,
    "GET /saya/kabar": FULL,
    "GET /saya/kabar/atur": FULL,
    "POST /saya/kabar/atur": FULL,
    "GET /saya/kabar/<int:notice_id>": FULL,
    "POST /saya/kabar/<int:notice_id>": FULL,
    "POST /saya/kabar/tes": FULL,
    "POST /saya/kabar/langganan/hapus": FULL,
    "POST /saya/kabar/langganan": PHONE,
    "DELETE /saya/kabar/langganan": PHONE,
    "GET /saya/perangkat": FRESH,
    "POST /saya/perangkat": FRESH,
    "GET /saya/pin": FRESH,
    "POST /saya/pin": FRESH,
    "GET /saya/kunci": FULL,
    "POST /saya/kunci": FRESH,
    "GET /panduan/email-bukti/alamat": FRESH,
    "POST /panduan/email-bukti/alamat": FRESH,
    "GET /panduan/email-bukti/kode": FULL,
    "POST /panduan/email-bukti/kode": FULL,
}


def level(line: str) -> str:
    """What the table says; an address that it lacks is one test's business."""
    return TABLE.get(line, "")


METHODS = ("GET", *sorted(MUTATING))


def addresses(world: World) -> list[tuple[str, str, str]]:
    """(line of the table, method, path) of every route that is not the office's."""
    return [
        (f"{method} {rule.rule}", method, path)
        for method in METHODS
        for rule, path in world.paths(method)
        if not path.startswith("/petugas")
    ]


def ask(visitor: Visitor, method: str, path: str) -> TestResponse:
    return visitor.ask("GET", path) if method == "GET" else post(visitor, path, method)


def door(answer: TestResponse) -> str:
    """Which door an answer leads to: masuk, bukti, pin, or none (then it let the asker in)."""
    if answer.status_code == 403 and b'name="pin_lagi"' in answer.get_data():
        return "pin"
    if answer.status_code in (401, 403):
        return {"masuk": "masuk", "bukti": "bukti"}.get(
            (answer.get_json(silent=True) or {}).get("kode", ""), "shut"
        )
    place = (answer.location or "").partition("?")[0]
    found = {"/masuk": "masuk", "/masuk/bukti": "bukti", "/masuk/pin": "pin"}
    return found.get(place, "") if answer.status_code == 303 else ""


def test_the_table_names_every_address_and_no_other(world: World) -> None:
    assert {line for line, _, _ in addresses(world)} == set(TABLE)


def test_a_stranger_is_let_in_where_everybody_is(world: World) -> None:
    lines = addresses(world)
    before, wrong = everything(), []
    for line, method, path in lines:
        if not level(line):
            continue
        found = door(ask(world.stranger(), method, path))
        wanted = "" if level(line) == OPEN else "masuk"
        if found != wanted:
            wrong.append(f"{line}: {found or 'let in'}, not {wanted or 'let in'}")
        if wanted and method != "GET":
            after = everything()
            wrong += [f"{line}: {what}" for what in differences(before, after)]
            before = after
        elif method != "GET":
            before = everything()
    assert not wrong, "\n".join(["", *wrong])


def test_nik_and_pin_alone_open_a_summary(world: World) -> None:
    """A session of a new phone: what it may not do is refused and changes nothing, whatever is sent."""
    summary, lines = world.summary, addresses(world)
    before, wrong = everything(), []
    for line, method, path in lines:
        if level(line) in (FULL, FRESH, PHONE):
            found = door(ask(summary, method, path))
            if found != "bukti":
                wrong.append(f"{line}: {found or 'let in'}")
            if method != "GET":
                wrong += [f"{line}: {what}" for what in differences(before, everything())]
        elif level(line) == SUMMARY and method == "GET":
            found = door(ask(summary, method, path))
            if found:
                wrong.append(f"{line}: {found}")
    assert not wrong, "\n".join(["", *wrong])


def test_a_summary_shows_nothing_that_was_answered(world: World) -> None:
    """Where I stand, and nothing else: no name of a street, no number, no name of a person (security.md 4.2)."""
    for line, method, path in addresses(world):
        if method == "GET" and level(line) in (SUMMARY, OPEN):
            answer = world.summary.ask("GET", path)
            said = answer.get_data(as_text=True) if answer.status_code == 200 else ""
            for typed in (
                "3599015704880003",
                "359901",
                "Dusun Krajan",
                "7713",
                "Benang Elok",
                "17 April 1988",
                "Marlina",
            ):
                assert typed not in said.replace("<b>", "").replace("</b>", ""), (path, typed)


def test_in_the_middle_of_the_wizard_a_summary_hides_what_was_said(world: World) -> None:
    """Resumed on a new phone: the open questions, and that the others are answered."""
    visitor = world.stranger()
    for slug in ("syarat", "persetujuan", "identitas", "pin", "kecamatan", "desa", "alamat"):
        data = {key: "y" if value is True else value for key, value in SITI[slug].items()}
        assert post(visitor, f"/daftar/{slug}", data=data).status_code == 303
    Session.update(kind="summary").execute()
    before = everything()
    for slug in ("identitas", "alamat", "desa", "persetujuan", "pin"):
        assert door(ask(visitor, "GET", f"/daftar/{slug}")) == "bukti", slug
        data = {key: "y" if value is True else value for key, value in SITI[slug].items()}
        assert door(post(visitor, f"/daftar/{slug}", data=data)) == "bukti", slug
    assert differences(before, everything()) == []
    assert visitor.ask("GET", "/daftar/kontak").status_code == 200


def test_what_matters_asks_for_the_pin_after_five_minutes(world: World) -> None:
    assert world.full
    lines = addresses(world)
    world.clock.move(sessions.FRESH)
    world.full.ask("GET", "/saya")  # notes that the phone was seen
    before, wrong = everything(), []
    for line, method, path in lines:
        if level(line) == FRESH:
            found = door(ask(world.full, method, path))
            if found != "pin":
                wrong.append(f"{line}: {found or 'let in'}")
    wrong += differences(before, everything())
    assert not wrong, "\n".join(["", *wrong])
    assert sum(level == FRESH for level in TABLE.values()) > 8


def test_on_a_known_phone_with_a_fresh_pin_every_door_is_open(world: World) -> None:
    """Otherwise the tests above could pass by refusing everybody. Acts that end the session are left out."""
    wrong = []
    for line, method, path in addresses(world):
        if (method == "GET" or level(line) in (FULL, PHONE)) and line not in (
            "GET /masuk/bukti",
            "POST /masuk/pin",
        ):
            found = door(ask(world.full, method, path))
            if found and not line.startswith("GET /panduan/email-bukti"):
                wrong.append(f"{line}: {found}")
    assert not wrong, "\n".join(["", *wrong])


def test_an_ended_session_opens_nothing(world: World) -> None:
    assert world.full
    Session.update(revoked_at=NOW).execute()
    is_out(world)


def test_a_rejected_claim_opens_nothing_and_signs_in_nowhere(world: World) -> None:
    """The posko saw the card of somebody else with this NIK: the phone that was known is out, and stays out."""
    assert world.full
    rival = rows.application(rows.applicant(NIK, "Siti Asli", "disputed"), world.wave, at=NOW + MOMENT)
    assert world.staff("officer")
    assert world.staff("verifier")
    one, two = (
        Actor("staff", Staff.get(Staff.username == f"uji.{role}")) for role in ("officer", "verifier")
    )
    casework.settle(rival.id, 1, one, two, world.clock.now())
    assert Applicant.get(Applicant.name == "Siti Marlina").claim == "rejected"
    is_out(world)
    for visitor in (world.full, world.stranger()):
        answer = post(visitor, "/masuk", data={"nik": NIK, "pin": PIN})
        assert (answer.status_code, door(visitor.ask("GET", "/saya"))) == (422, "masuk")


def is_out(world: World) -> None:
    """Whatever is not for everybody leads Siti's phone to the door."""
    for line, method, path in addresses(world):
        if level(line) not in (OPEN, ""):
            assert door(ask(world.full, method, path)) == "masuk", line


@pytest.mark.parametrize(
    ("shared", "idle"), [(False, timedelta(days=30)), (True, timedelta(minutes=15))], ids=["own", "shared"]
)
def test_a_session_ends_when_its_owner_stays_away(world: World, shared: bool, idle: timedelta) -> None:
    came_back(world, shared)
    world.clock.move(idle - MOMENT)
    assert door(world.full.ask("GET", "/saya")) == ""
    world.clock.move(idle)
    assert door(world.full.ask("GET", "/saya")) == "masuk"


@pytest.mark.parametrize(
    ("shared", "step", "end"),
    [(False, timedelta(days=29), timedelta(days=180)), (True, timedelta(minutes=14), timedelta(hours=2))],
    ids=["own", "shared"],
)
def test_a_session_ends_whatever_its_owner_does(
    world: World, shared: bool, step: timedelta, end: timedelta
) -> None:
    came_back(world, shared)
    start = world.clock.now()
    while world.clock.now() + step < start + end:
        world.clock.move(step)
        assert door(world.full.ask("GET", "/saya")) == ""
    world.clock.set(start + end - MOMENT)
    assert door(world.full.ask("GET", "/saya")) == ""
    world.clock.set(start + end)
    assert door(world.full.ask("GET", "/saya")) == "masuk"


def came_back(world: World, shared: bool) -> None:
    """Siti left her phone and signs in on it again, through the door; a family's phone she calls one."""
    world.full.open("/keluar").submit("Keluar")
    world.full.open("/masuk").submit(nik=NIK, pin=PIN, bersama=shared)
    assert door(world.full.ask("GET", "/saya/kabar")) == "", "a known phone and the PIN open everything"


# what belongs to somebody else ------------------------------------------------------------------------


def test_other_peoples_rows_are_not_there(world: World) -> None:
    """Budi asks for Siti's notice, phone, subscription and draft by their numbers: 404 or nothing, and no change."""
    assert world.full
    phone = Phone()
    assert post(world.full, "/saya/kabar/langganan", json=as_json(phone)).status_code == 201
    assert post(world.full, "/saya/ubah").status_code == 303
    siti = Applicant.get(Applicant.name == "Siti Marlina")
    notice = Notice.get(Notice.applicant == siti)
    device = Device.get(Device.applicant == siti)
    row = PushSubscription.get(PushSubscription.applicant == siti)
    budi = world.other
    before = everything()
    assert budi.ask("GET", f"/saya/kabar/{notice.id}").status_code == 404
    assert post(budi, f"/saya/kabar/{notice.id}").status_code == 404
    acts: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/saya/perangkat", {"data": {"cabut": str(device.id)}}),
        ("POST", "/saya/kabar/langganan/hapus", {"data": {"baris": str(row.id)}}),
        ("DELETE", "/saya/kabar/langganan", {"json": {"endpoint": phone.endpoint}}),
        ("POST", "/saya/ubah/buang", {}),
    ]
    for method, path, sent in acts:
        assert post(budi, path, method, **sent).status_code in (204, 303), path
    assert differences(before, everything()) == []


def test_nothing_of_another_person_is_on_any_page(world: World) -> None:
    """Siti and Budi in one household, even: no page of his holds a word of hers."""
    assert world.full
    assert world.other
    hers = ("Marlina", "Dusun Krajan", "3599015704880003", "Benang Elok", "7713")
    application = Application.get(Application.applicant == Applicant.get(Applicant.name == "Siti Marlina"))
    codes = (application.ticket[:4], application.entry_number[:4])
    for line, method, path in addresses(world):
        if method == "GET":
            said = world.other.ask("GET", path).get_data(as_text=True).replace("<b>", "").replace("</b>", "")
            assert not [word for word in hers if word in said], line
            assert not [code for code in codes if f"{code}-" in said], line


def test_a_draft_of_another_browser_is_found_by_nobody(world: World) -> None:
    """Its token is random, and once the PIN has made it a person's, the token alone opens nothing."""
    early = world.draft
    with early.http.session_transaction(base_url=world.base_url) as cookie:
        token = cookie["draft"]
    assert len(token) >= 43
    guess = world.stranger()
    with guess.http.session_transaction(base_url=world.base_url) as cookie:
        cookie["draft"] = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert guess.open("/daftar/").path == "/daftar/syarat"
    thief = world.stranger()
    with thief.http.session_transaction(base_url=world.base_url) as cookie:
        cookie["draft"] = token
    assert thief.open("/daftar/").path == "/daftar/identitas"
    Draft.update(applicant=Applicant.get(Applicant.name == "Siti Marlina") if world.full else None).where(
        Draft.applicant.is_null()
    ).execute()
    assert thief.open("/daftar/").path == "/masuk"
