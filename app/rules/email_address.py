"""Email addresses as people really have them, and a guess at what a mistyped one meant.

Narrower than RFC 5321 on purpose: a plain local part and a plain domain. Quoted parts, comments and lists are refused,
because they serve nobody here and are how a second recipient or a header is smuggled into a message.
"""

from __future__ import annotations

import re
from enum import StrEnum


class EmailProblem(StrEnum):
    """Why a text is not an email address that we can write to."""

    EMPTY = "empty"
    LINE_BREAK = "line_break"
    SPACE = "space"
    LIST = "list"
    NO_AT = "no_at"
    TWO_AT = "two_at"
    BAD_NAME = "bad_name"
    BAD_DOMAIN = "bad_domain"
    TOO_LONG = "too_long"


_EXAMPLE = "Contoh: siti88@gmail.com."

WORDS: dict[EmailProblem, str] = {
    EmailProblem.EMPTY: "Isi alamat email Anda.",
    EmailProblem.LINE_BREAK: f"Tulis alamat email dalam satu baris. {_EXAMPLE}",
    EmailProblem.SPACE: f"Hapus spasi di alamat email. {_EXAMPLE}",
    EmailProblem.LIST: f"Isi satu alamat email saja, tanpa koma. {_EXAMPLE}",
    EmailProblem.NO_AT: f"Alamat email selalu punya tanda @. {_EXAMPLE}",
    EmailProblem.TWO_AT: f"Tanda @ hanya satu di alamat email. {_EXAMPLE}",
    EmailProblem.BAD_NAME: f"Bagian sebelum @ belum benar. {_EXAMPLE}",
    EmailProblem.BAD_DOMAIN: f"Bagian sesudah @ belum benar. {_EXAMPLE}",
    EmailProblem.TOO_LONG: "Alamat email ini terlalu panjang. Lihat lagi ejaannya.",
}

# RFC 5322 atext without what is only ever abused in a form (`{|}`, backtick and the like are kept out too).
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_~-]+)*", re.ASCII)
_DOMAIN = re.compile(
    r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])", re.ASCII | re.IGNORECASE
)

PROVIDERS = (
    *("gmail.com", "yahoo.com", "yahoo.co.id", "ymail.com", "rocketmail.com"),
    *("outlook.com", "outlook.co.id", "hotmail.com", "icloud.com"),
)
"""The providers that a mistyped domain is compared with."""

_REAL_NEIGHBOURS = {"mail.com", "email.com", "gmx.com", "aol.com", "yahoo.co.uk", "yahoo.co.in", "yahoo.ca"}
"""True providers within two letters of one of ours: not a typing error."""

_HABITS = {"gmail": "gmail.com", "gmail.co.id": "gmail.com", "gmail.id": "gmail.com", "yahoo": "yahoo.com"}
"""Slips too far from the right spelling for counting letters, and common here."""


class EmailError(ValueError):
    """The text is not an address that we can write to; `code` says why."""

    def __init__(self, code: EmailProblem) -> None:
        super().__init__(code.value)
        self.code = code


def parse(text: str) -> str:
    """The address with its domain in lower case (the part before @ belongs to the provider). Raises EmailError."""
    address = text.strip(" \t")
    problem = _problem(address)
    if problem is not None:
        raise EmailError(problem)
    name, domain = address.split("@")
    return f"{name}@{domain.lower()}"


def _problem(address: str) -> EmailProblem | None:
    if not address:
        return EmailProblem.EMPTY
    # splitlines knows every line break that some mail program might know.
    if len(address.splitlines()) > 1 or address.splitlines()[0] != address:
        return EmailProblem.LINE_BREAK
    if any(c.isspace() for c in address):
        return EmailProblem.SPACE
    if any(c in ",;" for c in address):
        return EmailProblem.LIST
    if address.count("@") != 1:
        return EmailProblem.NO_AT if "@" not in address else EmailProblem.TWO_AT
    return _part_problem(*address.split("@"))


def _part_problem(name: str, domain: str) -> EmailProblem | None:
    # RFC 5321 section 4.5.3.1: 64 octets before the @, 254 in all (256 with the angle brackets).
    if len(name) > 64 or len(name) + 1 + len(domain) > 254:
        return EmailProblem.TOO_LONG
    if not _NAME.fullmatch(name):
        return EmailProblem.BAD_NAME
    if not _DOMAIN.fullmatch(domain):
        return EmailProblem.BAD_DOMAIN
    return None


def suggestion(address: str) -> str | None:
    """The address that was probably meant (`siti@gmial.com` gives `siti@gmail.com`), or None. Never an error.

    Looks for the nearest provider within two typing errors: a letter missing, added, wrong, or two swapped.
    """
    name, at, domain = address.strip().lower().rpartition("@")
    if not at or not name or not domain or domain in PROVIDERS or domain in _REAL_NEIGHBOURS:
        return None
    meant = _HABITS.get(domain)
    if meant is None:
        distance, meant = min((_typing_errors(domain, provider), provider) for provider in PROVIDERS)
        if distance > 2:
            return None
    return f"{address.strip().rpartition('@')[0]}@{meant}"


def _typing_errors(a: str, b: str) -> int:
    """Optimal string alignment distance: insert, delete, replace, or swap two neighbours, each counts one."""
    older: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, older[j - 2] + 1)
            row.append(best)
        older, last = last, row
    return last[-1]


def masked(address: str) -> str:
    """`s•••@gmail.com`: one letter and a fixed number of dots, so that the length stays unknown too."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}•••@{domain}"
