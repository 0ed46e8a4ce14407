"""Texts of notices by language: the values fit, what is missing is said in Indonesian, no title tells a result."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from app.rules import notice_texts, notice_words
from app.rules.notice_texts import EASY, HOUSE, LANGUAGES, TEXTS, Text, said

SERVICES = Path(__file__).parent.parent.parent / "app" / "services"


def test_the_house_language_says_what_was_written():
    assert said(HOUSE, "result", "Judul", "Isi", {}) == ("Judul", "Isi")


def test_other_words_for_the_body_and_the_same_title():
    title, body = said(EASY, "offer", "Judul", "Isi", {"until": "Jumat, pukul 10.00 WIB"})
    assert title == "Judul"
    assert "Jawab sebelum Jumat, pukul 10.00 WIB." in body


@pytest.mark.parametrize(
    ("language", "kind", "values"),
    [
        (EASY, "withdrawn", {}),  # no such text
        (EASY, "offer", {}),  # a value is missing
        ("su", "result", {}),  # no such language (any more)
    ],
)
def test_what_is_missing_is_said_in_indonesian(language, kind, values):
    assert said(language, kind, "Judul", "Isi", values) == ("Judul", "Isi")


def test_title_and_body_fall_back_each_by_itself(monkeypatch):
    monkeypatch.setitem(TEXTS, "jv", {"result": Text(title="Asil {wave}", body="Mangga dipirsani.")})
    assert said("jv", "result", "Judul", "Isi", {}) == ("Judul", "Mangga dipirsani.")
    assert said("jv", "result", "Judul", "Isi", {"wave": "4"}) == ("Asil 4", "Mangga dipirsani.")


def test_a_value_is_never_taken_for_a_place():
    _, body = said(EASY, "offer", "J", "I", {"until": "{until} {0}"})
    assert "{until} {0}" in body


def test_every_language_that_has_texts_can_be_chosen_and_every_kind_is_known():
    assert set(TEXTS) <= set(LANGUAGES)
    for texts in TEXTS.values():
        assert set(texts) <= set(notice_words.KINDS)


def test_every_language_code_fits_its_column():
    assert all(len(code) <= 10 for code in LANGUAGES)


def test_no_title_in_other_words_tells_a_result():
    """The rule of every lock screen; here for the languages too."""
    for texts in TEXTS.values():
        for text in texts.values():
            assert not re.search(r"terpilih|cadangan|lolos|dicabut|gagal", text.title.lower())


#: What a notice is written with: one by one, and many at once.
WRITERS = ("notices.write", "Said", "notice_chunks.Said")


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _names(words: ast.expr | None) -> set[str]:
    """The names in {"by": ...} (one notice) or (("by", ...), ...) (many at once)."""
    keys: list[ast.expr | None] = words.keys if isinstance(words, ast.Dict) else []
    if isinstance(words, ast.Tuple):
        keys = [pair.elts[0] for pair in words.elts if isinstance(pair, ast.Tuple)]
    return {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def _own_places(body: ast.expr | None) -> set[str]:
    """The places that a body of many notices leaves for each person; one without a value raises when it is written."""
    parts = body.values if isinstance(body, ast.JoinedStr) else []
    return {place for part in parts if isinstance(part, ast.Constant) for place in _places(str(part.value))}


def _given() -> dict[str, set[str]]:
    """{kind: names of the values} of every writer of notices, read from the source."""
    found: dict[str, set[str]] = {}
    for file in SERVICES.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(call, ast.Call) and ast.unparse(call.func) in WRITERS):
                continue
            named = {one.arg: one.value for one in call.keywords}
            kind = named.get("kind")
            if isinstance(kind, ast.Constant):
                given = found.setdefault(str(kind.value), set())
                given |= _names(named.get("words")) | _own_places(named.get("body"))
    return found


def test_every_place_in_a_text_is_given_by_its_writer():
    given = _given()
    assert {"result", "deadline", "offer"} <= set(given)
    for texts in TEXTS.values():
        for kind, text in texts.items():
            assert _places(text.title) | _places(text.body) <= given[kind], kind


def test_sentences_in_easy_words_are_short():
    for text in TEXTS[EASY].values():
        for sentence in re.split(r"[.?!]\s", text.body):
            assert len(sentence.split()) <= 12, sentence


def test_the_names_are_words_for_people():
    assert all(name and note.endswith(".") for name, note in notice_texts.LANGUAGES.values())
