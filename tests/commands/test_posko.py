"""Help posts at the terminal: a fresh installation gets its first, and people for it."""

from __future__ import annotations

import pytest

from app.models import AuditLine, Posko
from app.services import office as offices
from tests import build
from tests.conftest import PUBLIC_URL
from tests.pages import Visitor

ADD = ("posko", "add", "Posko Klakah", "--district", "35.08.19", "--address", "Balai desa Klakah")


@pytest.fixture
def bare(app, database, clock):
    """An office without a help post, as production begins."""
    build.regions()
    offices.set_office(clock.now(), **build.FACTS)


def test_a_first_post_and_somebody_for_it(bare, app, runner):
    visitor = Visitor(app, PUBLIC_URL)
    assert "Dinas Tenaga Kerja Kabupaten Lumajang, Jalan Contoh 1" in visitor.open("/posko").main, (
        "the office itself"
    )
    wanted = ("staff", "invite", "dewi", "--name", "Dewi", "--posko", "Posko Klakah")
    assert "flask posko add" in runner.invoke(args=wanted).output
    done = runner.invoke(args=[*ADD, "--phone", "0334-555-014", "--hours", "Senin, pukul 08.00-12.00"])
    assert (done.exit_code, done.output) == (0, "added Posko Klakah\n")
    assert runner.invoke(args=wanted).exit_code == 0
    page = visitor.open("/posko").main
    for words in ("Posko Klakah", "Balai desa Klakah", "(0334) 555014", "Buka Senin, pukul 08.00-12.00"):
        assert words in page
    line = AuditLine.get(AuditLine.verb == "posko.add")
    assert (line.actor, line.subject) == ("system", f"posko:{Posko.get().id}")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--district", "35.09.01"), "district: "),
        (("--phone", "12"), "phone: "),
        (("--address", " "), "address: "),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(bare, runner, more, words):
    refused = runner.invoke(args=[*ADD, *more])
    assert refused.exit_code == 1
    assert refused.output.startswith(f"Error: {words}")
    assert not Posko.select().exists()


def test_a_name_is_taken_however_it_is_written(bare, runner):
    runner.invoke(args=ADD)
    assert runner.invoke(args=[*ADD[:2], "posko  KLAKAH", *ADD[3:]]).exit_code == 1
    assert Posko.select().count() == 1


def test_without_an_office_there_is_none(app, database, runner):
    build.regions()
    assert runner.invoke(args=ADD).output == "Error: there is no office yet: flask office set\n"


def test_changed_closed_and_opened_again(bare, app, runner):
    visitor = Visitor(app, PUBLIC_URL)
    runner.invoke(args=ADD)
    done = runner.invoke(args=["posko", "change", "posko klakah", "--phone", "0812 3456 7890"])
    assert (done.exit_code, done.output) == (0, "changed Posko Klakah\n")
    row = Posko.get()
    assert (row.phone, row.address, row.district) == ("+6281234567890", "Balai desa Klakah", "35.08.19")
    assert runner.invoke(args=["posko", "change", "Mars", "--phone", "1"]).exit_code == 1
    closed = runner.invoke(args=["posko", "close", "Posko Klakah"])
    assert closed.output == "closed Posko Klakah; 0 accounts still belong to it\n"
    assert "Posko Klakah" not in visitor.open("/posko").main
    assert runner.invoke(args=["posko", "close", "Posko Klakah"]).exit_code == 1
    listed = runner.invoke(args=["posko", "list"]).output
    assert "closed" in listed
    assert "Klakah" in listed
    refused = runner.invoke(args=["staff", "invite", "d", "--name", "D", "--posko", "Posko Klakah"])
    assert "no open posko" in refused.output
    assert runner.invoke(args=["posko", "open", "Posko Klakah"]).output == "opened Posko Klakah\n"
    assert "Posko Klakah" in visitor.open("/posko").main
    verbs = [line.verb for line in AuditLine.select().order_by(AuditLine.id)]
    assert verbs[-4:] == ["posko.add", "posko.change", "posko.close", "posko.open"]
