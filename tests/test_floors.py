"""The house keeps its floors: an import points down or to a sibling, walls hold, files and functions stay small.

Every file of app/ is read as source; nothing is imported. The second half gives each rule a bad example.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST_FILE = 250
LONGEST_FUNCTION = 40
LONG_BECAUSE = re.compile(r"#\s*Long because: \w")
BANNED_NAMES = {"utils", "helpers", "common", "misc", "util", "helper"}
WEB = {"flask", "flask_login", "flask_wtf", "flask_babel", "wtforms", "werkzeug", "jinja2", "markupsafe"}
DATABASE = {"peewee", "playhouse", "cysqlite", "psycopg", "psycopg_pool", "sqlite3"}

#: area -> (floor, areas of ours it may import beside itself, packages it may not import)
AREAS: dict[str, tuple[int, set[str], set[str]]] = {
    "ground": (0, set(), WEB),
    "data": (0, set(), WEB | DATABASE),
    "rules": (1, {"data"}, WEB | DATABASE),
    "channels": (2, {"ground"}, WEB | DATABASE),
    "models": (2, {"ground", "data", "rules"}, WEB),
    "services": (3, {"ground", "data", "rules", "models", "channels"}, WEB),
    "forms": (4, {"ground", "data", "rules"}, {"flask", "flask_login", "werkzeug"} | DATABASE),
    "plumbing": (4, {"ground", "data", "rules", "models", "channels", "services"}, set()),
    "views": (5, {"ground", "data", "rules", "models", "channels", "services", "forms", "plumbing"}, set()),
    "wiring": (
        6,
        {"ground", "data", "rules", "models", "channels", "services", "forms", "plumbing", "views"},
        set(),
    ),
}
SINGLE = {
    **dict.fromkeys(
        (
            "config",
            "periods",
            "db",
            "postgres_pool",
            "sealed_file",
            "meters",
            "prepared",
            "bulk",
            "crypto",
            "hashing",
            "clock",
        ),
        "ground",
    ),
    **dict.fromkeys(
        ("auth", "cookies", "headers", "watching", "metrics", "errors", "connection", "logs"), "plumbing"
    ),
    **dict.fromkeys(("", "cli", "make_keys", "worker", "sender", "flow", "mailer"), "wiring"),
}


def area_of(module: str) -> str | None:
    """The area that a dotted name below app belongs to; None for a place that the house does not have."""
    first = module.removeprefix("app").lstrip(".").partition(".")[0]
    first = "cli" if first.startswith("cli_") else first  # commands, a file for each area
    return first if first in AREAS and first not in ("ground", "plumbing", "wiring") else SINGLE.get(first)


def complaints(root: Path) -> list[str]:
    """Everything in root/app that breaks a rule of the house."""
    found = []
    for path in sorted((root / "app").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        where = path.relative_to(root).as_posix()
        tree = ast.parse(source, where)
        found += [
            f"{where}: {what}"
            for rule in (_place, _imports, _length)
            for what in rule(path, root, source, tree)
        ]
    return found


def _module(path: Path, root: Path) -> str:
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _place(path: Path, root: Path, source: str, tree: ast.Module) -> Iterator[str]:
    if area_of(_module(path, root)) is None:
        yield "the house has no such place (design: floors)"
    for part in path.relative_to(root).with_suffix("").parts:
        if part in BANNED_NAMES:
            yield f"nothing is called {part}"


def _imports(path: Path, root: Path, source: str, tree: ast.Module) -> Iterator[str]:
    module = _module(path, root)
    here = area_of(module)
    if here is None:
        return
    _, below, banned = AREAS[here]
    for name, line in _imported(path, root, tree):
        package = name.partition(".")[0]
        if package == "app":
            there = area_of(name)
            if there != here and there not in below:
                yield f"line {line}: {here} may not import {name} ({there or 'unknown place'})"
        elif package in banned:
            yield f"line {line}: {here} may not import {package}"
        elif package == "huey" and module != "app.worker":
            yield f"line {line}: only app/worker.py knows huey"
    if here == "rules":
        for name, line in _imported(path, root, tree):
            if name in ("time", "random", "socket") or name.startswith("urllib.request"):
                yield f"line {line}: rules are pure, {name} is not"


def _imported(path: Path, root: Path, tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every module that a file names in an import, also inside functions, as absolute dotted names."""
    package = _module(path, root).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            origin = (base + (node.module or "")).rstrip(".")
            for alias in node.names:
                yield _named(root, origin, alias.name), node.lineno


def _named(root: Path, origin: str, name: str) -> str:
    """`from origin import name` names a module or a thing inside one; the disk and the plan of the house tell."""
    inner = root.joinpath(*origin.split("."), name)
    is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
    return f"{origin}.{name}" if is_module or (origin == "app" and area_of(f"app.{name}")) else origin


