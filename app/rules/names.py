"""Names as they are searched: the same letters however they were typed."""

from __future__ import annotations

import re
import unicodedata

#: Fewer letters than this would list half the region.
SHORTEST_WORD = 3
LONGEST_KEY = 200

_WORD = re.compile(r"[a-z0-9]+")
_INSIDE_A_WORD = re.compile(r"['’‘`ʼ]")


def search_key(text: str) -> str:
    """The words of a name in lower-case ASCII, one space before each: ` siti nur aini` (at most 200 characters).

    The leading space lets one LIKE find the beginning of any word. Accents are dropped (`Désirée` is ` desiree`),
    an apostrophe joins (`Nur'aini` is ` nuraini`), every other sign parts words (`M.Yusuf` is ` m yusuf`).
    """
    plain = unicodedata.normalize("NFKD", _INSIDE_A_WORD.sub("", text)).encode("ascii", "ignore").decode()
    return "".join(f" {word}" for word in _WORD.findall(plain.lower()))[:LONGEST_KEY].rstrip()


def searchable(text: str) -> bool:
    """Whether a search for this name is narrow enough: one word at least has three letters."""
    return any(len(word) >= SHORTEST_WORD for word in search_key(text).split())
