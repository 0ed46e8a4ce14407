"""A registration typed into a real browser, the same with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Page

from tests.walking import SITI

BUTTONS = {"pin": "Simpan PIN", "periksa": "Kirim pendaftaran"}


def slug_of(page: Page) -> str:
    return page.url.split("?")[0].rstrip("/").rsplit("/", 1)[-1]


def fill(page: Page, answers: dict[str, Any]) -> None:
    """Type, choose and tick by the names of the fields."""
    for name, value in answers.items():
        for one in value if isinstance(value, list) else [value]:
            box = page.locator(f'[name="{name}"]')
            kind = box.first.evaluate("e => e.tagName == 'SELECT' ? 'select' : e.type")
            if kind == "select":
                box.select_option(str(one))
            elif kind in ("radio", "checkbox"):
                at = "" if one is True else f'[value="{one}"]'
                page.locator(f'[name="{name}"]{at}').check(force=True)
            else:
                box.fill(str(one))


def walk(
    page: Page, answers: dict[str, dict[str, Any]] = SITI, look: Callable[[str], None] | None = None
) -> Iterator[str]:
    """From the start page to the receipt; yields the name of each page before it is answered."""
    page.goto("/")
    yield "mulai"
    page.get_by_role("link", name=re.compile("^Daftar")).click()
    while True:
        page.wait_for_load_state()
        slug = slug_of(page)
        yield slug
        if slug == "selesai":
            return
        fill(page, {"benar": True} if slug == "periksa" else answers[slug])
        if look:
            look(slug)
        with page.expect_navigation():
            page.get_by_role("button", name=BUTTONS.get(slug, "Lanjut"), exact=True).click()
