"""What no Python file of app/ may do, wherever it stands. Each rule has a bad example below."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
CLOCK = {
    "datetime": {"now", "utcnow", "today", "fromtimestamp"},
    "date": {"today", "fromtimestamp"},
    "time": {"time", "time_ns", "localtime", "gmtime"},
}
RAW_SQL = {"raw", "execute_sql", "SQL", "sql"}
#: Ours, which hand a text on (app/bulk.py).
BULK = {"bulk.run", "bulk.update"}
WALL_CLOCKS = {"app/clock.py"}
#: The program that anybody may download to check a draw.
SPEAKERS = {"app/data/periksa.py"}
#: Sources of chance that can be guessed: the module `random`, and uuid1, which is a clock and an address.
GUESSABLE = {"uuid.uuid1", "uuid1"}


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with its dotted name, such as `datetime.now`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def reads_the_clock(where: str, tree: ast.AST) -> Iterator[str]:
    """Time is an argument below the views; the clock itself stands in app/clock.py."""
    if where in WALL_CLOCKS:
        return
    for call, name in _calls(tree):
        owner, _, tail = name.rpartition(".")
        if tail in CLOCK.get(owner.rpartition(".")[2], ()):
            if tail == "fromtimestamp" and call.args and not isinstance(call.args[0], ast.Constant):
                continue  # a stored number becomes a time
            yield f"line {call.lineno}: {name}() reads the clock; take `now` as an argument"


def builds_sql(where: str, tree: ast.AST) -> Iterator[str]:
    """SQL is fixed text with parameters: never an f-string, a sum, a format() or a %."""
    for call, name in _calls(tree):
        if (name.rpartition(".")[2] not in RAW_SQL and name not in BULK) or not call.args:
            continue
        if any(map(_is_put_together, _values(tree, call))):
            yield f"line {call.lineno}: {name}() is given a text that is put together"


def _is_put_together(text: ast.expr) -> bool:
    formatted = isinstance(text, ast.Call) and ast.unparse(text.func).endswith((".format", ".join"))
    return isinstance(text, ast.JoinedStr | ast.BinOp) or formatted


def _values(tree: ast.AST, call: ast.Call) -> Iterator[ast.expr]:
    """What a call is given first; for a name, whatever is assigned to it in the same function."""
    text = call.args[0]
    yield text
    if isinstance(text, ast.Name):
        functions = [
            node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        around = [f for f in functions if any(node is call for node in ast.walk(f))]
        for node in ast.walk(around[-1] if around else tree):
            if isinstance(node, ast.Assign) and text.id in map(ast.unparse, node.targets):
                yield node.value


def is_random(where: str, tree: ast.AST) -> Iterator[str]:
    """Chance comes from `secrets`: a predictable code is a stolen code."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        yield from (
            f"line {node.lineno}: import random; use secrets" for n in names if n.split(".")[0] == "random"
        )
    yield from (
        f"line {call.lineno}: {name}(); use secrets" for call, name in _calls(tree) if name in GUESSABLE
    )


def prints(where: str, tree: ast.AST) -> Iterator[str]:
    """Only programs for people speak to a terminal."""
    if where not in SPEAKERS:
        yield from (f"line {call.lineno}: print()" for call, name in _calls(tree) if name == "print")


def runs_text(where: str, tree: ast.AST) -> Iterator[str]:
    """No eval, no exec, no pickle, no shell."""
    for call, name in _calls(tree):
        shell = any(k.arg == "shell" and ast.unparse(k.value) != "False" for k in call.keywords)
        if name in ("eval", "exec", "os.system", "os.popen", "__import__") or name.startswith(
            ("pickle.", "marshal.")
        ):
            yield f"line {call.lineno}: {name}()"
        if shell:
            yield f"line {call.lineno}: {name}() with a shell"


def trusts_markup(where: str, tree: ast.AST) -> Iterator[str]:
    """Markup() around anything but a constant switches escaping off for what a person typed."""
    for call, name in _calls(tree):
        if name.rpartition(".")[2] == "Markup" and not all(isinstance(a, ast.Constant) for a in call.args):
            yield f"line {call.lineno}: {name}() around text that is not a constant"


def forgets_a_timeout(where: str, tree: ast.AST) -> Iterator[str]:
    """A far end that never answers must not hold a worker."""
    for call, name in _calls(tree):
        calls_out = name.endswith(("urlopen", "ClientSession", "SMTP", "SMTP_SSL", "create_connection"))
        if calls_out and not any(k.arg in ("timeout", None) for k in call.keywords):
            yield f"line {call.lineno}: {name}() without timeout="


RULES: list[Callable[[str, ast.AST], Iterator[str]]] = [
    reads_the_clock,
    builds_sql,
    is_random,
    prints,
    runs_text,
    trusts_markup,
    forgets_a_timeout,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_file_of_the_house(rule: Callable[[str, ast.AST], Iterator[str]]) -> None:
    found = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        found += [f"{where} {what}" for what in rule(where, ast.parse(path.read_text(encoding="utf-8")))]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (reads_the_clock, "datetime.now(UTC)"),
        (reads_the_clock, "datetime.datetime.utcnow()"),
        (reads_the_clock, "dt.datetime.now(UTC)"),
        (reads_the_clock, "date.today()"),
        (reads_the_clock, "time.time()"),
        (builds_sql, "db.execute_sql(f'DROP TABLE {name}')"),
        (builds_sql, "Wave.raw('SELECT ' + name)"),
        (builds_sql, "Wave.raw('SELECT %s' % name)"),
        (builds_sql, "SQL('ORDER BY {}'.format(name))"),
        (builds_sql, "bulk.run(f'DELETE FROM {table}')"),
        (builds_sql, "bulk.update('UPDATE ' + table, rows)"),
        (builds_sql, "text = f'DELETE FROM {table}'\nbulk.run(text)"),
        (is_random, "import random"),
        (is_random, "from random import choice"),
        (is_random, "uuid.uuid1()"),
        (is_random, "from uuid import uuid1\nuuid1().hex"),
        (prints, "print('x')"),
        (runs_text, "eval(x)"),
        (runs_text, "subprocess.run(x, shell=True)"),
        (runs_text, "pickle.loads(x)"),
        (trusts_markup, "Markup(f'<b>{name}</b>')"),
        (trusts_markup, "markupsafe.Markup(name)"),
        (forgets_a_timeout, "smtplib.SMTP(host)"),
        (forgets_a_timeout, "urllib.request.urlopen(url)"),
    ],
)
def test_a_bad_example_is_found(rule: Callable[[str, ast.AST], Iterator[str]], source: str) -> None:
    assert len(list(rule("app/services/x.py", ast.parse(source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "time.monotonic()",
        "datetime.time()",
        "clock.now()",
        "datetime.fromtimestamp(seconds, UTC)",
        "db.execute_sql('SELECT 1 WHERE x = ?', (name,))",
        "Markup('<br>')",
        "bulk.run('DELETE FROM entry WHERE id {ids}', ids)",
        "def f():\n    text = f'{x}'\ndef g():\n    text = 'SELECT 1'\n    bulk.run(text)",
        "import secrets",
        "uuid.uuid4()",
        "aiohttp.ClientSession(timeout=limit)",
        "click.echo('x')",
    ],
)
def test_a_good_example_passes(source: str) -> None:
    assert [what for rule in RULES for what in rule("app/services/x.py", ast.parse(source))] == []
