"""Documents about security that repeat what the code knows say the same: limits, lifetimes, keys, columns, requirements.

The other documents are held by tests/house/test_docs.py.
"""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from app import crypto
from app.crypto import Keys
from app.models import ALL
from app.models.base import Base, sealed_columns
from app.services import limits, sessions, staff_signin

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its rank or above."""
    rank = heading.partition(" ")[0]
    found = re.search(
        rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(rank)}}} |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert found, f"there is no heading {heading!r}"
    return found[1]


def table(text: str) -> list[list[str]]:
    """The rows of the first table, without its head, cell by cell."""
    lines = re.findall(r"^\|(.*)\|$", text, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


def span(moment: timedelta | None) -> str:
    """How the documents write a duration."""
    if moment is None:
        return "until opened again"
    seconds = round(moment.total_seconds())
    for word, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count} {word}" if word != "days" or count > 1 else "1 day"
    return f"{seconds} s"


# limits and lifetimes ---------------------------------------------------------------------------------


def test_every_limit_is_in_the_document_and_no_other() -> None:
    written = {tuple(row) for row in table(section(read("security.md"), "## Limits"))}
    known = (*limits.LIMITS, *staff_signin.LIMITS)
    assert written == {(one.path, one.per, f"{one.most} {one.counts}", span(one.window)) for one in known}


def test_every_lifetime_is_in_the_document_and_no_other() -> None:
    written = {tuple(row[:3]) for row in table(section(read("security.md"), "## Sessions"))}
    assert written == {(kind, span(one.idle), span(one.absolute)) for kind, one in sessions.LIFETIMES.items()}
    assert f"{span(sessions.FRESH)} old" in section(read("security.md"), "## Sessions")


def test_what_stands_around_the_limits_is_true() -> None:
    said = section(read("security.md"), "## Limits")
    assert f"{limits.POSKO_FACTOR} times" in said
    assert f"alarm at {limits.ALARM_TIMES} times the usual hour" in said
    assert f"{limits.BREAKER_TIMES} times the usual hour" in said


# keys -------------------------------------------------------------------------------------------------


def test_every_label_of_hkdf_is_in_the_inventory_and_no_other() -> None:
    rows = table(section(read("keys.md"), "## Labels"))
    written = {(row[0].strip("`"), row[1].strip("`")) for row in rows}
    source = {"token": "lookup"}
    assert written == {(label.decode(), source.get(name, name)) for name, label in crypto.LABELS.items()}


def test_every_key_is_in_the_inventory_and_no_other() -> None:
    rows = table(section(read("keys.md"), "## What each key is for"))
    assert {row[0].strip("`") for row in rows} == {field.name for field in fields(Keys)}


def test_the_setting_of_argon2_is_the_one_in_the_inventory() -> None:
    from app.hashing import ARGON2

    said = section(read("keys.md"), "## Labels")
    words = f"{ARGON2['memory_cost']:,} KiB, {ARGON2['iterations']} passes, {ARGON2['lanes']} lane"
    assert words in said


# the record of processing -----------------------------------------------------------------------------

KINDS = ("sealed", "hashed", "clear")


def columns_in(text: str) -> dict[str, list[str]]:
    """{kind: columns} of one table's entry."""
    return {
        kind: [
            name
            for line in re.findall(rf"^- {kind}: (.*)$", text, re.MULTILINE)
            for name in re.findall(r"`(\w+)`", line)
        ]
        for kind in KINDS
    }


@pytest.mark.parametrize("model", ALL, ids=lambda model: model._meta.table_name)
def test_every_column_is_in_the_record_of_processing(model: type[Base]) -> None:
    entry = section(read("ropa.md"), f"### `{model._meta.table_name}`")
    listed = columns_in(entry)
    everything = [name for names in listed.values() for name in names]
    assert len(everything) == len(set(everything)), "a column stands there twice"
    assert set(everything) == {field.column_name for field in model._meta.sorted_fields} - {"id"}
    assert set(listed["sealed"]) == {field.column_name for field in sealed_columns(model)}
    assert all(
        name.endswith(("_hash", "_index", "mac", "subject", "source", "browser")) for name in listed["hashed"]
    )
    assert re.search(r"^- kept: \w", entry, re.MULTILINE)


