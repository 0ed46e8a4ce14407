"""Documents that repeat what the code knows must say the same."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from flask import Flask

from app.rules.states import WORDS, State

ROOT = Path(__file__).parent.parent.parent
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_every_setting_is_explained_and_no_other() -> None:
    source = (ROOT / "app" / "config.py").read_text(encoding="utf-8")
    read = set(re.findall(r'read\.\w+\("([A-Z_]+)"', source))
    table = OPERATIONS.partition("## Settings")[2].partition("\n## ")[0]
    assert len(read) > 10
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)) == read


def test_the_guide_for_officers_says_what_stands_on_the_screens() -> None:
    guide = (ROOT / "docs" / "petugas.md").read_text(encoding="utf-8")
    named = {" ".join(words.split()) for words in re.findall(r"\*\*(.+?)\*\*", guide, re.DOTALL)}
    files = (
        file
        for place in ("templates", "views", "forms", "rules")
        for file in (ROOT / "app" / place).rglob("*")
    )
    pages = " ".join(
        " ".join(file.read_text(encoding="utf-8").split())
        for file in files
        if file.suffix in (".html", ".py")
    )
    assert len(named) > 50
    assert {words for words in named if words not in pages} == {"Teks"}  # a kind of column in Excel


def test_the_glossary_has_every_state_in_its_words() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", glossary, re.MULTILINE))
    assert rows == {state.value: WORDS[state].label for state in State}


def test_the_readme_names_the_make_targets_that_there_are() -> None:
    targets = set(
        re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {
        target
        for text in DOCUMENTS
        for target in re.findall(r"`make ([a-z]+)", text.read_text(encoding="utf-8"))
    }
    assert {"run", "test"} <= named <= targets


@pytest.mark.only_on("sqlite")
def test_the_commands_that_documents_name_exist(app: Flask) -> None:
    def exists(words: str) -> bool:
        group: click.Command | None = app.cli
        for word in words.split():
            if not isinstance(group, click.Group):
                return True  # an argument of the command
            group = group.get_command(click.Context(group), word)
        return group is not None

    named = {
        words
        for path in DOCUMENTS
        for words in re.findall(r"`flask ((?:[a-z]+ ?)+)", path.read_text("utf-8"))
    }
    assert len(named) > 5
    assert [words for words in sorted(named) if not exists(words)] == []


#: Markdown's own links and pictures, and those that are written in HTML.
LINKS = (
    re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)"),
    re.compile(r"""<(?:img|a)\b[^>]*?\b(?:src|href)\s*=\s*["']?(?!https?:|mailto:|#)([^"'#\s>]+)"""),
)


def broken_links(text: str, folder: Path) -> list[str]:
    """Where a document in this folder leads to nothing."""
    links = [link for pattern in LINKS for link in pattern.findall(text)]
    return [link for link in links if not (folder / link).exists()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_pictures_of_documents_lead_somewhere(path: Path) -> None:
    assert broken_links(path.read_text(encoding="utf-8"), path.parent) == []


@pytest.mark.parametrize(
    "text",
    [
        "[x](docs/gone.md)",
        "[x](docs/gone.md#part)",
        "![x](docs/gone.png)",
        '<img src="docs/gone.png" width="160">',
        "<img alt='x' src='docs/gone.png'>",
        '<a href="docs/gone.md">x</a>',
    ],
)
def test_a_broken_link_is_found(text: str) -> None:
    assert len(broken_links(text, ROOT)) == 1


def test_the_readme_has_its_pictures() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(LINKS[1].findall(readme)) >= 5
    assert (
        broken_links('[x](docs/keys.md#a) <img src="docs/shots/walk.py"> [y](https://example.org)', ROOT)
        == []
    )
