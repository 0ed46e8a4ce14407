"""What every applicant page costs on the wire: each GET route of the url map, opened by somebody who sees content there,
and each POST route that sends a page back (422). A route that nobody reached fails, so a new page is weighed or named.

The example office has people in every state; here it has 56 posko as well, as the real one.
"""

from __future__ import annotations

import gzip
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import Message
from http.client import HTTPResponse
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from peewee import fn
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.config import Settings
from app.db import writing
from app.forms.registration import registration
from app.models import Applicant, Application, Attempt, Notice, Offer, Posko, Region, Wave
from app.rules.states import State
from app.services import guide, joining, mailing, newcomers, notices, office, sessions
from tests import walking
from tests.browser.conftest import served
from tests.browser.test_bytes import A_PAGE, FIRST_LOAD
from tests.conftest import NOW
from tests.pages import Visitor
from tests.states import owner, signed_in

POSKO = 56
SHEET = re.compile(rb'<link rel="stylesheet" href="([^"]+)"')
LINK = re.compile(r'<a [^>]*href="([^"]+)"')

#: GET routes that are no pages: downloads, probes, and what only a script asks for.
NO_PAGES = {
    "/hidup",
    "/csrf",
    "/cek-pesan",  # an old address that leads to /cek
    "/sw.js",
    "/manifest.webmanifest",
    "/saya/kalender.ics",
    "/saya/data.json",
    "/saya/bukti-undian.json",
    "/saya/bukti-harian.json",
    "/daftar/",
    (
        "/gelombang/<int:number>/undian/"
        "<any('janji.json','peserta.csv','hasil.csv','perubahan.csv','undian.json','harian.csv','periksa.py'):name>"
    ),
}
#: POST routes that do something and lead on, whatever is sent with them; nothing is typed there.
NO_FORMS = {
    "/daftar/periksa",  # the declaration: its 422 is that of the walk below
    "/email/berhenti/<token>",
    "/keluar",
    "/panduan/<code>",
    "/push/terima",
    "/saya/bantuan/telepon",
    "/saya/ikut",
    "/saya/izin",
    "/saya/kabar/<int:notice_id>",
    "/saya/kabar/langganan",
    "/saya/kabar/langganan/hapus",
    "/saya/kabar/tes",
    "/saya/kunci",
    "/saya/mulai",
    "/saya/perangkat",
    "/saya/tawaran/<int:offer_id>/ambil",
    "/saya/tawaran/<int:offer_id>/lepas",
    "/saya/tugas/<any(selesai,ulasan):task>",
    "/saya/ubah",
    "/saya/ubah/buang",
}


