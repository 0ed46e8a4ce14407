"""Known numbers are typed through every route; then everything that stays behind is searched for them.

Security threats 1 and 23; ASVS 14.2.1, 14.2.6, 16.2.5, 6.5.2. What may stay in clear, by design: name, village, year of
birth, sex. What the browser keeps is looked into by tests/browser/test_pwa.py (test_after_a_whole_registration_the_
phone_knows_one_code).
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from flask import session

from app import db
from app.config import Settings
from app.crypto import keys
from app.logs import OneLine, masked
from app.models import Applicant, Application, ApplicationVersion, Device, LedgerEntry, Result, Staff
from app.services import letters, sessions
from app.services.casework import OPEN_REASONS
from tests.pages import Page
from tests.security.recording import Recorded
from tests.security.rows import everything
from tests.security.world import MUTATING, World, csrf_token, give_session, post
from tests.staff import rows as staff_rows
from tests.walking import changed, register
from tests.worker.phones import Phone
from tests.worker.test_push_pages import as_json

NIK, KK, BORN = "3599015704880003", "3599011207150021", "1988-04-17"
PIN, NEW_PIN = "gerobak-hijau-77", "layang-merah-58"
OTHER_MAIL = "marlina.tertutup"
MAIL, STREET, FIRM = "siti.rahasia", "Gang Kelapa Rahasia", "Benang Rahasia"
REMARK, REASON = "Catatan rahasia petugas", "Alasan rahasia saya"
#: Everything that is typed and must be nowhere in clear: number or words, and how else it may be written.
TYPED: dict[str, tuple[str, ...]] = {
    "NIK": (NIK, "359901 570488 0003", "359901+570488+0003"),
    "KK": (KK, "359901 120715 0021", "359901+120715+0021"),
    "birth date": (BORN, "17-04-1988", "17 April 1988", "19880417"),
    "other phone": ("081399995521", "81399995521", "0813-9999-5521"),
    "phone": ("081234567713", "81234567713", "0812-3456-7713", "0812 3456 7713", "812-3456-7713"),
    "email": (MAIL,),
    "other email": (OTHER_MAIL,),
    "street": (STREET,),
    "employer": (FIRM,),
    "PIN": (PIN,),
    "new PIN": (NEW_PIN,),
    "officer's remark": (REMARK,),
    "reason": (REASON,),
    "password": (staff_rows.PASSWORD,),
}
SITI = changed(
    identitas={"nik": "359901 570488 0003", "kk": "359901 120715 0021"},
    pin={"pin": PIN, "pin2": PIN},
    alamat={"jalan": STREET},
    kontak={"punya": "punya", "email": f"{MAIL}@example.org"},
    phk={"perusahaan": FIRM},
)
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b(?!-)")  # not a ticket, which has a check character more


# what is known, and where it must not be ---------------------------------------------------------------


@dataclass
class Secrets:
    """What was typed and what was shown once; `found_in` says which of it stands in a text.

    `digits` are codes of six digits. Any row may hold their figures by chance, and they are hashed there (tests/services/
    test_codes.py): they are looked for where they would be written down, in logs, addresses and headers.
    """

    known: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(TYPED))
    digits: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, code: str) -> None:
        self.known[name] = (code, code.replace("-", ""))

    def found_in(self, text: str | bytes) -> list[str]:
        raw = text if isinstance(text, bytes) else text.encode()
        return [name for name, ways in self.known.items() if any(way.encode() in raw for way in ways)]

    def digits_in(self, text: str) -> list[str]:
        return [name for name, code in self.digits.items() if re.search(rf"(?<![\d.]){code}(?!\d)", text)]


def stains(
    secrets: Secrets, world: World, visitors: list[Recorded], records: list[logging.LogRecord]
) -> list[str]:
    """Every place in which something known was found, in words."""
    form = OneLine()
    # The signed cookies are compressed: they are searched as they are, and as what is inside them.
    places: dict[str, list[str | bytes]] = {
        "rows": [_bytes(value) for rows in everything().values() for row in rows for value in row.values()],
        "log": [form.format(record) for record in records],
        "address": [unquote_plus(line) for visitor in visitors for line in visitor.access_log],
        "header": [unquote_plus(line) for visitor in visitors for line in visitor.headers],
        "cookie": [json.dumps(one) for visitor in visitors for one in _inside_cookies(world, visitor)],
    }
    found = [
        f"{place}: {name}"
        for place, texts in places.items()
        for text in texts
        for name in secrets.found_in(text)
    ]
    for place in ("log", "address", "header"):
        found += [f"{place}: {name}" for text in places[place] for name in secrets.digits_in(str(text))]
    tokens = tokens_of(world, visitors)
    places["header"] = [text for text in places["header"] if not str(text).startswith("Set-Cookie:")]
    for place in ("rows", "log", "address", "header"):
        found += [f"{place}: {name}" for name in carried(tokens, places[place])]
    return sorted(set(found))


def tokens_of(world: World, visitors: list[Recorded]) -> dict[str, str]:
    """{token: what it opens} of everything random that a browser was given to be known by."""
    tokens = {}
    for visitor in visitors:
        for inside in _inside_cookies(world, visitor):
            tokens |= {inside[name]: name for name in ("_user_id", "draft", "hp_baru") if name in inside}
        for name, value in _cookies(visitor):
            if name in ("hp", "tablet"):
                tokens |= dict.fromkeys(value.split("."), name)
    return {token: name for token, name in tokens.items() if token}


def carried(tokens: dict[str, str], texts: list[str | bytes]) -> list[str]:
    """Which of these tokens stand in any of the texts."""
    whole = b"\n".join(text if isinstance(text, bytes) else text.encode() for text in texts)
    return [f"token {name}" for token, name in tokens.items() if token.encode() in whole]


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _cookies(visitor: Recorded) -> Iterator[tuple[str, str]]:
    """(name, value) of every cookie that was set."""
    for answer in visitor.seen:
        for line in answer.headers.getlist("Set-Cookie"):
            name, _, rest = line.partition("=")
            yield name, rest.partition(";")[0]


def _inside_cookies(world: World, visitor: Recorded) -> Iterator[Any]:
    serializer = world.app.session_interface.get_signing_serializer(world.app)  # type: ignore[attr-defined]
    for name, value in _cookies(visitor):
        if name in ("sesi", "petugas") and value:
            yield serializer.loads(value)


# the journey ------------------------------------------------------------------------------------------


class Journey:
    """Siti and the office do everything that there is to do."""

    def __init__(self, world: World, settings: Settings) -> None:
        self.world, self.settings = world, settings
        self.secrets = Secrets()
        self.siti = self.phone()
        self.visitors = [self.siti]

    def phone(self, keep: bool = False) -> Recorded:
        made = Recorded(self.world.app, self.world.base_url)
        if keep:
            self.visitors.append(made)
        return made

    def code_on(self, page: Page, name: str) -> str:
        found = CODE.findall(page.main)
        assert found, page.main
        self.secrets.add(name, found[0])
        return str(found[0])

    def code_from_mail(self) -> str:
        newest = max((self.settings.var / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        body = message_from_bytes(newest.read_bytes(), policy=default).get_body(("plain",))
        assert body is not None
        found = re.search(r"\b\d{6}\b", body.get_content())
        assert found
        self.secrets.digits[f"code of mail {len(self.secrets.digits)}"] = found[0]
        return found[0]

    def officer(self, role: str) -> Recorded:
        visitor = self.phone(keep=True)
        person = replace(
            staff_rows.officer(self.world.app, self.world.clock, f"{role}.satu", role), visitor=visitor
        )
        self.secrets.known[f"second factor of {role}"] = (person.secret,)
        page = visitor.open("/petugas/masuk").submit(nama=person.staff.username, sandi=staff_rows.PASSWORD)
        self.secrets.digits[f"six digits of {role}"] = six = person.digits
        page.submit(kode=six)
        return visitor

    def applicant_registers_and_looks_around(self) -> None:
        self.code_on(register(self.siti, SITI), "kunci")
        token = csrf_token(self.siti, "/saya")
        phone = Phone()
        answer = self.siti.ask(
            "POST", "/saya/kabar/langganan", json=as_json(phone), headers={"X-CSRFToken": token}
        )
        assert answer.status_code == 201
        self.secrets.known["endpoint"] = (phone.endpoint.rpartition("/")[2],)
        page = self.siti.open("/panduan/email-bukti/alamat").submit(email=f"{MAIL}@example.org")
        page.submit(kode=self.code_from_mail())
        for _, path in self.world.paths("GET"):
            self.siti.ask("GET", path)

    def applicant_signs_in_elsewhere(self) -> None:
        other = self.phone(keep=True)
        other.open("/masuk").submit(nik=NIK, pin="salah-sekali-99", status=422)
        other.open("/masuk").submit(nik=NIK, pin=PIN)
        page = other.open("/masuk/bukti").submit(pin=PIN, kunci=self.secrets.known["kunci"][0])
        self.code_on(page, "second kunci")
        by_mail = self.phone(keep=True)
        page = by_mail.open("/masuk/email").submit(nik=NIK, email=f"{MAIL}@example.org")
        page.submit(kode=self.code_from_mail())

    def officer_helps(self) -> None:
        officer = self.officer("officer")
        for asked in (NIK, "0812-3456-7713", "Siti Marlina"):
            officer.open("/petugas/cari").submit(q=asked)
        place = f"/petugas/pendaftar/{Application.get().id}"
        page = officer.open(place)
        assert NIK not in re.sub(r"\s", "", page.text)
        officer.open(f"{place}/nik").submit(OPEN_REASONS["ktp"], status=200)
        page = officer.open(f"{place}/betulkan")
        page.submit(alasan=page.form(None, "alasan").options("alasan")[0], catatan=REMARK)
        page = officer.open(f"{place}/pin").submit(ktp=True, status=200)
        code = self.code_on(page, "posko code")
        back = self.phone(keep=True)
        page = back.open("/masuk/kode-posko").submit(nik=NIK, kode=code, pin=NEW_PIN, pin2=NEW_PIN)
        self.code_on(page, "third kunci")
        self.siti = back

    def applicant_changes_the_contact(self) -> None:
        """A wrong PIN and a right one in the page that holds what was typed; the old mailbox hears of it."""
        self.world.clock.move(timedelta(hours=25))  # the PIN was reset a moment ago
        page = self.siti.open("/saya").submit("Ubah jawaban", status=403)
        page = page.submit("Lanjut", pin_lagi="salah-sekali-98", status=422).submit(
            "Lanjut", pin_lagi=NEW_PIN
        )
        page = page.click("Ubah Nomor HP")
        self.world.clock.move(sessions.FRESH)
        typed = {"hp": "0813-9999-5521", "punya": "punya", "email": f"{OTHER_MAIL}@example.org"}
        page = page.submit("Lanjut", typed, status=403).submit("Lanjut", pin_lagi=NEW_PIN)
        page.submit("Kirim perubahan", benar=True)
        assert LedgerEntry.select().where(LedgerEntry.reason == "contact_changed").count() == 1
        Applicant.update(email_proved_at=self.world.clock.now()).execute()  # for the walk that comes next

    def many_register_in_one_place(self) -> None:
        """An officer opens a network, and somebody who must wait types the code."""
        page = self.officer("verifier").open("/petugas/jaringan").submit("Buka jaringan ini", status=200)
        code = self.code_on(page, "network code")
        waiting = self.phone(keep=True)
        post(waiting, "/daftar/tunggu", data={"kode": code})
        post(waiting, "/daftar/tunggu", data={"kode": NIK})

    def manager_brings_results(self) -> None:
        self.world.clock.set(self.world.wave.closes_at + timedelta(hours=1))
        manager = self.officer("manager")
        place = f"/petugas/gelombang/{self.world.wave.number}/hasil"
        for text in (f"nik,hasil\n{NIK},ya\n3508990101900001,terpilih\n", f"nik,hasil\n{NIK},terpilih\n"):
            page = manager.open(place).submit(berkas=(text.encode(), "hasil.csv"))
        page.submit("Pakai berkas ini")
        assert Result.select().count() == 1

    def applicant_leaves(self) -> None:
        page = self.siti.open("/saya/undur").submit(pin=NEW_PIN)  # the last one is hours old
        page.submit(alasan=f"{REASON} {NIK}")
        assert Application.get().state == "withdrawn"

    def applicant_corrects(self) -> None:
        page = self.siti.open("/saya").submit("Betulkan sekarang")
        page.submit(benar=True)
        assert ApplicationVersion.select().count() == 1

    def everything_goes_wrong(self) -> None:
        """NIK, KK, phone and email in what is refused: 422, 404, 400, 413, 500."""
        said = {
            "nik": NIK,
            "kk": KK,
            "hp": "081234567713",
            "email": f"{MAIL}@example.org",
            "nama": "",
            "pin": PIN,
        }
        for path, size in (("/daftar/identitas", 0), ("/masuk", 0), ("/tidak-ada", 0), ("/masuk", 70_000)):
            visitor = self.phone(keep=True)
            post(visitor, path, data=said | {"lagi": "x" * size})
            visitor.ask("POST", path, data=said)  # without a token

        def fault() -> None:
            raise RuntimeError(
                f"{NIK} {KK} 359901 570488 0003 081234567713 +62 812-3456-7713 {MAIL}@example.org"
            )

        usual = self.world.app.view_functions["sign_in.sign_in_now"]
        self.world.app.view_functions["sign_in.sign_in_now"] = fault
        answer = post(self.visitors[-1], "/masuk", data=said)
        assert answer.status_code == 500
        assert not Secrets().found_in(answer.get_data())
        self.world.app.view_functions["sign_in.sign_in_now"] = usual

    def numbers_go_into_every_field(self) -> None:
        """Every route that takes a form gets the NIK (with the phone number) in each field that any page has."""
        names = _all_field_names([*self.visitors, self.siti])
        assert len(names) > 40
        text = f"{NIK} 081234567713"
        steps = [("POST", f"/daftar/{slug}") for slug in SITI]
        routes = [(method, path) for method in sorted(MUTATING) for _, path in self.world.paths(method)]
        routes.remove(("POST", "/saya/undur"))  # comes last, by itself: after it little else can be done
        post(self._signed_in("/saya"), "/saya/ubah")
        for method, path in steps + routes:
            visitor = self._signed_in(path)
            token = {"X-CSRFToken": csrf_token(visitor, path)}
            for said in (text, NIK):
                visitor.ask(method, path, headers=token, data=dict.fromkeys(sorted(names), said))
            if path.startswith(("/saya/kabar/langganan", "/push/")):
                visitor.ask(method, path, headers=token, json=dict.fromkeys(names, NIK))

    def _signed_in(self, path: str) -> Recorded:
        """A fresh session of whoever may do most there: acts that sign out must not spare the routes after them."""
        visitor, now = self.phone(keep=True), self.world.clock.now()
        with db.writing():
            if path.startswith("/petugas"):
                token = sessions.open_session("staff", now, staff=Staff.get(Staff.role == "manager"))
            else:
                siti = Applicant.select().where(Applicant.email_proved_at.is_null(False)).first()
                device = Device.select().where(Device.applicant == siti, Device.revoked_at.is_null()).first()
                token = sessions.open_session("full", now, applicant=siti, device=device)
        give_session(visitor, token, path)
        return visitor


def _all_field_names(visitors: list[Recorded]) -> set[str]:
    names: set[str] = set()
    for visitor in visitors:
        for answer in visitor.seen:
            if answer.mimetype == "text/html":
                names |= set(
                    re.findall(
                        r'<(?:input|select|textarea)[^>]* name="([^"]+)"', answer.get_data(as_text=True)
                    )
                )
    return names - {"csrf_token"}


@pytest.fixture
def posts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some mail goes out beside the answer; here it has gone when the answer comes."""

    class AtOnce:
        def submit(self, act: Any, *args: Any) -> Future[Any]:
            done: Future[Any] = Future()
            done.set_result(act(*args))
            return done

    monkeypatch.setattr(letters, "_hands", AtOnce())


