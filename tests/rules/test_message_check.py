"""Words and codes of a message against what we said: one changed word, and it is not from us."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import codes
from app.rules.message_check import Verdict, asks_for, codes_in, foreign_words, verdict
from app.rules.own_address import Host, Link, Site, links

TITLE, BODY = "Hasil Gelombang 4 sudah keluar", "Buka halaman Anda untuk melihat hasilnya."
TEXTS = (TITLE, BODY)
CODE = "K7RM4TXP" + codes.check_symbol("K7RM4TXP")
SHOWN = codes.shown(CODE)


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        (f"{TITLE}\n{BODY}", ()),
        (f"{BODY} {TITLE}", ()),
        (TITLE.upper() + "!!!", ()),
        (f"{TITLE}. Kode pesan {SHOWN}", ()),
        (f"*{TITLE}* \U0001f389", ()),
        (SHOWN, ()),
        ("", ()),
        (f"{TITLE} https://gelombang.example/cek/{SHOWN}", ()),
        (f"{TITLE}. Transfer dulu", ("transfer", "dulu")),
        (TITLE.replace("4", "5"), None),
        (TITLE.replace("Hasil", "Ha\u0455il"), None),  # a Cyrillic s
        (f"{TITLE} {BODY.replace('Anda', 'kami')}", tuple(BODY.replace("Anda", "kami").lower()[:-1].split())),
        ("Selamat pagi", None),
        (f"{TITLE} tanya@jahat.id", ("tanya", "jahat", "id")),
    ],
)
def test_which_words_are_not_ours(text: str, foreign: tuple[str, ...] | None) -> None:
    found = links(text, Site("gelombang.example"))
    if "@" in text:
        assert found == []
    assert foreign_words(text, TEXTS, found) == foreign


@given(st.integers(0, 99), st.sampled_from(["x", "anda", "123", "\u0430"]))
def test_one_word_more_or_other_is_seen(at: int, word: str) -> None:
    said = f"{TITLE} {BODY}".split()
    more = [*said[: at % len(said)], f"{word}zz", *said[at % len(said) :]]
    other = [*said]
    other[at % len(said)] = f"{word}zz"
    assert foreign_words(" ".join(more), TEXTS) != ()
    assert foreign_words(" ".join(other), TEXTS) != ()


@pytest.mark.parametrize(
    ("text", "found", "claimed", "false"),
    [
        (f"Nomor {SHOWN} Anda", (CODE,), (), ()),
        (f"kode pesan: {SHOWN.lower()}", (CODE,), (CODE,), ()),
        (f"https://gelombang.example/cek/{CODE}", (CODE,), (CODE,), ()),
        ("kode pesan K7RM-4TXP-2", (), (), ("K7RM-4TXP-2",)),
        ("gelombang pelatihan", (), (), ()),
        (f"{SHOWN} {SHOWN}", (CODE,), (), ()),
    ],
)
def test_which_codes_stand_in_a_text(
    text: str, found: tuple[str, ...], claimed: tuple[str, ...], false: tuple[str, ...]
) -> None:
    seen = codes_in(text)
    assert (seen.found, seen.claimed) == (found, claimed)
    assert tuple(one.split()[0] for one in seen.false) == false


def link(kind: Host) -> Link:
    return Link("x", "x", kind)


@pytest.mark.parametrize(
    ("found", "known", "unknown", "foreign", "asked", "answer"),
    [
        ([], 1, 0, (), (), Verdict.OURS),
        ([link(Host.OWN)], 1, 0, (), (), Verdict.OURS),
        ([link(Host.KNOWN)], 1, 0, (), (), Verdict.OURS),
        ([link(Host.OWN)], 0, 0, (), (), Verdict.OWN_ADDRESS),
        ([link(Host.OWN)], 0, 0, None, (), Verdict.UNSURE),
        ([], 0, 0, None, (), Verdict.UNSURE),
        ([], 1, 0, None, (), Verdict.NOT_OURS),
        ([], 1, 0, ("x",), (), Verdict.NOT_OURS),
        ([], 1, 1, (), (), Verdict.NOT_OURS),
        ([], 0, 0, None, ("pulsa",), Verdict.NOT_OURS),
        *(
            ([link(Host.OWN), link(kind)], 1, 0, (), (), Verdict.NOT_OURS)
            for kind in Host
            if kind not in (Host.OWN, Host.KNOWN)
        ),
    ],
)
def test_one_false_part_makes_the_whole_false(found, known, unknown, foreign, asked, answer) -> None:
    assert verdict(found, known, unknown, foreign, asked) is answer


def test_what_we_never_ask_for() -> None:
    assert asks_for(("kirim", "kata", "sandi", "dan", "pulsa")) == ("kata sandi", "pulsa")
    assert asks_for(("pulsanya",)) == ()


@given(st.text(max_size=300))
def test_any_text_can_be_judged(text: str) -> None:
    codes_in(text)
    foreign_words(text, TEXTS, links(text, Site("gelombang.example")))
