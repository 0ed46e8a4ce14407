"""The path of a QR code draws exactly the modules of the code."""

from __future__ import annotations

import re

import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from app.rules import codes, qr


def _dark(drawn: qr.Qr) -> set[tuple[int, int]]:
    lines = re.findall(r"M(\d+) (\d+)\.5h(\d+)", drawn.path)
    assert "".join(f"M{x} {y}.5h{n}" for x, y, n in lines) == drawn.path
    return {(int(x) + step, int(y)) for x, y, n in lines for step in range(int(n))}


@settings(max_examples=20)
@given(st.text(min_size=1, max_size=120))
def test_every_dark_module_is_drawn_and_no_other(text: str) -> None:
    drawn = qr.draw(text)
    code = segno.make(text, error="m", micro=False)
    expected = {(x + 4, y + 4) for y, row in enumerate(code.matrix) for x, dark in enumerate(row) if dark}
    assert _dark(drawn) == expected
    assert drawn.size == len(code.matrix) + 8


@settings(max_examples=200)
@given(st.text(codes.CODE_SYMBOLS, min_size=codes.CODE_LENGTH, max_size=codes.CODE_LENGTH))
def test_a_ticket_put_together_is_the_code_that_segno_makes(code: str) -> None:
    shown = codes.shown(code)
    drawn = qr.draw_ticket(shown)
    whole = segno.make(shown, version=1, error="m", mode="byte", mask=3, boost_error=False)
    assert _dark(drawn) == {
        (x + 4, y + 4) for y, row in enumerate(whole.matrix) for x, dark in enumerate(row) if dark
    }
    assert drawn.size == len(whole.matrix) + 8
