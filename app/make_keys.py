"""`python -m app.make_keys FILE`: fresh random keys for one installation, readable by their owner only.

`python -m app.make_keys --backup FILE` makes the key that opens backups instead: FILE goes into a safe and stays off
the server; the line that is printed goes into GELOMBANG_BACKUP_TO.

`python -m app.make_keys --new-lookup FILE` puts a new look-up key into an existing file and keeps the one before beside it
(`flask keys reindex`; docs/keys.md).

A module of its own, because no application can start before there are keys. An existing file is never touched.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from app import sealed_file
from app.crypto import Keys


def vapid_private_key() -> str:
    """A P-256 private key for Web Push (RFC 8292): 32 bytes in base64url without padding."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


def write(path: Path, text: str = "") -> bool:
    """Write the keys (or `text`); False when the file exists already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write((text or Keys.make(vapid_private_key()).to_json()) + "\n")
    return True


def _new_lookup(path: Path) -> int:
    """The file is replaced as a whole: killed at any moment, the old or the new one is there."""
    old = Keys.from_json(path.read_text())
    if old.lookup_before is not None:
        sys.stderr.write(
            "the look-up key before has not gone yet: flask keys reindex, then take lookup_before out\n"
        )
        return 1
    new = replace(
        old, lookup=secrets.token_bytes(32), lookup_before=old.lookup, token=old.token or old.lookup
    )
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    write(fresh, new.to_json())
    os.replace(fresh, path)
    sys.stdout.write(f"{path} has a new look-up key; restart everything, then: flask keys reindex\n")
    return 0


def main(arguments: list[str]) -> int:
    """Make what the command line asks for; returns the exit status."""
    if len(arguments) == 2 and arguments[0] == "--backup":
        private, public = sealed_file.new_pair()
        if not write(Path(arguments[1]), private):
            sys.stderr.write(f"{arguments[1]} is there already\n")
            return 1
        sys.stdout.write(f"{public}\n")
        return 0
    if len(arguments) == 2 and arguments[0] == "--new-lookup":
        return _new_lookup(Path(arguments[1]))
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m app.make_keys [--backup | --new-lookup] FILE\n")
        return 2
    target = Path(arguments[0])
    sys.stdout.write(f"{'made' if write(target) else 'kept'} {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
