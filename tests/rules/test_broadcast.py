"""Broadcasts: which words may stand in one, and a segment's form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.broadcast import (
    BODY_MOST,
    STATES,
    TITLE_MOST,
    Segment,
    Unopened,
    body_problem,
    listed,
    needs_second,
    title_problem,
)
from app.rules.own_address import Site

SITE = Site("gelombang.lumajangkab.go.id", True, frozenset({"prakerja.go.id"}))
BODY = "Sabtu ini posko buka pukul 08.00 sampai 12.00. Bawa KTP Anda."


@pytest.mark.parametrize(
    "title",
    [
        "Posko buka hari Sabtu",
        "Jadwal layanan di posko berubah",
        "Rapat 12 Desember 2026, pukul 08.00",
        "Hasil Gelombang 4 sudah keluar",
        "Tentukan jadwal kedatangan Anda",
        "x" * TITLE_MOST,
    ],
)
def test_titles_that_may_stand_on_a_lock_screen(title):
    assert title_problem(title, SITE) is None


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("", "paling sedikit 8"),
        ("Halo", "paling sedikit 8"),
        ("x" * (TITLE_MOST + 1), "Sekarang 61"),
        ("Anda terpilih di Gelombang 4", '"terpilih"'),
        ("Yang LOLOS harap datang", '"LOLOS"'),
        ("Peserta cadangan harap datang", '"cadangan"'),
        ("Selamat kepada para peserta", '"Selamat"'),
        ("Pendaftaran Anda diterima", '"diterima"'),
        ("Tempat Anda dicabut besok", '"dicabut"'),
        ("Buka gelombang.lumajangkab.go.id/saya", "tautan"),
        ("Info di bit.ly/abc sekarang", "tautan"),
        ("Untuk NIK 3599010101900001 saja", "nomor panjang"),
        ("Telepon 0812 3456 7890 sekarang", "nomor panjang"),
    ],
)
def test_titles_that_may_not(title, said):
    assert said in (title_problem(title, SITE) or "")


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        f"{BODY} Lihat https://gelombang.lumajangkab.go.id/posko untuk alamatnya.",
        f"{BODY} Telepon 0334-555-014.",
        f"{BODY} Yang sudah terpilih membawa buku tabungan.",  # the body stands on no lock screen
        "x " * (BODY_MOST // 2),
    ],
)
def test_texts_that_may_be_sent(body):
    assert body_problem(body.strip(), SITE) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Datang.", "paling sedikit 20"),
        ("x" * (BODY_MOST + 1), "Sekarang 601"),
        (f"{BODY} NIK 3599010101900001.", "16 angka"),
        (f"{BODY} NIK 359901 010190 0001.", "16 angka"),
        (f"{BODY} Buka https://prakerja.go.id sekarang.", "bukan alamat kami"),
        (f"{BODY} Buka bit.ly/3xyz sekarang.", "bukan alamat kami"),
        (f"{BODY} Buka https://gelombang.lumajangkab.go.id.evil.top/a", "bukan alamat kami"),
        (f"{BODY} Buka http://gelombang.lumajangkab.go.id/saya", "bukan alamat kami"),
        (f"{BODY} Buka https://gelombang.lumajangkab.go.id/saya?kode=abc", "tanda tanya"),
        (f"{BODY} https://gelombang.lumajangkab.go.id/email/berhenti/1.ab", "tanda tanya"),
    ],
)
def test_texts_that_may_not(body, said):
    assert said in (body_problem(body, SITE) or "")


@given(
    st.builds(
        Segment,
        wave=st.sampled_from(["", "0", "4", "9999"]),
        states=st.lists(st.sampled_from([one.value for one in STATES]), unique=True).map(tuple),
        districts=st.lists(st.sampled_from(["35.08.01", "35.08.15"]), unique=True).map(tuple),
        posko=st.sampled_from(["", "123"]),
        unopened=st.sampled_from([one.value for one in Unopened]),
    )
)
def test_a_segment_comes_back_as_it_was_stored(segment):
    again = Segment.from_json(segment.as_json())
    assert (set(again.states), set(again.districts)) == (set(segment.states), set(segment.districts))
    assert (again.wave, again.posko, again.unopened) == (segment.wave, segment.posko, segment.unopened)
    assert again.as_json() == segment.as_json()


@pytest.mark.parametrize(("people", "alone", "second"), [(500, 500, False), (501, 500, True), (1, 0, True)])
def test_more_than_one_person_may_address_needs_a_second(people, alone, second):
    assert needs_second(people, alone) is second


def test_words_in_a_row():
    assert [listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a dan b",
        "a, b, dan c",
    ]
