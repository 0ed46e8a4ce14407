"""Registering on a tablet of the office: all may be done there, and it becomes nobody's phone."""

from __future__ import annotations

import pytest
from flask import Flask

from app.models import Applicant, Device, Session, Wave
from tests import walking
from tests.pages import Visitor
from tests.walking import SITI

MARKS = ("tablet", "petugas")


@pytest.mark.parametrize("mark", MARKS)
def test_registering_on_the_offices_tablet_leaves_no_known_phone(
    visitor: Visitor, wave: Wave, mark: str
) -> None:
    """Whether an officer is signed in right now or was once: the whole way works, and the tablet is not known."""
    visitor.http.set_cookie(mark, "of-an-officer", domain="127.0.0.1")
    receipt = walking.register(visitor)
    assert receipt.h1 == "Pendaftaran Anda sudah kami terima"
    assert Device.select().count() == 0
    assert visitor.http.get_cookie("hp", domain="127.0.0.1") is None
    session = Session.get()
    assert (session.kind, session.shared, session.device_id) == ("full", True, None)


def test_the_pin_alone_opens_a_summary_on_the_tablet_afterwards(
    app: Flask, visitor: Visitor, wave: Wave
) -> None:
    visitor.http.set_cookie("tablet", "of-an-officer", domain="127.0.0.1")
    walking.register(visitor)
    visitor.open("/keluar").submit("Keluar")
    visitor.open("/masuk").submit("Masuk", nik=SITI["identitas"]["nik"], pin=walking.PIN)
    assert Session.get(Session.revoked_at.is_null()).kind == "summary"


def test_a_phone_of_ones_own_is_known(visitor: Visitor, wave: Wave) -> None:
    """Otherwise the tests above could pass by knowing nobody."""
    walking.register(visitor)
    assert Device.get().applicant_id == Applicant.get().id


def test_a_phone_that_became_the_offices_is_not_believed_any_more(visitor: Visitor, wave: Wave) -> None:
    walking.register(visitor)
    visitor.open("/keluar").submit("Keluar")
    visitor.http.set_cookie("tablet", "of-an-officer", domain="127.0.0.1")
    visitor.open("/masuk").submit("Masuk", nik=SITI["identitas"]["nik"], pin=walking.PIN)
    assert Session.get(Session.revoked_at.is_null()).kind == "summary"
