from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import phone
from app.rules.phone import PhoneError
from app.rules.phone import PhoneProblem as P


@pytest.mark.parametrize(
    "typed",
    [
        "081234567890",
        "81234567890",
        "6281234567890",
        "+6281234567890",
        "+62081234567890",
        "62 0812 3456 7890",
        "006281234567890",
        "0812-3456-7890",
        "0812.3456.7890",
        "(0812) 3456 7890",
        "+62 (0) 812-3456-7890",
        "  0812 3456 7890  ",
        "\u202a+62 812\u20113456\u20117890\u202c",  # as copied from a contact list
    ],
)
def test_every_way_of_writing_gives_one_number(typed):
    assert phone.parse(typed) == "+6281234567890"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", P.EMPTY),
        ("  -  ", P.EMPTY),
        ("nol delapan", P.NOT_A_NUMBER),
        ("0812abc34567", P.NOT_A_NUMBER),
        ("٠٨١٢٣٤٥٦٧٨٩٠", P.NOT_A_NUMBER),
        ("０８１２３４５６７８９０", P.NOT_A_NUMBER),
        ("+", P.NOT_A_NUMBER),
        ("++6281234567890", P.NOT_A_NUMBER),
        ("0812+34567890", P.NOT_A_NUMBER),
        ("0812345", P.TOO_SHORT),
        ("081234567", P.TOO_SHORT),  # 9 digits
        ("62081234567", P.TOO_SHORT),
        ("08123456789012", P.TOO_LONG),  # 14 digits
        ("0812345678901234567890", P.TOO_LONG),
        ("0211234567", P.NOT_MOBILE),  # Jakarta landline
        ("+62 21 1234567", P.NOT_MOBILE),
        ("0841234567", P.NOT_MOBILE),  # 084 is not given out
        ("0801234567", P.NOT_MOBILE),
        ("0", P.NOT_MOBILE),
        ("62", P.NOT_MOBILE),
        ("+15551234567", P.NOT_INDONESIAN),
        ("+60123456789", P.NOT_INDONESIAN),
        ("0060123456789", P.NOT_INDONESIAN),
    ],
)
def test_refusals_say_why(typed, code):
    with pytest.raises(PhoneError) as caught:
        phone.parse(typed)
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("e164", "shown", "masked"),
    [
        ("+6281234567890", "0812-3456-7890", "0812-••••-7890"),
        ("+62812345678", "0812-3456-78", "0812-••••-78"),
        ("+628123456789", "0812-3456-789", "0812-••••-789"),
        ("+62812345678901", "0812-3456-78901", "0812-••••-8901"),
    ],
)
def test_showing(e164, shown, masked):
    assert phone.shown(e164) == shown
    assert phone.masked(e164) == masked


numbers = st.builds(
    lambda second, rest: f"8{second}{rest}",
    st.sampled_from("12356789"),
    st.from_regex(r"[0-9]{7,10}", fullmatch=True),
)


@given(numbers)
def test_what_is_shown_can_be_typed_back(number):
    e164 = phone.parse(number)
    assert e164 == f"+62{number}"
    assert phone.parse(phone.shown(e164)) == e164
    assert len(phone.masked(e164).replace("•", "").replace("-", "")) <= 8


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_any_text_gives_a_number_or_a_reason(text):
    try:
        e164 = phone.parse(text)
    except PhoneError as refused:
        e164 = refused.code.value
    if e164 not in set(P):
        assert e164.startswith("+628")
        assert 12 <= len(e164) <= 15


def test_the_whatsapp_link_quotes_everything():
    link = phone.wa_link("+6281234567890", "Halo & selamat pagi? #1")
    assert link == "https://wa.me/6281234567890?text=Halo%20%26%20selamat%20pagi%3F%20%231"


def test_words_for_every_reason():
    assert set(phone.WORDS) == set(P)
