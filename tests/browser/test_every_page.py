"""Every page that links lead to in the example office, opened by everybody who works or registers there.

The walk starts at a few addresses and follows each link once per kind of page, so a page that is added tomorrow is
looked at tomorrow: it answers, has one heading and a title, fits the screen, axe finds nothing serious, no value
that nobody filled in stands in its words, and on a phone nothing is too small to be touched or read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException

from app.models import Application
from app.services import sessions
from tests.browser.measures import too_small
from tests.pages import Visitor
from tests.states import signed_in

pytestmark = pytest.mark.browser

#: How many addresses of one kind (two applicants, two waves) are opened.
OF_A_KIND = 2
NOT_PAGES = re.compile(r"\.(ics|csv|json|py|txt|xlsx|webmanifest)$|^/static/")
LEFTOVERS = re.compile(r"\bNone\b|\bTrue\b|\bFalse\b|\{\{|\}\}|%\(|datetime\.|<[A-Z]\w+ ")
#: What is wider than its box: hidden behind the edge of a card, or drawn over what stands beside it.
CUT = """() => [...document.querySelectorAll('main *')].filter((e) => e.scrollWidth > e.clientWidth + 1
    && e.clientWidth && getComputedStyle(e).display !== 'inline' && !e.closest('.vh, svg, .scroll, select, textarea'))
    .map((e) => `${e.tagName}: ${e.innerText.slice(0, 40)}`)"""


class Tour:
    """Follows links, each kind of page a few times, and notes what is wrong."""

    def __init__(
        self, app: Flask, page: Page, axe: Callable[[Page], list[str]], staff: bool, known: Iterable[str] = ()
    ) -> None:
        self._match = app.url_map.bind("127.0.0.1").match
        self._page, self._axe, self._staff = page, axe, staff
        self._opened: dict[str, int] = {}
        self._known = set(known)
        self.problems: list[str] = []
        self.seen: list[str] = []

    def walk(self, *starts: str) -> None:
        waiting = list(starts)
        while waiting:
            path = waiting.pop(0)
            if self._is_new(path):
                waiting += self._look(path)

    def _is_new(self, path: str) -> bool:
        if path in self._known or NOT_PAGES.search(path) or self._staff != path.startswith("/petugas"):
            return False
        self._known.add(path)
        try:
            kind = self._match(path)[0]
        except HTTPException as error:
            self.problems.append(f"{path}: a link that leads nowhere ({error.name})")
            return False
        self._opened[kind] = self._opened.get(kind, 0) + 1
        return self._opened[kind] <= OF_A_KIND

    def _look(self, path: str) -> list[str]:
        """Open one page and judge it; returns where its links lead."""
        page = self._page
        answer = page.goto(path)
        if answer is None or answer.status >= 400:
            self.problems.append(f"{path}: {answer.status if answer else 'no answer'}")
            return []
        self.seen.append(path)
        words = page.inner_text("body")
        self._note(path, page.locator("h1").count() == 1, "not one h1")
        self._note(path, bool(page.title().strip()), "no title")
        self._note(path, not LEFTOVERS.search(words), f"leftover {LEFTOVERS.findall(words)}")
        self._note(path, not (found := self._axe(page)), "; ".join(found))
        self._fits(path)
        if not self._staff:
            self._note(path, not (small := too_small(page)), f"too small: {small}")
        hrefs = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        own = [href for href in hrefs if href.startswith(answer.url[: answer.url.index("/", 8)])]
        return [urlsplit(href).path for href in own]

    def _fits(self, path: str) -> None:
        sizes = [self._page.viewport_size]
        if self._staff:
            sizes.append({"width": 768, "height": 1024})
        for size in sizes:
            self._page.set_viewport_size(size)
            # Not innerWidth: on a phone it grows with whatever is too wide.
            wide = self._page.evaluate("document.documentElement.scrollWidth") - size["width"]
            self._note(path, wide <= 0, f"{wide} px too wide at {size['width']}")
            cut = self._page.evaluate(CUT) if self._staff else []
            self._note(path, not cut, f"cut off or one over the other at {size['width']}: {cut}")
        self._page.set_viewport_size(sizes[0])

    def _note(self, path: str, good: bool, problem: str) -> None:
        if not good:
            self.problems.append(f"{path}: {problem}")


@pytest.mark.parametrize("role", ["manager", "verifier", "officer", "auditor"])
def test_the_office(example, live, window, axe, clock, role):
    person = example[role]
    page = window(1024, 768)
    page.goto("/petugas/masuk")
    page.locator("[name=nama]").fill(person.username)
    page.locator("[name=sandi]").fill(person.password)
    page.locator("main form button").first.click()
    page.locator("[name=kode]").fill(pyotp.TOTP(person.totp_secret).at(clock.now()))
    page.locator("main form button").first.click()
    page.wait_for_url("**/petugas")
    tour = Tour(live.app, page, axe, staff=True)
    tour.walk("/petugas", *[f"/petugas/pendaftar/{one.id}" for one in _one_in_every_state()])
    assert tour.problems == []
    assert len(tour.seen) > 8, tour.seen


def test_an_applicant_in_every_state(example, live, window, axe, clock):
    everything: set[str] = set()
    for application in _one_in_every_state():
        visitor = Visitor(live.app, live.url)
        signed_in(visitor, sessions.open_session("full", clock.now(), applicant=application.applicant))
        page = window(360, 640)
        page.context.add_cookies(
            [{"name": c.key, "value": c.value, "url": live.url} for c in visitor.http._cookies.values()]
        )
        same_for_all = [path for path in everything if not path.startswith("/saya")]
        tour = Tour(live.app, page, axe, staff=False, known=same_for_all)
        tour.walk("/saya")
        assert tour.problems == [], application.state
        everything |= set(tour.seen)
    assert len(everything) > 30, sorted(everything)


def _one_in_every_state() -> list[Application]:
    states = sorted({one.state for one in Application.select(Application.state).distinct()})
    return [Application.select().where(Application.state == state).first() for state in states]
