from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.rules import eligibility
from app.rules.eligibility import Bar, Claims

FINE = {"in_age_range": "ya", "in_school": "tidak", "barred_office": "tidak", "family_full": "tidak"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ()),
        ({"family_full": "tahu"}, ()),
        ({"in_age_range": "tidak"}, (Bar.AGE,)),
        ({"in_school": "ya"}, (Bar.IN_SCHOOL,)),
        ({"barred_office": "ya"}, (Bar.BARRED_OFFICE,)),
        ({"family_full": "ya"}, (Bar.FAMILY_FULL,)),
        ({"in_school": "ya", "in_age_range": "tidak"}, (Bar.AGE, Bar.IN_SCHOOL)),
        (
            {"in_age_range": "tidak", "in_school": "ya", "barred_office": "ya", "family_full": "ya"},
            (Bar.AGE, Bar.IN_SCHOOL, Bar.BARRED_OFFICE, Bar.FAMILY_FULL),
        ),
    ],
)
def test_bars(changed, expected):
    assert eligibility.bars(Claims(**{**FINE, **changed})) == expected


def test_unanswered_questions_bar_nobody():
    assert eligibility.bars(Claims()) == ()


def test_each_question_raises_its_own_bar_whatever_the_others_say():
    answers = ("ya", "tidak", "tahu", None)
    for age, school, office, family in product(answers, repeat=4):
        found = eligibility.bars(Claims(age, school, office, family))
        assert (Bar.AGE in found) == (age == "tidak")
        assert (Bar.IN_SCHOOL in found) == (school == "ya")
        assert (Bar.BARRED_OFFICE in found) == (office == "ya")
        assert (Bar.FAMILY_FULL in found) == (family == "ya")


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2008, 11, 22), date(2026, 11, 21), 17),
        (date(2008, 11, 22), date(2026, 11, 22), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2026, 11, 22), date(2026, 11, 22), 0),
        (date(2026, 11, 23), date(2026, 11, 22), -1),
    ],
)
def test_age(born, on, years):
    assert eligibility.age_on(born, on) == years


@pytest.mark.parametrize(
    ("born", "bar"),
    [
        (date(2008, 11, 22), None),  # 18 today
        (date(2008, 11, 23), Bar.AGE),  # 18 tomorrow
        (date(1962, 11, 22), None),  # 64 today
        (date(1961, 11, 23), None),  # 65 tomorrow
        (date(1961, 11, 22), Bar.AGE),  # 65 today
        (date(2030, 1, 1), Bar.AGE),
    ],
)
def test_age_bar_has_both_edges_inside(born, bar):
    assert eligibility.age_bar(born, date(2026, 11, 22)) is bar


@given(st.dates(date(1900, 1, 1), date(2090, 1, 1)), st.dates(date(1900, 1, 1), date(2090, 1, 1)))
def test_a_year_later_everybody_is_one_year_older(born, on):
    assume((on.month, on.day) != (2, 29))
    assert eligibility.age_on(born, on.replace(year=on.year + 1)) == eligibility.age_on(born, on) + 1
    assert eligibility.age_on(born, born) == 0


def test_words_for_every_bar_name_rule_and_source():
    assert set(eligibility.WORDS) == set(Bar)
    for words in eligibility.WORDS.values():
        assert words.title
        assert words.rule.endswith(".")
        assert words.remedy.endswith(".")
        assert words.source
        assert words.remedy_title.endswith("?")
