"""Only our hosts are answered, and nobody is sent to another: security threat 17, ASVS 3.5.4, 3.7.2, 4.1.3."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, urljoin, urlsplit

import pyotp
import pytest
from werkzeug.test import TestResponse

from app.config import Settings
from app.models import Applicant, Staff
from app.services import kunci, sessions, totp
from tests.conftest import PUBLIC_URL
from tests.pages import Visitor
from tests.security.rows import differences, everything
from tests.security.world import MUTATING, NIK, World, csrf_token, give_session, post
from tests.staff import rows
from tests.walking import PIN

pytestmark = pytest.mark.only_on("sqlite")  # nothing here depends on the database

ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS://evil.example/saya",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example/saya",
    "%2f%2fevil.example",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "/\r\n/evil.example",
    "/saya\r\nLocation: https://evil.example",
    "/saya\r\n\r\n<script>",
    "/saya\\@evil.example",
    "/@evil.example",
    "/.evil.example",
    " //evil.example",
    "\x00//evil.example",
    "/saya/../../evil.example",
    "/saya//evil.example",
    "@evil.example",
    "?//evil.example",
    "#//evil.example",
    "/petugas/../saya/tidak-ada",
)


def lands(location: str) -> str:
    """Where a browser goes from there: it reads \\ as /, and drops tabs and line ends."""
    there = urljoin(
        f"{PUBLIC_URL}/masuk", location.replace("\\", "/").translate({9: None, 10: None, 13: None})
    )
    assert there.startswith(f"{PUBLIC_URL}/"), f"{location!r} leads to {there}"
    return urlsplit(there).path


@pytest.mark.parametrize("doubly", [False, True], ids=["once", "twice encoded"])
def test_whoever_signs_in_stays_with_us(world: World, doubly: bool) -> None:
    """The same address in every place that carries it on: both doors of the applicant and that of the office."""
    manager = world.staff("manager")
    wrong = []
    for target in ELSEWHERE:
        query = quote(quote(target)) if doubly else quote(target)
        doors = (
            (world.full.ask("GET", f"/masuk?lanjut={query}"), "/saya"),
            (world.full.ask("GET", f"/masuk/bukti?lanjut={query}"), "/saya"),
            (manager.ask("GET", f"/petugas/masuk?lanjut={query}"), "/petugas"),
            (with_six_digits(world, f"/petugas/masuk/kode?lanjut={query}"), "/petugas"),
        )
        for answer, home in doors:
            assert not set("\r\n") & set(answer.location or "")
            if (answer.status_code, lands(answer.location or "")) != (303, home):
                wrong.append(f"{answer.request.path}?lanjut={query}: {answer.status} {answer.location}")
        wrong += asks_with_another_address(world.summary, f"/masuk/bukti?lanjut={query}")
    assert not wrong, "\n".join(["", *wrong])


def with_six_digits(world: World, path: str) -> TestResponse:
    """The manager at a new tablet: the password was right, now the next six digits."""
    visitor, person = world.stranger(), Staff.get(Staff.username == "uji.manager")
    if person.totp_secret is None:
        person.totp_secret = totp.new_secret()
        person.save()
    give_session(visitor, sessions.open_session("half", world.clock.now(), staff=person), "/petugas")
    world.clock.move(timedelta(seconds=30))
    return post(visitor, path, data={"kode": pyotp.TOTP(person.totp_secret).at(world.clock.now())})


def asks_with_another_address(visitor: Visitor, path: str) -> list[str]:
    """The links and forms of a page that lead to neither us nor WhatsApp."""
    page = visitor.open(path)
    places = [*page.links.values(), *(form.action for form in page.forms)]
    ours = (urlsplit(PUBLIC_URL).netloc, "wa.me", "")
    return [
        f"{path}: {href}"
        for href in places
        if urlsplit(urljoin(page.url, href)).netloc not in ours
        or href.lower().strip().startswith(("javascript:", "data:"))
    ]


def test_after_the_pin_too(world: World) -> None:
    """A form that was posted reads the same targets from its address and from its fields."""
    for target in ("//evil.example", "/\\evil.example", "https:evil.example", "/\r\n/evil.example"):
        again = post(world.full, f"/masuk/pin?lanjut={quote(target)}", data={"pin": PIN})
        sign_in = post(world.full, "/masuk", data={"nik": NIK, "pin": PIN, "lanjut": target})
        assert [(one.status_code, lands(one.location or "")) for one in (again, sign_in)] == [
            (303, "/saya")
        ] * 2


@pytest.mark.parametrize(("target", "kept"), [("//evil.example", "/saya"), ("/saya/kabar", "/saya/kabar")])
def test_with_the_kunci_and_past_the_new_one(world: World, target: str, kept: str) -> None:
    """The address goes from the door to the page with the new kunci, and from there into its link."""
    visitor = world.summary
    key = kunci.replace(Applicant.get(), world.clock.now())
    answer = post(visitor, f"/masuk/bukti?lanjut={quote(target)}", data={"pin": PIN, "kunci": key})
    assert (answer.status_code, answer.location) == (303, f"/saya/kunci?lanjut={kept}")
    page = visitor.open(f"/saya/kunci?lanjut={quote(target)}")
    assert page.links["Sudah saya tulis"] == kept


def test_from_the_password_of_the_office_to_its_six_digits(world: World) -> None:
    person = rows.officer(world.app, world.clock)
    for target, home in (("//evil.example", "/petugas"), ("/petugas/gelombang", "/petugas/gelombang")):
        visitor = world.stranger()
        typed = {"nama": person.staff.username, "sandi": rows.PASSWORD}
        answer = post(visitor, f"/petugas/masuk?lanjut={quote(target)}", data=typed)
        assert (answer.status_code, lands(answer.location or "")) == (303, "/petugas/masuk/kode")
        answer = post(visitor, answer.location or "", data={"kode": person.digits})
        assert (answer.status_code, lands(answer.location or "")) == (303, home)


def test_a_true_target_is_kept(world: World) -> None:
    """Otherwise the tests above could pass by forgetting every target."""
    for target in ("/saya/perangkat", "/saya/kabar?halaman=2", "/daftar/desa"):
        answer = post(world.full, f"/masuk/pin?lanjut={quote(target)}", data={"pin": PIN})
        assert (answer.status_code, answer.location) == (303, target)


def test_the_page_that_asks_carries_no_other_address(world: World) -> None:
    """What stands in ?lanjut= may be written into a form or a link of the page: only as part of our own address."""
    for target in (
        "//evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        '"><script>alert(1)</script>',
    ):
        for path in ("/masuk", "/petugas/masuk"):
            assert asks_with_another_address(world.stranger(), f"{path}?lanjut={quote(target)}") == []


def test_no_redirect_of_any_route_leads_away(world: World) -> None:
    people = {"anonymous": world.stranger(), "full": world.full, "manager": world.staff("manager")}
    paths = [path for _, path in world.paths("GET")]
    for name, visitor in people.items():
        for path in paths:
            answer = visitor.ask("GET", f"{path}?lanjut=//evil.example&next=//evil.example")
            if 300 <= answer.status_code < 400:
                assert "evil" not in lands(answer.location or ""), (name, path)


# hosts ------------------------------------------------------------------------------------------------


def test_a_foreign_host_is_refused_everywhere(world: World) -> None:
    routes = [(method, path) for method in ("GET", *sorted(MUTATING)) for _, path in world.paths(method)]
    before = everything()
    for method, path in routes:
        answer = world.full.ask(method, path, headers={"Host": "evil.example"})
        assert answer.status_code == 400, (method, path)
        assert "evil" not in str(answer.headers) + answer.get_data(as_text=True)
    assert differences(before, everything()) == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1.evil.example",
        "evil.example:8000",
        "127.0.0.1@evil.example",
        "evil.example/127.0.0.1",
        "x",
        "",
        "a b",
    ],
)
def test_nor_is_one_that_looks_like_ours(world: World, host: str) -> None:
    assert world.stranger().ask("GET", "/", headers={"Host": host}).status_code == 400


def test_what_a_client_forwards_is_not_believed(world: World) -> None:
    """Without a configured proxy its headers change neither host, nor scheme, nor the address that limits count by."""
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "host=evil.example;for=1.2.3.4",
    }
    answer = world.stranger().ask("GET", "/saya", headers=forged)
    assert (answer.status_code, answer.location) == (303, "/masuk?lanjut=/saya")
    assert "evil" not in world.stranger().ask("GET", "/", headers=forged).get_data(as_text=True)


def test_limits_count_the_peer_not_what_it_says(world: World) -> None:
    from app.models import Attempt

    for number in range(4):
        visitor = world.stranger("203.0.113.9")
        headers = {"X-CSRFToken": csrf_token(visitor, "/masuk"), "X-Forwarded-For": f"198.51.100.{number}"}
        answer = visitor.ask("POST", "/masuk", data={"nik": NIK, "pin": "739105"}, headers=headers)
        assert answer.status_code == 422
    assert Attempt.select(Attempt.source).distinct().count() == 1


# the office's own host --------------------------------------------------------------------------------


class TestStaffHost:
    """With a host of its own for the office, each area answers only there."""

    STAFF_URL = "http://localhost:8000"

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, staff_url=self.STAFF_URL)

    def test_each_area_is_only_on_its_host(self, world: World) -> None:
        public, office = Visitor(world.app, PUBLIC_URL), Visitor(world.app, self.STAFF_URL)
        for method in ("GET", "POST"):
            for _, path in world.paths(method):
                stranger = office if not path.startswith("/petugas") else public
                assert stranger.ask(method, path).status_code == 404, (method, path)
        assert office.ask("GET", "/petugas/masuk").status_code == 200
        assert public.ask("GET", "/").status_code == 200

    def test_no_service_worker_ever_reaches_the_office(self, world: World) -> None:
        assert Visitor(world.app, self.STAFF_URL).ask("GET", "/sw.js").status_code == 404

    def test_a_session_of_one_area_is_worth_nothing_in_the_other(self, world: World) -> None:
        token = csrf_token(world.full, "/saya")
        assert token
        office = Visitor(world.app, self.STAFF_URL)
        office.http = world.full.http  # a browser that would send its cookies everywhere
        assert office.ask("GET", "/petugas").location == "/petugas/masuk?lanjut=/petugas"


class TestPlainHttp:
    """Behind a proxy that takes both: pages lead to TLS, and nothing that was typed in clear is taken."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, public_url="https://gelombang.example.go.id", proxies=1)

    @staticmethod
    def ask(world: World, method: str, path: str, proto: str | None) -> TestResponse:
        headers = {"X-Forwarded-Proto": proto} if proto else {}
        client = world.app.test_client()
        return client.open(path, method=method, base_url="http://gelombang.example.go.id", headers=headers)

    @pytest.mark.parametrize("path", ["/", "/masuk?lanjut=/saya", "/petugas/masuk", "/gelombang/4"])
    def test_a_page_leads_to_tls(self, world: World, path: str) -> None:
        answer = self.ask(world, "GET", path, "http")
        assert (answer.status_code, answer.location) == (308, f"https://gelombang.example.go.id{path}")

    def test_no_form_is_taken(self, world: World) -> None:
        before = everything()
        assert self.ask(world, "POST", "/masuk", "http").status_code == 403
        assert differences(before, everything()) == []

    def test_over_tls_it_opens(self, world: World) -> None:
        assert self.ask(world, "GET", "/", "https").status_code == 200

    def test_without_a_word_of_the_proxy_there_is_no_circle(self, world: World) -> None:
        assert self.ask(world, "GET", "/", None).status_code == 200

    def test_another_host_is_still_refused(self, world: World) -> None:
        client = world.app.test_client()
        answer = client.get("/", base_url="http://evil.example", headers={"X-Forwarded-Proto": "http"})
        assert answer.status_code == 400
