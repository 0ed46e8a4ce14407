"""The commands that set an installation up, as an operator types them."""

from __future__ import annotations

import json
from dataclasses import replace

import pyotp
import pytest

from app import crypto
from app.models import Applicant, Draft, Office, Region
from app.services import demo, demo_cases, key_rotation, office, regions
from tests import build, walking
from tests.conftest import KEYS

FACTS = {
    "name": "Disnaker Kabupaten Lumajang",
    "area": "35.08",
    "zone": "WIB",
    "address": "Jalan Contoh 1",
    "phone": "0334-000-014",
    "hours": "Senin sampai Jumat",
    "privacy-contact": "privasi@example.org",
}


def _options(**changes):
    facts = FACTS | changes
    return [part for name, value in facts.items() for part in (f"--{name}", value)]


def test_office_set(app, database, runner):
    build.regions()
    assert runner.invoke(args=["office", "set", *_options()]).exit_code == 0
    assert Office.get().name == "Disnaker Kabupaten Lumajang"
    assert runner.invoke(args=["office", "set", *_options(name="Dinas Baru")]).exit_code == 0
    assert [row.name for row in Office.select()] == ["Dinas Baru"]
    assert office.current().area_name == "Kabupaten Lumajang"


def test_office_in_an_unknown_area_is_refused(app, database, runner):
    build.regions()
    result = runner.invoke(args=["office", "set", *_options(area="99.99")])
    assert result.exit_code == 1
    assert "no region 99.99" in result.output


def test_regions_load_once(app, database, runner, monkeypatch):
    """What `make run` calls at each start: the first time it loads, later it does not even read the file."""
    first = runner.invoke(args=["regions", "load", "--if-missing"])
    assert first.output == "38 provinces, 514 regencies and cities, 7285 districts, 83762 villages\n"
    assert Region.select().count() == 91_599
    monkeypatch.setattr(regions, "load", lambda _: pytest.fail("loaded again"))
    again = runner.invoke(args=["regions", "load", "--if-missing"])
    assert (again.exit_code, again.output) == (0, "")


RATNA = demo.SignIn(
    "ratna.wulandari", "Ratna Wulandari", "manager", "kata-sandi-contoh", pyotp.random_base32()
)
SITI = demo_cases.Example(
    what="terpilih",
    name="Siti",
    ticket="K7RM-4TXP-N",
    nik="3599015704880003",
    pin="271828",
    kunci="K7RM-4TXP",
)


@pytest.fixture
def example(app, database, monkeypatch):
    """`flask demo` without the quarter of a minute in which it fills the database (tests/services/test_demo.py)."""
    build.regions()

    def fill(notice, now):
        office.set_office(now, **build.FACTS)
        return [RATNA]

    monkeypatch.setattr(demo, "fill", fill)
    monkeypatch.setattr(demo_cases, "examples", lambda now: [SITI])
    return app.extensions["settings"].var


def test_demo_prints_how_its_people_sign_in(example, runner):
    done = runner.invoke(args=["demo"])
    assert done.exit_code == 0, done.output
    for words in (
        "ratna.wulandari",
        "kata-sandi-contoh",
        "manager",
        SITI.nik,
        SITI.pin,
        SITI.kunci,
        SITI.what,
    ):
        assert words in done.output
    assert RATNA.totp_secret not in done.output
    for name in ("demo-sign-in.json", "demo-applicants.json"):
        assert (example / name).stat().st_mode & 0o777 == 0o600, name
    assert json.loads((example / "demo-sign-in.json").read_text()) == [vars(RATNA)]
    again = runner.invoke(args=["demo", "--if-empty"])  # what `make run` calls at each later start
    assert again.exit_code == 0
    assert again.output == done.output.partition("minute\n")[2]
    refused = runner.invoke(args=["demo"])
    assert (refused.exit_code, "there is an office already" in refused.output) == (1, True)


def test_demo_tells_the_digits_of_this_half_minute(example, runner, clock):
    runner.invoke(args=["demo"])
    told = runner.invoke(args=["demo", "--code", "ratna.wulandari"])
    assert (told.exit_code, told.output) == (0, pyotp.TOTP(RATNA.totp_secret).at(clock.now()) + "\n")


def test_demo_says_in_one_line_what_it_cannot_tell(example, runner):
    early = runner.invoke(args=["demo", "--code", "ratna.wulandari"])
    assert (early.exit_code, early.output.count("\n")) == (1, 1)
    assert "run `flask demo` without --code first" in early.output
    runner.invoke(args=["demo"])
    unknown = runner.invoke(args=["demo", "--code", "ratna"])
    assert unknown.exit_code == 1
    assert unknown.output == "Error: nobody is called ratna here; there are: ratna.wulandari\n"


def test_database_commands(app, database, runner):
    assert "missing" not in runner.invoke(args=["db", "status"]).output
    assert runner.invoke(args=["db", "up"]).output == "nothing to do\n"


def test_audit_verify(app, office, runner):
    result = runner.invoke(args=["audit", "verify"])
    assert result.exit_code == 0
    head = result.output.split()[-1]
    assert runner.invoke(args=["audit", "verify", "--head", head]).exit_code == 0
    assert runner.invoke(args=["audit", "verify", "--head", "00" * 32]).exit_code == 1


def test_journey_show(app, runner):
    lines = runner.invoke(args=["journey", "show"]).output.splitlines()
    assert [line.split()[0] for line in lines][:3] == ["syarat", "persetujuan", "identitas"]
    assert any("periksa-nik" in line and "(some people)" in line for line in lines)


def test_keys_rotate(visitor, runner):
    walking.register(visitor)
    newer = replace(KEYS, seal=((2, b"n" * 32), *KEYS.seal))
    crypto.use(newer)
    result = runner.invoke(args=["keys", "rotate"])
    assert "applicant: 1 rows" in result.output
    crypto.use(replace(KEYS, seal=((2, b"n" * 32),)))
    assert Applicant.get().nik == "3599015704880003"
    assert Draft.get().answers == "{}"
    assert sum(key_rotation.rotate().values()) == 0
