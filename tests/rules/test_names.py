"""One key for every way of writing a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.names import LONGEST_KEY, search_key, searchable


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Siti Marlina", " siti marlina"),
        ("  SITI   marlina ", " siti marlina"),
        ("Nur'aini", " nuraini"),
        ("Nur’aini", " nuraini"),
        ("M.Yusuf", " m yusuf"),
        ("Désirée Ñoño", " desiree nono"),
        ("H. Abd. Rahman, S.Pd", " h abd rahman s pd"),
        ("Sri-Wahyuni 2", " sri wahyuni 2"),
        ("ﬁtri", " fitri"),
        ("", ""),
        ("…", ""),
    ],
)
def test_a_name(text: str, key: str) -> None:
    assert search_key(text) == key


@given(st.text(max_size=400))
def test_a_key_holds_only_what_a_search_can_hold(text: str) -> None:
    key = search_key(text)
    assert len(key) <= LONGEST_KEY
    assert key == key.lower()
    assert key == "" or (key.startswith(" ") and not key.endswith(" ") and "  " not in key)
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert search_key(key) == key


@pytest.mark.parametrize(
    ("text", "enough"), [("si", False), ("s i t i", False), ("sit", True), ("m yusuf", True)]
)
def test_three_letters_are_enough(text: str, enough: bool) -> None:
    assert searchable(text) is enough
