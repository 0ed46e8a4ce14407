"""What a push costs at least: the cryptography of RFC 8291 with the library that everybody uses, and nothing else."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.channels.push_body import BODY_BYTES
from bench.push_world import Browser


@dataclass
class Raw:
    """Messages, CPU seconds and seconds of all raw loops of a run."""

    messages: int = 0
    cpu: float = 0.0
    seconds: float = 0.0

    @property
    def each(self) -> float:
        """CPU microseconds of one message."""
        return self.cpu / self.messages * 1e6

    @property
    def rate(self) -> float:
        """Messages a second by the clock, on one core."""
        return self.messages / self.seconds

    def run(self, to: list[Browser], seconds: float = 1.5) -> None:
        """Encrypt for so long."""
        body = b" " * BODY_BYTES
        cpu, began = time.process_time(), time.monotonic()
        while time.monotonic() - began < seconds:
            for browser in to[:100]:
                encrypt(body, browser)
            self.messages += 100
        self.cpu += time.process_time() - cpu
        self.seconds += time.monotonic() - began


def encrypt(body: bytes, to: Browser) -> bytes:
    """Key pair, ECDH, three times HKDF, AES-GCM (RFC 8291 section 3.4), and no signature."""
    form = (Encoding.X962, PublicFormat.UncompressedPoint)
    mine = ec.generate_private_key(ec.SECP256R1())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to.p256dh)
    point, salt = mine.public_key().public_bytes(*form), os.urandom(16)
    shared = mine.exchange(ec.ECDH(), theirs)
    secret = HKDF(hashes.SHA256(), 32, to.auth, b"WebPush: info\0" + to.p256dh + point).derive(shared)
    key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
    return salt + (4096).to_bytes(4, "big") + b"\x41" + point + AESGCM(key).encrypt(nonce, body + b"\2", None)
