"""Signing in as a person does it: pages, cookies and words, on both databases."""

from __future__ import annotations

import pytest

from tests.pages import Visitor
from tests.services.people import NIK, person

pytestmark = pytest.mark.usefixtures("office")


def test_pages(visitor: Visitor) -> None:
    person()
    for path in ("/masuk", "/masuk/kunci", "/masuk/email", "/masuk/kode-posko", "/lupa-pin", "/keluar"):
        visitor.open(path)
    page = visitor.open("/masuk").submit(nik=NIK, pin="111", status=422)
    print(page.errors)
