"""/posko: called the nearest only for somebody whose district is known, and then it is."""

from __future__ import annotations

from app.models import Applicant, Session
from tests import walking
from tests.inspection import text_of
from tests.pages import Page, Visitor
from tests.walking import SITI, changed

HERE = "Di kecamatan Anda"


def places(page: Page) -> list[str]:
    """The posko in their order, each with what is said about it."""
    return [text_of(item) for item in page.parsed.with_class("item")]


def test_a_stranger_reads_them_by_name_and_no_word_of_near(visitor: Visitor) -> None:
    page = visitor.open("/posko")
    assert page.h1 == "Posko kami"
    assert [line.partition(" Jalan")[0] for line in places(page)] == ["Posko Lumajang", "Posko Sukodono"]
    assert "terdekat" not in page.text
    assert HERE not in page.text


def test_those_of_the_own_district_come_first_and_are_marked(visitor: Visitor) -> None:
    walking.register(visitor)
    page = visitor.open("/posko")
    assert page.h1 == "Posko terdekat"
    first, second = places(page)
    assert first.startswith(f"Posko Sukodono {HERE}")
    assert second.startswith("Posko Lumajang Jalan")


def test_a_guessed_pin_learns_no_district_from_their_order(visitor: Visitor) -> None:
    walking.register(visitor)
    for path in ("/saya", "/saya/bantuan"):
        Session.update(kind="full").execute()
        if path == "/saya/bantuan":
            assert _order(visitor.open(path)) == ["Posko Sukodono", "Posko Lumajang"]
        Session.update(kind="summary").execute()
        assert _order(visitor.open(path)) == ["Posko Lumajang", "Posko Sukodono"]


def _order(page: Page) -> list[str]:
    return sorted(("Posko Lumajang", "Posko Sukodono"), key=page.main.index)


def test_the_answer_to_the_wizard_is_enough(visitor: Visitor) -> None:
    walking.until(visitor, "kecamatan")
    assert visitor.open("/posko").h1 == "Posko kami"
    walking.until(visitor, "desa")
    assert visitor.open("/posko").h1 == "Posko terdekat"


def test_a_district_without_a_posko_has_no_nearest(visitor: Visitor) -> None:
    walking.register(visitor, changed(kecamatan={"kecamatan": "35.08.01"}, desa={"desa": "35.08.01.2001"}))
    page = visitor.open("/posko")
    assert (page.h1, HERE in page.main) == ("Posko kami", False)


def test_a_guessed_pin_does_not_tell_where_somebody_lives(visitor: Visitor, another_visitor: Visitor) -> None:
    walking.register(visitor)
    assert Applicant.get().district == "35.08.15"
    another_visitor.open("/masuk").submit("Masuk", nik=SITI["identitas"]["nik"], pin=walking.PIN)
    assert another_visitor.open("/posko").h1 == "Posko kami"
