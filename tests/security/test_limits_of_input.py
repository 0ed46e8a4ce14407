"""Whatever is typed is taken, or refused in words; nothing that can be sent is a fault of ours: ASVS 2.2.1, 5.2.1."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.connection import LARGEST_BODY
from app.forms.fields import clean_text
from tests.filling import Form
from tests.inspection import Parsed
from tests.pages import Page, Visitor
from tests.security.rows import differences, everything
from tests.security.world import MUTATING, World, csrf_token, post
from tests.walking import SITI, until

#: Takes JSON only, so it looks no further into a form.
RECEIPTS = "/push/terima"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


# size -------------------------------------------------------------------------------------------------


@pytest.mark.only_on("sqlite")
def test_no_route_reads_more_than_it_should(world: World) -> None:
    """One byte more than the limit: 413 before anything is read, by routes for everybody and by those of the office."""
    officer = world.staff("officer")
    routes = [(method, path) for method in sorted(MUTATING) for _, path in world.paths(method)]
    before, wrong = everything(), []
    for method, path in routes:
        visitor = officer if path.startswith("/petugas") else world.full
        token = {"X-CSRFToken": csrf_token(visitor, path)}
        answer = visitor.ask(method, path, data=b"a=" + b"x" * (LARGEST_BODY - 1), headers=FORM | token)
        if answer.status_code != 413 and not (path == RECEIPTS and answer.status_code == 400):
            wrong.append(f"{method} {path}: {answer.status}")
    assert not wrong, "\n".join(["", *wrong])
    assert differences(before, everything()) == []


@pytest.mark.only_on("sqlite")
def test_the_limit_itself_is_enough_for_a_form(world: World) -> None:
    body = b"a=" + b"x" * (LARGEST_BODY - 2)
    visitor = world.stranger()
    token = {"X-CSRFToken": csrf_token(visitor, "/masuk")}
    assert visitor.ask("POST", "/masuk", data=body, headers=FORM | token).status_code == 422


@pytest.mark.only_on("sqlite")
def test_many_small_fields_are_refused_too(world: World) -> None:
    visitor = world.stranger()
    token = csrf_token(visitor, "/masuk")
    parts = "".join(f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n1\r\n' for n in range(1_100))
    kind = {"Content-Type": "multipart/form-data; boundary=x", "X-CSRFToken": token}
    assert visitor.ask("POST", "/masuk", data=f"{parts}--x--\r\n".encode(), headers=kind).status_code == 413


@pytest.mark.only_on("sqlite")
def test_only_who_may_bring_results_may_send_a_large_file(world: World) -> None:
    path = f"/petugas/gelombang/{world.wave.number}/hasil"
    for role, status in (("officer", 413), ("auditor", 413)):
        visitor = world.staff(role)
        token = {"X-CSRFToken": csrf_token(visitor, path)}
        assert visitor.ask("POST", path, data=b"x" * 100_000, headers=FORM | token).status_code == status
    visitor = world.staff("manager")
    token = {"X-CSRFToken": csrf_token(visitor, path)}
    large = visitor.ask("POST", path, data=b"x" * (5 * 1024 * 1024 + 16 * 1024 + 1), headers=FORM | token)
    assert large.status_code == 413


# what is typed ----------------------------------------------------------------------------------------

ODD: dict[str, bytes] = {
    "NUL": b"Siti\x00Marlina",
    "control characters": "Siti\r\n\x07\x1b[2J\x7f\u2028\x85\u202e\u200b\ufeff".encode(),
    "not UTF-8": b"\xff\xfe\xed\xa0\x80",
    "5,000 digits": b"9" * 5_000,
    "a number beyond 64 bits": b"9999999999999999999",
    "digits of another script": "\u0663\u0665\u0660\u0668\u00b3\u2075".encode(),
    "60,000 letters": b"a" * 60_000,
    "signs": b"-1'; DROP TABLE applicant; -- %s%(x)s{0}{{7*7}}${7*7} ../../../etc/passwd",
}
#: What only the strictness of the database can turn into a fault.
ODD_FOR_POSTGRES = ("NUL", "not UTF-8", "a number beyond 64 bits", "60,000 letters")


def forms_of(world: World) -> Iterator[tuple[Visitor, str, list[tuple[str, str]]]]:
    """(who, address, fields as the page came) of every form that somebody meets, each once."""
    people = {
        "draft": world.draft,
        "full": world.full,
        "manager": world.staff("manager"),
        "anonymous": world.stranger(),
    }
    post(world.full, "/saya/ubah")  # opens every step of the wizard once more
    steps = [f"/daftar/{slug}" for slug in SITI]
    met = set()
    for visitor in people.values():
        for path in [*steps, *(path for _, path in world.paths("GET"))]:
            answer = visitor.ask("GET", path)
            names = set(re.findall(r' name="([^"]+)"', answer.get_data(as_text=True)))
            if answer.status_code != 200 or not names - {
                "csrf_token",
                "viewport",
                "theme-color",
                "description",
            }:
                continue  # nothing to fill in; reading a page closely takes longer than asking for it
            for form in _forms(visitor, answer):
                action = form.action_url(None)
                key = (re.sub(r"\d{4,}", "n", action), tuple(sorted(form.names)))
                if form.method == "post" and key not in met and not action.endswith("/keluar"):
                    met.add(key)
                    yield (
                        visitor,
                        action.removeprefix(world.base_url),
                        list(form.data(None).items(multi=True)),
                    )


def _forms(visitor: Visitor, answer: Any) -> Any:
    page = Page.__new__(Page)  # the page as it is, uninspected: its forms are all that is wanted
    page.visitor, page.url = visitor, answer.request.url
    page.parsed = Parsed(answer.get_data(as_text=True), 200)
    return page.forms


def test_no_field_of_any_form_can_be_made_to_fail(world: World, backend: str) -> None:
    odd = ODD if backend == "sqlite" else {name: ODD[name] for name in ODD_FOR_POSTGRES}
    found = list(forms_of(world))
    assert len(found) > 20
    wrong, taken = [], 0
    for visitor, action, fields in found:
        for name in {name for name, _ in fields} - {"csrf_token"}:
            others = urlencode(
                [(key, str(value)) for key, value in fields if key not in (name, "csrf_token")]
            )
            token = csrf_token(visitor, action)
            for what, text in odd.items():
                body = f"{others}&{quote(name)}=".encode() + quote(text).encode()
                answer = visitor.ask(
                    "POST", action, data=body[:LARGEST_BODY], headers=FORM | {"X-CSRFToken": token}
                )
                if answer.status_code == 400:  # signed out on the way: once more, signed in
                    world.renew(visitor)
                    token = csrf_token(visitor, action)
                    answer = visitor.ask(
                        "POST", action, data=body[:LARGEST_BODY], headers=FORM | {"X-CSRFToken": token}
                    )
                taken += answer.status_code in (303, 422)
                if answer.status_code >= 500:
                    wrong.append(f"{action} {name}: {what}: {answer.status}")
    assert not wrong, "\n".join(["", *wrong])
    assert taken > 150, "most were looked at by a form"


def test_no_address_can_be_made_to_fail(world: World) -> None:
    """Numbers in addresses that no row can have, and whatever stands after the question mark."""
    wrong = []
    huge = ("0", "9223372036854775807", "9" * 40)
    for name, visitor in (("full", world.full), ("manager", world.staff("manager"))):
        for rule in world.app.url_map.iter_rules():
            for number in huge:
                path = re.sub(r"<int:\w+>", number, rule.rule)
                path = re.sub(r"<any\(([^,)]*)[^>]*>", r"\1", path)
                path = re.sub(r"<\w+>", "x" * 300, path)
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    if "<" in rule.rule:
                        asked = visitor.ask("GET", path) if method == "GET" else post(visitor, path, method)
                        if asked.status_code >= 500:
                            wrong.append(f"{name}: {method} {path[:80]}: {asked.status}")
            if "GET" in (rule.methods or ()) and "<" not in rule.rule:
                for query in ("halaman=-1&lanjut=%00&selesai=%ff&kertas=%zz", f"halaman={'9' * 20}"):
                    asked = visitor.ask("GET", f"{rule.rule}?{query}")
                    if asked.status_code >= 500:
                        wrong.append(f"{name}: GET {rule.rule}?{query}: {asked.status}")
    assert not wrong, "\n".join(["", *wrong])


def test_numbers_of_rows_that_a_form_names(world: World) -> None:
    for number in ("9223372036854775808", "9999999999999999999", "9" * 40, "-1", "²", "x"):
        assert post(world.full, "/saya/kabar/langganan/hapus", data={"baris": number}).status_code == 303
        assert post(world.full, "/saya/perangkat", data={"cabut": number}).status_code == 303
        assert (
            post(world.staff("officer"), "/petugas/perangkat/akhiri", data={"sesi": number}).status_code
            == 404
        )


@pytest.mark.only_on("sqlite")
def test_cookies_of_nonsense_are_no_cookies(world: World) -> None:
    for value in ("x", "a.b.c", "\x7f", "." * 4_000, "%00", "é"):
        visitor = world.stranger()
        for name in ("sesi", "hp", "petugas", "tablet"):
            visitor.http.set_cookie(name, value, domain="127.0.0.1")
        for path in ("/", "/saya", "/daftar/syarat", "/masuk", "/petugas", "/petugas/masuk"):
            assert visitor.ask("GET", path).status_code in (200, 303), (value, path)
        answer = post(visitor, "/masuk", data={"nik": "3599015704880003", "pin": "739105"})
        assert answer.status_code == 422


#: field -> values that are refused with 422, kept as typed where a box can show them, and not stored.
REFUSED: dict[str, dict[str, tuple[str, ...]]] = {
    "identitas": {
        "nama": ("", "   ", "12345", "S" * 121),
        "nik": (
            "",
            "3599015704880",
            "35990157048800031",
            "3599015704880O03",
            "1111111111111111",
            "٣٥٠٨١٥٥٧٠٤٨٨٠٠٠٣",
        ),
        "kk": ("", "359901", "x" * 16, "3599015704880003"),
        "lahir": ("", "0", "32", "1.5", "9" * 5_000),
        "lahir-b": ("", "0", "13", "April"),
        "lahir-t": ("", "88", "1899", "9999", "19880"),
        "jk": ("", "x", "P"),
    },
    "kecamatan": {"kecamatan": ("", "35.08.99", "35.07.01", "35.08", "'", "../x")},
    "desa": {"desa": ("", "35.08.15.9999", "35.08.14.1001", "35.08.15", "0")},
    "alamat": {"jalan": ("", "  ", "J" * 151), "rt": ("x", "1234"), "rw": ("x", "-1")},
    "kontak": {
        "hp": ("", "0812", "0212345678", "+1 202 555 0100", "8" * 40),
        "wa": ("", "x"),
        "punya": ("", "x"),
    },
    "pekerjaan": {"kerja": ("", "x", "cari\x00")},
    "phk": {"perusahaan": ("", "P" * 121), "bulan": ("", "2026-13", "1999-01", "x")},
    "pendidikan": {"sekolah": ("", "x"), "perlu": ("x" * 201,)},
    "minat": {"bidang": ("x",), "cara": ("", "x")},
}


@pytest.mark.only_on("sqlite")
def test_positive_validation_of_every_step(world: World) -> None:
    """What is not on a list, too long, of the wrong shape or empty: 422, this and every other answer kept, nothing stored."""
    visitor = world.stranger()
    wrong = []
    for slug, fields in REFUSED.items():
        page = until(visitor, slug)
        for name, values in fields.items():
            for value in values:
                form = page.form("Lanjut")
                form.fill({key: answer for key, answer in SITI[slug].items() if key != name})
                data = [(key, said) for key, said in form.data("Lanjut").items(multi=True) if key != name]
                before = everything()
                answer = visitor.ask("POST", f"/daftar/{slug}", data=_multi([*data, (name, value)]))
                shown = Parsed(answer.get_data(as_text=True), answer.status_code)
                if answer.status_code != 422 or differences(before, everything()):
                    wrong.append(f"{slug}.{name} = {value[:40]!r}: {answer.status}")
                elif not shown.with_class("oops"):
                    wrong.append(f"{slug}.{name} = {value[:40]!r}: no error summary")
                else:
                    again = next(one for one in _forms(visitor, answer) if name in one.names)
                    wrong += [
                        f"{slug}.{name} = {value[:40]!r}: {what}" for what in _lost(again, data, name, value)
                    ]
    assert not wrong, "\n".join(["", *wrong])


def _lost(again: Form, others: list[tuple[str, str]], name: str, value: str) -> Iterator[str]:
    """What the page that asks again does not hold of what was typed.

    A list cannot show what it does not offer, so nothing may be chosen in its place; a line comes back without the
    spaces around it.
    """
    sent, held = MultiDict([*others, (name, value)]), again.values
    for key in {key for key, _ in sent.items(multi=True)} - {"csrf_token"}:
        typed, kept = sent.getlist(key), held.getlist(key)
        if key == name and again.options(name):
            typed = again.options(name)[:1] if again.is_menu(name) else []
        if kept not in (typed, [clean_text(one) for one in typed]):
            yield f"{key} was {str(typed)[:60]}, is {str(kept)[:60]}"


def _multi(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def test_the_longest_that_is_allowed_fits_the_columns(world: World) -> None:
    """PostgreSQL refuses what is longer than its column: forms must be the stricter ones."""
    visitor = world.stranger()
    longest = SITI | {
        "identitas": SITI["identitas"] | {"nama": ("Ñ b " * 30)[:120]},
        "alamat": SITI["alamat"] | {"jalan": "J" * 150, "rt": "123", "rw": "123"},
        "phk": SITI["phk"] | {"perusahaan": "ß" * 120},
    }
    until(visitor, "periksa", longest).submit("Kirim pendaftaran", benar=True)
    assert post(visitor, "/saya/undur", data={"alasan": "Ä" * 200}).status_code == 303


@pytest.mark.only_on("sqlite")
def test_fields_that_no_form_has_change_nothing(world: World) -> None:
    """Mass assignment (ASVS 8.2.3, 15.3.3): columns in the body of every step are not taken over."""
    columns = {
        "claim": "holder",
        "state": "selected",
        "role": "manager",
        "entry_number": "X",
        "applicant_id": "1",
    }
    visitor = world.stranger()
    for slug in ("syarat", "persetujuan"):
        page = until(visitor, slug)
        form = page.form("Lanjut")
        form.fill(SITI[slug])
        data = [*form.data("Lanjut").items(multi=True), *columns.items(), ("slug", "pin"), ("identitas", "x")]
        assert visitor.ask("POST", f"/daftar/{slug}", data=_multi(data)).status_code == 303
    held = str(everything()["draft"])
    assert "manager" not in held
    from app.models import Draft

    assert set(columns) & set(re.findall(r'"(\w+)":', Draft.get().answers)) == set()


# search -----------------------------------------------------------------------------------------------


@pytest.fixture
def searcher(world: World) -> Visitor:
    assert world.full
    return world.staff("officer")


def test_any_text_can_be_searched_for(searcher: Visitor) -> None:
    token = csrf_token(searcher, "/petugas/cari")

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(st.text(max_size=60), st.text("%_\\'\"*;-|&0123456789 siti", max_size=30)))
    def search(text: str) -> None:
        data = {"q": text.encode("utf-8", "replace")}
        answer = searcher.ask("POST", "/petugas/cari", data=data, headers={"X-CSRFToken": token})
        assert answer.status_code in (303, 422)
        assert searcher.ask("GET", "/petugas/cari").status_code == 200

    search()


@pytest.mark.only_on("sqlite")
def test_wildcards_find_nobody(searcher: Visitor) -> None:
    """LIKE's signs are letters like others: `%` does not list everybody."""
    for text in ("%", "%%%", "___", "%iti%", "s_ti", "' OR 1=1 --", "\\"):
        page = searcher.open("/petugas/cari")
        form = page.form(None, "q")
        data = dict(form.data(None).items()) | {"q": text}
        answer = searcher.ask("POST", "/petugas/cari", data=data)
        listed = searcher.open("/petugas/cari").main if answer.status_code == 303 else ""
        assert "Siti Marlina" not in listed, text
    searcher.open("/petugas/cari").submit(q="siti")
    assert "Siti Marlina" in searcher.open("/petugas/cari").main, "the search itself works"
