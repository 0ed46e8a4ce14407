"""Passwords of the office: length, and nothing that everybody tries first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.password import LONGEST, SHORTEST, WORDS, PasswordProblem, normalised, problem

USERNAME = "dewi.anggraini"


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("elevenchars", PasswordProblem.TOO_SHORT),
        ("tas hujan 9 x", None),
        ("x" * 201, PasswordProblem.TOO_LONG),
        ("kuda biru makan genteng", None),
        ("x9!kQ2#mVz7p", None),
        ("пароль из слов", None),
        ("password1234", PasswordProblem.COMMON),
        ("P@ssw0rd2026!", PasswordProblem.COMMON),
        ("Rahasia12345", PasswordProblem.COMMON),
        ("rahasiakita99", PasswordProblem.COMMON),
        ("indonesiaindonesia", PasswordProblem.COMMON),
        ("Lumajang2026!", PasswordProblem.COMMON),
        ("qwertyuiop12", PasswordProblem.COMMON),
        ("drowssap123456", PasswordProblem.COMMON),
        ("123456789012", PasswordProblem.COMMON),
        ("abababababab", PasswordProblem.COMMON),
        ("17-08-1945 17-08-1945", PasswordProblem.COMMON),
        ("Dewi Anggraini 2026 ya", PasswordProblem.LIKE_USERNAME),
        ("iniarggna.iwed kebalik", PasswordProblem.LIKE_USERNAME),
    ],
)
def test_a_password(password: str, expected: PasswordProblem | None) -> None:
    assert problem(password, USERNAME) == expected


@given(st.text(min_size=0, max_size=LONGEST + 20))
def test_every_text_is_judged(text: str) -> None:
    password = normalised(text)
    why = problem(password, USERNAME)
    assert why is None or WORDS[why]
    assert (why is PasswordProblem.TOO_SHORT) == (len(password) < SHORTEST)


@given(
    st.lists(
        st.sampled_from(["sawah", "hujan", "meja", "ungu", "gerobak", "ember", "kursi", "paku"]),
        min_size=4,
        max_size=6,
    )
)
def test_four_unrelated_words_are_welcome(words: list[str]) -> None:
    if len(set(words)) > 2:
        assert problem(" ".join(words), USERNAME) is None


def test_the_same_password_from_every_keyboard() -> None:
    assert normalised("Ｐａｓｓ １２") == "Pass 12"
    assert normalised("e\u0301") == normalised("\u00e9")
