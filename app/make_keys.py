"""`python -m app.make_keys FILE`: fresh random keys for one installation, readable by their owner only.

A module of its own, because no application can start before there are keys. An existing file is never touched.
"""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from app.crypto import Keys


def vapid_private_key() -> str:
    """A P-256 private key for Web Push (RFC 8292): 32 bytes in base64url without padding."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).decode().rstrip("=")


def write(path: Path) -> bool:
    """Write the keys; False when the file exists already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write(Keys.make(vapid_private_key()).to_json() + "\n")
    return True


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m app.make_keys FILE")
    target = Path(sys.argv[1])
    sys.stdout.write(f"{'made' if write(target) else 'kept'} {target}\n")
