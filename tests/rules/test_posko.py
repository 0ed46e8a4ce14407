"""What may be said of a help post."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.rules import phone, posko
from app.rules.posko import Facts

AREA = {"35.08.14", "35.08.15"}
GOOD = Facts("Posko Sukodono", "35.08.15", "Balai desa Kutorenon", "0334-555-014", "Senin, pukul 08.00-12.00")


def test_a_good_one_is_kept_clean():
    assert posko.problems(GOOD, AREA) == ()
    messy = replace(GOOD, name="  Posko   Sukodono ", phone=" (0334) 555014 ")
    assert messy.cleaned() == replace(GOOD, phone="+62334555014")
    assert replace(GOOD, phone="", hours="").cleaned().phone == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "x" * 61),
        ("district", ""),
        ("district", "35.09.15"),
        ("address", ""),
        ("address", "x" * 201),
        ("phone", "0334"),
        ("phone", "+1 202 555 0100"),
        ("phone", "telepon saja"),
        ("hours", "x" * 81),
    ],
)
def test_what_is_wrong_is_named(field, value):
    assert [name for name, _ in posko.problems(replace(GOOD, **{field: value}), AREA)] == [field]


def test_everything_is_said_at_once():
    found = [name for name, _ in posko.problems(Facts("", "", "", "x", ""), AREA)]
    assert found == ["name", "district", "address", "phone"]


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("0334-555-014", "+62334555014", "(0334) 555014"),
        ("(021) 5255733", "+62215255733", "(021) 5255733"),
        ("0812 3456 7890", "+6281234567890", "0812-3456-7890"),
        ("+62 812-3456-7890", "+6281234567890", "0812-3456-7890"),
    ],
)
def test_numbers_of_a_house(typed, kept, shown):
    assert phone.parse_line(typed) == kept
    assert phone.line_shown(kept) == shown
    assert phone.parse_line(shown) == kept, "what the form shows can be sent again"


def test_what_is_no_number_stays_as_it_was_written():
    assert phone.line_shown("lewat Pak RT") == "lewat Pak RT"
    assert phone.line_shown("") == ""
