"""Links in a message: ours, known, disguised, look-alike, with our name in it, or simply another's."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.own_address import HOST_WORDS, MOST_LINKS, OURS, Host, Site, distance, judged, links

SITE = Site("gelombang.contohkab.go.id", known=frozenset({"wa.me/628123456", "program.example"}))
OWN = SITE.host


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (f"https://{OWN}", Host.OWN),
        (f"https://{OWN}/cek/K7RM-4TXP-N?x=1#y", Host.OWN),
        (f"HTTPS://{OWN.upper()}/", Host.OWN),
        (f"https://{OWN}:443/", Host.OWN),
        (f"https://{OWN}./", Host.OWN),
        (f"{OWN}/saya", Host.OWN),
        (OWN.replace(".", "\u3002"), Host.OWN),  # browsers read this dot as a dot
        (f"https://{OWN}\\@jahat.id/", Host.OWN),  # a backslash ends the host
        (f"http://{OWN}/", Host.OWN_PLAIN),
        (f"ftp://{OWN}/", Host.OWN_PLAIN),
        (f"https://{OWN}@jahat.id/", Host.DISGUISED),
        (f"https://{OWN}:x@jahat.id/", Host.DISGUISED),
        (f"https://petugas@{OWN}/", Host.DISGUISED),
        (f"https://{OWN}:8443/", Host.BORROWED),
        (f"https://{OWN}.jahat.id/", Host.BORROWED),
        (f"https://x.{OWN}.jahat.id/", Host.BORROWED),
        ("https://gelombang-contohkab.com/", Host.BORROWED),
        ("https://daftar-gelombang.my.id/", Host.BORROWED),
        ("https://gelombangcontohkab.id/", Host.BORROWED),
        ("https://gelombang.contohkab.go.1d/", Host.LOOK_ALIKE),
        ("https://gel0mbang.contohkab.go.id/", Host.LOOK_ALIKE),
        ("https://gelornbang.contohkab.go.id/", Host.LOOK_ALIKE),
        ("https://gelombamg.contohkab.go.id/", Host.LOOK_ALIKE),
        ("https://gelobmang.contohkab.go.id/", Host.LOOK_ALIKE),
        ("https://g\u0435lombang.contohkab.go.id/", Host.LOOK_ALIKE),  # a Cyrillic e
        ("https://xn--glombang-1fg.contohkab.go.id/", Host.LOOK_ALIKE),  # the same, as it is asked for
        ("https://gelömbang.contohkab.go.id/", Host.LOOK_ALIKE),
        ("https://gelombamg.com/", Host.LOOK_ALIKE),
        ("https://contohkab.go.id/", Host.OTHER),
        ("https://dukcapil.contohkab.go.id/", Host.OTHER),
        ("https://bit.ly/abc", Host.OTHER),
        (f"https://jahat.id/{OWN}", Host.OTHER),
        ("https://[::1", Host.OTHER),
        ("https://wa.me/628123456?text=Halo", Host.KNOWN),
        ("https://wa.me/62999", Host.OTHER),
        ("https://program.example/daftar", Host.KNOWN),
        ("http://program.example/", Host.OTHER),
    ],
)
def test_what_a_link_is(written: str, kind: Host) -> None:
    assert judged(written, SITE).kind is kind


def test_on_a_machine_without_tls_http_is_ours() -> None:
    site = Site("localhost:8000", https=False)
    assert judged("http://localhost:8000/cek", site).kind is Host.OWN
    assert judged("http://localhost:8001/cek", site).kind is Host.BORROWED


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hasil sudah keluar.Ketuk untuk melihat.", []),
        ("Tulis ke tanya@contoh.id ya", []),
        ("Jam 08.00 sampai 16.30 WIB", []),
        ("Buka bit.ly/abc, lalu (https://jahat.id/x).", ["bit.ly", "jahat.id"]),
        ("situs:daftar-gelombang.xyz!", ["daftar-gelombang.xyz"]),
        ("https:\\\\jahat.id\\a@b.com", ["jahat.id"]),
        ("https://jah\u200bat.id", ["jahat.id"]),
        ("javascript://jahat.id/%0aalert(1)", ["jahat.id"]),
    ],
)
def test_which_links_a_text_has(text: str, found: list[str]) -> None:
    assert [link.host for link in links(text, SITE)] == found


def test_a_flood_of_links_is_cut() -> None:
    assert len(links("bit.ly/a " * 200, SITE)) == MOST_LINKS


def test_every_kind_has_words() -> None:
    assert set(HOST_WORDS) == set(Host)
    assert {Host.OWN, Host.KNOWN} == OURS


LABEL = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)


@given(st.lists(LABEL, min_size=1, max_size=4).map(".".join), st.sampled_from(["", "/", "/masuk", "?a=b"]))
def test_only_our_own_host_is_ours(host: str, rest: str) -> None:
    assert (judged(f"https://{host}{rest}", SITE).kind is Host.OWN) == (host == OWN)


@given(st.integers(0, len("gelombang") - 1), st.sampled_from(string.ascii_lowercase))
def test_one_changed_letter_is_never_ours_and_always_warned_of(at: int, letter: str) -> None:
    changed = OWN[:at] + letter + OWN[at + 1 :]
    kind = judged(f"https://{changed}/", SITE).kind
    assert kind is (Host.OWN if changed == OWN else Host.LOOK_ALIKE)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    for link in links(text, SITE):
        assert link.kind in HOST_WORDS


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance_is_a_distance(a: str, b: str) -> None:
    assert distance(a, b) == distance(b, a)
    assert (distance(a, b) == 0) == (a == b)
    assert abs(len(a) - len(b)) <= distance(a, b) <= max(len(a), len(b))
