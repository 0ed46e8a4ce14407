"""A file that only the owner of a private key can open: what a backup is written into, piece by piece.

Whoever writes needs the public half only, so a stolen server cannot open its own backups. A random file key is sealed
to it by HPKE (RFC 9180: X25519, HKDF-SHA256, AES-256-GCM); the text follows in pieces of 64 KiB, each under AES-256-GCM
with its number and whether it is the last one in the nonce (the STREAM construction, as in age). So no piece can be
altered, moved, left out or cut off, and memory stays bounded however long the file is.

    gelombang-backup/1 <line end> length (4 bytes) head (JSON, in clear) sealed file key (80 bytes) pieces
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterator
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"gelombang-backup/1\n"
PIECE = 64 * 1024
TAG = 16
SEALED_KEY = 80
LONGEST_HEAD = 1024 * 1024
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_INFO = b"gelombang/backup/1\x00"


class NotOurs(Exception):
    """The file is no backup, was altered or cut off, or is sealed to another key; the message says which."""


def new_pair() -> tuple[str, str]:
    """A fresh (private, public) key as base64: the first goes into a safe, the second into the settings."""
    private = X25519PrivateKey.generate()
    return _text(private.private_bytes_raw()), public_of(_text(private.private_bytes_raw()))


def public_of(private: str) -> str:
    """The public half of a private key. Raises ValueError when it is none."""
    half = X25519PrivateKey.from_private_bytes(base64.b64decode(private, validate=True)).public_key()
    return _text(half.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))


def name_of(public: str) -> str:
    """A short name of a public key (16 hex digits of its SHA-256), by which the right private key is found."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(base64.b64decode(public, validate=True))
    return digest.finalize().hex()[:16]


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


# writing ------------------------------------------------------------------------------------------


class Writer:
    """Seals what it is given into an open file. Only `finish` makes it whole."""

    def __init__(self, file: BinaryIO, public: str, head: dict[str, Any]) -> None:
        """Raises ValueError when `public` is no key."""
        to = X25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key = secrets.token_bytes(32)
        said = json.dumps(head | {"key": name_of(public)}, sort_keys=True, separators=(",", ":")).encode()
        self._file, self._cipher = file, AESGCM(key)
        self._number, self._rest = 0, b""
        file.write(MAGIC + len(said).to_bytes(4, "big") + said)
        file.write(_SUITE.encrypt(key, to, info=_INFO + said))

    def write(self, text: bytes) -> None:
        """Take some bytes; whole pieces go to the file, but never the last one, which is marked."""
        self._rest += text
        while len(self._rest) > PIECE:
            self._put(self._rest[:PIECE], last=False)
            self._rest = self._rest[PIECE:]

    def finish(self) -> None:
        """Write the last piece and bring everything onto the disk."""
        self._put(self._rest, last=True)
        self._file.flush()
        os.fsync(self._file.fileno())

    def _put(self, piece: bytes, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last), piece, None))
        self._number += 1


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


# reading ------------------------------------------------------------------------------------------


def head_of(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """The head as said and as bytes; it can be believed only after `pieces` has opened the file. Raises NotOurs."""
    if file.read(len(MAGIC)) != MAGIC:
        raise NotOurs("this is no backup of ours")
    length = int.from_bytes(file.read(4), "big")
    said = file.read(min(length, LONGEST_HEAD))
    try:
        head = json.loads(said)
    except ValueError:
        head = None
    if len(said) != length or not isinstance(head, dict):
        raise NotOurs("the head of the backup is damaged")
    return head, said


def pieces(file: BinaryIO, private: str) -> Iterator[bytes]:
    """The text, a piece at a time, from the file's beginning. Raises NotOurs; what came before was still authentic.

    Read it to its end once before anything is done with it: that the file was cut off shows only there.
    """
    file.seek(0)
    head, said = head_of(file)
    try:
        key = X25519PrivateKey.from_private_bytes(base64.b64decode(private, validate=True))
    except ValueError:
        raise NotOurs("the key file holds no key") from None
    if name_of(public_of(private)) != head.get("key"):
        raise NotOurs(f"this backup is sealed to the key {head.get('key')}, not to this one")
    try:
        cipher = AESGCM(_SUITE.decrypt(file.read(SEALED_KEY), key, info=_INFO + said))
    except (InvalidTag, ValueError):
        raise NotOurs("the head of the backup was altered") from None
    number, piece = 0, file.read(PIECE + TAG)
    while True:
        after = file.read(PIECE + TAG)
        try:
            yield cipher.decrypt(_nonce(number, not after), piece, None)
        except (InvalidTag, ValueError):
            raise NotOurs(f"the backup was altered or cut off at piece {number + 1}") from None
        if not after:
            return
        number, piece = number + 1, after