@pytest.mark.usefixtures("posts_at_once")
def test_nothing_that_was_typed_stays_in_clear(
    world: World, settings: Settings, caplog: pytest.LogCaptureFixture, backend: str, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)  # also what the libraries would say when somebody turns them up
    journey = Journey(world, settings)
    journey.applicant_registers_and_looks_around()
    journey.applicant_signs_in_elsewhere()
    journey.officer_helps()
    journey.applicant_corrects()
    journey.applicant_changes_the_contact()
    journey.many_register_in_one_place()
    journey.everything_goes_wrong()
    journey.numbers_go_into_every_field()
    journey.manager_brings_results()
    journey.applicant_leaves()
    records = [record for record in caplog.get_records("call") if record.name not in ("asyncio",)]
    assert any(record.levelno >= logging.ERROR for record in records)
    assert stains(journey.secrets, world, journey.visitors, records) == []
    assert len(journey.secrets.known) > 15
    assert len(journey.secrets.digits) >= 5
    tokens = tokens_of(world, journey.visitors)
    assert set(tokens.values()) == {"_user_id", "draft", "hp_baru", "hp", "tablet"}
    assert len(tokens) > 50
    if backend == "sqlite":
        files = [path for path in tmp_path.glob("gelombang.db*") if path.is_file()]
        assert len(files) >= 2  # the database and its log
        held = [path.read_bytes() for path in files]
        assert [journey.secrets.found_in(text) + carried(tokens, [text]) for text in held] == [
            [] for _ in held
        ]
    lying = [path for path in tmp_path.rglob("*") if path.is_file()]
    left = {path.relative_to(tmp_path).parts[0] for path in lying}
    others = {name for name in left if not name.startswith("gelombang.db")}
    assert others <= {"mail", "metrics"}, "nothing else lies about"
    counters = [path for path in lying if "metrics" in path.parts]
    assert [path.name for path in counters if journey.secrets.found_in(path.read_bytes())] == []


