"""When two records may be one person: every slip is found from both sides, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import likeness, names
from app.rules.likeness import Traits, Why

NIK = "3599015704880003"
NUMBERS = st.text("0123456789", min_size=16, max_size=16)


def _traits(
    nik: str = NIK, name: str = "Siti Marlina", birth: str = "1988-04-17", phone: str = "", kk: str = ""
) -> Traits:
    return Traits(nik, names.search_key(name), birth, phone, kk)


# numbers ------------------------------------------------------------------------------------------


@given(NUMBERS)
def test_slips_are_different_near_and_found_from_both_sides(number):
    found = list(likeness.slips(number))
    assert len(found) == len(set(found)) <= 16 * 9 + 15
    assert number not in found
    for other in found:
        assert likeness.slip(number, other) == likeness.slip(other, number) != ()


@given(NUMBERS, st.integers(0, 15), st.integers(1, 9))
def test_every_wrong_digit_is_among_the_slips(number, place, add):
    wrong = number[:place] + str((int(number[place]) + add) % 10) + number[place + 1 :]
    assert wrong in set(likeness.slips(number))
    assert likeness.slip(number, wrong) == (place + 1,)
    assert likeness.slip_words(number, wrong) == f"Beda satu angka, yang ke-{place + 1}"


@given(NUMBERS, st.integers(0, 14))
def test_every_swap_of_neighbours_is_among_the_slips(number, place):
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped == number:
        assert likeness.slip(number, swapped) == ()
    else:
        assert swapped in set(likeness.slips(number))
        assert likeness.slip_words(number, swapped) == f"Angka ke-{place + 1} dan ke-{place + 2} tertukar"


@given(NUMBERS, NUMBERS)
def test_a_slip_is_exactly_what_slips_make(one, other):
    assert bool(likeness.slip(one, other)) == (other in set(likeness.slips(one)))


@pytest.mark.parametrize(
    "other",
    [
        "3599015704880003",  # the same
        "3599015704881103",  # two wrong digits
        "3599015704880300",  # the last four turned: no neighbours swapped
        "3599015784800003",  # swapped over a distance
        "359901570488003",  # one digit left out
        "",
    ],
)
def test_more_than_one_slip_is_no_slip(other):
    assert likeness.slip(NIK, other) == ()
    assert likeness.slip_words(NIK, other) == ""


# reasons ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (_traits("3599015704880013"), (Why.NEAR_NIK, Why.SAME_NAME_AND_BIRTH)),
        (_traits("3599010101900001"), (Why.SAME_NAME_AND_BIRTH,)),
        (_traits("3599010101900001", name="SITI  MARLINA."), (Why.SAME_NAME_AND_BIRTH,)),
        (_traits("3599010101900001", birth="1988-04-18"), ()),
        (_traits("3599010101900001", name="Siti Marlena"), ()),
        (_traits("3599010101900001", name="Budi", phone="+6281"), (Why.SAME_PHONE,)),
        (_traits(name="Budi"), (Why.SAME_NIK,)),
    ],
)
def test_reasons_in_their_order(other, why):
    one = _traits(phone="+6281")
    assert likeness.reasons(one, other) == likeness.reasons(other, one) == why


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        ({"name": "Budi Santoso"}, False),  # born on the same day in the same place: the next serial
        ({"name": "Siti Aminah"}, False),
        ({"name": "Siti Marlena"}, True),
        ({"name": "SITI MARLINA, S.Pd"}, True),
        ({"name": "Budi Santoso", "phone": "+6281"}, True),
        ({"name": "Budi Santoso", "kk": "3599011207150021"}, True),
        ({"name": "Budi Santoso", "kk": "3599011207150022", "phone": "+6282"}, False),
    ],
)
def test_a_near_nik_needs_something_else_in_common(other, counts):
    one = _traits(phone="+6281", kk="3599011207150021")
    two = _traits("3599015704880013", birth="1990-01-01", **other)
    assert (Why.NEAR_NIK in likeness.reasons(one, two)) == counts
    assert likeness.reasons(one, two) == likeness.reasons(two, one)


def test_nothing_in_common_is_no_reason():
    nobody = Traits("3599010101900001", "", "1988-04-17")
    assert likeness.reasons(nobody, Traits("3599015704880003", "", "1988-04-17")) == ()  # two empty names


@given(NUMBERS, NUMBERS, st.sampled_from(["", "+6281", "+6282"]), st.sampled_from(["", "+6281"]))
def test_reasons_do_not_depend_on_the_order(one, other, phone, mobile):
    a, b = _traits(one, phone=phone), _traits(other, phone=mobile)
    assert likeness.reasons(a, b) == likeness.reasons(b, a)


def test_every_reason_has_words():
    assert set(likeness.WORDS) == set(Why)


# names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("SITI MARLINA", "Siti Marlina"),
        ("Marlina Siti", "Siti Marlina"),
        ("Hj. Siti Marlina, S.Pd.", "Siti Marlina"),
        ("M. Yusuf", "Muhammad Yusuf"),
        ("Moch Yusuf", "Mohammad Yusuf"),
        ("S. Marlina", "Siti Marlina"),
        ("Siti", "Siti Marlina"),
        ("SITI NUR AINI RAHMAW", "Siti Nur Aini Rahmawati"),
        ("Siti Nuraini", "Siti Nur Aini"),
        ("Nur'aini", "Nuraini"),
        ("Hj", "Hj"),
    ],
)
def test_one_name_in_many_ways(written, known):
    assert likeness.same_name(written, known)
    assert likeness.same_name(known, written)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Siti Marlena", "Siti Marlina"),
        ("Siti Aminah", "Siti Marlina"),
        ("Budi Santoso", "Siti Marlina"),
        ("S. M.", "Siti Marlina"),  # initials alone are anybody
        ("Siti Siti", "Siti Marlina"),
        ("=1+1", "Siti Marlina"),
        ("", "Siti Marlina"),
        ("Siti Marlina", ""),
    ],
)
def test_two_names(written, known):
    assert not likeness.same_name(written, known)


@given(st.text(max_size=40), st.text(max_size=40))
def test_names_agree_in_both_directions(one, other):
    assert likeness.same_name(one, other) == likeness.same_name(other, one)