def _length(path: Path, root: Path, source: str, tree: ast.Module) -> Iterator[str]:
    lines = source.splitlines()
    if len(lines) > LONGEST_FILE and not LONG_BECAUSE.search(
        "\n".join(_comments_outside_functions(lines, tree))
    ):
        yield f"{len(lines)} lines, at most {LONGEST_FILE} (or a line `# Long because: reason`)"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = _code_lines(node)
            first = min([node.lineno, *[decorator.lineno for decorator in node.decorator_list]])
            own = lines[max(0, first - 2) : node.end_lineno]
            if length > LONGEST_FUNCTION and not LONG_BECAUSE.search("\n".join(own)):
                yield f"line {node.lineno}: {node.name} has {length} lines, at most {LONGEST_FUNCTION} (or say why)"


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring: words are free."""
    words = node.body[0].value if ast.get_docstring(node) and isinstance(node.body[0], ast.Expr) else None
    said = (words.end_lineno or 0) - words.lineno + 1 if words else 0
    return (node.end_lineno or 0) - node.lineno + 1 - said


def _comments_outside_functions(lines: list[str], tree: ast.Module) -> list[str]:
    inside = {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for number in range(node.lineno - 1, (node.end_lineno or 0) + 1)
    }
    return [line for number, line in enumerate(lines, 1) if number not in inside]


# the house --------------------------------------------------------------------------------------


def test_the_house_keeps_its_floors() -> None:
    assert not complaints(ROOT), "\n".join(["", *complaints(ROOT)])


def test_the_house_is_read_at_all() -> None:
    assert len(list((ROOT / "app").rglob("*.py"))) > 20


# the rules, each with a bad example -------------------------------------------------------------

LONG_FUNCTION = "def f() -> None:\n" + "    x = 1\n" * 40
DOCUMENTED = 'def f() -> None:\n    """Words.\n' + "    more\n" * 40 + '    """\n'


@pytest.mark.parametrize(
    ("path", "source", "complaint"),
    [
        ("app/rules/nik.py", "from app.services import wave", "rules may not import app.services"),
        ("app/rules/nik.py", "import app.db", "rules may not import app.db"),
        ("app/rules/nik.py", "def f():\n    from app import clock", "rules may not import app.clock"),
        ("app/rules/nik.py", "import peewee", "rules may not import peewee"),
        ("app/rules/nik.py", "import time", "rules are pure, time is not"),
        ("app/rules/nik.py", "from ..services import wave", "rules may not import app.services"),
        ("app/models/wave.py", "from app.services.wave import x", "models may not import app.services"),
        ("app/models/wave.py", "from app.channels import mail", "models may not import app.channels"),
        ("app/models/wave.py", "import flask", "models may not import flask"),
        ("app/channels/mail.py", "from app.rules import nik", "channels may not import app.rules"),
        ("app/channels/mail.py", "from flask import Flask", "channels may not import flask"),
        ("app/services/wave.py", "import flask_login", "services may not import flask_login"),
        ("app/services/wave.py", "from app import auth", "services may not import app.auth"),
        ("app/services/wave.py", "from app import create_app", "services may not import app (wiring)"),
        ("app/services/wave.py", "from app.forms.x import y", "services may not import app.forms"),
        ("app/forms/identity.py", "from app.models import Wave", "forms may not import app.models"),
        ("app/forms/identity.py", "from app import models", "forms may not import app.models"),
        ("app/forms/identity.py", "from flask import session", "forms may not import flask"),
        ("app/auth.py", "from app.views import start", "plumbing may not import app.views"),
        ("app/db.py", "from app.models import Wave", "ground may not import app.models"),
        ("app/views/start.py", "from app import cli", "views may not import app.cli"),
        ("app/views/start.py", "import huey", "only app/worker.py knows huey"),
        ("app/views/start.py", "from huey.contrib import x", "only app/worker.py knows huey"),
        ("app/services/utils.py", "", "nothing is called utils"),
        ("app/rules/helpers.py", "", "nothing is called helpers"),
        ("app/extra.py", "", "the house has no such place"),
        ("app/rules/nik.py", "x = 1\n" * 251, "251 lines, at most 250"),
        ("app/rules/nik.py", LONG_FUNCTION, "f has 41 lines, at most 40"),
    ],
)
def test_a_bad_example_is_found(tmp_path: Path, path: str, source: str, complaint: str) -> None:
    _write(tmp_path, path, source)
    found = complaints(tmp_path)
    assert len(found) == 1, found
    assert found[0].startswith(f"{path}: ")
    assert complaint in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "app/services/wave.py",
            "from app.models import Wave\nfrom app.rules.nik import x\nfrom app.channels import mail",
        ),
        (
            "app/services/wave.py",
            "from app.services import audit\nfrom . import ledger\nfrom app import crypto, db",
        ),
        (
            "app/forms/identity.py",
            "from flask_wtf import FlaskForm\nimport wtforms\nfrom app.rules import nik",
        ),
        (
            "app/views/staff/home.py",
            "from app.views import start\nfrom app.auth import roles\nfrom flask import g",
        ),
        ("app/worker.py", "import huey\nfrom app import create_app"),
        ("app/rules/nik.py", LONG_FUNCTION.replace("    x", "    # Long because: a table\n    x", 1)),
        ("app/rules/nik.py", DOCUMENTED),
        ("app/rules/nik.py", "# Long because: a table of the decree\n" + "x = 1\n" * 251),
    ],
)
def test_a_good_example_passes(tmp_path: Path, path: str, source: str) -> None:
    _write(tmp_path, path, source)
    assert complaints(tmp_path) == []


def test_a_reason_inside_a_function_does_not_excuse_the_file(tmp_path: Path) -> None:
    function = "def f() -> None:\n    # Long because: of this\n    x = 1\n"
    _write(tmp_path, "app/rules/nik.py", function + "y = 1\n" * 251)
    assert len(complaints(tmp_path)) == 1


def _write(root: Path, path: str, source: str) -> None:
    for name in ("app/__init__.py", "app/models/__init__.py", "app/db.py", path):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("" if name != path else source)
