"""Production does not start when something is missing or careless: ASVS 6.3.2, 12.2.1, 13.3.1, 13.4.2, 16.5.3."""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from peewee import OperationalError

from app import crypto, db, hashing
from app.config import Settings, SettingsProblem
from app.crypto import KeyProblem
from app.make_keys import write
from app.models import Attempt, Session, Staff
from app.services import ways
from app.services.office import OfficeFacts
from tests.conftest import KEYS
from tests.security.rows import differences, everything
from tests.security.world import NIK, World, post
from tests.walking import PIN

ROOT = Path(__file__).parent.parent.parent
GOOD = {
    "GELOMBANG_PUBLIC_URL": "https://gelombang.example.go.id",
    "GELOMBANG_MAIL_URL": "smtps://user:word@mail.example.go.id",
    "GELOMBANG_MAIL_SENDER": "gelombang@example.go.id",
    "GELOMBANG_PUSH_CONTACT": "mailto:gelombang@example.go.id",
}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A production environment that starts: each test spoils one thing."""
    (tmp_path / "etc").mkdir()
    keys = tmp_path / "etc" / "keys.json"
    assert write(keys)
    return GOOD | {"GELOMBANG_KEYS_FILE": str(keys), "GELOMBANG_VAR": str(tmp_path / "var")}


def test_the_good_one_starts(environ: dict[str, str]) -> None:
    settings = Settings.from_env(environ)
    assert (settings.environment, settings.https) == ("production", True)


def keys_with(**changes: Any) -> Callable[[dict[str, str]], None]:
    def spoil(environ: dict[str, str]) -> None:
        path = Path(environ["GELOMBANG_KEYS_FILE"])
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return spoil


def setting(name: str, value: str | None) -> Callable[[dict[str, str]], None]:
    def spoil(environ: dict[str, str]) -> None:
        environ.pop(name, None)
        if value is not None:
            environ[name] = value

    return spoil


def mode(bits: int) -> Callable[[dict[str, str]], None]:
    return lambda environ: os.chmod(environ["GELOMBANG_KEYS_FILE"], bits)


def beside_the_data(environ: dict[str, str]) -> None:
    path = Path(environ["GELOMBANG_VAR"]) / "secrets" / "keys.json"
    assert write(path)
    environ["GELOMBANG_KEYS_FILE"] = str(path)


def beside_the_data_by_another_name(environ: dict[str, str]) -> None:
    beside_the_data(environ)
    var = Path(environ["GELOMBANG_VAR"])
    environ["GELOMBANG_KEYS_FILE"] = str(var.parent / "etc" / ".." / "var" / "secrets" / "keys.json")


def a_link_to_beside_the_data(environ: dict[str, str]) -> None:
    beside_the_data(environ)
    link = Path(environ["GELOMBANG_VAR"]).parent / "etc" / "link.json"
    link.symlink_to(environ["GELOMBANG_KEYS_FILE"])
    environ["GELOMBANG_KEYS_FILE"] = str(link)


def both(environ: dict[str, str]) -> None:
    environ["GELOMBANG_KEYS"] = Path(environ["GELOMBANG_KEYS_FILE"]).read_text()


def sms(**changes: str) -> Callable[[dict[str, str]], None]:
    """An SMS gateway with one thing wrong."""

    def spoil(environ: dict[str, str]) -> None:
        good = {
            "GELOMBANG_SMS_URL": "https://sms.example.go.id/send",
            "GELOMBANG_SMS_TOKEN": "word-of-the-gateway",
            "GELOMBANG_SMS_SENDER": "DISNAKER",
        }
        environ.update(good | changes)

    return spoil


SHORT = "c2hvcnQ="
#: What is wrong -> (how, what the refusal says).
REFUSED: dict[str, tuple[Callable[[dict[str, str]], None], str]] = {
    "no keys": (setting("GELOMBANG_KEYS_FILE", None), "GELOMBANG_KEYS is not set"),
    "keys that are not there": (setting("GELOMBANG_KEYS_FILE", "/nowhere/keys.json"), "cannot read"),
    "keys twice": (both, "not both"),
    "keys others can read": (mode(0o604), "chmod 600"),
    "keys the group can read": (mode(0o640), "chmod 600"),
    "keys beside the data": (beside_the_data, "must not lie beside the data"),
    "keys beside the data, by ..": (beside_the_data_by_another_name, "must not lie beside the data"),
    "keys beside the data, by a link": (a_link_to_beside_the_data, "must not lie beside the data"),
    "a short sealing key": (keys_with(seal=[{"id": 1, "key": SHORT}]), "32 bytes"),
    "a short pepper": (keys_with(pepper=[{"id": 1, "key": SHORT}]), "32 bytes"),
    "a short cookie key": (keys_with(cookie=[SHORT]), "32 bytes"),
    "a short look-up key": (keys_with(lookup=SHORT), "32 bytes"),
    "a short audit key": (keys_with(audit=SHORT), "32 bytes"),
    "no cookie key": (keys_with(cookie=[]), "at least one key"),
    "one key for two purposes": (
        lambda environ: keys_with(
            audit=json.loads(Path(environ["GELOMBANG_KEYS_FILE"]).read_text())["lookup"]
        )(environ),
        "key of its own",
    ),
    "a key number out of range": (keys_with(seal=[{"id": 0, "key": "A" * 44}]), "1 to 255"),
    "keys that are no keys": (keys_with(seal="x"), "cannot be read"),
    "no address": (setting("GELOMBANG_PUBLIC_URL", None), "GELOMBANG_PUBLIC_URL is not set"),
    "an address without TLS": (setting("GELOMBANG_PUBLIC_URL", "http://gelombang.example.go.id"), "https://"),
    "a staff address without TLS": (
        setting("GELOMBANG_STAFF_URL", "http://petugas.example.go.id"),
        "https://",
    ),
    "an address that is a path": (
        setting("GELOMBANG_PUBLIC_URL", "https://example.go.id/x"),
        "must look like",
    ),
    "debugging": (setting("FLASK_DEBUG", "1"), "FLASK_DEBUG"),
    "debugging by another word": (setting("FLASK_DEBUG", "true"), "FLASK_DEBUG"),
    "pushes to this machine": (setting("GELOMBANG_PUSH_LOOPBACK", "yes"), "for tests only"),
    "an unknown environment": (setting("GELOMBANG_ENVIRONMENT", "prod"), "one of"),
    "a number that is none": (setting("GELOMBANG_PROXIES", "one"), "whole number"),
    "more senders than any machine bears": (setting("GELOMBANG_SENDERS", "65"), "0 to 64"),
    "no mail": (setting("GELOMBANG_MAIL_URL", None), "GELOMBANG_MAIL_URL is not set"),
    "no sender": (setting("GELOMBANG_MAIL_SENDER", None), "GELOMBANG_MAIL_SENDER is not set"),
    "an SMS gateway in the clear": (sms(GELOMBANG_SMS_URL="http://sms.example.go.id/send"), "SMS_URL"),
    "an SMS gateway with a password": (sms(GELOMBANG_SMS_URL="https://a:b@sms.example.go.id"), "SMS_URL"),
    "an SMS gateway that is no address": (sms(GELOMBANG_SMS_URL="https://[::1"), "SMS_URL"),
    "an SMS gateway without a token": (sms(GELOMBANG_SMS_TOKEN=""), "SMS_TOKEN must be set"),
    "a token with a line end": (sms(GELOMBANG_SMS_TOKEN="a\nb"), "SMS_TOKEN"),
    "a sender that phones do not show": (sms(GELOMBANG_SMS_SENDER="Dinas Tenaga Kerja"), "SMS_SENDER"),
    "an SMS gateway for ever": (sms(GELOMBANG_SMS_TIMEOUT="600"), "SMS_TIMEOUT"),
    "SMS without a bound": (sms(GELOMBANG_SMS_PER_DAY="0"), "SMS_PER_DAY"),
    "mail into files": (setting("GELOMBANG_MAIL_URL", "file:///var/mail"), "smtp:// or smtps://"),
    "a mail relay that is none": (setting("GELOMBANG_MAIL_URL", "mail.example.go.id"), "smtp:// or smtps://"),
    "no contact for push services": (
        setting("GELOMBANG_PUSH_CONTACT", None),
        "GELOMBANG_PUSH_CONTACT is not set",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_production_refuses(environ: dict[str, str], what: str) -> None:
    spoil, words = REFUSED[what]
    spoil(environ)
    with pytest.raises(SettingsProblem, match=re.escape(words)) as refused:
        Settings.from_env(environ)
    for secret in (
        re.findall(r'"key": "([^"]+)"', Path(environ.get("GELOMBANG_KEYS_FILE", "")).read_text())
        if Path(environ.get("GELOMBANG_KEYS_FILE", "/nowhere")).is_file()
        else []
    ):
        assert secret not in str(refused.value)


#: Addresses of the database, of the queue and of the mail relay, and whether production takes them.
ELSEWHERE = "postgresql://gelombang:word-of-the-database@db.example.go.id/gelombang"
DATABASES = {
    "sqlite:////srv/gelombang/gelombang.db": True,
    "postgresql:///gelombang": True,
    "postgresql://gelombang:word-of-the-database@127.0.0.1:5432/gelombang": True,
    "postgresql://gelombang:word-of-the-database@localhost/gelombang": True,
    "postgresql://gelombang:word-of-the-database@[::1]/gelombang": True,
    "postgresql://gelombang@/gelombang?host=/var/run/postgresql": True,
    f"{ELSEWHERE}?sslmode=verify-full&sslrootcert=/etc/gelombang/db.crt": True,
    ELSEWHERE: False,
    f"{ELSEWHERE}?sslmode=require": False,
    f"{ELSEWHERE}?sslmode=verify-ca": False,
    ELSEWHERE.replace("db.example.go.id", "10.0.0.5"): False,
    "postgresql://gelombang:word-of-the-database@localhost/gelombang?host=db.example.go.id": False,
    "postgresql://gelombang:word-of-the-database@localhost/gelombang?hostaddr=10.0.0.5": False,
    "postgres://gelombang:word-of-the-database@localhost,db.example.go.id/gelombang": False,
    "postgresql://gelombang:word-of-the-database@[::1/gelombang": False,
}
QUEUES = {
    "": True,
    "redis://127.0.0.1:6379/0": True,
    "redis://:word-of-the-queue@localhost/0": True,
    "unix:///run/redis.sock": True,
    "rediss://:word-of-the-queue@redis.example.go.id/0": True,
    "rediss://redis.example.go.id/0?ssl_ca_certs=/etc/gelombang/redis.crt": True,
    "redis://:word-of-the-queue@redis.example.go.id/0": False,
    "rediss://:word-of-the-queue@redis.example.go.id/0?ssl_cert_reqs=none": False,
    "rediss://redis.example.go.id/0?ssl_check_hostname=false": False,
}


MAILS = {
    "smtp://mail.example.go.id": True,
    "smtp://127.0.0.1:25?starttls=no": True,
    "smtp://mail.example.go.id?starttls=no": False,
}


@pytest.mark.parametrize(
    ("name", "url", "taken"),
    [
        *[("DATABASE_URL", url, taken) for url, taken in DATABASES.items()],
        *[("REDIS_URL", url, taken) for url, taken in QUEUES.items()],
        *[("MAIL_URL", url, taken) for url, taken in MAILS.items()],
    ],
)
def test_data_travels_to_other_machines_sealed_and_to_the_right_one(
    environ: dict[str, str], name: str, url: str, taken: bool
) -> None:
    """ASVS 12.3.2: a database, queue or mail relay elsewhere proves by a certificate that it is the one that was meant."""
    environ[f"GELOMBANG_{name}"] = url
    if taken:
        assert getattr(Settings.from_env(environ), name.lower()) == url
        return
    with pytest.raises(SettingsProblem, match=f"GELOMBANG_{name}") as refused:
        Settings.from_env(environ)
    assert "word-of-the" not in str(refused.value)


def test_what_the_address_says_of_certificates_reaches_the_driver() -> None:
    redis = pytest.importorskip("redis")
    made = db._postgres(f"{ELSEWHERE}?sslmode=verify-full&sslrootcert=/etc/gelombang/db.crt")
    told = made.connect_params
    assert (told["sslmode"], told["sslrootcert"]) == ("verify-full", "/etc/gelombang/db.crt")
    line = redis.Redis.from_url("rediss://redis.example.go.id/0").connection_pool.make_connection()
    assert (line.cert_reqs, line.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_no_password_is_printed_with_the_settings(environ: dict[str, str]) -> None:
    environ |= {
        "GELOMBANG_MAIL_URL": "smtps://gelombang:word-of-the-mail@mail.example.go.id",
        "GELOMBANG_DATABASE_URL": f"{ELSEWHERE}?sslmode=verify-full",
        "GELOMBANG_REDIS_URL": "rediss://:word-of-the-queue@redis.example.go.id/0",
        "GELOMBANG_METRICS_TOKEN": "word-of-the-metrics",
    }
    settings = Settings.from_env(environ)
    assert "word-of-the" not in repr(settings)
    assert "gelombang.example.go.id" in repr(settings), "the rest is there to be read"


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("command", [("flask", "db", "status"), ("app.worker",)], ids=lambda words: words[0])
def test_a_wrong_setting_is_one_line_and_no_traceback(
    environ: dict[str, str], command: tuple[str, ...]
) -> None:
    environ |= {"GELOMBANG_MAIL_URL": "file:///var/mail", "FLASK_APP": "wsgi", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stderr == (
        "Gelombang does not start: GELOMBANG_MAIL_URL must begin with smtp:// or smtps:// in production\n"
    )


def test_an_sms_gateway_is_taken_and_its_token_is_not_repeated(
    environ: dict[str, str], tmp_path: Path
) -> None:
    secret = tmp_path / "etc" / "sms-token"
    secret.write_text("word-of-the-gateway\n")
    sms()(environ)
    del environ["GELOMBANG_SMS_TOKEN"]
    settings = Settings.from_env(environ | {"GELOMBANG_SMS_TOKEN_FILE": str(secret)})
    assert settings.sms_token == "word-of-the-gateway"
    assert "word-of-the-gateway" not in repr(settings)
    assert (settings.sms_timeout, settings.sms_per_day) == (10, 500)


def test_hours_of_the_ladder_that_make_no_sense_are_refused(environ: dict[str, str]) -> None:
    settings = Settings.from_env(environ | {"GELOMBANG_LADDER": "result=6,72,48"})
    with pytest.raises(SettingsProblem, match=r"GELOMBANG_LADDER: .*before the call"):
        ways.use(settings)


def test_nothing_works_before_keys_are_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail closed: there is no key to fall back to."""
    monkeypatch.setattr(crypto, "_current", None)
    with pytest.raises(KeyProblem):
        crypto.keys()


