"""Every header of every kind of answer, and every cookie: ASVS 3.2.1, 3.3, 3.4, 14.3.2.

The tables below are what is sent, whole: a header that is lost, changed or new fails here and is looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from http.cookies import SimpleCookie
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.views.assets import asset
from tests.pages import Visitor
from tests.security.recording import Recorded
from tests.security.world import World, post
from tests.staff import rows as staff_rows
from tests.walking import SITI, changed, register, slug_of, until

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'"
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
PAGE = ALWAYS | {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": PAGE_POLICY,
    "Cache-Control": "no-store",
    "Vary": "Cookie",
}
#: The same for everybody, whatever cookies came along.
PUBLIC = {name: value for name, value in PAGE.items() if name != "Vary"}
DOWNLOAD = PAGE | {"Content-Security-Policy": "sandbox; default-src 'none'"}
FILE = ALWAYS | {
    "Content-Security-Policy": PAGE_POLICY,
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
}
#: Lengths, tags, times and cookies differ from answer to answer; cookies have a test of their own.
VOLATILE = {"Content-Length", "ETag", "Date", "Set-Cookie"}

#: Pages about nobody, which may be kept for a while.
FOR_EVERYBODY = ("/sw.js", "/manifest.webmanifest", "/luring", "/panduan/luring", "/gelombang")

Ask = Callable[[World], TestResponse]


def get(path: str, who: str = "stranger") -> Ask:
    return lambda world: _visitor(world, who).ask("GET", path)


def _visitor(world: World, who: str) -> Visitor:
    return world.stranger() if who == "stranger" else world.full if who == "full" else world.staff(who)


def static(name: str) -> Ask:
    def ask(world: World) -> TestResponse:
        with world.app.test_request_context(base_url=world.base_url):
            path = asset(name)
        return world.stranger().ask("GET", path)

    return ask


def broken(world: World) -> TestResponse:
    def fault() -> None:
        raise RuntimeError("something of ours")

    world.app.view_functions["start.posko"] = fault
    return world.stranger().ask("GET", "/posko")


def refused_by_size(world: World) -> TestResponse:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return world.stranger().ask("POST", "/masuk", data=b"nik=" + b"1" * 65_536, headers=form)


ANSWERS: dict[str, tuple[Ask, int, dict[str, str]]] = {
    "page": (get("/"), 200, PAGE),
    "wizard": (get("/daftar/syarat"), 200, PAGE),
    "own page": (get("/saya", "full"), 200, PAGE),
    "receipt": (get("/daftar/selesai", "full"), 200, PAGE),
    "office page": (get("/petugas", "officer"), 200, PAGE),
    "redirect": (get("/daftar/"), 303, PAGE | {"Location": "/daftar/syarat"}),
    "redirect to sign in": (get("/saya"), 303, PAGE | {"Location": "/masuk?lanjut=/saya"}),
    "redirect of the office": (get("/petugas"), 303, PAGE | {"Location": "/petugas/masuk?lanjut=/petugas"}),
    "forged": (lambda world: world.stranger().ask("POST", "/masuk"), 400, PAGE),
    "mistake": (lambda world: post(world.stranger(), "/masuk"), 422, PAGE),
    "not found": (get("/tidak-ada"), 404, PAGE),
    "not that way": (
        lambda world: world.stranger().ask("DELETE", "/privasi"),
        405,
        PAGE | {"Allow": "GET, HEAD, OPTIONS"},
    ),
    "too large": (refused_by_size, 413, PAGE),
    "fault": (broken, 500, PAGE),
    "other host": (lambda world: world.stranger().http.get("/", base_url="http://evil.example"), 400, PAGE),
    "sheet": (static("app.css"), 200, FILE | {"Content-Type": "text/css; charset=utf-8"}),
    "script": (static("app.js"), 200, FILE | {"Content-Type": "text/javascript; charset=utf-8"}),
    "picture": (
        static("icons/192.png"),
        200,
        {name: value for name, value in FILE.items() if name != "Vary"} | {"Content-Type": "image/png"},
    ),
    "no such file": (get("/static/nichts.css"), 404, PAGE),
    "service worker": (
        get("/sw.js"),
        200,
        PUBLIC | {"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "public, max-age=3600"},
    ),
    "manifest": (
        get("/manifest.webmanifest"),
        200,
        PUBLIC | {"Content-Type": "application/manifest+json", "Cache-Control": "public, max-age=3600"},
    ),
    "offline page": (get("/luring"), 200, PAGE | {"Cache-Control": "no-cache"}),
    "JSON": (get("/csrf"), 200, PAGE | {"Content-Type": "application/json"}),
    "nothing": (get("/hidup"), 204, PAGE),
    "download": (
        get("/saya/data.json", "full"),
        200,
        DOWNLOAD
        | {
            "Content-Type": "application/json",
            "Content-Disposition": 'attachment; filename="data-saya-2026-11-22.json"',
        },
    ),
    "calendar": (
        get("/saya/kalender.ics", "full"),
        200,
        DOWNLOAD
        | {
            "Content-Type": "text/calendar; charset=utf-8",
            "Content-Disposition": 'attachment; filename="gelombang.ics"',
        },
    ),
}


def headers_of(answer: TestResponse) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name not in VOLATILE}


def answered(world: World) -> dict[str, tuple[int, dict[str, str]]]:
    answers = {kind: ask(world) for kind, (ask, _, _) in ANSWERS.items()}
    return {kind: (answer.status_code, headers_of(answer)) for kind, answer in answers.items()}


@pytest.mark.only_on("sqlite")
def test_every_kind_of_answer(world: World) -> None:
    assert answered(world) == {kind: (status, headers) for kind, (_, status, headers) in ANSWERS.items()}


@pytest.mark.only_on("sqlite")
def test_over_https_every_answer_says_so_for_a_year(https: str, world: World) -> None:
    hsts = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
    assert answered(world) == {
        kind: (status, headers | hsts) for kind, (_, status, headers) in ANSWERS.items()
    }


@pytest.mark.only_on("sqlite")
def test_every_page_of_everybody(world: World) -> None:
    """No route forgets its headers, whatever it answers; what a proxy may keep is the same for everybody.

    `public` means that a cache between us and people gives one person's answer to the next.
    """
    policies = {PAGE_POLICY, DOWNLOAD["Content-Security-Policy"]}
    people = {name: who for name, who in world.everybody().items() if name not in ("verifier", "auditor")}
    kept = 0
    for _, path in world.paths("GET"):
        answers = {name: visitor.ask("GET", path) for name, visitor in people.items()}
        for name, answer in answers.items():
            found = headers_of(answer)
            assert {key: found.get(key) for key in ALWAYS} == ALWAYS, (name, path)
            assert found["Content-Security-Policy"] in policies, (name, path)
            if not path.startswith(FOR_EVERYBODY):
                assert found["Cache-Control"] == "no-store", (name, path)
        if "public" in answers["full"].headers["Cache-Control"]:
            kept += 1
            assert len({answer.get_data() for answer in answers.values()}) == 1, path
            assert not [one for answer in answers.values() for one in answer.headers.getlist("Set-Cookie")], (
                path
            )
    assert kept >= 2


@pytest.mark.only_on("sqlite")
def test_no_page_of_the_wizard_is_kept_by_anybody(world: World) -> None:
    """ASVS 14.3.2: each question empty, refused with what was typed, answered, and opened once more with the answer.

    Everything that the wizard answers on the way, to the receipt and its slip, and what Back finds afterwards.
    """
    siti, wrong, slugs = Recorded(world.app, world.base_url), [], []
    siti.open("/daftar/sudah-terdaftar")
    page = siti.open("/daftar/")
    while (slug := slug_of(page)) != "periksa":
        slugs.append(slug)
        post(siti, page.path, data=dict.fromkeys(SITI[slug], ""))
        page = page.submit("Simpan PIN" if slug == "pin" else "Lanjut", WITH_A_WARNING[slug])
        siti.open(f"/daftar/{slug}")
    post(siti, "/daftar/periksa")
    page.submit("Kirim pendaftaran", benar=True)
    for path in ("bukti", "bukti?kertas=struk", "selesai", "periksa", "identitas", ""):
        siti.open(f"/daftar/{path}")
    barred = Recorded(world.app, world.base_url)
    until(barred, "syarat").submit("Lanjut", SITI["syarat"] | {"umur": "tidak"})
    assert set(slugs) == set(SITI)
    asked = [*siti.seen, *barred.seen]
    assert {"/daftar/berhenti", "/daftar/selesai"} <= {answer.request.path for answer in asked}
    assert sum(answer.status_code == 422 for answer in asked) > len(SITI) - 2
    for answer in asked:
        if answer.request.path.startswith(("/daftar", "/saya")):
            found = {name: value for name, value in headers_of(answer).items() if name != "Location"}
            if found != PAGE:
                wrong.append(f"{answer.request.method} {answer.request.path}: {answer.status} {found}")
    assert not wrong, "\n".join(["", *wrong])


#: Siti's birth date with another year, so that the page about an odd NIK is asked too.
WITH_A_WARNING = changed(identitas={"lahir-t": "1989"})


# cookies ----------------------------------------------------------------------------------------------

COOKIES = {"sesi": "Lax", "hp": "Lax", "petugas": "Strict", "tablet": "Strict"}


def walk_with_every_cookie(world: World) -> list[Recorded]:
    """Register, sign out and in; sign in at the office: every cookie that this product sets."""
    siti, office = Recorded(world.app, world.base_url), Recorded(world.app, world.base_url)
    register(siti)
    siti.open("/saya")
    siti.open("/keluar").submit("Keluar")
    replace(staff_rows.officer(world.app, world.clock), visitor=office).sign_in()
    return [siti, office]


def crumbs(visitors: list[Recorded]) -> list[tuple[str, Any]]:
    """(name, morsel) of every cookie that was set."""
    lines = [
        line
        for visitor in visitors
        for answer in visitor.seen
        for line in answer.headers.getlist("Set-Cookie")
    ]
    return [item for line in lines for item in SimpleCookie(line).items()]


@pytest.mark.only_on("sqlite")
def test_cookies_over_https(https: str, world: World) -> None:
    found = crumbs(walk_with_every_cookie(world))
    assert {name for name, _ in found} == {f"__Host-{name}" for name in COOKIES}
    for name, morsel in found:
        assert (morsel["secure"], morsel["httponly"], morsel["path"], morsel["domain"]) == (
            True,
            True,
            "/",
            "",
        ), name
        assert morsel["samesite"] == COOKIES[name.removeprefix("__Host-")]


@pytest.mark.only_on("sqlite")
def test_without_tls_they_lose_only_what_needs_tls(world: World) -> None:
    found = crumbs(walk_with_every_cookie(world))
    assert {name for name, _ in found} == set(COOKIES)
    for name, morsel in found:
        assert (morsel["secure"], morsel["httponly"], morsel["path"], morsel["domain"]) == (
            "",
            True,
            "/",
            "",
        ), name
        assert morsel["samesite"] == COOKIES[name]


@pytest.mark.only_on("sqlite")
def test_no_body_holds_a_cookie(https: str, world: World) -> None:
    visitors = walk_with_every_cookie(world)
    values = {morsel.value for _, morsel in crumbs(visitors) if morsel.value}
    serializer = world.app.session_interface.get_signing_serializer(world.app)  # type: ignore[attr-defined]
    for value in set(values):
        if value.count(".") >= 2:
            inside = serializer.loads(value)
            values |= {inside[key] for key in ("_user_id", "draft", "hp_baru") if key in inside}
    assert len(values) > 10  # cookies, and the tokens inside them
    for visitor in visitors:
        for body in visitor.bodies:
            assert not [value for value in values if value in body]


def test_a_page_of_ours_needs_nothing_that_the_policy_forbids() -> None:
    """Inline scripts and styles are looked for in every page by tests/inspection.py; 'unsafe' stands nowhere."""
    assert not re.search(r"unsafe|https?:|data:|\*", PAGE_POLICY)


def test_a_wrong_method_is_told_the_right_ones(world: World) -> None:
    """405 names what the address does take (RFC 9110 15.5.6), on both sides."""
    asked = 0
    for rule, path in [*world.paths("GET"), *world.paths("POST")]:
        wanted = {"GET", "POST"} - (rule.methods or set())
        for method in wanted:
            who = world.staff("manager") if path.startswith("/petugas") else world.full
            answer = post(who, path) if method == "POST" else who.ask("GET", path)
            if answer.status_code == 405:
                asked += 1
                assert answer.headers["Allow"], path
                assert method not in answer.headers["Allow"].split(", "), path
    assert asked > 20
