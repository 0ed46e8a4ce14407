"""What people put between the symbols of a number or a code, and what copying adds unseen."""

from __future__ import annotations

import unicodedata

_SEPARATORS = {"Zs", "Cc", "Cf", "Pd"}
"""Spaces of any width, control characters, invisible marks (left in numbers copied from a contact list), dashes."""


def without_separators(text: str, also: str = ".") -> str:
    """The text without spaces, dashes, invisible marks and the characters in `also`.

    Everything else stays, so that a later check sees it: a number must not get shorter and look right.
    """
    return "".join(c for c in text if c not in also and unicodedata.category(c) not in _SEPARATORS)
