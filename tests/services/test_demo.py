"""The example office: every state is there, nothing is anybody's, and production never gets it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pyotp
import pytest

from app.models import (
    Applicant,
    Application,
    Draw,
    GroupClaim,
    LedgerEntry,
    Notice,
    Offer,
    Staff,
    SuspectedPair,
    Wave,
)
from app.rules import nik, phone
from app.rules.states import State
from app.services import audit, demo, demo_cases, draw_files, every_minute, objection_answers
from tests import build
from tests.conftest import NOW
from tests.pages import Visitor

pytestmark = pytest.mark.only_on("sqlite")


def test_the_example_office(app, database, clock, tmp_path):
    """Filled once (it hashes 130 PINs), looked at from every side."""
    build.regions()
    people = demo.fill("notice", NOW)

    states = {row.state for row in Application.select(Application.state)}
    assert states == {state.value for state in State}
    waiting = Application.select().join(Wave).where(Application.state == "in_selection")
    assert {row.wave.number for row in waiting} == {demo.WAITING}
    assert Wave.get(Wave.number == demo.WAITING).published_at is None
    assert Applicant.select().where(Applicant.claim == "draft").exists()
    assert Applicant.select().where(Applicant.nik_flags != "").exists()
    assert LedgerEntry.select().count() > Application.select().count()
    assert Notice.select().where(Notice.kind == "result").exists()
    for application in Application.select():  # nothing happens to somebody before they register
        moments = [line.at for line in application.ledger.order_by(LedgerEntry.n)]
        assert [application.submitted_at, *moments] == sorted([application.submitted_at, *moments])

    _has_a_true_draw(tmp_path)

    checked, wrong = audit.verify()  # made by the verbs, so its trail holds
    assert checked > 100
    assert wrong is None

    for person in Applicant.select().where(Applicant.phone.is_null(False)):
        assert nik.refusal(person.nik, person.kk) is None
        assert min(person.nik[12:], person.kk[12:]) >= "9000"  # no serial of a real card
        assert person.phone.startswith("+628120000")
        assert phone.parse(person.phone) == person.phone

    _has_open_cases()
    shown = demo_cases.examples(NOW)
    for job in every_minute.jobs():  # a worker that forgets old people leaves these alone
        job.act(NOW)
    _lets_a_stranger_in(app, shown)

    ratna = next(person for person in people if person.username == "ratna.wulandari")
    page = Visitor(app).open("/petugas/masuk").submit("Lanjut", nama=ratna.username, sandi=ratna.password)
    home = page.submit("Masuk", kode=pyotp.TOTP(ratna.totp_secret).at(clock.now()))
    assert "Ratna Wulandari" in home.text


def _has_open_cases():
    """Something to try on every page of the office."""
    assert {one.decision for one in SuspectedPair.select()} == {"", "different"}
    assert SuspectedPair.select().where(SuspectedPair.decision == "").count() >= 2
    assert Applicant.select().where(Applicant.claim == "disputed").count() == 1
    open_wave = Wave.get(Wave.number == 4)
    claims = GroupClaim.select().join(Application).where(Application.wave == open_wave)
    assert {claim.state for claim in claims} == {"claimed", "seen", "confirmed", "refused"}
    assert [one.owner for one in objection_answers.waiting()] == [None]
    assert Offer.select().where((Offer.answer == "") & (Offer.expires_at > NOW)).count() == 1


def _lets_a_stranger_in(app, shown):
    """With NIK, PIN and kunci, as printed."""
    assert len({one.nik for one in shown}) == len(shown) == 7
    assert {one.nik for one in shown} <= {row.nik for row in Applicant.select() if row.nik}
    one = shown[0]
    visitor = Visitor(app, address="10.9.8.7")
    visitor.open("/masuk/kunci").submit("Masuk", nik=one.nik, pin=one.pin, kunci=one.kunci)
    page = visitor.open("/saya")
    assert one.name in page.main
    assert one.ticket in page.main
    assert "Ada tempat kosong, dan sekarang giliran Anda." in page.main


def _has_a_true_draw(folder):
    """A stranger verifies it, signature and all."""
    over, promised = Draw.select().order_by(Draw.promised_at)
    for name in draw_files.names(over):
        (folder / name).write_bytes(draw_files.read(over, name))
    command = [sys.executable, "-I", str(draw_files.VERIFIER), str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert "COCOK. Gelombang 1:" in said
    assert "12 terpilih" in said
    assert "Tanda tangan drand sah." in said
    assert "Sesudah undian: " in said
    assert "PERHATIKAN" not in said
    assert over.wave.archived_at is not None
    assert (promised.wave.number, promised.listed_at) == (4, None)


def test_production_refuses(app, runner):
    app.extensions["settings"] = replace(app.extensions["settings"], environment="production")
    result = runner.invoke(args=["demo"])
    assert result.exit_code == 1
    assert "not for production" in result.output
    assert not Staff.select().exists()


def test_a_second_filling_is_refused(app, office, runner):
    assert runner.invoke(args=["demo"]).exit_code == 1
    assert runner.invoke(args=["demo", "--if-empty"]).exit_code == 0