def test_fresh_keys_are_for_their_owner_only_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.json"
    assert write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_text()
    assert not write(path)
    assert path.read_text() == before


@pytest.mark.only_on("sqlite")
class TestProduction:
    """The application as production runs it."""

    @pytest.fixture
    def settings(self, environ: dict[str, str], database_url: str) -> Settings:
        return Settings.from_env(
            environ
            | {"GELOMBANG_DATABASE_URL": database_url, "GELOMBANG_KEYS_FILE": environ["GELOMBANG_KEYS_FILE"]}
        )

    def test_there_is_no_account_to_begin_with(self, app: Flask, office: OfficeFacts) -> None:
        """The only way in is `flask staff invite` at the terminal (tests/staff/test_accounts.py)."""
        assert Staff.select().count() == 0

    def test_the_example_office_stays_out(self, app: Flask, database: Any, runner: FlaskCliRunner) -> None:
        for arguments in (["demo"], ["demo", "--if-empty"], ["demo", "--code", "ratna.wulandari"]):
            answer = runner.invoke(args=arguments)
            assert answer.exit_code == 1
            assert "not for production" in answer.output
        assert Staff.select().count() == 0

    def test_only_its_own_host_is_answered(self, app: Flask, office: OfficeFacts) -> None:
        client = app.test_client()
        assert client.get("/", base_url="https://gelombang.example.go.id").status_code == 200
        for host in ("127.0.0.1", "localhost", "gelombang.example.com"):
            assert client.get("/", base_url=f"https://{host}").status_code == 400

    def test_a_fault_shows_nothing(self, app: Flask, office: OfficeFacts) -> None:
        def fault() -> None:
            raise RuntimeError("SELECT secret FROM /srv/app/secret.py")

        app.view_functions["start.posko"] = fault
        answer = app.test_client().get("/posko", base_url="https://gelombang.example.go.id")
        said = answer.get_data(as_text=True)
        assert answer.status_code == 500
        assert re.search(r"\b[0-9a-f]{8}\b", said), "a code to speak about"
        for inside in ("SELECT", "secret", "/srv", "Traceback", "RuntimeError", "Werkzeug"):
            assert inside not in said


