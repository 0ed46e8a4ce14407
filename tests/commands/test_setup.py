"""The commands that set an installation up, as an operator types them."""

from __future__ import annotations

from dataclasses import replace

from app import crypto
from app.models import Applicant, Draft, Office
from app.services import key_rotation, office
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
    assert Applicant.get().nik == "3508155704880003"
    assert Draft.get().answers == "{}"
    assert sum(key_rotation.rotate().values()) == 0
