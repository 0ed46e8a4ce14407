"""What every page of ours must be like, whoever wrote it. The visitor in pages.py inspects each answer by it.

Each rule takes a parsed page and yields its complaints in words; `complaints` collects them all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

INLINE = {
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "button",
    "code",
    "data",
    "em",
    "i",
    "kbd",
    "label",
    "mark",
    "q",
    "s",
}
INLINE |= {"samp", "small", "span", "strong", "sub", "sup", "time", "u", "var"}
UNSEEN = {"script", "style", "template", "title"}
UNLABELLED = {"hidden", "submit", "button", "image", "reset"}
DATA_SCRIPTS = {"application/json", "application/ld+json"}
ERROR_SUMMARY = "oops"
ERROR_TITLE = "Error: "


class Parsed:
    """A page as html5lib reads it, with the look-ups that the rules and the tests share."""

    def __init__(self, html: str, status: int = 200) -> None:
        parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
        self.root: Element = parser.parse(html)
        self.status = status
        self.html = html
        self.syntax = [f"line {place[0]}: {code} {data or ''}".strip() for place, code, data in parser.errors]
        self.elements = [e for e in self.root.iter() if isinstance(e.tag, str)]
        self.parents = {child: parent for parent in self.elements for child in parent}
        self.ids = Counter(e.get("id") for e in self.elements if e.get("id"))
        self.title = " ".join("".join(e.text or "" for e in self.all("title")[:1]).split())

    def all(self, *tags: str) -> list[Element]:
        """Every element with one of these names, in the page's order."""
        return [e for e in self.elements if e.tag in tags]

    def with_class(self, name: str) -> list[Element]:
        return [e for e in self.elements if name in (e.get("class") or "").split()]

    def inside(self, element: Element, *tags: str) -> bool:
        """Whether an ancestor has one of these names."""
        above = self.parents.get(element)
        return above is not None and (above.tag in tags or self.inside(above, *tags))


def text_of(element: Element) -> str:
    """What a person reads in an element: one line, blocks apart, without scripts."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: Element) -> Iterator[str]:
    if isinstance(element.tag, str) and element.tag not in UNSEEN:
        gap = "" if element.tag in INLINE else " "
        yield gap + (element.text or "")
        for child in element:
            yield from _pieces(child)
            yield child.tail or ""
        yield gap


def complaints(html: str, status: int = 200) -> list[str]:
    """Everything that is wrong with a page; an empty list means it may be shown."""
    page = Parsed(html, status)
    return [complaint for rule in RULES for complaint in rule(page)]


def _is_strict_html(page: Parsed) -> Iterator[str]:
    yield from (f"not valid HTML, {error}" for error in page.syntax)
    if not page.root.get("lang"):
        yield "<html> has no lang"
    if not page.all("main"):
        yield "no <main>"


def _has_one_heading_and_a_title(page: Parsed) -> Iterator[str]:
    headings = [text_of(e) for e in page.all("h1")]
    if len(headings) != 1:
        yield f"{len(headings)} h1 instead of one: {headings}"
    elif not page.title.removeprefix(ERROR_TITLE).startswith(headings[0]):
        yield f"the title {page.title!r} does not start with the h1 {headings[0]!r}"


def _says_error_when_there_is_one(page: Parsed) -> Iterator[str]:
    summaries = page.with_class(ERROR_SUMMARY)
    titled = page.title.startswith(ERROR_TITLE)
    if summaries and not titled:
        yield f"there is an error summary, but the title {page.title!r} does not start with {ERROR_TITLE!r}"
    if page.status == 422 and not titled:
        yield f"status 422, but the title {page.title!r} does not start with {ERROR_TITLE!r}"
    if page.status == 422 and not summaries:
        yield f"status 422, but no error summary (class {ERROR_SUMMARY!r})"
    if page.status == 200 and titled:
        yield "the title says Error, but the status is 200"
    for summary in summaries:
        for item in (e for e in summary.iter("li")):
            # The check page has no fields of its own: it leads to the page of the wizard that asks.
            if not any((a.get("href") or "").startswith(("#", "/daftar/")) for a in item.iter("a")):
                yield f"the error {text_of(item)!r} does not link to its field"


def _names_each_thing_once(page: Parsed) -> Iterator[str]:
    yield from (f"id {name!r} is used {count} times" for name, count in page.ids.items() if count > 1)
    for element in page.elements:
        named = [element.get("for") or "", element.get("list") or ""]
        for attribute in ("aria-describedby", "aria-labelledby", "aria-controls", "aria-errormessage"):
            named += (element.get(attribute) or "").split()
        href = element.get("href") or ""
        named += [href[1:]] if href.startswith("#") else []
        yield from (
            f"<{element.tag}> points to #{name}, which is not there"
            for name in named
            if name not in ["", *page.ids]
        )


def _forms_are_guarded(page: Parsed) -> Iterator[str]:
    for form in page.all("form"):
        tokens = [e.get("value") for e in form.iter("input") if e.get("name") == "csrf_token"]
        posts = (form.get("method") or "get").lower() == "post"
        where = f"the form to {form.get('action') or 'this page'}"
        if posts and (len(tokens) != 1 or not tokens[0]):
            yield f"{where} posts with {len(tokens)} CSRF tokens instead of one"
        if tokens and not posts:
            yield f"{where} would put its CSRF token into the address"
        if not any(True for _ in form.iter("button")):
            yield f"{where} has no button"


def _controls_have_names(page: Parsed) -> Iterator[str]:
    labelled = {e.get("for") for e in page.all("label") if text_of(e)}
    for control in page.all("input", "select", "textarea"):
        if (control.get("type") or "text").lower() in UNLABELLED:
            continue
        spoken = control.get("aria-label") or control.get("aria-labelledby") or control.get("id") in labelled
        if not (spoken or page.inside(control, "label")):
            yield f"<{control.tag} name={control.get('name')!r}> has no label"
    for fieldset in page.all("fieldset"):
        if not any(text_of(e) for e in fieldset.iter("legend")):
            yield "a fieldset has no legend"
    for element in page.all("a", "button"):
        pictures = "".join(e.get("alt") or "" for e in element.iter("img"))
        if element.get("href") == "#":
            yield f"the link {text_of(element)!r} leads nowhere"
        if not (text_of(element) or element.get("aria-label") or pictures):
            yield f"<{element.tag} href={element.get('href')!r}> says nothing"
    yield from ("an <img> has no alt" for e in page.all("img") if e.get("alt") is None)


def _nothing_is_inline(page: Parsed) -> Iterator[str]:
    for element in page.elements:
        if element.tag == "style":
            yield "a <style> element"
        if element.tag == "script" and not element.get("src") and element.get("type") not in DATA_SCRIPTS:
            yield "a <script> without src"
        for name, value in element.attrib.items():
            if name == "style" or re.match(r"on[a-z]+$", name):
                yield f"<{element.tag}> has an inline {name}"
            if name in ("href", "action", "formaction", "src") and value.strip().lower().startswith(
                ("javascript:", "data:")
            ):
                yield f"<{element.tag}> has {name}={value[:20]!r}"


def _is_rendered(page: Parsed) -> Iterator[str]:
    yield from (f"{mark!r} is left in the page" for mark in ("{{", "{%", "Undefined") if mark in page.html)


RULES = (
    _is_strict_html,
    _has_one_heading_and_a_title,
    _says_error_when_there_is_one,
    _names_each_thing_once,
    _forms_are_guarded,
    _controls_have_names,
    _nothing_is_inline,
    _is_rendered,
)
