"""A draw from the command line, with the verifier run on what it exports."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.models import Application, Draw, Wave
from app.rules import codes
from app.rules.states import State
from app.services import draw_publication, results
from tests import draws
from tests.staff import rows


@pytest.fixture
def say(app, office, runner, clock):
    def run(moment, *words: str, status: int = 0) -> str:
        clock.set(moment)
        result = runner.invoke(args=["draw", *words])
        assert result.exit_code == status, result.output
        return result.output

    return run


def test_all_verbs_and_the_verifier(say, tmp_path):
    draws.wave()
    draws.actor("budi", "verifier"), draws.actor("hadi")
    said = say(draws.PROMISED, "promise", "2", "--at", "2023-09-15T18:00", "--by", "ratna")
    assert Draw.get().draw_at == draws.DRAW_AT
    assert said == f"janji_sha256 {Draw.get().promise_sha256}\n"
    draws.people(9, Wave.get())
    assert say(draws.LISTED, "list", "2", "--by", "ratna") == "9 entrants, 0 left out\n"
    assert "not an active manager" in say(draws.FROZEN, "freeze", "2", "--by", "budi", status=1)
    assert "draw_at 2023-09-15T11:00:00Z" in say(draws.FROZEN, "freeze", "2", "--by", "ratna")
    wrong = ("--signature", draws.SIGNATURE[:-1] + "c")
    assert "bukan tanda tangan drand" in say(draws.DRAWN, "run", "2", *wrong, "--by", "ratna", status=1)
    assert "round 657413" in say(draws.DRAWN, "run", "2", "--signature", draws.SIGNATURE, "--by", "ratna")
    assert "another person" in say(draws.ATTESTED, "attest", "2", "--by", "ratna", status=1)
    say(draws.ATTESTED, "attest", "2", "--by", "budi")
    assert "2023-09-18T03:00:00Z" in say(draws.ATTESTED, "publish", "2", "--by", "hadi")
    results.publish_due(draws.ANNOUNCED)
    draw_publication.note_published_due(draws.ANNOUNCED)
    folder = tmp_path / "gelombang-2"
    say(draws.ANNOUNCED, "export", "2", "--to", str(folder))
    command = [sys.executable, "-I", str(folder / "periksa.py"), str(folder)]
    assert "COCOK. Gelombang 2: 9 peserta" in subprocess.run(command, capture_output=True, text=True).stdout


def test_what_is_not_there(say):
    draws.actor("ratna")
    assert "no wave 7" in say(draws.PROMISED, "list", "7", "--by", "ratna", status=1)
    draws.wave()
    assert "no draw was promised" in say(draws.PROMISED, "export", "2", "--to", "x", status=1)
    assert "write a time as" in say(
        draws.PROMISED, "promise", "2", "--at", "besok", "--by", "ratna", status=1
    )


def test_an_entry_that_was_missing_takes_two_people(say):
    draws.published()
    wave = Wave.get()
    stray = rows.application(rows.applicant(rows.nik(70)), wave, State.IN_SELECTION, at=draws.OPENS)
    ticket = codes.shown(stray.ticket)
    late = ("late", "2", "--ticket", ticket)
    assert "says --why" in say(draws.ANNOUNCED, *late, "--by", "hadi", status=1)
    assert "is not a ticket" in say(draws.ANNOUNCED, "late", "2", "--ticket", "x", "--by", "hadi", status=1)
    nobody = codes.shown(codes.new_code())
    assert "no such ticket" in say(draws.ANNOUNCED, "late", "2", "--ticket", nobody, "--by", "hadi", status=1)
    assert "another person" in say(draws.ANNOUNCED, *late, "--why", "KTP dicocokkan", "--by", "hadi")
    assert "another person" in say(draws.ANNOUNCED, *late, "--by", "hadi", status=1)
    given = say(draws.ANNOUNCED, *late, "--by", "budi").strip()
    assert given in ("selected", "not_selected")
    assert Application.get_by_id(stray.id).state == given
