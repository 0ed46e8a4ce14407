"""A step that our own script sends comes back with the question that follows: the same pages, one request less."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.models import Applicant, Application, Draft
from tests import walking
from tests.inspection import Parsed, complaints, text_of
from tests.pages import Visitor

OURS = {"X-Outbox": "1"}


@pytest.fixture(autouse=True)
def _open_wave(wave: object) -> None:
    """Somebody can register."""


def save(visitor: Visitor, slug: str, **more: Any) -> TestResponse:
    """One page as the script sends it."""
    token = visitor.ask("GET", "/csrf").get_json()["token"]
    given = {key: "y" if value is True else value for key, value in (walking.SITI[slug] | more).items()}
    return visitor.ask("POST", f"/daftar/{slug}", data=given | {"csrf_token": token}, headers=OURS)


def heading(answer: TestResponse) -> str:
    html = answer.get_data(as_text=True)
    assert complaints(html) == []
    return text_of(Parsed(html).all("h1")[0])


def test_the_whole_wizard_in_half_the_requests(visitor: Visitor) -> None:
    slugs = [slug for slug in walking.SITI if slug != "periksa-nik"]
    for slug, following in zip(slugs, [*slugs[1:], "periksa"], strict=True):
        answer = save(visitor, slug)
        assert (answer.status_code, answer.headers["X-Outbox-Next"]) == (200, f"/daftar/{following}"), slug
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Location" not in answer.headers
        there = visitor.open(f"/daftar/{following}")
        assert heading(answer) == there.h1
        assert not [one for one in answer.headers.getlist("Set-Cookie") if one.endswith("=;")]
    assert Applicant.select().count() == Draft.select().count() == 1


def test_every_cookie_of_both_halves_comes_along_once(visitor: Visitor) -> None:
    for slug in ("syarat", "persetujuan", "identitas"):
        save(visitor, slug)
    answer = save(visitor, "pin")
    names = [one.partition("=")[0] for one in answer.headers.getlist("Set-Cookie")]
    assert sorted(names) == ["hp", "sesi"]
    assert "Di mana Anda tinggal sekarang?" in heading(answer)  # the page of somebody who is signed in now
    assert visitor.ask("GET", "/saya").status_code == 200


def test_a_mistake_stays_the_page_that_it_was(visitor: Visitor) -> None:
    answer = save(visitor, "syarat", umur="")
    assert (answer.status_code, answer.headers["X-Outbox-Status"]) == (200, "422")
    assert "X-Outbox-Next" not in answer.headers


@pytest.mark.parametrize(
    ("slug", "more", "place"),
    [
        ("syarat", {"sekolah": "ya"}, "/daftar/berhenti"),
        ("periksa", {}, "/daftar/selesai"),
    ],
)
def test_what_is_no_question_is_gone_to(
    visitor: Visitor, slug: str, more: dict[str, str], place: str
) -> None:
    if slug == "periksa":
        walking.until(visitor, "periksa")
        token = visitor.ask("GET", "/csrf").get_json()["token"]
        data = {"benar": "y", "csrf_token": token}
        answer = visitor.ask("POST", "/daftar/periksa", data=data, headers=OURS)
        assert Application.select().count() == 1
    else:
        answer = save(visitor, slug, **more)
    assert (answer.headers["X-Outbox-Next"], answer.get_data()) == (place, b"")


def test_a_next_page_that_fails_is_left_to_the_browser(visitor: Visitor, app: Flask) -> None:
    """The answer is kept all the same, and the browser sees for itself."""

    def fault(**_: object) -> None:
        raise RuntimeError("something of ours")

    app.view_functions["register.step"] = fault
    answer = save(visitor, "syarat")
    assert (answer.status_code, answer.get_data()) == (200, b"")
    assert answer.headers["X-Outbox-Next"] == "/daftar/persetujuan"
    assert Draft.select().count() == 1


def test_without_the_header_nothing_changes(visitor: Visitor) -> None:
    page = walking.until(visitor, "persetujuan")
    assert page.path == "/daftar/persetujuan"
    token = visitor.ask("GET", "/csrf").get_json()["token"]
    answer = visitor.ask("POST", "/daftar/persetujuan", data={"csrf_token": token})
    assert (answer.status_code, answer.location, answer.get_data()) == (303, "/daftar/identitas", b"")
