"""The drand beacon: which round decides, and whether a signature is really that round's.

Accepted by its signature alone, never by the host that gave it: BLS on BLS12-381, unchained, signature in G1 and key in
G2 (drand scheme bls-unchained-g1-rfc9380), hash to curve by RFC 9380.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

DST = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"


@dataclass(frozen=True, slots=True)
class Chain:
    """A drand chain: its hash and public key in hex, the time of round 1 (unix seconds), seconds per round."""

    hash: str
    public_key: str
    genesis: int
    period: int


QUICKNET = Chain(
    hash="52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    public_key=(
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc2"
        "2b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
    ),
    genesis=1_692_803_367,
    period=3,
)


def round_for(chain: Chain, draw_at: datetime) -> int:
    """The first round that is made after `draw_at`: floor((unix(draw_at) - genesis) / period) + 2."""
    seconds = int(draw_at.timestamp()) - chain.genesis
    if seconds < 0:
        raise ValueError("the draw is before the chain began")
    return seconds // chain.period + 2


def made_at(chain: Chain, number: int) -> int:
    """When a round is made, in unix seconds: round 1 is made at the genesis."""
    return chain.genesis + (number - 1) * chain.period


def randomness(signature: bytes) -> bytes:
    """SHA-256 of the signature: the 32 bytes that a draw uses."""
    return hashlib.sha256(signature).digest()


def is_signature(chain: Chain, number: int, signature: bytes) -> bool:
    """Whether this is the chain's signature of this round: e(signature, G2) == e(H(round), key). Takes 0.2 to 0.4 s."""
    # Imported here: the curve's tables cost memory that a web process hardly ever needs.
    from py_ecc.bls.hash_to_curve import hash_to_G1
    from py_ecc.bls.point_compression import decompress_G1, decompress_G2
    from py_ecc.optimized_bls12_381 import G2, curve_order, final_exponentiate, is_inf, multiply, neg, pairing

    if len(signature) != 48 or not 0 < number < 2**64:
        return False
    key_bytes = bytes.fromhex(chain.public_key)
    try:
        point = decompress_G1(int.from_bytes(signature, "big"))
        public = decompress_G2((int.from_bytes(key_bytes[:48], "big"), int.from_bytes(key_bytes[48:], "big")))
    except (ValueError, AssertionError):
        return False
    for element in (point, public):  # in the right subgroup, and not the neutral element
        if is_inf(element) or not is_inf(multiply(element, curve_order)):
            return False
    hashed = hash_to_G1(hashlib.sha256(number.to_bytes(8, "big")).digest(), DST, hashlib.sha256)
    both = pairing(G2, neg(point), False) * pairing(public, hashed, False)
    return bool(final_exponentiate(both) == type(both).one())
