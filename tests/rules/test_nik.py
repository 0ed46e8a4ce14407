"""NIK and KK: what is refused, what only warns, what is shown."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import kk, nik
from app.rules.nik import NikRefusal as R
from app.rules.nik import NikWarning as W

SITI = date(1988, 4, 17)


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("359901 570488 0003", "3599015704880003"),
        ("3599.0157.0488.0003", "3599015704880003"),
        ("3599-0157–0488—0003", "3599015704880003"),  # typographic dashes
        ("\u200e3599015704880003\u00a0", "3599015704880003"),  # direction mark, hard space
        ("3599015704880003\n", "3599015704880003"),
        ("35990157O4880003", "35990157O4880003"),  # a letter stays and is refused
        ("٣٥٩٩٠١٥٧٠٤٨٨٠٠٠٣", "٣٥٩٩٠١٥٧٠٤٨٨٠٠٠٣"),
        ("", ""),
    ],
)
def test_cleaning_drops_separators_only(typed, clean):
    assert nik.clean_digits(typed) == clean


@pytest.mark.parametrize(
    ("number", "kk_number", "why"),
    [
        ("3599015704880003", "3599011207150021", None),
        ("3599015704880003", "", None),
        ("3599015704880010", "", None),  # ends in 0: legal
        ("", "", R.NOT_16_DIGITS),
        ("359901570488003", "", R.NOT_16_DIGITS),
        ("35990157048800031", "", R.NOT_16_DIGITS),
        ("35990157O4880003", "", R.NOT_16_DIGITS),
        ("٣٥٩٩٠١٥٧٠٤٨٨٠٠٠٣", "", R.NOT_16_DIGITS),  # Arabic-Indic
        ("３５９９０１５７０４８８０００３", "", R.NOT_16_DIGITS),  # full width
        ("359901570488000²", "", R.NOT_16_DIGITS),
        ("0000000000000000", "", R.ALL_SAME),
        ("1111111111111111", "1111111111111111", R.ALL_SAME),
        ("3599011207150021", "3599011207150021", R.SAME_AS_KK),
    ],
)
def test_only_what_cannot_be_a_nik_is_refused(number, kk_number, why):
    assert nik.refusal(number, kk_number) is why


@pytest.mark.parametrize(
    ("number", "born", "sex", "expected"),
    [
        # women +40, men plain
        ("3599015704880003", SITI, "p", ()),
        ("3599011704880003", SITI, "l", ()),
        ("3599011704880003", SITI, "p", (W.SEX_DIFFERS,)),
        ("3599015704880003", SITI, "l", (W.SEX_DIFFERS,)),
        ("3599017104880003", date(1988, 4, 30), "p", (W.DATE_IMPOSSIBLE,)),  # day 31 of April
        ("3599017103880003", date(1988, 3, 31), "p", ()),  # day 71 is the 31st
        ("3599014101880003", date(1988, 1, 1), "p", ()),  # day 41 is the 1st
        # day 00, 32 to 40, 72 and up
        ("3599010004880003", SITI, "l", (W.DATE_IMPOSSIBLE,)),
        ("3599013204880003", SITI, "l", (W.DATE_IMPOSSIBLE,)),
        ("3599014004880003", SITI, "l", (W.DATE_IMPOSSIBLE,)),
        ("3599014004880003", SITI, "p", (W.DATE_IMPOSSIBLE,)),
        ("3599017204880003", SITI, "p", (W.DATE_IMPOSSIBLE,)),
        ("3599019904880003", SITI, "p", (W.DATE_IMPOSSIBLE,)),
        # month 00, 13 and up
        ("3599011700880003", SITI, "l", (W.DATE_IMPOSSIBLE,)),
        ("3599011713880003", SITI, "l", (W.DATE_IMPOSSIBLE,)),
        ("3599011799880003", SITI, "l", (W.DATE_IMPOSSIBLE,)),
        # 29 February
        ("3599012902880003", date(1988, 2, 29), "l", ()),
        ("3599016902880003", date(1988, 2, 29), "p", ()),
        ("3599012902870003", date(1987, 2, 28), "l", (W.DATE_IMPOSSIBLE,)),
        ("3599012902000003", date(2000, 2, 29), "l", ()),
        ("3599013002880003", date(1988, 2, 29), "l", (W.DATE_IMPOSSIBLE,)),
        # another day, month, year
        ("3599011804880003", SITI, "l", (W.BIRTH_DATE_DIFFERS,)),
        ("3599011705880003", SITI, "l", (W.BIRTH_DATE_DIFFERS,)),
        ("3599011704890003", SITI, "l", (W.BIRTH_DATE_DIFFERS,)),
        ("3599010417880003", SITI, "l", (W.DATE_IMPOSSIBLE,)),  # day and month swapped
        ("3599015704890003", SITI, "l", (W.BIRTH_DATE_DIFFERS, W.SEX_DIFFERS)),
        # the edges of 18 to 64 in November 2026: the century is never guessed
        ("3599012211080003", date(2008, 11, 22), "l", ()),
        ("3599012311610003", date(1961, 11, 23), "l", ()),
        ("3599012211080003", date(1908, 11, 22), "l", ()),
        ("3599010101000003", date(2000, 1, 1), "l", ()),
        ("3599013112990003", date(1999, 12, 31), "l", ()),
        # areas that have split since: the province is known, nothing else is asked
        ("6405011704880003", SITI, "l", ()),  # Berau/Bulungan before Kaltara
        ("7319011704880003", SITI, "l", ()),  # Sulsel before Sulbar
        ("9101011704880003", SITI, "l", ()),
        ("6501011704880003", SITI, "l", ()),
        ("9201011704880003", SITI, "l", ()),
        ("9601011704880003", SITI, "l", ()),
        ("3599991704880003", SITI, "l", ()),  # no such district: not looked at
        ("9901011704880003", SITI, "l", (W.UNKNOWN_PREFIX,)),
        ("0001011704880003", SITI, "l", (W.UNKNOWN_PREFIX,)),
        ("2001011704880003", SITI, "l", (W.UNKNOWN_PREFIX,)),
        # serial
        ("3599011704880000", SITI, "l", (W.SERIAL_0000,)),
        ("3599011704880001", SITI, "l", ()),
        # everything at once, in the order of the number
        ("9901010013880000", SITI, "l", (W.UNKNOWN_PREFIX, W.DATE_IMPOSSIBLE, W.SERIAL_0000)),
    ],
)
def test_odd_numbers_warn(number, born, sex, expected):
    assert nik.warnings(number, born, sex) == expected


def test_there_are_38_provinces():
    assert len(set(nik.PROVINCES)) == 38
    assert nik.PROVINCES[0] == "11"
    assert nik.PROVINCES[-1] == "96"


def test_warnings_ask_for_a_whole_nik():
    with pytest.raises(ValueError):
        nik.warnings("359901570488003", SITI, "p")


people = st.dates(date(1900, 1, 1), date(2099, 12, 31))
sexes = st.sampled_from(["p", "l"])


@given(people, sexes, st.sampled_from(nik.PROVINCES), st.integers(1, 9999))
def test_the_usual_nik_of_anybody_warns_of_nothing(born, sex, province, serial):
    number = f"{province}0101{nik.expected_middle(born, sex)}{serial:04}"
    assert nik.refusal(number, "") is None
    assert nik.warnings(number, born, sex) == ()


@given(people, sexes, people, sexes)
def test_another_birth_date_or_sex_always_warns_and_never_refuses(born, sex, typed, typed_sex):
    number = f"350101{nik.expected_middle(born, sex)}0001"
    found = nik.warnings(number, typed, typed_sex)
    assert nik.refusal(number, "") is None
    assert (W.SEX_DIFFERS in found) == (sex != typed_sex)
    same = (born.day, born.month, born.year % 100) == (typed.day, typed.month, typed.year % 100)
    assert (W.BIRTH_DATE_DIFFERS in found) == (not same)


@given(st.from_regex(r"[0-9]{16}", fullmatch=True), people, sexes)
def test_no_sixteen_digits_make_it_stumble(number, born, sex):
    found = nik.warnings(number, born, sex)
    assert len(set(found)) == len(found)


@given(st.text(max_size=40))
def test_reading_back_loses_nothing(text):
    cleaned = nik.clean_digits(text)
    assert "".join(nik.groups(cleaned)) == cleaned
    assert nik.clean_digits(cleaned) == cleaned


@pytest.mark.parametrize(
    ("typed", "groups"),
    [
        ("3599015704880003", ("359901", "570488", "0003")),
        ("359901570488003", ("359901", "570488", "003")),
        ("35990157", ("359901", "57", "")),
        ("", ("", "", "")),
    ],
)
def test_groups(typed, groups):
    assert nik.groups(typed) == groups


@pytest.mark.parametrize(
    ("born", "sex", "middle"),
    [(SITI, "p", "570488"), (SITI, "l", "170488"), (date(2001, 1, 2), "p", "420101")],
)
def test_expected_middle(born, sex, middle):
    assert nik.expected_middle(born, sex) == middle


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("359901570488003", "NIK baru 15 angka. NIK selalu 16 angka. Lihat lagi KTP Anda."),
        ("35990157048800031", "NIK yang Anda isi 17 angka. NIK selalu 16 angka. Lihat lagi KTP Anda."),
        ("35990157O4880003", "NIK hanya berisi angka 0 sampai 9, selalu 16 angka. Lihat lagi KTP Anda."),
        ("", "Isi NIK Anda, 16 angka."),
    ],
)
def test_the_words_count_the_digits(typed, words):
    assert nik.refusal_words(typed, R.NOT_16_DIGITS) == words


def test_words_for_every_reason():
    for why in R:
        assert nik.refusal_words("1", why)
    for why in kk.KkRefusal:
        assert "KK" in kk.refusal_words("1", why) or "Kartu Keluarga" in kk.refusal_words("1", why)
    assert set(nik.WARNING_WORDS) == set(W)
    assert kk.refusal_words("", kk.KkRefusal.NOT_16_DIGITS) == "Isi nomor KK Anda, 16 angka."


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("3599011207150021", None),
        ("3599019999990000", None),  # neither the date nor the serial of a KK is looked at
        ("359901120715002", kk.KkRefusal.NOT_16_DIGITS),
        ("٣٥٩٩٠١٥٧٠٤٨٨٠٠٠٣", kk.KkRefusal.NOT_16_DIGITS),
        ("7777777777777777", kk.KkRefusal.ALL_SAME),
    ],
)
def test_kk(number, why):
    assert kk.refusal(number) is why


@given(st.from_regex(r"[0-9]{16}", fullmatch=True))
def test_sixteen_digits_are_a_kk_unless_they_are_all_the_same(number):
    assert kk.refusal(number) == (kk.KkRefusal.ALL_SAME if number == number[0] * 16 else None)


@given(st.one_of(st.text(max_size=20), st.text(st.characters(categories=["Nd", "No"]), max_size=20)))
def test_nothing_but_sixteen_ascii_digits_is_a_kk(text):
    is_whole = re.fullmatch("[0-9]{16}", text) is not None
    assert (kk.refusal(text) is kk.KkRefusal.NOT_16_DIGITS) == (not is_whole)
    assert kk.refusal_words(text, kk.KkRefusal.NOT_16_DIGITS)


@given(
    st.from_regex(r"[0-9]{16}", fullmatch=True),
    st.lists(st.text(" .-\u00a0\u200e\u2013", max_size=2), min_size=17, max_size=17),
)
def test_whatever_stands_between_the_digits_it_is_the_same_card(number, between):
    typed = between[0] + "".join(digit + mark for digit, mark in zip(number, between[1:], strict=True))
    assert nik.clean_digits(typed) == number
    assert kk.refusal(nik.clean_digits(typed)) == kk.refusal(number)
