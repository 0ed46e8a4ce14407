"""Stored answers judged again when they are sent, also where many people gave the same one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.forms import replay
from app.forms.registration import registration
from app.models import Application, Draft
from app.views import drawing
from tests.conftest import NOW
from tests.pages import Visitor
from tests.walking import SITI, changed, register, until

DEWI = changed(identitas={"nama": "Dewi Rahayu", "nik": "3599015704880011"}, pekerjaan={"kerja": "usaha"})
CHOSEN = {step.slug for step in registration(NOW.date()) if step.form.chosen_by is not None}


@pytest.fixture(autouse=True)
def _nothing_judged() -> None:
    replay._known.clear()
    drawing._sheets.clear()


def stored_otherwise(slug: str, **parts: Any) -> None:
    """As if an older version, or other lists, had let this answer pass."""
    draft = Draft.get(Draft.done_at.is_null())
    answers = json.loads(draft.answers)
    draft.answers = json.dumps(answers | {slug: answers[slug] | parts})
    draft.save(only=[Draft.answers])


def test_what_people_write_themselves_is_kept_with_nobodys() -> None:
    written = {"identitas", "periksa-nik", "pin", "alamat", "kontak", "phk", "pendidikan"}
    assert {step.slug for step in registration(NOW.date())} - CHOSEN == written


@pytest.mark.parametrize(
    ("slug", "bad"),
    [
        ("syarat", {"kk2": "mungkin"}),
        ("kecamatan", {"kecamatan": "35.08.99"}),
        ("desa", {"desa": "35.08.01.2001"}),
        ("pekerjaan", {"kerja": "raja"}),
        ("minat", {"bidang": ["sulap"]}),
        ("minat", {"bidang": ["jahit", "boga", "rias", "tani"]}),
        ("alamat", {"rt": "tiga"}),
        ("kontak", {"hp": "123"}),
        ("pendidikan", {"sekolah": "s9"}),
        ("identitas", {"kk": "123"}),
        ("pin", {"ada": False}),
    ],
)
def test_an_answer_that_is_not_offered_any_more_is_asked_again(app, wave, slug, bad):
    register(Visitor(app, address="10.0.0.9"), SITI)  # good answers of somebody else judge nobody
    page = until(Visitor(app), "periksa", DEWI)
    stored_otherwise(slug, **bad)
    page = page.submit("Kirim pendaftaran", benar=True, status=422)
    assert page.links[page.errors[0]] == f"/daftar/{slug}"
    assert Application.select().count() == 1


def test_a_village_is_judged_by_its_district(app, wave):
    """The same village, sent by somebody of its district before."""
    register(Visitor(app, address="10.0.0.9"), SITI)
    page = until(Visitor(app), "periksa", DEWI)
    stored_otherwise("kecamatan", kecamatan="35.08.01")
    page = page.submit("Kirim pendaftaran", benar=True, status=422)
    assert page.errors == ["Desa atau kelurahan Anda"]
    assert Application.select().count() == 1


def test_an_answer_that_cannot_be_read_any_more_is_asked_again(app, wave):
    visitor = Visitor(app)
    until(visitor, "periksa")
    draft = Draft.get()
    draft.answers = json.dumps(json.loads(draft.answers) | {"minat": {}})
    draft.save(only=[Draft.answers])
    page = visitor.open("/daftar/periksa")
    assert "Perlu diisi lagi" in page.main
    page.submit("Kirim pendaftaran", benar=True, status=422)


def test_two_receipts_share_what_stands_around_them_and_nothing_else(app, wave):
    pages = [register(Visitor(app, address=f"10.0.0.{n}"), who) for n, who in enumerate((SITI, DEWI), 1)]
    (sheet,) = [sheet for key, sheet in drawing._sheets.items() if key[0] == "register/done.html"]
    frame = b"".join(sheet.pieces).decode()
    for page, name in zip(pages, ("Siti Marlina", "Dewi Rahayu"), strict=True):
        ticket = page.html.split('data-ticket="')[1][:11]
        assert name in page.main
        assert ticket in page.main
        assert name not in frame
        assert ticket not in frame
