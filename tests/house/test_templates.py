"""What no template may hold: markup that is trusted, scripts or styles in the page, places outside our house."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parent.parent.parent / "app" / "templates"

#: what it is -> how it looks. Comments of Jinja are taken out first.
BANNED = {
    "switches escaping off": r"\|\s*safe\b|{%-?\s*autoescape",
    "an inline script": r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")",
    "an inline style": r"<style|\bstyle\s*=",
    "an inline handler": r"\son[a-z]+\s*=",
    "a javascript: address": r"javascript:",
    "a data: address": r"""(?:href|src|action)=["']data:""",
    "something fetched from elsewhere": r"""<(?:script|link|img|iframe|source|audio|video)\b[^>]*(?:src|href)=["']?(?:https?:)?//""",
    "a new window": r"target=\"?_blank",
    "a picture that is read out": r"<svg(?![^>]*(?:aria-hidden|role=\"img\"))",
}


def complaints(template: str) -> list[str]:
    """What is wrong with the source of a template."""
    source = re.sub(r"{#.*?#}", "", template, flags=re.DOTALL)
    found = [what for what, pattern in BANNED.items() if re.search(pattern, source, re.IGNORECASE)]
    return found + list(_unguarded_forms(source))


def _unguarded_forms(source: str) -> Iterator[str]:
    for form in re.findall(r"<form\b.*?</form>", source, re.DOTALL | re.IGNORECASE):
        posts = re.match(r"<form[^>]*method=\"?post", form, re.IGNORECASE)
        if posts and not re.search(r"csrf_token|csrf\(|hidden_tag\(\)|caller\(\)", form):
            yield "a posting form without a CSRF token"


def _templates() -> list[Path]:
    return sorted(path for path in TEMPLATES.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", _templates(), ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_template_is_clean(path: Path) -> None:
    assert complaints(path.read_text(encoding="utf-8")) == []


def test_there_are_templates() -> None:
    assert len(_templates()) > 3


@pytest.mark.parametrize(
    "template",
    [
        "<p>{{ name|safe }}</p>",
        "<p>{{ name | safe }}</p>",
        "{% autoescape false %}",
        "<script>go()</script>",
        '<p style="color:red">x</p>',
        "<style>p{}</style>",
        '<a onclick="go()">x</a>',
        '<a href="javascript:go()">x</a>',
        '<img src="data:image/png;base64,x">',
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/x.css">',
        '<form method="post"><button>Kirim</button></form>',
        '<a href="/x" target="_blank">x</a>',
        '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>',
    ],
)
def test_a_bad_example_is_found(template: str) -> None:
    assert len(complaints(template)) == 1


@pytest.mark.parametrize(
    "template",
    [
        '<script type="module" src="{{ asset(\'app.js\') }}"></script>',
        '<script type="application/json" id="x">{}</script>',
        '<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}"></form>',
        '<form action="/cari"><button>Cari</button></form>',
        '<svg class="i" aria-hidden="true"><path d="M0 0"/></svg>',
        "{# never |safe, never style= #}<p>{{ name }}</p>",
        '<a href="https://wa.me/62">x</a>',
    ],
)
def test_a_good_example_passes(template: str) -> None:
    assert complaints(template) == []
