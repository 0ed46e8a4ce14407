"""The tables of the wizard, and what keeps this floor pure."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import app.rules
from app.rules import terms

RULES = Path(app.rules.__file__).parent
TABLES = {
    "WORK": terms.WORK,
    "EDUCATION": terms.EDUCATION,
    "TRAINING_FIELDS": terms.TRAINING_FIELDS,
    "DISABILITY": terms.DISABILITY,
    "MODES": terms.MODES,
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_codes_are_short_and_single_and_labels_differ(table):
    codes = [code for code, _ in table]
    assert len(set(codes)) == len(codes)
    assert len({label for _, label in table}) == len(table)
    assert all(re.fullmatch(r"[a-z0-9]{1,12}", code) for code in codes)  # also fit for groups of a draw


def test_notes_and_branches_belong_to_work():
    codes = {code for code, _ in terms.WORK}
    assert set(terms.WORK_NOTES) <= codes
    assert set(terms.WORK_WITH_EMPLOYER) <= codes


def test_an_old_code_stays_readable():
    assert terms.label(terms.WORK, "phk") == "Kena PHK"
    assert terms.label(terms.WORK, "gone") == "gone"


def imports(path):
    """What a file imports, as dotted names; `from x import y` gives both x and x.y."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_rules_import_no_database_no_web_and_each_other_without_circles():
    names = {path.stem for path in RULES.glob("*.py")}
    graph = {}
    for path in RULES.glob("*.py"):
        wanted = set(imports(path))
        assert not {name.partition(".")[0] for name in wanted} & {
            "flask",
            "peewee",
            "playhouse",
            "random",
            "sqlite3",
        }, path
        assert all(
            name.startswith(("app.rules", "app.data")) for name in wanted if name.startswith("app.")
        ), path
        graph[path.stem] = {name.split(".")[2] for name in wanted if name.startswith("app.rules.")} & names
    list(TopologicalSorter(graph).static_order())  # raises CycleError on a circle


def test_rules_never_read_the_clock():
    for path in RULES.glob("*.py"):
        assert not re.search(
            r"\.(now|today|utcnow|time_ns)\(\)|time\.time\(", path.read_text(encoding="utf-8")
        ), path
