from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import codes
from app.rules.codes import CodeError
from app.rules.codes import CodeProblem as P

bodies = st.text(codes.CODE_SYMBOLS, min_size=8, max_size=8)
keys = st.text(codes.KEY_SYMBOLS, min_size=8, max_size=8)


def dealt(*numbers: int) -> Callable[[int], int]:
    """A randbelow that deals these numbers in turn."""
    rest = iter(numbers)
    return lambda n: next(rest) % n


def reason(parse: Callable[[str], str], text: str) -> P:
    with pytest.raises(CodeError) as caught:
        parse(text)
    return caught.value.code


def test_the_alphabets():
    assert len(set(codes.CODE_SYMBOLS)) == 23  # a prime: the check symbol depends on it
    assert not set(codes.CODE_SYMBOLS) & set("01OILAEUQZSGB")
    assert len(set(codes.KEY_SYMBOLS)) == 32  # 8 symbols are 40 bits
    assert not set(codes.KEY_SYMBOLS) & set("ILOU")


@given(bodies, st.integers(0, 8), st.sampled_from(codes.CODE_SYMBOLS))
def test_every_wrong_symbol_is_caught(body, at, other):
    code = body + codes.check_symbol(body)
    wrong = code[:at] + other + code[at + 1 :]
    if wrong == code:
        assert codes.parse(wrong) == code
    else:
        assert reason(codes.parse, wrong) is P.WRONG_CHECK


@given(bodies, st.integers(0, 8), st.integers(0, 8))
def test_every_swap_of_two_symbols_is_caught(body, i, j):
    """Neighbours and any other two: all nine weights differ modulo 23."""
    code = list(body + codes.check_symbol(body))
    code[i], code[j] = code[j], code[i]
    swapped = "".join(code)
    if swapped[:8] == body:
        assert codes.parse(swapped)
    else:
        assert reason(codes.parse, swapped) is P.WRONG_CHECK


def test_all_single_errors_and_neighbour_swaps_of_one_code_by_hand():
    code = codes.parse("K7RM-4TXP-N")
    for at in range(9):
        for other in set(codes.CODE_SYMBOLS) - {code[at]}:
            assert reason(codes.parse, code[:at] + other + code[at + 1 :]) is P.WRONG_CHECK
    for at in range(8):
        swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
        assert (swapped == code) or reason(codes.parse, swapped) is P.WRONG_CHECK


@pytest.mark.parametrize(
    "typed",
    [
        "K7RM4TXPN",
        "K7RM-4TXP-N",
        "k7rm 4txp n",
        " K7RM–4TXP–N ",
        "k7r-m4t-xpn",
        "K7RM.4TXP.N",
        "\u200eK7RM-4TXP-N\n",
    ],
)
def test_codes_as_people_type_them(typed):
    assert codes.parse(typed) == "K7RM4TXPN"


@given(bodies)
def test_look_alike_letters_are_read_as_the_digit_that_was_printed(body):
    code = body + codes.check_symbol(body)
    assert codes.parse(codes.shown(code).translate(str.maketrans("2568", "zsgb"))) == code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", P.EMPTY),
        (" - ", P.EMPTY),
        ("K7RM-4TXP", P.WRONG_LENGTH),
        ("K7RM-4TXP-NN", P.WRONG_LENGTH),
        ("K7RM-4TXP-0", P.WRONG_SYMBOL),
        ("A7RM-4TXP-N", P.WRONG_SYMBOL),
        ("K7RM-4TX?-N", P.WRONG_SYMBOL),
        ("K7RM-4TXP-ſ", P.WRONG_SYMBOL),  # long s: a capital S, but nobody types it
        ("K７RM-4TXP-N", P.WRONG_SYMBOL),  # full width
        ("K7RM-4TXP-9", P.WRONG_CHECK),
        ("7KRM-4TXP-N", P.WRONG_CHECK),
    ],
)
def test_code_refusals_tell_length_symbol_and_check_apart(typed, code):
    assert reason(codes.parse, typed) is code


@given(st.lists(st.integers(0, 22), min_size=8, max_size=8))
def test_a_new_code_reads_back(numbers):
    code = codes.new_code(dealt(*numbers))
    assert len(code) == codes.CODE_LENGTH
    assert codes.parse(codes.shown(code)) == code
    assert code[:8] == "".join(codes.CODE_SYMBOLS[n] for n in numbers)


def test_new_codes_come_from_the_secret_source_by_default():
    assert len({codes.new_code() for _ in range(200)}) == 200
    assert len({codes.new_key() for _ in range(200)}) == 200


def test_shown():
    assert codes.shown("K7RM4TXPN") == "K7RM-4TXP-N"
    assert codes.shown_key("ABCDEFGH") == "ABCD-EFGH"


@given(keys)
def test_a_key_reads_back(key):
    assert codes.parse_key(codes.shown_key(key).lower()) == key


@given(st.lists(st.integers(0, 31), min_size=8, max_size=8))
def test_a_new_key_uses_all_40_bits(numbers):
    assert codes.new_key(dealt(*numbers)) == "".join(codes.KEY_SYMBOLS[n] for n in numbers)


@pytest.mark.parametrize(("typed", "key"), [("oOiI-lLuU", "001111VV"), ("abcd efgh", "ABCDEFGH")])
def test_key_look_alikes_mean_one_thing(typed, key):
    assert codes.parse_key(typed) == key


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", P.EMPTY),
        ("ABCD-EFG", P.WRONG_LENGTH),
        ("ABCD-EFGHJ", P.WRONG_LENGTH),
        ("ABCD-EFG!", P.WRONG_SYMBOL),
    ],
)
def test_key_refusals(typed, code):
    assert reason(codes.parse_key, typed) is code


@given(st.text(max_size=20))
def test_any_text_gives_a_code_or_a_reason(text):
    for parse in (codes.parse, codes.parse_key):
        try:
            outcome = parse(text)
        except CodeError as refused:
            outcome = refused.code
        assert outcome in codes.WORDS or set(outcome) <= set(codes.KEY_SYMBOLS)


def test_digits_keep_leading_zeros():
    assert codes.new_digits(6, dealt(0, 0, 7, 1, 2, 3)) == "007123"
    assert len(codes.new_digits(8)) == 8


def test_words_for_every_reason():
    assert set(codes.WORDS) == set(P)
    assert set(codes.KEY_WORDS) == set(P) - {P.WRONG_CHECK}


@given(st.integers(0, 23**8 - 1))
def test_many_codes_at_once_are_codes_of_their_own_number(number):
    (code,) = codes.new_codes(1, lambda _: number)
    assert codes.parse(code) == code
    read = 0
    for symbol in code[:-1]:
        read = read * 23 + codes.CODE_SYMBOLS.index(symbol)
    assert read == number


def test_many_codes_are_drawn_one_by_one():
    made = codes.new_codes(500)
    assert len(set(made)) == 500
    assert all(codes.parse(code) == code for code in made)
