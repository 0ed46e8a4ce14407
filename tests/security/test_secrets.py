"""No secret is in the repository, in whatever file: ASVS 13.3.1. Shapes that are well known, and those of our own keys."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

#: what it is -> how it looks. Written so that no pattern matches its own line.
SHAPES = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "keys of this product": r'"(?:seal|pepper)"\s*:\s*\[\s*\{\s*"id"\s*:\s*\d+\s*,\s*"key"\s*:\s*"[A-Za-z0-9+/]{43}="',
    "a key of age": r"AGE-SECRET-KEY-1[0-9A-Z]{50}",
    "a key of a cloud": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b",
    "a token of a code host": r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{40,}|\bglpat-[\w-]{20}\b",
    "a token of a chat": r"\bxox[abprs]-[0-9A-Za-z-]{20,}|\b\d{8,10}:AA[0-9A-Za-z_-]{33}\b",
    "a token of a payment or mail service": r"\b[rs]k_live_[0-9A-Za-z]{20,}|\bSG\.[\w-]{20,}\.[\w-]{20,}",
    "a token of a package registry": r"\bnpm_[A-Za-z0-9]{36}\b|\bpy" + r"pi-AgE[\w-]{50,}",
    "a signed token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "a second factor": r"otpauth://[ht]otp/[^\s\"'<>]*[?&]secret=[A-Z2-7]{16,}",
    "a password in an address": r"\b[a-z][a-z0-9+]*://[^\s:/@\"'`{}<>]+:[^\s:/@\"'`{}<>]{6,}@"
    r"(?!(?:[\w-]+\.)*example\b|127\.)[\w-]+\.[\w.-]+",
}


def secrets_in(text: str) -> list[str]:
    """What kinds of secrets a text holds."""
    return [what for what, pattern in SHAPES.items() if re.search(pattern, text)]


def tracked() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: the files of the project cannot be told from others")
    yield from (ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def test_no_tracked_file_holds_a_secret() -> None:
    files = list(tracked())
    assert len(files) > 300, "the project is read at all"
    found = {
        path.relative_to(ROOT).as_posix(): kinds
        for path in files
        if (kinds := secrets_in(path.read_text(encoding="latin-1")))
    }
    assert found == {}


def test_what_keeps_them_out_of_the_repository_is_there() -> None:
    """The keys and sign-ins that `make run` makes lie in var/, which git does not look into."""
    ignored = subprocess.run(
        ["git", "check-ignore", "-q", "var/keys.json"], cwd=ROOT, capture_output=True, check=False
    )
    if ignored.returncode == 128:
        pytest.skip("not a git checkout")
    assert ignored.returncode == 0


#: In halves, so that this file does not hold them either.
BAD = {
    "a private key": "-----BEGIN EC " + "PRIVATE KEY-----\nMHcCAQEE",
    "keys of this product": '"pepper": [{"id": 1, ' + '"key": "' + "A" * 43 + '="}]',
    "a key of age": "AGE-SECRET-" + "KEY-1" + "Q" * 58,
    "a key of a cloud": "aws_access_key_id = AKIA" + "ABCDEFGHIJKLMNOP",
    "a token of a code host": "ghp" + "_" + "a1B2" * 9,
    "a token of a chat": "xoxb" + "-123456789012-abcdefghijkl",
    "a token of a payment or mail service": "sk_" + "live_" + "a1" * 12,
    "a token of a package registry": "npm" + "_" + "a1B2" * 9,
    "a signed token": "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTYifQ" + ".c2lnbmF0dXJlLi4u",
    "a second factor": "otpauth://totp/Gelombang:dewi?" + "secret=" + "JBSWY3DPEHPK3PXP",
    "a password in an address": "postgresql://gelombang:" + "rahasia123@10.1.2.3/gelombang",
}


@pytest.mark.parametrize("what", SHAPES)
def test_a_secret_is_found(what: str) -> None:
    assert secrets_in(f"before\n{BAD[what]}\nafter") == [what]


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://user:password@host/name",
        "smtp://user:pw@mail.example.go.id:587",
        "redis://:word@localhost/0",
        "postgresql://gelombang:word-of-the-database@db.example.go.id/gelombang",
        "https://gelombang.example.go.id:8000/@x",
        "-----BEGIN CERTIFICATE-----",
        "integrity sha256-" + "A" * 43 + "=",
    ],
)
def test_what_is_none_passes(text: str) -> None:
    assert secrets_in(text) == []
