"""The driver against the product itself and against the bare app, without a server between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.crypto import keys
from app.models import Wave
from bench import bare, people
from bench.inside import Inside
from bench.product import stored
from bench.verdict import judge
from bench.walk import Browser, Timing, Walk, expect, fill
from bench.wire import Answer, Broken
from tests.conftest import NOW

HOST = "127.0.0.1:8000"


def test_a_walk_ends_with_a_registration_that_the_database_has_once(app, office) -> None:
    Wave.create(number=4, opens_at=NOW, closes_at=NOW + timedelta(days=1), quota=3, created_at=NOW)
    noted: list[Timing] = []
    told = {}
    for number in (7, 8):  # a doubtful NIK; lost work
        walk = Walk(number, people.answers(number, NOW.date()))
        walk.run(Browser(Inside(app.wsgi_app), HOST, noted.append))
        assert walk.acknowledged
        told[keys().lookup_hash("nik", people.nik_of(number, NOW.date())[0])] = walk.ticket
    verdict = judge(told, stored())
    assert verdict.holds
    assert (verdict.acknowledged, verdict.stored, verdict.unheard) == (2, 2, 0)
    assert {"periksa-nik", "phk", "periksa"} <= {timing.step for timing in noted if timing.method == "POST"}


class Losing(Inside):
    """The server takes the first POST of one page, and is gone before it answers."""

    def __init__(self, app, path: str) -> None:
        super().__init__(app.wsgi_app)
        self._lost = f"POST {path} ".encode()

    def exchange(self, request: bytes) -> Answer:
        answer = super().exchange(request)
        if self._lost and request.startswith(self._lost):
            self._lost = b""
            raise Broken("the answer never came")
        return answer


@pytest.mark.parametrize("step", ["syarat", "identitas", "pin", "minat", "periksa"])
def test_whoever_lost_an_answer_goes_on_where_they_stopped(app, office, step: str) -> None:
    Wave.create(number=4, opens_at=NOW, closes_at=NOW + timedelta(days=1), quota=3, created_at=NOW)
    noted: list[Timing] = []
    walk = Walk(9, people.answers(9, NOW.date()))
    browser = Browser(Losing(app, f"/daftar/{step}"), HOST, noted.append)
    with pytest.raises(Broken):
        walk.run(browser)
    walk.run(browser)
    told = {keys().lookup_hash("nik", people.nik_of(9, NOW.date())[0]): walk.ticket}
    verdict = judge(told, stored())
    assert verdict.holds
    assert (verdict.acknowledged, verdict.stored, verdict.unheard) == (1, 1, 0)
    # Only the PIN makes a person: whoever lost its answer shows that they are this person.
    assert ("masuk" in {timing.step for timing in noted}) == (step == "pin")


@pytest.mark.parametrize("path", ["/", "/hashed", "/synced"])
@pytest.mark.parametrize("keep_open", [True, False])
def test_the_bare_app_keeps_what_it_is_told_and_wants_its_token(tmp_path, path: str, keep_open: bool) -> None:
    made = bare.make(f"sqlite:///{tmp_path / 'bare.db'}", keep_open)
    browser = Browser(Inside(made.wsgi_app), HOST, lambda _: None)
    page = browser.get(path, "bare")
    expect(browser.post(path, {"text": "Siti"}, "bare"), 400)
    expect(browser.post(path, fill(page.body, {"text": "Siti"}), "bare"), 303)
    [text] = [note.text for note in bare.Note.select()]
    bare.database.close()
    assert text.startswith("$argon2id$") if path == "/hashed" else text == "Siti"
