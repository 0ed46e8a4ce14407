"""The driver reads pages and keeps cookies as a browser does, and says so when it cannot."""

from __future__ import annotations

import pytest

from bench.walk import Browser, Timing, Walk, Wrong, fill
from bench.wire import Answer

PAGE = """<form method="post"><input type="hidden" name="csrf_token" value="abc">
<input id="x" name="other" type="hidden" value="kept"><input class="in" name="nama">
<input type="radio" name="kerja" value="phk">
<select class="in" name="desa"><option value="">Pilih</option><option value="1">A</option><option value="2">B</option>
<option value="luar">Di luar</option></select></form>"""


class Script:
    """A server that gives the answers of a list, one after the other, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers, self.asked = list(answers), [b""] * 0

    def exchange(self, request: bytes) -> Answer:
        self.asked.append(request)
        return self.answers.pop(0)


def page(body: str = "", cookies: tuple[str, ...] = ()) -> Answer:
    return Answer(200, {}, list(cookies), body, len(body))


def to(path: str) -> Answer:
    return Answer(303, {"location": path}, [], "", 0)


def test_hidden_fields_are_sent_back_wherever_their_attributes_stand() -> None:
    assert (
        fill(PAGE, {"nama": "Siti"}).items() >= {"csrf_token": "abc", "other": "kept", "nama": "Siti"}.items()
    )


def test_a_list_is_answered_with_something_that_it_offers() -> None:
    assert fill(PAGE, {})["desa"] in ("1", "2")
    assert fill(PAGE, {"desa": "2"})["desa"] == "2"


def test_an_answer_without_a_box_is_an_error_not_a_wish() -> None:
    with pytest.raises(Wrong, match="surel"):
        fill(PAGE, {"surel": "x"})


def test_cookies_are_kept_replaced_and_dropped() -> None:
    script = Script(page(cookies=("a=1; Path=/", "b=2")), page(cookies=("a=3", "b=; Max-Age=0")), page())
    browser = Browser(script, "127.0.0.1", lambda _: None)
    for _ in range(3):
        browser.get("/", "x")
    assert b"Cookie" not in script.asked[0]
    assert b"Cookie: a=1; b=2\r\n" in script.asked[1]
    assert b"Cookie: a=3\r\n" in script.asked[2]


def test_the_phones_address_is_said_as_a_proxy_says_it() -> None:
    script = Script(page(), page())
    Browser(script, "127.0.0.1", lambda _: None, "10.0.0.7").get("/", "x")
    Browser(script, "127.0.0.1", lambda _: None).get("/", "x")
    assert b"\r\nX-Forwarded-For: 10.0.0.7\r\n" in script.asked[0]
    assert b"X-Forwarded-For" not in script.asked[1]


def test_every_request_is_noted_under_its_step() -> None:
    noted: list[Timing] = []
    browser = Browser(Script(page(), page()), "127.0.0.1", noted.append)
    browser.get("/", "mulai")
    browser.post("/daftar/pin", {"pin": "1"}, "pin")
    assert [(timing.step, timing.method) for timing in noted] == [("mulai", "GET"), ("pin", "POST")]
    assert all(timing.seconds >= 0 for timing in noted)


SENT = (page("/"), to("/daftar/periksa"), page(), to("/daftar/selesai"))


def test_a_registration_counts_when_sending_is_answered_and_its_ticket_when_it_was_read() -> None:
    walk = Walk(1, {"periksa": {}})
    walk.run(Browser(Script(*SENT, page('<div data-ticket="K7RM-4TXP-N">')), "127.0.0.1", lambda _: None))
    assert (walk.acknowledged, walk.ticket) == (True, "K7RM-4TXP-N")


def test_it_counts_although_the_receipt_does_not_come() -> None:
    walk = Walk(1, {"periksa": {}})
    with pytest.raises(Wrong, match="500"):
        walk.run(Browser(Script(*SENT, Answer(500, {}, [], "", 0)), "127.0.0.1", lambda _: None))
    assert (walk.acknowledged, walk.ticket) == (True, "")


def test_a_refused_page_is_not_a_registration() -> None:
    walk = Walk(1, {"periksa": {}})
    with pytest.raises(Wrong, match="422"):
        walk.run(Browser(Script(*SENT[:3], Answer(422, {}, [], "", 0)), "127.0.0.1", lambda _: None))
    assert not walk.acknowledged
