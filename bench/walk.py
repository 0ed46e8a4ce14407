"""A person with a phone: opens the pages, reads the forms, fills them in, keeps cookies, as a browser would.

The walk knows no order of pages: it goes where it is sent and answers what it is asked. So it also measures a journey
that somebody changed, or fails loudly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol
from urllib.parse import urlencode

from bench.people import Answers
from bench.wire import Answer

START = "/daftar/"
CHECK = "periksa"
RECEIPT = "/daftar/selesai"
MOST_PAGES = 25
MOST_REDIRECTS = 5
#: What a phone of today says of itself; the server names the phone by it.
PHONE = "Mozilla/5.0 (Linux; Android 13; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"

_HIDDEN = re.compile(r'<input[^>]* type="hidden"[^>]*>')
_NAME, _VALUE = re.compile(r' name="([^"]+)"'), re.compile(r' value="([^"]*)"')
_NAMED = re.compile(r'<(?:input|textarea|select)[^>]* name="([^"]+)"')
_SELECT = re.compile(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', re.S)
_OPTION = re.compile(r'<option value="([^"]+)"')
_TICKET = re.compile(r'data-ticket="([^"]+)"')


class Wrong(Exception):
    """The product answered something that a registration must not meet; the message says what and where."""


class Wire(Protocol):
    """Anything that carries one request to the server and its answer back."""

    def exchange(self, request: bytes) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Timing:
    """One request: the step it belongs to, POST or GET, seconds."""

    step: str
    method: str
    seconds: float


class Browser:
    """Cookies, headers and a stopwatch on one connection. `note` is told of every request.

    `address` is where the person's phone is, as the proxy before the product would say it; empty: no proxy.
    """

    def __init__(self, wire: Wire, host: str, note: Callable[[Timing], None], address: str = "") -> None:
        self._wire, self._note = wire, note
        self._always = (
            f"Host: {host}\r\nUser-Agent: {PHONE}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n"
        )
        if address:
            self._always += f"X-Forwarded-For: {address}\r\n"
        self._origin = f"Origin: http://{host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        self.cookies: dict[str, str] = {}
        self.wire_bytes = 0

    def get(self, path: str, step: str) -> Answer:
        return self._send("GET", path, "", step)

    def post(self, path: str, fields: dict[str, str | list[str]], step: str) -> Answer:
        return self._send("POST", path, urlencode(fields, doseq=True), step)

    def _send(self, method: str, path: str, body: str, step: str) -> Answer:
        head = f"{method} {path} HTTP/1.1\r\n{self._always}"
        if self.cookies:
            held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            head += f"Cookie: {held}\r\n"
        if method == "POST":
            head += f"{self._origin}Content-Length: {len(body)}\r\n"
        request = f"{head}\r\n{body}".encode()
        begun = perf_counter()
        answer = self._wire.exchange(request)
        self._note(Timing(step, method, perf_counter() - begun))
        for line in answer.cookies:
            self._keep(line)
        self.wire_bytes += answer.wire_bytes
        return answer

    def _keep(self, line: str) -> None:
        name, _, value = line.partition(";")[0].partition("=")
        if value:
            self.cookies[name] = value
        else:
            self.cookies.pop(name, None)


def fill(page: str, said: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
    """What the form sends: its hidden fields, the answers, and from each list without an answer its middle line.

    Raises Wrong when the page does not ask for an answer that is given: the walk and the product disagree.
    """
    fields: dict[str, str | list[str]] = {
        name[1]: value[1]
        for tag in _HIDDEN.findall(page)
        if (name := _NAME.search(tag)) and (value := _VALUE.search(tag))
    }
    names = set(_NAMED.findall(page))
    strangers = said.keys() - names
    if strangers:
        raise Wrong(f"the page has no box for {sorted(strangers)}")
    for name, options in _SELECT.findall(page):
        offered = _OPTION.findall(options)
        if name not in said and offered:
            fields[name] = [code for code in offered if code != "luar"][len(offered) // 2 - 1]
    return fields | said


class Walk:
    """One person's registration. It knows its last page, so that it goes on there after the server was gone."""

    def __init__(self, number: int, answers: Answers) -> None:
        self.number, self.answers = number, answers
        self.acknowledged = False
        self.ticket = ""
        self._path = START

    def run(self, browser: Browser, between: Callable[[], None] = lambda: None) -> None:
        """From the start page, or from where this person stopped, to the receipt. Raises Wrong, wire.Broken.

        `between` is called before each page is answered.
        """
        if self._path == START:
            expect(browser.get("/", "mulai"), 200)
        page = self._open(browser, self._path, "mulai")
        for _ in range(MOST_PAGES):
            if self._path == RECEIPT:
                self._keep_receipt(page)
                return
            step = self._path.partition("?")[0].rpartition("/")[2]
            if step not in self.answers:
                raise Wrong(f"nobody knows what to answer on {self._path}")
            between()
            answer = browser.post(self._path, fill(page.body, self.answers[step]), step)
            target = expect(answer, 303).headers["location"]
            if step == CHECK and target == RECEIPT:
                self.acknowledged = True
            page = self._open(browser, target, step)
        raise Wrong(f"no end after {MOST_PAGES} pages, at {self._path}")

    def _open(self, browser: Browser, path: str, step: str) -> Answer:
        """The page at the end of the redirects; the walk is there then."""
        for _ in range(MOST_REDIRECTS):
            answer = browser.get(path, step)
            if answer.status != 303:
                self._path = path
                return expect(answer, 200)
            path = answer.headers["location"]
        raise Wrong(f"redirects without an end, at {path}")

    def _keep_receipt(self, page: Answer) -> None:
        found = _TICKET.search(page.body)
        if found is None:
            raise Wrong("a receipt without a ticket")
        self.acknowledged, self.ticket = True, found[1]


def expect(answer: Answer, status: int) -> Answer:
    """The answer, when it has this status; raises Wrong."""
    if answer.status != status:
        raise Wrong(f"status {answer.status} instead of {status}")
    return answer
