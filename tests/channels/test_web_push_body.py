"""Bodies say one thing in every browser, and their length says nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.web_push import BODY_BYTES, BodyTooLong, padded_body

SELECTED = {
    "title": "Hasil Gelombang 4 sudah keluar",
    "body": "Ketuk untuk melihat.",
    "navigate": "https://gelombang.example.org/saya/kabar",
    "tag": "wave4",
}


def test_it_is_declarative_web_push() -> None:
    assert json.loads(padded_body(SELECTED)) == {"web_push": 8030, "notification": {"lang": "id", **SELECTED}}


@given(
    title=st.text(min_size=1, max_size=60).filter(str.strip),
    body=st.text(max_size=80),
)
def test_all_bodies_have_one_length(title: str, body: str) -> None:
    try:
        raw = padded_body(SELECTED | {"title": title, "body": body})
    except UnicodeEncodeError:
        return  # half a surrogate pair is not text
    assert len(raw) == BODY_BYTES
    assert json.loads(raw)["notification"]["title"] == title


def test_it_fits_into_the_one_record_that_rfc_8291_allows() -> None:
    assert BODY_BYTES <= 3993
    assert len(padded_body(SELECTED, 3993)) == 3993
    with pytest.raises(ValueError, match="3993"):
        padded_body(SELECTED, 3994)


def test_words_that_do_not_fit_are_refused_not_cut() -> None:
    room = BODY_BYTES - len(padded_body(SELECTED | {"body": ""}).rstrip())
    assert len(padded_body(SELECTED | {"body": "x" * room})) == BODY_BYTES
    with pytest.raises(BodyTooLong):
        padded_body(SELECTED | {"body": "x" * (room + 1)})
    with pytest.raises(BodyTooLong):
        padded_body(SELECTED | {"body": "é" * (room // 2 + 1)})  # bytes count, not letters


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"title": "  "},
        {"title": None},
        {"navigate": "/saya/kabar"},
        {"navigate": "//gelombang.example.org/saya"},
        {"navigate": "javascript:alert(1)"},
        {"navigate": None},
        {"app_badge": "1"},
        {"mutable": True},
    ],
)
def test_a_notification_that_a_browser_would_not_show_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        padded_body(SELECTED | change)
