"""An SMS is one segment of the GSM alphabet, whatever the title; it leads to the code and never tells a result."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import local_time, notice_words
from app.rules.sms_text import SEGMENT, TooLong, septets, text

LINK = "https://gelombang.lumajangkab.go.id/cek/K7RM-4TXP-N"
SMS = notice_words.SMS_TITLE


def test_the_words():
    assert text("Hasil Gelombang 4 sudah keluar", LINK) == (
        "Hasil Gelombang 4 sudah keluar. Lihat https://gelombang.lumajangkab.go.id/cek/K7RM-4TXP-N lalu Masuk. "
        "Kami tidak pernah minta PIN, kode, atau uang."
    )


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("", 0),
        ("Halo", 4),
        ("@_\n\r", 4),
        ("[]{}~^|\\", 16),
        ("€", 2),
        ("é à ñ", 5),
        ("\u201c", None),
        ("\u2019", None),
        ("…", None),
        ("ç", None),
        ("`", None),
        ("\t", None),
        ("\U0001f30a", None),
    ],
)
def test_septets_of_the_gsm_alphabet(said, size):
    assert septets(said) == size


@given(st.text(max_size=120), st.integers(1, 80))
def test_any_title_is_one_segment(title, length):
    link = "https://" + "a" * length + "/cek/K7RM-4TXP-N"
    said = text(title, link)
    size = septets(said)
    assert size is not None
    assert size <= SEGMENT
    assert link in said


@given(st.text(alphabet="abc XYZ.,!", max_size=30))
def test_a_title_that_fits_stands_there(title):
    assert text(title, LINK).startswith(f"{title}. Lihat {LINK} ")


@pytest.mark.parametrize("title", ["Hasil \u201cGelombang\u201d 4", "H" * 120, "Hasil 4 \U0001f389"])
def test_a_title_that_does_not_fit_is_left_out(title):
    said = text(title, LINK)
    assert said.startswith(f"{SMS}. Lihat {LINK} ")
    assert "Kami tidak pernah minta" in said


def test_the_title_with_braces_is_no_template():
    assert text("{check} {0}", LINK).startswith("{check} {0}. Lihat https://")


def test_an_address_that_is_too_long_is_said_so():
    with pytest.raises(TooLong):
        text("Hasil", "https://" + "a" * 150)


def test_the_longest_date_fits_beside_a_long_address():
    due = local_time.end_of_day(date(2026, 9, 30), "WITA")
    title = f"Batas waktu Anda: {local_time.long_day(due, 'WITA')}"
    assert text(title, LINK).startswith(title)


def test_no_word_of_ours_tells_a_result():
    for said in (SMS, *notice_words.SMS):
        assert not {"terpilih", "cadangan", "lolos"} & set(said.lower().split())