class Scale:
    """Stands before the application for the tests' own client: sends each request over a socket and weighs the answer.

    `pages` is {(method, route, status): the heaviest (bytes, address)}; a page weighs its headers, itself and its sheets.
    """

    def __init__(self, app: Flask, url: str) -> None:
        self._where = urlsplit(url)
        self._match = app.url_map.bind(self._where.hostname or "").match
        self._sheets: dict[bytes, int] = {}
        self.pages: dict[tuple[str, str, int], tuple[int, str]] = {}
        self.addresses: set[str] = set()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
        headers = {
            name[5:].replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") and name not in ("HTTP_ACCEPT_ENCODING", "HTTP_CONNECTION")
        }
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        raw = self._send(method, path + query, headers, body)
        status, kept, answer = _read(raw)
        if kept.get_content_type() == "text/html" and not status.startswith("3"):
            self._note(method, path, int(status[:3]), raw, answer)
        gone = {"content-encoding", "content-length", "connection", "transfer-encoding"}
        start(status, [(name, value) for name, value in kept.items() if name.lower() not in gone])
        return [answer]

    def _send(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
        """One request as a phone sends it; everything that comes back, status line to last byte."""
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        if "Host" not in headers:
            lines.append(f"Host: {self._where.netloc}")
        lines += [f"Content-Length: {len(body)}", "Accept-Encoding: gzip, br", "Connection: close", "", ""]
        with socket.create_connection((self._where.hostname, self._where.port), 20) as connection:
            connection.sendall("\r\n".join(lines).encode("latin-1") + body)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return answer

    def _note(self, method: str, path: str, status: int, raw: bytes, page: bytes) -> None:
        try:
            rule = str(self._match(path, method=method, return_rule=True)[0])
        except HTTPException:
            rule = "nowhere"
        weight = len(raw) + sum(self._sheet(href) for href in SHEET.findall(page))
        key = (method, rule, status)
        self.pages[key] = max(self.pages.get(key, (0, "")), (weight, path))
        if method == "GET" and status == 200:
            self.addresses.add(path)

    def _sheet(self, href: bytes) -> int:
        if href not in self._sheets:
            self._sheets[href] = len(self._send("GET", href.decode(), {}))
        return self._sheets[href]

    def rules(self, method: str, *statuses: int) -> set[str]:
        """The routes that were weighed with one of these statuses."""
        return {rule for (how, rule, status) in self.pages if how == method and status in statuses}


class _Canned:
    """Bytes that came earlier, as http.client wants to read them."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, *_: Any) -> BytesIO:
        return BytesIO(self._raw)


def _read(raw: bytes) -> tuple[str, Message, bytes]:
    """(status, headers, unpacked body)."""
    answer = HTTPResponse(_Canned(raw))  # type: ignore[arg-type]
    answer.begin()
    body = answer.read()
    if answer.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return f"{answer.status} {answer.reason}", answer.headers, body


# the office ---------------------------------------------------------------------------------------


@pytest.fixture
def settings(settings: Settings, tmp_path: Any) -> Settings:
    return replace(
        settings, mail_url=f"file://{tmp_path}/mail", mail_sender="Gelombang <gelombang@example.org>"
    )


@pytest.fixture
def scale(example: object, app: Flask, settings: Settings) -> Iterator[Scale]:
    """The example office with 56 posko, served; whatever the tests' own client asks goes over a socket and is weighed."""
    _open_posko()
    made = Scale(app, settings.public_url)
    port = int(settings.public_url.rpartition(":")[2])
    with served(app.wsgi_app, port):
        app.wsgi_app = made  # type: ignore[assignment]
        yield made


def _open_posko() -> None:
    """56 of them, each with a name, a street and a number of its own."""
    villages = Region.select().where(Region.code.startswith("35.08.") & (fn.LENGTH(Region.code) == 13))
    taken = {place.name.removeprefix("Posko ") for place in Posko.select()}
    names = {one.name: one.code[:8] for one in villages.order_by(Region.code) if one.name not in taken}
    more = list(names.items())[:: len(names) // POSKO][: POSKO - Posko.select().count()]
    for n, (name, district) in enumerate(more):
        Posko.create(
            office=office.current().id,
            name=f"Posko {name}",
            district=district,
            address=f"Balai Desa {name}, Jalan Raya {name} {n * 37 % 211 + 1}",
            phone=f"+62334{(n * 7919 + 550_000) % 900_000 + 100_000}",
        )
    assert Posko.select().count() == POSKO


# who opens what -----------------------------------------------------------------------------------


def crawl(visitor: Visitor, app: Flask, *starts: str) -> None:
    """Open these addresses and whatever their links lead to, two of a kind."""
    match = app.url_map.bind("127.0.0.1").match
    waiting, known, kinds = list(starts), set(starts), dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        answer = visitor.ask("GET", path)
        found = [answer.location] if answer.location else []
        if answer.mimetype == "text/html":
            found += LINK.findall(answer.get_data(as_text=True))
        for href in found:
            to = urlsplit(urljoin(path, href))
            if to.scheme or to.netloc or to.path in known or to.path.startswith(("/petugas", "/static")):
                continue
            known.add(to.path)
            kind = match(to.path)[0]
            kinds[kind] = kinds.get(kind, 0) + 1
            if kinds[kind] <= 2:
                waiting.append(to.path)


def post(visitor: Visitor, path: str, **data: Any) -> TestResponse:
    token = visitor.ask("GET", "/csrf").get_json()["token"]
    return visitor.ask("POST", path, data=data | {"csrf_token": token})


def known_as(app: Flask, url: str, person: Applicant, kind: str = "full", at: Any = NOW) -> Visitor:
    """Somebody of the example in a browser of their own."""
    visitor = Visitor(app, url)
    signed_in(visitor, sessions.open_session(kind, at, applicant=person))
    return visitor


def register_with_mistakes(visitor: Visitor) -> None:
    """The whole wizard: each page empty, each answered with nothing (422), each again with its answer; then all once more."""
    doubtful = walking.changed(identitas={"lahir": "18"})
    slugs = [step.slug for step in registration(NOW.date())]
    visitor.ask("GET", "/daftar/")
    for slug in slugs:
        assert visitor.ask("GET", f"/daftar/{slug}").status_code == 200, slug
        empty = post(visitor, f"/daftar/{slug}")
        assert empty.status_code == (303 if slug == "persetujuan" else 422), (slug, empty.status_code)
        given = {key: "y" if value is True else value for key, value in doubtful[slug].items()}
        assert post(visitor, f"/daftar/{slug}", **given).status_code == 303, slug
    for slug in slugs:
        assert visitor.ask("GET", f"/daftar/{slug}").status_code == 200, slug
    assert visitor.ask("GET", "/daftar/periksa").status_code == 200
    assert post(visitor, "/daftar/periksa").status_code == 422
    assert post(visitor, "/daftar/periksa", benar="y").status_code == 303


def stopped_and_waiting(app: Flask, url: str) -> None:
    """A rule ends it; too many began here; somebody is registered already."""
    visitor = Visitor(app, url)
    barred = {"umur": "ya", "sekolah": "ya", "jabatan": "ya", "kk2": "ya"}
    assert post(visitor, "/daftar/syarat", **barred).location == "/daftar/berhenti"
    assert visitor.ask("GET", "/daftar/berhenti").status_code == 200
    visitor.ask("GET", "/daftar/sudah-terdaftar")
    full = Visitor(app, url)
    walking.until(full, "pin", walking.changed(identitas={"nik": "359901 570488 0044"}))
    _fill_this_network()
    assert post(full, "/daftar/pin", pin=walking.PIN, pin2=walking.PIN).location == "/daftar/tunggu"
    assert full.ask("GET", "/daftar/tunggu").status_code == 429
    assert post(full, "/daftar/tunggu").status_code == 422


def _fill_this_network() -> None:
    last = Attempt.select().where(Attempt.path == newcomers.PATH).order_by(Attempt.at.desc()).get()
    with writing():
        for n in range(130):
            Attempt.create(path=newcomers.PATH, subject=b"%032d" % n, source=last.source, at=NOW, failed=True)


def doors(app: Flask, url: str, siti: Application) -> None:
    """Every way in, as a stranger opens it and with nothing typed; then the ways that only somebody half known sees."""
    visitor = Visitor(app, url)
    ways = ("/masuk", "/masuk/kunci", "/masuk/email", "/masuk/kode-posko", "/cek")
    crawl(visitor, app, "/", *ways, "/lupa-pin", "/keluar", "/cek-pesan", "/luring", "/panduan/luring")
    for path in ways:
        assert post(visitor, path).status_code == 422, path
    assert post(visitor, "/masuk/email", nik=owner(siti).nik, email="siti@example.org").status_code == 303
    assert visitor.ask("GET", "/masuk/email/kode").status_code == 200
    assert post(visitor, "/masuk/email/kode").status_code == 422
    visitor.ask("GET", f"/email/berhenti/{mailing.stop_token(owner(siti))}")
    visitor.ask("GET", f"/cek/{Notice.get(Notice.application == siti.id).code}")
    visitor.ask("GET", "/tidak-ada")
    for wave in Wave.select():
        visitor.ask("GET", f"/gelombang/{wave.number}/poster")
        crawl(visitor, app, f"/gelombang/{wave.number}", f"/gelombang/{wave.number}/undian")
        assert post(visitor, f"/gelombang/{wave.number}/undian", nomor="x").status_code == 422
    for code in guide.STEPS:
        visitor.ask("GET", f"/panduan/{code}")
    summary = known_as(app, url, owner(siti), "summary")
    crawl(summary, app, "/saya", "/masuk/bukti", "/saya/bantuan", "/daftar/selesai", "/daftar/bukti")
    assert post(summary, "/masuk/bukti").status_code == 422


def own_pages(app: Flask, url: str, siti: Application) -> None:
    """What only links of one moment lead to, and every form of one's own with nothing or too much typed."""
    visitor = known_as(app, url, owner(siti))
    crawl(visitor, app, "/saya", "/saya/undur", "/saya/pin", "/saya/kunci", "/masuk/pin", "/saya/ubah")
    crawl(visitor, app, "/saya/undian/rahasia", "/panduan/email-bukti/alamat", "/panduan/kartu")
    assert post(visitor, "/panduan/email-bukti/alamat").status_code == 422
    assert post(visitor, "/panduan/email-bukti/alamat", email="siti@example.org").status_code == 303
    assert visitor.ask("GET", "/panduan/email-bukti/kode").status_code == 200
    assert post(visitor, "/panduan/email-bukti/kode").status_code == 422
    assert post(visitor, "/masuk/pin").status_code == 422
    assert post(visitor, "/saya/pin").status_code == 422
    assert post(visitor, "/saya/kabar/atur").status_code == 422
    assert post(visitor, "/saya/undur", alasan="x" * 300).status_code == 422
    with writing():
        for n in range(25):
            notices.write(
                applicant_id=siti.applicant_id,
                application=siti,
                kind="security",
                key=f"uji:{n}",
                title=f"Ada yang masuk dari HP baru yang ke-{n}",
                body="Kalau ini bukan Anda, ganti PIN Anda sekarang juga.",
                path="/saya/perangkat",
                now=NOW + timedelta(minutes=n),
            )
    crawl(visitor, app, "/saya/kabar")
    old = known_as(app, url, owner(siti), at=NOW - timedelta(hours=1))  # the PIN is asked for in the page
    assert post(old, "/saya/undur").status_code == 403
    assert post(old, "/saya/undur", pin_lagi="").status_code == 422


def in_every_state(app: Flask, url: str) -> set[str]:
    """Owners of the example's applications in every state walk from their status page; returns the states."""
    seen: dict[str, int] = {}
    for application in list(Application.select().order_by(Application.submitted_at.desc())):
        if (
            seen.get(application.state, 0) == 2
            or joining.newest(application.applicant_id).id != application.id
        ):
            continue
        seen[application.state] = seen.get(application.state, 0) + 1
        visitor = known_as(app, url, owner(application))
        crawl(visitor, app, "/saya", "/saya/keberatan", "/daftar/selesai")
        for path in ("/saya/beli", "/saya/tugas/selesai", "/saya/tugas/ulasan"):
            if visitor.ask("GET", path).status_code == 200 and path == "/saya/beli":
                assert post(visitor, path).status_code == 422
        if "keberatan" in visitor.ask("GET", "/saya/keberatan").get_data(as_text=True):
            post(visitor, "/saya/keberatan")
    return set(seen)


def offered(app: Flask, url: str) -> None:
    """A freed seat is offered: the question, the second question, and an answer that comes too late."""
    offer = Offer.select().where(Offer.answer == "").first()
    assert offer is not None, "the example has an open offer"
    visitor = known_as(app, url, owner(offer.application))
    assert visitor.ask("GET", "/saya").status_code == 200
    assert visitor.ask("GET", f"/saya/tawaran/{offer.id}/lepas").status_code == 200
    assert post(visitor, f"/saya/tawaran/{offer.id + 1}/ambil").status_code == 409


# the budget ---------------------------------------------------------------------------------------


def wanted(app: Flask, method: str) -> set[str]:
    return {
        str(rule)
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or ()) and not str(rule).startswith("/petugas")
    }


def steps_missing(scale: Scale, slugs: Iterable[str]) -> set[str]:
    return {f"/daftar/{slug}" for slug in slugs} - scale.addresses


def test_every_page_of_everybody_fits_one_window(scale: Scale, app: Flask, settings: Settings) -> None:
    url = settings.public_url
    walker = Visitor(app, url)
    register_with_mistakes(walker)
    siti = Application.select().order_by(Application.submitted_at.desc()).first()
    walker.ask("GET", "/daftar/selesai")
    stopped_and_waiting(app, url)
    states = in_every_state(app, url)
    assert states == {state.value for state in State}
    offered(app, url)
    doors(app, url, siti)
    own_pages(app, url, siti)

    never = wanted(app, "GET") - NO_PAGES - scale.rules("GET", 200) - {"/daftar/tunggu"}
    assert not never, f"nobody saw content at {sorted(never)}: let somebody, or say in NO_PAGES what they are"
    assert "/daftar/tunggu" in scale.rules("GET", 429)
    assert not steps_missing(scale, (step.slug for step in registration(NOW.date())))
    assert not {f"/panduan/{code}" for code in guide.STEPS} - scale.addresses
    unrefused = wanted(app, "POST") - NO_FORMS - scale.rules("POST", 422)
    assert not unrefused, f"nobody was refused at {sorted(unrefused)}: let somebody, or say so in NO_FORMS"

    outside = {key: told for key, told in scale.pages.items() if not A_PAGE < told[0] <= FIRST_LOAD}
    assert not outside, outside
