"""A visitor who walks through the product as a person with a plain browser does, scripts off.

    page = visitor.open("/daftar")
    page = page.submit(nik="3508...", kk="3508...")     # follows the redirect, or:
    page = page.submit(nik="", status=422)              # page.errors has the words of the summary
    page = page.click("Ubah NIK")

Every page on the way is inspected (inspection.py). Hidden fields and CSRF tokens are read from the page; only
what the page offers can be filled in, chosen or pressed. `visitor.http` is Flask's bare client, for attacks.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.filling import SECRET, Form
from tests.inspection import ERROR_SUMMARY, Parsed, complaints, text_of

HOPS = 5


class Visitor:
    """One person with one browser: cookies of their own, pages one after another."""

    def __init__(
        self, app: Flask, base_url: str = "http://127.0.0.1:8000", address: str = "127.0.0.1"
    ) -> None:
        self.http = app.test_client()
        self.base_url = base_url
        self.environ = {"REMOTE_ADDR": address}

    def open(self, path: str, status: int = 200) -> Page:
        """Type an address; follows redirects and expects `status` at the end."""
        return self._arrive(self.ask("GET", path), status)

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        """One bare request with this person's cookies: for downloads, JSON and what no page offers."""
        url = urljoin(self.base_url + "/", path)
        return self.http.open(
            urlsplit(url)._replace(scheme="", netloc="").geturl(),
            method=method,
            base_url=self.base_url,
            environ_base=self.environ,
            **options,
        )

    def send(self, page: Page, path: str, data: MultiDict[str, Any], status: int | None) -> Page:
        """Post a form as a browser does. Without `status` the answer must be a redirect that ends at 200."""
        headers = {"Referer": page.url, "Origin": self.base_url, "Sec-Fetch-Site": "same-origin"}
        response = self.ask("POST", path, data=data, headers=headers)
        if status is None and not 300 <= response.status_code < 400:
            raise AssertionError(_unexpected(response, "a redirect"))
        return self._arrive(response, status or 200)

    def _arrive(self, response: TestResponse, status: int) -> Page:
        hops = 0
        while response.status_code in (301, 302, 303, 307, 308):
            hops += 1
            assert hops <= HOPS, f"redirected in a circle at {response.location}"
            there = urljoin(response.request.url, response.location)
            assert there.startswith(self.base_url + "/"), f"redirected away, to {there}"
            response = self.ask("GET", there)
        if response.status_code != status:
            raise AssertionError(_unexpected(response, str(status)))
        return Page(self, response)


class Page:
    """An HTML answer that passed inspection."""

    def __init__(self, visitor: Visitor, response: TestResponse) -> None:
        where = f"{response.request.method} {response.request.path}"
        assert response.mimetype == "text/html", f"{where} answered {response.mimetype}, not a page"
        self.visitor = visitor
        self.response = response
        self.status = response.status_code
        self.url = response.request.url
        self.path = response.request.path
        self.html = response.get_data(as_text=True)
        wrong = complaints(self.html, self.status)
        assert not wrong, "\n".join([f"{where} is not fit to be shown:", *wrong])
        self.parsed = Parsed(self.html, self.status)

    @property
    def title(self) -> str:
        return self.parsed.title

    @property
    def h1(self) -> str:
        return text_of(self.parsed.all("h1")[0])

    @property
    def text(self) -> str:
        """Everything a person reads, in one line."""
        return text_of(self.parsed.all("body")[0])

    @property
    def main(self) -> str:
        """What a person reads between header and footer."""
        return text_of(self.parsed.all("main")[0])

    @property
    def errors(self) -> list[str]:
        """The lines of the error summary."""
        return [text_of(item) for box in self.parsed.with_class(ERROR_SUMMARY) for item in box.iter("li")]

    @property
    def links(self) -> dict[str, str]:
        """Words of every link and where it leads (the first of equal words)."""
        found: dict[str, str] = {}
        for link in self.parsed.all("a"):
            found.setdefault(text_of(link), link.get("href") or "")
        return found

    @property
    def forms(self) -> list[Form]:
        return [Form(self.parsed, self.url, element) for element in self.parsed.all("form")]

    def form(self, button: str | None = None, *names: str) -> Form:
        """The one form that has this button and these fields; a form in <main> goes before one in a header."""
        fitting = [f for f in self.forms if f.fits(button, names)]
        inner = [f for f in fitting if self.parsed.inside(f.element, "main")]
        fitting = inner or fitting
        assert len(fitting) == 1, (
            f"{self.path} has {len(fitting)} forms with button {button!r} and fields {list(names)}; "
            f"it offers {[(f.buttons, sorted(f.names)) for f in self.forms]}"
        )
        return fitting[0]

    def click(self, words: str, status: int = 200) -> Page:
        """Follow the link with these words."""
        assert words in self.links, f"{self.path} has no link {words!r}, only {sorted(self.links)}"
        return self.visitor.open(urljoin(self.url, self.links[words]), status)

    def submit(
        self,
        button: str | None = None,
        answers: dict[str, Any] | None = None,
        /,
        *,
        status: int | None = None,
        **more: Any,
    ) -> Page:
        """Fill in a form by the names of its fields and press its (named) button.

        A text field takes a string, a checkbox or radio group its value (True and False for a lone checkbox, a
        list for several), a file field (bytes, filename). A 422 must give back what was typed.
        """
        answers = (answers or {}) | more
        form = self.form(button, *answers)
        form.fill(answers)
        if form.method == "get":
            query = urlencode(list(form.data(button).items(multi=True)))
            return self.visitor.open(
                urlsplit(form.action_url(button))._replace(query=query).geturl(), status or 200
            )
        page = self.visitor.send(self, form.action_url(button), form.data(button), status)
        if status == 422:
            _keeps_what_was_typed(page, form, answers)
        return page


def _keeps_what_was_typed(page: Page, form: Form, answers: dict[str, Any]) -> None:
    again = next((f for f in page.forms if f.names >= set(answers)), None)
    assert again is not None, f"the 422 page of {page.path} does not ask for {sorted(answers)} again"
    for name in set(answers) - form.named(SECRET):
        typed, kept = [str(v) for v in form.typed[name]], again.values.getlist(name)
        assert kept == typed or (typed == [""] and not kept), (
            f"{name}: typed {typed}, but the page shows {kept}"
        )


def _unexpected(response: TestResponse, wanted: str) -> str:
    where = f"{response.request.method} {response.request.path}"
    words = ""
    if response.mimetype == "text/html":
        parsed = Parsed(response.get_data(as_text=True))
        summary = [text_of(item) for box in parsed.with_class(ERROR_SUMMARY) for item in box.iter("li")]
        words = f": {parsed.title!r} {summary or ''}"
    return f"{where} answered {response.status}, not {wanted}{words}"