@pytest.mark.only_on("sqlite")
def test_the_search_can_find(world: World, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """The honest half of the test above: in each place something known is put, and is found."""
    visitor, secrets = Recorded(world.app, world.base_url), Secrets(digits={"code": "604913"})
    register(visitor, SITI)
    visitor.ask("GET", f"/petugas/cari?q={NIK}")

    def leaky() -> tuple[str, int, dict[str, str]]:
        session["oops"] = KK
        return "", 204, {"X-Oops": FIRM, "Location": "/masuk?kode=604913"}

    world.app.view_functions["start.posko"] = leaky
    visitor.ask("GET", "/posko?kode=604913")
    tokens = {name: token for token, name in tokens_of(world, [visitor]).items()}
    visitor.ask("GET", f"/posko?sesi={tokens['_user_id']}")
    with world.app.test_request_context(base_url=world.base_url):
        log = logging.getLogger("gelombang.test")
        log.warning("the street is %s", STREET)
        log.warning("the code is 604913, the phone is %s", tokens["hp"])
    Applicant.update(village=BORN, name=tokens["draft"]).execute()
    assert set(stains(secrets, world, [visitor], caplog.records)) == {
        *("address: NIK", "log: street", "rows: birth date", "cookie: KK", "header: employer"),
        *("address: code", "log: code", "header: code"),
        *("address: token _user_id", "log: token hp", "rows: token draft"),
    }


@pytest.mark.parametrize(
    "text",
    [
        NIK,
        "359901 570488 0003",
        "359901-570488-0003",
        "3508.1557.0488.0003",
        "081234567713",
        "0812-3456-7713",
        "0812.3456.7713",
        "+6281234567713",
        "+62 812-3456-7713",
        "62 812 3456 7713",
        "siti.rahasia+a@mail.example.org",
    ],
)
@pytest.mark.parametrize("around", ["{}", "nik={}&x=1", "('{}',)", "a {} b", "{}\n{}"])
def test_a_log_line_masks_what_identifies(text: str, around: str) -> None:
    shown = masked(around.replace("{}", text))
    assert text not in shown
    assert "[disamarkan]" in shown
    assert not re.search(r"\d{5}", shown)


@pytest.mark.parametrize(
    "text", ["application:4611686018427387904", "2026-11-22T03:42:00.000Z", "127.0.0.1", "8 of 12"]
)
def test_a_log_line_keeps_what_does_not(text: str) -> None:
    assert masked(text) == text


def test_a_line_of_the_log_stays_one_line() -> None:
    """ASVS 16.4.1: whoever types a line end does not write a line of ours."""
    record = logging.LogRecord(
        "gelombang.x", logging.INFO, "", 0, "name %s", ('A\n{"level": "error"}\u2028\r',), None
    )
    line = OneLine().format(record)
    assert len(line.splitlines()) == 1 or "\u2028" in line
    assert json.loads(line)["text"] == 'name A\n{"level": "error"}\u2028\r'
    assert "\n" not in line
    assert "\r" not in line


@pytest.mark.only_on("sqlite")
def test_kunci_is_hashed_under_a_pepper(world: World) -> None:
    """ASVS 6.5.2, with docs/decisions/0004: 40 bits that we draw ourselves, by HMAC under a key outside the database."""
    page = register(Recorded(world.app, world.base_url), SITI)
    [shown] = CODE.findall(page.main)
    row, code = Applicant.get(), shown.replace("-", "")
    assert re.fullmatch(r"1\$hmac\$[0-9a-f]{64}", row.kunci_hash)
    assert keys().verify_random(row.id, code, row.kunci_hash)
    assert not keys().verify_random(row.id + 1, code, row.kunci_hash)
    assert not replace(keys(), pepper=((1, b"p" * 32),)).verify_random(row.id, code, row.kunci_hash)
    assert len(bytes(row.kunci_index)) == 1, "an index of one byte finds a claim and proves nothing"
