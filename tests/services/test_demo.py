"""The example office: every state is there, nothing is anybody's, and production never gets it."""

from __future__ import annotations

from dataclasses import replace

import pyotp
import pytest

from app.models import Applicant, Application, LedgerEntry, Notice, Staff
from app.rules import nik, phone
from app.rules.states import State
from app.services import audit, demo
from tests import build
from tests.conftest import NOW
from tests.pages import Visitor

pytestmark = pytest.mark.only_on("sqlite")


def test_the_example_office(app, database, clock):
    """Filled once (it hashes 130 PINs), looked at from every side."""
    build.regions()
    people = demo.fill("notice", NOW)

    states = {row.state for row in Application.select(Application.state)}
    assert states >= {state.value for state in State} - {"in_selection"}
    assert Applicant.select().where(Applicant.claim == "draft").exists()
    assert Applicant.select().where(Applicant.nik_flags != "").exists()
    assert LedgerEntry.select().count() > Application.select().count()
    assert Notice.select().where(Notice.kind == "result").exists()

    checked, wrong = audit.verify()  # made by the verbs, so its trail holds
    assert checked > 100
    assert wrong is None

    for person in Applicant.select().where(Applicant.phone.is_null(False)):
        assert nik.refusal(person.nik, person.kk) is None
        assert person.phone.startswith("+628120000")
        assert phone.parse(person.phone) == person.phone

    ratna = next(person for person in people if person.username == "ratna.wulandari")
    page = Visitor(app).open("/petugas/masuk").submit("Lanjut", nama=ratna.username, sandi=ratna.password)
    home = page.submit("Masuk", kode=pyotp.TOTP(ratna.totp_secret).at(clock.now()))
    assert "Ratna Wulandari" in home.text


def test_production_refuses(app, runner):
    app.extensions["settings"] = replace(app.extensions["settings"], environment="production")
    result = runner.invoke(args=["demo"])
    assert result.exit_code == 1
    assert "not for production" in result.output
    assert not Staff.select().exists()


def test_a_second_filling_is_refused(app, office, runner):
    assert runner.invoke(args=["demo"]).exit_code == 1
    assert runner.invoke(args=["demo", "--if-empty"]).exit_code == 0
