"""A drand chain of our own, so that a test can have a round at any time it likes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import compress_G1, compress_G2
from py_ecc.optimized_bls12_381 import G2, multiply

from app.rules.beacon import DST, Chain

SECRET = 0x5EA_5EA_5EA


@dataclass(frozen=True)
class OwnChain:
    """A chain whose secret the test knows."""

    chain: Chain

    def sign(self, number: int) -> str:
        """The signature of a round, in hex."""
        message = hashlib.sha256(number.to_bytes(8, "big")).digest()
        point = multiply(hash_to_G1(message, DST, hashlib.sha256), SECRET)
        return int(compress_G1(point)).to_bytes(48, "big").hex()


def chain_from(genesis: datetime, period: int = 3) -> OwnChain:
    high, low = compress_G2(multiply(G2, SECRET))
    key = (int(high).to_bytes(48, "big") + int(low).to_bytes(48, "big")).hex()
    name = hashlib.sha256(key.encode()).hexdigest()
    return OwnChain(Chain(hash=name, public_key=key, genesis=int(genesis.timestamp()), period=period))
