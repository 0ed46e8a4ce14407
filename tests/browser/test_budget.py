"""What every applicant page costs on the wire: all GET routes of the url map, counted on a real socket."""

from __future__ import annotations

import re
import socket
import zlib
from urllib.parse import urlsplit

from flask import Flask

from app.models import Notice
from app.services import guide
from tests import walking
from tests.pages import Visitor

FIRST_LOAD = 14_600
SHEET = re.compile(rb'<link rel="stylesheet" href="([^"]+)"')

#: Values for routes with a place in them; a route that is missing here fails the test.
PLACES = {
    "slug": ["syarat", "identitas", "kontak", "pendidikan", "minat"],
    "number": ["4"],
    "task": ["selesai", "ulasan"],
    # Small pages about a row that this person has not: one confirmation each, lighter than those above.
    "offer_id": [],
    "token": [],
}
#: Not pages: downloads, probes, and what only a script asks for. Staff pages have no budget.
NO_PAGES = (".json", ".ics", ".csv", ".py", "/hidup", "/csrf", "/sw.js", "/manifest.webmanifest", "/static/")


def wire(url: str, path: str, cookie: str) -> bytes:
    """One GET as a phone sends it; everything that comes back, status line to last byte."""
    where = urlsplit(url)
    asked = f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nAccept-Encoding: gzip, br\r\n"
    asked += f"Cookie: {cookie}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((where.hostname, where.port), 10) as connection:
        connection.sendall(asked.encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def body_of(answer: bytes) -> bytes:
    head, _, body = answer.partition(b"\r\n\r\n")
    return zlib.decompress(body, 31) if b"content-encoding: gzip" in head.lower() else body


def applicant_routes(app: Flask) -> list[str]:
    """Every GET address that an applicant may open, with its places filled in."""
    found = []
    for rule in app.url_map.iter_rules():
        text = str(rule)
        if "GET" not in rule.methods or text.startswith("/petugas") or any(part in text for part in NO_PAGES):
            continue
        if not rule.arguments:
            found.append(text)
        elif text == "/saya/kabar/<int:notice_id>":
            found.append(f"/saya/kabar/{Notice.get().id}")
        elif text == "/cek/<code>":
            found.append(f"/cek/{Notice.get().code}")
        else:
            found += filled(app, text, sorted(rule.arguments))
    return found


def filled(app: Flask, text: str, arguments: list[str]) -> list[str]:
    assert len(arguments) == 1, f"say in PLACES what stands in {text}"
    values = list(guide.STEPS) if text.startswith("/panduan") else PLACES.get(arguments[0])
    assert values is not None, f"say in PLACES what stands in {text}"
    return [re.sub(r"<[^>]+>", value, text) for value in values]


def test_every_page_fits_one_window(live, app, wave):
    person = Visitor(app, live.url)
    walking.register(person)
    cookie = "; ".join(f"{c.key}={c.value}" for c in person.http._cookies.values())
    costs: dict[str, int] = {}
    for path in applicant_routes(app):
        for who, jar in (("anybody", ""), ("owner", cookie)):
            answer = wire(live.url, path, jar)
            if b" 200 " not in answer[:20] or b"text/html" not in answer.partition(b"\r\n\r\n")[0]:
                continue
            sheets = SHEET.findall(body_of(answer))
            costs[f"{path} ({who})"] = len(answer) + sum(len(wire(live.url, s.decode(), "")) for s in sheets)
    assert len(costs) > 25, costs
    too_heavy = {page: cost for page, cost in costs.items() if cost > FIRST_LOAD}
    assert not too_heavy