# fail closed ------------------------------------------------------------------------------------------


def refuse_everybody(world: World) -> None:
    """Nobody gets in, by any door, with right secrets."""
    before = Session.select().count()
    visitor = world.stranger()
    answer = post(visitor, "/masuk", data={"nik": NIK, "pin": PIN})
    assert answer.status_code in (422, 500, 503)
    assert Session.select().count() == before
    assert visitor.ask("GET", "/saya").status_code in (303, 500, 503)


@pytest.mark.only_on("sqlite")
def test_without_the_pepper_nobody_signs_in(world: World) -> None:
    assert world.full
    crypto.use(replace(KEYS, pepper=((9, b"z" * 32),)))
    refuse_everybody(world)
    crypto.use(KEYS)


@pytest.mark.only_on("sqlite")
def test_without_the_look_up_key_nobody_is_found(world: World) -> None:
    assert world.full
    crypto.use(replace(KEYS, lookup=b"z" * 32))
    refuse_everybody(world)
    assert world.full.ask("GET", "/saya").status_code == 303, "sessions are found by it too"
    crypto.use(KEYS)


def test_when_the_limits_cannot_be_counted_nobody_signs_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table of attempts is gone or locked: 503, not a free try."""
    assert world.full

    def gone(**_: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(Attempt, "create", gone)
    before = everything()
    answer = post(world.stranger(), "/masuk", data={"nik": NIK, "pin": PIN})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert differences(before, everything()) == []


@pytest.mark.only_on("sqlite")
def test_when_hashing_is_busy_people_are_asked_to_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 22: beyond the gate nobody waits long, nothing is let through, and the try counts nowhere."""
    assert world.full
    monkeypatch.setattr(hashing, "_gate", hashing.HashingGate(at_once=1, patience=0.0))
    before = everything()
    visitor = world.stranger()
    with hashing._gate:
        answer = post(visitor, "/masuk", data={"nik": NIK, "pin": PIN})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert differences(before, everything()) == []
    assert post(visitor, "/masuk", data={"nik": NIK, "pin": PIN}).status_code == 303


def test_when_the_database_is_away_every_page_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error page needs the name of the office, which is remembered; nothing of the fault is shown."""
    assert world.full

    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("could not connect to server: /var/run/postgresql")

    monkeypatch.setattr(type(db.database.obj), "execute_sql", away)
    answers = [world.full.ask("GET", path) for path in ("/saya", "/posko", "/daftar/syarat", "/petugas")]
    monkeypatch.undo()
    assert {answer.status_code for answer in answers} <= {200, 303, 503}
    assert [answer.status_code for answer in answers].count(503) >= 2
    assert "Sedang sangat ramai" in answers[0].get_data(as_text=True)
    assert "/var/run" not in "".join(answer.get_data(as_text=True) for answer in answers)


@pytest.mark.only_on("sqlite")
def test_before_there_is_an_office_no_page_shows_our_insides(app: Flask, database: Any) -> None:
    """A start on an empty database shows nothing of our insides."""
    for path in ("/", "/masuk", "/daftar/syarat", "/petugas/masuk", "/tidak-ada"):
        answer = app.test_client().get(path)
        assert answer.status_code in (200, 404, 503), path
        assert "Traceback" not in answer.get_data(as_text=True)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
