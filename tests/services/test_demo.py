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

pytestmark = pytest.mark.only_on("sqlite")


@pytest.fixture
def people(database):
    build.regions()
    return demo.fill("notice", NOW)


def test_every_state_has_somebody(people):
    states = {row.state for row in Application.select(Application.state)}
    assert states >= {state.value for state in State} - {"in_selection"}
    assert Applicant.select().where(Applicant.claim == "draft").exists()
    assert Applicant.select().where(Applicant.nik_flags != "").exists()
    assert LedgerEntry.select().count() > Application.select().count()
    assert Notice.select().where(Notice.kind == "result").exists()


def test_the_example_is_made_by_the_verbs_so_its_trail_holds(people):
    checked, wrong = audit.verify()
    assert checked > 100
    assert wrong is None


def test_numbers_are_possible_and_belong_to_nobody(people):
    for person in Applicant.select().where(Applicant.phone.is_null(False)):
        assert nik.refusal(person.nik, person.kk) is None
        assert person.phone.startswith("+628120000")
        assert phone.parse(person.phone) == person.phone


def test_staff_can_sign_in(people, visitor_on_demo, clock):
    ratna = next(person for person in people if person.username == "ratna.wulandari")
    page = visitor_on_demo.open("/petugas/masuk").submit("Lanjut", nama=ratna.username, sandi=ratna.password)
    home = page.submit("Masuk", kode=pyotp.TOTP(ratna.totp_secret).at(clock.now()))
    assert "Ratna Wulandari" in home.text


@pytest.fixture
def visitor_on_demo(app, people):
    from tests.pages import Visitor

    return Visitor(app)


def test_production_refuses(app, runner):
    app.extensions["settings"] = replace(app.extensions["settings"], environment="production")
    result = runner.invoke(args=["demo"])
    assert result.exit_code == 1
    assert "not for production" in result.output
    assert not Staff.select().exists()


def test_a_second_filling_is_refused(app, office, runner):
    assert runner.invoke(args=["demo"]).exit_code == 1
    assert runner.invoke(args=["demo", "--if-empty"]).exit_code == 0
