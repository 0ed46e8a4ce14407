"""A form of a page, filled in and sent as a browser does it."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from werkzeug.datastructures import MultiDict

from tests.inspection import Parsed, text_of

BUTTONS = {"submit", "button", "image", "reset"}
#: What a browser never fills in again.
SECRET = {"password", "file"}


def _hides(element: Element) -> bool:
    """A PIN box: not type=password, which makes a browser offer to save it on a family's phone."""
    return "dots" in (element.get("class") or "").split()


class Form:
    """A form as a person sees it: fields that can be filled, choices that can be made, buttons."""

    def __init__(self, page: Parsed, url: str, element: Element) -> None:
        self.url = url
        self.element = element
        self.method = (element.get("method") or "get").lower()
        self.action = element.get("action") or url
        own = element.get("id")
        outside = [e for e in page.elements if own and e.get("form") == own]
        self.controls = [e for e in [*element.iter(), *outside] if e.tag in ("input", "select", "textarea")]
        self.pressable = [e for e in [*element.iter(), *outside] if e.tag == "button"]
        self.typed: dict[str, list[Any]] = {}

    @property
    def names(self) -> set[str]:
        return {e.get("name") or "" for e in self.controls if _kind(e) not in BUTTONS} - {""}

    def named(self, kinds: set[str]) -> set[str]:
        """The names of the fields of these kinds."""
        return {
            e.get("name") or "" for e in self.controls if _kind(e) in kinds or (_hides(e) and kinds is SECRET)
        }

    @property
    def buttons(self) -> list[str]:
        return [text_of(e) or e.get("aria-label") or "" for e in self.pressable if _kind(e) != "button"]

    @property
    def values(self) -> MultiDict[str, str]:
        """What the fields hold as the page came, or as filled since."""
        return MultiDict([(name, value) for e in self.controls for name, value in self._sent(e)])

    def options(self, name: str) -> list[str]:
        """The values that a group of choices or a list offers."""
        found = [e for e in self.controls if e.get("name") == name]
        lists = [o for e in found if e.tag == "select" for o in e.iter("option")]
        return [e.get("value") or text_of(e) for e in lists] + [
            e.get("value") or "on" for e in found if _kind(e) in ("radio", "checkbox")
        ]

    def is_menu(self, name: str) -> bool:
        """Whether a field is a list that opens: without a choice a browser sends its first line."""
        return any(e.tag == "select" for e in self.controls if e.get("name") == name)

    def fits(self, button: str | None, names: tuple[str, ...]) -> bool:
        return self.names >= set(names) and (button is None or button in self.buttons)

    def fill(self, answers: dict[str, Any]) -> None:
        for name, answer in answers.items():
            given = answer if isinstance(answer, list) else [answer]
            offered = self.options(name)
            if offered and given == [True]:
                given = offered[:1]
            given = [value for value in given if value is not False]
            wrong = [value for value in given if offered and value not in offered]
            assert not wrong, f"{name} does not offer {wrong}, only {offered}"
            self.typed[name] = given

    def data(self, button: str | None) -> MultiDict[str, Any]:
        """What the browser would send when this button (or the first) is pressed."""
        data: MultiDict[str, Any] = self.values
        pressed = self._pressed(button)
        if pressed is not None and pressed.get("name"):
            data.add(pressed.get("name") or "", pressed.get("value") or "")
        return data

    def action_url(self, button: str | None) -> str:
        pressed = self._pressed(button)
        return urljoin(self.url, (pressed is not None and pressed.get("formaction")) or self.action)

    def _pressed(self, button: str | None) -> Element | None:
        named = [e for e in self.pressable if button in (None, text_of(e), e.get("aria-label"))]
        return named[0] if named else None

    def _sent(self, control: Element) -> list[tuple[str, Any]]:
        name, kind = control.get("name"), _kind(control)
        if not name or control.get("disabled") is not None or kind in BUTTONS:
            return []
        typed = self.typed.get(name)
        if kind in ("radio", "checkbox"):
            value = control.get("value") or "on"
            chosen = value in typed if typed is not None else control.get("checked") is not None
            return [(name, value)] if chosen else []
        if typed is not None:
            return [(name, _file(value) if kind == "file" else str(value)) for value in typed]
        if control.tag == "select":
            options = list(control.iter("option"))
            chosen_ones = [o for o in options if o.get("selected") is not None] or options[:1]
            return [(name, o.get("value") or text_of(o)) for o in chosen_ones]
        if kind == "file":
            return []
        return [(name, control.text or "" if control.tag == "textarea" else control.get("value") or "")]


def _kind(control: Element) -> str:
    return (control.get("type") or ("submit" if control.tag == "button" else "text")).lower()


def _file(value: tuple[bytes, str]) -> tuple[BytesIO, str]:
    return BytesIO(value[0]), value[1]
