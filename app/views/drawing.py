"""What templates are given beside their values: lists as they are offered, pieces that are drawn once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import Flask

#: So many pieces of one kind are kept: a wizard has a dozen pages, and each list a few choices.
PIECES = 256
#: For a macro: drawn once for each set of arguments. `typed` keeps text apart from Markup.
once = lru_cache(PIECES, typed=True)


def init(app: Flask) -> None:
    """Give them to every template."""
    app.jinja_env.globals.update(once=once, offered=offered)


def offered(field: Any, notes: Mapping[str, str] | None = None) -> tuple[tuple[str, str, bool, str], ...]:
    """What a list offers: (value, label, is it chosen, note below it), in a form that `once` can remember."""
    said = notes or {}
    return tuple((c.value, c.label, c.selected, said.get(c.value, "")) for c in field.iter_choices())
