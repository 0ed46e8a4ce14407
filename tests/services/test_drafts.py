"""Unfinished answers are forgotten after thirty days, and so is a person who never sent any."""

from __future__ import annotations

from datetime import timedelta

from app.models import Applicant, Application, Device, Draft
from app.services import drafts
from tests import walking
from tests.conftest import NOW


def test_a_draft_and_its_person_are_forgotten_after_thirty_days(visitor, clock):
    walking.until(visitor, "kecamatan")
    assert drafts.purge(NOW + timedelta(days=30) - timedelta(seconds=1)) == 0
    assert drafts.purge(NOW + timedelta(days=30)) == 2
    assert (Draft.select().count(), Applicant.select().count(), Device.select().count()) == (0, 0, 0)


def test_touching_a_draft_starts_the_thirty_days_again(visitor, clock):
    walking.until(visitor, "kecamatan")
    clock.move(timedelta(days=20))
    visitor.open("/daftar/kecamatan").submit("Lanjut", walking.SITI["kecamatan"])
    assert drafts.purge(NOW + timedelta(days=40)) == 0


def test_who_sent_one_is_not_forgotten(visitor):
    walking.register(visitor)
    assert drafts.purge(NOW + timedelta(days=400)) == 0
    assert Application.select().count() == 1