def test_the_record_names_no_table_that_is_gone() -> None:
    written = set(re.findall(r"^### `(\w+)`$", read("ropa.md"), re.MULTILINE))
    assert written == {model._meta.table_name for model in ALL}


# requirements -----------------------------------------------------------------------------------------

STATES = ("held", "in part", "not yet", "does not apply")


def requirements() -> list[list[str]]:
    """(ids, in short, state, by what) of every row."""
    return table(section(read("security.md"), "## Requirements"))


#: `tests/x.py`, `tests/x.py::test_y`, or `tests/x.py` (class TestZ).
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`(?:\s*\(class\s+(\w+))?")


@cache
def names_of_tests(path: str) -> set[str]:
    """The names of the tests of a file, and of its classes of tests."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    found = {node.name for node in ast.walk(tree) if isinstance(node, named)}
    return {name for name in found if name.startswith(("test_", "Test"))}


def missing_tests(text: str) -> list[str]:
    """What a document says of tests that are not there."""
    found = []
    for path, *names in NAMED.findall(text):
        if not (ROOT / path).is_file():
            found.append(f"there is no {path}")
        else:
            found += [f"{path} has no {name}" for name in names if name and name not in names_of_tests(path)]
    return found


def test_the_list_is_whole() -> None:
    """The rows of the review: each has its state, and what is not held says why."""
    rows = requirements()
    assert all(len(row) == 4 for row in rows)
    assert {row[2] for row in rows} <= set(STATES)
    ids = [one for row in rows for one in row[0].split(", ")]
    assert len(ids) == len(set(ids)) == 90, "a row that disappears is a requirement that was forgotten"
    assert [row for row in rows if not row[3]] == []


def test_what_is_held_names_a_test_that_exists() -> None:
    wrong = []
    for ids, _, state, by in requirements():
        if state in ("held", "in part") and not NAMED.search(by):
            wrong.append(f"{ids}: names no test")
        wrong += [f"{ids}: {what}" for what in missing_tests(by)]
    assert not wrong, "\n".join(["", *wrong])


DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_document_names_a_test_that_is_gone(path: Path) -> None:
    assert missing_tests(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("`tests/test_docs.py::test_the_list_is_whole`", []),
        ("`tests/security/test_production.py` (class TestProduction; and more)", []),
        ("`tests/test_nothing.py`", ["there is no tests/test_nothing.py"]),
        ("`tests/test_docs.py::test_gone`", ["tests/test_docs.py has no test_gone"]),
        ("`tests/test_docs.py` (class TestGone)", ["tests/test_docs.py has no TestGone"]),
        ("`tests/test_docs.py` (class\nTestGone; x)", ["tests/test_docs.py has no TestGone"]),
    ],
)
def test_a_name_without_its_test_is_found(said: str, missing: list[str]) -> None:
    assert missing_tests(said) == missing


# the draw ---------------------------------------------------------------------------------------------


def test_every_hole_of_the_draw_has_a_test_or_a_line_that_says_why_it_stays() -> None:
    rows = table(section(read("security.md"), "## The draw, hole by hole"))
    assert [row[0] for row in rows] == [f"D{n}" for n in range(1, 15)]
    wrong = []
    for hole, _, state, by in rows:
        named = NAMED.findall(by)
        if state not in ("held", "in part") or not named or (state == "in part" and "Stays: " not in by):
            wrong.append(f"{hole}: {state}, {len(named)} tests")
        wrong += [f"{hole}: {what}" for what in missing_tests(by)]
    assert not wrong, "\n".join(["", *wrong])
