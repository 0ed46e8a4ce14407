"""The instruments of the browser tests can find what they look for."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import Live, Window


def test_axe_finds_what_is_wrong_and_only_that(phone: Page, axe: Callable[[Page], list[str]]) -> None:
    good = "<!doctype html><html lang=id><title>x</title><main><h1>x</h1><p>x</p></main>"
    phone.set_content(good)
    assert axe(phone) == []
    phone.set_content(good.replace("<p>x</p>", "<img src=about:blank><input>"))
    assert {line.partition(" ")[0] for line in axe(phone)} == {"image-alt", "label"}


def test_a_window_notes_errors_and_strangers(window: Window) -> None:
    page = window(360, 640)
    page.set_content("<script>nothing.here()</script><img src='http://example.org/x.png'>")
    page.wait_for_load_state("networkidle")
    assert len(window.problems) == 2, window.problems
    window.problems.clear()


def test_the_screens_are_those_that_people_hold(phone: Page, live: Live) -> None:
    phone.goto("/tidak-ada")
    assert phone.url == f"{live.url}/tidak-ada"
    assert phone.evaluate("[innerWidth, navigator.language, matchMedia('(pointer: coarse)').matches]") == [
        360,
        "id-ID",
        True,
    ]


def test_scripts_can_be_off(phone_without_scripts: Page) -> None:
    phone_without_scripts.set_content(
        "<noscript><h1>mati</h1></noscript><script>document.title = 'hidup'</script>"
    )
    assert phone_without_scripts.inner_text("h1") == "mati"
    assert phone_without_scripts.title() == ""
